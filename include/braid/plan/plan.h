// What goes where: the implementation of every layer, its FPGA and die, and the streams between FPGAs.
#pragma once

#include "braid/cost/estimate.h"
#include "braid/device/device.h"
#include "braid/ir/model.h"
#include "braid/kernel/kernel.h"

#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace braid::plan {

/// A slice of a layer of the whole model, made in one way on one die of one FPGA.
struct Placement {
  ir::LayerId layer = ir::LayerId::None;
  kernel::Slice slice;
  kernel::Implementation implementation;
  int fpga = 0;
  int die = 0;
};

/// A stream that one FPGA sends to one other. Ids number the crossings 0, 1, ... by stream, sender, receiver.
struct Crossing {
  int32_t id = 0;
  ir::StreamId stream = ir::StreamId::None;
  int from = 0, to = 0;
  auto operator<=>(const Crossing &) const = default;
};

/// Keyed by the layers of the whole typed model. Holds no costs: see Evaluation.
struct Plan {
  kernel::IoMode io = kernel::IoMode::Parallel;
  std::vector<Placement> placements; ///< By layer, then slice.
  std::vector<Crossing> crossings;
  std::string solver;

  const Placement &of(ir::LayerId layer) const;
  /// FPGAs with at least one layer, ascending.
  std::vector<int> usedFpgas() const;
};

/// Streams that leave the FPGA they are produced on, each once per receiving FPGA.
std::vector<Crossing> crossingsOf(const ir::Model &model, const std::vector<Placement> &placements);

/// What a planner may choose from and must keep to.
struct Options {
  std::optional<kernel::IoMode> io;           ///< Absent: io_stream where there is a window (conv, pool), else io_parallel.
  std::optional<int> fpgas;                   ///< Exactly this many; absent: the fewest that fit.
  std::optional<kernel::Strategy> strategy;   ///< For all layers with weights.
  std::map<std::string, int64_t> reuse;       ///< By layer name, or "*" for all.
  device::Limits limits;
};
kernel::IoMode ioModeFor(const ir::Model &model, const Options &options);

std::string toJson(const Plan &plan, const ir::Model &model, const device::Cluster &cluster);
llvm::Expected<Plan> planFromJson(llvm::StringRef text, llvm::StringRef file, const ir::Model &model, const device::Cluster &cluster);

} // namespace braid::plan
