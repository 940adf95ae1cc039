// From layers to hardware kernels, one function per kind of layer.
#include "lower.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace braid::kernel {

namespace {

/// Numbers beyond which zeros are not counted: such a matrix is never unrolled, and only there zeros are
/// free.
constexpr int64_t kMostCounted = 65'536;

KernelPort portOf(const ir::Shape &shape, const num::DataType &type, IoMode io) {
  const int64_t n = ir::elements(shape), bits = type.bits();
  if (io == IoMode::Parallel)
    return {n * bits, 1, bits};
  const int64_t perBeat = elementsPerBeat(shape, type);
  return {perBeat * bits, n / perBeat, bits};
}

int64_t countNonZero(const ir::Weights &weights) {
  int64_t count = 0;
  for (int64_t row = 0; row < weights.rows(); ++row)
    for (int64_t tap = 0; tap < weights.taps(); ++tap)
      weights.visitTap(row, tap, [&](const auto *first) {
        count += std::count_if(first, first + weights.channels(), [](auto value) { return value != 0; });
      });
  return count;
}

/// Whether the activation multiplies by its parameter.
bool multiplies(ir::ActivationKind kind) {
  switch (kind) {
  case ir::ActivationKind::LeakyRelu:
  case ir::ActivationKind::PRelu:
  case ir::ActivationKind::HardSigmoid:
  case ir::ActivationKind::Selu:
    return true;
  case ir::ActivationKind::Relu:
  case ir::ActivationKind::Clip:
  case ir::ActivationKind::Sigmoid:
  case ir::ActivationKind::Tanh:
  case ir::ActivationKind::Elu:
    return false;
  }
  BRAID_CHECK(false, "unknown activation");
}

/// Bits of the narrowest type that holds every threshold.
int64_t thresholdBits(const ir::Threshold &op) {
  const auto [lo, hi] = op.thresholds.range();
  return num::narrowestFor(static_cast<Int128>(lo), static_cast<Int128>(hi), 0).width;
}

bool looksUp(ir::ActivationKind kind) {
  switch (kind) {
  case ir::ActivationKind::Sigmoid:
  case ir::ActivationKind::Tanh:
  case ir::ActivationKind::Elu:
  case ir::ActivationKind::Selu:
    return true;
  case ir::ActivationKind::Relu:
  case ir::ActivationKind::LeakyRelu:
  case ir::ActivationKind::PRelu:
  case ir::ActivationKind::Clip:
  case ir::ActivationKind::HardSigmoid:
    return false;
  }
  BRAID_CHECK(false, "unknown activation");
}

class Lowering {
public:
  Lowering(const ir::Model &model, const ir::Layer &layer, const Slice &slice,
           const Implementation &implementation)
      : model_(model), layer_(layer), slice_(slice), implementation_(implementation) {}

