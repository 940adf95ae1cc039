// Dense layers and convolutions: a matrix applied to one position, and what slides its window over the map.
#include "formulas.h"

#include "braid/support/math.h"

#include <algorithm>

namespace braid::cost {

namespace {

using kernel::IoMode;
using kernel::KernelKind;
using kernel::Strategy;

/// The samples' values and accumulators have 16 bits; costs that stand for registers, multiplexers or adders
/// of such values grow with the width.
constexpr double kSampleBits = 16;

/// The matrix of one position.
struct Matrix {
  int64_t inputs = 0, outputs = 0; ///< All groups'
  int64_t reuse = 1, products = 0; ///< Products per cycle
  double valueScale = 1, accumScale = 1, outputScale = 1;
  bool hasMux = false; ///< Accumulators are chosen at run time: more than two rows per multiplier
};

Matrix matrixOf(const Kernel &kernel) {
  Matrix matrix;
  matrix.inputs = kernel.mw * kernel.groups;
  matrix.outputs = kernel.mh * kernel.groups;
  matrix.reuse = std::max<int64_t>(1, kernel.implementation.reuse);
  matrix.products = ceilDiv(kernel.mh * kernel.mw * kernel.groups, matrix.reuse);
  matrix.valueScale = static_cast<double>(kernel.inputBits) / kSampleBits;
  matrix.accumScale = static_cast<double>(std::max(kernel.accumBits, kernel.outputBits)) / kSampleBits;
  matrix.outputScale = static_cast<double>(kernel.outputBits) / kSampleBits;
  matrix.hasMux = matrix.reuse > 2 * kernel.mw;
  return matrix;
}

/// Whether every number of the kernel lies where the fit was made.
bool isWithin(const Fit &fit, const Question &question, const Matrix &matrix) {
  const Kernel &kernel = question.kernel;
  return kernel.kind == KernelKind::Dense && kernel.implementation.io == IoMode::Parallel &&
         kernel.inputBits == 16 && kernel.accumBits == 16 && question.device.family == "alveo-ultrascale+" &&
         fit.weightBits.has(kernel.weightBits) && fit.inputs.has(matrix.inputs) &&
         fit.outputs.has(matrix.outputs) && fit.reuse.has(matrix.reuse);
}

/// DSP slices of a Resource layer. One product of 6-bit weights went to LUTs in every sample of more than 32
/// inputs (csynth, Vivado HLS 2020.1).
int64_t resourceDsp(const Question &question, const Matrix &matrix) {
  const Kernel &kernel = question.kernel;
  const int64_t each =
      dspPerProduct(kernel.inputBits, kernel.weightBits, question.device.family, question.stage);
  const bool oneInLuts = question.stage == Stage::Csynth && kernel.weightBits == 6 && matrix.inputs > 32;
  return each * (matrix.products - oneInLuts);
}

void resourceCsynth(const Question &question, const Matrix &matrix, Estimate &estimate) {
  const DenseResourceCsynth &fit = coefficients().denseCsynth;
  const int64_t weightBits = question.kernel.weightBits;
  const auto products = static_cast<double>(matrix.products);
  const auto ways = static_cast<double>(int64_t{1} << ceilLog2(static_cast<uint64_t>(matrix.outputs)));
  const bool isNarrow =
      dspPerProduct(question.kernel.inputBits, weightBits, question.device.family, Stage::Csynth) == 0;
  estimate.resources[Resource::Lut] =
      wholeUp(fit.lutBase + fit.lutPerInput * static_cast<double>(matrix.inputs) * matrix.valueScale +
              fit.lutPerOutput * static_cast<double>(matrix.outputs) * matrix.accumScale +
              products * matrix.accumScale * (matrix.hasMux ? fit.lutPerWay * ways : fit.lutPerProduct) +
              (isNarrow ? fit.lutPerNarrowProduct * products : 0));
  estimate.resources[Resource::Ff] =
      wholeUp((isNarrow ? 0
                        : fit.ffPerProduct * products +
                              fit.ffPerWeightBit * products * static_cast<double>(weightBits)) +
              fit.ffPerLogReuse * logLines(matrix.reuse) +
              fit.ffPerOutput * static_cast<double>(matrix.outputs) * matrix.accumScale);
  estimate.resources[Resource::Bram18] =
      bram18For(matrix.products * weightBits, matrix.reuse) + matrix.hasMux;
}

/// Block RAM after Vivado: one ROM per product, packed where it is no deeper than a RAMB18 is wide-mode deep,
/// in LUTs where it fits into one; and the ROM of the outputs' indices. An upper bound: Vivado moves many of
/// them to LUTs.
int64_t romVsynth(const Kernel &kernel, const Matrix &matrix) {
  constexpr int64_t kLutDepth = 64, kPackedDepth = 512;
  if (matrix.reuse <= kLutDepth)
    return 0;
  const int64_t roms = matrix.reuse > kPackedDepth
                           ? matrix.products * bram18For(kernel.weightBits, matrix.reuse)
                           : bram18For(matrix.products * kernel.weightBits, matrix.reuse);
  const int64_t indices =
      matrix.hasMux ? bram18For(std::max(1, ceilLog2(static_cast<uint64_t>(matrix.outputs))), matrix.reuse)
                    : 0;
  return roms + indices;
}

void resourceVsynth(const Question &question, const Matrix &matrix, Estimate &estimate) {
  const DenseResourceVsynth &fit = coefficients().denseVsynth;
  // What a weight's bit costs is for most part its ROM in LUTs, which gets smaller below the reuse factors
  // measured.
  const double depth = std::min(1.0, static_cast<double>(ceilDiv(matrix.reuse, 64)) /
                                         static_cast<double>(ceilDiv(fit.reuse.low, 64)));
  const auto weightBits = static_cast<double>(matrix.products * question.kernel.weightBits);
  estimate.resources[Resource::Lut] =
      wholeUp(fit.lutPerOutput * static_cast<double>(matrix.outputs) * matrix.accumScale +
              fit.lutPerWeightBit * weightBits * depth);
  // Of the flip-flops per output one value is the accumulator, the rest is the result.
  const double ffResult = fit.ffPerOutput - kSampleBits;
  // Arrays between processes are doubled; a stream's vector is collected once. (Networks of conv2d_vsynth
  // with 8,064 and 18,816 inputs have 20 and 26 flip-flops per input in all.)
  const bool streams = question.kernel.implementation.io == IoMode::Stream;
  const double ffInput = fit.ffPerInput - (streams ? kSampleBits : 0);
  estimate.resources[Resource::Ff] =
      wholeUp(ffInput * static_cast<double>(matrix.inputs) * matrix.valueScale +
              static_cast<double>(matrix.outputs) *
                  (kSampleBits * matrix.accumScale + ffResult * matrix.outputScale));
  estimate.resources[Resource::Bram18] = romVsynth(question.kernel, matrix);
}

Estimate resourceMatrix(const Question &question, const Matrix &matrix) {
  Estimate estimate;
  const Coefficients &c = coefficients();
  const Fit &fit = question.stage == Stage::Csynth ? static_cast<const Fit &>(c.denseCsynth) : c.denseVsynth;
  if (question.stage == Stage::Csynth)
    resourceCsynth(question, matrix, estimate);
  else
    resourceVsynth(question, matrix, estimate);
  estimate.resources[Resource::Dsp] = resourceDsp(question, matrix);
  const bool within = isWithin(fit, question, matrix);
  estimate.basis = within                               ? Basis::Fitted
                   : matrix.reuse <= question.kernel.mw ? Basis::Structural
                                                        : Basis::Extrapolated;
  estimate.error = within ? fit.error : 0.5;
  estimate.model = fit.name;
  // Weights of at most 4 bits and two rows per multiplier: one cycle less in every sample (Vivado HLS
  // 2020.1).
  const bool isShort = matrix.reuse == 2 * question.kernel.mw && question.kernel.weightBits <= 4;
  estimate.latency = matrix.reuse + (isShort ? 1 : 2);
  estimate.interval = matrix.reuse;
  return estimate;
}

/// A value of a table over weight bits, with straight lines between its points.
double at(const DenseUnrolledCsynth &fit, const std::vector<double> &values, int64_t weightBits) {
  const auto &bits = fit.weightBitsAt;
  if (weightBits <= bits.front())
    return values.front();
  for (size_t i = 1; i < bits.size(); ++i)
    if (weightBits <= bits[i]) {
      const double part =
          static_cast<double>(weightBits - bits[i - 1]) / static_cast<double>(bits[i] - bits[i - 1]);
      return values[i - 1] + part * (values[i] - values[i - 1]);
    }
  return values.back();
}

/// All products at once; zero weights cost nothing.
Estimate unrolledMatrix(const Question &question, const Matrix &matrix) {
  const DenseUnrolledCsynth &fit = coefficients().unrolled;
  const Kernel &kernel = question.kernel;
  Estimate estimate;
  const auto products = static_cast<double>(kernel.nonZeroWeights);
  const int64_t dsp =
      dspPerProduct(kernel.inputBits, kernel.weightBits, question.device.family, Stage::Csynth);
  const double dspShare =
      kernel.weightBits > fit.weightBitsAt.back() ? 1.0 : at(fit, fit.dspPerProduct, kernel.weightBits);
  // Narrow values take no DSP slice: what the samples gave to one is built of LUTs.
  const double inLuts =
      dsp > 0 ? 0
              : dspShare * fit.lutPerBitProduct * static_cast<double>(kernel.inputBits * kernel.weightBits);
  const double multiplier = at(fit, fit.lutPerProduct, kernel.weightBits) * matrix.valueScale + inLuts;
  const bool isZynq7000 = question.device.family == "zynq-7000";
  const double ff = isZynq7000 ? fit.ffPerProductZynq7000 : at(fit, fit.ffPerProduct, kernel.weightBits);
  estimate.resources[Resource::Lut] =
      wholeUp(products * (fit.lutPerAccumBit * kSampleBits * matrix.accumScale + multiplier));
  estimate.resources[Resource::Ff] = wholeUp(products * ff * matrix.accumScale);
  estimate.resources[Resource::Dsp] = wholeUp(products * dspShare * static_cast<double>(dsp));
  const bool within = isWithin(fit, question, matrix) && question.stage == Stage::Csynth;
  estimate.basis = within ? Basis::Fitted : Basis::Extrapolated;
  estimate.error = fit.error;
  estimate.model = fit.name;
  // A tree of adders, one level per cycle on Zynq-7000 (1 + log2 of the inputs, harvested reports), six on
  // UltraScale+ (1 cycle for up to 96 inputs, samples).
  const int levels = ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.mw, 1)));
  estimate.latency = isZynq7000 ? 1 + levels : 1 + levels / 7;
  estimate.interval = 1;
  toStage(estimate, question.stage);
  return estimate;
}

