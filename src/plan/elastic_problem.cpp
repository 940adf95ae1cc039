#include "elastic_problem.h"

#include "dies.h"
#include "elastic_tables.h"

#include "braid/plan/surroundings.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace braid::plan {
namespace {

using device::Resources;
using partition::Needs;

/// Femtoseconds of so many bytes at a rate, rounded down: bounds stay bounds.
int64_t femtoseconds(int64_t bytes, double gbps) {
  return gbps > 0 ? static_cast<int64_t>(static_cast<double>(bytes) * 8e6 / gbps) : 0;
}

/// Capacity of each die beside the shell, or of all dies together.
std::vector<partition::Die> diesOf(const device::Device &device, kernel::Style style,
                                   const device::Limits &limits) {
  std::vector<partition::Die> out;
  if (placesOnDies(style, device))
    for (const device::Die &die : device.dies)
      out.push_back({die.name, (device::usable(die.capacity, limits) - die.shell).amount});
  else
    out.push_back({device.dies.size() == 1 ? device.dies[0].name : "all dies",
                   (device::usable(device.capacity(), limits) - device.shell()).amount});
  return out;
}

/// All simple ways from FPGA to FPGA over links, no way a part of another.
class Walks {
public:
  Walks(const device::Cluster &cluster, size_t most) : cluster_(cluster), most_(most) {
    for (int fpga = 0; fpga < count(); ++fpga) {
      way_ = {fpga};
      extend();
    }
  }
  std::vector<std::vector<int>> take() && { return std::move(found_); }

private:
  int count() const { return static_cast<int>(cluster_.fpgas.size()); }
  void extend() {
    if (found_.size() >= most_)
      return;
    bool isLast = true;
    for (int next = 0; next < count(); ++next)
      if (cluster_.link(way_.back(), next) && !std::count(way_.begin(), way_.end(), next)) {
        isLast = false;
        way_.push_back(next);
        extend();
        way_.pop_back();
      }
    if (isLast)
      found_.push_back(way_);
  }

  const device::Cluster &cluster_;
  size_t most_;
  std::vector<int> way_;
  std::vector<std::vector<int>> found_;
};

/// The default link type of a device's first port; null where it has none.
std::shared_ptr<const device::LinkType> ownLink(const device::Device &device) {
  if (device.ports.empty())
    return nullptr;
  auto type = device::findLink(device.ports[0].link);
  if (type)
    return *type;
  llvm::consumeError(type.takeError());
  return nullptr;
}

bool areAllJoined(const device::Cluster &cluster) {
  for (int a = 0; a < static_cast<int>(cluster.fpgas.size()); ++a)
    for (int b = a + 1; b < static_cast<int>(cluster.fpgas.size()); ++b)
      if (!cluster.link(a, b))
        return false;
  return true;
}

class Builder {
public:
  Builder(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
          const Options &options, const Reserve &reserve)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), reserve_(reserve),
        problem_(out_.problem), tables_(model, costs, options, out_), readers_(ir::readersOf(model)),
        itemOf_(model.layers.size(), -1) {
    isReconvergent_ =
        std::any_of(readers_.begin(), readers_.end(), [](const auto &list) { return list.size() > 1; });
  }

  llvm::Expected<ElasticProblem> run() {
    if (llvm::Error error = checkNames())
      return error;
    addFpgas();
    addItems();
    if (llvm::Error error = addTables())
      return error;
    if (llvm::Error error = addStreams())
      return error;
    if (llvm::Error error = addWords())
      return error;
    if (llvm::Error error = problem_.check())
      return error;
    return std::move(out_);
  }

private:
  const device::Device &deviceOf(size_t kind) const {
    return *cluster_.fpgas[static_cast<size_t>(firstOf_[kind])].device;
  }

  llvm::Error checkNames() const {
    std::vector<std::string> names;
    for (const ir::Layer &layer : model_.layers)
      names.push_back(layer.name);
    for (const auto &entry : options_.reuse)
      if (entry.first != "*" && std::find(names.begin(), names.end(), entry.first) == names.end())
        return badUsage(fmt::format("--reuse names layer '{}', which the model has not{}",
                                    printable(entry.first), suggestion(entry.first, names)));
    return llvm::Error::success();
  }

