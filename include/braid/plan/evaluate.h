// Every number of a plan, computed from scratch: by the verifier, the report and the solvers alike.
#pragma once

#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"

namespace braid::plan {

struct NodeCost {
  Node node;
  cost::Estimate estimate;
};

/// One stage of an FPGA: a project of its own.
struct StageCost {
  int stage = 0;
  int64_t interval = 1; ///< Cycles between frames
  int64_t latency = 1;  ///< Cycles from its first input to its last output
  int64_t fill = 1;     ///< Of them: to its first output
};

/// One die of an FPGA on whose dies units are placed by themselves.
struct DieCost : device::Room {
  device::Resources used;
  int64_t wires = 0; ///< To the next die: narrowest words of all streams that cross, at the plan's period
};

/// Its room is that of the whole device; of copies, what each of them has.
struct FpgaCost : device::Room {
  int fpga = 0;
  std::vector<int> copies; ///< FPGAs that hold the same, further ones
  std::vector<StageCost> stages;
  std::vector<NodeCost> nodes;
  device::Resources used;    ///< Kernels, network stack; without the shell
  device::Resources stack;   ///< Network stacks of the ports in use, part of `used`
  std::vector<DieCost> dies; ///< Empty where dies do not count
  int64_t interval = 1;      ///< Cycles between frames: of the slowest stage of each copy
  int64_t latency = 1;       ///< Cycles of all stages, without what lies between
};

struct CrossingCost {
  Crossing crossing;
  std::string link;         ///< `on chip` between stages of one FPGA
  int lanes = 1;            ///< Each carries one frame of so many
  int64_t payloadBits = 0;  ///< Bits of the stream itself
  int64_t payloadBytes = 0; ///< In whole words
  int64_t wireBytes = 0;    ///< Headers and framing counted
  double microseconds = 0;  ///< Time of a frame on the wire at the line rate
  double latencyUs = 0;     ///< One way, wire time of a frame included
  double firstUs = 0;       ///< Of that: until its first packet is there
  bool isStored = false;    ///< Frames are stored whole on the way: the first comes with the last
};

/// One of the model's own inputs or outputs, between its host and an FPGA.
struct EndCost {
  ir::StreamId stream = ir::StreamId::None;
  int fpga = 0;
  bool isInput = false;
  int lanes = 1;   ///< Copies, each with a way of its own
  std::string way; ///< Link type, `pcie`, or empty: not modelled
  int64_t payloadBits = 0;
  int64_t wireBytes = 0;   ///< Per frame; without a network: in whole words
  double microseconds = 0; ///< At the way's rate; 0 where none is known
};

struct Evaluation {
  std::vector<FpgaCost> fpgas;
  std::vector<CrossingCost> crossings;
  std::vector<EndCost> ends;
  double periodUs = 0;    ///< Between frames: the slowest part or link, of parts with copies all together
  double latencyUs = 0;   ///< Of one frame, links included
  double linkUs = 0;      ///< Of the period: what the slowest link or host alone takes
  std::string bottleneck; ///< `fpga2 (layer 'fc1')`, `link fpga0 -> fpga1`
  double framesPerSecond() const { return 1e6 / periodUs; }
  size_t fpgaCount() const; ///< Copies counted
  double area() const;      ///< Sum of the used shares of each resource of each FPGA, copies counted
};

/// Frames of an input, by the plan's times, that a card must hold until its other inputs come: at least one.
/// `crossing`: -1 for the model's own inputs.
int64_t framesAhead(const Evaluation &evaluation, const device::Cluster &cluster, Part part,
                    int32_t crossing);

llvm::Expected<Evaluation> evaluate(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                                    const cost::CostModel &costs, const Options &options);

/// Whether copies are FPGAs of their own, as many of each segment, of the device and clock of what they copy.
llvm::Error checkReplicas(const device::Cluster &cluster, const Plan &plan, ExitCode code);

/// Whether links of the cluster join every two FPGAs that a crossing of the plan leads from and to, those of
/// copies at the ports of what they copy.
llvm::Error checkLinks(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       ExitCode code);

/// Recomputes everything: each layer placed exactly once, on FPGAs and dies that exist, crossings exactly
/// those the placements need and joined by links, every budget kept, no synthesis law broken.
llvm::Error verifyPlan(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       const cost::CostModel &costs, const Options &options);

} // namespace braid::plan
