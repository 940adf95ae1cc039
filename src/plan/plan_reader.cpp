// Plans as files, read: those of bundles, and what people write.
#include "plan_keys.h"

#include "braid/plan/split.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace braid::plan {

using kernel::Slice;
using nlohmann::ordered_json;

namespace {

/// Reads row by row; every fault names the file and the layer.
class PlanReader {
public:
  PlanReader(llvm::StringRef file, const ir::Model &model, const device::Cluster &cluster)
      : file_(file), model_(model), cluster_(cluster) {}

  llvm::Expected<Plan> read(const ordered_json &json) {
    if (textOf(json, "schema") != "braid-plan-1")
      return badInput(file_, "it is no plan: \"schema\": \"braid-plan-1\" is missing");
    if (llvm::Error error = checkKeys(
            json, "the plan",
            {"schema", "cluster", "style", "io", "solver", "dies", "layers", "sums", "gathers", "replicas"}))
      return error;
    Plan plan;
    const std::string style = json.contains("style") ? textOf(json, "style") : "hls4ml";
    if (style != "hls4ml" && style != "finn")
      return badInput(file_, fmt::format("\"style\" is '{}'; hls4ml and finn are known", printable(style)));
    plan.style = style == "finn" ? kernel::Style::Finn : kernel::Style::Hls4ml;
    const std::string io = textOf(json, "io");
    if (io != "io_parallel" && io != "io_stream")
      return badInput(file_,
                      fmt::format("\"io\" is '{}'; io_parallel and io_stream are known", printable(io)));
    plan.io = io == "io_stream" ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    if (plan.style == kernel::Style::Finn && plan.io != kernel::IoMode::Stream)
      return badInput(file_, "units of the finn style are joined by streams: \"io\" is io_stream");
    plan.usesDies = json.contains("dies") && json["dies"] == true;
    plan.solver = json.contains("solver") ? printable(textOf(json, "solver")) : "file";
    if (llvm::Error error =
            readRows(json, "layers", true, [&](const ordered_json &row) { return readPlacement(row, plan); }))
      return error;
    if (llvm::Error error =
            readRows(json, "sums", false, [&](const ordered_json &row) { return readJoin(row, plan); }))
      return error;
    if (llvm::Error error =
            readRows(json, "gathers", false, [&](const ordered_json &row) { return readGather(row, plan); }))
      return error;
    if (llvm::Error error = readReplicas(json, plan))
      return error;
    std::sort(plan.placements.begin(), plan.placements.end(), [](const Placement &a, const Placement &b) {
      return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice);
    });
    return plan;
  }

private:
  /// The text at `key`; empty where there is none.
  static std::string textOf(const ordered_json &json, const char *key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                                           : std::string();
  }

  /// A key that nothing reads is a slip.
  llvm::Error checkKeys(const ordered_json &row, const std::string &what,
                        const std::vector<std::string> &known) const {
    for (const auto &entry : row.items())
      if (std::find(known.begin(), known.end(), entry.key()) == known.end())
        return badInput(file_,
                        fmt::format("{}: \"{}\" has no meaning{}; known: {}", what, printable(entry.key()),
                                    suggestion(entry.key(), known), fmt::join(known, ", ")));
    return llvm::Error::success();
  }

  template <class Read>
  llvm::Error readRows(const ordered_json &json, const char *key, bool isNeeded, Read &&read) {
    if (!json.contains(key) && !isNeeded)
      return llvm::Error::success();
    if (!json.contains(key) || !json[key].is_array())
      return badInput(file_, fmt::format("\"{}\" is no list", key));
    for (const ordered_json &row : json[key]) {
      if (!row.is_object())
        return badInput(file_, fmt::format("a row of \"{}\" has no keys", key));
      if (llvm::Error error = read(row))
        return error;
    }
    return llvm::Error::success();
  }

  /// The layer a row names.
  llvm::Expected<ir::LayerId> layerOf(const ordered_json &row, const char *list) const {
    const std::string name = textOf(row, "layer");
    if (name.empty())
      return badInput(file_, fmt::format("a row of \"{}\" names no layer", list));
    std::vector<std::string> names;
    for (const ir::Layer &layer : model_.layers)
      names.push_back(layer.name);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return badInput(
          file_, fmt::format("layer '{}' is not in the model{}", printable(name), suggestion(name, names)));
    return static_cast<ir::LayerId>(at - names.begin());
  }

