#include "braid/plan/kernel_graph.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <set>

namespace braid::plan {
namespace {

using kernel::Kernel;
using kernel::KernelKind;

/// How the readers of a stream see it on one FPGA.
struct Uses {
  int local = 0;  ///< Layers on this FPGA, and the model's outputs if produced here
  int remote = 0; ///< Other FPGAs it is sent to
};

kernel::KernelPort portOf(const ir::Stream &stream, kernel::IoMode io) {
  const int64_t n = ir::elements(stream.shape), bits = stream.type.bits();
  if (io == kernel::IoMode::Parallel)
    return {n * bits, 1, bits};
  const int64_t perBeat = kernel::elementsPerBeat(stream.shape, stream.type);
  return {perBeat * bits, n / perBeat, bits};
}

Kernel bufferOf(const ir::Model &model, ir::StreamId id, kernel::IoMode io) {
  Kernel fifo;
  fifo.kind = KernelKind::Fifo;
  fifo.name = "fifo";
  fifo.implementation.io = io;
  fifo.inputs = fifo.outputs = {portOf(model.stream(id), io)};
  fifo.depth = std::min(fifoDepth(model, id), fifo.inputs[0].beatsPerFrame);
  return fifo;
}

Kernel cloneOf(const ir::Model &model, ir::StreamId id, int copies) {
  Kernel clone;
  clone.kind = KernelKind::Clone;
  clone.name = "clone";
  clone.implementation.io = kernel::IoMode::Stream;
  clone.copies = copies;
  clone.elements = ir::elements(model.stream(id).shape);
  clone.inputBits = clone.outputBits = model.stream(id).type.bits();
  clone.inputs = {portOf(model.stream(id), kernel::IoMode::Stream)};
  clone.outputs.assign(static_cast<size_t>(copies), clone.inputs[0]);
  return clone;
}

class GraphBuilder {
public:
  GraphBuilder(const ir::Model &model, const device::Cluster &cluster, const Plan &plan)
      : model_(model), cluster_(cluster), plan_(plan) {}

  llvm::Expected<FpgaGraph> build(int fpga) {
    graph_ = {fpga, {}};
    const device::Device &device = *cluster_.fpgas[static_cast<size_t>(fpga)].device;
    for (const ir::Port &port : model_.inputs)
      if (usesOf(port.stream, fpga).local > 0)
        addEnd(port.stream, device, /*sends=*/false);
    for (const Crossing &crossing : plan_.crossings)
      if (crossing.to == fpga)
        addCrossing(crossing, /*sends=*/false);
    for (const Placement &placement : plan_.placements)
      if (placement.fpga == fpga)
        if (llvm::Error error = addLayer(placement))
          return error;
    for (const Crossing &crossing : plan_.crossings)
      if (crossing.from == fpga)
        addCrossing(crossing, /*sends=*/true);
    for (const ir::Port &port : model_.outputs)
      if (producedOn(port.stream, fpga))
        addEnd(port.stream, device, /*sends=*/true);
    return std::move(graph_);
  }

private:
  bool producedOn(ir::StreamId id, int fpga) const {
    const ir::LayerId producer = model_.stream(id).producer;
    return producer == ir::LayerId::None ? usesOf(id, fpga).local > 0 : plan_.of(producer).fpga == fpga;
  }

  Uses usesOf(ir::StreamId id, int fpga) const {
    Uses uses;
    for (const ir::Layer &layer : model_.layers)
      uses.local += static_cast<int>(std::count(layer.inputs.begin(), layer.inputs.end(), id)) * (plan_.of(layer.id).fpga == fpga);
    for (const Crossing &crossing : plan_.crossings)
      uses.remote += crossing.stream == id && crossing.from == fpga;
    for (const ir::Port &port : model_.outputs)
      if (port.stream == id && model_.stream(id).producer != ir::LayerId::None && plan_.of(model_.stream(id).producer).fpga == fpga)
        ++uses.local;
    return uses;
  }

  void add(Kernel kernel, ir::LayerId layer, ir::StreamId stream, int32_t crossing = -1) {
    graph_.nodes.push_back({std::move(kernel), layer, stream, crossing});
  }

  void addFanOut(ir::StreamId id) {
    if (plan_.io != kernel::IoMode::Stream)
      return;
    const Uses uses = usesOf(id, graph_.fpga);
    for (Kernel &kernel : fanOutKernels(model_, id, uses.local + uses.remote))
      add(std::move(kernel), model_.stream(id).producer, id);
  }

  llvm::Error addLayer(const Placement &placement) {
    const ir::Layer &layer = model_.layer(placement.layer);
    auto kernels = kernel::lowerLayer(model_, layer, placement.slice, placement.implementation);
    if (!kernels)
      return kernels.takeError();
    for (Kernel &kernel : *kernels)
      add(std::move(kernel), layer.id, layer.output);
    addFanOut(layer.output);
    return llvm::Error::success();
  }

  void addCrossing(const Crossing &crossing, bool sends) {
    const device::Link *link = cluster_.link(crossing.from, crossing.to);
    if (!link)
      return; // verifyPlan names it
    for (Kernel &kernel : crossingKernels(model_.stream(crossing.stream), *link->type, sends))
      add(std::move(kernel), ir::LayerId::None, crossing.stream, crossing.id);
    if (!sends)
      addFanOut(crossing.stream);
  }

