#include "team_cut.h"

#include "split_ways.h"

#include <algorithm>
#include <numeric>

namespace braid::plan {
namespace {

int64_t bitsOf(const ir::Stream &stream) { return ir::elements(stream.shape) * stream.type.bits(); }

int64_t bitsOf(const std::vector<const ir::Stream *> &streams) {
  return std::accumulate(streams.begin(), streams.end(), int64_t{0},
                         [](int64_t sum, const ir::Stream *stream) { return sum + bitsOf(*stream); });
}

Box hullOf(const std::optional<Box> &a, const Box &b) { return a ? hull(*a, b) : b; }

} // namespace

bool TeamCut::isShared(ir::LayerId layer) const {
  const auto is = [&](const Placement &p) { return p.layer == layer; };
  return std::count_if(plan.placements.begin(), plan.placements.end(), is) == members;
}

bool TeamCut::isPossible(const ir::Model &model, ir::LayerId layer) const {
  if (isShared(layer))
    return true;
  const auto is = [&](const Placement &p) { return p.layer == layer; };
  return !ir::isLinear(model.layer(layer).op) &&
         std::count_if(plan.placements.begin(), plan.placements.end(), is) == 1;
}

ir::LayerId TeamCut::largestSlice(ir::LayerId layer) const {
  ir::LayerId best = ir::LayerId::None;
  int64_t most = -1;
  for (size_t l = 0; l < split.layers.size(); ++l) {
    if (split.layers[l].layer != layer || split.layers[l].role != LayerOrigin::Role::Slice)
      continue;
    const ir::Layer &own = split.model.layers[l];
    int64_t elements = ir::elements(split.model.stream(own.output).shape);
    for (ir::StreamId input : own.inputs)
      elements += ir::elements(split.model.stream(input).shape);
    if (elements > most)
      most = elements, best = own.id;
  }
  return best;
}

kernel::Implementation TeamCut::fitted(kernel::Implementation made, const Placement &slice) const {
  if (made.style != kernel::Style::Finn)
    return made;
  for (size_t l = 0; l < split.layers.size(); ++l)
    if (const LayerOrigin &origin = split.layers[l]; origin.role == LayerOrigin::Role::Slice &&
                                                     origin.layer == slice.layer &&
                                                     origin.slice == slice.slice) {
      const kernel::Foldable most = kernel::foldable(split.model, split.model.layers[l]);
      if (most.pe > 0)
        made.folding.pe = std::min(made.folding.pe, most.pe);
      if (most.simd > 0)
        made.folding.simd = std::min(made.folding.simd, most.simd);
      if (!ir::isLinear(split.model.layers[l].op)) // where nothing is filled up, it must divide
        while (most.pe % made.folding.pe != 0)
          --made.folding.pe;
    }
  return made;
}

std::vector<ir::LayerId> TeamCut::joinsOf(ir::LayerId layer) const {
  std::vector<ir::LayerId> out;
  for (size_t l = 0; l < split.layers.size(); ++l)
    if (split.layers[l].layer == layer && split.layers[l].role != LayerOrigin::Role::Slice)
      out.push_back(split.model.layers[l].id);
  return out;
}

TeamCut::Traffic TeamCut::traffic(ir::StreamId stream, bool isPartial) const {
  std::vector<std::vector<const ir::Stream *>> in(static_cast<size_t>(members)), out(in);
  for (const Crossing &crossing : split.plan.crossings) {
    const StreamOrigin &origin = split.streams[index(crossing.stream)];
    if (origin.stream != stream || origin.partial.has_value() != isPartial || crossing.isLocal())
      continue;
    in[static_cast<size_t>(crossing.to)].push_back(&split.model.stream(crossing.stream));
    out[static_cast<size_t>(crossing.from)].push_back(&split.model.stream(crossing.stream));
  }
  const auto most = [](std::vector<std::vector<const ir::Stream *>> &lists) {
    return std::move(*std::max_element(lists.begin(), lists.end(),
                                       [](const auto &a, const auto &b) { return bitsOf(a) < bitsOf(b); }));
  };
  return {most(in), most(out)};
}

llvm::Expected<std::optional<Box>> TeamCut::largestRead(const ir::Model &model, ir::StreamId stream,
                                                        llvm::ArrayRef<ir::LayerId> readers) const {
  std::vector<std::optional<Box>> boxes(static_cast<size_t>(members));
  for (const Placement &p : plan.placements) {
    if (std::find(readers.begin(), readers.end(), p.layer) == readers.end())
      continue;
    const ir::Layer &layer = model.layer(p.layer);
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
      if (layer.inputs[i] != stream)
        continue;
      auto box = inputBox(model, layer, p.slice, i);
      if (!box)
        return box.takeError();
      if (*box)
        boxes[static_cast<size_t>(p.fpga)] = hullOf(boxes[static_cast<size_t>(p.fpga)], **box);
    }
  }
  std::optional<Box> most;
  for (const std::optional<Box> &box : boxes)
    if (box && (!most || box->elements() > most->elements()))
      most = box;
  return most;
}

std::optional<TeamCut> cutForTeam(const ir::Model &model, SplitMode along, int members, kernel::Style style) {
  TeamCut out{along, members, {}, {}};
  out.plan.style = style, out.plan.io = kernel::IoMode::Stream;
  const std::vector<int64_t> equal(static_cast<size_t>(members), 1);
  bool isAny = false;
  for (const ir::Layer &layer : model.layers) {
    if (!ir::isLinear(layer.op))
      continue;
    const std::vector<kernel::Slice> slices = slicesOf(model, layer, along, equal);
    isAny = isAny || slices.size() > 1;
    int member = 0;
    for (const kernel::Slice &slice : slices) {
      Placement p;
      p.layer = layer.id, p.slice = slice, p.fpga = member++;
      p.implementation.style = style, p.implementation.io = kernel::IoMode::Stream,
      p.implementation.reuse = 0;
      out.plan.placements.push_back(std::move(p));
    }
  }
  if (!isAny)
    return std::nullopt;
  auto plan = complete(model, std::move(out.plan));
  if (!plan) { // some stream cannot be cut there
    llvm::consumeError(plan.takeError());
    return std::nullopt;
  }
  out.plan = std::move(*plan);
  auto split = splitLayers(model, out.plan);
  if (!split) {
    llvm::consumeError(split.takeError());
    return std::nullopt;
  }
  out.split = std::move(*split);
  return out;
}

} // namespace braid::plan
