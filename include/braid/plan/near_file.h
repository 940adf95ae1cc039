// Earlier plans that a new one is to be near to.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Reads plan.json of an earlier compilation. Layers that the model has no more and FPGAs that the cluster
/// has no more are left out, and with them all that such an FPGA, or one with slices or copies, held.
llvm::Expected<std::shared_ptr<const Earlier>> readEarlier(const std::string &file, const ir::Model &model,
                                                           const device::Cluster &cluster,
                                                           kernel::Style style);

/// FPGAs that hold by a plan what they held by an earlier one, made alike.
std::vector<std::string> keptFpgas(const Earlier &earlier, const Plan &plan, const device::Cluster &cluster);

} // namespace braid::plan