  llvm::Expected<Kernels> operator()(const ir::Dense &op) const {
    Kernel kernel = start(KernelKind::Dense);
    setMatrix(
        kernel,
        op.weights.rowSlice(slice_.rowBegin, slice_.rowEnd).channelSlice(slice_.colBegin, slice_.colEnd),
        op.types, !op.bias.empty());
    kernel.mh = slice_.rowEnd - slice_.rowBegin;
    kernel.mw = slice_.colEnd - slice_.colBegin;
    kernel.channels = kernel.elements = kernel.mh;
    kernel.inputs[0] = portOf({kernel.mw}, typeOf(layer_.inputs[0]), implementation_.io);
    kernel.outputs[0] = portOf({kernel.mh}, typeOf(layer_.output), implementation_.io);
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Conv &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    const int64_t rowsPerGroup = op.weights.rows() / op.groups;
    if (op.groups > 1 && (slice_.colBegin != 0 || slice_.colEnd != in[2] ||
                          slice_.rowBegin % rowsPerGroup != 0 || slice_.rowEnd % rowsPerGroup != 0))
      return notSupported(
          fmt::format("a convolution with {} groups is cut at multiples of {} output channels only",
                      op.groups, rowsPerGroup));
    const int64_t rows = slice_.rowEnd - slice_.rowBegin;
    const int64_t groups = op.groups == 1 ? 1 : rows / rowsPerGroup;
    Kernel kernel = start(op.isDepthwise(in[2]) ? KernelKind::DepthwiseConv : KernelKind::Conv);
    const ir::Weights part = op.weights.rowSlice(slice_.rowBegin, slice_.rowEnd);
    setMatrix(kernel, op.groups == 1 ? part.channelSlice(slice_.colBegin, slice_.colEnd) : part, op.types,
              !op.bias.empty());
    kernel.groups = groups;
    kernel.mh = rows / groups;
    kernel.inputChannels = op.groups == 1 ? slice_.colEnd - slice_.colBegin : groups * op.weights.channels();
    kernel.mw = op.window.taps() * kernel.inputChannels / groups;
    kernel.channels = rows;
    setWindow(kernel, op.window, in, kernel.inputChannels);
    // hls4ml pads streams in a kernel of its own; ours, for what hls4ml's cannot do, pads inside.
    const ir::Shape &out = shapeOf(layer_.output);
    const bool onePixelBeats = elementsPerBeat(in, typeOf(layer_.inputs[0])) == in[2] &&
                               elementsPerBeat(out, typeOf(layer_.output)) == out[2];
    const bool depthwise = op.isDepthwise(in[2]) && out[2] == in[2];
    const bool flatStride = op.window.kernel[0] == 1 && op.window.stride[0] > 1 && in[0] > 1;
    const bool padsApart = implementation_.io == IoMode::Stream && op.window.hasPadding() &&
                           !op.window.hasDilation() && onePixelBeats && (op.groups == 1 || depthwise) &&
                           !flatStride;
    return withPadding(kernel, in, padsApart);
  }

