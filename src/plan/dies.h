// What the dies of an FPGA hold, in the FINN style.
#pragma once

#include "braid/plan/evaluate.h"

namespace braid::plan {

/// Sets `dies` of an FPGA from its nodes. `rooms`: by die.
void addDies(FpgaCost &fpga, const device::Device &device, llvm::ArrayRef<device::Room> rooms,
             const Plan &plan);

/// Sets the wires between dies; `partitions`: those of the FPGA.
void addWires(FpgaCost &fpga, const device::Fpga &own, const Plan &plan,
              llvm::ArrayRef<const Partition *> partitions, double periodUs);

} // namespace braid::plan
