#include "elastic_problem.h"

#include "elastic_beaten.h"
#include "elastic_parts.h"
#include "elastic_tables.h"
#include "elastic_teams.h"
#include "fifo_depths.h"
#include "pins.h"

#include "braid/partition/solve.h"
#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace braid::plan {
namespace {

using partition::Needs;

/// What block RAM and UltraRAM hold (AMD UG573).
int64_t memoryKbits(const Needs &needs) {
  return 18 * needs[static_cast<size_t>(device::Resource::Bram18)] +
         288 * needs[static_cast<size_t>(device::Resource::Uram)];
}

class Builder {
public:
  Builder(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
          const Options &options)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), problem_(out_.problem),
        tables_(model, costs, options, out_), readers_(ir::readersOf(model)),
        itemOf_(model.layers.size(), -1) {
    if (options.style == kernel::Style::Finn)
      held_ = heldBefore(model);
  }

  llvm::Expected<ElasticProblem> run() {
    if (llvm::Error error = checkNames())
      return error;
    addFpgas(out_, cluster_, costs_, options_);
    addTeams(out_, model_, options_);
    teams_.emplace(costs_, options_, out_);
    addItems();
    if (llvm::Error error = checkItemPins(out_, model_, cluster_, options_))
      return error;
    if (llvm::Error error = addTables())
      return error;
    addStreams(out_, model_, cluster_, costs_, options_, itemOf_);
    if (llvm::Error error = addWords())
      return error;
    dropBeaten(out_);
    if (llvm::Error error = problem_.check())
      return error;
    return std::move(out_);
  }

private:
  const device::Fpga &fpgaOf(size_t kind) const {
    return cluster_.fpgas[static_cast<size_t>(out_.firstOf[kind])];
  }
  const device::Device &deviceOf(size_t kind) const { return *fpgaOf(kind).device; }

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

  void addTo(Needs &needs, const kernel::Kernel &kernel, const device::Device &device) const {
    addNeeds(needs, kernel, device, costs_);
  }

  bool isOutput(ir::StreamId id) const {
    return std::any_of(model_.outputs.begin(), model_.outputs.end(),
                       [&](const ir::Port &port) { return port.stream == id; });
  }

  /// The only layer that reads what a layer makes, in the FINN style; none where that leaves the model, or
  /// pins keep the two apart.
  const ir::Layer *onlyReader(const ir::Layer &layer) const {
    if (options_.style != kernel::Style::Finn || readers_[index(layer.output)].size() != 1 ||
        isOutput(layer.output))
      return nullptr;
    const ir::Layer &behind = model_.layer(readers_[index(layer.output)][0]);
    const auto own = pinOf(options_, layer.name), other = pinOf(options_, behind.name);
    return own && other && own->fpga != other->fpga ? nullptr : &behind;
  }

  /// Of a layer with weights: the thresholds that its unit may compute.
  ir::LayerId thresholdsBehind(const ir::Layer &layer) const {
    const ir::Layer *behind = ir::isLinear(layer.op) ? onlyReader(layer) : nullptr;
    return behind && std::holds_alternative<ir::Threshold>(behind->op) ? behind->id : ir::LayerId::None;
  }

  /// What only gives the stream of an item another shape, so that the item behind it is a neighbour.
  ir::LayerId nameBehind(const ElasticItem &item) const {
    const ir::Layer *behind = onlyReader(model_.layer(item.layers.back()));
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
      own.staysWithLast = staysWithLast(out_, model_, options_, i);
      const int only = pinnedKind(out_, model_, options_, i, own);
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        if (only >= 0 && only != static_cast<int>(kind)) { // nor on a team, which would cut or copy it
          own.tables.push_back(-1);
          continue;
        }
        const partition::Kind &of = problem_.kinds[kind];
        if (of.takesTurns) {
          own.tables.push_back(own.tables[static_cast<size_t>(of.of)]);
          continue;
        }
        auto table = of.of < 0 ? tables_.tableOf(out_.items[i], fpgaOf(kind))
                               : teams_->tableOf(model_, out_.items[i], static_cast<int>(kind), fpgaOf(kind));
        if (!table) {
          llvm::handleAllErrors(table.takeError(), [&](UserError &error) {
            code = std::min(code, error.code()); // wrong usage before what does not fit
            for (Diagnostic &diagnostic : error.diagnostics())
              found.add(std::move(diagnostic));
          });
          break;
        }
        if (of.of < 0) {
          table = withHostEnds(*table, out_.items[i], deviceOf(kind));
          if (!table)
            return table.takeError();
        }
        own.tables.push_back(*table < 0 ? -1
                                        : tables_.withMore(*table, fifosOf(out_.items[i], deviceOf(kind))));
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
    const kernel::Wiring wiring = {options_.style, kernel::IoMode::Stream};
    std::optional<kernel::KernelPort> taken, given;
    if (from != ir::StreamId::None)
      taken = portOf(model_.stream(from), wiring);
    if (isOutput(last.output))
      given = portOf(model_.stream(last.output), wiring);
    return tables_.withEnds(table, taken, given, device);
  }