bool isUnrolled(const Kernel &kernel) {
  return kernel.implementation.strategy == Strategy::Latency || kernel.implementation.reuse <= 1;
}

Estimate matrixCost(const Question &question) {
  const Matrix matrix = matrixOf(question.kernel);
  return isUnrolled(question.kernel) ? unrolledMatrix(question, matrix) : resourceMatrix(question, matrix);
}

/// Line buffers and window registers of a convolution on streams: one memory per line and channel.
void addWindow(const Question &question, Estimate &estimate) {
  const Kernel &kernel = question.kernel;
  const device::Resources line = memoryFor(kernel.inputBits, kernel.inputWidth, question.stage);
  const int64_t lines = (kernel.window[0] - 1) * kernel.inputChannels;
  for (Resource resource : device::kResources)
    estimate.resources[resource] += line[resource] * lines;
  estimate.resources[Resource::Ff] +=
      kernel.window[0] * kernel.window[1] * kernel.inputChannels * kernel.inputBits;
  // Counters of row, column and stride.
  constexpr int64_t kCounterLut = 200, kCounterFf = 150;
  estimate.resources[Resource::Lut] += kCounterLut;
  estimate.resources[Resource::Ff] += kCounterFf;
}

/// Cycles of a convolution on streams. Unrolled: one pixel per cycle, latency in_h in_w + 4 (measured: + 3
/// and + 4; hls4ml's tutorial, CI baselines), and one more between frames. Resource: every output pixel takes
/// RF and 6 cycles for the window (hls4ml, set_target_reuse_factor), every other pixel a few.
void streamTiming(const Kernel &kernel, Estimate &estimate) {
  constexpr int64_t kDepth = 4, kShuffle = 6, kSkip = 2;
  const int64_t matrixLatency = estimate.latency;
  if (isUnrolled(kernel)) {
    estimate.latency = kernel.inputPositions + kDepth + std::max<int64_t>(0, matrixLatency - 1);
    estimate.interval = kernel.inputPositions + kDepth + 1;
  } else {
    const int64_t others = std::max<int64_t>(0, kernel.inputPositions - kernel.positions);
    estimate.latency = kernel.positions * (kernel.implementation.reuse + kShuffle) + others * kSkip + kDepth;
    estimate.interval = estimate.latency + 1;
  }
  // The first output needs the rows above and the columns left of the first window's last pixel.
  const int64_t before = (kernel.window[0] - 1) * kernel.inputWidth + kernel.window[1] - 1;
  const int64_t skip = isUnrolled(kernel) ? 1 : kSkip;
  estimate.fill = before * skip + matrixLatency + kDepth;
}

