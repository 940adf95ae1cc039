// Choices, dies and FPGAs of a network of whole layers by the elastic partitioner.
#pragma once

#include "braid/plan/solve.h"

namespace braid::plan {

/// As solveChain(); places units on dies, too, and leaves a proof in `proof`, if it is not null.
llvm::Expected<Plan> solveElastic(const ir::Model &model, const device::Cluster &cluster,
                                  const cost::CostModel &costs, const Options &options, Proof *proof);

} // namespace braid::plan
