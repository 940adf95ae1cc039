// What the lowerings of the styles share.
#pragma once

#include "braid/kernel/kernel.h"

namespace braid::kernel {

using Kernels = llvm::SmallVector<Kernel, 2>;

/// What every kernel of a layer has: name, choice, elements, channels, positions, bits; its ports in whole
/// beats of io mode.
Kernel startKernel(const ir::Model &model, const ir::Layer &layer, const Implementation &implementation,
                   KernelKind kind);

/// An error that names the layer.
llvm::Error notLowered(const ir::Layer &layer, std::string message);

/// The units of a layer in the FINN style, in dataflow order. None for a reshape: only a name.
llvm::Expected<Kernels> lowerFinn(const ir::Model &model, const ir::Layer &layer,
                                  const Implementation &implementation);

/// The choices for a layer in the FINN style. With a matrix: every PE and SIMD that divides its rows and what
/// a window holds, and those between divisors more than twofold apart for which zeros are filled in; memories
/// by depth, multipliers of LUTs and, from three bits on, of DSPs. Of degrees, of those between them and of
/// ways to one degree only some where there are many, spread evenly; who knows their costs drops those that
/// others beat.
std::vector<Implementation> foldings(const ir::Model &model, const ir::Layer &layer);

} // namespace braid::kernel
