// Which choices a layer has.
#include "laws.h"
#include "lower.h"

#include "braid/support/math.h"

#include <algorithm>
#include <bit>

namespace braid::kernel {

namespace {

/// Choices a planner looks at per layer; more only differ by a few percent.
constexpr size_t kMostChoices = 40;

std::vector<int64_t> divisorsOf(int64_t n) {
  std::vector<int64_t> low, high;
  for (int64_t d = 1; d * d <= n; ++d)
    if (n % d == 0) {
      low.push_back(d);
      if (d != n / d)
        high.push_back(n / d);
    }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

/// log2, straight lines between the powers of two, in 2^-20: integers, so that every machine chooses the
/// same.
int64_t logOf(int64_t value) {
  const int place = 63 - std::countl_zero(static_cast<uint64_t>(value));
  constexpr int kFrac = 20;
  const Int128 scaled = (static_cast<Int128>(value) << kFrac) >> place; // 1 to 2
  return (int64_t{place} << kFrac) + static_cast<int64_t>(scaled) - (int64_t{1} << kFrac);
}

/// What decides the choices of a layer with weights.
struct Matrix {
  int64_t mh = 0, mw = 0; ///< All groups' rows, one group's columns
  int64_t weightBits = 0;
};

Matrix matrixOf(const ir::Layer &layer) {
  if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
    return {dense->weights.rows(), dense->weights.channels(), dense->types.weight.bits()};
  const auto &conv = std::get<ir::Conv>(layer.op);
  return {conv.weights.rows(), conv.weights.taps() * conv.weights.channels(), conv.types.weight.bits()};
}

} // namespace

std::vector<int64_t> legalReuseFactors(int64_t mh, int64_t mw) {
  // hls4ml's three conditions come down to: RF divides mw, or RF = mw d with d a divisor of mh.
  std::vector<int64_t> legal = divisorsOf(mw);
  for (int64_t d : divisorsOf(mh))
    if (d > 1)
      legal.push_back(mw * d);
  return legal;
}

std::vector<int64_t> thinned(llvm::ArrayRef<int64_t> reuseFactors, int64_t mw, size_t most) {
  std::vector<int64_t> all(reuseFactors.begin(), reuseFactors.end());
  if (all.size() <= most || most < 5)
    return all;
  std::vector<int64_t> kept = {all.front(), all.back()};
  for (int64_t wanted : {mw, 2 * mw})
    if (std::binary_search(all.begin(), all.end(), wanted))
      kept.push_back(wanted);
  // Points evenly spaced by ratio: the first factor whose logarithm reaches the point.
  const size_t points = most - kept.size();
  const int64_t low = logOf(all.front()), high = logOf(all.back());
  for (size_t i = 1; i <= points; ++i) {
    const int64_t target = low + (high - low) * static_cast<int64_t>(i) / static_cast<int64_t>(points + 1);
    const auto it =
        std::find_if(all.begin(), all.end(), [&](int64_t value) { return logOf(value) >= target; });
    kept.push_back(*it);
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

std::vector<Implementation> implementations(const ir::Model &model, const ir::Layer &layer, Style style,
                                            IoMode io) {
  if (style == Style::Finn)
    return foldings(model, layer);
  if (!ir::isLinear(layer.op))
    return {{.io = io}};
  const Matrix matrix = matrixOf(layer);
  const int64_t weights = matrix.mh * matrix.mw;
  std::vector<Implementation> out;
  if (weights < laws().unrolledWeights)
    out.push_back({.io = io, .strategy = Strategy::Latency, .reuse = 1});
  std::vector<int64_t> legal = legalReuseFactors(matrix.mh, matrix.mw);
  const int64_t largest = legal.back();
  std::erase_if(legal, [&](int64_t reuse) {
    return (reuse == 1 && weights >= laws().unrolledWeights) ||
           weights / reuse * matrix.weightBits > laws().reshapeBits;
  });
  if (legal.empty())
    legal.push_back(largest); // lawBreaches says why it cannot be built
  for (int64_t reuse : thinned(legal, matrix.mw, kMostChoices))
    out.push_back({.io = io, .strategy = Strategy::Resource, .reuse = reuse});
  return out;
}

} // namespace braid::kernel