  /// FIFOs before its layers and inside them, in words of the width that takes the least memory.
  Needs fifosOf(const ElasticItem &item, const device::Device &device) const {
    Needs out = {};
    if (held_.empty())
      return out;
    for (ir::LayerId layer : item.layers)
      for (const HeldElements &held : held_[index(layer)]) {
        std::optional<Needs> least;
        for (int64_t each : {1, 4, 16, 64}) {
          kernel::Kernel fifo;
          fifo.kind = kernel::KernelKind::Fifo;
          fifo.implementation = {.style = options_.style, .io = kernel::IoMode::Stream};
          fifo.depth = ceilDiv(held.elements, each);
          fifo.inputs = fifo.outputs = {{each * held.elementBits, fifo.depth, held.elementBits}};
          Needs own = {};
          addTo(own, fifo, device);
          if (!least || memoryKbits(own) < memoryKbits(*least))
            least = own;
        }
        for (size_t r = 0; r < partition::kResources; ++r)
          out[r] += (*least)[r];
      }
    return out;
  }

  /// The hls4ml style has FIFOs in place of converters: between two layers next to each other on one FPGA at
  /// least these.
  void addStreamFifos() {
    const kernel::Wiring wiring = {options_.style, kernel::IoMode::Stream};
    std::map<Needs, int32_t> known;
    for (size_t i = 1; i < out_.items.size(); ++i) {
      const ir::Layer &layer = model_.layer(out_.items[i].layers[0]);
      const ir::LayerId last = out_.items[i - 1].layers.back();
      if (std::none_of(layer.inputs.begin(), layer.inputs.end(),
                       [&](ir::StreamId input) { return model_.stream(input).producer == last; }))
        continue;
      const ir::StreamId id = model_.layer(last).output;
      const ir::Stream &stream = model_.stream(id);
      const bool hasOthers = readers_[index(id)].size() > 1 || isOutput(id);
      const StreamUse use{
          .isInput = false, .isName = isNameOnly(model_.layer(last)), .readers = 1, .ends = hasOthers};
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        const partition::Kind &of = problem_.kinds[kind];
        if (of.of >= 0) { // slices have other streams
          problem_.layers[i].words.push_back(
              of.takesTurns ? problem_.layers[i].words[static_cast<size_t>(of.of)] : -1);
          continue;
        }
        Needs needs = {};
        for (const kernel::Kernel &kernel :
             streamKernels(stream, wiring, FifoDepths::rule(stream, false, false, false), use))
          addTo(needs, kernel, deviceOf(kind));
        if (needs == Needs{}) {
          problem_.layers[i].words.push_back(-1);
          continue;
        }
        const auto [at, isNew] = known.try_emplace(needs, static_cast<int32_t>(problem_.words.size()));
        if (isNew)
          problem_.words.push_back({{needs}});
        problem_.layers[i].words.push_back(at->second);
      }
    }
  }

  llvm::Error addWords() {
    if (options_.style != kernel::Style::Finn) {
      addStreamFifos();
      return llvm::Error::success();
    }
    for (size_t i = 1; i < out_.items.size(); ++i) {
      const ir::Layer &layer = model_.layer(out_.items[i].layers[0]);
      if (layer.inputs.empty() || model_.stream(layer.inputs[0]).producer != out_.items[i - 1].layers.back())
        continue;
      partition::Layer &own = problem_.layers[i];
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        const partition::Kind &of = problem_.kinds[kind];
        const int32_t before = problem_.layers[i - 1].tables[kind];
        if (of.takesTurns || before < 0 || own.tables[kind] < 0) {
          own.words.push_back(of.takesTurns ? own.words[static_cast<size_t>(of.of)] : -1);
          continue;
        }
        auto words = of.of < 0 ? tables_.wordsOf(before, own.tables[kind], layer.inputs[0], deviceOf(kind))
                               : teams_->wordsOf(out_.items[i - 1], out_.items[i], before, own.tables[kind],
                                                 static_cast<int>(kind), deviceOf(kind));
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
  ElasticProblem out_;
  partition::Problem &problem_;
  ElasticTables tables_;
  std::optional<TeamTables> teams_;
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  std::vector<llvm::SmallVector<HeldElements, 2>> held_; ///< FINN style, by layer: in FIFOs before it
  std::vector<int> itemOf_;                              ///< By layer
};

} // namespace

