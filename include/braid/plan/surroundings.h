// What stands around an FPGA's project: movers, words, packets, and what shares a network port. The kernel
// graph, the solvers and the backends take structure and depths from here, so that what is emitted is what
// was charged.
#pragma once

#include "braid/plan/kernel_graph.h"

namespace braid::plan {

// Depths of FIFOs that every project gets, in words or beats.
inline constexpr int64_t kBeatsDepth =
    4; ///< io_stream: between a project and what unpacks or packs its streams
inline constexpr int64_t kWordsDepth = 4;     ///< Of words, where nothing has to wait
inline constexpr int64_t kMarksDepth = 64;    ///< Cards: marks of frames
inline constexpr int64_t kReceiveDepth = 512; ///< Behind the network layer, which cannot wait, once per port
/// A packetizer, or a forwarder, gathers a packet before it sends: one that leaves, one that comes.
inline constexpr int64_t kGatheredPackets = 2;
/// VNx: what its network layer gives beside 64 bytes: TKEEP 64, TUSER 96, TDEST 16, TLAST 1.
inline constexpr int64_t kReceiveSideBits = 64 + 96 + 16 + 1;

/// A stream where it enters or leaves a project: an end of the model, or one side of a crossing.
struct End {
  const ir::Stream *stream = nullptr;
  ir::StreamId id = ir::StreamId::None;
  int32_t crossing = -1;
  const device::LinkType *link = nullptr; ///< Null: an end of the model
  /// Of the network, where there is a link: one per lane. Frames of several lanes are dealt or collected.
  llvm::SmallVector<int, 1> ports;
  bool isLocal = false; ///< To or from another stage of the same FPGA
};
/// A stream that comes in from one FPGA and goes on to another.
struct Passing {
  const ir::Stream *stream = nullptr;
  int32_t crossing = -1;
  const device::LinkType *in = nullptr, *out = nullptr;
  int portIn = 0, portOut = 0;
};
struct Ends {
  std::vector<End> inputs, outputs;
  std::vector<Passing> passing; ///< By crossing
};

/// The kernels around a project with these ends. On cards (devices with a platform): a mover for every end of
/// the model, (de)packetizers, a dealer or a collector of frames where a stream has several lanes, per port
/// in use an arbiter or demultiplexer where it is shared. On boards: one DMA for all streams.
std::vector<Node> surroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends);

/// What an FPGA forwards between others that no link joins: a kernel each, that gathers a packet before it
/// sends it on.
std::vector<Passing> passingThrough(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                                    int fpga);

/// The two parts of them: those of one project, and those that all projects of an FPGA share at its network
/// ports.
std::vector<Node> projectSurroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends);
std::vector<Node> sharedSurroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends);

/// The network stacks of the ports in use: as tabled per link type.
device::Resources stackCost(const Ends &ends);

/// Elements packed in whole words of `wordBits`, none split between two: words per frame.
int64_t wordsPerFrame(const ir::Stream &stream, int64_t wordBits);
/// Words of data per packet, and packets per frame; 0 where a link has no packets of its own.
int64_t wordsPerPacket(const device::LinkType &link);
int64_t packetsPerFrame(const ir::Stream &stream, const device::LinkType &link);

} // namespace braid::plan
