// Which foldings a layer has in the FINN style.
#include "laws.h"
#include "lower.h"

#include "braid/support/math.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace braid::kernel {

namespace {

/// Degrees of parallelism that a planner looks at per layer, and as many between them; PEs, or SIMDs, of a
/// layer that divide nothing; and depths of memory at which others pay.
constexpr size_t kMostDegrees = 48, kMostBetween = 48, kMostWays = 4, kMostFilled = 16;
constexpr int64_t kEmbeddedDepth = 128; ///< FINN: no deeper memory is worth a unit of its own
constexpr int64_t kShallowDepth = 256;  ///< Half a RAMB18 at its widest
constexpr int64_t kUltraDepth = 1024;   ///< A quarter of a URAM
constexpr int64_t kReaderBits = 512;    ///< A word of external weights, one a cycle

std::vector<int64_t> divisorsOf(int64_t n) {
  std::vector<int64_t> out;
  for (int64_t d = 1; d <= n / 2; ++d)
    if (n % d == 0)
      out.push_back(d);
  out.push_back(n);
  return out;
}

/// Elements along a concatenation's axis and all behind it, of each input.
int64_t commonRun(const ir::Model &model, const ir::Layer &layer, size_t axis) {
  int64_t run = 0;
  for (ir::StreamId input : layer.inputs)
    run = std::gcd(run, ir::elements(llvm::ArrayRef<int64_t>(model.stream(input).shape).drop_front(axis)));
  return run;
}

struct Bits {
  int64_t weight = 1, input = 1, output = 1;
};

Bits bitsOf(const ir::Model &model, const ir::Layer &layer) {
  Bits bits{1, model.stream(layer.inputs[0]).type.bits(), model.stream(layer.output).type.bits()};
  const auto weight = [&](const auto &op) {
    return storesBits(layer) ? int64_t{1} : int64_t{op.types.weight.bits()};
  };
  if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
    bits.weight = weight(*dense);
  else if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
    bits.weight = weight(*conv);
  return bits;
}

/// Whether channels do not mix: VVAU.
bool isDepthwise(const ir::Model &model, const ir::Layer &layer) {
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  const auto channels = [&](ir::StreamId id) { return model.stream(id).shape[2]; };
  return conv && conv->isDepthwise(channels(layer.inputs[0])) &&
         channels(layer.output) == channels(layer.inputs[0]);
}

int64_t tapsOf(const ir::Layer &layer) {
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  return conv ? conv->window.taps() : 1;
}

/// At most `most` of ascending numbers, the ends among them: those go whose neighbours are closest by ratio.
std::vector<int64_t> spread(std::vector<int64_t> numbers, size_t most) {
  while (numbers.size() > std::max<size_t>(most, 2)) {
    size_t closest = 1;
    for (size_t i = 2; i + 1 < numbers.size(); ++i)
      if (Int128{numbers[i + 1]} * numbers[closest - 1] < Int128{numbers[closest + 1]} * numbers[i - 1])
        closest = i;
    numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(closest));
  }
  return numbers;
}

/// Divisors of n, and where one is more than twice the one before it, what is filled up to n: of the numbers
/// that fold n as often the least, ceil(n / k), and the least of those that share the largest factor with n,
/// so that what fills or drops takes the fewest beats.
std::vector<int64_t> ladderOf(int64_t n) {
  std::vector<int64_t> out = divisorsOf(n), filled;
  for (size_t i = out.size() - 1; i > 0; --i)
    if (out[i] > 2 * out[i - 1])
      for (int64_t least = out[i - 1] + 1; least < out[i];) {
        const int64_t next = ceilDiv(n, ceilDiv(n, least) - 1);
        int64_t even = least;
        for (int64_t other = least + 1; other < std::min(next, out[i]); ++other)
          if (std::gcd(other, n) > std::gcd(even, n))
            even = other;
        filled.push_back(least);
        if (even != least)
          filled.push_back(even);
        least = next;
      }
  std::sort(filled.begin(), filled.end());
  for (int64_t one : spread(std::move(filled), kMostFilled))
    out.push_back(one);
  std::sort(out.begin(), out.end());
  return out;
}

