// Activations, softmax, and nodes that do nothing at inference.

#include "lower.h"

#include <cmath>

namespace braid::frontend {
namespace {

using ir::Activation;
using ir::ActivationKind;

llvm::Error emitActivation(OpContext &context, ActivationKind kind, double alpha = 0, double beta = 0) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  Activation op;
  op.kind = kind;
  op.alpha = alpha;
  op.beta = beta;
  const bool isBound = kind == ActivationKind::Clip; // absent ones are infinite
  if (std::isnan(alpha) || std::isnan(beta) || (!isBound && (std::isinf(alpha) || std::isinf(beta))))
    return fault("a parameter is NaN or infinite");
  return context.emitSame(**in, std::move(op));
}

/// Sets the output to the input itself.
llvm::Error passOn(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  context.outputs[0] = **in;
  return llvm::Error::success();
}

llvm::Error relu(OpContext &context) { return emitActivation(context, ActivationKind::Relu); }
llvm::Error sigmoid(OpContext &context) { return emitActivation(context, ActivationKind::Sigmoid); }
llvm::Error tanh(OpContext &context) { return emitActivation(context, ActivationKind::Tanh); }

llvm::Error leakyRelu(OpContext &context) {
  return emitActivation(context, ActivationKind::LeakyRelu, context.attributes.real("alpha", 0.01F));
}

llvm::Error elu(OpContext &context) {
  return emitActivation(context, ActivationKind::Elu, context.attributes.real("alpha", 1.0F));
}

llvm::Error selu(OpContext &context) {
  // ONNX's defaults before opset 6 (1.6732, 1.0507) are out of reach here.
  const float alpha = context.attributes.real("alpha", 1.67326319217681884765625F);
  return emitActivation(context, ActivationKind::Selu, alpha,
                        context.attributes.real("gamma", 1.05070102214813232F));
}

llvm::Error hardSigmoid(OpContext &context) {
  const float alpha = context.attributes.real("alpha", 0.2F);
  return emitActivation(context, ActivationKind::HardSigmoid, alpha, context.attributes.real("beta", 0.5F));
}

llvm::Error hardSwish(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  Activation gate;
  gate.kind = ActivationKind::HardSigmoid;
  gate.alpha = 1.0F / 6.0F;
  gate.beta = 0.5;
  auto factor = context.emitPart(std::move(gate), {(*in)->stream}, "gate");
  if (!factor)
    return factor.takeError();
  auto out = context.emit(ir::Binary{ir::BinaryKind::Mul}, {(*in)->stream, *factor});
  if (!out)
    return out.takeError();
  context.outputs[0] = **in;
  context.outputs[0].stream = *out;
  return llvm::Error::success();
}

/// Between two bounds; one that is absent is infinite. Bounds at the ends of float32 bound nothing.
llvm::Error emitClip(OpContext &context, double low, double high) {
  constexpr double kEnd = 3.4e38, kNone = std::numeric_limits<double>::infinity();
  low = low <= -kEnd ? -kNone : low;
  high = high >= kEnd ? kNone : high;
  if (low > high)
    return fault("the lower bound {} is above the upper bound {}", low, high);
  if (std::isinf(low) && std::isinf(high))
    return passOn(context);
  if (low == 0 && std::isinf(high))
    return emitActivation(context, ActivationKind::Relu);
  return emitActivation(context, ActivationKind::Clip, low, high);
}

/// Input `i` as a single constant number, or `ifAbsent`.
llvm::Expected<double> number(OpContext &context, size_t i, const char *what, double ifAbsent) {
  if (!context.input(i))
    return ifAbsent;
  const Tensor *tensor = context.constant(i);
  if (!tensor)
    return fault("{} (input {}) comes at run time; it must be constant", what, i);
  if (tensor->size() != 1)
    return fault("{} (input {}) is {}; a single number is supported", what, i, ir::toString(tensor->dims()));
  return tensor->real(0);
}

llvm::Error clip(OpContext &context) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const float end = std::numeric_limits<float>::max();
  const float minimum = context.attributes.real("min", -end), maximum = context.attributes.real("max", end);
  auto low = number(context, 1, "min", context.opset < 11 ? static_cast<double>(minimum) : -kNone);
  if (!low)
    return low.takeError();
  auto high = number(context, 2, "max", context.opset < 11 ? static_cast<double>(maximum) : kNone);
  if (!high)
    return high.takeError();
  return emitClip(context, *low, *high);
}

