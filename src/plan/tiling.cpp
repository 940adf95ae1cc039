// Whether slices are legal by themselves and make up their layer.
#include "braid/plan/slices.h"

#include "layer_fault.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::plan {
namespace {

using kernel::Slice;

/// Faults of one slice by itself.
llvm::Error checkSlice(const ir::Model &model, const ir::Layer &layer, const Slice &slice) {
  const Slice whole = kernel::wholeSlice(model, layer);
  const Cuts cuts = cutsOf(model, layer);
  struct Range {
    const char *what;
    int64_t begin, end, all;
    bool allowed;
  };
  for (const Range &range : {Range{"neurons", slice.rowBegin, slice.rowEnd, whole.rowEnd, cuts.neurons},
                             Range{"inputs", slice.colBegin, slice.colEnd, whole.colEnd, cuts.inputs},
                             Range{"rows", slice.posBegin, slice.posEnd, whole.posEnd, cuts.rows}}) {
    if (range.begin < 0 || range.begin >= range.end || range.end > range.all)
      return layerFault(layer, fmt::format("{} [{}, {}) are no part of its {}", range.what, range.begin,
                                           range.end, range.all));
    if ((range.begin != 0 || range.end != range.all) && !range.allowed) {
      const bool isSum = range.what == std::string_view("inputs") && !ir::isLinear(layer.op);
      return layerFault(layer,
                        isSum ? fmt::format("inputs [{}, {}) of {}: it would be applied before the partial "
                                            "sums are added; only layers with weights "
                                            "are cut by input",
                                            range.begin, range.end, range.all)
                              : fmt::format("it cannot be cut by {}", range.what));
    }
  }
  if (slice.rowBegin % cuts.neuronStep || slice.rowEnd % cuts.neuronStep)
    return layerFault(layer, fmt::format("neurons [{}, {}) cut a group; groups of {} stay together",
                                         slice.rowBegin, slice.rowEnd, cuts.neuronStep));
  for (size_t i = 0; i < layer.inputs.size(); ++i)
    if (auto box = inputBox(model, layer, slice, i); !box)
      return box.takeError();
  return llvm::Error::success();
}

int64_t volume(const Slice &s) {
  return (s.rowEnd - s.rowBegin) * (s.colEnd - s.colBegin) * (s.posEnd - s.posBegin);
}

bool overlaps(const Slice &a, const Slice &b) {
  return a.rowBegin < b.rowEnd && b.rowBegin < a.rowEnd && a.colBegin < b.colEnd && b.colBegin < a.colEnd &&
         a.posBegin < b.posEnd && b.posBegin < a.posEnd;
}

/// A part of the layer that no slice holds: between the edges of the slices, one element of each cell
/// decides.
Slice gapOf(const Slice &whole, llvm::ArrayRef<Slice> slices) {
  std::vector<int64_t> rows = {whole.rowEnd}, cols = {whole.colEnd}, positions = {whole.posEnd};
  for (const Slice &s : slices) {
    rows.insert(rows.end(), {s.rowBegin, s.rowEnd});
    cols.insert(cols.end(), {s.colBegin, s.colEnd});
    positions.insert(positions.end(), {s.posBegin, s.posEnd});
  }
  for (auto *edges : {&rows, &cols, &positions}) {
    edges->push_back(0);
    std::sort(edges->begin(), edges->end());
    edges->erase(std::unique(edges->begin(), edges->end()), edges->end());
  }
  for (size_t r = 0; r + 1 < rows.size(); ++r)
    for (size_t c = 0; c + 1 < cols.size(); ++c)
      for (size_t p = 0; p + 1 < positions.size(); ++p) {
        const Slice cell = {rows[r], rows[r + 1], cols[c], cols[c + 1], positions[p], positions[p + 1]};
        if (std::none_of(slices.begin(), slices.end(), [&](const Slice &s) { return overlaps(s, cell); }))
          return cell;
      }
  BRAID_CHECK(false, "slices that leave nothing out have no gap");
}

} // namespace

llvm::Error checkTiling(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<Slice> slices) {
  const Slice whole = kernel::wholeSlice(model, layer);
  int64_t placed = 0;
  for (size_t i = 0; i < slices.size(); ++i) {
    if (llvm::Error error = checkSlice(model, layer, slices[i]))
      return error;
    placed += volume(slices[i]);
    for (size_t j = 0; j < i; ++j) {
      if (slices[i] == slices[j])
        return layerFault(layer, fmt::format("{} is placed twice; once is right",
                                             slices[i] == whole ? "it" : describe(model, layer, slices[i])));
      if (overlaps(slices[i], slices[j]))
        return layerFault(layer,
                          fmt::format("two of its slices overlap: {}, and {}",
                                      describe(model, layer, slices[j]), describe(model, layer, slices[i])));
    }
  }
  if (placed != volume(whole))
    return layerFault(layer,
                      fmt::format("nothing computes {}",
                                  slices.empty() ? "it" : describe(model, layer, gapOf(whole, slices))));
  return llvm::Error::success();
}

} // namespace braid::plan
