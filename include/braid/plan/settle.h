// FINN style: plans in which what joins the units is counted too.
#pragma once

#include "braid/plan/solve.h"

namespace braid::plan {

/// Thresholds behind a layer with weights that nothing else reads are computed by its unit, PE for PE.
void fuseThresholds(const ir::Model &model, Plan &plan);

/// As solve(); converters, copies and FIFOs between units, which follow from all choices together, are kept
/// within the budget too.
llvm::Expected<Plan> solveUnits(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options,
                                std::vector<std::string> &notes, Proof *proof = nullptr);

} // namespace braid::plan
