// What goes where: the implementation of every layer, its FPGA and die, and the streams between FPGAs.
#pragma once

#include "braid/cost/estimate.h"
#include "braid/device/budget.h"
#include "braid/device/device.h"
#include "braid/ir/model.h"
#include "braid/kernel/kernel.h"

#include "llvm/Support/Error.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <memory>
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
  /// Layers of one FPGA that must run before what others send back has come, and those that need it, are
  /// stages of it: kernels of their own. Found by assignStages.
  int stage = 0;
};

/// Where the partial sums of a layer that is cut by input are added: those of some of its neurons and rows.
struct Join {
  ir::LayerId layer = ir::LayerId::None;
  kernel::Slice slice; ///< All inputs
  bool chain = false;  ///< Each part adds its sums to those before it and passes them on; else all are added
                       ///< in one place
  int fpga = 0, die = 0; ///< Of the last sum
};

/// Where the parts of an output of the model are put together.
struct Gather {
  int output = 0;
  int fpga = 0, die = 0;
};

/// One stage of one FPGA: what becomes a partition, a project, a kernel.
struct Part {
  int fpga = 0, stage = 0;
  auto operator<=>(const Part &) const = default;
};

/// A stream that one part sends to one other. Ids number the crossings 0, 1, ... by stream, sender, receiver.
/// A stream comes to an FPGA once, at the first of its stages that reads it, and goes on from there to later
/// ones.
struct Crossing {
  int32_t id = 0;
  ir::StreamId stream = ir::StreamId::None;
  int from = 0, to = 0; ///< FPGAs
  int fromStage = 0, toStage = 0;

  bool isLocal() const { return from == to; } ///< Between stages of one FPGA: no link
  Part sender() const { return {from, fromStage}; }
  Part receiver() const { return {to, toStage}; }
  auto operator<=>(const Crossing &) const = default;
};

/// FPGAs that hold the same: an FPGA that layers are placed on, then its copies. Frame n goes through
/// number n mod R of R. Segments with copies all have as many.
using Replicas = std::map<int, std::vector<int>>;

/// How a crossing leads from replicas to replicas.
struct Lane {
  int from = 0, to = 0;               ///< FPGAs
  int fromReplica = 0, toReplica = 0; ///< 0 where there is one only
};

/// Keyed by the layers of the whole typed model. Holds no costs: see Evaluation.
struct Plan {
  kernel::Style style = kernel::Style::Hls4ml;
  kernel::IoMode io = kernel::IoMode::Parallel;
  std::vector<Placement> placements; ///< By layer, then slice.
  std::vector<Join> joins;           ///< By layer, then slice.
  std::vector<Gather> gathers;       ///< By output; only where it comes in parts.
  std::vector<Crossing> crossings;
  Replicas replicas; ///< By FPGA that layers are placed on; only of those with copies.
  bool usesDies =
      false; ///< FINN style: each unit stands on the die that its placement names, and dies have budgets
  std::string solver;

  const Placement &of(ir::LayerId layer) const;
  Part partOf(ir::LayerId layer) const { return {of(layer).fpga, of(layer).stage}; }
  /// FPGAs with at least one layer, ascending.
  std::vector<int> usedFpgas() const;
  /// Their stages, ascending.
  std::vector<Part> parts() const;

  /// FPGAs that hold what is placed on one: itself, then its copies.
  std::vector<int> replicasOf(int fpga) const;
  int replicaCount(int fpga) const;
  /// Of the segments that have copies; 1 where none has.
  int replicaCount() const;
  /// Of all FPGAs, copies counted.
  size_t fpgaCount() const;
  /// One where neither end has copies or, by frame, both have; else one per copy: frames are dealt to them in
  /// turn, or collected from them.
  std::vector<Lane> lanesOf(const Crossing &crossing) const;
};

/// Streams that leave the part they are produced in; whole layers only.
std::vector<Crossing> crossingsOf(const ir::Model &model, const std::vector<Placement> &placements);

