#include "ladder.h"

#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::pass {
namespace {

/// By channel: edges[k] is the first integer on level lo + k + 1 or above, range.hi + 1 where there is none.
struct Steps {
  int64_t lo = 0; ///< Level below the first edge
  std::vector<std::vector<int64_t>> edges;
};

/// The levels that the whole range reaches, over all channels.
llvm::Expected<Interval> levelsReached(const Chain &chain, const Interval &range) {
  Interval out{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  for (size_t c = 0; c < chain.channels(); ++c) {
    auto lo = chain.levelOf(range.lo, c), hi = chain.levelOf(range.hi, c);
    if (!lo || !hi) {
      llvm::Error error = lo ? llvm::Error::success() : lo.takeError();
      return llvm::joinErrors(std::move(error), hi ? llvm::Error::success() : hi.takeError());
    }
    out.lo = std::min(out.lo, *lo), out.hi = std::max(out.hi, *hi);
  }
  return out;
}

llvm::Expected<Steps> stepsOf(const Chain &chain, const Interval &range, const Interval &levels) {
  Steps out;
  out.lo = levels.lo;
  out.edges.resize(chain.channels());
  std::vector<std::string> faults(out.edges.size());
  parallelFor(static_cast<int64_t>(out.edges.size()), [&](int64_t i) {
    const auto c = static_cast<size_t>(i);
    for (int64_t level = levels.lo + 1; level <= levels.hi; ++level) {
      auto reached = chain.reaching(level, c, range.lo, range.hi);
      if (!reached) {
        faults[c] = messageOf(reached.takeError());
        return;
      }
      out.edges[c].push_back(reached->edge);
    }
  });
  for (const std::string &fault : faults)
    if (!fault.empty())
      return badInput("", fault);
  return out;
}

/// One channel's multiply-shift; nothing if none with this shift is right on every edge.
struct EvenSteps {
  int64_t factor = 0, offset = 0;
};

/// level = clamp((x * factor + offset) >> shift): for every edge e of level k that lies in the range, e must
/// reach k and e - 1 must not. That bounds the offset from both sides. The ends of the levels saturate, or,
/// where the clamp leaves more room, must not be left within the range.
std::optional<EvenSteps> evenSteps(const std::vector<int64_t> &edges, const Interval &levels,
                                   const Interval &clamp, const Interval &range, int64_t factor, int shift) {
  const Int128 step = Int128{1} << shift;
  Int128 least = std::numeric_limits<int64_t>::min(), most = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < edges.size(); ++i) {
    const Int128 level = (Int128{levels.lo} + static_cast<int64_t>(i) + 1) * step;
    if (edges[i] <= range.hi)
      least = std::max(least, level - Int128{edges[i]} * factor); // reached at the edge
    if (edges[i] > range.lo)
      most = std::min(most, level - 1 - (Int128{edges[i]} - 1) * factor); // not before it
  }
  if (clamp.lo < levels.lo)
    least = std::max(least, levels.lo * step - Int128{range.lo} * factor);
  if (clamp.hi > levels.hi)
    most = std::min(most, (Int128{levels.hi} + 1) * step - 1 - Int128{range.hi} * factor);
  if (least > most)
    return std::nullopt;
  // The offset nearest to zero: the narrowest.
  const Int128 offset = std::clamp<Int128>(0, least, most);
  return EvenSteps{factor, static_cast<int64_t>(offset)};
}

bool isPowerOfTwo(int64_t n) { return n > 0 && (n & (n - 1)) == 0; }

/// Ranges that a cast saturates to by itself and that hold the levels, the tightest first.
std::vector<Interval> clampsFor(const Interval &levels) {
  std::vector<Interval> out;
  if (levels.lo == -levels.hi && isPowerOfTwo(levels.hi + 1))
    out.push_back(levels); // AP_SAT_SYM
  for (int bits = 1; bits <= 13; ++bits) {
    const int64_t size = int64_t{1} << bits;
    if (levels.lo >= 0 && levels.hi < size) {
      out.push_back({0, size - 1});
      break;
    }
    if (levels.lo < 0 && levels.lo >= -size / 2 && levels.hi < size / 2) {
      out.push_back({-size / 2, size / 2 - 1});
      break;
    }
  }
  return out;
}

/// All channels with one shift, as small as it can be.
std::optional<ir::Requantize> requantised(const Chain &chain, const Steps &steps, const Interval &range,
                                          const Interval &levels, const Interval &clamp) {
  std::vector<double> slopes;
  for (size_t c = 0; c < steps.edges.size(); ++c) {
    const auto slope = chain.slope(c);
    if (!slope || !std::isfinite(*slope))
      return std::nullopt;
    slopes.push_back(*slope);
  }
  const double steepest = *std::max_element(slopes.begin(), slopes.end());
  for (int shift = 0; shift <= 48 && std::ldexp(steepest, shift) < std::ldexp(1.0, kFactorBits); ++shift) {
    std::vector<int64_t> factors, offsets;
    for (size_t c = 0; c < slopes.size() && factors.size() == c; ++c) {
      const auto near = static_cast<int64_t>(std::floor(std::ldexp(slopes[c], shift)));
      for (int64_t factor : {near, near + 1})
        if (const auto found = evenSteps(steps.edges[c], levels, clamp, range, factor, shift)) {
          factors.push_back(found->factor), offsets.push_back(found->offset);
          break;
        }
    }
    if (factors.size() == slopes.size()) {
      const auto rows = static_cast<int64_t>(factors.size());
      return ir::Requantize{ir::Weights::fromIntegers(factors, rows),
                            ir::Weights::fromIntegers(offsets, rows), shift, clamp.lo, clamp.hi};
    }
  }
  return std::nullopt;
}

ir::Threshold thresholdsOf(const Steps &steps) {
  std::vector<int64_t> all;
  const bool alike = std::all_of(steps.edges.begin(), steps.edges.end(),
                                 [&](const auto &edges) { return edges == steps.edges[0]; });
  const size_t rows = alike ? 1 : steps.edges.size();
  for (size_t c = 0; c < rows; ++c)
    all.insert(all.end(), steps.edges[c].begin(), steps.edges[c].end());
  return {ir::Weights::fromIntegers(all, static_cast<int64_t>(rows), 1,
                                    static_cast<int64_t>(steps.edges[0].size())),
          steps.lo};
}

bool isIdentity(const Steps &steps, const Interval &levels, const Interval &range) {
  if (levels.lo != range.lo || levels.hi != range.hi)
    return false;
  for (const auto &edges : steps.edges)
    for (size_t i = 0; i < edges.size(); ++i)
      if (edges[i] != levels.lo + static_cast<int64_t>(i) + 1)
        return false;
  return true;
}

} // namespace

llvm::Expected<Ladder> makeLadder(const Chain &chain, const Interval &range) {
  for (size_t c = 0; c < chain.channels(); ++c)
    BRAID_CHECK(!chain.falls(c, chain.pieces().size() - 1), "a ladder rises");
  auto levels = levelsReached(chain, range);
  if (!levels)
    return levels.takeError();
  if (levels->hi - levels->lo > kMostSteps)
    return badInput("",
                    fmt::format("{} levels are more than a ladder of thresholds has ({}); a quantiser of at "
                                "most 12 bits would do",
                                levels->hi - levels->lo + 1, kMostSteps));
  if (levels->lo == levels->hi) // one level: a ladder needs a step that nobody takes
    ++levels->hi;
  auto steps = stepsOf(chain, range, *levels);
  if (!steps)
    return steps.takeError();
  if (isIdentity(*steps, *levels, range))
    return Ladder{ir::Threshold{}, range, true};
  if (levels->hi - levels->lo > kMostThresholds)
    for (const Interval &clamp : clampsFor(*levels))
      if (auto op = requantised(chain, *steps, range, *levels, clamp))
        return Ladder{std::move(*op), *levels};
  return Ladder{thresholdsOf(*steps), *levels};
}

} // namespace braid::pass
