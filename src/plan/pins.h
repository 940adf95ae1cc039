// Pinned layers, as the planners see them.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Where a layer must stand, with its die if any pin names one.
std::optional<Pin> pinOf(const Options &options, llvm::StringRef layer);
/// Whether some layer must stand there: such an FPGA is like no other.
bool isPinnedTo(const Options &options, const device::Fpga &fpga);

/// A pin of a layer in its place in a planner's order.
struct PinAt {
  Pin pin;
  int item = 0;  ///< Layers of one item are built together
  int group = 0; ///< Items of one group stand on one FPGA
};
/// Exit code 3 where these pins, in order, ask for what no plan of consecutive layers has: names the two that
/// contradict each other.
llvm::Error checkPinOrder(llvm::ArrayRef<PinAt> pins, const device::Cluster &cluster);

} // namespace braid::plan
