// Arithmetic element by element: with constants it is an Affine layer, between two streams a Binary one.

#include "fold.h"
#include "lower.h"

#include <cmath>

namespace braid::frontend {
namespace {

/// How a constant lies over a stream: one number, one per channel (the stream's last dimension), or one per
/// element.
enum class Extent : uint8_t { One, Channels, Elements };

/// `dims` are aligned to the value's shape.
Extent extentOf(const Lowered &in, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> dims) {
  Extent extent = Extent::One;
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (dims[axis] != 1 && in.shape[axis] != 1)
      extent =
          std::max(extent, axes.back() == static_cast<int64_t>(axis) ? Extent::Channels : Extent::Elements);
  return extent;
}

/// The constant's numbers in the order of the stream, one per channel or per element; `absent` if there is
/// none.
std::vector<double> inStreamOrder(const Lowered &in, llvm::ArrayRef<int64_t> axes,
                                  llvm::ArrayRef<int64_t> dims, const std::vector<double> &values,
                                  bool perChannel) {
  const std::vector<int64_t> own = rowMajorStrides(dims);
  std::vector<int64_t> strides;
  Shape shape = streamShape(in, axes);
  for (int64_t axis : axes)
    strides.push_back(axis == kNoAxis || dims[at(axis)] == 1 ? 0 : own[at(axis)]);
  if (perChannel) {
    shape = {shape.back()};
    strides = {strides.back()};
  }
  std::vector<double> out;
  for (int64_t from : strided(shape, strides))
    out.push_back(values[at(from)]);
  return out;
}

Shape aligned(llvm::ArrayRef<int64_t> dims, int64_t rank) {
  Shape out(at(rank) - dims.size(), 1);
  out.append(dims.begin(), dims.end());
  return out;
}

/// A constant's dimensions at the rank of the stream; of ones if there is no constant.
Shape dimsOf(const Tensor *tensor, int64_t rank) { return aligned(tensor ? tensor->dims() : Shape(), rank); }

/// Where the numbers of an Affine layer lie: layout of the stream and spread of the constants over it.
struct AffineLayout {
  Axes axes;
  Extent extent = Extent::One;
};

/// As few numbers as possible: those per channel of a channels-first value are few only if the channels come
/// last.
AffineLayout affineLayout(const Lowered &in, llvm::ArrayRef<Shape> constants) {
  auto widest = [&](llvm::ArrayRef<int64_t> axes) {
    Extent extent = Extent::One;
    for (const Shape &dims : constants)
      extent = std::max(extent, extentOf(in, axes, dims));
    return extent;
  };
  const Extent asIs = widest(in.axes);
  const bool isFeatureMap = (in.rank() == 3 || in.rank() == 4) && in.shape[0] == 1;
  if (asIs == Extent::Elements && isFeatureMap && widest(channelsLast(in.rank())) == Extent::Channels)
    return {channelsLast(in.rank()), Extent::Channels};
  return {in.axes, asIs};
}

/// The numbers of a constant (or `ifAbsent` everywhere) in the order of the stream.
llvm::Expected<std::vector<double>> numbersOver(const Lowered &in, const AffineLayout &layout,
                                                const SpreadConstant &constant) {
  std::vector<double> values(1, constant.ifAbsent);
  if (constant.tensor) {
    auto read = finiteReals(*constant.tensor, constant.what);
    if (!read)
      return read.takeError();
    values = std::move(*read);
  }
  return inStreamOrder(in, layout.axes, dimsOf(constant.tensor, in.rank()), values,
                       layout.extent != Extent::Elements);
}

} // namespace

llvm::Expected<Spread> spreadOver(OpContext &context, const Lowered &value,
                                  llvm::ArrayRef<SpreadConstant> constants) {
  int64_t rank = value.rank();
  for (const SpreadConstant &constant : constants)
    rank = constant.tensor ? std::max(rank, constant.tensor->rank()) : rank;
  if (rank > value.rank() && value.batch > 1)
    return fault("a constant of rank {} with samples of rank {}", rank, value.rank());
  Lowered in = widenedView(value, rank);
  llvm::SmallVector<Shape, 4> all;
  for (const SpreadConstant &constant : constants) {
    const Shape dims = dimsOf(constant.tensor, rank);
    auto shape = broadcastShape(dims, in.shape);
    if (!shape)
      return shape.takeError();
    if (*shape != in.shape)
      return fault("a constant {} makes the stream {} larger", ir::toString(dims), ir::toString(in.shape));
    all.push_back(dims);
  }
  const AffineLayout layout = affineLayout(in, all);
  Spread out;
  out.perElement = layout.extent == Extent::Elements;
  if ((out.perElement ? ir::elements(in.shape) : streamShape(in, layout.axes).back()) > kMaxConstantElements)
    return fault("constants for all channels or elements of {}", ir::toString(in.shape));
  for (const SpreadConstant &constant : constants) {
    auto numbers = numbersOver(in, layout, constant);
    if (!numbers)
      return numbers.takeError();
    out.numbers.push_back(std::move(*numbers));
  }
  if (layout.axes != in.axes) {
    auto stream = context.builder.inLayout(context.node, in, layout.axes);
    if (!stream)
      return stream.takeError();
    in.stream = *stream;
    in.axes = layout.axes;
  }
  out.in = std::move(in);
  return out;
}

llvm::Error lowerAffine(OpContext &context, const Lowered &value, const Tensor *scale, const Tensor *bias) {
  auto spread = spreadOver(context, value, {{scale, "factors", 1}, {bias, "summands", 0}});
  if (!spread)
    return spread.takeError();
  auto weights = [&](size_t i) {
    const auto count = static_cast<int64_t>(spread->numbers[i].size());
    return ir::Weights::fromReals(std::move(spread->numbers[i]), count);
  };
  ir::Affine op{weights(0), weights(1), {}, {}};
  return context.emitSame(spread->in, std::move(op));
}

namespace {

/// A constant after a function of its numbers.
template <class F> llvm::Expected<Tensor> mapped(const Tensor &tensor, F &&f) {
  if (tensor.size() > kMaxConstantElements)
    return fault("a constant {} is larger than any weights", ir::toString(tensor.dims()));
  std::vector<double> values = tensor.reals();
  for (double &value : values)
    value = f(value);
  return Tensor::ofReals(ElementType::Double, tensor.dims(), values);
}

llvm::Error emitAffine(OpContext &context, const Lowered &in, llvm::Expected<Tensor> scale,
                       const Tensor *bias) {
  if (!scale)
    return scale.takeError();
  return lowerAffine(context, in, &*scale, bias);
}

llvm::Error divideBy(OpContext &context, const Lowered &in, const Tensor &divisor) {
  // A product with the reciprocal rounds twice; beyond this it would differ from a quotient visibly.
  constexpr double kTolerance = 1e-6;
  bool isFit = true;
  auto reciprocal = mapped(divisor, [&](double value) {
    const auto factor = static_cast<float>(1 / value);
    isFit = isFit && std::fabs(static_cast<double>(factor) * value - 1) <= kTolerance;
    return 1 / value;
  });
  if (reciprocal && !isFit)
    return fault("a division by a constant whose reciprocal is no float32");
  return emitAffine(context, in, std::move(reciprocal), nullptr);
}

/// The layout in which two streams of `shape` and smaller meet: that of `larger` if it tells all axes apart.
Axes meetingLayout(const Lowered &larger, const Shape &shape) {
  const Axes wide = wideAxes(larger);
  size_t needed = 0;
  for (int64_t dim : shape)
    needed += dim != 1;
  if (wide.size() == needed)
    return larger.axes;
  const bool hasChannels = (shape.size() == 3 || shape.size() == 4) && shape[0] == 1;
  return hasChannels ? channelsLast(static_cast<int64_t>(shape.size())) : rowMajorLayout(shape);
}

} // namespace

llvm::Expected<Lowered> combineStreams(OpContext &context, ir::BinaryKind kind, const Lowered &a,
                                       const Lowered &b, llvm::StringRef part) {
  if (a.rank() != b.rank() && std::max(a.batch, b.batch) > 1)
    return fault("operands of rank {} and {} with a batch", a.rank(), b.rank());
  auto shape = broadcastShape(a.shape, b.shape);
  if (!shape)
    return shape.takeError();
  const auto rank = static_cast<int64_t>(shape->size());
  const Lowered left = widenedView(a, rank), right = widenedView(b, rank);
  Lowered out = ir::elements(right.shape) > ir::elements(left.shape) ? right : left;
  out.axes = meetingLayout(out, *shape);
  out.shape = *shape;
  out.batch = std::max(left.batch, right.batch);
  auto from = context.builder.inLayout(context.node, left, out.axes);
  if (!from)
    return from.takeError();
  auto with = context.builder.inLayout(context.node, right, out.axes);
  if (!with)
    return with.takeError();
  auto stream = part.empty() ? context.emit(ir::Binary{kind}, {*from, *with})
                             : context.emitPart(ir::Binary{kind}, {*from, *with}, part);
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  return out;
}

namespace {

/// In opset 6 the second operand may be aligned at `axis` instead of at the end.
llvm::Error applyOldBroadcast(OpContext &context, std::optional<Tensor> &b, int64_t rank) {
  if (context.opset >= 7)
    return llvm::Error::success();
  context.attributes.ignore("broadcast");
  const int64_t axis = context.attributes.integer("axis", -1);
  if (axis < 0)
    return llvm::Error::success();
  if (!b)
    return context.input(0)->rank() == context.input(1)->rank()
               ? llvm::Error::success()
               : fault("a broadcast of streams at axis {} is not supported", axis);
  Shape dims = b->dims();
  if (axis + b->rank() > rank)
    return fault("a constant {} from axis {} on does not fit a stream of {} dimensions", ir::toString(dims),
                 axis, rank);
  dims.append(at(rank - axis - b->rank()), 1);
  b = b->reshaped(dims);
  return llvm::Error::success();
}

template <ir::BinaryKind kind> llvm::Error binary(OpContext &context) {
  std::optional<Tensor> constant;
  const bool constantFirst = context.constant(0) != nullptr;
  if (const Tensor *tensor = context.constant(constantFirst ? 0 : 1))
    constant = *tensor;
  auto in = context.stream(constantFirst ? 1 : 0);
  if (!in)
    return in.takeError();
  if (auto error = applyOldBroadcast(context, constant, (*in)->rank()))
    return error;
  if (!constant) {
    auto other = context.stream(1);
    if (!other)
      return other.takeError();
    auto out = combineStreams(context, kind, **in, **other, {});
    if (!out)
      return out.takeError();
    context.outputs[0] = std::move(*out);
    return llvm::Error::success();
  }
  switch (kind) {
  case ir::BinaryKind::Add:
    return lowerAffine(context, **in, nullptr, &*constant);
  case ir::BinaryKind::Mul:
    return lowerAffine(context, **in, &*constant, nullptr);
  case ir::BinaryKind::Sub: {
    if (constantFirst)
      return emitAffine(context, **in, Tensor::ofReals(ElementType::Float, {}, {-1.0}), &*constant);
    auto negated = mapped(*constant, [](double value) { return -value; });
    if (!negated)
      return negated.takeError();
    return lowerAffine(context, **in, nullptr, &*negated);
  }
  case ir::BinaryKind::Div:
    if (constantFirst)
      return fault("a constant divided by a stream is not supported");
    return divideBy(context, **in, *constant);
  }
  BRAID_CHECK(false, "unknown binary operation");
}

llvm::Error sum(OpContext &context) {
  std::vector<const Lowered *> streams;
  std::vector<const Tensor *> constants;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (const Tensor *constant = context.constant(i)) {
      constants.push_back(constant);
      continue;
    }
    auto stream = context.stream(i);
    if (!stream)
      return stream.takeError();
    streams.push_back(*stream);
  }
  Lowered total = *streams.at(0); // a sum of constants alone is folded
  for (size_t i = 1; i < streams.size(); ++i) {
    const bool isLast = i + 1 == streams.size() && constants.empty();
    auto out = combineStreams(context, ir::BinaryKind::Add, total, *streams[i], isLast ? "" : "sum");
    if (!out)
      return out.takeError();
    total = std::move(*out);
  }
  context.outputs[0] = total;
  if (constants.empty())
    return llvm::Error::success();
  int64_t budget = kMaxConstantElements;
  FoldContext fold{context.node, constants, context.opset, Attributes(context.node), budget};
  auto summands = foldNode(*foldRule("Sum"), fold);
  if (!summands)
    return summands.takeError();
  return lowerAffine(context, total, nullptr, &summands->front());
}

llvm::Error negate(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  return emitAffine(context, **in, Tensor::ofReals(ElementType::Float, {}, {-1.0}), nullptr);
}

llvm::Error batchNormalization(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  const float epsilon = context.attributes.real("epsilon", 1e-5F);
  for (const char *known : {"momentum", "is_test"})
    context.attributes.ignore(known);
  if (context.attributes.integer("training_mode", 0) != 0)
    return fault("training mode is not supported; export the model for inference");
  if ((*in)->rank() < 2)
    return fault("an input {} has no channels; two or more dimensions are needed",
                 ir::toString((*in)->shape));
  const int64_t channels = (*in)->shape[1];
  if (channels > kMaxConstantElements / 8)
    return fault("{} channels are more than any network has", channels);
  if (context.attributes.integer("spatial", 1) == 0 && ir::elements((*in)->shape) != channels)
    return fault("spatial 0 (statistics per element) is not supported");
  static constexpr const char *kNames[] = {"scales", "biases", "means", "variances"};
  std::vector<std::vector<double>> p;
  for (size_t i = 0; i < 4; ++i) {
    auto tensor = context.parameter(i + 1, kNames[i]);
    if (!tensor)
      return tensor.takeError();
    if ((*tensor)->size() != channels)
      return fault("{} {} do not fit {} channels; one for each is needed", (*tensor)->size(), kNames[i],
                   channels);
    p.push_back((*tensor)->reals());
  }
  std::vector<double> scale(at(channels)), bias(at(channels));
  for (size_t c = 0; c < scale.size(); ++c) {
    const double variance = p[3][c] + static_cast<double>(epsilon);
    if (!(variance > 0))
      return fault("variance {} of channel {} has no root", p[3][c], c);
    scale[c] = p[0][c] / std::sqrt(variance);
    bias[c] = p[1][c] - p[2][c] * scale[c];
  }
  Shape dims(at((*in)->rank() - 1), 1);
  dims[0] = channels;
  const Tensor scales = Tensor::ofReals(ElementType::Double, dims, scale);
  const Tensor biases = Tensor::ofReals(ElementType::Double, dims, bias);
  return lowerAffine(context, **in, &scales, &biases);
}

constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr LowerRule kRules[] = {
    {"Add", 2, 2, binary<ir::BinaryKind::Add>},
    {"BatchNormalization", 5, 5, batchNormalization},
    {"Div", 2, 2, binary<ir::BinaryKind::Div>},
    {"Mul", 2, 2, binary<ir::BinaryKind::Mul>},
    {"Neg", 1, 1, negate},
    {"Sub", 2, 2, binary<ir::BinaryKind::Sub>},
    {"Sum", 1, kAny, sum},
};

} // namespace

llvm::ArrayRef<LowerRule> elementwiseRules() { return kRules; }

} // namespace braid::frontend
