#include "report_proof.h"

#include "braid/driver/report.h"
#include "braid/plan/floorplan.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

double microseconds(int64_t femtoseconds) { return static_cast<double>(femtoseconds) * 1e-9; }

const device::Device &deviceOf(const pass::Design &design, const plan::FpgaCost &fpga) {
  return *design.cluster.fpgas[static_cast<size_t>(fpga.fpga)].device;
}

/// In hundredths of a percent.
double percentOf(const device::Average &average) { return std::round(average.percent() * 100) / 100; }

} // namespace

llvm::ArrayRef<device::Resource> resourcesOf(const device::Device &device) {
  return llvm::ArrayRef(device::kResources).drop_back(device.has(device::Resource::Hbm) ? 0 : 1);
}

int widthOf(device::Resource resource) {
  static constexpr int kWidths[device::kResources.size()] = {9, 9, 7, 5, 6, 4};
  return kWidths[static_cast<size_t>(resource)];
}

double rounded(double value) { return std::stod(fmt::format("{:.6g}", value)); }

std::string proofText(const pass::Design &design) {
  if (!design.proof)
    return "";
  const plan::Proof &proof = *design.proof;
  if (proof.fewestFpgas > 0)
    return fmt::format(
        "proven: on fewer than {} FPGAs no plan of consecutive layers {}{} (certificate.json)\n",
        proof.fewestFpgas,
        design.options.fps ? fmt::format("makes {} frames/s", shortest(*design.options.fps)) : "fits",
        proof.anywhereFs >= proof.boundFs ? ", nor does any other placement" : "");
  // The problem leaves out what only a whole plan shows (converters' own pace): then its period is a bound,
  // too.
  const double reached = microseconds(proof.periodFs) * (1 + 1e-6);
  const bool isReached = design.evaluation->periodUs <= reached;
  const bool isBest = isReached && proof.boundFs >= proof.periodFs - 1;
  std::string out = isBest ? "proven: no plan of consecutive layers has a shorter period"
                           : fmt::format("proven: plans of consecutive layers have periods above {:.3f} us",
                                         microseconds(proof.boundFs));
  if (isReached && proof.anywhereFs >= proof.periodFs - 1)
    out += ", nor has any other placement";
  else if (proof.anywhereFs > 0)
    out += fmt::format("; any placement, above {:.3f} us", microseconds(proof.anywhereFs));
  return out + " (certificate.json)\n";
}

ordered_json proofJson(const pass::Design &design) {
  if (!design.proof)
    return nullptr;
  const plan::Proof &proof = *design.proof;
  if (proof.fewestFpgas > 0)
    return {{"fewest_fpgas", proof.fewestFpgas},
            {"fewer_above_fs", proof.boundFs},
            {"fewer_any_placement_above_fs", proof.anywhereFs}};
  return {{"period_fs", proof.periodFs},
          {"contiguous_above_fs", proof.boundFs},
          {"any_placement_above_fs", proof.anywhereFs}};
}

std::string diesText(const pass::Design &design, const plan::FpgaCost &fpga) {
  std::string out;
  const device::Device &device = deviceOf(design, fpga);
  for (size_t d = 0; d < fpga.dies.size(); ++d) {
    const plan::DieCost &die = fpga.dies[d];
    std::string wires;
    if (d + 1 < fpga.dies.size())
      wires = fmt::format(", {} of {} wires to {}", withThousands(die.wires),
                          withThousands(device.sllPerBoundary), device.dies[d + 1].name);
    out += fmt::format("  {:<80}", fmt::format("{}: used of its budget{}", device.dies[d].name, wires));
    for (device::Resource r : resourcesOf(device)) {
      out += fmt::format(" {:>{}}",
                         die.budget[r] > 0 ? fmt::format("{:.0f}%", 100.0 * static_cast<double>(die.used[r]) /
                                                                        static_cast<double>(die.budget[r]))
                                           : "-",
                         widthOf(r));
    }
    out += "\n";
  }
  return out;
}

ordered_json diesJson(const pass::Design &design, const plan::FpgaCost &fpga) {
  ordered_json out = ordered_json::array();
  const device::Device &device = deviceOf(design, fpga);
  for (size_t d = 0; d < fpga.dies.size(); ++d) {
    ordered_json row = {{"name", device.dies[d].name}};
    for (const auto &[key, resources] :
         {std::pair("used", &fpga.dies[d].used), std::pair("budget", &fpga.dies[d].budget),
          std::pair("reserved", &fpga.dies[d].reserved)})
      for (device::Resource r : resourcesOf(device))
        row[key][device::name(r)] = (*resources)[r];
    row["average_percent"] = percentOf(device::averageOf(fpga.dies[d], fpga.dies[d].used));
    if (d + 1 < fpga.dies.size())
      row["wires_to_next"] = fpga.dies[d].wires;
    out.push_back(std::move(row));
  }
  return out;
}

ordered_json floorplanJson(const pass::Design &design, const plan::FpgaCost &fpga) {
  ordered_json out = ordered_json::array();
  if (fpga.dies.empty())
    return out;
  const device::Device &device = deviceOf(design, fpga);
  for (const plan::NodeCost &cost : fpga.nodes) {
    const plan::Node &node = cost.node;
    ordered_json row = {{"kernel", node.kernel.name}, {"stage", node.stage}, {"layer", nullptr}};
    if (node.layer != ir::LayerId::None)
      row["layer"] = printable(design.split.model.layer(node.layer).name);
    row["die"] = device.dies[static_cast<size_t>(plan::dieOf(node, design.split.plan, device))].name;
    for (device::Resource r : device::kResources)
      row["used"][device::name(r)] = cost.estimate.resources[r];
    out.push_back(std::move(row));
  }
  return out;
}

std::string averageText(const pass::Design &design, const plan::FpgaCost &fpga) {
  std::vector<std::string> each;
  for (size_t d = 0; d < fpga.dies.size(); ++d)
    each.push_back(fmt::format("{} {:.2f} %", deviceOf(design, fpga).dies[d].name,
                               percentOf(device::averageOf(fpga.dies[d], fpga.dies[d].used))));
  if (fpga.dies.empty())
    each.push_back(fmt::format("{:.2f} %", percentOf(device::averageOf(fpga, fpga.used))));
  return fmt::format("  BRAM18, URAM and DSP in the mean: {}; at most {} %\n", fmt::join(each, ", "),
                     design.options.limits.average);
}

std::vector<std::string> constraintsOf(const plan::Options &options) {
  std::vector<std::string> out;
  for (const plan::Pin &pin : options.pins)
    out.push_back("--pin " + printable(plan::toString(pin)));
  for (const std::string &name : options.forbidden)
    out.push_back("--forbid " + name);
  for (const device::Reservation &reservation : options.limits.reserved)
    out.push_back("--reserve " + device::toString(reservation));
  return out;
}

} // namespace braid::driver
