// FINN style: how deep the FIFOs between units must be, so that nothing waits for ever and a frame comes as
// often as the slowest unit allows.
#pragma once

#include "braid/plan/unit_graph.h"

namespace braid::plan {

/// Sets the depths of all channels between two units.
///
/// There is a plan of steps in which every unit takes as long for a frame as the slowest one, no word is read
/// before it has come, and no channel ever holds more than its depth: what units do as soon as they can is
/// never later. Most units go evenly; a window gives as its words are taken and fills itself in between,
/// where it has the time, and what pads or widens its input goes as it reads.
void setDepths(UnitGraph &graph);

/// What a FIFO holds at most.
struct HeldElements {
  int64_t elements = 0, elementBits = 0;
};
/// By layer, the FIFOs before it and inside it in a project of the whole model, whatever the foldings are but
/// for some words: where each layer computes one product at a time. None where a layer has no unit.
std::vector<llvm::SmallVector<HeldElements, 2>> heldBefore(const ir::Model &model);

} // namespace braid::plan
