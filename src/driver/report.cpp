#include "braid/driver/report.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;
using device::Resources;

/// One line of a report: a layer, or what moves its streams.
struct Row {
  std::string name, kind, implementation, basis;
  Resources resources;
  int64_t interval = 0, latency = 0;
};

std::string text(const std::string &name) { return printable(name, 40); }

/// Kernels summed by layer; transport summed in one row.
std::vector<Row> rowsOf(const pass::Design &design, const plan::FpgaCost &fpga) {
  std::vector<Row> rows;
  std::map<ir::LayerId, size_t> at;
  Row transport{"transport", "FIFO, copy, link", "", "", {}, 0, 0};
  cost::Basis weakest = cost::Basis::Exact;
  for (const plan::NodeCost &node : fpga.nodes) {
    if (node.node.isTransport()) {
      transport.resources += node.estimate.resources;
      transport.interval = std::max(transport.interval, node.estimate.interval);
      weakest = std::max(weakest, node.estimate.basis);
      continue;
    }
    const ir::Layer &layer = design.typed.layer(node.node.layer);
    auto [place, isNew] = at.try_emplace(layer.id, rows.size());
    if (isNew) {
      const auto &implementation = design.plan.of(layer.id).implementation;
      rows.push_back({text(layer.name), ir::kindName(layer.op),
                      ir::isLinear(layer.op) ? fmt::format("{} RF {}", kernel::name(implementation.strategy), implementation.reuse) : "",
                      cost::name(node.estimate.basis), {}, 0, 0});
    }
    Row &row = rows[place->second];
    row.resources += node.estimate.resources;
    row.interval = std::max(row.interval, node.estimate.interval);
    row.latency += node.estimate.latency;
  }
  transport.basis = cost::name(weakest);
  Resources listed = transport.resources;
  for (const Row &row : rows)
    listed += row.resources;
  if (transport.resources != Resources{})
    rows.push_back(transport);
  // What the FPGA pays beyond its kernels is its share of the network stack.
  if (const Resources stack = fpga.used - listed; stack != Resources{})
    rows.push_back({"network stack", "link", "", "table", stack, 0, 0});
  return rows;
}