/// Arrays: the positions one after the other, n_partitions = positions.
void parallelTiming(const Kernel &kernel, Estimate &estimate) {
  const int64_t matrixLatency = estimate.latency;
  if (isUnrolled(kernel)) {
    estimate.interval = kernel.positions;
    estimate.latency = kernel.positions + matrixLatency + 1;
  } else {
    // The window is laid out, then the kernel runs: RF + 2 cycles and two for start and end.
    estimate.interval = estimate.latency = kernel.positions * (matrixLatency + 2) + 1;
  }
  estimate.fill = estimate.latency;
}

/// Choosing a window out of a whole map in registers: one LUT6 takes four inputs of a multiplexer's bit.
void addWindowChoice(const Kernel &kernel, Estimate &estimate) {
  const int64_t bits = kernel.taps * kernel.inputChannels * kernel.inputBits;
  estimate.resources[Resource::Lut] += bits * ceilDiv(kernel.positions, 3);
  estimate.resources[Resource::Ff] += bits + kernel.elements * kernel.outputBits;
}

void denseStreamTiming(const Kernel &kernel, Estimate &estimate) {
  // Beats in, the matrix, beats out, one after the other.
  const int64_t in = kernel.inputs.empty() ? 1 : kernel.inputs[0].beatsPerFrame;
  const int64_t out = kernel.outputs.empty() ? 1 : kernel.outputs[0].beatsPerFrame;
  const int64_t matrixLatency = estimate.latency;
  estimate.latency = in + matrixLatency + out;
  estimate.interval = estimate.latency + (in + out > 2 ? 1 : 0);
  estimate.fill = in + matrixLatency + 1;
}

} // namespace

Estimate denseOrConv(const Question &question) {
  const Kernel &kernel = question.kernel;
  Estimate estimate = matrixCost(question);
  const bool streams = kernel.implementation.io == IoMode::Stream;
  if (kernel.kind == KernelKind::Dense) {
    estimate.fill = estimate.latency;
    if (streams)
      denseStreamTiming(kernel, estimate);
    return estimate;
  }
  if (streams) {
    addWindow(question, estimate);
    streamTiming(kernel, estimate);
  } else {
    addWindowChoice(kernel, estimate);
    parallelTiming(kernel, estimate);
  }
  // No convolution on its own is measured after Vivado.
  estimate.basis =
      std::max(estimate.basis, question.stage == Stage::Vsynth ? Basis::Structural : Basis::Extrapolated);
  estimate.error = std::max(estimate.error, coefficients().ratio.error);
  return estimate;
}

} // namespace braid::cost
