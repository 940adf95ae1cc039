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

/// The choices for a layer in the FINN style.
std::vector<Implementation> foldings(const ir::Model &model, const ir::Layer &layer);

} // namespace braid::kernel
