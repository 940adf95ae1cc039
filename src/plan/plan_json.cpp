// Plans as files, written.
#include "plan_keys.h"

#include "braid/plan/split.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace braid::plan {

using kernel::Slice;
using nlohmann::ordered_json;

namespace {

/// Only what differs from the whole layer.
void addSlice(ordered_json &row, const Slice &slice, const Slice &whole) {
  ordered_json ranges = ordered_json::object();
  for (const RangeKey &range : kRanges)
    if (slice.*range.begin != whole.*range.begin || slice.*range.end != whole.*range.end)
      ranges[range.key] = {slice.*range.begin, slice.*range.end};
  if (!ranges.empty())
    row["slice"] = std::move(ranges);
}

void addPlace(ordered_json &row, const device::Cluster &cluster, int fpga, int die) {
  const device::Fpga &f = cluster.fpgas[static_cast<size_t>(fpga)];
  row["fpga"] = f.name;
  row["die"] = f.device->dies[static_cast<size_t>(die)].name;
}

void addImplementation(ordered_json &row, const kernel::Implementation &implementation, bool hasMatrix) {
  if (implementation.style == kernel::Style::Hls4ml) {
    row["strategy"] = kernel::name(implementation.strategy);
    row["reuse_factor"] = implementation.reuse;
    return;
  }
  const kernel::Folding &folding = implementation.folding;
  row["PE"] = folding.pe;
  if (!hasMatrix)
    return;
  row["SIMD"] = folding.simd;
  row["resType"] = kernel::name(folding.resType);
  row["mem_mode"] = kernel::name(folding.memMode);
  row["ram_style"] = kernel::name(folding.ramStyle);
}

} // namespace

std::string toJson(const Plan &plan, const ir::Model &model, const device::Cluster &cluster) {
  ordered_json out;
  out["schema"] = "braid-plan-1";
  out["cluster"] = cluster.name;
  if (plan.style != kernel::Style::Hls4ml)
    out["style"] = kernel::name(plan.style);
  out["io"] = kernel::name(plan.io);
  out["solver"] = plan.solver;
  if (plan.usesDies)
    out["dies"] = true;
  out["layers"] = ordered_json::array();
  for (const Placement &p : plan.placements) {
    const ir::Layer &layer = model.layer(p.layer);
    ordered_json row;
    row["layer"] = layer.name;
    addSlice(row, p.slice, kernel::wholeSlice(model, layer));
    addPlace(row, cluster, p.fpga, p.die);
    addImplementation(row, p.implementation, ir::isLinear(layer.op));
    out["layers"].push_back(std::move(row));
  }
  for (const Join &join : plan.joins) {
    const ir::Layer &layer = model.layer(join.layer);
    ordered_json row;
    row["layer"] = layer.name;
    addSlice(row, join.slice, kernel::wholeSlice(model, layer));
    row["shape"] = join.chain ? "chain" : "tree";
    addPlace(row, cluster, join.fpga, join.die);
    out["sums"].push_back(std::move(row));
  }
  for (const Gather &gather : plan.gathers) {
    ordered_json row;
    row["output"] = model.outputs[static_cast<size_t>(gather.output)].name;
    addPlace(row, cluster, gather.fpga, gather.die);
    out["gathers"].push_back(std::move(row));
  }
  for (const auto &[fpga, copies] : plan.replicas)
    for (size_t r = 1; r < copies.size(); ++r)
      out["replicas"][cluster.fpgas[static_cast<size_t>(fpga)].name].push_back(
          cluster.fpgas[static_cast<size_t>(copies[r])].name);
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

llvm::Expected<kernel::Folding> foldingFromJson(const ordered_json &row, llvm::StringRef file,
                                                const std::string &what) {
  kernel::Folding out;
  for (auto [key, number] : {std::pair("PE", &out.pe), std::pair("SIMD", &out.simd)}) {
    if (!row.contains(key))
      continue;
    if (!row[key].is_number_integer() || row[key].get<int64_t>() < 1)
      return badInput(file, fmt::format("{}: \"{}\" is not a number from 1", what, key));
    *number = row[key].get<int64_t>();
  }
  // One of the names of an enumeration's first `count` values.
  const auto choose = [&](const char *key, auto &value, int count) -> llvm::Error {
    using Value = std::remove_reference_t<decltype(value)>;
    if (!row.contains(key))
      return llvm::Error::success();
    const std::string found = row[key].is_string() ? row[key].get<std::string>() : row[key].dump();
    std::string known;
    for (int i = 0; i < count; ++i) {
      const char *name = kernel::name(static_cast<Value>(i));
      if (found == name) {
        value = static_cast<Value>(i);
        return llvm::Error::success();
      }
      known += fmt::format("{}{}", i ? ", " : "", name);
    }
    return badInput(file,
                    fmt::format("{}: \"{}\" is '{}'; {} are known", what, key, printable(found), known));
  };
  if (llvm::Error error = choose("resType", out.resType, 3))
    return error;
  if (llvm::Error error = choose("mem_mode", out.memMode, 3))
    return error;
  if (llvm::Error error = choose("ram_style", out.ramStyle, 4))
    return error;
  return out;
}

} // namespace braid::plan
