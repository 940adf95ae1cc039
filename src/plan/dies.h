// What stands on which die, in the FINN style.
#pragma once

#include "braid/plan/evaluate.h"

namespace braid::plan {

/// Whether dies count: where units can be placed by themselves.
bool placesOnDies(kernel::Style style, const device::Device &device);

/// The die where streams to and from other FPGAs begin and end, and that of the host's.
int portDie(const device::Device &device);
inline int hostDie(const device::Device &) { return 0; } // memory is next to die 0: targets/devices

/// Sets `dies` of an FPGA from its nodes. `rooms`: by die.
void addDies(FpgaCost &fpga, const device::Device &device, llvm::ArrayRef<device::Room> rooms,
             const Plan &plan);

/// Sets the wires between dies; `partitions`: those of the FPGA.
void addWires(FpgaCost &fpga, const device::Fpga &own, const Plan &plan,
              llvm::ArrayRef<const Partition *> partitions, double periodUs);

} // namespace braid::plan
