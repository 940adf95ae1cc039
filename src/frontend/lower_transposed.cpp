// ConvTranspose, by sub-pixel decomposition: with stride s, the outputs at positions s q + r along an axis
// are an ordinary convolution, at stride 1, with every tap that falls on them, in turned order. The phases r
// of both axes become channels side by side, and these become pixels.
//
//   output p + pad = s i + d k (input i, tap k, dilation d)    so    i = q + (r + pad - d k) / s for p = s q
//   + r

#include "windows.h"

#include "braid/support/math.h"

#include <numeric>

namespace braid::frontend {
namespace {

/// One axis of the node.
struct Axis {
  int64_t input = 1, output = 1;
  int64_t kernel = 1, stride = 1, dilation = 1;
  int64_t padBegin = 0, padEnd = 0;

  int64_t reach() const { return dilation * (kernel - 1) + 1; }
  /// Positions of each phase; the last of some phases may lie behind the output.
  int64_t positions() const { return ceilDiv(output, stride); }
};

/// The convolution along an axis that gives one phase. Taps that reach before or behind the input are made up
/// to its ends by taps of 0 (`from` is kNoTap), so that pads need not be negative.
struct Phase {
  std::vector<int64_t> from; ///< By tap, that of the node
  int64_t dilation = 1, padBegin = 0, padEnd = 0;

