// From layers to units of the FINN style, one function per kind of layer. Widths of neighbours may differ:
// whoever joins units puts converters between them.
#include "lower.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace braid::kernel {

namespace {

std::vector<int64_t> divisorsOf(int64_t n) {
  std::vector<int64_t> out;
  for (int64_t d = 1; d <= n; ++d)
    if (n % d == 0)
      out.push_back(d);
  return out;
}

class Lowering {
public:
  Lowering(const ir::Model &model, const ir::Layer &layer, const Implementation &implementation)
      : model_(model), layer_(layer), implementation_(implementation) {}

  llvm::Expected<Kernels> operator()(const ir::Dense &op) const {
    const int64_t pe = implementation_.folding.pe, simd = implementation_.folding.simd;
    if (pe > op.weights.rows() || simd > op.weights.channels())
      return notSupported(fmt::format("PE {}, SIMD {} are more than its {} x {} weights", pe, simd,
                                      op.weights.rows(), op.weights.channels()));
    Kernel kernel = matrix(op.types);
    kernel.mh = roundUp(op.weights.rows(), pe), kernel.mw = roundUp(op.weights.channels(), simd);
    kernel.positions = ir::elements(shapeOf(layer_.output)) / op.weights.rows();
    return matrixUnits(std::move(kernel), op.weights.channels(), kernel.positions, {});
  }