/// Max and Min of a stream and a number.
template <bool isMax> llvm::Error bound(OpContext &context) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  if (context.inputs.size() == 1)
    return passOn(context);
  const size_t constant = context.constant(0) ? 0 : 1;
  if (context.inputs.size() != 2 || !context.constant(constant))
    return fault("only of one stream and one constant number is supported");
  auto limit = number(context, constant, "the bound", 0);
  if (!limit)
    return limit.takeError();
  if (constant == 0)
    std::swap(context.inputs[0], context.inputs[1]);
  return isMax ? emitClip(context, *limit, kNone) : emitClip(context, -kNone, *limit);
}

/// Slopes per element: over the elements as one long vector, each is a channel.
llvm::Error pReluPerElement(OpContext &context, const Lowered &in, const Tensor &slope, const Shape &dims) {
  auto shape = broadcastShape(dims, in.shape);
  if (!shape)
    return shape.takeError();
  if (*shape != in.shape || ir::elements(in.shape) > kMaxConstantElements)
    return fault("slopes {} do not broadcast to an input {}", ir::toString(dims), ir::toString(in.shape));
  auto values = finiteFloats(slope, "slopes");
  if (!values)
    return values.takeError();
  Activation op;
  op.kind = ActivationKind::PRelu;
  std::vector<float> all;
  for (int64_t from : broadcastIndices(dims, in.shape))
    all.push_back((*values)[at(from)]);
  const auto count = static_cast<int64_t>(all.size());
  op.slopes = ir::Weights::fromFloats(std::move(all), count);
  auto flat = context.builder.reshapedView(context.node, in, {1, count});
  if (!flat)
    return flat.takeError();
  auto from = context.builder.inLayout(context.node, *flat, {1});
  if (!from)
    return from.takeError();
  flat->axes = {1};
  auto stream = context.emit(std::move(op), {*from});
  if (!stream)
    return stream.takeError();
  flat->stream = *stream;
  auto out = context.builder.reshapedView(context.node, *flat, in.shape);
  if (!out)
    return out.takeError();
  context.outputs[0] = std::move(*out);
  return llvm::Error::success();
}

llvm::Error pRelu(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto slope = context.parameter(1, "slopes");
  if (!slope)
    return slope.takeError();
  if ((*slope)->size() == 1)
    return emitActivation(context, ActivationKind::LeakyRelu, (*slope)->real(0));
  const int64_t rank = (*in)->rank();
  Shape dims = (*slope)->dims();
  // Before opset 7 slopes are per channel without saying so.
  if (context.opset < 7 && dims.size() == 1 && rank > 2)
    dims.append(at(rank - 2), 1);
  int64_t channelAxis = kNoAxis, wide = 0;
  const int64_t shift = rank - static_cast<int64_t>(dims.size());
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != 1) {
      channelAxis = static_cast<int64_t>(i) + shift;
      ++wide;
    }
  if (shift < 0 || (wide == 1 && (*in)->shape[at(channelAxis)] != (*slope)->size()))
    return fault("slopes {} do not broadcast to an input {}", ir::toString(dims), ir::toString((*in)->shape));
  if (wide > 1)
    return pReluPerElement(context, **in, **slope, dims);
  auto values = finiteFloats(**slope, "slopes");
  if (!values)
    return values.takeError();
  Lowered value = **in;
  if (value.axes.back() != channelAxis) {
    Axes order;
    for (int64_t axis : wideAxes(value))
      if (axis != channelAxis)
        order.push_back(axis);
    order.push_back(channelAxis);
    value.axes = layoutOf(order);
    auto stream = context.builder.inLayout(context.node, **in, value.axes);
    if (!stream)
      return stream.takeError();
    value.stream = *stream;
  }
  Activation op;
  op.kind = ActivationKind::PRelu;
  const auto count = static_cast<int64_t>(values->size());
  op.slopes = ir::Weights::fromFloats(std::move(*values), count);
  return context.emitSame(value, std::move(op));
}