  void addFpgas() {
    const bool areJoined = areAllJoined(cluster_);
    std::map<std::string, int> kinds;
    for (size_t f = 0; f < cluster_.fpgas.size(); ++f) {
      const device::Fpga &fpga = cluster_.fpgas[f];
      std::string name = fmt::format("{} at {} MHz", fpga.device->name, shortest(fpga.clockMhz));
      for (const Resources &kept : reserve_.empty() ? std::vector<Resources>() : reserve_[f])
        for (int64_t amount : kept.amount)
          name += amount > 0 ? fmt::format(" -{}", amount) : " -";
      const auto [known, isNew] = kinds.try_emplace(name, static_cast<int>(problem_.kinds.size()));
      if (isNew) {
        firstOf_.push_back(static_cast<int>(f));
        addKind(name, static_cast<int>(f), areJoined);
      }
      problem_.fpgas.push_back({fpga.name, known->second});
      out_.fpgas.push_back(static_cast<int>(f));
    }
    const auto count = static_cast<int>(cluster_.fpgas.size());
    problem_.fewestFpgas = options_.fpgas.value_or(1);
    problem_.mostFpgas = options_.fpgas.value_or(count);
    problem_.hops = !areJoined;
    constexpr size_t kMostWalks = 4096;
    if (!areJoined)
      problem_.walks = Walks(cluster_, kMostWalks).take();
  }

  void addKind(const std::string &name, int fpga, bool areJoined) {
    const device::Fpga &own = cluster_.fpgas[static_cast<size_t>(fpga)];
    const device::Device &device = *own.device;
    partition::Kind kind;
    kind.name = name;
    kind.cycleFs = std::llround(1e9 / own.clockMhz);
    kind.dies = diesOf(device, options_.style, options_.limits);
    if (!reserve_.empty())
      for (size_t die = 0; die < kind.dies.size(); ++die)
        for (size_t r = 0; r < partition::kResources; ++r)
          kind.dies[die].capacity[r] -= reserve_[static_cast<size_t>(fpga)][die].amount[r];
    const bool hasDies = kind.dies.size() > 1;
    kind.wires = hasDies ? device.sllPerBoundary : 0;
    kind.portDie = hasDies ? portDie(device) : 0;
    kind.hostDie = hasDies ? hostDie(device) : 0;
    // What every project has, whatever its streams: movers, and what hands frames to them.
    Needs base = {};
    for (const Node &node : projectSurroundings(device, wiring(), {}))
      addTo(base, node.kernel, device);
    for (size_t r = 0; r < partition::kResources; ++r)
      kind.dies[static_cast<size_t>(kind.hostDie)].capacity[r] -= base[r];
    kind.hasPortPerSide = !areJoined;
    kind.hostSharesPort = areJoined && ownLink(device) && ownLink(device)->transport == "host-tcp";
    if (!cluster_.links.empty()) {
      Ends none;
      kind.stack = cluster_.links[0].type->portCost.amount;
      for (const Node &node : sharedSurroundings(device, wiring(), none))
        addTo(kind.stack, node.kernel, device);
    }
    problem_.kinds.push_back(std::move(kind));
  }

  kernel::Wiring wiring() const { return {options_.style, kernel::IoMode::Stream}; }