  /// `"replicas": {"fpga0": ["fpga2", "fpga4"]}`: the further FPGAs that hold what fpga0 does.
  llvm::Error readReplicas(const ordered_json &json, Plan &plan) const {
    if (!json.contains("replicas"))
      return llvm::Error::success();
    const ordered_json &rows = json["replicas"];
    if (!rows.is_object())
      return badInput(file_, "\"replicas\" has no keys; {\"fpga0\": [\"fpga1\"]} would work");
    for (const auto &row : rows.items()) {
      auto first = fpgaNamed(row.key(), "replicas");
      if (!first)
        return first.takeError();
      std::vector<int> all{*first};
      if (!row.value().is_array() || row.value().empty())
        return badInput(file_, fmt::format("replicas of {}: a list of FPGAs is meant", printable(row.key())));
      for (const ordered_json &name : row.value()) {
        auto copy = fpgaNamed(name.is_string() ? name.get<std::string>() : std::string(),
                              fmt::format("replicas of {}", printable(row.key())));
        if (!copy)
          return copy.takeError();
        all.push_back(*copy);
      }
      plan.replicas[*first] = std::move(all);
    }
    return llvm::Error::success();
  }

  llvm::Expected<int> fpgaNamed(const std::string &name, const std::string &what) const {
    std::vector<std::string> names;
    for (const device::Fpga &fpga : cluster_.fpgas)
      names.push_back(fpga.name);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return badInput(file_, fmt::format("{}: FPGA '{}' is not in the cluster{}", what, printable(name),
                                         suggestion(name, names)));
    return static_cast<int>(at - names.begin());
  }

  /// FPGA and die of a row about `what`.
  llvm::Error readPlace(const ordered_json &row, const std::string &what, int &fpga, int &die) const {
    const std::string name = textOf(row, "fpga");
    auto found = fpgaNamed(name, what);
    if (!found)
      return found.takeError();
    fpga = *found;
    const std::string dieName = textOf(row, "die");
    if (dieName.empty())
      return llvm::Error::success();
    std::vector<std::string> names;
    for (const device::Die &d : cluster_.fpgas[static_cast<size_t>(fpga)].device->dies)
      names.push_back(d.name);
    const auto at = std::find(names.begin(), names.end(), dieName);
    if (at == names.end())
      return badInput(file_, fmt::format("{}: {} has no die '{}'{}", what, name, printable(dieName),
                                         suggestion(dieName, names)));
    die = static_cast<int>(at - names.begin());
    return llvm::Error::success();
  }

  llvm::Error readSlice(const ordered_json &row, const std::string &what, Slice &slice) const {
    if (!row.contains("slice"))
      return llvm::Error::success();
    const ordered_json &ranges = row["slice"];
    if (!ranges.is_object())
      return badInput(file_,
                      fmt::format("{}: \"slice\" has no keys; {{\"neurons\": [0, 8]}} would work", what));
    for (const auto &range : ranges.items()) {
      const std::string &key = range.key();
      const ordered_json &value = range.value();
      const auto *known = std::find_if(std::begin(kRanges), std::end(kRanges),
                                       [&](const RangeKey &entry) { return key == entry.key; });
      if (known == std::end(kRanges))
        return badInput(file_, fmt::format("{}: a slice has no '{}'{}", what, printable(key),
                                           suggestion(key, {"neurons", "inputs", "rows"})));
      if (!value.is_array() || value.size() != 2 || !value[0].is_number_integer() ||
          !value[1].is_number_integer())
        return badInput(file_, fmt::format("{}: \"{}\" is not [first, behind the last]", what, key));
      slice.*known->begin = value[0].get<int64_t>(), slice.*known->end = value[1].get<int64_t>();
    }
    return llvm::Error::success();
  }

  std::string nameOf(ir::LayerId layer) const {
    return fmt::format("layer '{}'", printable(model_.layer(layer).name));
  }

  /// Layer, slice and place of a row, of a placement or of a sum.
  template <class Row> llvm::Error readPart(const ordered_json &row, const char *list, Row &out) const {
    auto layer = layerOf(row, list);
    if (!layer)
      return layer.takeError();
    out.layer = *layer;
    out.slice = kernel::wholeSlice(model_, model_.layer(out.layer));
    if (llvm::Error error = readPlace(row, nameOf(out.layer), out.fpga, out.die))
      return error;
    return readSlice(row, nameOf(out.layer), out.slice);
  }