  llvm::Expected<Kernels> operator()(const ir::Conv &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]), &out = shapeOf(layer_.output);
    const int64_t pe = implementation_.folding.pe, simd = implementation_.folding.simd;
    if (op.isDepthwise(in[2]) && out[2] == in[2])
      return depthwise(op, in, out);
    const int64_t whole = op.window.taps() * in[2];
    const bool divides = whole % simd == 0;
    if (pe > out[2] || (!divides && simd > in[2]))
      return notSupported(fmt::format("PE {}, SIMD {} do not fold its {} x ({} x {}) weights; SIMD up to {}, "
                                      "or a divisor of {}, does",
                                      pe, simd, out[2], op.window.taps(), in[2], in[2], whole));
    Kernel kernel = matrix(op.types);
    const int64_t channels = divides ? in[2] : roundUp(in[2], simd);
    // Groups are blocks of one matrix, zeros elsewhere.
    kernel.mh = roundUp(out[2], pe), kernel.mw = op.window.taps() * channels;
    kernel.taps = op.window.taps();
    kernel.positions = out[0] * out[1];
    Kernels before;
    addWindows(before, op.window, in, out, channels, std::gcd(simd, channels),
               simd % channels == 0 ? simd / channels : 1, /*byChannel=*/false);
    return matrixUnits(std::move(kernel), in[2], in[0] * in[1], std::move(before));
  }

  llvm::Expected<Kernels> operator()(const ir::Pool &op) const {
    if (op.kind == ir::PoolKind::Average)
      return notSupported("an average of whole numbers is none; sums are pooled");
    if (llvm::Error error = checkPe())
      return error;
    const ir::Shape &in = shapeOf(layer_.inputs[0]), &out = shapeOf(layer_.output);
    const bool isMax = op.kind == ir::PoolKind::Max;
    if (isMax && op.window.hasPadding() && typeOf(layer_.inputs[0]).fixed().isSigned)
      return notSupported("a maximum of signed numbers over padding has no unit in the FINN style; without "
                          "padding, or behind an unsigned activation, it has");
    Kernel kernel = start(isMax && streams(op.window, in) ? KernelKind::Pool : KernelKind::WindowPool);
    kernel.pool = op.kind;
    kernel.taps = op.window.taps();
    kernel.inputChannels = in[2];
    kernel.positions = out[0] * out[1];
    setSizes(kernel, op.window, in, out);
    Kernels units;
    if (kernel.kind == KernelKind::WindowPool) {
      addWindows(units, op.window, in, out, in[2], kernel.pe, 1, /*byChannel=*/true);
      kernel.inputs[0] = beats(kernel.pe, kernel.inputBits, kernel.positions * kernel.taps * in[2]);
    }
    units.push_back(std::move(kernel));
    return units;
  }

  llvm::Expected<Kernels> operator()(const ir::GlobalPool &op) const {
    if (op.kind == ir::PoolKind::Average)
      return notSupported("an average of whole numbers is none; sums are pooled");
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    return oneUnit(KernelKind::GlobalPool, [&](Kernel &kernel) {
      kernel.pool = op.kind;
      kernel.inputChannels = in[2];
      kernel.inputPositions = kernel.taps = in[0] * in[1];
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Activation &op) const {
    if (op.kind != ir::ActivationKind::Relu && op.kind != ir::ActivationKind::Clip)
      return notSupported(
          "it has no unit in the FINN style; a quantised network has thresholds here, and the "
          "hls4ml style has a function");
    return oneUnit(KernelKind::Activation, [](Kernel &) {});
  }

  llvm::Expected<Kernels> operator()(const ir::Softmax &) const {
    return notSupported(
        "it has no unit in the FINN style; the host computes it behind the last layer, and the "
        "hls4ml style has a function");
  }

  llvm::Expected<Kernels> operator()(const ir::Affine &op) const {
    return oneUnit(KernelKind::Affine, [&](Kernel &kernel) {
      kernel.weights = kernel.nonZeroWeights = op.scale.rows();
      kernel.weightBits = op.scaleType.bits();
      kernel.biasBits = op.biasType.bits();
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Quantize &) const {
    BRAID_CHECK(false, "a typed model has no quantisers");
  }
  llvm::Expected<Kernels> operator()(const ir::Requantize &) const {
    BRAID_CHECK(false, "a typed model has an Affine instead");
  }

  llvm::Expected<Kernels> operator()(const ir::Threshold &op) const {
    return oneUnit(KernelKind::Threshold, [&](Kernel &kernel) {
      kernel.weights = kernel.nonZeroWeights = op.thresholds.channels() * kernel.channels;
      kernel.steps = op.thresholds.channels();
      kernel.weightBits = typeOf(layer_.inputs[0]).bits();
    });
  }

  llvm::Expected<Kernels> operator()(const ir::ArgMax &) const {
    const int64_t scores = shapeOf(layer_.inputs[0]).back();
    if (llvm::Error error = checkPe())
      return error;
    Kernel kernel = start(KernelKind::ArgMax);
    kernel.inputChannels = scores;
    kernel.pe = 1;
    kernel.outputs[0] = beats(1, kernel.outputBits, kernel.elements);
    return Kernels{std::move(kernel)};
  }

  llvm::Expected<Kernels> operator()(const ir::Binary &op) const {
    if (op.kind == ir::BinaryKind::Div)
      return notSupported("whole numbers are not divided");
    for (ir::StreamId input : layer_.inputs)
      if (shapeOf(input) != shapeOf(layer_.output))
        return notSupported(
            fmt::format("broadcasting {} to {} has no unit in the FINN style; equal shapes have",
                        ir::toString(shapeOf(input)), ir::toString(shapeOf(layer_.output))));
    return oneUnit(KernelKind::Binary, [&](Kernel &kernel) {
      kernel.binary = op.kind;
      kernel.weightBits = typeOf(layer_.inputs[1]).bits();
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Concat &) const {
    return oneUnit(KernelKind::Concat,
                   [&](Kernel &kernel) { kernel.copies = static_cast<int>(layer_.inputs.size()); });
  }

  llvm::Expected<Kernels> operator()(const ir::Transpose &) const {
    return oneUnit(KernelKind::Transpose, [](Kernel &) {});
  }
  llvm::Expected<Kernels> operator()(const ir::Reshape &) const { return Kernels{}; } // another name

  llvm::Expected<Kernels> operator()(const ir::Pad &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    if (in.size() != 3 || op.begin[2] != 0 || op.end[2] != 0)
      return notSupported(
          fmt::format("only rows and columns of [H, W, C] are padded; found {}", ir::toString(in)));
    return oneUnit(KernelKind::ZeroPad, [&](Kernel &kernel) {
      kernel.inputChannels = in[2];
      kernel.inputPositions = in[0] * in[1];
      setSizes(kernel, {}, in, shapeOf(layer_.output));
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Upsample &) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    return oneUnit(KernelKind::Upsample, [&](Kernel &kernel) {
      kernel.inputWidth = in[1];
      kernel.inputChannels = in[2];
      kernel.inputPositions = in[0] * in[1];
      setSizes(kernel, {}, in, shapeOf(layer_.output));
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Sum &op) const {
    return oneUnit(KernelKind::Sum, [&](Kernel &kernel) {
      kernel.copies = static_cast<int>(layer_.inputs.size());
      kernel.accumBits = op.accum.bits();
      kernel.biasBits = op.bias.empty() ? 0 : op.biasType.bits();
    });
  }

  llvm::Expected<Kernels> operator()(const ir::Crop &op) const {
    const ir::Shape &in = shapeOf(layer_.inputs[0]);
    return oneUnit(KernelKind::Crop, [&](Kernel &kernel) {
      kernel.inputChannels = in.back();
      if (in.size() != 3)
        return;
      setSizes(kernel, {}, in, shapeOf(layer_.output));
      kernel.slide.padBegin[0] = op.begin[0], kernel.slide.padBegin[1] = op.begin[1]; // what is left out
    });
  }
  llvm::Expected<Kernels> operator()(const ir::Send &) const { return Kernels{}; }
  llvm::Expected<Kernels> operator()(const ir::Receive &) const { return Kernels{}; }

private:
  const ir::Shape &shapeOf(ir::StreamId id) const { return model_.stream(id).shape; }
  const num::DataType &typeOf(ir::StreamId id) const { return model_.stream(id).type; }

  static KernelPort beats(int64_t perBeat, int64_t bits, int64_t elements) {
    return {perBeat * bits, elements / perBeat, bits};
  }

  llvm::Error notSupported(std::string message) const { return notLowered(layer_, std::move(message)); }

  llvm::Error checkPe() const {
    const int64_t of = foldable(model_, layer_).pe, pe = implementation_.folding.pe;
    if (pe >= 1 && of % pe == 0)
      return llvm::Error::success();
    return notSupported(
        fmt::format("PE {} does not divide {}; {} do", pe, of, fmt::join(divisorsOf(of), ", ")));
  }

  /// What every unit of the layer has; it takes and gives PE elements a beat.
  Kernel start(KernelKind kind) const {
    Kernel kernel = startKernel(model_, layer_, implementation_, kind);
    kernel.pe = kernel.simd = implementation_.folding.pe;
    for (size_t i = 0; i < kernel.inputs.size(); ++i) {
      const ir::StreamId input = layer_.inputs[i];
      kernel.inputs[i] = beats(kernel.pe, typeOf(input).bits(), ir::elements(shapeOf(input)));
    }
    kernel.outputs[0] = beats(kernel.pe, kernel.outputBits, kernel.elements);
    return kernel;
  }

  template <class Fill> llvm::Expected<Kernels> oneUnit(KernelKind kind, Fill &&fill) const {
    if (llvm::Error error = checkPe())
      return error;
    Kernel kernel = start(kind);
    fill(kernel);
    return Kernels{std::move(kernel)};
  }

  static void setSizes(Kernel &kernel, const ir::Window &window, const ir::Shape &in, const ir::Shape &out) {
    kernel.slide = window;
    for (int axis : {0, 1}) {
      kernel.inputSize[axis] = in[static_cast<size_t>(axis)];
      kernel.outputSize[axis] = out[static_cast<size_t>(axis)];
      kernel.slide.padBegin[axis] = kernel.slide.padEnd[axis] = 0;
    }
  }

  /// Windows side by side over a square image, without a rest: FINN's StreamingMaxPool.
  bool streams(const ir::Window &w, const ir::Shape &in) const {
    return !w.hasPadding() && !w.hasDilation() && w.kernel[0] == w.stride[0] && w.kernel[1] == w.stride[1] &&
           w.kernel[0] == w.kernel[1] && in[0] == in[1] && in[0] % w.kernel[0] == 0 &&
           implementation_.folding.pe == in[2];
  }

  Kernel matrix(const ir::LinearTypes &types) const {
    Kernel kernel = start(KernelKind::MatrixVector);
    kernel.simd = implementation_.folding.simd;
    kernel.weightBits = storesBits(layer_) ? 1 : types.weight.bits();
    kernel.accumBits = types.accum.bits();
    return kernel;
  }

  /// FMPadding and ConvolutionInputGenerator, where there is something for them to do; `simd` channels come
  /// at a time, and of the window's taps `tapsAtATime` leave.
  void addWindows(Kernels &units, const ir::Window &window, const ir::Shape &in, const ir::Shape &out,
                  int64_t channels, int64_t simd, int64_t tapsAtATime, bool byChannel) const {
    const int64_t bits = typeOf(layer_.inputs[0]).bits();
    ir::Shape padded = {in[0] + window.padBegin[0] + window.padEnd[0],
                        in[1] + window.padBegin[1] + window.padEnd[1], channels};
    auto unit = [&](KernelKind kind, const char *suffix) {
      Kernel kernel = start(kind);
      kernel.name = layer_.name + suffix;
      kernel.pe = kernel.simd = simd;
      kernel.channels = kernel.inputChannels = channels;
      kernel.outputBits = bits;
      return kernel;
    };
    if (window.hasPadding()) {
      Kernel pad = unit(KernelKind::ZeroPad, "_pad");
      setSizes(pad, {}, in, padded);
      pad.slide.padBegin[0] = window.padBegin[0], pad.slide.padBegin[1] = window.padBegin[1];
      pad.inputPositions = in[0] * in[1];
      pad.positions = padded[0] * padded[1];
      pad.elements = ir::elements(padded);
      pad.inputs[0] = beats(simd, bits, in[0] * in[1] * channels);
      pad.outputs[0] = beats(simd, bits, pad.elements);
      units.push_back(std::move(pad));
    }
    if (window.taps() == 1 && window.stride[0] == 1 && window.stride[1] == 1)
      return;
    Kernel slide = unit(KernelKind::Window, "_window");
    setSizes(slide, window, padded, out);
    slide.byChannel = byChannel;
    slide.taps = window.taps();
    slide.inputWidth = padded[1];
    slide.inputPositions = padded[0] * padded[1];
    slide.positions = out[0] * out[1];
    slide.elements = slide.positions * slide.taps * channels;
    slide.inputs[0] = beats(simd, bits, ir::elements(padded));
    slide.pe = simd * tapsAtATime;
    slide.outputs[0] = beats(slide.pe, bits, slide.elements);
    units.push_back(std::move(slide));
  }

  /// `channelsIn` and `positionsIn` of the layer's input, which is brought to a multiple of SIMD; the rows
  /// that PE adds are dropped.
  Kernels matrixUnits(Kernel kernel, int64_t channelsIn, int64_t positionsIn, Kernels before) const {
    const int64_t rows = shapeOf(layer_.output).back(), padded = kernel.mw / kernel.taps;
    kernel.weights = kernel.nonZeroWeights = kernel.mh * kernel.mw;
    kernel.channels = kernel.mh;
    kernel.elements = kernel.positions * kernel.mh;
    kernel.inputs[0] = beats(kernel.simd, kernel.inputBits, kernel.positions * kernel.mw);
    kernel.outputs[0] = beats(kernel.pe, kernel.outputBits, kernel.elements);
    Kernels units;
    if (padded != channelsIn)
      units.push_back(resize(channelsIn, padded, positionsIn, kernel.inputBits, "_fill",
                             std::gcd(kernel.simd, padded), true));
    units.append(before);
    const int64_t pe = kernel.pe, mh = kernel.mh, positions = kernel.positions;
    units.push_back(std::move(kernel));
    if (mh != rows)
      units.push_back(resize(mh, rows, positions, units.back().outputBits, "_drop", pe, false));
    return units;
  }

  /// Pixels of more or of fewer channels: zeros behind them, or the last ones gone.
  Kernel resize(int64_t from, int64_t to, int64_t positions, int64_t bits, const char *suffix,
                int64_t perBeat, bool fills) const {
    Kernel kernel = start(KernelKind::Convert);
    kernel.name = layer_.name + suffix;
    kernel.inputChannels = from, kernel.channels = to;
    kernel.positions = kernel.inputPositions = positions;
    kernel.inputBits = kernel.outputBits = bits;
    kernel.elements = positions * to;
    // The side that is no whole number of beats goes element by element, or as many as divide it.
    const int64_t other = std::gcd(fills ? from : to, perBeat);
    kernel.simd = fills ? other : perBeat, kernel.pe = fills ? perBeat : other;
    kernel.inputs[0] = beats(kernel.simd, bits, positions * from);
    kernel.outputs[0] = beats(kernel.pe, bits, positions * to);
    return kernel;
  }

  llvm::Expected<Kernels> depthwise(const ir::Conv &op, const ir::Shape &in, const ir::Shape &out) const {
    const int64_t pe = implementation_.folding.pe, simd = implementation_.folding.simd;
    const int64_t taps = op.window.taps();
    if (taps % simd != 0 || pe > in[2])
      return notSupported(
          fmt::format("PE {}, SIMD {} do not fold its {} channels of {} taps; PE up to {}, and "
                      "SIMD {}, do",
                      pe, simd, in[2], taps, in[2], fmt::join(divisorsOf(taps), ", ")));
    const int64_t channels = roundUp(in[2], pe);
    Kernel kernel = start(KernelKind::VectorVector);
    kernel.simd = simd;
    kernel.weightBits = storesBits(layer_) ? 1 : op.types.weight.bits();
    kernel.accumBits = op.types.accum.bits();
    kernel.groups = kernel.mh = kernel.channels = channels;
    kernel.mw = kernel.taps = taps;
    kernel.positions = out[0] * out[1];
    kernel.weights = kernel.nonZeroWeights = channels * kernel.taps;
    kernel.elements = kernel.positions * channels;
    kernel.inputs[0] = beats(pe * simd, kernel.inputBits, kernel.positions * channels * kernel.taps);
    kernel.outputs[0] = beats(pe, kernel.outputBits, kernel.elements);
    Kernels units;
    if (channels != in[2])
      units.push_back(resize(in[2], channels, in[0] * in[1], kernel.inputBits, "_fill", pe, true));
    addWindows(units, op.window, in, out, channels, pe, simd, /*byChannel=*/true);
    const int64_t positions = kernel.positions, bits = kernel.outputBits;
    units.push_back(std::move(kernel));
    if (channels != in[2])
      units.push_back(resize(channels, in[2], positions, bits, "_drop", pe, false));
    return units;
  }

  const ir::Model &model_;
  const ir::Layer &layer_;
  const Implementation &implementation_;
};

} // namespace

llvm::Expected<Kernels> lowerFinn(const ir::Model &model, const ir::Layer &layer,
                                  const Implementation &implementation) {
  BRAID_CHECK(implementation.io == IoMode::Stream, "units of the FINN style are joined by streams");
  if (!model.isInteger)
    return notLowered(layer, "the FINN style computes with whole numbers only, and this network is not "
                             "quantised; the hls4ml style takes it");
  return std::visit(Lowering(model, layer, implementation), layer.op);
}

} // namespace braid::kernel
