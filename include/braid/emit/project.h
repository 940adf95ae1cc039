// One FPGA's HLS project as its neighbours see it: the top function and its arguments.
#pragma once

#include "braid/emit/hls_tool.h"
#include "braid/plan/evaluate.h"
#include "braid/plan/realise.h"
#include "braid/plan/slices.h"

#include <string>
#include <vector>

namespace braid::emit {

/// One argument of a top function.
struct Endpoint {
  enum class Kind : uint8_t { ModelInput, Receive, Send, ModelOutput };
  Kind kind = Kind::ModelInput;
  std::string argument; ///< `input0`, `receive3`, `send4`, `output0`
  /// Typedef in firmware/defines.h: the element type in io_parallel (`void top(input0_t input0[N], ...)`), an
  /// nnet::array of perBeat elements in io_stream (`void top(hls::stream<input0_t> &input0, ...)`), or in the
  /// FINN style an ap_uint of their bits, the first element lowest.
  std::string typedefName;
  num::FixedType type;                      ///< Of one element
  ir::StreamId stream = ir::StreamId::None; ///< In the partition's model
  int32_t crossing = -1;                    ///< Of Receive and Send
  int port = -1;        ///< Of ModelInput and ModelOutput: index in the whole model's inputs or outputs
  int peer = -1;        ///< Of Receive and Send: the FPGA at the other end
  bool isLocal = false; ///< The other end is another stage of the same FPGA
  int64_t elements = 0; ///< Per frame
  int64_t perBeat = 0;  ///< io_stream: elements per beat; io_parallel: all
};

/// inputs: model inputs in order, then receives by crossing. outputs: sends by crossing, then model outputs.
struct Project {
  std::string name; ///< C identifier of the top function and of the firmware files: `fpga0`, for later stages
                    ///< `fpga0_s1`
  int fpga = 0;
  int stage = 0; ///< Of the FPGA; each is a project of its own
  kernel::Style style = kernel::Style::Hls4ml;
  kernel::IoMode io = kernel::IoMode::Parallel;
  std::vector<Endpoint> inputs, outputs;
};

/// What an input of the model is of the inputs that a host is given: where layers are cut, a box of one of
/// them.
struct InputPart {
  int input = 0; ///< Of `given`
  plan::Box box; ///< Of its stream
};

/// Everything a backend may read.
struct Context {
  const ir::Model
      &whole; ///< Typed; of whole layers: where a plan cuts layers, what splitting made of the model
  const device::Cluster &cluster;
  const plan::Plan &plan;
  const plan::Evaluation &evaluation;
  const std::vector<plan::Partition> &partitions; ///< In dataflow order
  std::vector<Project> projects;                  ///< One per partition, same order
  const ir::Model *given = nullptr;               ///< Typed, before splitting; null: nothing is cut
  std::vector<InputPart> inputParts;              ///< By input of `whole`; empty where nothing is cut
  HlsTool hlsTool = HlsTool::Vitis;               ///< Whose projects are wanted

  const HlsDialect &dialect() const { return dialectOf(hlsTool); }

  /// The model whose inputs hosts are given, and what of them an input of `whole` is.
  const ir::Model &hostModel() const { return given ? *given : whole; }
  InputPart partOf(int input) const;
};

/// Folder of a project in its FPGA's: `hls`, for later stages `hls_s1`, ...
std::string projectFolder(const Project &project);
/// What names that there is one of per stage end with: nothing for the first, then `_s1`, ...
std::string stageSuffix(int stage);

/// The projects of a realised plan.
std::vector<Project> describeProjects(const ir::Model &whole, const plan::Plan &plan,
                                      const std::vector<plan::Partition> &partitions);

} // namespace braid::emit
