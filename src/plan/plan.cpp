#include "braid/plan/plan.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace braid::plan {

using nlohmann::ordered_json;

const Placement &Plan::of(ir::LayerId layer) const {
  const auto at = std::lower_bound(placements.begin(), placements.end(), layer, [](const Placement &p, ir::LayerId id) { return p.layer < id; });
  BRAID_CHECK(at != placements.end() && at->layer == layer, "the plan places no such layer");
  return *at;
}

std::vector<int> Plan::usedFpgas() const {
  std::set<int> used;
  for (const Placement &placement : placements)
    used.insert(placement.fpga);
  return {used.begin(), used.end()};
}

std::vector<Crossing> crossingsOf(const ir::Model &model, const std::vector<Placement> &placements) {
  std::vector<std::set<int>> where(model.layers.size());
  for (const Placement &placement : placements)
    where[index(placement.layer)].insert(placement.fpga);
  std::set<std::tuple<ir::StreamId, int, int>> found;
  for (const ir::Layer &layer : model.layers)
    for (ir::StreamId input : layer.inputs) {
      const ir::LayerId producer = model.stream(input).producer;
      if (producer == ir::LayerId::None)
        continue;
      for (int from : where[index(producer)])
        for (int to : where[index(layer.id)])
          if (from != to)
            found.insert({input, from, to});
    }
  std::vector<Crossing> out;
  for (const auto &[stream, from, to] : found)
    out.push_back({static_cast<int32_t>(out.size()), stream, from, to});
  return out;
}

kernel::IoMode ioModeFor(const ir::Model &model, const Options &options) {
  if (options.io)
    return *options.io;
  const bool slides = std::any_of(model.layers.begin(), model.layers.end(), [](const ir::Layer &layer) {
    return std::holds_alternative<ir::Conv>(layer.op) || std::holds_alternative<ir::Pool>(layer.op) ||
           std::holds_alternative<ir::GlobalPool>(layer.op);
  });
  return slides ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
}