std::string percent(int64_t part, int64_t whole) { return whole > 0 ? fmt::format("{:.0f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole)) : "-"; }

ordered_json resourcesJson(const Resources &resources) {
  ordered_json out;
  for (device::Resource r : device::kResources)
    out[device::name(r)] = resources[r];
  return out;
}

double rounded(double value) { return std::stod(fmt::format("{:.6g}", value)); }

const device::Fpga &fpgaOf(const pass::Design &design, int fpga) { return design.cluster.fpgas[static_cast<size_t>(fpga)]; }

} // namespace

ordered_json reportJson(const pass::Design &design) {
  const plan::Evaluation &e = *design.evaluation;
  ordered_json out;
  out["schema"] = "braid-report-1";
  out["model"] = printable(design.source.name, 200);
  out["cluster"] = design.cluster.name;
  out["precision"] = num::toString(design.precision.base);
  out["io"] = kernel::name(design.plan.io);
  out["solver"] = design.plan.solver;
  out["cost_model"] = design.costs->name();
  out["stage"] = cost::name(cost::Stage::Vsynth);
  out["fpgas_used"] = e.fpgas.size();
  out["frames_per_second"] = rounded(e.framesPerSecond());
  out["period_us"] = rounded(e.periodUs);
  out["latency_us"] = rounded(e.latencyUs);
  out["bottleneck"] = e.bottleneck;
  out["fpgas"] = ordered_json::array();
  for (const plan::FpgaCost &fpga : e.fpgas) {
    const device::Fpga &f = fpgaOf(design, fpga.fpga);
    ordered_json row;
    row["name"] = f.name;
    row["device"] = f.device->name;
    row["clock_mhz"] = f.clockMhz;
    row["interval_cycles"] = fpga.interval;
    row["latency_cycles"] = fpga.latency;
    row["used"] = resourcesJson(fpga.used);
    row["budget"] = resourcesJson(fpga.budget);
    row["shell"] = resourcesJson(fpga.shell);
    row["available"] = resourcesJson(fpga.capacity);
    row["layers"] = ordered_json::array();
    for (const Row &layer : rowsOf(design, fpga))
      row["layers"].push_back({{"name", layer.name}, {"kind", layer.kind}, {"implementation", layer.implementation},
                               {"interval_cycles", layer.interval}, {"latency_cycles", layer.latency},
                               {"used", resourcesJson(layer.resources)}, {"basis", layer.basis}});
    out["fpgas"].push_back(std::move(row));
  }
  out["crossings"] = ordered_json::array();
  for (const plan::CrossingCost &c : e.crossings)
    out["crossings"].push_back({{"id", c.crossing.id},
                                {"stream", text(design.typed.stream(c.crossing.stream).name)},
                                {"from", fpgaOf(design, c.crossing.from).name},
                                {"to", fpgaOf(design, c.crossing.to).name},
                                {"link", c.link},
                                {"bits_per_frame", c.payloadBits},
                                {"payload_bytes", c.payloadBytes},
                                {"wire_bytes", c.wireBytes},
                                {"microseconds", rounded(c.microseconds)},
                                {"latency_us", rounded(c.latencyUs)}});
  out["notes"] = design.notes;
  return out;
}

std::string reportText(const pass::Design &design) {
  const plan::Evaluation &e = *design.evaluation;
  std::string out = fmt::format("{}: {} layers, {} parameters, {} on {} of {} FPGAs of {}, {}\n", text(design.source.name), design.typed.layers.size(),
                                withThousands([&] {
                                  int64_t sum = 0;
                                  for (const ir::Layer &layer : design.typed.layers)
                                    sum += ir::parameters(layer);
                                  return sum;
                                }()),
                                num::toString(design.precision.base), e.fpgas.size(), design.cluster.fpgas.size(), design.cluster.name,
                                kernel::name(design.plan.io));
  if (!design.options.fpgas)
    out += fmt::format("the fewest FPGAs that fit: {}{}\n", e.fpgas.size(),
                       static_cast<size_t>(design.cluster.fpgas.size()) > e.fpgas.size() ? " (--fpgas N asks for more)" : "");
  out += fmt::format("{} frames/s, period {:.3f} us, latency {:.3f} us; slowest: {}\n", withThousands(static_cast<int64_t>(e.framesPerSecond())),
                     e.periodUs, e.latencyUs, e.bottleneck);
  for (const plan::FpgaCost &fpga : e.fpgas) {
    const device::Fpga &f = fpgaOf(design, fpga.fpga);
    out += fmt::format("\n{} ({}, {} MHz): interval {} cycles = {:.0f} frames/s at {} MHz, latency {} cycles\n", f.name, f.device->name, f.clockMhz,
                       withThousands(fpga.interval), f.clockMhz * 1e6 / static_cast<double>(fpga.interval), f.clockMhz, withThousands(fpga.latency));
    out += fmt::format("  {:<24} {:<14} {:<18} {:>10} {:>9} {:>9} {:>7} {:>5} {:>6}  {}\n", "layer", "kind", "implementation", "interval", "LUT", "FF",
                       "BRAM18", "URAM", "DSP", "basis");
    for (const Row &row : rowsOf(design, fpga))
      out += fmt::format("  {:<24} {:<14} {:<18} {:>10} {:>9} {:>9} {:>7} {:>5} {:>6}  {}\n", row.name.substr(0, 24), row.kind.substr(0, 14),
                         row.implementation, row.interval ? withThousands(row.interval) : "", withThousands(row.resources[device::Resource::Lut]),
                         withThousands(row.resources[device::Resource::Ff]), withThousands(row.resources[device::Resource::Bram18]),
                         row.resources[device::Resource::Uram], row.resources[device::Resource::Dsp], row.basis);
    auto line = [&](const char *name, auto &&value) {
      out += fmt::format("  {:<69}", name);
      static constexpr int kWidths[] = {9, 9, 7, 5, 6};
      for (size_t i = 0; i < device::kResources.size(); ++i)
        out += fmt::format(" {:>{}}", value(device::kResources[i]), kWidths[i]);
      out += "\n";
    };
    line("used", [&](device::Resource r) { return withThousands(fpga.used[r]); });
    line("budget", [&](device::Resource r) { return withThousands(fpga.budget[r]); });
    line("of budget", [&](device::Resource r) { return percent(fpga.used[r], fpga.budget[r]); });
  }
  if (!e.crossings.empty()) {
    out += fmt::format("\n  {:<4} {:<24} {:<16} {:<10} {:>12} {:>12} {:>12} {:>12}\n", "id", "stream", "from -> to", "link", "bits/frame", "wire bytes",
                       "wire us", "latency us");
    for (const plan::CrossingCost &c : e.crossings)
      out += fmt::format("  {:<4} {:<24} {:<16} {:<10} {:>12} {:>12} {:>12.3f} {:>12.3f}\n", c.crossing.id,
                         text(design.typed.stream(c.crossing.stream).name).substr(0, 24),
                         fpgaOf(design, c.crossing.from).name + " -> " + fpgaOf(design, c.crossing.to).name, c.link, withThousands(c.payloadBits),
                         withThousands(c.wireBytes), c.microseconds, c.latencyUs);
  }
  for (const std::string &note : design.notes)
    out += "note: " + note + "\n";
  return out;
}

} // namespace braid::driver