  /// What it takes; what is not known is nothing, here: the plan says so.
  int64_t addTo(Needs &needs, const kernel::Kernel &kernel, const device::Device &device) const {
    auto estimate = costs_.estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate) {
      llvm::consumeError(estimate.takeError());
      return 1;
    }
    for (size_t r = 0; r < partition::kResources; ++r)
      needs[r] += estimate->resources.amount[r];
    return kernel.kind == kernel::KernelKind::Fifo ? 1 : estimate->interval;
  }

  bool isOutput(ir::StreamId id) const {
    return std::any_of(model_.outputs.begin(), model_.outputs.end(),
                       [&](const ir::Port &port) { return port.stream == id; });
  }

  /// Its only reader, in the FINN style; none of a stream that leaves the model.
  const ir::Layer *onlyReader(ir::StreamId id) const {
    if (options_.style != kernel::Style::Finn || readers_[index(id)].size() != 1 || isOutput(id))
      return nullptr;
    return &model_.layer(readers_[index(id)][0]);
  }

  /// Of a layer with weights: the thresholds that its unit may compute.
  ir::LayerId thresholdsBehind(const ir::Layer &layer) const {
    const ir::Layer *behind = ir::isLinear(layer.op) ? onlyReader(layer.output) : nullptr;
    return behind && std::holds_alternative<ir::Threshold>(behind->op) ? behind->id : ir::LayerId::None;
  }

  /// What only gives the stream of an item another shape, so that the item behind it is a neighbour.
  ir::LayerId nameBehind(const ElasticItem &item) const {
    const ir::Layer *behind = onlyReader(model_.layer(item.layers.back()).output);
    return behind && isNameOnly(*behind) ? behind->id : ir::LayerId::None;
  }
  bool isNameOnly(const ir::Layer &layer) const {
    return kernel::isNameOnly(model_, layer, kernel::IoMode::Stream);
  }

  void addItems() {
    for (const ir::Layer &layer : model_.layers) {
      if (itemOf_[index(layer.id)] >= 0)
        continue;
      ElasticItem item{{layer.id}};
      if (const ir::LayerId behind = thresholdsBehind(layer); behind != ir::LayerId::None)
        item.layers.push_back(behind);
      for (ir::LayerId name = nameBehind(item); name != ir::LayerId::None; name = nameBehind(item))
        item.layers.push_back(name);
      for (ir::LayerId id : item.layers)
        itemOf_[index(id)] = static_cast<int>(out_.items.size());
      out_.items.push_back(std::move(item));
    }
  }

  llvm::Error addTables() {
    Diagnostics found;
    auto code = ExitCode::NoPlan;
    for (size_t i = 0; i < out_.items.size(); ++i) {
      const ir::Layer &layer = model_.layer(out_.items[i].layers[0]);
      partition::Layer own;
      own.name = layer.name;
      own.staysWithLast = i > 0 && isNameOnly(layer);
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        auto table = tables_.tableOf(out_.items[i], deviceOf(kind));
        if (!table) {
          llvm::handleAllErrors(table.takeError(), [&](UserError &error) {
            code = std::min(code, error.code()); // wrong usage before what does not fit
            for (Diagnostic &diagnostic : error.diagnostics())
              found.add(std::move(diagnostic));
          });
          break;
        }
        if (auto ended = withHostEnds(*table, out_.items[i], deviceOf(kind)))
          table = *ended;
        else
          return ended.takeError();
        own.tables.push_back(tables_.withMore(*table, fifosBefore(layer, deviceOf(kind))));
      }
      problem_.layers.push_back(std::move(own));
    }
    return found.take(code);
  }

  /// With converters from the words in which the host's frames come, and to those in which they go.
  llvm::Expected<int32_t> withHostEnds(int32_t table, const ElasticItem &item, const device::Device &device) {
    if (options_.style != kernel::Style::Finn)
      return table;
    const ir::Layer &first = model_.layer(item.layers[0]), &last = model_.layer(item.layers.back());
    ir::StreamId from = first.inputs.empty() || isNameOnly(first) ? ir::StreamId::None : first.inputs[0];
    while (from != ir::StreamId::None && model_.stream(from).producer != ir::LayerId::None) {
      const ir::Layer &before = model_.layer(model_.stream(from).producer);
      from = isNameOnly(before) ? before.inputs[0] : ir::StreamId::None;
    }
    std::optional<kernel::KernelPort> taken, given;
    if (from != ir::StreamId::None)
      taken = portOf(model_.stream(from), wiring());
    if (isOutput(last.output))
      given = portOf(model_.stream(last.output), wiring());
    return tables_.withEnds(table, taken, given, device);
  }

  /// FIFOs of a layer's inputs where paths part and meet, in words of the width that takes the least memory.
  Needs fifosBefore(const ir::Layer &layer, const device::Device &device) const {
    Needs out = {};
    if (options_.style != kernel::Style::Finn || !isReconvergent_)
      return out;
    for (ir::StreamId input : layer.inputs) {
      const ir::Stream &stream = model_.stream(input);
      if (stream.producer == ir::LayerId::None ||
          (readers_[index(input)].size() < 2 && layer.inputs.size() < 2))
        continue;
      std::optional<Needs> least;
      const int64_t elements = ir::elements(stream.shape), bits = stream.type.bits();
      for (int64_t each : {1, 4, 16, 64}) {
        if (elements % each != 0)
          continue;
        kernel::Kernel fifo;
        fifo.kind = kernel::KernelKind::Fifo;
        fifo.implementation = {.style = options_.style, .io = kernel::IoMode::Stream};
        fifo.depth = elements / each;
        fifo.inputs = fifo.outputs = {{each * bits, elements / each, bits}};
        Needs own = {};
        addTo(own, fifo, device);
        constexpr auto kBram = static_cast<size_t>(device::Resource::Bram18);
        if (!least || own[kBram] < (*least)[kBram])
          least = own;
      }
      for (size_t r = 0; r < partition::kResources; ++r)
        out[r] += (*least)[r];
    }
    return out;
  }

  llvm::Error addStreams() {
    const device::LinkType *link = cluster_.links.empty() ? nullptr : cluster_.links[0].type.get();
    double ingest = 0;
    for (const device::Host &host : cluster_.hosts)
      ingest = std::max(ingest, host.ingestGbps);
    for (size_t s = 0; s < model_.streams.size(); ++s) {
      const auto id = static_cast<ir::StreamId>(s);
      const ir::Stream &stream = model_.streams[s];
      partition::Stream own;
      own.name = stream.name;
      own.from = stream.producer == ir::LayerId::None ? -1 : itemOf_[index(stream.producer)];
      for (ir::LayerId reader : readers_[s])
        if (const int to = itemOf_[index(reader)]; to != own.from)
          own.to.push_back(to);
      std::sort(own.to.begin(), own.to.end());
      own.to.erase(std::unique(own.to.begin(), own.to.end()), own.to.end());
      for (const ir::Port &port : model_.outputs)
        if (port.stream == id && own.from >= 0)
          own.to.push_back(problem_.cuts());
      if (own.to.empty())
        continue;
      own.elements = ir::elements(stream.shape);
      own.elementBits = stream.type.bits();
      if (link)
        own.linkFs = femtoseconds(device::wireBytes(*link, payloadBytes(stream, *link)), link->gbps);
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind)
        own.ends.push_back(endsOf(id, deviceOf(kind), link, ingest, own.hostFs));
      problem_.streams.push_back(std::move(own));
    }
    return llvm::Error::success();
  }

  /// What a stream takes at an end, beside what every project has.
  partition::Stream::Ends endsOf(ir::StreamId id, const device::Device &device, const device::LinkType *link,
                                 double ingest, int64_t &hostFs) const {
    const ir::Stream &stream = model_.stream(id);
    partition::Stream::Ends out;
    Needs base = {};
    for (const Node &node : projectSurroundings(device, wiring(), {}))
      addTo(base, node.kernel, device);
    const auto costOf = [&](const Ends &ends) {
      Needs needs = {};
      for (const Node &node : projectSurroundings(device, wiring(), ends))
        out.cycles = std::max(out.cycles, addTo(needs, node.kernel, device));
      for (size_t r = 0; r < partition::kResources; ++r)
        needs[r] = std::max<int64_t>(0, needs[r] - base[r]);
      return needs;
    };
    const End host{&stream, id};
    out.fromHost = costOf({{host}, {}, {}});
    out.toHost = costOf({{}, {host}, {}});
    if (link) {
      const End end{&stream, id, -1, link, {0}};
      out.receive = costOf({{end}, {}, {}});
      out.send = costOf({{}, {end}, {}});
    }
    hostFs =
        hostFs == 0 ? hostFsOf(stream, device, ingest) : std::min(hostFs, hostFsOf(stream, device, ingest));
    return out;
  }

  static int64_t hostFsOf(const ir::Stream &stream, const device::Device &device, double ingest) {
    const auto type = ownLink(device);
    if (!type || ingest <= 0)
      return 0;
    if (type->transport == "host-tcp")
      return femtoseconds(device::wireBytes(*type, payloadBytes(stream, *type)), type->gbps);
    return femtoseconds(payloadBytes(stream, hostLink(device)), ingest);
  }

  llvm::Error addWords() {
    if (options_.style != kernel::Style::Finn)
      return llvm::Error::success();
    for (size_t i = 1; i < out_.items.size(); ++i) {
      const ir::Layer &layer = model_.layer(out_.items[i].layers[0]);
      if (layer.inputs.empty() || model_.stream(layer.inputs[0]).producer != out_.items[i - 1].layers.back())
        continue;
      partition::Layer &own = problem_.layers[i];
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        auto words = tables_.wordsOf(problem_.layers[i - 1].tables[kind], own.tables[kind], layer.inputs[0],
                                     deviceOf(kind));
        if (!words)
          return words.takeError();
        own.words.push_back(*words);
      }
    }
    return llvm::Error::success();
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  const Reserve &reserve_;
  ElasticProblem out_;
  partition::Problem &problem_;
  ElasticTables tables_;
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  bool isReconvergent_ = false; ///< Paths part, and may meet again
  std::vector<int> itemOf_;     ///< By layer
  std::vector<int> firstOf_;    ///< By kind: an FPGA of it
};

} // namespace

