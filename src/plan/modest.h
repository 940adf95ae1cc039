// Plans that need not be as fast as can be: of a given rate, or of little area.
#pragma once

#include "braid/plan/solve.h"

namespace braid::plan {

/// By the solver of the style, whatever rate is asked for.
llvm::Expected<Plan> solveFreely(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof = nullptr);

/// Of options.fps, on the fewest FPGAs; by options.objective Area, on as many as take least in all. Where no
/// plan is fast enough, says how fast the fastest is, and what binds.
llvm::Expected<Plan> solveModest(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof = nullptr);

} // namespace braid::plan