/// Of all that a window holds, whole pixels or not, and parts of a pixel that are filled up; depthwise: taps.
std::vector<int64_t> simdsOf(const ir::Layer &layer, const Foldable &of) {
  const int64_t whole = of.simd * tapsOf(layer);
  std::vector<int64_t> out = divisorsOf(whole);
  for (int64_t simd : ladderOf(of.simd))
    if (whole % simd != 0)
      out.push_back(simd);
  std::sort(out.begin(), out.end());
  return out;
}

/// Of the SIMDs of one degree some, among them the widest of all, of those within a pixel, and of those of
/// whole pixels.
std::vector<int64_t> waysTo(const std::map<int64_t, std::vector<Folding>> &bySimd, int64_t pixel) {
  std::vector<int64_t> all;
  std::set<int64_t> kept;
  int64_t widest = 0;
  for (const auto &entry : bySimd) {
    all.push_back(entry.first);
    widest = entry.first <= pixel ? entry.first : widest;
  }
  for (int64_t simd : spread(all, kMostWays))
    kept.insert(simd);
  if (widest > 0)
    kept.insert(widest);
  for (size_t i = all.size(); i-- > 0 && all[i] > pixel;)
    if (all[i] % pixel == 0) {
      kept.insert(all[i]);
      break;
    }
  return {kept.begin(), kept.end()};
}

/// Where weights of so many bits may lie, in so many words. Who weighs them drops those that another beats.
std::vector<Folding> memoriesOf(Folding folding, int64_t depth, int64_t weightBits) {
  if (depth <= kEmbeddedDepth)
    return {folding};
  std::vector<Folding> out;
  folding.memMode = MemMode::Decoupled;
  for (RamStyle style : {RamStyle::Block, RamStyle::Ultra, RamStyle::Distributed}) {
    folding.ramStyle = style;
    if (style == RamStyle::Block ||
        (style == RamStyle::Ultra ? depth >= kUltraDepth : depth <= kShallowDepth))
      out.push_back(folding);
  }
  if (folding.pe * folding.simd <= kReaderBits / weightBits) {
    folding.memMode = MemMode::External, folding.ramStyle = RamStyle::Auto;
    out.push_back(folding);
  }
  return out;
}

} // namespace

bool storesBits(const ir::Layer &layer) {
  const auto *dense = std::get_if<ir::Dense>(&layer.op);
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  // Groups of several channels, or with several outputs each, are blocks of one matrix, with zeros elsewhere.
  const auto isDepthwise = [&] {
    return conv->weights.channels() == 1 && conv->weights.rows() == conv->groups;
  };
  if (!dense && !(conv && (conv->groups == 1 || isDepthwise())))
    return false;
  const ir::Weights &weights = dense ? dense->weights : conv->weights;
  bool only = true;
  for (int64_t row = 0; only && row < weights.rows(); ++row)
    for (int64_t tap = 0; only && tap < weights.taps(); ++tap)
      only = weights.visitTap(row, tap, [&](const auto *at) {
        return std::all_of(at, at + weights.channels(), [](auto w) { return w == 1 || w == -1; });
      });
  return only;
}

Foldable foldable(const ir::Model &model, const ir::Layer &layer) {
  const auto shapeOf = [&](ir::StreamId id) -> const ir::Shape & { return model.stream(id).shape; };
  if (layer.output == ir::StreamId::None || layer.inputs.empty())
    return {};
  const int64_t channels = shapeOf(layer.output).empty() ? 1 : shapeOf(layer.output).back();
  return std::visit(
      ir::Overloaded{
          [&](const ir::Dense &op) -> Foldable {
            return {op.weights.rows(), op.weights.channels()};
          },
          [&](const ir::Conv &) -> Foldable {
            return {channels, isDepthwise(model, layer) ? 1 : shapeOf(layer.inputs[0])[2]};
          },
          [&](const ir::ArgMax &) -> Foldable {
            return {shapeOf(layer.inputs[0]).back(), 1};
          },
          [&](const ir::Concat &op) -> Foldable {
            return {commonRun(model, layer, static_cast<size_t>(op.axis)), 1};
          },
          [&](const ir::Crop &op) -> Foldable {
            return {std::gcd(std::gcd(op.begin.back(), op.end.back()), shapeOf(layer.inputs[0]).back()), 1};
          },
          [&](const ir::Transpose &op) -> Foldable {
            return {op.perm.back() + 1 == static_cast<int64_t>(op.perm.size()) ? channels : 1, 1};
          },
          [&](const ir::Reshape &) -> Foldable { return {}; },
          [&](const ir::Receive &) -> Foldable { return {}; },
          [&](const auto &) -> Foldable {
            return {channels, 1};
          },
      },
      layer.op);
}

