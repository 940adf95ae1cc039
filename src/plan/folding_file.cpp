// FINN's folding configurations: which of our layers an entry means, and what of it is used.
#include "braid/plan/folding_file.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace braid::plan {

using nlohmann::ordered_json;

namespace {

/// Operators of FINN by what we call their layers; all names that versions of FINN gave them.
enum class Kind : uint8_t {
  Matrix,
  Depthwise,
  Threshold,
  Label,
  GlobalPool,
  Pool,
  Add,
  Channelwise,
  Follows
};

struct Operator {
  const char *name;
  Kind kind;
};
/// Longest first where one begins like another. Sources: FINN v0.10 (`_hls`, `_rtl`), v0.9
/// (MatrixVectorActivation), v0.7 (StreamingFCLayer_Batch).
constexpr Operator kOperators[] = {
    {"MVAU", Kind::Matrix},
    {"MatrixVectorActivation", Kind::Matrix},
    {"StreamingFCLayer_Batch", Kind::Matrix},
    {"VVAU", Kind::Depthwise},
    {"VectorVectorActivation", Kind::Depthwise},
    {"Vector_Vector_Activate_Batch", Kind::Depthwise},
    {"Thresholding_Batch", Kind::Threshold},
    {"Thresholding", Kind::Threshold},
    {"LabelSelect_Batch", Kind::Label},
    {"LabelSelect", Kind::Label},
    {"GlobalAccPool_Batch", Kind::GlobalPool},
    {"GlobalAccPool", Kind::GlobalPool},
    {"StreamingMaxPool_Batch", Kind::Pool},
    {"StreamingMaxPool", Kind::Pool},
    {"Pool_Batch", Kind::Pool},
    {"Pool", Kind::Pool},
    {"AddStreams_Batch", Kind::Add},
    {"AddStreams", Kind::Add},
    {"ChannelwiseOp_Batch", Kind::Channelwise},
    {"ChannelwiseOp", Kind::Channelwise},
    // Their widths follow from the layers around them, and parallel_window from the SIMD of the matrix.
    {"ConvolutionInputGenerator1D", Kind::Follows},
    {"ConvolutionInputGenerator", Kind::Follows},
    {"FMPadding_Batch", Kind::Follows},
    {"FMPadding", Kind::Follows},
    {"StreamingFIFO", Kind::Follows},
    {"StreamingDataWidthConverter_Batch", Kind::Follows},
    {"StreamingDataWidthConverter", Kind::Follows},
    {"DuplicateStreams_Batch", Kind::Follows},
    {"DuplicateStreams", Kind::Follows},
    {"DownSampler", Kind::Follows},
    {"UpsampleNearestNeighbour_Batch", Kind::Follows},
    {"UpsampleNearestNeighbour", Kind::Follows},
    {"StreamingConcat", Kind::Follows},
    {"IODMA", Kind::Follows},
    {"TLastMarker", Kind::Follows},
};

struct Entry {
  std::string name;
  Kind kind = Kind::Follows;
  int64_t number = 0;
  std::string variant; ///< `_hls`, `_rtl` or empty
};

std::optional<Entry> entryOf(const std::string &name) {
  llvm::StringRef rest = name;
  const auto [head, digits] = rest.rsplit('_');
  Entry entry{name};
  if (digits.getAsInteger(10, entry.number) || entry.number < 0)
    return std::nullopt;
  rest = head;
  for (const char *variant : {"_hls", "_rtl"})
    if (entry.variant.empty() && rest.consume_back(variant))
      entry.variant = variant;
  for (const Operator &op : kOperators)
    if (rest == op.name) {
      entry.kind = op.kind;
      return entry;
    }
  return std::nullopt;
}

/// Which operator of FINN computes a layer.
std::optional<Kind> kindOf(const ir::Model &model, const ir::Layer &layer) {
  if (const auto *conv = std::get_if<ir::Conv>(&layer.op)) {
    const int64_t in = model.stream(layer.inputs[0]).shape[2], out = model.stream(layer.output).shape[2];
    return conv->isDepthwise(in) && in == out ? Kind::Depthwise : Kind::Matrix;
  }
  if (std::holds_alternative<ir::Dense>(layer.op))
    return Kind::Matrix;
  if (std::holds_alternative<ir::Threshold>(layer.op))
    return Kind::Threshold;
  if (std::holds_alternative<ir::ArgMax>(layer.op))
    return Kind::Label;
  if (std::holds_alternative<ir::GlobalPool>(layer.op))
    return Kind::GlobalPool;
  if (std::holds_alternative<ir::Pool>(layer.op))
    return Kind::Pool;
  if (std::holds_alternative<ir::Binary>(layer.op))
    return Kind::Add;
  if (std::holds_alternative<ir::Affine>(layer.op))
    return Kind::Channelwise;
  return std::nullopt;
}

std::vector<std::string> keysOf(Kind kind) {
  if (kind == Kind::Matrix || kind == Kind::Depthwise)
    return {"PE", "SIMD", "resType", "mem_mode", "ram_style"};
  return kind == Kind::Follows ? std::vector<std::string>{} : std::vector<std::string>{"PE"};
}

/// Names of memory modes before v0.10.
ordered_json withPresentNames(ordered_json row) {
  if (row.contains("mem_mode") && row["mem_mode"] == "const")
    row["mem_mode"] = "internal_embedded";
  if (row.contains("mem_mode") && row["mem_mode"] == "decoupled")
    row["mem_mode"] = "internal_decoupled";
  return row;
}

/// Layers in the order in which FINN counts units: by the longest way from an input, then as they stand.
std::vector<const ir::Layer *> byLevel(const ir::Model &model) {
  std::vector<int64_t> levels(model.streams.size(), 0);
  std::vector<std::pair<int64_t, const ir::Layer *>> layers;
  for (const ir::Layer &layer : model.layers) {
    int64_t level = 0;
    for (ir::StreamId input : layer.inputs)
      level = std::max(level, levels[index(input)] + 1);
    levels[index(layer.output)] = level;
    layers.emplace_back(level, &layer);
  }
  std::stable_sort(layers.begin(), layers.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  std::vector<const ir::Layer *> out;
  for (const auto &entry : layers)
    out.push_back(entry.second);
  return out;
}

/// Their place among the units of their kind. `_hls` and `_rtl` are counted apart: where a file has both,
/// they stand in the order of the graph.
void setNumbers(std::vector<Entry> &entries) {
  const bool mixed = std::any_of(entries.begin(), entries.end(),
                                 [&](const Entry &entry) { return entry.variant != entries[0].variant; });
  for (size_t i = 0; mixed && i < entries.size(); ++i)
    entries[i].number = static_cast<int64_t>(i);
}

class Reader {
public:
  Reader(const std::string &path, const ir::Model &model) : path_(path) {
    for (const ir::Layer *layer : byLevel(model))
      if (const auto kind = kindOf(model, *layer))
        layers_[*kind].push_back(layer);
  }

  llvm::Error read(const ordered_json &json, Options &options, std::vector<std::string> &notes) {
    std::map<Kind, std::vector<Entry>> entries;
    for (const auto &[name, row] : json.items()) {
      if (name == "Defaults")
        continue;
      const auto entry = entryOf(name);
      if (!entry) {
        ignored_.insert(name);
        continue;
      }
      if (!row.is_object())
        return badInput(path_, fmt::format("'{}' is no list of attributes", printable(name)));
      entries[entry->kind].push_back(*entry);
    }
    for (auto &[kind, own] : entries) {
      setNumbers(own);
      std::sort(own.begin(), own.end(), [](const Entry &a, const Entry &b) { return a.number < b.number; });
      if (llvm::Error error = apply(kind, own, json, options))
        return error;
    }
    if (options.foldings.empty())
      return badInput(path_,
                      "none of its entries is a unit of this network (MVAU_hls_0, VVAU_rtl_1, ...); is "
                      "it a folding configuration?");
    report(notes);
    return llvm::Error::success();
  }

private:
  llvm::Error apply(Kind kind, const std::vector<Entry> &entries, const ordered_json &json,
                    Options &options) {
    const std::vector<const ir::Layer *> &layers = layers_[kind];
    size_t first = 0;
    // FINN quantises the input on the card, where the host does it here.
    const bool inputs = kind == Kind::Threshold && entries.size() == layers.size() + 1;
    const bool fused = kind == Kind::Threshold && !inputs && entries.size() != layers.size();
    if (inputs)
      first = 1;
    const std::vector<std::string> keys = keysOf(kind);
    for (const Entry &entry : entries) {
      const ordered_json row = withPresentNames(json.at(entry.name));
      const auto number = static_cast<size_t>(entry.number);
      if (kind == Kind::Follows || fused || number < first) {
        ignored_.insert(entry.name);
        continue;
      }
      if (number - first >= layers.size()) {
        if (kind == Kind::Matrix || kind == Kind::Depthwise)
          return badInput(path_, fmt::format("'{}' is the {}th of its kind; the network has {}",
                                             printable(entry.name), number + 1, layers.size()));
        ignored_.insert(entry.name);
        continue;
      }
      const std::string &layer = layers[number - first]->name;
      auto folding = foldingFromJson(row, path_, fmt::format("'{}'", printable(entry.name)));
      if (!folding)
        return folding.takeError();
      if ((kind == Kind::Matrix || kind == Kind::Depthwise) && !row.contains("mem_mode"))
        folding->memMode = kernel::MemMode::Decoupled; // FINN's default
      options.foldings[layer] = *folding;
      for (const auto &[key, value] : row.items())
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
          ignored_.insert(fmt::format("{} of {}", key, entry.name));
    }
    return llvm::Error::success();
  }

  void report(std::vector<std::string> &notes) const {
    std::map<std::string, size_t> counts; // numbers left out: `StreamingFIFO_rtl`
    for (const std::string &name : ignored_) {
      const auto [head, digits] = llvm::StringRef(name).rsplit('_');
      int64_t number = 0;
      ++counts[digits.getAsInteger(10, number) ? name : head.str()];
    }
    std::vector<std::string> parts;
    for (const auto &[name, count] : counts)
      parts.push_back(count == 1 ? printable(name) : fmt::format("{} ({} of them)", printable(name), count));
    if (!parts.empty())
      // Reports know no paths.
      notes.push_back(
          fmt::format("--folding: not used, because it follows from the rest or has no counterpart: {}",
                      fmt::join(parts, ", ")));
  }

  const std::string &path_;
  std::map<Kind, std::vector<const ir::Layer *>> layers_; ///< In topological order
  std::set<std::string> ignored_;
};

} // namespace

llvm::Error readFoldingFile(const std::string &path, const ir::Model &model, Options &options,
                            std::vector<std::string> &notes) {
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return badInput(path, "cannot be read: " + text.getError().message());
  const ordered_json json = ordered_json::parse((*text)->getBufferStart(), (*text)->getBufferEnd(), nullptr,
                                                /*allow_exceptions=*/false);
  if (!json.is_object())
    return badInput(path, "it is no folding configuration: a JSON object of units is meant");
  return Reader(path, model).read(json, options, notes);
}

} // namespace braid::plan
