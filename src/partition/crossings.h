// What a plan's streams from layers to layers cross: boundaries between FPGAs, and between dies. What host
// and layers give each other is not counted: Elastic-DF's cost (FINN, partitioning.py) is that of edges
// between layers.
#pragma once

#include "loads.h"

#include "braid/partition/solve.h"

namespace braid::partition {

inline constexpr int64_t kFpgaHop = 10; ///< Of a stream at a cut between two parts
inline constexpr int64_t kDieHop = 1;   ///< Of a stream at a boundary between two dies

/// Streams between layers that pass each cut: made before it, taken behind it; to `cuts()` inclusive.
std::vector<int64_t> streamsOpen(const Problem &problem);

/// Of all cuts and, on each FPGA, all boundaries between dies.
int64_t hopCost(const Problem &problem, const Solution &solution);

} // namespace braid::partition
