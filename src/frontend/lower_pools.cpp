// Pools: by window, and over everything.

#include "windows.h"

namespace braid::frontend {
namespace {

llvm::Error pool(OpContext &context, ir::PoolKind kind) {
  auto in = kind == ir::PoolKind::Max ? context.anyStream() : context.stream();
  if (!in)
    return in.takeError();
  if (auto error = checkFeatureMap(**in))
    return error;
  auto window = readWindow(context, **in, context.attributes.integers("kernel_shape"), /*isPool=*/true);
  if (!window)
    return window.takeError();
  ir::Pool op;
  op.kind = kind;
  op.window = window->window;
  for (int axis : {0, 1}) {
    const int64_t reach = op.window.dilation[axis] * (op.window.kernel[axis] - 1) + 1;
    if (op.window.padBegin[axis] >= reach || op.window.padEnd[axis] >= reach)
      return fault("pads as large as the kernel: a window would see padding only");
  }
  if (kind == ir::PoolKind::Average) {
    op.countIncludePad = context.attributes.integer("count_include_pad", 0) != 0 && op.window.hasPadding();
    if (op.countIncludePad && window->ceilEnlarged)
      return fault("ceil_mode together with count_include_pad is not supported where it adds windows");
  } else {
    context.attributes.ignore("storage_order"); // says how the second output, which is not supported, counts
  }
  return emitFeatureMap(context, **in, op);
}

llvm::Error maxPool(OpContext &context) { return pool(context, ir::PoolKind::Max); }
llvm::Error averagePool(OpContext &context) { return pool(context, ir::PoolKind::Average); }

/// Reduces one axis of three: a pool whose kernel is as long as the axis.
llvm::Error reduceOne(OpContext &context, Lowered &out, int64_t axis, ir::PoolKind kind) {
  Axes layout = wideAxes(out);
  if (layout.back() == axis) { // the last is the channels
    layout.pop_back();
    layout.insert(layout.begin(), axis);
  }
  auto from = context.builder.inLayout(context.node, out, layout);
  if (!from)
    return from.takeError();
  ir::Pool op;
  op.kind = kind;
  const size_t place = layout[0] == axis ? 0 : 1;
  op.window.kernel[place] = op.window.stride[place] = out.shape[at(axis)];
  auto stream = context.emit(op, {*from});
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  out.axes = layout;
  out.axes[place] = kNoAxis;
  return llvm::Error::success();
}

/// Reduces `axes`; what is left may have one axis above 1, the channels, or two where one axis is reduced.
llvm::Error reduceTo(OpContext &context, const Lowered &in, llvm::ArrayRef<int64_t> axes, bool keepDims,
                     ir::PoolKind kind) {
  if (in.batch && std::find(axes.begin(), axes.end(), 0) != axes.end())
    return fault("a reduction over the batch; samples are computed one by one");
  Axes positions, channels;
  for (int64_t axis : wideAxes(in))
    (std::find(axes.begin(), axes.end(), axis) != axes.end() ? positions : channels).push_back(axis);
  const bool isOneOfThree = positions.size() == 1 && channels.size() == 2;
  if (channels.size() > 1 && !positions.empty() && !isOneOfThree)
    return fault(
        "a reduction of {} over some of its positions is not supported; it must leave the channels only",
        ir::toString(in.shape));
  Lowered out = in;
  if (isOneOfThree) {
    if (auto error = reduceOne(context, out, positions[0], kind))
      return error;
  } else if (!positions.empty()) {
    Axes layout = positions;
    layout.push_back(channels.empty() ? kNoAxis : channels[0]);
    layout = layoutOf(layout);
    auto from = context.builder.inLayout(context.node, in, layout);
    if (!from)
      return from.takeError();
    const Shape &shape = context.builder.model.stream(*from).shape;
    if (shape.size() != 3) {
      from = context.builder.reshaped(context.node, *from,
                                      {1, ir::elements(shape) / shape.back(), shape.back()});
      if (!from)
        return from.takeError();
    }
    auto stream = context.emit(ir::GlobalPool{kind}, {*from});
    if (!stream)
      return stream.takeError();
    out.stream = *stream;
    out.axes = {kNoAxis, kNoAxis, layout.back()};
  }
  for (int64_t axis : axes)
    out.shape[at(axis)] = 1;
  if (!keepDims) {
    auto shape = squeezeShape(out.shape, axes);
    if (!shape)
      return shape.takeError();
    auto squeezed = context.builder.reshapedView(context.node, out, axes.empty() ? out.shape : *shape);
    if (!squeezed)
      return squeezed.takeError();
    out = std::move(*squeezed);
  }
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

llvm::Error globalPool(OpContext &context, ir::PoolKind kind) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  if (auto error = checkFeatureMap(**in))
    return error;
  std::vector<int64_t> axes;
  for (int64_t axis = 2; axis < (*in)->rank(); ++axis)
    axes.push_back(axis);
  return reduceTo(context, **in, axes, /*keepDims=*/true, kind);
}

llvm::Error globalMaxPool(OpContext &context) { return globalPool(context, ir::PoolKind::Max); }
llvm::Error globalAveragePool(OpContext &context) { return globalPool(context, ir::PoolKind::Average); }

llvm::Error reduce(OpContext &context, ir::PoolKind kind) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto axes = context.attributeOrConstant("axes", 1);
  if (!axes)
    return axes.takeError();
  const bool keepDims = context.attributes.integer("keepdims", 1) != 0;
  const bool noneMeansNone = context.attributes.integer("noop_with_empty_axes", 0) != 0;
  if (axes->empty() && !noneMeansNone)
    for (int64_t axis = 0; axis < (*in)->rank(); ++axis)
      axes->push_back(axis);
  auto normal = normalAxes(*axes, (*in)->rank());
  if (!normal)
    return normal.takeError();
  return reduceTo(context, **in, *normal, keepDims, kind);
}

llvm::Error reduceMax(OpContext &context) { return reduce(context, ir::PoolKind::Max); }
llvm::Error reduceMean(OpContext &context) { return reduce(context, ir::PoolKind::Average); }

constexpr LowerRule kRules[] = {
    {"AveragePool", 1, 1, averagePool},     {"GlobalAveragePool", 1, 1, globalAveragePool},
    {"GlobalMaxPool", 1, 1, globalMaxPool}, {"MaxPool", 1, 1, maxPool},
    {"ReduceMax", 1, 2, reduceMax},         {"ReduceMean", 1, 2, reduceMean},
};

} // namespace

llvm::ArrayRef<LowerRule> poolRules() { return kRules; }

} // namespace braid::frontend