Implementation movingFolding(const ir::Model &model, const ir::Layer &layer) {
  constexpr int64_t kWordBits = 512;
  Implementation out{.style = Style::Finn, .io = IoMode::Stream, .folding = {}};
  int64_t bits = model.stream(layer.output).type.bits();
  for (ir::StreamId input : layer.inputs)
    bits = std::max<int64_t>(bits, model.stream(input).type.bits());
  for (int64_t pe : divisorsOf(foldable(model, layer).pe))
    if (pe * bits <= kWordBits)
      out.folding.pe = pe;
  return out;
}

std::vector<Implementation> foldings(const ir::Model &model, const ir::Layer &layer) {
  const Foldable of = foldable(model, layer);
  const Bits bits = bitsOf(model, layer);
  const auto made = [](Folding folding) {
    return Implementation{.style = Style::Finn, .io = IoMode::Stream, .folding = folding};
  };
  std::vector<Implementation> out;
  if (!ir::isLinear(layer.op)) {
    std::vector<int64_t> pes = divisorsOf(of.pe);
    std::erase_if(pes, [&](int64_t pe) {
      return pe > 1 && pe * std::max(bits.input, bits.output) > laws().axisWordBits;
    });
    for (int64_t pe : thinned(pes, of.pe, kMostDegrees))
      out.push_back(made({.pe = pe}));
    return out;
  }
  // By the steps that a position takes. Many ways may lead to as many: which wins depends on what each takes
  // and on the words of its neighbours.
  std::map<int64_t, std::map<int64_t, std::vector<Folding>>> bySteps;
  std::set<int64_t> whole, between; // of parts or whole pixels, without filling; and what only others come to
  const bool byChannel = isDepthwise(model, layer);
  const int64_t taps = tapsOf(layer), widest = laws().axisWordBits;
  const std::vector<int64_t> simds = simdsOf(layer, of);
  for (int64_t pe : ladderOf(of.pe))
    for (int64_t simd : simds) {
      const int64_t columns = of.simd * taps % simd == 0 ? of.simd * taps : roundUp(of.simd, simd) * taps;
      const int64_t steps = ceilDiv(of.pe, pe) * (columns / simd);
      // In the unit every PE has words of its own.
      const int64_t wordBits = (steps <= kEmbeddedDepth ? 1 : pe) * simd * bits.weight;
      if (pe * bits.output <= widest && simd * (byChannel ? pe : 1) * bits.input <= widest &&
          wordBits <= widest) {
        bySteps[steps][simd].push_back({.pe = pe, .simd = simd});
        const bool isWhole = of.pe % pe == 0 && (of.simd % simd == 0 || simd % of.simd == 0);
        (isWhole ? whole : between).insert(steps);
      }
    }
  std::erase_if(between, [&](int64_t steps) { return whole.count(steps) > 0; });
  std::vector<int64_t> kept = spread({whole.begin(), whole.end()}, kMostDegrees);
  for (int64_t steps : spread({between.begin(), between.end()}, kMostBetween))
    kept.push_back(steps);
  for (int64_t steps : kept)
    for (int64_t simd : waysTo(bySteps[steps], of.simd))
      for (const Folding &folding : bySteps[steps][simd])
        for (Folding memory : memoriesOf(folding, steps, bits.weight))
          for (ResType type : {ResType::Lut, ResType::Dsp})
            if (type == ResType::Lut || (bits.weight >= 3 && bits.input >= 3)) {
              memory.resType = type;
              out.push_back(made(memory));
            }
  return out;
}

} // namespace braid::kernel
