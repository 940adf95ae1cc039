// An earlier plan, read for a model and a cluster that may have changed since.
#include "braid/plan/near_file.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace braid::plan {
namespace {

using nlohmann::ordered_json;

std::string textOf(const ordered_json &row, const char *key) {
  return row.is_object() && row.contains(key) && row[key].is_string() ? row[key].get<std::string>()
                                                                      : std::string();
}

} // namespace

llvm::Expected<std::shared_ptr<const Earlier>> readEarlier(const std::string &file, const ir::Model &model,
                                                           const device::Cluster &cluster,
                                                           kernel::Style style) {
  auto text = llvm::MemoryBuffer::getFile(file);
  if (!text)
    return badInput(file, "cannot be read: " + text.getError().message());
  const llvm::StringRef bytes = (*text)->getBuffer();
  ordered_json json = ordered_json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return badInput(file, "it is not JSON");
  std::set<std::string> layers, fpgas;
  for (const ir::Layer &layer : model.layers)
    layers.insert(layer.name);
  for (const device::Fpga &fpga : cluster.fpgas)
    fpgas.insert(fpga.name);
  if (json.is_object() && json.contains("layers") && json["layers"].is_array()) {
    // FPGAs that held what is no more, or slices, hold something else now.
    std::set<std::string> changed;
    for (const ordered_json &row : json["layers"])
      if (!layers.count(textOf(row, "layer")) || row.contains("slice"))
        changed.insert(textOf(row, "fpga"));
    if (json.contains("replicas") && json["replicas"].is_object())
      for (const auto &[fpga, copies] : json["replicas"].items())
        changed.insert(fpga);
    ordered_json kept = ordered_json::array();
    for (ordered_json &row : json["layers"])
      if (!changed.count(textOf(row, "fpga")) && fpgas.count(textOf(row, "fpga")))
        kept.push_back(std::move(row));
    json["layers"] = std::move(kept);
    for (const char *key : {"sums", "gathers", "replicas"})
      json.erase(key);
  }
  auto plan = planFromJson(json.dump(), file, model, cluster);
  if (!plan)
    return plan.takeError();
  if (plan->style != style)
    return badUsage(fmt::format("{}: the plan is of the {} style; --backend {} would work with it",
                                printable(file), kernel::name(plan->style), kernel::name(plan->style)));
  auto out = std::make_shared<Earlier>();
  out->plan = std::move(*plan);
  for (const device::Fpga &fpga : cluster.fpgas)
    out->fpgas.push_back(fpga.name);
  return out;
}

std::vector<std::string> keptFpgas(const Earlier &earlier, const Plan &plan, const device::Cluster &cluster) {
  // By FPGA: each layer with its die and how it is made.
  using Held = std::set<std::tuple<ir::LayerId, int, kernel::Folding, int64_t>>;
  const auto heldBy = [](const Plan &of, const std::string &name, const auto &nameOf) {
    Held out;
    for (const Placement &p : of.placements)
      if (nameOf(p.fpga) == name)
        out.insert({p.layer, of.usesDies ? p.die : 0,
                    of.style == kernel::Style::Finn ? p.implementation.folding : kernel::Folding{},
                    of.style == kernel::Style::Finn ? 0 : p.implementation.reuse});
    return out;
  };
  std::vector<std::string> out;
  for (const std::string &name : earlier.fpgas) {
    const Held before =
        heldBy(earlier.plan, name, [&](int fpga) { return earlier.fpgas[static_cast<size_t>(fpga)]; });
    if (!before.empty() &&
        before == heldBy(plan, name, [&](int fpga) { return cluster.fpgas[static_cast<size_t>(fpga)].name; }))
      out.push_back(name);
  }
  return out;
}

} // namespace braid::plan
