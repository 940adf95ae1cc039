// Where the layers of one group are cut by rows, so that halos move one way only.
#pragma once

#include "braid/plan/plan.h"

#include <map>
#include <vector>

namespace braid::plan {

/// Slices by rows of those of `layers` that have weights and rows. `anchor` is cut in proportion to the
/// shares; the cuts of the others follow it through windows and strides, so that a part needs rows of the
/// next part besides its own, never of the one before: no FPGA waits for what it has itself a part in. Layers
/// of which a part would be empty are left out.
std::map<ir::LayerId, std::vector<kernel::Slice>> rowCuts(const ir::Model &model,
                                                          llvm::ArrayRef<ir::LayerId> layers,
                                                          ir::LayerId anchor, llvm::ArrayRef<int64_t> shares);

} // namespace braid::plan