  llvm::Expected<Kernels> operator()(const ir::Pool &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    if (op.window.hasDilation())
      return notSupported(fmt::format("a pool with dilations [{}, {}] has no kernel; [1, 1] has",
                                      op.window.dilation[0], op.window.dilation[1]));
    Kernel kernel = start(KernelKind::Pool);
    kernel.pool = op.kind;
    kernel.inputChannels = in[2];
    setWindow(kernel, op.window, in, in[2]);
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::GlobalPool &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    Kernel kernel = start(KernelKind::GlobalPool);
    kernel.pool = op.kind;
    kernel.inputChannels = in[2];
    kernel.inputPositions = kernel.taps = in[0] * in[1];
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Activation &op) const {
    Kernel kernel = start(looksUp(op.kind) ? KernelKind::TableActivation : KernelKind::Activation);
    if (multiplies(op.kind)) {
      kernel.weights = kernel.nonZeroWeights = op.slopes.empty() ? 1 : op.slopes.rows();
      kernel.weightBits = op.paramType.bits();
    }
    if (op.kind == ir::ActivationKind::HardSigmoid || op.kind == ir::ActivationKind::Clip)
      kernel.biasBits = op.paramType.bits();
    if (looksUp(op.kind)) {
      kernel.tableEntries = op.table.values ? static_cast<int64_t>(op.table.values->size()) : 1024;
      kernel.tableBits = kernel.outputBits;
    }
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Softmax &op) const {
    Kernel kernel = start(KernelKind::Softmax);
    kernel.mh = kernel.mw = kernel.channels;
    kernel.positions = kernel.elements / kernel.channels;
    kernel.tableEntries = op.expTable ? static_cast<int64_t>(op.expTable->size()) : 1024;
    kernel.secondTableEntries = op.invTable ? static_cast<int64_t>(op.invTable->size()) : 1024;
    kernel.tableBits = 18; // num::kSoftmaxFrac and the place before the point
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Affine &op) const {
    Kernel kernel = start(KernelKind::Affine);
    kernel.weights = op.scale.rows();
    kernel.nonZeroWeights = countNonZero(op.scale);
    kernel.weightBits = op.scaleType.bits();
    kernel.biasBits = op.biasType.bits();
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Quantize &) const {
    BRAID_CHECK(false, "a typed model has no quantisers");
  }
  llvm::Expected<Kernels> operator()(const ir::Requantize &) const {
    BRAID_CHECK(false, "a typed model has an Affine instead");
  }
  llvm::Expected<Kernels> operator()(const ir::Threshold &op) const {
    Kernel kernel = start(KernelKind::Threshold);
    kernel.weights = kernel.nonZeroWeights = op.thresholds.size();
    kernel.steps = op.thresholds.channels();
    kernel.weightBits = thresholdBits(op);
    return repackedEnds(std::move(kernel));
  }
  llvm::Expected<Kernels> operator()(const ir::ArgMax &) const {
    Kernel kernel = start(KernelKind::ArgMax);
    kernel.inputChannels = shapeOf(layer_.inputs[0]).back();
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Binary &op) const {
    // A stream repeats as a whole (leading ones) or element by element (trailing ones), not in between.
    for (ir::StreamId input : layer_.inputs) {
      const ir::Shape &from = shapeOf(input), &to = shapeOf(layer_.output);
      bool own = false, hole = false;
      for (size_t d = 0; d < from.size(); ++d) {
        hole = hole || (own && from[d] == 1 && to[d] != 1 &&
                        std::any_of(from.begin() + static_cast<std::ptrdiff_t>(d), from.end(),
                                    [](int64_t n) { return n != 1; }));
        own = own || from[d] != 1;
      }
      if (hole)
        return notSupported(fmt::format("broadcasting {} to {} repeats inside the tensor and has no kernel; "
                                        "leading or trailing ones have",
                                        ir::toString(from), ir::toString(to)));
    }
    Kernel kernel = start(KernelKind::Binary);
    kernel.binary = op.kind;
    kernel.weightBits = typeOf(layer_.inputs[1]).bits();
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Concat &) const {
    Kernel kernel = start(KernelKind::Concat);
    kernel.copies = static_cast<int>(layer_.inputs.size());
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Transpose &) const {
    return Kernels{start(KernelKind::Transpose)};
  }
  llvm::Expected<Kernels> operator()(const ir::Reshape &) const {
    Kernel kernel = start(KernelKind::Rename);
    if (isNameOnly(model_, layer_, implementation_.io))
      kernel.outputs[0] = kernel.inputs[0]; // the beats stay as they are
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Pad &op) const {
    if (op.value != 0 && !model_.isInteger)
      return notSupported(fmt::format("padding with {} has no kernel; only 0 has", op.value));
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    if (in.size() != 3 || op.begin[2] != 0 || op.end[2] != 0)
      return notSupported(
          fmt::format("only rows and columns of [H, W, C] are padded; found {}", ir::toString(in)));
    Kernel kernel = start(KernelKind::ZeroPad);
    kernel.inputChannels = in[2];
    kernel.inputPositions = in[0] * in[1];
    kernel.positions = shapeOf(layer_.output)[0] * shapeOf(layer_.output)[1];
    return repackedEnds(std::move(kernel));
  }

  llvm::Expected<Kernels> operator()(const ir::Upsample &) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    Kernel kernel = start(KernelKind::Upsample);
    kernel.inputWidth = in[1];
    kernel.inputChannels = in[2];
    kernel.inputPositions = in[0] * in[1];
    kernel.positions = shapeOf(layer_.output)[0] * shapeOf(layer_.output)[1];
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Sum &op) const {
    Kernel kernel = start(KernelKind::Sum);
    kernel.copies = static_cast<int>(layer_.inputs.size());
    kernel.accumBits = op.accum.bits();
    kernel.biasBits = op.bias.empty() ? 0 : op.biasType.bits();
    return Kernels{kernel};
  }

  llvm::Expected<Kernels> operator()(const ir::Crop &) const { return repackedEnds(start(KernelKind::Crop)); }

