// FINN style: the units of one project and the streams that join them, with converters where widths differ,
// copies where several read, and FIFOs. Cost, estimates and the backend read it; none joins units for itself.
#pragma once

#include "braid/kernel/kernel.h"

#include "llvm/ADT/STLExtras.h"

namespace braid::plan {

/// A stream of words from one unit to one other.
struct Channel {
  kernel::KernelPort port;
  int64_t depth = 2;      ///< Of its FIFO, in words; up to 2: the units' own registers, no FIFO
  int from = -1, to = -1; ///< Units; -1: an end of the project
  bool hasFifo() const { return depth > 2 && (to >= 0 || from < 0); } ///< At a project's outputs others stand
};

/// A kernel in its place.
struct Unit {
  kernel::Kernel kernel;
  ir::LayerId layer = ir::LayerId::None;      ///< Of the project's model; None: it only copies or converts
  ir::LayerId activation = ir::LayerId::None; ///< A layer of thresholds that it computes behind its sums
  ir::StreamId stream = ir::StreamId::None;   ///< What it copies or converts
  int64_t turns = 1;                          ///< Of a concatenation: how often it takes some of each input
  llvm::SmallVector<int, 2> inputs, outputs;  ///< Channels
};

struct UnitGraph {
  std::vector<Unit> units; ///< In dataflow order
  std::vector<Channel> channels;
  std::vector<int> inputs, outputs; ///< Channels of the project's ends, in the order asked for
};

using ImplementationOf = llvm::function_ref<const kernel::Implementation &(const ir::Layer &)>;

/// `inputs` and `outputs`: the streams that come to the project and leave it, once for each end; they come
/// and go in whole beats (kernel::elementsPerBeat). Fails where a layer has no unit.
llvm::Expected<UnitGraph> unitGraph(const ir::Model &model, llvm::ArrayRef<ir::StreamId> inputs,
                                    llvm::ArrayRef<ir::StreamId> outputs, ImplementationOf implementationOf);

/// The layers of the whole model on whose dies things stand: of a unit its own, of one that converts or
/// copies that of a unit behind it, or before; of a FIFO that of the unit that reads from it. None where
/// there is no such layer.
struct Beside {
  std::vector<ir::LayerId> units, fifos; ///< By unit; by channel
};
Beside layersBeside(const ir::Model &model, const UnitGraph &graph);

/// Whether a unit with weights can compute these thresholds behind its sums: as many at a time as it makes.
bool takesThresholds(const kernel::Kernel &sums, int64_t pe, int64_t channels);
/// Makes it do so.
void addThresholds(kernel::Kernel &sums, const kernel::Kernel &thresholds);

/// A converter of words; the same elements in the same order.
kernel::Kernel converter(const kernel::KernelPort &from, const kernel::KernelPort &to);

/// The units of one layer alone, with the converters between them: what it adds to a project whose other
/// layers take and give words of the same width.
llvm::Expected<llvm::SmallVector<kernel::Kernel, 4>>
unitsAlone(const ir::Model &model, const ir::Layer &layer, const kernel::Implementation &implementation);

} // namespace braid::plan
