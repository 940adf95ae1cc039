// Choices, dies and FPGAs of a network of whole layers by the elastic partitioner.
#pragma once

#include "braid/plan/solve.h"

namespace braid::plan {

/// Of how many FPGAs a plan is, where options.fpgas does not say it.
enum class Fewest : uint8_t { ThatFit, OfTheFastest };

/// As solveChain(); places units on dies, too, and leaves a proof in `proof`, if it is not null.
llvm::Expected<Plan> solveElastic(const ir::Model &model, const device::Cluster &cluster,
                                  const cost::CostModel &costs, const Options &options, Fewest fewest,
                                  Proof *proof);

} // namespace braid::plan
