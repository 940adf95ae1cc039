// The least period of small partitioning problems over all placements, contiguous or not, by trying them.
// Shares no code with the solver, the MILP or the checker.
#pragma once

#include "braid/partition/problem.h"

#include <optional>

namespace braid::test {

struct LeastAnywhere {
  bool isKnown = false;            ///< False where there are too many placements to try
  std::optional<int64_t> periodFs; ///< None if the layers never fit
};

/// The least period over all ways to place layers on the dies of at most `mostFpgas` FPGAs, contiguous or
/// not, of layers' cycles and needs alone. Each layer is on a die of an FPGA, or on the same die of each
/// member of a team, any FPGAs of its kind.
LeastAnywhere bruteForceAnywhere(const partition::Problem &problem);

} // namespace braid::test
