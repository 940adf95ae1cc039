// Which die everything of an FPGA is charged to, in the FINN style. The budgets of dies, the report and the
// constraints that backends write are made from this alone, so that what is planned is what is built.
#pragma once

#include "braid/plan/kernel_graph.h"
#include "braid/plan/unit_graph.h"

namespace braid::plan {

/// Whether dies count: where units can be placed by themselves.
bool placesOnDies(kernel::Style style, const device::Device &device);
/// Whether they do in a plan: else it charges nothing to dies, and where things stand is the tools' choice.
bool hasFloorplan(const Plan &plan, const device::Device &device);

/// The die where streams to and from other FPGAs begin and end, and that of the host's.
int portDie(const device::Device &device);
inline int hostDie(const device::Device &) { return 0; } // memory is next to die 0: targets/devices

/// Of what is beside no layer: at an end of a project, or shared by projects. `isOfPort`: a stream of a
/// crossing, also one between stages of this FPGA, or what all streams of a port share.
inline int dieOfEnd(bool isOfPort, const device::Device &device) {
  return isOfPort ? portDie(device) : hostDie(device);
}
/// Of anything. A layer and the memory of its weights stand on the die of its placement, what joins units on
/// that of the unit behind it (Node::beside).
int dieOf(const Node &node, const Plan &plan, const device::Device &device);

/// The dies of a project's units, by unit, and of its FIFOs, by channel; those of channels without a FIFO
/// mean nothing.
struct Floorplan {
  std::vector<int> units, fifos;
};
Floorplan floorplanOf(const ir::Model &model, const UnitGraph &graph, const Plan &plan,
                      const device::Device &device);

} // namespace braid::plan