  bool hasWindowOf(const Phase &other) const {
    return from.size() == other.from.size() && dilation == other.dilation && padBegin == other.padBegin &&
           padEnd == other.padEnd;
  }
};
constexpr int64_t kNoTap = -1;

Phase phaseOf(const Axis &axis, int64_t r) {
  Phase phase;
  int64_t first = 0, last = 0; // what the outermost taps add to a position
  for (int64_t k = axis.kernel - 1; k >= 0; --k)
    if (const int64_t shift = r + axis.padBegin - axis.dilation * k; shift % axis.stride == 0) {
      last = shift / axis.stride;
      if (phase.from.empty())
        first = last;
      phase.from.push_back(k);
    }
  if (phase.from.empty())
    phase.from.push_back(kNoTap);
  phase.dilation = axis.dilation / std::gcd(axis.dilation, axis.stride);
  for (; first > 0; first -= phase.dilation)
    phase.from.insert(phase.from.begin(), kNoTap);
  for (; axis.positions() + last < axis.input; last += phase.dilation)
    phase.from.push_back(kNoTap);
  phase.padBegin = -first;
  phase.padEnd = axis.positions() + last - axis.input;
  if (phase.from.size() == 1)
    phase.dilation = 1;
  return phase;
}

/// Of both axes together; each phase is a layer, or rows of one.
constexpr int64_t kMostPhases = 4096;

std::vector<Phase> phasesOf(const Axis &axis) {
  std::vector<Phase> out;
  for (int64_t r = 0; r < axis.stride; ++r)
    out.push_back(phaseOf(axis, r));
  return out;
}

int64_t tapsOf(const std::vector<Phase> &phases) {
  size_t taps = 0;
  for (const Phase &phase : phases)
    taps += phase.from.size();
  return static_cast<int64_t>(taps);
}

/// Weights [in, out / groups, height, width] of the node.
struct Kernel {
  int64_t in = 1, out = 1, groups = 1, height = 1, width = 1;
};

/// [out, taps, in / groups] of one phase.
template <class T>
void appendPhase(const std::vector<T> &all, const Kernel &k, const Phase &y, const Phase &x,
                 std::vector<T> &to) {
  const int64_t groupIn = k.in / k.groups, groupOut = k.out / k.groups;
  for (int64_t out = 0; out < k.out; ++out)
    for (int64_t ky : y.from)
      for (int64_t kx : x.from)
        for (int64_t in = out / groupOut * groupIn; in < (out / groupOut + 1) * groupIn; ++in)
          to.push_back(ky == kNoTap || kx == kNoTap
                           ? T{}
                           : all[at(((in * groupOut + out % groupOut) * k.height + ky) * k.width + kx)]);
}

ir::Weights weightsOf(std::vector<float> values, int64_t rows, int64_t taps, int64_t channels) {
  return ir::Weights::fromFloats(std::move(values), rows, taps, channels);
}
ir::Weights weightsOf(std::vector<double> values, int64_t rows, int64_t taps, int64_t channels) {
  return ir::Weights::fromReals(std::move(values), rows, taps, channels);
}

/// The convolutions whose outputs, side by side, are all phases: rows first, then columns.
template <class T>
llvm::Expected<std::vector<ir::Conv>> convolutions(const std::vector<T> &all, const std::vector<T> &bias,
                                                   const Kernel &kernel, const Axis (&axes)[2]) {
  const std::vector<Phase> found[] = {phasesOf(axes[0]), phasesOf(axes[1])};
  const int64_t perTap = kernel.out * (kernel.in / kernel.groups);
  if (tapsOf(found[0]) * tapsOf(found[1]) > kMaxConstantElements / perTap)
    return fault("strides {} and {} that make a kernel larger than any network's", axes[0].stride,
                 axes[1].stride);
  std::vector<ir::Conv> out;
  auto alike = [](const std::vector<Phase> &list) {
    return std::all_of(list.begin(), list.end(), [&](const Phase &p) { return p.hasWindowOf(list[0]); });
  };
  // Phases that see the same cells are one layer; with groups, its channels would stand in another order.
  const bool isOne = kernel.groups == 1 && alike(found[0]) && alike(found[1]);
  std::vector<T> values, summands;
  for (const Phase &y : found[0])
    for (const Phase &x : found[1]) {
      appendPhase(all, kernel, y, x, values);
      summands.insert(summands.end(), bias.begin(), bias.end());
      if (isOne && (&y != &found[0].back() || &x != &found[1].back()))
        continue;
      ir::Conv conv;
      const Phase *along[] = {&y, &x};
      for (int axis : {0, 1}) {
        conv.window.kernel[axis] = static_cast<int64_t>(along[axis]->from.size());
        conv.window.dilation[axis] = along[axis]->dilation;
        conv.window.padBegin[axis] = along[axis]->padBegin;
        conv.window.padEnd[axis] = along[axis]->padEnd;
      }
      conv.groups = kernel.groups;
      const int64_t taps = conv.window.taps(), channels = kernel.in / kernel.groups;
      const int64_t rows = static_cast<int64_t>(values.size()) / (taps * channels);
      conv.weights = weightsOf(std::exchange(values, {}), rows, taps, channels);
      if (!bias.empty())
        conv.bias = weightsOf(std::exchange(summands, {}), rows, 1, 1);
      out.push_back(std::move(conv));
    }
  return out;
}

/// Sizes, pads and strides of the node; `kernel` as in the file.
llvm::Error readAxes(OpContext &context, const Lowered &in, llvm::ArrayRef<int64_t> kernel, Axis (&axes)[2]) {
  const size_t spatial = kernel.size();
  auto strides = readSizes(context, "strides", spatial, 1, 1);
  if (!strides)
    return strides.takeError();
  auto dilations = readSizes(context, "dilations", spatial, 1, 1);
  if (!dilations)
    return dilations.takeError();
  auto pads = readSizes(context, "pads", 2 * spatial, 0, 0);
  if (!pads)
    return pads.takeError();
  auto extra = readSizes(context, "output_padding", spatial, 0, 0);
  if (!extra)
    return extra.takeError();
  const std::string autoPad = context.attributes.text("auto_pad", "NOTSET");
  const bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID" && !autoPad.empty())
    return fault("auto_pad '{}' is unknown; NOTSET, VALID, SAME_UPPER and SAME_LOWER are supported", autoPad);
  std::vector<int64_t> wanted = context.attributes.integers("output_shape");
  if (wanted.size() == spatial + 2) // some exporters name batch and channels, too
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (!wanted.empty() && wanted.size() != spatial)
    return fault("output_shape {}; {} numbers are expected", ir::toString(wanted), spatial);
  for (size_t i = 0; i < spatial; ++i) {
    Axis &axis = axes[spatial == 1 ? 1 : i];
    axis.input = in.shape[i + 2];
    axis.kernel = kernel[i], axis.stride = (*strides)[i], axis.dilation = (*dilations)[i];
    const int64_t full = axis.stride * (axis.input - 1) + axis.reach() + (*extra)[i];
    if (!wanted.empty() || same) {
      axis.output = wanted.empty() ? axis.input * axis.stride : wanted[i];
      const int64_t total = std::max<int64_t>(full - axis.output, 0);
      axis.padBegin = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      axis.padEnd = total - axis.padBegin;
    } else {
      axis.padBegin = autoPad == "VALID" ? 0 : (*pads)[i];
      axis.padEnd = autoPad == "VALID" ? 0 : (*pads)[spatial + i];
      axis.output = full - axis.padBegin - axis.padEnd;
    }
    if (axis.output < 1 || axis.output > kMaxElements)
      return fault("an output of {} cells along dimension {}; pads or output_shape that leave at least one "
                   "would work",
                   axis.output, i);
    if (axis.padBegin >= axis.reach() || axis.padEnd >= axis.reach() + (*extra)[i])
      return fault("pads of {} and {} cells that cut off whole inputs of a kernel that reaches over {}; "
                   "smaller pads would work",
                   axis.padBegin, axis.padEnd, axis.reach());
  }
  return llvm::Error::success();
}

/// Layers over `in` that give all phases as channels.
llvm::Expected<ir::StreamId> emitPhases(OpContext &context, const Lowered &in, std::vector<ir::Conv> convs,
                                        bool isEnd) {
  auto from = context.builder.inLayout(context.node, in, channelsLast(in.rank()));
  if (!from)
    return from.takeError();
  if (isEnd)
    return context.emit(std::move(convs[0]), {*from});
  std::vector<ir::StreamId> streams;
  for (ir::Conv &conv : convs) {
    auto stream = context.emitPart(std::move(conv), {*from}, "phase");
    if (!stream)
      return stream.takeError();
    streams.push_back(*stream);
  }
  return streams.size() == 1 ? streams[0] : context.emitPart(ir::Concat{2}, streams, "phases");
}

llvm::Error cropTo(OpContext &context, const Lowered &whole, const Axis (&axes)[2]) {
  const Axes layout = channelsLast(whole.rank());
  auto from = context.builder.inLayout(context.node, whole, layout);
  if (!from)
    return from.takeError();
  ir::Crop op;
  op.begin.assign(3, 0);
  op.end = {axes[0].output, axes[1].output, whole.shape[1]};
  auto stream = context.emit(std::move(op), {*from});
  if (!stream)
    return stream.takeError();
  Lowered out = whole;
  out.stream = *stream;
  out.axes = layout;
  for (size_t i = 2; i < out.shape.size(); ++i)
    out.shape[i] = axes[out.rank() == 3 ? 1 : i - 2].output;
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

template <class T>
llvm::Error lowerPhases(OpContext &context, const Lowered &in, llvm::Expected<std::vector<T>> weights,
                        const Kernel &kernel, const Axis (&axes)[2]) {
  if (!weights)
    return weights.takeError();
  std::vector<T> bias;
  if (context.input(2)) {
    auto tensor = context.parameter(2, "biases");
    if (!tensor)
      return tensor.takeError();
    if ((*tensor)->size() != kernel.out)
      return fault("{} biases for {} output channels", (*tensor)->size(), kernel.out);
    auto values = finiteReals(**tensor, "biases");
    if (!values)
      return values.takeError();
    bias.assign(values->begin(), values->end());
  }
  const int64_t rows = axes[0].stride, columns = axes[1].stride;
  const int64_t height = axes[0].positions(), width = axes[1].positions();
  const bool isPlain = rows == 1 && columns == 1;
  auto convs = convolutions(*weights, bias, kernel, axes);
  if (!convs)
    return convs.takeError();
  auto stream = emitPhases(context, in, std::move(*convs), isPlain);
  if (!stream)
    return stream.takeError();
  Lowered out = in;
  out.stream = *stream;
  out.axes = channelsLast(in.rank());
  const bool isFlat = in.rank() == 3;
  out.shape =
      isFlat ? Shape{1, columns * kernel.out, width} : Shape{1, rows * columns * kernel.out, height, width};
  if (isPlain) {
    context.outputs[0] = std::move(out);
    return llvm::Error::success();
  }
  const bool crops = height * rows != axes[0].output || width * columns != axes[1].output;
  const Rearrangement how =
      isFlat ? Rearrangement{{1, columns, kernel.out, width}, {0, 2, 3, 1}, {1, kernel.out, width * columns}}
             : Rearrangement{{1, rows, columns, kernel.out, height, width},
                             {0, 3, 4, 1, 5, 2},
                             {1, kernel.out, height * rows, width * columns}};
  auto pixels = rearranged(context, out, how, crops ? "" : llvm::StringRef(context.outputNames[0]));
  if (!pixels)
    return pixels.takeError();
  if (crops)
    return cropTo(context, *pixels, axes);
  context.outputs[0] = std::move(*pixels);
  return llvm::Error::success();
}

llvm::Error convTranspose(OpContext &context) {
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
  const llvm::ArrayRef<int64_t> taps = llvm::ArrayRef<int64_t>(dims).drop_front(2);
  if (context.attributes.integers("kernel_shape", taps) != taps.vec())
    return fault("kernel_shape differs from that of the weights {}", ir::toString(dims));
  Kernel kernel;
  kernel.in = (*in)->shape[1];
  kernel.groups = context.attributes.integer("group", 1);
  if (ir::elements(dims) < 1 || kernel.groups < 1 || kernel.in % kernel.groups != 0 || dims[0] != kernel.in)
    return fault("weights {} do not fit {} input channels in {} group{}", ir::toString(dims), kernel.in,
                 kernel.groups, kernel.groups == 1 ? "" : "s");
  kernel.out = dims[1] * kernel.groups;
  kernel.width = taps.back();
  kernel.height = taps.size() == 1 ? 1 : taps[0];
  Axis axes[2];
  if (auto error = readAxes(context, **in, taps, axes))
    return error;
  if (axes[0].stride * axes[1].stride > kMostPhases)
    return fault("strides that make {} phases; up to {} are supported", axes[0].stride * axes[1].stride,
                 kMostPhases);
  if ((*weights)->type() == ElementType::Double)
    return lowerPhases(context, **in, finiteReals(**weights, "weights"), kernel, axes);
  return lowerPhases(context, **in, finiteFloats(**weights, "weights"), kernel, axes);
}

constexpr LowerRule kRules[] = {
    {"ConvTranspose", 2, 3, convTranspose},
};

} // namespace

llvm::ArrayRef<LowerRule> transposedRules() { return kRules; }

} // namespace braid::frontend