  llvm::Expected<Kernels> operator()(const ir::Send &) const { return Kernels{}; }
  llvm::Expected<Kernels> operator()(const ir::Receive &) const { return Kernels{}; }

private:
  const ir::Shape &shapeOf(ir::StreamId id) const { return model_.stream(id).shape; }
  const num::DataType &typeOf(ir::StreamId id) const { return model_.stream(id).type; }

  llvm::Error notSupported(std::string message) const { return notLowered(layer_, std::move(message)); }
  Kernel start(KernelKind kind) const { return startKernel(model_, layer_, implementation_, kind); }

  void setMatrix(Kernel &kernel, const ir::Weights &weights, const ir::LinearTypes &types,
                 bool hasBias) const {
    kernel.weights = weights.size();
    const bool zerosAreFree = implementation_.strategy == Strategy::Latency && kernel.weights <= kMostCounted;
    kernel.nonZeroWeights = zerosAreFree ? countNonZero(weights) : kernel.weights;
    kernel.weightBits = types.weight.bits();
    kernel.biasBits = hasBias ? types.bias.bits() : 0;
    kernel.accumBits = types.accum.bits();
  }

  /// The kernel at its inner beat, and kernels that repack the ends that have another.
  Kernels repackedEnds(Kernel kernel) const {
    const int64_t inner = implementation_.io == IoMode::Stream ? innerBeat(model_, layer_) : 0;
    Kernels kernels;
    auto repack = [&](KernelPort &port, bool isInput) {
      // What a broadcast repeats has beats of its own.
      if (inner == 0 || port.widthBits == inner * port.elementBits ||
          port.beatsPerFrame * port.widthBits % (inner * port.elementBits) != 0)
        return;
      const KernelPort outside = port,
                       inside = {inner * port.elementBits,
                                 outside.beatsPerFrame * outside.widthBits / (inner * port.elementBits),
                                 port.elementBits};
      Kernel change = start(KernelKind::Rename);
      change.name = layer_.name + "_repack";
      change.inputs = {isInput ? outside : inside}, change.outputs = {isInput ? inside : outside};
      kernels.push_back(std::move(change));
      port = inside;
    };
    for (KernelPort &port : kernel.inputs)
      repack(port, true);
    const size_t at = kernels.size();
    repack(kernel.outputs[0], false);
    kernels.insert(kernels.begin() + static_cast<std::ptrdiff_t>(at), std::move(kernel));
    return kernels;
  }

  /// Positions, window and the streams of a sliding window, for the slice's rows of output positions.
  void setWindow(Kernel &kernel, const ir::Window &window, const ir::Shape &in, int64_t channelsIn) const {
    const int64_t rows = slice_.posEnd - slice_.posBegin, wide = window.outputSize(1, in[1]);
    const int64_t reach = (window.kernel[0] - 1) * window.dilation[0] + 1;
    const bool isWhole = slice_.posBegin == 0 && slice_.posEnd == window.outputSize(0, in[0]);
    const int64_t paddedRows =
        isWhole ? in[0] + window.padBegin[0] + window.padEnd[0] : (rows - 1) * window.stride[0] + reach;
    kernel.taps = window.taps();
    kernel.window[0] = reach; // rows and columns that must be held
    kernel.window[1] = (window.kernel[1] - 1) * window.dilation[1] + 1;
    kernel.inputWidth = in[1] + window.padBegin[1] + window.padEnd[1];
    kernel.inputPositions = paddedRows * kernel.inputWidth;
    kernel.positions = rows * wide;
    kernel.elements = kernel.positions * kernel.channels;
    const int64_t rowsIn = std::min(paddedRows, in[0]);
    kernel.inputs[0] = portOf({rowsIn, in[1], channelsIn}, typeOf(layer_.inputs[0]), implementation_.io);
    kernel.outputs[0] = portOf({rows, wide, kernel.channels}, typeOf(layer_.output), implementation_.io);
  }

