// FINN's reports of one project, with its numbers and under its names: estimate_layer_cycles.json,
// estimate_layer_resources.json, estimate_network_performance.json, op_and_param_counts.json, and the folding
// as final_hw_config.json, which `--folding` reads again. A figure that FINN has no formula for is left out.
// Where dies count, floorplan.json says on which each unit and FIFO is (`slr`), as FINN's
// vitis_floorplan_file does.
#include "design.h"

#include "braid/cost/finn.h"
#include "braid/support/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace braid::targets::finn {

namespace {

using kernel::Kernel;
using kernel::KernelKind;
using nlohmann::ordered_json;

/// One unit or FIFO as FINN sees it.
struct Row {
  std::string name;
  cost::finn::FinnNumbers numbers;
};

std::vector<Row> rowsOf(const Design &design) {
  std::vector<Row> rows;
  const device::Device &device =
      *design.context.cluster.fpgas[static_cast<size_t>(design.project.fpga)].device;
  const bool hasUram = device.capacity()[device::Resource::Uram] > 0;
  const auto add = [&](const std::string &name, const Kernel &kernel) {
    auto numbers = cost::finn::finnNumbers(kernel, hasUram);
    if (!numbers)
      return; // a unit of ours
    if (*numbers)
      rows.push_back({name, **numbers});
    else
      llvm::consumeError(numbers->takeError()); // one that FINN would refuse
  };
  for (size_t i = 0; i < design.names.size(); ++i)
    add(design.names[i], design.graph.units[i].kernel);
  for (size_t c = 0; c < design.fifoNames.size(); ++c)
    if (!design.fifoNames[c].empty()) {
      Kernel fifo;
      fifo.kind = KernelKind::Fifo;
      fifo.depth = design.graph.channels[c].depth;
      fifo.inputs = fifo.outputs = {design.graph.channels[c].port};
      add(design.fifoNames[c], fifo);
    }
  return rows;
}

ordered_json cyclesOf(const std::vector<Row> &rows) {
  ordered_json out = ordered_json::object();
  for (const Row &row : rows)
    if (row.numbers.cyclesModelled)
      out[row.name] = row.numbers.cycles;
  return out;
}

ordered_json resourcesOf(const std::vector<Row> &rows) {
  ordered_json out = ordered_json::object();
  int64_t bram = 0, lut = 0, uram = 0, dsp = 0;
  for (const Row &row : rows) {
    const cost::finn::FinnNumbers &n = row.numbers;
    ordered_json entry = ordered_json::object();
    if (n.memoryModelled) {
      entry["BRAM_18K"] = n.bram18, entry["BRAM_efficiency"] = n.bramEfficiency;
      entry["URAM"] = n.uram, entry["URAM_efficiency"] = n.uramEfficiency;
      bram += n.bram18, uram += n.uram;
    }
    if (n.lutModelled)
      entry["LUT"] = n.lut, lut += n.lut;
    if (n.dspModelled)
      entry["DSP"] = n.dsp, dsp += n.dsp;
    out[row.name] = std::move(entry);
  }
  out["total"] = {{"BRAM_18K", bram}, {"LUT", lut}, {"URAM", uram}, {"DSP", dsp}};
  return out;
}

/// FINN's latency is the sum over the longest path, nothing overlapping.
ordered_json performanceOf(const Design &design, const std::vector<Row> &rows) {
  std::map<std::string, int64_t> cycles;
  for (const Row &row : rows)
    if (row.numbers.cyclesModelled)
      cycles[row.name] = row.numbers.cycles;
  const plan::UnitGraph &graph = design.graph;
  std::vector<int64_t> path(graph.units.size(), 0);
  int64_t most = 0, longest = 0;
  std::string slowest;
  for (size_t i = 0; i < graph.units.size(); ++i) {
    int64_t before = 0;
    for (int input : graph.units[i].inputs)
      if (const int from = graph.channels[static_cast<size_t>(input)].from; from >= 0)
        before = std::max(before, path[static_cast<size_t>(from)]);
    const auto own = cycles.find(design.names[i]);
    path[i] = before + (own == cycles.end() ? 0 : own->second);
    longest = std::max(longest, path[i]);
    if (own != cycles.end() && own->second > most)
      most = own->second, slowest = design.names[i];
  }
  const double period =
      1000.0 / design.context.cluster.fpgas[static_cast<size_t>(design.project.fpga)].clockMhz;
  ordered_json out = {
      {"critical_path_cycles", longest}, {"max_cycles", most}, {"max_cycles_node_name", slowest}};
  if (most > 0)
    out["estimated_throughput_fps"] = 1e9 / period / static_cast<double>(most);
  out["estimated_latency_ns"] = static_cast<double>(longest) * period;
  return out;
}

ordered_json countsOf(const Design &design) {
  ordered_json out = ordered_json::object();
  std::map<std::string, int64_t> total;
  for (size_t i = 0; i < design.names.size(); ++i) {
    const Kernel &k = design.graph.units[i].kernel;
    ordered_json entry = ordered_json::object();
    const auto count = [&](const std::string &what, int64_t number) {
      entry[what] = number;
      total[what] += number;
    };
    if (k.kind == KernelKind::MatrixVector || k.kind == KernelKind::VectorVector) {
      const int64_t columns = k.kind == KernelKind::VectorVector ? k.taps : k.mw;
      count(fmt::format("op_mac_{}bx{}b", std::min(k.inputBits, k.weightBits),
                        std::max(k.inputBits, k.weightBits)),
            k.positions * k.mh * columns);
      count(fmt::format("param_weight_{}b", k.weightBits), k.mh * columns);
    }
    if (k.steps > 0)
      count(fmt::format("param_threshold_{}b", k.kind == KernelKind::Threshold ? k.weightBits : k.accumBits),
            k.channels * k.steps);
    if (!entry.empty())
      out[design.names[i]] = std::move(entry);
  }
  out["total"] = total;
  return out;
}

ordered_json configOf(const Design &design) {
  ordered_json out;
  out["Defaults"] = ordered_json::object();
  for (size_t i = 0; i < design.names.size(); ++i) {
    const Kernel &k = design.graph.units[i].kernel;
    const kernel::Folding &folding = k.implementation.folding;
    ordered_json entry = ordered_json::object();
    switch (k.kind) {
    case KernelKind::MatrixVector:
    case KernelKind::VectorVector:
      entry["PE"] = k.pe, entry["SIMD"] = k.simd;
      entry["ram_style"] = kernel::name(folding.ramStyle);
      entry["resType"] = kernel::name(folding.resType);
      entry["mem_mode"] = kernel::name(folding.memMode);
      entry["runtime_writeable_weights"] = folding.ramStyle == kernel::RamStyle::Ultra ? 1 : 0;
      break;
    case KernelKind::Window:
      entry["SIMD"] = k.simd, entry["parallel_window"] = k.pe == k.simd ? 0 : 1;
      break;
    case KernelKind::ZeroPad:
    case KernelKind::Concat:
      entry["SIMD"] = k.simd;
      break;
    case KernelKind::Convert:
      continue;
    default:
      entry["PE"] = k.kind == KernelKind::ArgMax ? k.simd : k.pe;
    }
    out[design.names[i]] = std::move(entry);
  }
  for (size_t c = 0; c < design.fifoNames.size(); ++c)
    if (!design.fifoNames[c].empty())
      out[design.fifoNames[c]] = {
          {"ram_style", "auto"}, {"depth", design.graph.channels[c].depth}, {"impl_style", "rtl"}};
  return out;
}

ordered_json floorplanOf(const Design &design) {
  ordered_json out = {{"Defaults", ordered_json::object()}};
  for (size_t i = 0; i < design.names.size(); ++i)
    out[design.names[i]] = {{"slr", design.floorplan->units[i]}};
  for (size_t c = 0; c < design.fifoNames.size(); ++c)
    if (!design.fifoNames[c].empty())
      out[design.fifoNames[c]] = {{"slr", design.floorplan->fifos[c]}};
  return out;
}

} // namespace

void addReports(emit::Emission &out, const Design &design) {
  const std::vector<Row> rows = rowsOf(design);
  const auto add = [&](const char *name, const ordered_json &json) {
    out.addText(fmt::format("report/{}.json", name), json.dump(2) + "\n");
  };
  add("estimate_layer_cycles", cyclesOf(rows));
  add("estimate_layer_resources", resourcesOf(rows));
  add("estimate_network_performance", performanceOf(design, rows));
  add("op_and_param_counts", countsOf(design));
  add("final_hw_config", configOf(design));
  if (design.floorplan)
    add("floorplan", floorplanOf(design));
}

} // namespace braid::targets::finn
