#include "row_cuts.h"

#include "split_ways.h"

#include "braid/plan/slices.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::plan {
namespace {

using kernel::Slice;

const ir::Window *windowOf(const ir::Layer &layer) {
  if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
    return &conv->window;
  if (const auto *pool = std::get_if<ir::Pool>(&layer.op))
    return &pool->window;
  return nullptr;
}

int64_t heightOf(const ir::Model &model, ir::StreamId stream) {
  const ir::Shape &shape = model.stream(stream).shape;
  return shape.size() == 3 ? shape[0] : 0;
}

/// Rows in which cuts of a stream begin a new part.
using Rows = std::vector<int64_t>;

/// The cuts of a layer's output that follow those of its input: windows stand with the row they begin in.
Rows after(const ir::Model &model, const ir::Layer &layer, Rows rows) {
  if (const ir::Window *window = windowOf(layer))
    for (int64_t &row : rows)
      row = std::clamp<int64_t>(ceilDiv(row + window->padBegin[0], window->stride[0]), 0,
                                heightOf(model, layer.output));
  return rows;
}

/// The cuts of a layer's input that those of its output follow.
Rows before(const ir::Model &model, const ir::Layer &layer, Rows rows) {
  if (const ir::Window *window = windowOf(layer))
    for (int64_t &row : rows)
      row = std::clamp<int64_t>(row * window->stride[0] - window->padBegin[0], 0,
                                heightOf(model, layer.inputs[0]));
  return rows;
}

/// Whether rows come out as they go in, but for a window.
bool keepsRows(const ir::Model &model, const ir::Layer &layer) {
  if (heightOf(model, layer.inputs[0]) == 0 || heightOf(model, layer.output) == 0)
    return false;
  return windowOf(layer) || heightOf(model, layer.inputs[0]) == heightOf(model, layer.output);
}

} // namespace

std::map<ir::LayerId, std::vector<Slice>> rowCuts(const ir::Model &model, llvm::ArrayRef<ir::LayerId> layers,
                                                  ir::LayerId anchor, llvm::ArrayRef<int64_t> shares) {
  std::map<ir::StreamId, Rows> cuts;
  for (const Slice &slice : slicesOf(model, model.layer(anchor), SplitMode::Rows, shares))
    if (slice.posBegin > 0)
      cuts[model.layer(anchor).output].push_back(slice.posBegin);
  for (size_t i = layers.size(); i-- > 0;) {
    const ir::Layer &layer = model.layer(layers[i]);
    if (const auto known = cuts.find(layer.output); known != cuts.end() && keepsRows(model, layer))
      for (ir::StreamId input : layer.inputs)
        if (heightOf(model, input) == heightOf(model, layer.inputs[0]))
          cuts.try_emplace(input, before(model, layer, known->second));
  }
  for (ir::LayerId id : layers) {
    const ir::Layer &layer = model.layer(id);
    if (const auto known = cuts.find(layer.inputs[0]); known != cuts.end() && keepsRows(model, layer))
      cuts.try_emplace(layer.output, after(model, layer, known->second));
  }
  std::map<ir::LayerId, std::vector<Slice>> out;
  for (ir::LayerId id : layers) {
    const ir::Layer &layer = model.layer(id);
    const auto known = cuts.find(layer.output);
    if (!ir::isLinear(layer.op) || known == cuts.end())
      continue;
    const Slice whole = kernel::wholeSlice(model, layer);
    std::vector<Slice> slices = {whole};
    for (int64_t row : known->second) {
      slices.push_back(whole);
      slices[slices.size() - 2].posEnd = slices.back().posBegin = row;
    }
    const bool hasEmpty =
        std::any_of(slices.begin(), slices.end(), [](const Slice &s) { return s.posBegin >= s.posEnd; });
    if (hasEmpty)
      continue;
    if (llvm::Error error = checkTiling(model, layer, slices))
      llvm::consumeError(std::move(error));
    else
      out.emplace(id, std::move(slices));
  }
  return out;
}

} // namespace braid::plan
