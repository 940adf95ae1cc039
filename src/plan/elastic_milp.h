// The elastic partitioner's problem by CBC, for comparison.
#pragma once

#include "braid/partition/solve.h"

namespace braid::plan {

/// The plan of the program that CBC solves: of the fewest FPGAs, in the order of the cluster or of its first
/// walk, within so many seconds for each number of them.
llvm::Expected<partition::Answer> solveByMilp(const partition::Problem &problem);

} // namespace braid::plan
