#include "braid/plan/kernel_graph.h"

#include "braid/plan/surroundings.h"
#include "braid/plan/unit_graph.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <map>

namespace braid::plan {
namespace {

using kernel::IoMode;
using kernel::Kernel;
using kernel::KernelKind;
using kernel::KernelPort;

Kernel fifoOf(KernelPort port, int64_t depth) {
  Kernel fifo;
  fifo.kind = KernelKind::Fifo;
  fifo.name = "fifo";
  fifo.implementation.io = IoMode::Stream;
  fifo.inputs = fifo.outputs = {port};
  fifo.depth = depth;
  return fifo;
}

Kernel cloneOf(const ir::Stream &stream, kernel::Wiring wiring, int copies) {
  Kernel clone;
  clone.kind = KernelKind::Clone;
  clone.name = "clone";
  clone.implementation.io = wiring.io;
  clone.copies = copies;
  clone.elements = ir::elements(stream.shape);
  clone.inputBits = clone.outputBits = stream.type.bits();
  clone.inputs = {portOf(stream, wiring)};
  clone.outputs.assign(static_cast<size_t>(copies), clone.inputs[0]);
  return clone;
}

/// The kernels of one partition.
class GraphBuilder {
public:
  GraphBuilder(const device::Cluster &cluster, const Plan &plan, const Partition &partition)
      : cluster_(cluster), plan_(plan), model_(partition.model), fpga_(partition.fpga),
        wiring_(plan.style, plan.io), depths_(model_), ends_(findEnds()) {}

  llvm::Error build() {
    const Ends &ends = ends_;
    std::vector<Node> around =
        projectSurroundings(*cluster_.fpgas[static_cast<size_t>(fpga_)].device, wiring_, ends);
    // What takes from the network or from memory first, what gives to them last.
    const auto isInput = [&](const Node &node) {
      return std::any_of(ends.inputs.begin(), ends.inputs.end(), [&](const End &end) {
        return end.id == node.stream && end.crossing == node.crossing;
      });
    };
    const auto middle = std::stable_partition(around.begin(), around.end(), isInput);
    graph_.nodes.assign(std::make_move_iterator(around.begin()), std::make_move_iterator(middle));
    if (llvm::Error error = plan_.style == kernel::Style::Finn ? addUnits() : addLayers())
      return error;
    graph_.nodes.insert(graph_.nodes.end(), std::make_move_iterator(middle),
                        std::make_move_iterator(around.end()));
    return llvm::Error::success();
  }

  const Ends &ends() const { return ends_; }
  std::vector<Node> take() && { return std::move(graph_.nodes); }

private:
  End crossingEnd(int32_t id, ir::StreamId stream) const {
    const Crossing &crossing = plan_.crossings[static_cast<size_t>(id)];
    if (crossing.isLocal())
      return {&model_.stream(stream), stream, id, nullptr, {}, true};
    End end{&model_.stream(stream), stream, id, nullptr, {}, false};
    // Copies have the ports of what they copy.
    for (const Lane &lane : plan_.lanesOf(crossing)) {
      if (lane.from != fpga_ && lane.to != fpga_)
        continue;
      const std::vector<int> path = cluster_.path(lane.from, lane.to);
      BRAID_CHECK(path.size() > 1, "the crossings of a verified plan have links");
      const device::Link *link =
          lane.from == fpga_ ? cluster_.link(fpga_, path[1]) : cluster_.link(path[path.size() - 2], fpga_);
      end.link = link->type.get();
      end.ports.push_back(cluster_.portOf(*link, fpga_));
    }
    return end;
  }

  Ends findEnds() const {
    Ends ends;
    for (const ir::Port &port : model_.inputs)
      ends.inputs.push_back({&model_.stream(port.stream), port.stream});
    for (const ir::Layer &layer : model_.layers) {
      if (const auto *receive = std::get_if<ir::Receive>(&layer.op))
        ends.inputs.push_back(crossingEnd(receive->crossing, layer.output));
      if (const auto *send = std::get_if<ir::Send>(&layer.op))
        ends.outputs.push_back(crossingEnd(send->crossing, layer.inputs[0]));
    }
    for (const ir::Port &port : model_.outputs)
      ends.outputs.push_back({&model_.stream(port.stream), port.stream});
    return ends;
  }

  void add(Kernel kernel, ir::LayerId layer, ir::StreamId stream) {
    graph_.nodes.push_back({std::move(kernel), layer, stream});
  }

  void addStream(ir::StreamId id, bool isInput, bool isName, ir::LayerId origin) {
    StreamUse use{isInput, isName, 0, 0};
    for (const ir::Layer &layer : model_.layers)
      (std::holds_alternative<ir::Send>(layer.op) ? use.ends : use.readers) +=
          static_cast<int>(std::count(layer.inputs.begin(), layer.inputs.end(), id));
    for (const ir::Port &port : model_.outputs)
      use.ends += port.stream == id;
    for (Kernel &kernel : streamKernels(model_.stream(id), wiring_, depths_.of(id), use))
      add(std::move(kernel), origin, id);
  }