  llvm::Error readPlacement(const ordered_json &row, Plan &plan) const {
    Placement out;
    if (llvm::Error error = readPart(row, "layers", out))
      return error;
    const std::string what = nameOf(out.layer);
    out.implementation.style = plan.style, out.implementation.io = plan.io;
    if (llvm::Error error = plan.style == kernel::Style::Finn ? readFolding(row, what, out.implementation)
                                                              : readStrategy(row, what, out.implementation))
      return error;
    plan.placements.push_back(out);
    return llvm::Error::success();
  }

  // Nothing said: the compiler chooses.

  llvm::Error readStrategy(const ordered_json &row, const std::string &what,
                           kernel::Implementation &out) const {
    if (llvm::Error error =
            checkKeys(row, what, {"layer", "slice", "fpga", "die", "strategy", "reuse_factor"}))
      return error;
    const bool isOpen = !row.contains("strategy") && !row.contains("reuse_factor");
    out.reuse = isOpen ? 0 : 1;
    if (isOpen)
      return llvm::Error::success();
    const std::string strategy = textOf(row, "strategy");
    if (strategy != "Latency" && strategy != "Resource")
      return badInput(
          file_, fmt::format("{}: strategy '{}'; Latency and Resource are known", what, printable(strategy)));
    out.strategy = strategy == "Latency" ? kernel::Strategy::Latency : kernel::Strategy::Resource;
    if (!row.contains("reuse_factor") || !row["reuse_factor"].is_number_integer() ||
        row["reuse_factor"].get<int64_t>() < 1)
      return badInput(file_, fmt::format("{}: \"reuse_factor\" is not a number from 1", what));
    out.reuse = row["reuse_factor"];
    return llvm::Error::success();
  }

  llvm::Error readFolding(const ordered_json &row, const std::string &what,
                          kernel::Implementation &out) const {
    if (llvm::Error error = checkKeys(
            row, what, {"layer", "slice", "fpga", "die", "PE", "SIMD", "resType", "mem_mode", "ram_style"}))
      return error;
    out.reuse = row.contains("PE") || row.contains("SIMD") ? 1 : 0;
    auto folding = foldingFromJson(row, file_, what);
    if (!folding)
      return folding.takeError();
    out.folding = *folding;
    return llvm::Error::success();
  }

  llvm::Error readJoin(const ordered_json &row, Plan &plan) const {
    Join out;
    if (llvm::Error error = readPart(row, "sums", out))
      return error;
    const std::string what = nameOf(out.layer);
    if (llvm::Error error = checkKeys(row, "a sum of " + what, {"layer", "slice", "shape", "fpga", "die"}))
      return error;
    const std::string shape = row.contains("shape") ? textOf(row, "shape") : "tree";
    if (shape != "chain" && shape != "tree")
      return badInput(
          file_, fmt::format("{}: shape '{}' of a sum; chain and tree are known", what, printable(shape)));
    out.chain = shape == "chain";
    plan.joins.push_back(out);
    return llvm::Error::success();
  }

  llvm::Error readGather(const ordered_json &row, Plan &plan) const {
    if (llvm::Error error = checkKeys(row, "a gather", {"output", "fpga", "die"}))
      return error;
    const std::string name = textOf(row, "output");
    std::vector<std::string> names;
    for (const ir::Port &port : model_.outputs)
      names.push_back(port.name);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return badInput(file_, fmt::format("a row of \"gathers\": output '{}' is not in the model{}",
                                         printable(name), suggestion(name, names)));
    Gather out;
    out.output = static_cast<int>(at - names.begin());
    if (llvm::Error error = readPlace(row, fmt::format("output '{}'", printable(name)), out.fpga, out.die))
      return error;
    plan.gathers.push_back(out);
    return llvm::Error::success();
  }

  llvm::StringRef file_;
  const ir::Model &model_;
  const device::Cluster &cluster_;
};

} // namespace

llvm::Expected<Plan> planFromJson(llvm::StringRef text, llvm::StringRef file, const ir::Model &model,
                                  const device::Cluster &cluster) {
  const ordered_json json =
      ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return badInput(file, "it is not JSON");
  return PlanReader(file, model, cluster).read(json);
}

} // namespace braid::plan