llvm::Error softmax(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  const bool coerces = context.opset < 13; // to two dimensions: all axes from `axis` on are one
  auto axis = normalAxis(context.attributes.integer("axis", coerces ? 1 : -1), (*in)->rank());
  if (!axis)
    return axis.takeError();
  if ((*in)->batch && *axis == 0)
    return fault("a softmax over the batch; samples are computed one by one");
  Axes others, own;
  for (int64_t wide : wideAxes(**in))
    ((coerces ? wide >= *axis : wide == *axis) ? own : others).push_back(wide);
  if (own.empty())
    return fault("a softmax over one element of {} is always 1", ir::toString((*in)->shape));
  if (others.size() > 2)
    return fault("a softmax at positions of {} dimensions; two are supported", others.size());
  Lowered value = **in;
  Axes order = others;
  order.append(own.begin(), own.end());
  const Axes now = wideAxes(value);
  if (now != order || value.axes.back() != order.back())
    value.axes = layoutOf(order);
  auto from = context.builder.inLayout(context.node, **in, value.axes);
  if (!from)
    return from.takeError();
  if (own.size() == 1) {
    value.stream = *from;
    return context.emitSame(value, ir::Softmax{});
  }
  // Several axes are one for the softmax.
  const Shape shape = context.builder.model.stream(*from).shape;
  Shape joined;
  for (int64_t position : others)
    joined.push_back(value.shape[at(position)]);
  joined.push_back(ir::elements(shape) / ir::elements(joined));
  if (joined.size() == 2)
    joined.insert(joined.begin(), 1);
  from = context.builder.reshaped(context.node, *from, joined);
  if (!from)
    return from.takeError();
  auto out = context.emit(ir::Softmax{}, {*from});
  if (!out)
    return out.takeError();
  out = context.builder.reshaped(context.node, *out, shape);
  if (!out)
    return out.takeError();
  value.stream = *out;
  context.outputs[0] = std::move(value);
  return llvm::Error::success();
}

llvm::Error dropout(OpContext &context) {
  for (const char *known : {"ratio", "seed", "is_test"})
    context.attributes.ignore(known);
  auto training = number(context, 2, "training_mode", 0);
  if (!training)
    return training.takeError();
  if (*training != 0)
    return fault("training mode is not supported; export the model for inference");
  return passOn(context);
}

llvm::Error cast(OpContext &context) {
  const Lowered *in = context.input(0);
  const auto type =
      elementTypeOf(static_cast<int32_t>(std::clamp<int64_t>(context.attributes.integer("to", 0), 0, 99)));
  context.attributes.ignore("saturate");
  if (!type || !isReal(*type))
    return fault("a cast of a stream to {} is not supported; to float types it is",
                 type ? toString(*type) : "this type");
  if (in->type == ElementType::Bool)
    return fault("a cast of a stream of bools is not supported");
  // Streams are float32 whatever number type they come in.
  context.outputs[0] = *in;
  context.outputs[0].type = *type;
  return llvm::Error::success();
}

constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr LowerRule kRules[] = {
    {"Cast", 1, 1, cast},
    {"Clip", 1, 3, clip},
    {"Dropout", 1, 3, dropout},
    {"Elu", 1, 1, elu},
    {"HardSigmoid", 1, 1, hardSigmoid},
    {"HardSwish", 1, 1, hardSwish},
    {"Identity", 1, 1, passOn},
    {"LeakyRelu", 1, 1, leakyRelu},
    {"Max", 1, kAny, bound<true>},
    {"Min", 1, kAny, bound<false>},
    {"PRelu", 2, 2, pRelu},
    {"Relu", 1, 1, relu},
    {"Selu", 1, 1, selu},
    {"Sigmoid", 1, 1, sigmoid},
    {"Softmax", 1, 1, softmax},
    {"Tanh", 1, 1, tanh},
};

} // namespace

llvm::ArrayRef<LowerRule> activationRules() { return kRules; }

} // namespace braid::frontend
