#include "braid/driver/report.h"

#include "report_proof.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace braid::driver {
namespace {

using device::Resources;
using nlohmann::ordered_json;

/// One line of a report: a layer, or a kind of what moves its streams.
struct Row {
  std::string name, kind, implementation, basis;
  Resources resources;
  int64_t interval = 0, latency = 0;
};

std::string text(const std::string &name) { return printable(name, 40); }

const device::Fpga &fpgaOf(const pass::Design &design, int fpga) {
  return design.cluster.fpgas[static_cast<size_t>(fpga)];
}

/// `fpga0`, and `fpga0.1` for its second stage.
std::string partName(const pass::Design &design, plan::Part part) {
  return fpgaOf(design, part.fpga).name + (part.stage ? fmt::format(".{}", part.stage) : "");
}

/// Transport is told by what it is for: a reader wants to know what moves cost, not 40 FIFOs.
const char *transportName(const plan::Node &node) {
  using kernel::KernelKind;
  switch (node.kernel.kind) {
  case KernelKind::Fifo:
    return node.layer == ir::LayerId::None && node.beside == ir::LayerId::None &&
                   (node.stream == ir::StreamId::None || node.kernel.name != "fifo")
               ? "FIFOs at the ends"
               : "FIFOs of streams";
  case KernelKind::Clone:
    return "copies of streams";
  case KernelKind::Convert:
    return "width converters";
  case KernelKind::Dma:
    return "memory movers";
  case KernelKind::Unpack:
  case KernelKind::Pack:
    return "words to streams";
  case KernelKind::Arbiter:
  case KernelKind::Demux: // without packets: between a DMA and the streams it moves
    return node.kernel.packets > 0 ? "packets and ports" : "memory movers";
  case KernelKind::Packetizer:
  case KernelKind::Depacketizer:
  case KernelKind::Idle:
    return "packets and ports";
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
    break;
  }
  BRAID_CHECK(false, "no transport");
}

/// A layer's choice in short.
std::string choiceOf(const ir::Layer &layer, const kernel::Implementation &made) {
  const kernel::Folding &folding = made.folding;
  if (made.style == kernel::Style::Hls4ml)
    return ir::isLinear(layer.op) ? fmt::format("{} RF {}", kernel::name(made.strategy), made.reuse) : "";
  if (!ir::isLinear(layer.op))
    return fmt::format("PE {}", folding.pe);
  std::string out = fmt::format("PE {} SIMD {}", folding.pe, folding.simd);
  if (folding.resType != kernel::ResType::Auto)
    out += fmt::format(" {}", kernel::name(folding.resType));
  if (folding.memMode == kernel::MemMode::External)
    out += " external";
  else if (folding.memMode == kernel::MemMode::Decoupled)
    out += fmt::format(" {}", kernel::name(folding.ramStyle));
  return out;
}

/// What the network stacks of an FPGA rest on.
std::string stackBasis(const pass::Design &design, int fpga) {
  for (const plan::Crossing &crossing : design.split.plan.crossings)
    if (crossing.from == fpga || crossing.to == fpga)
      if (const device::Link *link = design.cluster.firstLink(crossing.from, crossing.to);
          link && link->type->assumed.count("portCost"))
        return cost::name(cost::Basis::Assumed);
  return "tabled";
}

/// Kernels summed by layer; transport summed by kind.
std::vector<Row> rowsOf(const pass::Design &design, const plan::FpgaCost &fpga) {
  std::vector<Row> rows;
  std::map<ir::LayerId, size_t> at;
  std::map<std::string, std::pair<Row, cost::Basis>> transport;
  std::map<ir::LayerId, cost::Basis> weakest;
  for (const plan::NodeCost &node : fpga.nodes) {
    if (node.node.isTransport()) {
      auto &[row, basis] =
          transport
              .try_emplace(transportName(node.node),
                           Row{transportName(node.node), "transport", "", "", {}, 0, 0}, cost::Basis::Exact)
              .first->second;
      row.resources += node.estimate.resources;
      if (node.node.kernel.kind != kernel::KernelKind::Fifo) {
        row.interval = std::max(row.interval, node.estimate.interval);
        row.latency = std::max(row.latency, node.estimate.fill);
      }
      basis = std::max(basis, node.estimate.basis);
      continue;
    }
    const ir::Layer &layer = design.split.model.layer(node.node.layer);
    auto [place, isNew] = at.try_emplace(layer.id, rows.size());
    if (isNew) {
      const auto &implementation = design.split.plan.of(layer.id).implementation;
      rows.push_back(
          {text(layer.name), ir::kindName(layer.op), choiceOf(layer, implementation), "", {}, 0, 0});
    }
    Row &row = rows[place->second];
    row.resources += node.estimate.resources;
    row.interval = std::max(row.interval, node.estimate.interval);
    row.latency += node.estimate.latency;
    weakest[layer.id] = std::max(weakest[layer.id], node.estimate.basis); // begins with Exact
  }
  for (const auto &[layer, place] : at)
    rows[place].basis = cost::name(weakest.at(layer));
  for (auto &entry : transport) {
    entry.second.first.basis = cost::name(entry.second.second);
    rows.push_back(std::move(entry.second.first));
  }
  if (fpga.stack != Resources{})
    rows.push_back({"network stack", "transport", "", stackBasis(design, fpga.fpga), fpga.stack, 0, 0});
  return rows;
}

bool isFedFromOutside(const kernel::Kernel &kernel) {
  return kernel.implementation.style == kernel::Style::Finn &&
         kernel.implementation.folding.memMode == kernel::MemMode::External;
}

/// What of this report has no source: allowances and assumptions, in words.
std::vector<std::string> assumptionsOf(const pass::Design &design) {
  std::vector<std::string> out;
  const auto add = [&](std::string line) {
    if (std::find(out.begin(), out.end(), line) == out.end())
      out.push_back(std::move(line));
  };
  for (const plan::FpgaCost &fpga : design.evaluation->fpgas) {
    for (const plan::NodeCost &node : fpga.nodes)
      if (node.estimate.basis == cost::Basis::Assumed)
        add(fmt::format("area and start-up of {}: an allowance, no report of one is at hand",
                        isFedFromOutside(node.node.kernel) ? "readers of external weights"
                                                           : node.node.kernel.name));
    const device::Device &device = *fpgaOf(design, fpga.fpga).device;
    for (const auto &[field, what] : device.assumed)
      add(fmt::format("{} of {}: {}", field, device.name, what));
  }
  for (const plan::CrossingCost &cost : design.evaluation->crossings) {
    if (cost.crossing.isLocal())
      continue;
    const device::LinkType &type = *design.cluster.firstLink(cost.crossing.from, cost.crossing.to)->type;
    for (const auto &[field, what] : type.assumed)
      add(fmt::format("{} of {}: {}", field, type.name, what));
  }
  return out;
}

/// `fpga0`, or with its copies `fpga0, fpga2`.
std::string withCopies(const pass::Design &design, const plan::FpgaCost &fpga) {
  std::string out = fpgaOf(design, fpga.fpga).name;
  for (int copy : fpga.copies)
    out += ", " + fpgaOf(design, copy).name;
  return out;
}

/// ` x3` behind what there are three of.
std::string times(const pass::Design &design, int fpga) {
  const int replicas = design.split.plan.replicaCount(fpga);
  return replicas > 1 ? fmt::format(" x{}", replicas) : std::string();
}

/// Who deals frames out to copies and who collects them.
struct Turns {
  std::string part; ///< `host`, or an FPGA
  bool deals = false;
  int fpga = 0; ///< That has the copies
  ir::StreamId stream = ir::StreamId::None;
};
std::vector<Turns> turnsOf(const pass::Design &design) {
  std::vector<Turns> out;
  for (const plan::EndCost &end : design.evaluation->ends)
    if (end.lanes > 1)
      out.push_back({"host", end.isInput, end.fpga, end.stream});
  const plan::Plan &plan = design.split.plan;
  for (const plan::Crossing &c : plan.crossings)
    if (const int from = plan.replicaCount(c.from), to = plan.replicaCount(c.to); from != to)
      out.push_back(
          {fpgaOf(design, from > to ? c.to : c.from).name, from<to, from> to ? c.from : c.to, c.stream});
  return out;
}

std::string percent(int64_t part, int64_t whole) {
  return whole > 0 ? fmt::format("{:.0f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole))
                   : "-";
}

ordered_json resourcesJson(const Resources &resources, const device::Device &device) {
  ordered_json out;
  for (device::Resource r : resourcesOf(device))
    out[device::name(r)] = resources[r];
  return out;
}

double framesPerSecond(const device::Fpga &fpga, int64_t interval) {
  return fpga.clockMhz * 1e6 / static_cast<double>(interval);
}

/// Clocks of the FPGAs in use, `200` or `200, 250`.
std::string clocksOf(const pass::Design &design) {
  std::vector<std::string> clocks;
  for (const plan::FpgaCost &fpga : design.evaluation->fpgas)
    if (const std::string clock = fmt::format("{}", fpgaOf(design, fpga.fpga).clockMhz);
        std::find(clocks.begin(), clocks.end(), clock) == clocks.end())
      clocks.push_back(clock);
  return fmt::format("{}", fmt::join(clocks, ", "));
}

std::string latencyBasis(const pass::Design &design, const plan::CrossingCost &cost) {
  if (cost.crossing.isLocal())
    return cost::name(cost::Basis::Structural);
  return design.cluster.firstLink(cost.crossing.from, cost.crossing.to)->type->assumed.count("latencyUs")
             ? cost::name(cost::Basis::Assumed)
             : "tabled";
}

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
  out["proof"] = proofJson(design);
  out["cost_model"] = design.costs->name();
  out["stage"] = cost::name(cost::Stage::Vsynth);
  out["fpgas_used"] = e.fpgaCount();
  out["replicas"] = design.split.plan.replicaCount();
  out["frames_per_second"] = rounded(e.framesPerSecond());
  out["clocks_mhz"] = clocksOf(design);
  out["period_us"] = rounded(e.periodUs);
  out["latency_us"] = rounded(e.latencyUs);
  out["bottleneck"] = e.bottleneck;
  ordered_json limits;
  const bool hasChannels = llvm::any_of(
      design.cluster.fpgas, [](const device::Fpga &fpga) { return fpga.device->has(device::Resource::Hbm); });
  for (device::Resource r : llvm::ArrayRef(device::kResources).drop_back(hasChannels ? 0 : 1))
    limits[device::name(r)] = design.options.limits.percent[static_cast<size_t>(r)];
  limits["average"] = design.options.limits.average;
  out["limits_percent"] = std::move(limits);
  out["constraints"] = constraintsOf(design.options);
  out["fpgas"] = ordered_json::array();
  for (const plan::FpgaCost &fpga : e.fpgas) {
    const device::Fpga &f = fpgaOf(design, fpga.fpga);
    ordered_json row;
    row["name"] = f.name;
    row["copies"] = ordered_json::array();
    for (int copy : fpga.copies)
      row["copies"].push_back(fpgaOf(design, copy).name);
    row["device"] = f.device->name;
    row["clock_mhz"] = f.clockMhz;
    row["interval_cycles"] = fpga.interval;
    row["latency_cycles"] = fpga.latency;
    row["frames_per_second"] = rounded(framesPerSecond(f, fpga.interval));
    row["used"] = resourcesJson(fpga.used, *f.device);
    row["budget"] = resourcesJson(fpga.budget, *f.device);
    row["shell"] = resourcesJson(fpga.shell, *f.device);
    row["reserved"] = resourcesJson(fpga.reserved, *f.device);
    row["average_percent"] = rounded(device::averageOf(fpga, fpga.used).percent());
    row["available"] = resourcesJson(fpga.capacity, *f.device);
    row["dies"] = diesJson(design, fpga);
    row["floorplan"] = floorplanJson(design, fpga);
    row["layers"] = ordered_json::array();
    for (const Row &layer : rowsOf(design, fpga))
      row["layers"].push_back({{"name", layer.name},
                               {"kind", layer.kind},
                               {"implementation", layer.implementation},
                               {"interval_cycles", layer.interval},
                               {"latency_cycles", layer.latency},
                               {"used", resourcesJson(layer.resources, *f.device)},
                               {"basis", layer.basis}});
    out["fpgas"].push_back(std::move(row));
  }
  out["crossings"] = ordered_json::array();
  for (const plan::CrossingCost &c : e.crossings)
    out["crossings"].push_back({{"id", c.crossing.id},
                                {"stream", text(design.split.model.stream(c.crossing.stream).name)},
                                {"from", partName(design, c.crossing.sender())},
                                {"to", partName(design, c.crossing.receiver())},
                                {"lanes", c.lanes},
                                {"link", c.link},
                                {"bits_per_frame", c.payloadBits},
                                {"payload_bytes", c.payloadBytes},
                                {"wire_bytes", c.wireBytes},
                                {"microseconds", rounded(c.microseconds)},
                                {"latency_us", rounded(c.latencyUs)},
                                {"latency_basis", latencyBasis(design, c)},
                                {"share_of_period", rounded(c.microseconds / c.lanes / e.periodUs)}});
  out["ends"] = ordered_json::array();
  for (const plan::EndCost &end : e.ends)
    out["ends"].push_back({{"stream", text(design.split.model.stream(end.stream).name)},
                           {"fpga", fpgaOf(design, end.fpga).name},
                           {"direction", end.isInput ? "in" : "out"},
                           {"lanes", end.lanes},
                           {"way", end.way},
                           {"bits_per_frame", end.payloadBits},
                           {"wire_bytes", end.wireBytes},
                           {"microseconds", rounded(end.microseconds)},
                           {"share_of_period", rounded(end.microseconds / end.lanes / e.periodUs)}});
  out["turns"] = ordered_json::array();
  for (const Turns &turns : turnsOf(design))
    out["turns"].push_back({{"part", turns.part},
                            {"deals", turns.deals},
                            {"stream", text(design.split.model.stream(turns.stream).name)},
                            {"fpga", fpgaOf(design, turns.fpga).name}});
  out["assumptions"] = assumptionsOf(design);
  out["notes"] = design.notes;
  return out;
}

std::string reportText(const pass::Design &design) {
  const plan::Evaluation &e = *design.evaluation;
  std::string out =
      fmt::format("{}: {} layers, {} parameters, {} on {} of {} FPGAs of {}, {}\n", text(design.source.name),
                  design.typed.layers.size(), withThousands([&] {
                    int64_t sum = 0;
                    for (const ir::Layer &layer : design.typed.layers)
                      sum += ir::parameters(layer);
                    return sum;
                  }()),
                  num::toString(design.precision.base), e.fpgaCount(), design.cluster.fpgas.size(),
                  design.cluster.name, kernel::name(design.plan.io));
  if (!design.options.fpgas && design.split.plan.replicaCount() == 1 &&
      (llvm::StringRef(design.plan.solver).startswith("chain-dp") ||
       llvm::StringRef(design.plan.solver).startswith("elastic")))
    out += fmt::format(
        "the fewest FPGAs {}: {}{}\n",
        design.options.fps ? fmt::format("found for {} frames/s", shortest(*design.options.fps)) : "that fit",
        e.fpgaCount(),
        static_cast<size_t>(design.cluster.fpgas.size()) > e.fpgaCount() ? " (--fpgas N asks for more)" : "");
  out += fmt::format("{} frames/s at {} MHz, period {:.3f} us, latency {:.3f} us with links; slowest: {}\n",
                     withThousands(static_cast<int64_t>(e.framesPerSecond())), clocksOf(design), e.periodUs,
                     e.latencyUs, e.bottleneck);
  out += fmt::format("resources after {} by cost model {}; cuts by {}\n", cost::name(cost::Stage::Vsynth),
                     design.costs->name(), design.plan.solver);
  out += proofText(design);
  if (const std::vector<std::string> asked = constraintsOf(design.options); !asked.empty())
    out += fmt::format("within {}\n", fmt::join(asked, " "));
  for (const plan::FpgaCost &fpga : e.fpgas) {
    const device::Fpga &f = fpgaOf(design, fpga.fpga);
    out +=
        fmt::format("\n{} ({}): interval {} cycles = {} frames/s at {} MHz, latency {} cycles = {:.3f} us\n",
                    withCopies(design, fpga), f.device->name, withThousands(fpga.interval),
                    withThousands(static_cast<int64_t>(framesPerSecond(f, fpga.interval))), f.clockMhz,
                    withThousands(fpga.latency), static_cast<double>(fpga.latency) / f.clockMhz);
    const auto cells = [&](auto &&value) {
      std::string own;
      for (device::Resource r : resourcesOf(*f.device))
        own += fmt::format(" {:>{}}", value(r), widthOf(r));
      return own;
    };
    out += fmt::format("  {:<24} {:<14} {:<18} {:>10} {:>10}{}  basis\n", "layer", "kind", "implementation",
                       "interval", "latency", cells([](device::Resource r) { return device::name(r); }));
    for (const Row &row : rowsOf(design, fpga))
      out += fmt::format(
          "  {:<24} {:<14} {:<18} {:>10} {:>10}{}  {}\n", row.name.substr(0, 24), row.kind.substr(0, 14),
          row.implementation, row.interval ? withThousands(row.interval) : "",
          row.latency ? withThousands(row.latency) : "",
          cells([&](device::Resource r) { return withThousands(row.resources[r]); }), row.basis);
    auto line = [&](const std::string &name, auto &&value) {
      out += fmt::format("  {:<80}{}\n", name, cells(value));
    };
    line("used", [&](device::Resource r) { return withThousands(fpga.used[r]); });
    const auto limits =
        llvm::ArrayRef(design.options.limits.percent).take_front(resourcesOf(*f.device).size());
    const char *const taken = fpga.shell == Resources{} ? "" : " less its shell",
                      *const reserved = fpga.reserved == Resources{} ? ""
                                        : fpga.shell == Resources{}  ? " less what is reserved"
                                                                     : " and reserved";
    line(fmt::format("budget: {} % of the device{}{}", fmt::join(limits, ", "), taken, reserved),
         [&](device::Resource r) { return withThousands(fpga.budget[r]); });
    line("used of budget", [&](device::Resource r) { return percent(fpga.used[r], fpga.budget[r]); });
    if (fpga.shell != Resources{})
      line("shell", [&](device::Resource r) { return withThousands(fpga.shell[r]); });
    if (fpga.reserved != Resources{})
      line("reserved", [&](device::Resource r) { return withThousands(fpga.reserved[r]); });
    out += diesText(design, fpga);
    out += averageText(design, fpga);
    line("device", [&](device::Resource r) { return withThousands(fpga.capacity[r]); });
  }
  out += fmt::format("\n  {:<4} {:<24} {:<18} {:<10} {:>12} {:>12} {:>12} {:>12} {:>9}\n", "id", "stream",
                     "from -> to", "link", "bits/frame", "wire bytes", "wire us", "latency us", "of period");
  const auto move = [&](const std::string &id, ir::StreamId stream, const std::string &way,
                        const std::string &link, int64_t bits, int64_t bytes, double us, int lanes,
                        const std::string &latency) {
    out += fmt::format("  {:<4} {:<24} {:<18} {:<10} {:>12} {:>12} {:>12} {:>12} {:>9}\n", id,
                       text(design.split.model.stream(stream).name).substr(0, 24), way, link,
                       withThousands(bits), withThousands(bytes), us > 0 ? fmt::format("{:.3f}", us) : "-",
                       latency, us > 0 ? fmt::format("{:.0f}%", 100 * us / lanes / e.periodUs) : "-");
  };
  for (const plan::EndCost &end : e.ends)
    if (end.isInput)
      move("", end.stream, "host -> " + fpgaOf(design, end.fpga).name + times(design, end.fpga), end.way,
           end.payloadBits, end.wireBytes, end.microseconds, end.lanes, "-");
  for (const plan::CrossingCost &c : e.crossings)
    move(std::to_string(c.crossing.id), c.crossing.stream,
         partName(design, c.crossing.sender()) + times(design, c.crossing.from) + " -> " +
             partName(design, c.crossing.receiver()) + times(design, c.crossing.to),
         c.link, c.payloadBits, c.wireBytes, c.microseconds, c.lanes, fmt::format("{:.3f}", c.latencyUs));
  for (const plan::EndCost &end : e.ends)
    if (!end.isInput)
      move("", end.stream, fpgaOf(design, end.fpga).name + times(design, end.fpga) + " -> host", end.way,
           end.payloadBits, end.wireBytes, end.microseconds, end.lanes, "-");
  for (const Turns &turns : turnsOf(design))
    out += fmt::format("{} {} frames of '{}' in turn {} the {} copies of {}\n", turns.part,
                       turns.deals ? "deals" : "collects", text(design.split.model.stream(turns.stream).name),
                       turns.deals ? "to" : "from", design.split.plan.replicaCount(turns.fpga),
                       fpgaOf(design, turns.fpga).name);
  for (const std::string &line : assumptionsOf(design))
    out += "assumed: " + line + "\n";
  for (const std::string &note : design.notes)
    out += "note: " + note + "\n";
  return out;
}

} // namespace braid::driver