bool isElastic(const ir::Model &model, const device::Cluster &cluster, const Options &options) {
  return ioModeFor(model, options) == kernel::IoMode::Stream &&
         std::all_of(cluster.links.begin(), cluster.links.end(), [&](const device::Link &link) {
           return link.type->name == cluster.links[0].type->name;
         });
}

llvm::Expected<ElasticProblem> elasticProblem(const ir::Model &model, const device::Cluster &cluster,
                                              const cost::CostModel &costs, const Options &options) {
  return Builder(model, cluster, costs, options).run();
}

int64_t longestPeriodFs(const Options &options) {
  constexpr double kFsPerSecond = 1e15;
  return isModest(options) && options.fps
             ? static_cast<int64_t>(
                   std::min(kFsPerSecond / *options.fps, static_cast<double>(partition::Answer::kNeverFs)))
             : partition::Answer::kNeverFs;
}

Plan planOf(const ir::Model &model, const ElasticProblem &elastic, const partition::Solution &solution) {
  Plan plan;
  const auto fpgaOf = [&](int fpga) { return elastic.fpgas[static_cast<size_t>(fpga)]; };
  for (const partition::Part &part : solution.parts) {
    const partition::Kind &kind = elastic.problem.kind(part.kind);
    const TeamCut *cut = elastic.cuts[static_cast<size_t>(part.kind)].get();
    if (kind.takesTurns)
      for (int member : part.fpgas)
        plan.replicas[fpgaOf(part.fpgas[0])].push_back(fpgaOf(member));
    for (int i = part.begin; i < part.end; ++i) {
      const auto step =
          static_cast<int>(std::upper_bound(part.ends.begin(), part.ends.end(), i) - part.ends.begin());
      const auto table = static_cast<size_t>(
          elastic.problem.layers[static_cast<size_t>(i)].tables[static_cast<size_t>(part.kind)]);
      const auto &made = elastic.made[table][static_cast<size_t>(solution.choices[static_cast<size_t>(i)])];
      const ElasticItem &item = elastic.items[static_cast<size_t>(i)];
      const int die = part.fromLast ? static_cast<int>(kind.dies.size()) - 1 - step : step;
      for (size_t l = 0; l < item.layers.size(); ++l) {
        if (!cut) {
          Placement p;
          p.layer = item.layers[l];
          p.slice = kernel::wholeSlice(model, model.layer(p.layer));
          p.implementation = made[l];
          p.fpga = fpgaOf(part.fpgas[0]), p.die = die;
          plan.placements.push_back(std::move(p));
          continue;
        }
        for (Placement p : cut->plan.placements) {
          if (p.layer != item.layers[l])
            continue;
          if (l < made.size())
            p.implementation = cut->fitted(made[l], p);
          p.fpga = fpgaOf(part.fpgas[static_cast<size_t>(p.fpga)]), p.die = die;
          plan.placements.push_back(std::move(p));
        }
        for (Join join : cut->plan.joins)
          if (join.layer == item.layers[l]) {
            join.fpga = fpgaOf(part.fpgas[static_cast<size_t>(join.fpga)]), join.die = die;
            plan.joins.push_back(std::move(join));
          }
      }
    }
  }
  std::sort(plan.placements.begin(), plan.placements.end(), [](const Placement &a, const Placement &b) {
    return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice);
  });
  return plan;
}

} // namespace braid::plan