  llvm::Error addUnits() {
    llvm::SmallVector<ir::StreamId, 4> inputs, outputs;
    for (const End &end : ends_.inputs)
      inputs.push_back(end.id);
    for (const End &end : ends_.outputs)
      outputs.push_back(end.id);
    auto graph =
        unitGraph(model_, inputs, outputs, [&](const ir::Layer &layer) -> const kernel::Implementation & {
          return plan_.of(layer.origin).implementation;
        });
    if (!graph)
      return graph.takeError();
    const Beside beside = layersBeside(model_, *graph);
    for (size_t c = 0; c < graph->channels.size(); ++c)
      if (const Channel &channel = graph->channels[c]; channel.hasFifo()) {
        add(fifoOf(channel.port, channel.depth), ir::LayerId::None, ir::StreamId::None);
        graph_.nodes.back().beside = beside.fifos[c];
      }
    for (size_t u = 0; u < graph->units.size(); ++u) {
      Unit &unit = graph->units[u];
      const bool isLayer = unit.layer != ir::LayerId::None;
      add(std::move(unit.kernel), isLayer ? model_.layer(unit.layer).origin : ir::LayerId::None,
          isLayer ? model_.layer(unit.layer).output : unit.stream);
      graph_.nodes.back().beside = beside.units[u];
    }
    return llvm::Error::success();
  }

  llvm::Error addLayers() {
    for (const End &end : ends_.inputs)
      addStream(end.id, true, false, ir::LayerId::None);
    for (const ir::Layer &layer : model_.layers)
      if (llvm::Error error = addLayer(layer))
        return error;
    return llvm::Error::success();
  }

  llvm::Error addLayer(const ir::Layer &layer) {
    if (std::holds_alternative<ir::Send>(layer.op) || std::holds_alternative<ir::Receive>(layer.op))
      return llvm::Error::success();
    // A layer of the partition is its slice: whole as it stands here.
    auto kernels = kernel::lowerLayer(model_, layer, kernel::wholeSlice(model_, layer),
                                      plan_.of(layer.origin).implementation);
    if (!kernels)
      return kernels.takeError();
    for (Kernel &fifo : innerFifos(model_, layer, *kernels, plan_.io))
      add(std::move(fifo), layer.origin, layer.output);
    for (Kernel &kernel : *kernels)
      add(std::move(kernel), layer.origin, layer.output);
    addStream(layer.output, false, kernel::isNameOnly(model_, layer, plan_.io), layer.origin);
    return llvm::Error::success();
  }

