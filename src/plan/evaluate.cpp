#include "braid/plan/evaluate.h"

#include "dies.h"

#include "braid/plan/surroundings.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace braid::plan {
namespace {

using device::Cluster;

/// Whether a kernel computes a layer, rather than moves its streams.
bool isOfLayer(const Node &node) { return node.layer != ir::LayerId::None && !node.isTransport(); }

/// Whether a node stands in the way of a stage's frames: its own, or what the stages share.
bool isIn(const NodeCost &node, int stage) { return node.node.stage == stage || node.node.stage < 0; }

/// A frame passes one of each kind of what moves it, one behind the other.
int64_t transportFill(const std::vector<NodeCost> &nodes, int stage) {
  std::map<kernel::KernelKind, int64_t> longest;
  for (const NodeCost &node : nodes)
    if (isIn(node, stage) && node.node.isTransport() && node.node.kernel.kind != kernel::KernelKind::Fifo &&
        node.node.kernel.kind != kernel::KernelKind::Clone) {
      int64_t &fill = longest[node.node.kernel.kind];
      fill = std::max(fill, node.estimate.fill);
    }
  int64_t sum = 0;
  for (const auto &entry : longest)
    sum += entry.second;
  return sum;
}

llvm::Expected<FpgaCost> costOf(const FpgaGraph &graph, const Cluster &cluster, kernel::IoMode io,
                                const cost::CostModel &costs) {
  const device::Device &device = *cluster.fpgas[static_cast<size_t>(graph.fpga)].device;
  FpgaCost out;
  out.fpga = graph.fpga;
  out.used = out.stack = graph.stack;
  std::set<int> stages;
  for (const Node &node : graph.nodes) {
    if (node.stage >= 0)
      stages.insert(node.stage);
    auto estimate = costs.estimate(node.kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    out.used += estimate->resources;
    out.nodes.push_back({node, *estimate});
  }
  out.latency = 0;
  for (int stage : stages) {
    StageCost cost{stage};
    std::vector<std::pair<const kernel::Kernel *, cost::Estimate>> timed;
    for (const NodeCost &node : out.nodes) {
      if (!isIn(node, stage))
        continue;
      if (isOfLayer(node.node))
        timed.emplace_back(&node.node.kernel, node.estimate);
      else if (node.node.kernel.kind != kernel::KernelKind::Fifo)
        cost.interval = std::max(cost.interval, node.estimate.interval);
    }
    if (!timed.empty()) {
      const cost::PartTiming timing = cost::partTiming(timed, io);
      cost.interval = std::max(cost.interval, timing.interval);
      cost.latency = timing.latency, cost.fill = timing.fill;
    }
    const int64_t moved = transportFill(out.nodes, stage);
    cost.latency += moved, cost.fill += moved;
    out.interval = std::max(out.interval, cost.interval);
    out.latency += cost.latency;
    out.stages.push_back(cost);
  }
  return out;
}

/// Gives a FIFO of words room for this many frames.
llvm::Error setHeld(NodeCost &node, int64_t frames, const Cluster &cluster, const cost::CostModel &costs,
                    FpgaCost &fpga) {
  node.node.kernel.depth = frames * node.node.kernel.inputs[0].beatsPerFrame;
  auto estimate = costs.estimate(node.node.kernel, *cluster.fpgas[static_cast<size_t>(fpga.fpga)].device,
                                 cost::Stage::Vsynth);
  if (!estimate)
    return estimate.takeError();
  fpga.used = fpga.used - node.estimate.resources + estimate->resources;
  node.estimate = *estimate;
  return llvm::Error::success();
}

/// Bytes per frame in one direction through one port, and what it is called.
struct Load {
  double gbps = 0;
  double bytes = 0;
};

/// Without kernels: nothing, in no time.
StageCost stageOf(const Evaluation &evaluation, Part part) {
  for (const FpgaCost &fpga : evaluation.fpgas)
    for (const StageCost &stage : fpga.stages)
      if (fpga.fpga == part.fpga && stage.stage == part.stage)
        return stage;
  return {part.stage, 0, 0, 0};
}

class Evaluator {
public:
  Evaluator(const ir::Model &model, const Cluster &cluster, const Plan &plan,
            const std::vector<Partition> &partitions)
      : model_(model), cluster_(cluster), plan_(plan), partitions_(partitions) {}

  Evaluation run(std::vector<FpgaCost> fpgas) {
    out_.fpgas = std::move(fpgas);
    for (const FpgaCost &fpga : out_.fpgas)
      consider(static_cast<double>(fpga.interval) / clockOf(fpga.fpga) / plan_.replicaCount(fpga.fpga),
               slowestOf(fpga));
    for (const Crossing &crossing : plan_.crossings)
      addCrossing(crossing);
    addEnds();
    for (const auto &[name, load] : loads_) {
      const double us = load.bytes * 8e-3 / load.gbps;
      out_.linkUs = std::max(out_.linkUs, us);
      consider(us, name);
    }
    out_.latencyUs = pathLatency();
    return std::move(out_);
  }

private:
  double clockOf(int fpga) const { return cluster_.fpgas[static_cast<size_t>(fpga)].clockMhz; }
  const std::string &nameOf(int fpga) const { return cluster_.fpgas[static_cast<size_t>(fpga)].name; }

  void consider(double periodUs, const std::string &what) {
    if (periodUs > out_.periodUs) {
      out_.periodUs = periodUs;
      out_.bottleneck = what;
    }
  }

  std::string slowestOf(const FpgaCost &fpga) const {
    const NodeCost *slowest = nullptr;
    for (const NodeCost &node : fpga.nodes)
      if (node.node.kernel.kind != kernel::KernelKind::Fifo &&
          (!slowest || node.estimate.interval > slowest->estimate.interval))
        slowest = &node;
    if (!slowest)
      return nameOf(fpga.fpga);
    // Layers of io_parallel may take turns: together slower than any mover.
    if (slowest->node.layer == ir::LayerId::None && slowest->estimate.interval >= fpga.interval)
      return fmt::format("{} ({})", nameOf(fpga.fpga), slowest->node.kernel.name);
    const NodeCost *layer = nullptr;
    for (const NodeCost &node : fpga.nodes)
      if (isOfLayer(node.node) && (!layer || node.estimate.interval > layer->estimate.interval))
        layer = &node;
    return layer ? fmt::format("{} (layer '{}')", nameOf(fpga.fpga),
                               printable(model_.layer(layer->node.layer).name))
                 : nameOf(fpga.fpga);
  }

  void addCrossing(const Crossing &crossing) {
    const ir::Stream &stream = model_.stream(crossing.stream);
    CrossingCost cost;
    cost.crossing = crossing;
    cost.lanes = static_cast<int>(plan_.lanesOf(crossing).size());
    cost.payloadBits = ir::elements(stream.shape) * stream.type.bits();
    if (crossing.isLocal()) {
      // From one kernel to the next, a word a cycle.
      const device::LinkType &words = hostLink(*cluster_.fpgas[static_cast<size_t>(crossing.from)].device);
      cost.link = "on chip";
      cost.payloadBytes = payloadBytes(stream, words);
      cost.latencyUs = static_cast<double>(wordsPerFrame(stream, words.wordBits)) / clockOf(crossing.from);
      cost.firstUs = 1 / clockOf(crossing.from);
      out_.crossings.push_back(cost);
      return;
    }
    const std::vector<Lane> lanes = plan_.lanesOf(crossing);
    const std::vector<int> path = cluster_.path(lanes[0].from, lanes[0].to);
    for (size_t hop = 1; hop < path.size(); ++hop) {
      const device::Link *link = cluster_.link(path[hop - 1], path[hop]);
      if (hop == 1) {
        cost.link = link->type->name;
        cost.payloadBytes = payloadBytes(stream, *link->type);
      } else {
        cost.link += fmt::format(" by {}", nameOf(path[hop - 1]));
      }
      const int64_t bytes = device::wireBytes(*link->type, cost.payloadBytes);
      const double us = static_cast<double>(bytes) * 8e-3 / link->type->gbps;
      cost.wireBytes += bytes;
      cost.microseconds = std::max(cost.microseconds, us);
      // A frame follows packet by packet: on the way every forwarder gathers one.
      const int64_t packets = std::max<int64_t>(1, packetsPerFrame(stream, *link->type));
      // A host moves whole frames, and so does what knows no packets.
      cost.isStored =
          cost.isStored || link->type->transport == "host-tcp" || link->type->maxPayloadBytes == 0;
      const double packetUs = us / static_cast<double>(packets);
      cost.latencyUs += Cluster::latencyUs(*link) + (hop == 1 ? us : packetUs);
      cost.firstUs += Cluster::latencyUs(*link) + packetUs;
    }
    out_.crossings.push_back(cost);
    // Through a switch a card's port carries all its streams; a cable carries those of its two ends. Where an
    // end has copies, each lane carries its share of the frames; lanes from copies to copies load ports of
    // their own.
    const double frames = 1.0 / cost.lanes;
    for (const Lane &lane : lanes)
      addLane(cluster_.path(lane.from, lane.to), stream, frames);
  }

  void addLane(const std::vector<int> &path, const ir::Stream &stream, double frames) {
    for (size_t hop = 1; hop < path.size(); ++hop) {
      const int from = path[hop - 1], to = path[hop];
      const device::Link *link = cluster_.link(from, to);
      const int64_t bytes = device::wireBytes(*link->type, payloadBytes(stream, *link->type));
      const std::string out = link->throughSwitch ? fmt::format("port of {} (out)", nameOf(from))
                                                  : fmt::format("link {} -> {}", nameOf(from), nameOf(to));
      addLoad(out, *link->type, bytes, frames);
      if (link->throughSwitch)
        addLoad(fmt::format("port of {} (in)", nameOf(to)), *link->type, bytes, frames);
    }
  }

  /// `frames`: how many of all come by here.
  void addLoad(const std::string &name, const device::LinkType &type, int64_t bytes, double frames) {
    Load &load = loads_[name];
    load.gbps = type.gbps;
    load.bytes += static_cast<double>(bytes) * frames;
  }

  /// The model's own inputs and outputs: on a board whose host is its own processor they share its network
  /// port.
  void addEnds() {
    auto addEnd = [&](const ir::Port &port, int fpga, bool in) {
      const auto &device = *cluster_.fpgas[static_cast<size_t>(fpga)].device;
      const ir::Stream &stream = model_.stream(port.stream);
      EndCost cost;
      cost.stream = port.stream, cost.fpga = fpga, cost.isInput = in, cost.lanes = plan_.replicaCount(fpga);
      cost.payloadBits = ir::elements(stream.shape) * stream.type.bits();
      cost.wireBytes = payloadBytes(stream, hostLink(device));
      double gbps = 0;
      const double frames = 1.0 / cost.lanes; // each copy has a port of its own
      if (!device.ports.empty()) {
        auto type = device::findLink(device.ports[0].link);
        const auto &host =
            cluster_.hosts[static_cast<size_t>(cluster_.fpgas[static_cast<size_t>(fpga)].host)];
        if (!type) {
          llvm::consumeError(type.takeError());
        } else if (host.ingestGbps <= 0) {
          // Not modelled: frames are where the FPGA finds them.
        } else if ((*type)->transport == "host-tcp") {
          cost.way = (*type)->name, gbps = (*type)->gbps;
          cost.wireBytes = device::wireBytes(**type, payloadBytes(stream, **type));
          addLoad(fmt::format("port of {} ({})", nameOf(fpga), in ? "in" : "out"), **type, cost.wireBytes,
                  frames);
        } else {
          cost.way = "pcie", gbps = host.ingestGbps;
          for (int copy : plan_.replicasOf(fpga)) { // a host's time is shared by all it feeds
            const device::Host &own =
                cluster_.hosts[static_cast<size_t>(cluster_.fpgas[static_cast<size_t>(copy)].host)];
            Load &load = loads_[fmt::format("host {} ({} its FPGAs)", own.name, in ? "to" : "from")];
            load.gbps = own.ingestGbps;
            load.bytes += static_cast<double>(cost.wireBytes) * frames;
          }
        }
      }
      if (gbps > 0)
        cost.microseconds = static_cast<double>(cost.wireBytes) * 8e-3 / gbps;
      out_.ends.push_back(std::move(cost));
    };
    std::map<std::pair<ir::StreamId, int>, bool> done;
    for (const ir::Port &port : model_.inputs)
      for (const ir::Layer &layer : model_.layers)
        if (std::count(layer.inputs.begin(), layer.inputs.end(), port.stream))
          if (const int fpga = plan_.of(layer.id).fpga; done.try_emplace({port.stream, fpga}, true).second)
            addEnd(port, fpga, true);
    for (const ir::Port &port : model_.outputs)
      if (const ir::LayerId producer = model_.stream(port.stream).producer; producer != ir::LayerId::None)
        addEnd(port, plan_.of(producer).fpga, false);
  }

  /// Of one frame through an idle cluster. A part begins when the first of all its inputs is there, and ends
  /// no earlier than its slowest kernel, or the slowest on the way to it, lets the frame through.
  double pathLatency() const {
    struct Output {
      double first = 0, last = 0; ///< When the first and the last of it are there
    };
    std::map<Part, Output> outputs;
    double longest = 0;
    for (const Partition &partition : partitions_) {
      const Part part = {partition.fpga, partition.stage};
      Output inputs;
      for (const CrossingCost &cost : out_.crossings)
        if (cost.crossing.receiver() == part) {
          const Output &sent = outputs[cost.crossing.sender()];
          const double last = cost.isStored ? sent.last + cost.latencyUs
                                            : std::max(sent.last + cost.firstUs, sent.first + cost.latencyUs);
          inputs.first = std::max(inputs.first, cost.isStored ? last : sent.first + cost.firstUs);
          inputs.last = std::max(inputs.last, last);
        }
      const double cycleUs = 1 / clockOf(part.fpga);
      const StageCost own = stageOf(out_, part);
      const double fillUs = static_cast<double>(own.fill) * cycleUs;
      const double ownUs = static_cast<double>(own.latency) * cycleUs;
      outputs[part] = {inputs.first + fillUs, std::max(inputs.first + ownUs, inputs.last + fillUs)};
      longest = std::max(longest, outputs[part].last);
    }
    return longest;
  }

  const ir::Model &model_;
  const Cluster &cluster_;
  const Plan &plan_;
  const std::vector<Partition> &partitions_;
  Evaluation out_;
  std::map<std::string, Load> loads_;
};

} // namespace

size_t Evaluation::fpgaCount() const {
  size_t count = 0;
  for (const FpgaCost &fpga : fpgas)
    count += 1 + fpga.copies.size();
  return count;
}

double Evaluation::area() const {
  double sum = 0;
  for (const FpgaCost &fpga : fpgas)
    for (device::Resource r : device::kResources)
      if (fpga.budget[r] > 0)
        sum += static_cast<double>(fpga.used[r]) / static_cast<double>(fpga.budget[r]) *
               static_cast<double>(1 + fpga.copies.size());
  return sum;
}

int64_t framesAhead(const Evaluation &evaluation, const Cluster &cluster, Part part, int32_t crossing) {
  std::map<Part, llvm::SmallVector<const CrossingCost *, 8>> into;
  for (const CrossingCost &cost : evaluation.crossings)
    into[cost.crossing.receiver()].push_back(&cost);
  // When the last input of a part comes, in microseconds after the model's own inputs.
  std::map<Part, double> arrivals;
  const std::function<double(const CrossingCost &)> arrivalOf = [&](const CrossingCost &cost) {
    const Part from = cost.crossing.sender();
    const auto [at, isNew] = arrivals.try_emplace(from, 0);
    if (isNew) {
      double last = 0;
      for (const CrossingCost *before : into[from])
        last = std::max(last, arrivalOf(*before));
      arrivals[from] = last;
    }
    return arrivals.at(from) +
           static_cast<double>(stageOf(evaluation, from).latency) /
               cluster.fpgas[static_cast<size_t>(from.fpga)].clockMhz +
           cost.latencyUs;
  };
  double last = 0, own = 0;
  for (const CrossingCost &cost : evaluation.crossings)
    if (cost.crossing.receiver() == part) {
      const double arrival = arrivalOf(cost);
      last = std::max(last, arrival);
      if (cost.crossing.id == crossing)
        own = arrival;
    }
  // Frames that the sender starts in the meantime, and the one under way; of copies each has its share.
  double periodUs = evaluation.periodUs;
  for (const FpgaCost &fpga : evaluation.fpgas)
    if (fpga.fpga == part.fpga)
      periodUs *= static_cast<double>(1 + fpga.copies.size());
  return 1 + (periodUs > 0 ? static_cast<int64_t>(std::ceil((last - own) / periodUs)) : 0);
}

llvm::Expected<Evaluation> evaluate(const ir::Model &model, const Cluster &cluster, const Plan &plan,
                                    const cost::CostModel &costs, const Options &options) {
  const std::vector<Partition> partitions = realise(model, plan);
  std::vector<FpgaCost> fpgas;
  for (const auto &stages : byFpga(partitions)) {
    auto graph = kernelGraph(model, cluster, plan, stages);
    if (!graph)
      return graph.takeError();
    auto cost = costOf(*graph, cluster, plan.io, costs);
    if (!cost)
      return cost.takeError();
    const std::vector<int> replicas = plan.replicasOf(cost->fpga);
    cost->copies.assign(replicas.begin() + 1, replicas.end());
    fpgas.push_back(std::move(*cost));
  }
  Evaluation evaluation = Evaluator(model, cluster, plan, partitions).run(std::move(fpgas));
  // How long early frames wait is known only now; their FIFOs take memory, no time.
  for (FpgaCost &fpga : evaluation.fpgas)
    for (NodeCost &node : fpga.nodes)
      if (node.node.holdsEarly)
        if (llvm::Error error = setHeld(
                node, framesAhead(evaluation, cluster, {fpga.fpga, node.node.stage}, node.node.crossing),
                cluster, costs, fpga))
          return error;
  for (FpgaCost &fpga : evaluation.fpgas) {
    const device::Fpga &own = cluster.fpgas[static_cast<size_t>(fpga.fpga)];
    const device::Rooms rooms = device::roomsOf(cluster, plan.replicasOf(fpga.fpga), options.limits);
    static_cast<device::Room &>(fpga) = rooms.device;
    addDies(fpga, *own.device, rooms.dies, plan);
    for (const auto &stages : byFpga(partitions))
      if (stages[0]->fpga == fpga.fpga)
        addWires(fpga, own, plan, stages, evaluation.periodUs);
  }
  return evaluation;
}

} // namespace braid::plan
