// From a chain that ends in a quantiser to the layer that computes it on integers: a ladder of thresholds, or
// a multiply, add and shift that is proved to take every step where the ladder does.
#pragma once

#include "chain.h"

#include "braid/ir/model.h"

namespace braid::pass {

struct Interval {
  int64_t lo = 0, hi = 0;
};

/// The layer for integers of `range`: a Threshold, or a Requantize where there are many steps of the same
/// height. No channel falls (see Chain::turned). `made`: the levels that it gives.
struct Ladder {
  ir::Op op;
  Interval made;
  bool isIdentity = false; ///< Every integer is its own level: there is nothing to compute
};
llvm::Expected<Ladder> makeLadder(const Chain &chain, const Interval &range);

/// More steps than these become a multiply-shift where that is possible: fewer are cheaper as comparators.
inline constexpr int64_t kMostThresholds = 15;
/// More are no ladder at all.
inline constexpr int64_t kMostSteps = 1 << 12;
/// Widest factor of a multiply-shift: two DSP slices side by side (17 + 17 bits, AMD UG579).
inline constexpr int kFactorBits = 34;

} // namespace braid::pass
