// The kernels of every FPGA and what joins them, made from a model and a plan: what cost, buffers and
// backends read.
#pragma once

#include "braid/plan/realise.h"

namespace braid::plan {

/// A kernel and what it stands for.
struct Node {
  kernel::Kernel kernel;
  ir::LayerId layer =
      ir::LayerId::None; ///< The whole model's: whose work it does, whose output it copies or buffers.
  ir::StreamId stream = ir::StreamId::None; ///< In the partition's model; of kernels that carry one stream.
  int32_t crossing = -1;                    ///< Of what stands at a crossing; -1 at the ends of the model.
  int stage = -1;                           ///< Of the FPGA; -1: shared by its stages.
  ir::LayerId beside =
      ir::LayerId::None;   ///< FINN style: on whose die it stands, of kernels that are no layer's own
  bool holdsEarly = false; ///< A FIFO of words that holds early frames: its depth follows the plan's times.

  /// FIFOs, clones, packetizers, DMA: what carries streams, not what computes.
  bool isTransport() const;
};

/// The kernels of one FPGA in dataflow order: from its inputs over the layers to its outputs.
struct FpgaGraph {
  int fpga = 0;
  std::vector<Node> nodes;
  device::Resources stack; ///< Network stacks of the ports in use
};

/// The kernels that the backends emit for the partitions of one FPGA, all of them. Fails where a layer has no
/// kernel in the plan's style. FIFOs that hold early frames have the depth of one frame. `whole`: the model
/// of whole layers that the partitions are of.
llvm::Expected<FpgaGraph> kernelGraph(const ir::Model &whole, const device::Cluster &cluster,
                                      const Plan &plan, llvm::ArrayRef<const Partition *> stages);

/// The partitions of each FPGA, in order of stages, by FPGA.
std::vector<llvm::SmallVector<const Partition *, 1>> byFpga(const std::vector<Partition> &partitions);

/// One side of a stream, as a kernel sees it.
kernel::KernelPort portOf(const ir::Stream &stream, kernel::Wiring wiring);

/// hls4ml style: FIFO depths in beats of a model's streams in io_stream: a whole frame where paths part and
/// meet again (no deadlock whatever their latencies), else a few beats.
class FifoDepths {
public:
  explicit FifoDepths(const ir::Model &model);
  int64_t of(ir::StreamId stream) const;
  /// The rule: `forks` where several read the stream, `merges` where a reader has several inputs.
  static int64_t rule(const ir::Stream &stream, bool reconvergent, bool forks, bool merges);

private:
  const ir::Model &model_;
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  bool reconvergent_ = false;
};

/// Who takes a stream inside one project.
struct StreamUse {
  bool isInput = false; ///< Of the project
  bool isName = false;  ///< Another name for the stream before it
  int readers = 0;      ///< Layers
  int ends = 0;         ///< Outputs of the project
};
/// Copies of a stream for all who take it, and its FIFOs: `depth` of FifoDepths.
llvm::SmallVector<kernel::Kernel, 4> streamKernels(const ir::Stream &stream, kernel::Wiring wiring,
                                                   int64_t depth, const StreamUse &use);

/// FIFOs between the kernels of one layer: behind padding, between the steps of a concatenation of many.
llvm::SmallVector<kernel::Kernel, 2> innerFifos(const ir::Model &model, const ir::Layer &layer,
                                                llvm::ArrayRef<kernel::Kernel> kernels, kernel::IoMode io);

/// Bits of one frame on a crossing: elements packed in whole words of the link, none split between two words.
int64_t payloadBytes(const ir::Stream &stream, const device::LinkType &link);

/// How the model's own inputs and outputs reach an FPGA: the link type that stands for its DMA.
const device::LinkType &hostLink(const device::Device &device);

} // namespace braid::plan
