// Solvers: free functions from a problem to a plan, one a file.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Cuts the layers, in topological order, into consecutive parts for the cluster's FPGAs in order, and chooses reuse
/// factors so that every part fits its budget and the slowest part or link is as fast as possible: exact for this
/// cost model (dynamic programming over cuts, all Pareto-optimal choices kept within a part).
/// Without options.fpgas: the fewest FPGAs that hold the model, then the shortest period. Infeasible (exit code 3):
/// says what binds and what would fit.
llvm::Expected<Plan> solveChain(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                                const Options &options);

/// The layers that stay together: a layer with weights, a pool, or a merge, with the element-wise layers that follow.
/// A sequential split has at most this many parts.
std::vector<std::vector<ir::LayerId>> sequentialUnits(const ir::Model &model);

} // namespace braid::plan
