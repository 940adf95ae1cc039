#include "braid/plan/evaluate.h"

#include "braid/plan/realise.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace braid::plan {
namespace {

using device::Cluster;

/// Whether a kernel computes a layer, rather than moves its streams.
bool isOfLayer(const Node &node) { return node.layer != ir::LayerId::None && !node.isTransport(); }

/// The network stack, once per link type in use at this FPGA.
device::Resources stackCost(const Cluster &cluster, const Plan &plan, int fpga) {
  std::map<std::string, device::Resources> stacks;
  for (const Crossing &crossing : plan.crossings)
    if (crossing.from == fpga || crossing.to == fpga)
      if (const device::Link *link = cluster.link(crossing.from, crossing.to))
        stacks[link->type->name] = link->type->portCost;
  device::Resources sum;
  for (const auto &entry : stacks)
    sum += entry.second;
  return sum;
}

llvm::Expected<FpgaCost> costOf(const FpgaGraph &graph, const Cluster &cluster, const Plan &plan, const cost::CostModel &costs,
                                const Options &options) {
  const device::Device &device = *cluster.fpgas[static_cast<size_t>(graph.fpga)].device;
  FpgaCost out;
  out.fpga = graph.fpga;
  out.capacity = device.capacity();
  out.shell = device.shell();
  out.budget = device::usable(out.capacity, options.limits) - out.shell;
  out.used = stackCost(cluster, plan, graph.fpga);
  std::vector<std::pair<const kernel::Kernel *, cost::Estimate>> timed;
  for (const Node &node : graph.nodes) {
    auto estimate = costs.estimate(node.kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    out.used += estimate->resources;
    out.nodes.push_back({node, *estimate});
  }
  for (const NodeCost &node : out.nodes) {
    if (isOfLayer(node.node))
      timed.emplace_back(&node.node.kernel, node.estimate);
    else if (node.node.kernel.kind != kernel::KernelKind::Fifo)
      out.interval = std::max(out.interval, node.estimate.interval);
  }
  if (!timed.empty()) {
    const cost::PartTiming timing = cost::partTiming(timed, plan.io);
    out.interval = std::max(out.interval, timing.interval);
    out.latency = timing.latency;
  }
  return out;
}

/// Bytes per frame in one direction through one port, and what it is called.
struct Load {
  double gbps = 0;
  int64_t bytes = 0;
};

class Evaluator {
public:
  Evaluator(const ir::Model &model, const Cluster &cluster, const Plan &plan) : model_(model), cluster_(cluster), plan_(plan) {}

  Evaluation run(std::vector<FpgaCost> fpgas) {
    out_.fpgas = std::move(fpgas);
    for (const FpgaCost &fpga : out_.fpgas)
      consider(static_cast<double>(fpga.interval) / clockOf(fpga.fpga), slowestOf(fpga));
    for (const Crossing &crossing : plan_.crossings)
      addCrossing(crossing);
    addEnds();
    for (const auto &[name, load] : loads_)
      consider(static_cast<double>(load.bytes) * 8e-3 / load.gbps, name);
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
      if (node.node.layer != ir::LayerId::None && (!slowest || node.estimate.interval > slowest->estimate.interval))
        slowest = &node;
    return slowest ? fmt::format("{} (layer '{}')", nameOf(fpga.fpga), printable(model_.layer(slowest->node.layer).name))
                   : nameOf(fpga.fpga);
  }

  void addCrossing(const Crossing &crossing) {
    const device::Link *link = cluster_.link(crossing.from, crossing.to);
    if (!link)
      return;
    const ir::Stream &stream = model_.stream(crossing.stream);
    CrossingCost cost;
    cost.crossing = crossing;
    cost.link = link->type->name;
    cost.payloadBits = ir::elements(stream.shape) * stream.type.bits();
    cost.payloadBytes = payloadBytes(stream, *link->type);
    cost.wireBytes = device::wireBytes(*link->type, cost.payloadBytes);
    cost.microseconds = static_cast<double>(cost.wireBytes) * 8e-3 / link->type->gbps;
    cost.latencyUs = Cluster::latencyUs(*link) + cost.microseconds;
    out_.crossings.push_back(cost);
    // Through a switch a card's port carries all its streams; a cable carries those of its two ends.
    const std::string out = link->throughSwitch ? fmt::format("port of {} (out)", nameOf(crossing.from))
                                                : fmt::format("link {} -> {}", nameOf(crossing.from), nameOf(crossing.to));
    addLoad(out, *link->type, cost.wireBytes);
    if (link->throughSwitch)
      addLoad(fmt::format("port of {} (in)", nameOf(crossing.to)), *link->type, cost.wireBytes);
  }

  void addLoad(const std::string &name, const device::LinkType &type, int64_t bytes) {
    Load &load = loads_[name];
    load.gbps = type.gbps;
    load.bytes += bytes;
  }

  /// The model's own inputs and outputs: on a board whose host is its own processor they share its network port.
  void addEnds() {
    auto addEnd = [&](const ir::Port &port, int fpga, bool in) {
      const auto &device = *cluster_.fpgas[static_cast<size_t>(fpga)].device;
      if (device.ports.empty())
        return;
      auto type = device::findLink(device.ports[0].link);
      if (!type) {
        llvm::consumeError(type.takeError());
        return;
      }
      const ir::Stream &stream = model_.stream(port.stream);
      if ((*type)->transport == "host-tcp")
        addLoad(fmt::format("port of {} ({})", nameOf(fpga), in ? "in" : "out"), **type,
                device::wireBytes(**type, payloadBytes(stream, **type)));
      else if (const auto &host = cluster_.hosts[static_cast<size_t>(cluster_.fpgas[static_cast<size_t>(fpga)].host)]; host.ingestGbps > 0) {
        Load &load = loads_[fmt::format("host {} ({} {})", host.name, in ? "to" : "from", nameOf(fpga))];
        load.gbps = host.ingestGbps;
        load.bytes += payloadBytes(stream, hostLink(device));
      }
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

  /// Of one frame through an idle cluster: every part starts when its last input has arrived.
  double pathLatency() const {
    std::map<int, double> finish;
    double longest = 0;
    for (const Partition &part : realise(model_, plan_)) {
      double start = 0;
      for (const CrossingCost &cost : out_.crossings)
        if (cost.crossing.to == part.fpga)
          start = std::max(start, finish[cost.crossing.from] + cost.latencyUs);
      for (const FpgaCost &fpga : out_.fpgas)
        if (fpga.fpga == part.fpga)
          finish[part.fpga] = start + static_cast<double>(fpga.latency) / clockOf(fpga.fpga);
      longest = std::max(longest, finish[part.fpga]);
    }
    return longest;
  }

  const ir::Model &model_;
  const Cluster &cluster_;
  const Plan &plan_;
  Evaluation out_;
  std::map<std::string, Load> loads_;
};

} // namespace

llvm::Expected<Evaluation> evaluate(const ir::Model &model, const Cluster &cluster, const Plan &plan, const cost::CostModel &costs,
                                    const Options &options) {
  auto graphs = kernelGraph(model, cluster, plan);
  if (!graphs)
    return graphs.takeError();
  std::vector<FpgaCost> fpgas;
  for (const FpgaGraph &graph : *graphs) {
    auto cost = costOf(graph, cluster, plan, costs, options);
    if (!cost)
      return cost.takeError();
    fpgas.push_back(std::move(*cost));
  }
  return Evaluator(model, cluster, plan).run(std::move(fpgas));
}

} // namespace braid::plan