  /// The convolution, or padding and convolution.
  Kernels withPadding(Kernel kernel, const ir::Shape &in, bool apart) const {
    if (!apart)
      return {std::move(kernel)};
    Kernel pad = start(KernelKind::ZeroPad);
    const ir::Shape padded = {kernel.inputPositions / kernel.inputWidth, kernel.inputWidth,
                              kernel.inputChannels};
    pad.name = layer_.name + "_pad";
    pad.channels = pad.inputChannels = kernel.inputChannels;
    pad.inputBits = pad.outputBits = typeOf(layer_.inputs[0]).bits();
    pad.inputPositions =
        kernel.inputs[0].beatsPerFrame * kernel.inputs[0].widthBits / (pad.inputBits * kernel.inputChannels);
    pad.positions = kernel.inputPositions;
    pad.elements = ir::elements(padded);
    pad.inputWidth = in[1];
    pad.inputs[0] = kernel.inputs[0];
    pad.outputs[0] = kernel.inputs[0] = portOf(padded, typeOf(layer_.inputs[0]), implementation_.io);
    return {std::move(pad), std::move(kernel)};
  }

  const ir::Model &model_;
  const ir::Layer &layer_;
  const Slice &slice_;
  const Implementation &implementation_;
};

/// Layers whose functions take and give beats of as many elements.
bool keepsBeats(const ir::Op &op) {
  return ir::isElementwise(op) || std::holds_alternative<ir::Pool>(op) ||
         std::holds_alternative<ir::GlobalPool>(op) || std::holds_alternative<ir::Binary>(op) ||
         std::holds_alternative<ir::Pad>(op);
}

bool isWithin(const Slice &slice, const Slice &whole) {
  return whole.rowBegin <= slice.rowBegin && slice.rowBegin < slice.rowEnd && slice.rowEnd <= whole.rowEnd &&
         whole.colBegin <= slice.colBegin && slice.colBegin < slice.colEnd && slice.colEnd <= whole.colEnd &&
         whole.posBegin <= slice.posBegin && slice.posBegin < slice.posEnd && slice.posEnd <= whole.posEnd;
}

} // namespace

llvm::Error notLowered(const ir::Layer &layer, std::string message) {
  Diagnostic diagnostic;
  diagnostic.node = printable(layer.name);
  diagnostic.op = ir::kindName(layer.op);
  diagnostic.message = std::move(message);
  return userError(ExitCode::BadInput, std::move(diagnostic));
}

Kernel startKernel(const ir::Model &model, const ir::Layer &layer, const Implementation &implementation,
                   KernelKind kind) {
  const auto shapeOf = [&](ir::StreamId id) -> const ir::Shape & { return model.stream(id).shape; };
  const auto typeOf = [&](ir::StreamId id) -> const num::DataType & { return model.stream(id).type; };
  Kernel kernel;
  kernel.kind = kind;
  kernel.name = layer.name;
  kernel.implementation = implementation;
  kernel.elements = ir::elements(shapeOf(layer.output));
  kernel.channels = shapeOf(layer.output).empty() ? 1 : shapeOf(layer.output).back();
  kernel.outputBits = typeOf(layer.output).bits();
  for (ir::StreamId input : layer.inputs) {
    kernel.inputBits = std::max<int64_t>(kernel.inputBits, typeOf(input).bits());
    kernel.signedInput = kernel.signedInput || (typeOf(input).isFixed() && typeOf(input).fixed().isSigned);
    kernel.inputs.push_back(portOf(shapeOf(input), typeOf(input), implementation.io));
  }
  kernel.inputPositions = ir::elements(shapeOf(layer.inputs[0])) / shapeOf(layer.inputs[0]).back();
  kernel.positions = kernel.elements / kernel.channels;
  kernel.outputs.push_back(portOf(shapeOf(layer.output), typeOf(layer.output), implementation.io));
  return kernel;
}

