// Convolutions, and the windows they share with pools.

#include "windows.h"

#include "braid/support/math.h"

namespace braid::frontend {

llvm::Error checkFeatureMap(const Lowered &in) {
  if (in.rank() != 3 && in.rank() != 4)
    return fault("an input {} of {} spatial dimensions; one or two are supported", ir::toString(in.shape),
                 std::max<int64_t>(in.rank() - 2, 0));
  if (in.shape[0] != 1)
    return fault(
        "the leading dimension of an input {} is not the batch; only samples are convolved and pooled",
        ir::toString(in.shape));
  return llvm::Error::success();
}

namespace {

/// Larger windows than any network has; their sizes can be added and multiplied without overflow.
constexpr int64_t kMostCells = int64_t{1} << 24;

/// Pads of auto_pad along one axis: {begin, end}.
std::pair<int64_t, int64_t> samePads(int64_t input, int64_t reach, int64_t stride, bool moreAtEnd) {
  const int64_t total = std::max<int64_t>((ceilDiv(input, stride) - 1) * stride + reach - input, 0);
  const int64_t less = total / 2, more = total - less;
  return moreAtEnd ? std::pair(less, more) : std::pair(more, less);
}

/// The padding at the end with which ceil_mode's number of windows comes out of the usual formula.
int64_t ceilPad(int64_t input, int64_t reach, int64_t stride, int64_t begin, int64_t end) {
  int64_t windows = ceilDiv(std::max<int64_t>(input + begin + end - reach, 0), stride) + 1;
  // A window that would start in the padding at the end is dropped.
  if ((windows - 1) * stride >= input + begin)
    --windows;
  const int64_t needed = (windows - 1) * stride + reach - input - begin;
  const int64_t usual = (input + begin + end - reach) / stride + 1;
  return windows == usual ? end : std::max<int64_t>(needed, 0);
}

} // namespace

llvm::Expected<std::vector<int64_t>> readSizes(OpContext &context, const char *name, size_t count,
                                               int64_t ifAbsent, int64_t least) {
  std::vector<int64_t> out = context.attributes.integers(name, std::vector<int64_t>(count, ifAbsent));
  if (out.size() != count)
    return fault("{} {}; {} numbers are expected", name, ir::toString(out), count);
  for (int64_t value : out)
    if (value < least || value > kMostCells)
      return fault("{} {} are not supported; numbers from {} on are", name, ir::toString(out), least);
  return out;
}

llvm::Expected<NodeWindow> readWindow(OpContext &context, const Lowered &in, llvm::ArrayRef<int64_t> kernel,
                                      bool isPool) {
  const size_t spatial = at(in.rank() - 2);
  if (kernel.size() != spatial)
    return fault(
        "a kernel of {} dimensions does not fit an input {}; one for each spatial dimension is needed",
        kernel.size(), ir::toString(in.shape));
  for (int64_t size : kernel)
    if (size < 1 || size > kMostCells)
      return fault("a kernel {} is not supported; sizes from 1 to {} are", ir::toString(kernel), kMostCells);
  auto strides = readSizes(context, "strides", spatial, 1, 1);
  if (!strides)
    return strides.takeError();
  auto dilations = readSizes(context, "dilations", spatial, 1, 1);
  if (!dilations)
    return dilations.takeError();
  auto pads = readSizes(context, "pads", 2 * spatial, 0, 0);
  if (!pads)
    return pads.takeError();
  const std::string autoPad = context.attributes.text("auto_pad", "NOTSET");
  const bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID" && !autoPad.empty())
    return fault("auto_pad '{}' is unknown; NOTSET, VALID, SAME_UPPER and SAME_LOWER are supported", autoPad);
  const bool ceilMode = isPool && context.attributes.integer("ceil_mode", 0) != 0;

  NodeWindow out;
  for (size_t i = 0; i < spatial; ++i) {
    const size_t axis = spatial == 1 ? 1 : i; // 1-D windows run along the width
    const int64_t input = in.shape[i + 2], reach = (*dilations)[i] * (kernel[i] - 1) + 1;
    int64_t begin = same || autoPad == "VALID" ? 0 : (*pads)[i];
    int64_t end = same || autoPad == "VALID" ? 0 : (*pads)[spatial + i];
    if (same)
      std::tie(begin, end) = samePads(input, reach, (*strides)[i], autoPad == "SAME_UPPER");
    if (input + begin + end < reach)
      return fault("a kernel that reaches over {} cells does not fit into {} cells padded to {}", reach,
                   input, input + begin + end);
    if (ceilMode) {
      const int64_t enlarged = ceilPad(input, reach, (*strides)[i], begin, end);
      out.ceilEnlarged = out.ceilEnlarged || enlarged > end;
      end = enlarged;
    }
    out.window.kernel[axis] = kernel[i];
    out.window.stride[axis] = (*strides)[i];
    out.window.dilation[axis] = (*dilations)[i];
    out.window.padBegin[axis] = begin;
    out.window.padEnd[axis] = end;
  }
  return out;
}

llvm::Error emitFeatureMap(OpContext &context, const Lowered &in, ir::Op op) {
  const Axes layout = channelsLast(in.rank());
  auto from = context.builder.inLayout(context.node, in, layout);
  if (!from)
    return from.takeError();
  auto stream = context.emit(std::move(op), {*from});
  if (!stream)
    return stream.takeError();
  Lowered out = in;
  out.stream = *stream;
  out.axes = layout;
  const Shape &made = context.builder.model.stream(*stream).shape;
  for (size_t i = 0; i < layout.size(); ++i)
    if (layout[i] != kNoAxis)
      out.shape[at(layout[i])] = made[i];
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

namespace {

/// ONNX's [out, in, taps...] as [out, taps, in].
template <class T>
std::vector<T> tapsFirst(std::vector<T> values, int64_t rows, int64_t taps, int64_t channels) {
  if (taps == 1 || channels == 1)
    return values;
  std::vector<T> out(values.size());
  for (int64_t r = 0; r < rows; ++r) {
    const T *from = values.data() + r * taps * channels;
    T *to = out.data() + r * taps * channels;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t t = 0; t < taps; ++t)
        to[t * channels + c] = *from++;
  }
  return out;
}

/// [out, taps, in] from ONNX's [out, in, taps...].
llvm::Expected<ir::Weights> kernelWeights(const Tensor &tensor, int64_t taps) {
  const int64_t rows = tensor.dims()[0], channels = tensor.dims()[1];
  if (tensor.type() == ElementType::Double) {
    auto values = finiteReals(tensor, "weights");
    if (!values)
      return values.takeError();
    return ir::Weights::fromReals(tapsFirst(std::move(*values), rows, taps, channels), rows, taps, channels);
  }
  auto values = finiteFloats(tensor, "weights");
  if (!values)
    return values.takeError();
  return ir::Weights::fromFloats(tapsFirst(std::move(*values), rows, taps, channels), rows, taps, channels);
}

llvm::Error conv(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  if (auto error = checkFeatureMap(**in))
    return error;
  auto weights = context.parameter(1, "weights");
  if (!weights)
    return weights.takeError();
  const Shape &dims = (*weights)->dims();
  if (static_cast<int64_t>(dims.size()) != (*in)->rank())
    return fault("weights {} do not fit an input {}; both need as many dimensions", ir::toString(dims),
                 ir::toString((*in)->shape));
  const llvm::ArrayRef<int64_t> kernel = llvm::ArrayRef<int64_t>(dims).drop_front(2);
  if (context.attributes.integers("kernel_shape", kernel) != kernel.vec())
    return fault("kernel_shape differs from that of the weights {}", ir::toString(dims));
  auto window = readWindow(context, **in, kernel, /*isPool=*/false);
  if (!window)
    return window.takeError();

  ir::Conv op;
  op.window = window->window;
  op.groups = context.attributes.integer("group", 1);
  const int64_t channels = (*in)->shape[1];
  if (dims[0] < 1 || op.groups < 1 || channels % op.groups != 0 || dims[0] % op.groups != 0 ||
      dims[1] != channels / op.groups)
    return fault("weights {} do not fit {} input channels in {} group{}", ir::toString(dims), channels,
                 op.groups, op.groups == 1 ? "" : "s");
  auto numbers = kernelWeights(**weights, ir::elements(kernel));
  if (!numbers)
    return numbers.takeError();
  op.weights = std::move(*numbers);
  if (context.input(2)) {
    auto bias = context.parameter(2, "biases");
    if (!bias)
      return bias.takeError();
    if ((*bias)->size() != dims[0])
      return fault("{} biases for {} output channels", (*bias)->size(), dims[0]);
    auto summands = finiteVector(**bias, "biases");
    if (!summands)
      return summands.takeError();
    op.bias = std::move(*summands);
  }
  return emitFeatureMap(context, **in, std::move(op));
}

constexpr LowerRule kRules[] = {
    {"Conv", 2, 3, conv},
};

} // namespace

llvm::ArrayRef<LowerRule> windowRules() { return kRules; }

} // namespace braid::frontend