  void addEnd(ir::StreamId id, const device::Device &device, bool sends) {
    add(endKernel(model_.stream(id), device, sends), ir::LayerId::None, id);
    if (!sends)
      addFanOut(id);
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const Plan &plan_;
  FpgaGraph graph_;
};

/// Whether paths that part at one stream meet again behind it: from any fork, two different readers reach one layer.
bool isReconvergent(const ir::Model &model) {
  const auto readers = ir::readersOf(model);
  return std::any_of(readers.begin(), readers.end(), [](const auto &list) { return list.size() > 1; });
}

} // namespace

bool Node::isTransport() const {
  switch (kernel.kind) {
  case KernelKind::Clone:
  case KernelKind::Fifo:
  case KernelKind::Packetizer:
  case KernelKind::Depacketizer:
  case KernelKind::Arbiter:
  case KernelKind::Demux:
  case KernelKind::Dma:
    return true;
  case KernelKind::Dense:
  case KernelKind::Conv:
  case KernelKind::DepthwiseConv:
  case KernelKind::ZeroPad:
  case KernelKind::Pool:
  case KernelKind::GlobalPool:
  case KernelKind::Activation:
  case KernelKind::TableActivation:
  case KernelKind::Softmax:
  case KernelKind::Affine:
  case KernelKind::Binary:
  case KernelKind::Concat:
  case KernelKind::Transpose:
  case KernelKind::Upsample:
  case KernelKind::Rename:
    return false;
  }
  BRAID_CHECK(false, "unknown kernel");
}

int64_t fifoDepth(const ir::Model &model, ir::StreamId id) {
  // A few beats decouple neighbours; hls4ml's default is the whole frame everywhere.
  constexpr int64_t kSlack = 16;
  const ir::Stream &stream = model.stream(id);
  const int64_t beats = ir::elements(stream.shape) / kernel::elementsPerBeat(stream.shape, stream.type);
  if (!isReconvergent(model))
    return std::min(beats, kSlack);
  // Behind a fork and in front of a merge the slower path may hold back a whole frame.
  const auto readers = ir::readersOf(model);
  const bool forks = readers[index(id)].size() > 1;
  const bool merges = std::any_of(readers[index(id)].begin(), readers[index(id)].end(),
                                  [&](ir::LayerId reader) { return model.layer(reader).inputs.size() > 1; });
  return forks || merges ? beats : std::min(beats, kSlack);
}

int64_t payloadBytes(const ir::Stream &stream, const device::LinkType &link) {
  const int64_t perWord = std::max<int64_t>(1, link.wordBits / stream.type.bits());
  return ceilDiv(ir::elements(stream.shape), perWord) * (link.wordBits / 8);
}

llvm::SmallVector<Kernel, 4> fanOutKernels(const ir::Model &model, ir::StreamId stream, int readers) {
  llvm::SmallVector<Kernel, 4> kernels;
  if (readers > 1)
    kernels.push_back(cloneOf(model, stream, readers));
  for (int i = 0; i < readers; ++i)
    kernels.push_back(bufferOf(model, stream, kernel::IoMode::Stream));
  return kernels;
}

Kernel endKernel(const ir::Stream &stream, const device::Device &device, bool sends) {
  Kernel dma;
  dma.kind = KernelKind::Dma;
  dma.name = sends ? "s2mm" : "mm2s";
  dma.implementation.io = kernel::IoMode::Stream;
  const device::LinkType &link = hostLink(device);
  dma.elements = ir::elements(stream.shape);
  dma.inputBits = dma.outputBits = stream.type.bits();
  dma.inputs = dma.outputs = {{link.wordBits, payloadBytes(stream, link) * 8 / link.wordBits, stream.type.bits()}};
  return dma;
}

llvm::SmallVector<Kernel, 2> crossingKernels(const ir::Stream &stream, const device::LinkType &link, bool sends) {
  Kernel kernel;
  kernel.kind = sends ? KernelKind::Packetizer : KernelKind::Depacketizer;
  kernel.name = sends ? "packetizer" : "depacketizer";
  kernel.implementation.io = kernel::IoMode::Stream;
  kernel.elements = ir::elements(stream.shape);
  kernel.inputBits = kernel.outputBits = stream.type.bits();
  const kernel::KernelPort wire{link.wordBits, payloadBytes(stream, link) * 8 / link.wordBits, stream.type.bits()};
  const kernel::KernelPort inside = portOf(stream, kernel::IoMode::Stream);
  kernel.inputs = {sends ? inside : wire};
  kernel.outputs = {sends ? wire : inside};
  return {kernel};
}

const device::LinkType &hostLink(const device::Device &device) {
  // The ends have no packets: only the width of the DMA's stream counts.
  static const device::LinkType kAxiDma = [] {
    device::LinkType link;
    link.name = "axi-dma", link.transport = "dma", link.wordBits = 64;
    return link;
  }();
  static const device::LinkType kMover = [] {
    device::LinkType link;
    link.name = "mm2s", link.transport = "dma", link.wordBits = 512;
    return link;
  }();
  return device.platform.empty() ? kAxiDma : kMover;
}

llvm::Expected<std::vector<FpgaGraph>> kernelGraph(const ir::Model &model, const device::Cluster &cluster, const Plan &plan) {
  std::vector<FpgaGraph> graphs;
  for (int fpga : plan.usedFpgas()) {
    auto graph = GraphBuilder(model, cluster, plan).build(fpga);
    if (!graph)
      return graph.takeError();
    graphs.push_back(std::move(*graph));
  }
  return graphs;
}

} // namespace braid::plan