Slice wholeSlice(const ir::Model &model, const ir::Layer &layer) {
  Slice slice;
  if (layer.output != ir::StreamId::None) {
    const ir::Shape &out = model.stream(layer.output).shape;
    slice.rowEnd = out.empty() ? 1 : out.back();
    slice.posEnd = out.size() == 3 ? out[0] : 1;
  }
  if (!layer.inputs.empty()) {
    const ir::Shape &in = model.stream(layer.inputs[0]).shape;
    slice.colEnd = in.empty() ? 1 : in.back();
  }
  return slice;
}

llvm::Expected<llvm::SmallVector<Kernel, 2>> lowerLayer(const ir::Model &model, const ir::Layer &layer,
                                                        const Slice &slice,
                                                        const Implementation &implementation) {
  if (std::holds_alternative<ir::Send>(layer.op) || std::holds_alternative<ir::Receive>(layer.op))
    return Kernels{};
  const Slice whole = wholeSlice(model, layer);
  BRAID_CHECK(isWithin(slice, whole), "the slice of layer '" + layer.name + "' is not within the layer");
  if (!ir::isLinear(layer.op))
    BRAID_CHECK(slice == whole, "only layers with weights are cut; layer '" + layer.name + "' has none");
  BRAID_CHECK(model.stream(layer.output).type.isFixed(), "layer '" + layer.name + "' is not typed");
  if (implementation.style == Style::Finn) {
    BRAID_CHECK(slice == whole, "the FINN style lowers whole layers");
    return lowerFinn(model, layer, implementation);
  }
  return std::visit(Lowering(model, layer, slice, implementation), layer.op);
}

int64_t innerBeat(const ir::Model &model, const ir::Layer &layer) {
  auto shapeOf = [&](ir::StreamId id) -> const ir::Shape & { return model.stream(id).shape; };
  auto beatOf = [&](ir::StreamId id) { return elementsPerBeat(shapeOf(id), model.stream(id).type); };
  if (!std::holds_alternative<ir::Concat>(layer.op) && !std::holds_alternative<ir::Crop>(layer.op)) {
    if (!keepsBeats(layer.op))
      return 0;
    // Streams of wider numbers have fewer of them in a beat.
    int64_t common = beatOf(layer.output);
    bool alike = true;
    for (ir::StreamId input : layer.inputs) {
      const bool repeats =
          shapeOf(input).back() != shapeOf(layer.output).back(); // of a broadcast: as it comes
      alike = alike && (repeats || beatOf(input) == common);
      common = repeats ? common : std::gcd(common, beatOf(input));
    }
    return alike ? 0 : common;
  }
  bool wholePixels = beatOf(layer.output) == shapeOf(layer.output).back();
  int64_t beat = beatOf(layer.output);
  for (ir::StreamId input : layer.inputs) {
    wholePixels = wholePixels && beatOf(input) == shapeOf(input).back();
    beat = std::gcd(beat, beatOf(input));
  }
  if (wholePixels)
    return 0;
  if (const auto *crop = std::get_if<ir::Crop>(&layer.op))
    return std::gcd(beatOf(layer.inputs[0]), std::gcd(crop->begin.back(), crop->end.back()));
  // A concat: runs of each input are whole numbers of beats.
  const auto axis = static_cast<size_t>(std::get<ir::Concat>(layer.op).axis);
  for (ir::StreamId input : layer.inputs) {
    const ir::Shape &shape = shapeOf(input);
    beat = std::gcd(beat, ir::elements(llvm::ArrayRef<int64_t>(shape).drop_front(axis)));
  }
  return beat;
}

bool isNameOnly(const ir::Model &model, const ir::Layer &layer, IoMode io) {
  if (!std::holds_alternative<ir::Reshape>(layer.op) ||
      model.stream(layer.inputs[0]).type != model.stream(layer.output).type)
    return false;
  if (io == IoMode::Parallel)
    return true;
  for (const ir::Port &port : model.outputs)
    if (port.stream == layer.output)
      return false;
  for (const ir::Layer &reader : model.layers)
    for (ir::StreamId input : reader.inputs)
      if (input == layer.output && !std::holds_alternative<ir::Dense>(reader.op))
        return false;
  return true;
}

} // namespace braid::kernel