/// Sets the stages of whole layers: as few as found by running, again and again, all that can run on one
/// FPGA, those first that are then done. No part waits for one that waits for it.
void assignStages(const ir::Model &model, std::vector<Placement> &placements);

/// The stage of an FPGA that takes a stream from outside: the first that reads it.
int firstStageReading(const ir::Model &model, const std::vector<Placement> &placements, ir::StreamId stream,
                      int fpga);

/// How layers are spread over FPGAs.
enum class SplitMode : uint8_t { Sequential, Neuron, Input, Rows, Auto };
const char *name(SplitMode mode); ///< `sequential`, `neuron`, `input`, `rows`, `auto`

/// A cut of one layer that the user asks for, along neurons, inputs or rows.
struct LayerCut {
  SplitMode along = SplitMode::Neuron;
  std::vector<int64_t> shares; ///< One per part, e.g. 3:2:1; at least two
};

/// What plans are compared by, first; then frames per second, FPGAs, latency. Area: by what they use of their
/// FPGAs, all together.
enum class Objective : uint8_t { Throughput, Latency, Fpgas, Area };
const char *name(Objective objective);

/// Who plans layers that stay whole.
enum class Solver : uint8_t { Elastic, ChainDp, Milp };
const char *name(Solver solver); ///< `elastic`, `chain-dp`, `milp`

/// A layer that must stand on one FPGA, and on one die of it where one is named.
struct Pin {
  std::string layer, fpga, die;
};
std::string toString(const Pin &pin); ///< `conv1=fpga0.SLR1`

/// What an earlier plan says of whole layers that a model still has, on FPGAs that a cluster still has.
struct Earlier {
  Plan plan;
  std::vector<std::string> fpgas; ///< Names, by number in the plan
};

/// What a planner may choose from and must keep to.
struct Options {
  std::optional<SplitMode> split; ///< Absent: sequential, and what else where a layer fits no FPGA whole.
  std::map<std::string, LayerCut> cuts; ///< By layer name.
  Objective objective = Objective::Throughput;
  Solver solver =
      Solver::Elastic; ///< What it does not know (io_parallel, links of several types), chain-dp does
  kernel::Style style = kernel::Style::Hls4ml;
  std::optional<kernel::IoMode> io; ///< Absent: io_stream in the FINN style and where there is a window
                                    ///< (conv, pool), else io_parallel.
  std::optional<int> fpgas;         ///< Exactly this many, copies counted; absent: the fewest that fit.
  std::optional<int> replicas; ///< Pipelines side by side; absent: as many as `auto` finds best, else one.
  std::optional<kernel::Strategy> strategy;        ///< For all layers with weights.
  std::map<std::string, int64_t> reuse;            ///< By layer name, or "*" for all.
  std::map<std::string, kernel::Folding> foldings; ///< FINN style: given ones, by layer name.
  device::Limits limits;
  std::optional<double> fps; ///< Frames per second to be reached: on the fewest FPGAs, by little area
  std::shared_ptr<const Earlier> near; ///< A plan to keep near to; null: none
  int64_t nearLoss = 5;                ///< As long as that costs at most so many percent of the rate
  std::vector<Pin> pins;               ///< Of whole layers, one a layer
  std::vector<std::string> forbidden;  ///< FPGAs that nothing is placed on
};
kernel::IoMode ioModeFor(const ir::Model &model, const Options &options);
/// Whether plans need not be faster than is asked for: then they take less.
inline bool isModest(const Options &options) {
  return (options.fps && options.objective != Objective::Latency) || options.objective == Objective::Area;
}

/// PE, SIMD, resType, mem_mode, ram_style of a row, as FINN names them; what is not there stays as it is by
/// default. `what` names the row in errors.
llvm::Expected<kernel::Folding> foldingFromJson(const nlohmann::ordered_json &row, llvm::StringRef file,
                                                const std::string &what);

std::string toJson(const Plan &plan, const ir::Model &model, const device::Cluster &cluster);
llvm::Expected<Plan> planFromJson(llvm::StringRef text, llvm::StringRef file, const ir::Model &model,
                                  const device::Cluster &cluster);

} // namespace braid::plan