std::string toJson(const Plan &plan, const ir::Model &model, const device::Cluster &cluster) {
  ordered_json out;
  out["schema"] = "braid-plan-1";
  out["cluster"] = cluster.name;
  out["io"] = kernel::name(plan.io);
  out["solver"] = plan.solver;
  out["layers"] = ordered_json::array();
  for (const Placement &p : plan.placements) {
    ordered_json row;
    const auto &fpga = cluster.fpgas[static_cast<size_t>(p.fpga)];
    row["layer"] = model.layer(p.layer).name;
    row["fpga"] = fpga.name;
    row["die"] = fpga.device->dies[static_cast<size_t>(p.die)].name;
    row["strategy"] = kernel::name(p.implementation.strategy);
    row["reuse_factor"] = p.implementation.reuse;
    out["layers"].push_back(std::move(row));
  }
  out["crossings"] = ordered_json::array();
  for (const Crossing &c : plan.crossings)
    out["crossings"].push_back({{"id", c.id},
                                {"stream", model.stream(c.stream).name},
                                {"from", cluster.fpgas[static_cast<size_t>(c.from)].name},
                                {"to", cluster.fpgas[static_cast<size_t>(c.to)].name}});
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

namespace {

/// Reads one layer's row; every fault names the file and the layer.
class PlanReader {
public:
  PlanReader(llvm::StringRef file, const ir::Model &model, const device::Cluster &cluster)
      : file_(file), model_(model), cluster_(cluster) {}

  llvm::Expected<Plan> read(const ordered_json &json) {
    if (textOf(json, "schema") != "braid-plan-1")
      return badInput(file_, "it is no plan: \"schema\": \"braid-plan-1\" is missing");
    Plan plan;
    const std::string io = textOf(json, "io");
    if (io != "io_parallel" && io != "io_stream")
      return badInput(file_, fmt::format("\"io\" is '{}'; io_parallel and io_stream are known", printable(io)));
    plan.io = io == "io_stream" ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    plan.solver = json.contains("solver") ? textOf(json, "solver") : "file";
    if (!json.contains("layers") || !json["layers"].is_array())
      return badInput(file_, "\"layers\" is no list");
    for (const ordered_json &row : json["layers"]) {
      auto placement = readRow(row, plan.io);
      if (!placement)
        return placement.takeError();
      plan.placements.push_back(*placement);
    }
    std::sort(plan.placements.begin(), plan.placements.end(),
              [](const Placement &a, const Placement &b) { return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice); });
    plan.crossings = crossingsOf(model_, plan.placements);
    return plan;
  }

private:
  /// The text at `key`; empty where there is none.
  static std::string textOf(const ordered_json &json, const char *key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  }

  llvm::Expected<Placement> readRow(const ordered_json &row, kernel::IoMode io) {
    if (textOf(row, "layer").empty())
      return badInput(file_, "a row of \"layers\" names no layer");
    const std::string name = row["layer"];
    std::vector<std::string> layers, fpgas;
    for (const ir::Layer &layer : model_.layers)
      layers.push_back(layer.name);
    for (const auto &fpga : cluster_.fpgas)
      fpgas.push_back(fpga.name);
    const auto layer = std::find(layers.begin(), layers.end(), name);
    if (layer == layers.end())
      return badInput(file_, fmt::format("layer '{}' is not in the model{}", printable(name), suggestion(name, layers)));
    auto text = [&](const char *key) { return textOf(row, key); };
    const auto fpga = std::find(fpgas.begin(), fpgas.end(), text("fpga"));
    if (fpga == fpgas.end())
      return badInput(file_, fmt::format("layer '{}': FPGA '{}' is not in the cluster{}", printable(name), printable(text("fpga")),
                                         suggestion(text("fpga"), fpgas)));
    Placement out;
    out.layer = static_cast<ir::LayerId>(layer - layers.begin());
    out.fpga = static_cast<int>(fpga - fpgas.begin());
    out.slice = kernel::wholeSlice(model_, model_.layer(out.layer));
    const auto &dies = cluster_.fpgas[static_cast<size_t>(out.fpga)].device->dies;
    if (const std::string die = text("die"); !die.empty()) {
      const auto at = std::find_if(dies.begin(), dies.end(), [&](const device::Die &d) { return d.name == die; });
      if (at == dies.end()) {
        std::vector<std::string> names;
        for (const device::Die &d : dies)
          names.push_back(d.name);
        return badInput(file_, fmt::format("layer '{}': {} has no die '{}'{}", printable(name), *fpga, printable(die), suggestion(die, names)));
      }
      out.die = static_cast<int>(at - dies.begin());
    }
    out.implementation.io = io;
    const std::string strategy = text("strategy");
    if (strategy != "Latency" && strategy != "Resource")
      return badInput(file_, fmt::format("layer '{}': strategy '{}'; Latency and Resource are known", printable(name), printable(strategy)));
    out.implementation.strategy = strategy == "Latency" ? kernel::Strategy::Latency : kernel::Strategy::Resource;
    if (!row.contains("reuse_factor") || !row["reuse_factor"].is_number_integer() || row["reuse_factor"].get<int64_t>() < 1)
      return badInput(file_, fmt::format("layer '{}': \"reuse_factor\" is not a number from 1", printable(name)));
    out.implementation.reuse = row["reuse_factor"];
    return out;
  }

  llvm::StringRef file_;
  const ir::Model &model_;
  const device::Cluster &cluster_;
};

} // namespace

llvm::Expected<Plan> planFromJson(llvm::StringRef text, llvm::StringRef file, const ir::Model &model, const device::Cluster &cluster) {
  const ordered_json json = ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return badInput(file, "it is not JSON");
  return PlanReader(file, model, cluster).read(json);
}

} // namespace braid::plan
