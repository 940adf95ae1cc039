// The kernels of every FPGA and what joins them, made from a model and a plan: what cost, buffers and backends read.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// A kernel and what it stands for.
struct Node {
  kernel::Kernel kernel;
  ir::LayerId layer = ir::LayerId::None;    ///< The layer it realises, or whose output it copies or buffers.
  ir::StreamId stream = ir::StreamId::None; ///< Of clones, FIFOs and crossings' kernels.
  int32_t crossing = -1;                    ///< Of packetizers and depacketizers; -1 also for the ends of the model.

  /// FIFOs, clones, packetizers, DMA: what carries streams, not what computes.
  bool isTransport() const;
};

/// The kernels of one FPGA in dataflow order.
struct FpgaGraph {
  int fpga = 0;
  std::vector<Node> nodes;
};

/// One graph per used FPGA, ascending. Fails where a layer has no kernel in the plan's style.
llvm::Expected<std::vector<FpgaGraph>> kernelGraph(const ir::Model &model, const device::Cluster &cluster, const Plan &plan);

/// FIFO depth in beats of a stream in io_stream: a whole frame where paths part and meet again (no deadlock whatever
/// their latencies), else a few beats.
int64_t fifoDepth(const ir::Model &model, ir::StreamId stream);

/// Kernels that carry one stream over a link, at the sender or the receiver.
llvm::SmallVector<kernel::Kernel, 2> crossingKernels(const ir::Stream &stream, const device::LinkType &link, bool sends);

/// Bits of one frame on a crossing: elements packed in whole words of the link, none split between two words.
int64_t payloadBytes(const ir::Stream &stream, const device::LinkType &link);

/// In io_stream: copies of a stream for its readers and a FIFO for each.
llvm::SmallVector<kernel::Kernel, 4> fanOutKernels(const ir::Model &model, ir::StreamId stream, int readers);

/// The mover of one of the model's own inputs or outputs.
kernel::Kernel endKernel(const ir::Stream &stream, const device::Device &device, bool sends);

/// How the model's own inputs and outputs reach an FPGA: the link type that stands for its DMA.
const device::LinkType &hostLink(const device::Device &device);

} // namespace braid::plan