  const device::Cluster &cluster_;
  const Plan &plan_;
  const ir::Model &model_;
  int fpga_;
  kernel::Wiring wiring_;
  FifoDepths depths_;
  Ends ends_; ///< Point into the partition's model
  FpgaGraph graph_;
};

} // namespace

bool Node::isTransport() const {
  switch (kernel.kind) {
  case KernelKind::Convert:
  case KernelKind::Clone:
  case KernelKind::Fifo:
  case KernelKind::Unpack:
  case KernelKind::Pack:
  case KernelKind::Packetizer:
  case KernelKind::Depacketizer:
  case KernelKind::Arbiter:
  case KernelKind::Demux:
  case KernelKind::Idle:
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
  case KernelKind::Threshold:
  case KernelKind::ArgMax:
  case KernelKind::Binary:
  case KernelKind::Concat:
  case KernelKind::Transpose:
  case KernelKind::Upsample:
  case KernelKind::Sum:
  case KernelKind::Crop:
  case KernelKind::Rename:
  case KernelKind::MatrixVector:
  case KernelKind::VectorVector:
  case KernelKind::Window:
  case KernelKind::WindowPool:
    return false;
  }
  BRAID_CHECK(false, "unknown kernel");
}

kernel::KernelPort portOf(const ir::Stream &stream, kernel::Wiring wiring) {
  const int64_t n = ir::elements(stream.shape), bits = stream.type.bits();
  if (wiring.io == IoMode::Parallel)
    return {n * bits, 1, bits};
  const int64_t perBeat = kernel::elementsPerBeat(stream.shape, stream.type, wiring.style);
  return {perBeat * bits, n / perBeat, bits};
}

FifoDepths::FifoDepths(const ir::Model &model) : model_(model), readers_(ir::readersOf(model)) {
  // Paths that part may meet again.
  reconvergent_ =
      std::any_of(readers_.begin(), readers_.end(), [](const auto &list) { return list.size() > 1; });
}

int64_t FifoDepths::rule(const ir::Stream &stream, bool reconvergent, bool forks, bool merges) {
  // A few beats decouple neighbours; hls4ml's default is the whole frame everywhere.
  constexpr int64_t kSlack = 16;
  const int64_t beats = ir::elements(stream.shape) / kernel::elementsPerBeat(stream.shape, stream.type);
  // Behind a fork and in front of a merge the slower path may hold back a whole frame.
  return reconvergent && (forks || merges) ? beats : std::min(beats, kSlack);
}

int64_t FifoDepths::of(ir::StreamId stream) const {
  const auto &readers = readers_[index(stream)];
  const bool merges = std::any_of(readers.begin(), readers.end(),
                                  [&](ir::LayerId reader) { return model_.layer(reader).inputs.size() > 1; });
  return rule(model_.stream(stream), reconvergent_, readers.size() > 1, merges);
}

llvm::SmallVector<Kernel, 4> streamKernels(const ir::Stream &stream, kernel::Wiring wiring, int64_t depth,
                                           const StreamUse &use) {
  llvm::SmallVector<Kernel, 4> kernels;
  const int all = use.readers + use.ends;
  if (wiring.io == IoMode::Parallel) {
    // Arrays are read where they are; the project's outputs are arrays of their own.
    for (int i = 0; i < use.ends && all > 1; ++i)
      kernels.push_back(cloneOf(stream, wiring, 1));
    return kernels;
  }
  const KernelPort port = portOf(stream, wiring);
  const bool isArgument = use.isInput || (all == 1 && use.ends == 1); // the project's own end
  if (!isArgument && !use.isName)
    kernels.push_back(fifoOf(port, depth));
  if (all <= 1)
    return kernels;
  kernels.push_back(cloneOf(stream, wiring, all));
  for (int i = 0; i < use.readers; ++i)
    kernels.push_back(fifoOf(port, depth));
  return kernels;
}

llvm::SmallVector<Kernel, 2> innerFifos(const ir::Model &model, const ir::Layer &layer,
                                        llvm::ArrayRef<Kernel> kernels, IoMode io) {
  llvm::SmallVector<Kernel, 2> fifos;
  if (io != IoMode::Stream)
    return fifos;
  constexpr int64_t kInnerDepth = 16;
  for (size_t i = 1; i < kernels.size(); ++i)
    fifos.push_back(fifoOf(kernels[i].inputs[0], std::min(kernels[i].inputWidth, kInnerDepth)));
  if (const auto *concat = std::get_if<ir::Concat>(&layer.op)) {
    ir::Stream joined = model.stream(layer.output);
    joined.shape = model.stream(layer.inputs[0]).shape;
    for (size_t i = 1; i + 1 < layer.inputs.size(); ++i) {
      joined.shape[static_cast<size_t>(concat->axis)] +=
          model.stream(layer.inputs[i]).shape[static_cast<size_t>(concat->axis)];
      const KernelPort port = portOf(joined, io);
      fifos.push_back(fifoOf(port, std::min(port.beatsPerFrame, kInnerDepth)));
    }
  }
  for (Kernel &fifo : fifos)
    fifo.name = "inner fifo";
  return fifos;
}

int64_t payloadBytes(const ir::Stream &stream, const device::LinkType &link) {
  return wordsPerFrame(stream, link.wordBits) * (link.wordBits / 8);
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

llvm::Expected<FpgaGraph> kernelGraph(const ir::Model &whole, const device::Cluster &cluster,
                                      const Plan &plan, llvm::ArrayRef<const Partition *> stages) {
  FpgaGraph graph;
  graph.fpga = stages[0]->fpga;
  Ends all;
  for (const Partition *partition : stages) {
    GraphBuilder builder(cluster, plan, *partition);
    if (llvm::Error error = builder.build())
      return error;
    all.inputs.insert(all.inputs.end(), builder.ends().inputs.begin(), builder.ends().inputs.end());
    all.outputs.insert(all.outputs.end(), builder.ends().outputs.begin(), builder.ends().outputs.end());
    for (Node &node : std::move(builder).take()) {
      node.stage = partition->stage;
      graph.nodes.push_back(std::move(node));
    }
  }
  all.passing = passingThrough(whole, cluster, plan, graph.fpga);
  graph.stack = stackCost(all);
  for (Node &node : sharedSurroundings(*cluster.fpgas[static_cast<size_t>(graph.fpga)].device,
                                       kernel::Wiring(plan.style, plan.io), all))
    graph.nodes.push_back(std::move(node));
  return graph;
}

std::vector<llvm::SmallVector<const Partition *, 1>> byFpga(const std::vector<Partition> &partitions) {
  std::map<int, llvm::SmallVector<const Partition *, 1>> found;
  for (const Partition &partition : partitions)
    found[partition.fpga].push_back(&partition);
  std::vector<llvm::SmallVector<const Partition *, 1>> out;
  for (auto &[fpga, stages] : found) {
    std::sort(stages.begin(), stages.end(),
              [](const Partition *a, const Partition *b) { return a->stage < b->stage; });
    out.push_back(std::move(stages));
  }
  return out;
}

} // namespace braid::plan