bool isElastic(const ir::Model &model, const device::Cluster &cluster, const Options &options) {
  return ioModeFor(model, options) == kernel::IoMode::Stream &&
         std::all_of(cluster.links.begin(), cluster.links.end(), [&](const device::Link &link) {
           return link.type->name == cluster.links[0].type->name;
         });
}

llvm::Expected<ElasticProblem> elasticProblem(const ir::Model &model, const device::Cluster &cluster,
                                              const cost::CostModel &costs, const Options &options,
                                              const Reserve &reserve) {
  return Builder(model, cluster, costs, options, reserve).run();
}

Plan planOf(const ir::Model &model, const ElasticProblem &elastic, const partition::Solution &solution) {
  Plan plan;
  plan.placements.resize(model.layers.size());
  for (const partition::Part &part : solution.parts) {
    const partition::Kind &kind =
        elastic.problem
            .kinds[static_cast<size_t>(elastic.problem.fpgas[static_cast<size_t>(part.fpga)].kind)];
    for (int i = part.begin; i < part.end; ++i) {
      const auto step =
          static_cast<int>(std::upper_bound(part.ends.begin(), part.ends.end(), i) - part.ends.begin());
      const auto table = static_cast<size_t>(
          elastic.problem.layers[static_cast<size_t>(i)]
              .tables[static_cast<size_t>(elastic.problem.fpgas[static_cast<size_t>(part.fpga)].kind)]);
      const auto &made = elastic.made[table][static_cast<size_t>(solution.choices[static_cast<size_t>(i)])];
      const ElasticItem &item = elastic.items[static_cast<size_t>(i)];
      for (size_t l = 0; l < item.layers.size(); ++l) {
        Placement &p = plan.placements[index(item.layers[l])];
        p.layer = item.layers[l];
        p.slice = kernel::wholeSlice(model, model.layer(p.layer));
        p.implementation = made[l];
        p.fpga = elastic.fpgas[static_cast<size_t>(part.fpga)];
        p.die = part.fromLast ? static_cast<int>(kind.dies.size()) - 1 - step : step;
      }
    }
  }
  return plan;
}

} // namespace braid::plan
