// Nodes that move elements about. Most only change the note on how a stream's dimensions stand in ONNX's
// order.

#include "lower.h"

#include <cmath>

namespace braid::frontend {
namespace {

llvm::Error setRearranged(OpContext &context, const Lowered &in, const Rearrangement &how) {
  auto out = rearranged(context, in, how, context.outputNames[0]);
  if (!out)
    return out.takeError();
  context.outputs[0] = std::move(*out);
  return llvm::Error::success();
}

llvm::Error setReshaped(OpContext &context, const Lowered &in, llvm::Expected<Shape> shape) {
  if (!shape)
    return shape.takeError();
  auto out = context.builder.reshapedView(context.node, in, *shape, context.outputNames[0]);
  if (!out)
    return out.takeError();
  context.outputs[0] = std::move(*out);
  return llvm::Error::success();
}

llvm::Error reshape(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  auto target = context.attributeOrConstant("shape", 1);
  if (!target)
    return target.takeError();
  const bool allowZero = context.attributes.integer("allowzero", 0) != 0;
  const int64_t batch = (*in)->batch;
  if (batch > 1 && !target->empty()) {
    // The file counts the samples of a whole batch; here there is one.
    if (target->front() == 1)
      return fault("a reshape to {} mixes the {} samples of the batch", ir::toString(*target), batch);
    if (target->front() == batch)
      target->front() = 1;
  }
  return setReshaped(context, **in, reshapeShape((*in)->shape, *target, allowZero));
}

llvm::Error flatten(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  const int64_t axis = context.attributes.integer("axis", 1);
  if ((*in)->batch > 1 && (axis == 0 || axis == -(*in)->rank()))
    return fault("a flattening from axis 0 mixes the {} samples of the batch", (*in)->batch);
  return setReshaped(context, **in, flattenShape((*in)->shape, axis));
}

llvm::Error squeeze(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  auto axes = context.attributeOrConstant("axes", 1);
  if (!axes)
    return axes.takeError();
  auto normal = normalAxes(*axes, (*in)->rank());
  if (!normal)
    return normal.takeError();
  if ((*in)->batch > 1) {
    if (std::find(normal->begin(), normal->end(), 0) != normal->end())
      return fault("axis 0 is a batch of {} and cannot be squeezed", (*in)->batch);
    if (axes->empty())
      for (int64_t axis = 1; axis < (*in)->rank(); ++axis)
        if ((*in)->shape[at(axis)] == 1)
          normal->push_back(axis);
    if (normal->empty()) {
      context.outputs[0] = **in;
      return llvm::Error::success();
    }
  }
  return setReshaped(context, **in, squeezeShape((*in)->shape, *normal));
}

llvm::Error unsqueeze(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  auto axes = context.attributeOrConstant("axes", 1);
  if (!axes)
    return axes.takeError();
  auto normal = normalAxes(*axes, (*in)->rank() + static_cast<int64_t>(axes->size()));
  if (!normal)
    return normal.takeError();
  if ((*in)->batch > 1 && std::find(normal->begin(), normal->end(), 0) != normal->end())
    return fault("a new axis before the batch of {} is not supported", (*in)->batch);
  return setReshaped(context, **in, unsqueezeShape((*in)->shape, *normal));
}

llvm::Error transpose(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  const bool absent = !context.attributes.has("perm");
  auto perm = normalPerm(context.attributes.integers("perm"), (*in)->rank(), absent);
  if (!perm)
    return perm.takeError();
  auto out = transposedView(**in, *perm);
  if (!out)
    return out.takeError();
  context.outputs[0] = std::move(*out);
  return llvm::Error::success();
}

/// The layout of `in` if it names all of `needed`; else one that does.
Axes layoutWith(const Lowered &in, llvm::ArrayRef<int64_t> needed, const Shape &shape) {
  auto names = [&](const Axes &layout) {
    for (int64_t axis : needed)
      if (std::find(layout.begin(), layout.end(), axis) == layout.end())
        return false;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (shape[axis] != 1 &&
          std::find(layout.begin(), layout.end(), static_cast<int64_t>(axis)) == layout.end())
        return false;
    return true;
  };
  if (names(in.axes))
    return in.axes;
  if ((in.rank() == 3 || in.rank() == 4) && names(channelsLast(in.rank())))
    return channelsLast(in.rank());
  Axes all;
  for (int64_t axis = 0; axis < in.rank(); ++axis)
    if (shape[at(axis)] != 1 || std::find(needed.begin(), needed.end(), axis) != needed.end())
      all.push_back(axis);
  return layoutOf(all);
}

llvm::Error concat(OpContext &context) {
  auto first = context.anyStream();
  if (!first)
    return first.takeError();
  const int64_t rank = (*first)->rank();
  auto axis = normalAxis(context.attributes.integer("axis", 1), rank);
  if (!axis)
    return axis.takeError();
  if (context.inputs.size() == 1) {
    context.outputs[0] = **first;
    return llvm::Error::success();
  }
  Lowered out = **first;
  out.shape[at(*axis)] = 0;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    auto in = context.anyStream(i);
    if (!in)
      return in.takeError();
    if ((*in)->batch && *axis == 0)
      return fault("joining along the batch (axis 0) is not supported");
    Shape rest = (*in)->shape;
    if ((*in)->rank() != rank)
      return fault("inputs {} and {} differ in rank", ir::toString((*first)->shape), ir::toString(rest));
    out.shape[at(*axis)] += std::exchange(rest[at(*axis)], (*first)->shape[at(*axis)]);
    if (rest != (*first)->shape)
      return fault("inputs {} and {} differ outside axis {}", ir::toString((*first)->shape),
                   ir::toString((*in)->shape), *axis);
    // Any input may tell the axes apart; the first that does sets the layout.
    if (wideAxes(out).size() < wideAxes(**in).size())
      out.axes = (*in)->axes;
    out.batch = std::max(out.batch, (*in)->batch);
  }
  out.axes = layoutWith(out, {*axis}, out.shape);
  std::vector<ir::StreamId> streams;
  for (const Lowered *in : context.inputs) {
    auto stream = context.builder.inLayout(context.node, *in, out.axes);
    if (!stream)
      return stream.takeError();
    streams.push_back(*stream);
  }
  const auto place = std::find(out.axes.begin(), out.axes.end(), *axis) - out.axes.begin();
  auto stream = context.emit(ir::Concat{place}, streams);
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

/// Begins and ends per axis of a Pad node, in all opsets' spellings.
llvm::Expected<std::pair<std::vector<int64_t>, std::vector<int64_t>>> readPads(OpContext &context,
                                                                               int64_t rank) {
  auto pads = context.attributeOrConstant("pads", 1);
  if (!pads)
    return pads.takeError();
  auto axes = context.attributeOrConstant("axes", 3);
  if (!axes)
    return axes.takeError();
  if (!context.input(3))
    for (int64_t axis = 0; axis < rank; ++axis)
      axes->push_back(axis);
  auto normal = normalAxes(*axes, rank);
  if (!normal)
    return normal.takeError();
  if (pads->size() != 2 * normal->size())
    return fault("{} pads for {} axes; two for each are needed", pads->size(), normal->size());
  std::vector<int64_t> begin(at(rank), 0), end(at(rank), 0);
  for (size_t i = 0; i < normal->size(); ++i) {
    begin[at((*normal)[i])] = (*pads)[i];
    end[at((*normal)[i])] = (*pads)[normal->size() + i];
  }
  for (size_t axis = 0; axis < begin.size(); ++axis)
    if (begin[axis] < 0 || end[axis] < 0 || begin[axis] > kMaxElements || end[axis] > kMaxElements)
      return fault("pads {} are not supported; they must add cells", ir::toString(*pads));
  return std::pair(std::move(begin), std::move(end));
}

llvm::Error pad(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  const std::string mode = context.attributes.text("mode", "constant");
  if (mode != "constant")
    return fault("mode '{}' is not supported; 'constant' is", mode);
  double value = context.attributes.real("value", 0);
  if (context.input(2)) {
    auto constant = context.parameter(2, "the padding's value");
    if (!constant)
      return constant.takeError();
    if ((*constant)->size() != 1)
      return fault("{} values to pad with; one is supported", (*constant)->size());
    value = (*constant)->real(0);
  }
  if (std::isnan(value))
    return fault("the padding's value is NaN");
  auto pads = readPads(context, (*in)->rank());
  if (!pads)
    return pads.takeError();
  const auto &[begin, end] = *pads;
  if ((*in)->batch && (begin[0] || end[0]))
    return fault("the batch cannot be padded");
  std::vector<int64_t> padded;
  Lowered out = **in;
  for (size_t axis = 0; axis < begin.size(); ++axis) {
    out.shape[axis] += begin[axis] + end[axis];
    if (begin[axis] || end[axis])
      padded.push_back(static_cast<int64_t>(axis));
  }
  if (padded.empty()) {
    context.outputs[0] = **in;
    return llvm::Error::success();
  }
  out.axes = layoutWith(**in, padded, out.shape);
  auto from = context.builder.inLayout(context.node, **in, out.axes);
  if (!from)
    return from.takeError();
  ir::Pad op;
  op.value = value;
  for (int64_t axis : out.axes) {
    op.begin.push_back(axis == kNoAxis ? 0 : begin[at(axis)]);
    op.end.push_back(axis == kNoAxis ? 0 : end[at(axis)]);
  }
  auto stream = context.emit(std::move(op), {*from});
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

llvm::Error expand(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  auto target = context.attributeOrConstant("shape", 1);
  if (!target)
    return target.takeError();
  if ((*in)->batch > 1 && static_cast<int64_t>(target->size()) == (*in)->rank() &&
      target->front() == (*in)->batch)
    target->front() = 1;
  auto shape = broadcastShape((*in)->shape, *target);
  if (!shape)
    return shape.takeError();
  if (ir::elements(*shape) != ir::elements((*in)->shape))
    return fault("a stream {} expanded to {} is not supported", ir::toString((*in)->shape),
                 ir::toString(*shape));
  return setReshaped(context, **in, std::move(shape));
}

llvm::Error depthToSpace(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  const Shape &shape = (*in)->shape;
  const int64_t block = context.attributes.integer("blocksize", 0);
  const std::string mode = context.attributes.text("mode", "DCR");
  if (shape.size() != 4 || block < 1 || block > shape[1] || shape[1] % (block * block) != 0)
    return fault("blocks of {0} x {0} do not fit an input {1}", block, ir::toString(shape));
  if (mode != "DCR" && mode != "CRD")
    return fault("mode '{}' is unknown; DCR and CRD are supported", mode);
  const int64_t n = shape[0], c = shape[1] / (block * block), h = shape[2], w = shape[3];
  const Shape out = {n, c, h * block, w * block};
  if (mode == "DCR")
    return setRearranged(context, **in, {{n, block, block, c, h, w}, {0, 3, 4, 1, 5, 2}, out});
  return setRearranged(context, **in, {{n, c, block, block, h, w}, {0, 1, 4, 2, 5, 3}, out});
}

llvm::Error spaceToDepth(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  const Shape &shape = (*in)->shape;
  const int64_t block = context.attributes.integer("blocksize", 0);
  if (shape.size() != 4 || block < 1 || shape[2] % block != 0 || shape[3] % block != 0)
    return fault("blocks of {0} x {0} do not fit an input {1}", block, ir::toString(shape));
  const int64_t n = shape[0], c = shape[1], h = shape[2] / block, w = shape[3] / block;
  return setRearranged(context, **in,
                       {{n, c, h, block, w, block}, {0, 3, 5, 1, 2, 4}, {n, c * block * block, h, w}});
}

constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr LowerRule kRules[] = {
    {"Concat", 1, kAny, concat},
    {"DepthToSpace", 1, 1, depthToSpace},
    {"Expand", 2, 2, expand},
    {"Flatten", 1, 1, flatten},
    {"Pad", 1, 4, pad},
    {"Reshape", 1, 2, reshape},
    {"SpaceToDepth", 1, 1, spaceToDepth},
    {"Squeeze", 1, 2, squeeze},
    {"Transpose", 1, 1, transpose},
    {"Unsqueeze", 1, 2, unsqueeze},
};

} // namespace

llvm::Expected<Lowered> rearranged(OpContext &context, const Lowered &in, const Rearrangement &how,
                                   llvm::StringRef name) {
  auto view = context.builder.reshapedView(context.node, in, how.split);
  if (!view)
    return view.takeError();
  auto moved = transposedView(*view, how.perm);
  if (!moved)
    return moved.takeError();
  return context.builder.reshapedView(context.node, *moved, how.joined, name);
}

llvm::ArrayRef<LowerRule> shapeRules() { return kRules; }

} // namespace braid::frontend
