#include "layout.h"

#include <algorithm>
#include <numeric>

namespace braid::frontend {
namespace {

/// `base`, or base_2, base_3, ... if it is taken; takes it.
std::string uniqueName(llvm::StringMap<int> &taken, llvm::StringRef base) {
  auto [place, isNew] = taken.try_emplace(base, 1);
  if (isNew)
    return base.str();
  for (;;) {
    std::string name = fmt::format("{}_{}", base, ++place->second);
    if (taken.try_emplace(name, 1).second)
      return name;
    place = taken.find(base); // an insertion may move the table
  }
}

/// Runs of axes above 1 that a reshape maps onto each other: as few as possible of `from` to as few of `to`.
struct Group {
  Axes from, to;
};

std::vector<Group> groupsOf(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  std::vector<Group> groups;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    if (i < from.size() && from[i] == 1) {
      ++i;
      continue;
    }
    if (j < to.size() && to[j] == 1) {
      ++j;
      continue;
    }
    BRAID_CHECK(i < from.size() && j < to.size(), "a reshape keeps the number of elements");
    Group group;
    int64_t left = from[i], right = to[j];
    group.from.push_back(static_cast<int64_t>(i++));
    group.to.push_back(static_cast<int64_t>(j++));
    while (left != right) {
      int64_t &product = left < right ? left : right;
      const auto shape = left < right ? from : to;
      size_t &next = left < right ? i : j;
      BRAID_CHECK(next < shape.size(), "a reshape keeps the number of elements");
      if (shape[next] != 1)
        (left < right ? group.from : group.to).push_back(static_cast<int64_t>(next));
      product *= shape[next++];
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

/// Moves the axes of `group` together and into order, to where the last of them stands.
void gather(Axes &order, llvm::ArrayRef<int64_t> group) {
  auto inGroup = [&](int64_t axis) { return std::find(group.begin(), group.end(), axis) != group.end(); };
  size_t last = 0;
  for (size_t i = 0; i < order.size(); ++i)
    if (inGroup(order[i]))
      last = i;
  Axes out;
  for (size_t i = 0; i < order.size(); ++i) {
    if (!inGroup(order[i]))
      out.push_back(order[i]);
    if (i == last)
      out.append(group.begin(), group.end());
  }
  order = std::move(out);
}

} // namespace

Axes wideAxes(const Lowered &value) {
  Axes out;
  for (int64_t axis : value.axes)
    if (axis != kNoAxis && value.shape[at(axis)] != 1)
      out.push_back(axis);
  return out;
}

Axes channelsLast(int64_t rank) {
  if (rank == 4)
    return {2, 3, 1};
  if (rank == 3)
    return {kNoAxis, 2, 1};
  BRAID_CHECK(rank == 2, "channels come last in values of rank 2 to 4");
  return {1};
}

Axes layoutOf(llvm::ArrayRef<int64_t> axes) {
  Axes out(axes.begin(), axes.end());
  if (out.empty())
    out = {kNoAxis};
  if (out.size() == 2)
    out.insert(out.begin(), kNoAxis);
  return out;
}

Axes rowMajorLayout(llvm::ArrayRef<int64_t> shape) {
  Axes wide;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1)
      wide.push_back(static_cast<int64_t>(i));
  return layoutOf(wide);
}

Shape streamShape(const Lowered &value, llvm::ArrayRef<int64_t> axes) {
  Shape out;
  for (int64_t axis : axes)
    out.push_back(axis == kNoAxis ? 1 : value.shape[at(axis)]);
  return out;
}

llvm::Expected<Lowered> transposedView(const Lowered &value, llvm::ArrayRef<int64_t> perm) {
  Lowered out = value;
  std::vector<int64_t> moved(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    out.shape[i] = value.shape[at(perm[i])];
    moved[at(perm[i])] = static_cast<int64_t>(i);
  }
  for (int64_t &axis : out.axes)
    axis = axis == kNoAxis ? kNoAxis : moved[at(axis)];
  if (value.batch && perm[0] != 0) {
    if (value.batch > 1)
      return fault("perm {} moves the batch of {}", ir::toString(perm), value.batch);
    out.batch = 0;
  }
  return out;
}

Lowered widenedView(const Lowered &value, int64_t rank) {
  Lowered out = value;
  const int64_t more = rank - value.rank();
  if (more <= 0)
    return out;
  out.shape.insert(out.shape.begin(), at(more), 1);
  for (int64_t &axis : out.axes)
    axis = axis == kNoAxis ? kNoAxis : axis + more;
  out.batch = 0;
  return out;
}

Builder::Builder(const Graph &graph) {
  model.name = graph.name;
  for (const Value &value : graph.values)
    streamNames_.try_emplace(value.name, 1);
}

std::string Builder::uniqueStreamName(llvm::StringRef base) { return uniqueName(streamNames_, base); }
std::string Builder::uniqueLayerName(llvm::StringRef base) { return uniqueName(layerNames_, base); }

llvm::Expected<ir::StreamId> Builder::emit(const Node &node, ir::Op op, llvm::ArrayRef<ir::StreamId> inputs,
                                           llvm::StringRef outputName, bool invented) {
  std::vector<Shape> shapes;
  for (ir::StreamId input : inputs)
    shapes.push_back(model.stream(input).shape);
  auto shape = ir::inferShape(op, shapes);
  if (!shape)
    return shape.takeError();
  if (!checkedElements(*shape))
    return fault("its output {} is larger than any network's", ir::toString(*shape));
  const std::string base = !node.name.empty() ? node.name
                           : invented         ? outputName.str()
                                              : fmt::format("{}_{}", node.op, outputName);
  ir::Layer layer;
  layer.name = uniqueLayerName(
      invented ? fmt::format("{}_{}", base, llvm::StringRef(ir::kindName(op)).lower()) : base);
  layer.op = std::move(op);
  layer.inputs.assign(inputs.begin(), inputs.end());
  layer.output = model.addStream(invented ? uniqueStreamName(outputName) : outputName.str(), *shape);
  if (!invented)
    layer.nodes.push_back(base);
  const ir::StreamId output = layer.output;
  model.addLayer(std::move(layer));
  return output;
}

llvm::Expected<ir::StreamId> Builder::reshaped(const Node &node, ir::StreamId stream, const Shape &shape,
                                               llvm::StringRef name) {
  // A reshape of a reshape is one.
  const ir::LayerId producer = model.stream(stream).producer;
  if (producer != ir::LayerId::None && std::holds_alternative<ir::Reshape>(model.layer(producer).op))
    stream = model.layer(producer).inputs[0];
  if (model.stream(stream).shape == shape)
    return stream;
  auto [known, isNew] = reshapes_.try_emplace({stream, {shape.begin(), shape.end()}}, ir::StreamId::None);
  if (!isNew)
    return known->second;
  auto out = name.empty()
                 ? emit(node, ir::Reshape{shape}, {stream}, model.stream(stream).name + "_reshaped", true)
                 : emit(node, ir::Reshape{shape}, {stream}, name);
  if (out)
    known->second = *out;
  else
    reshapes_.erase(known);
  return out;
}

llvm::Expected<ir::StreamId> Builder::transposed(const Node &node, ir::StreamId stream,
                                                 llvm::ArrayRef<int64_t> perm) {
  std::vector<int64_t> steps(perm.begin(), perm.end());
  const ir::LayerId producer = model.stream(stream).producer;
  if (producer != ir::LayerId::None)
    if (const auto *before = std::get_if<ir::Transpose>(&model.layer(producer).op)) {
      for (int64_t &step : steps)
        step = before->perm[at(step)];
      stream = model.layer(producer).inputs[0];
    }
  if (std::is_sorted(steps.begin(), steps.end()))
    return stream;
  auto [known, isNew] = transposes_.try_emplace({stream, steps}, ir::StreamId::None);
  if (!isNew)
    return known->second;
  ir::Transpose op;
  op.perm.assign(steps.begin(), steps.end());
  auto out =
      emit(node, std::move(op), {stream}, model.stream(stream).name + "_transposed", /*invented=*/true);
  if (out)
    known->second = *out;
  else
    transposes_.erase(known);
  return out;
}

llvm::Expected<ir::StreamId> Builder::inLayout(const Node &node, const Lowered &value,
                                               llvm::ArrayRef<int64_t> axes) {
  const Shape wanted = streamShape(value, axes);
  BRAID_CHECK(ir::elements(wanted) == ir::elements(value.shape), "a layout names every axis above 1");
  const Axes now = wideAxes(value);
  Axes then;
  for (size_t i = 0; i < axes.size(); ++i)
    if (wanted[i] != 1)
      then.push_back(axes[i]);
  if (now == then)
    return reshaped(node, value.stream, wanted);

  // Same rank, ones in the places left over: one Transpose does it. Otherwise drop and add ones first.
  ir::StreamId stream = value.stream;
  Axes from = value.axes;
  if (from.size() != axes.size()) {
    from.assign(axes.size() - now.size(), kNoAxis);
    from.append(now.begin(), now.end());
    auto flat = reshaped(node, stream, streamShape(value, from));
    if (!flat)
      return flat.takeError();
    stream = *flat;
  }
  std::vector<int64_t> perm(axes.size(), -1);
  std::vector<bool> used(axes.size(), false);
  for (size_t i = 0; i < axes.size(); ++i)
    for (size_t k = 0; k < from.size() && wanted[i] != 1; ++k)
      if (from[k] == axes[i]) {
        perm[i] = static_cast<int64_t>(k);
        used[k] = true;
      }
  size_t free = 0;
  for (int64_t &source : perm)
    if (source < 0) {
      while (used[free])
        ++free;
      used[free] = true;
      source = static_cast<int64_t>(free);
    }
  return transposed(node, stream, perm);
}

llvm::Expected<Lowered> Builder::reshapedView(const Node &node, const Lowered &value, const Shape &shape,
                                              llvm::StringRef name) {
  if (!checkedElements(shape) || ir::elements(shape) != ir::elements(value.shape))
    return fault("{} cannot be reshaped to {}", ir::toString(value.shape), ir::toString(shape));
  const bool keepsBatch = value.batch && !shape.empty() && shape[0] == 1;
  if (value.batch > 1 && !keepsBatch)
    return fault("a reshape of {} to {} mixes the {} samples of the batch", ir::toString(value.shape),
                 ir::toString(shape), value.batch);
  Lowered out = value;
  out.shape = shape;
  out.batch = keepsBatch ? value.batch : 0;

  const std::vector<Group> groups = groupsOf(value.shape, shape);
  // Order of the old axes in which every group that is split or joined stands together.
  Axes order = wideAxes(value);
  bool regroups = false;
  for (const Group &group : groups)
    if (group.from.size() != 1 || group.to.size() != 1) {
      gather(order, group.from);
      regroups = true;
    }
  std::map<int64_t, const Group *> groupOf;
  for (const Group &group : groups)
    groupOf[group.from[0]] = &group;
  if (!regroups) {
    for (int64_t &axis : out.axes)
      axis = axis == kNoAxis || value.shape[at(axis)] == 1 ? kNoAxis : groupOf.at(axis)->to[0];
    return out;
  }
  auto ordered = inLayout(node, value, order == wideAxes(value) ? value.axes : layoutOf(order));
  if (!ordered)
    return ordered.takeError();
  Axes wide;
  for (int64_t axis : order)
    if (auto group = groupOf.find(axis); group != groupOf.end())
      wide.append(group->second->to.begin(), group->second->to.end());
  out.axes = layoutOf(wide);
  auto stream = reshaped(node, *ordered, streamShape(out, out.axes), name);
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  return out;
}

} // namespace braid::frontend
