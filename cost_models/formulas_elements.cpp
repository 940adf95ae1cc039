// Kernels that work element by element, or on vectors and windows of elements.
#include "formulas.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::cost {

namespace {

using kernel::IoMode;
using kernel::KernelKind;

constexpr double kSampleBits = 16;

int64_t beatsOf(const Kernel &kernel) {
  return kernel.outputs.empty() ? 1 : std::max<int64_t>(1, kernel.outputs[0].beatsPerFrame);
}

/// Elements worked on in one cycle: a beat, or the whole array.
int64_t lanesOf(const Kernel &kernel) { return std::max<int64_t>(1, kernel.elements / beatsOf(kernel)); }

/// A loop over beats of a pipeline `depth` deep; a pipeline alone for arrays.
void setTiming(const Kernel &kernel, int64_t beats, int64_t depth, Estimate &estimate) {
  const bool streams = kernel.implementation.io == IoMode::Stream;
  estimate.fill = depth;
  estimate.latency = streams ? beats + depth : depth;
  estimate.interval = streams ? beats + (beats > 1 ? depth + 1 : depth) : 1;
}

void structural(const char *model, Estimate &estimate, Stage stage) {
  estimate.basis = Basis::Structural;
  estimate.error = 1.0;
  estimate.model = model;
  toStage(estimate, stage);
}

} // namespace

Estimate elementwise(const Question &question) {
  const Kernel &kernel = question.kernel;
  const ActivationsCsynth &csynth = coefficients().activations;
  const DenseResourceVsynth &vsynth = coefficients().denseVsynth;
  const int64_t lanes = lanesOf(kernel);
  const auto values = static_cast<double>(lanes) *
                      static_cast<double>(std::max(kernel.inputBits, kernel.outputBits)) / kSampleBits;
  Estimate estimate;
  int64_t depth = kernel.implementation.io == IoMode::Stream ? 2 : 1;
  // Comparing, rounding, saturating and holding the value: what a ReLU costs.
  const bool isVsynth = question.stage == Stage::Vsynth;
  estimate.resources[Resource::Lut] =
      wholeUp(values * (isVsynth ? vsynth.lutPerActivation : csynth.reluLutPerElement));
  estimate.resources[Resource::Ff] =
      wholeUp(values * (isVsynth ? vsynth.ffPerActivation : csynth.reluFfPerElement));
  estimate.basis = Basis::Extrapolated;
  estimate.error = isVsynth ? vsynth.error : csynth.error;
  estimate.model = isVsynth ? vsynth.name : csynth.name;
  if (kernel.kind == KernelKind::Activation && kernel.weightBits == 0)
    return setTiming(kernel, beatsOf(kernel), depth, estimate), estimate;

  // With arithmetic: products, sums, quotients of each lane.
  estimate.basis = Basis::Structural;
  estimate.error = 1.0;
  const int64_t dsp =
      dspPerProduct(kernel.inputBits, kernel.weightBits, question.device.family, question.stage);
  const int64_t inLuts = kernel.inputBits * kernel.weightBits / 3 + 1; // of a product without DSP slice
  const int64_t sumBits = std::max(kernel.inputBits, kernel.weightBits) + 1;
  bool multiplies = kernel.kind != KernelKind::Binary;
  if (kernel.kind == KernelKind::Binary) {
    switch (kernel.binary) {
    case ir::BinaryKind::Add:
    case ir::BinaryKind::Sub:
      estimate.resources[Resource::Lut] += lanes * sumBits;
      estimate.resources[Resource::Ff] += lanes * sumBits;
      break;
    case ir::BinaryKind::Mul:
      multiplies = true;
      break;
    case ir::BinaryKind::Div: {
      // A subtractor and a row of registers per bit of the quotient.
      const int64_t quotient = kernel.inputBits + kernel.outputBits + 2;
      estimate.resources[Resource::Lut] += lanes * quotient * sumBits;
      estimate.resources[Resource::Ff] += lanes * quotient * 2 * sumBits;
      depth += quotient + 4;
      break;
    }
    }
  }
  if (multiplies) {
    estimate.resources[Resource::Dsp] += lanes * dsp;
    estimate.resources[Resource::Lut] += lanes * (dsp > 0 ? 0 : inLuts);
    depth += 3;
  }
  if (kernel.biasBits > 0)
    estimate.resources[Resource::Lut] += lanes * (kernel.inputBits + kernel.weightBits);
  // Parameters per channel that change from beat to beat stand in a ROM.
  if (kernel.weights > lanes) {
    const device::Resources rom = memoryFor(lanes * (kernel.weightBits + kernel.biasBits),
                                            ceilDiv(kernel.weights, lanes), question.stage);
    estimate.resources += rom;
  }
  setTiming(kernel, beatsOf(kernel), depth, estimate);
  estimate.model = "elementwise-structural";
  return estimate;
}

/// A tree of adders of the accumulator's width for each lane, the bias, and the cast to the result.
Estimate partialSums(const Question &question) {
  const Kernel &kernel = question.kernel;
  const int64_t lanes = lanesOf(kernel), addends = kernel.copies + (kernel.biasBits > 0);
  Estimate estimate;
  estimate.resources[Resource::Lut] =
      lanes * (kernel.accumBits * std::max<int64_t>(addends - 1, 0) + kernel.outputBits);
  estimate.resources[Resource::Ff] =
      lanes * (kernel.accumBits * std::max<int64_t>(addends - 1, 1) + kernel.outputBits);
  if (kernel.biasBits > 0)
    estimate.resources += memoryFor(lanes * kernel.biasBits, beatsOf(kernel), question.stage);
  setTiming(kernel, beatsOf(kernel), 1 + ceilLog2(static_cast<uint64_t>(std::max<int64_t>(addends, 1))),
            estimate);
  structural("sum-structural", estimate, question.stage);
  return estimate;
}

/// A comparator for each threshold of each lane, a count of those reached, and, where a lane has several
/// channels in turn, a memory of their ladders.
Estimate thresholds(const Question &question) {
  const Kernel &kernel = question.kernel;
  const int64_t lanes = lanesOf(kernel), bits = std::max(kernel.inputBits, kernel.weightBits);
  Estimate estimate;
  // Two bits of a comparison fit a LUT of a carry chain; counting n ones takes about n LUTs.
  estimate.resources[Resource::Lut] = lanes * (kernel.steps * ceilDiv(bits, 2) + kernel.steps);
  estimate.resources[Resource::Ff] = lanes * (kernel.inputBits + kernel.steps + kernel.outputBits);
  const int64_t ladders = kernel.weights / std::max<int64_t>(1, kernel.steps);
  if (ladders > lanes)
    estimate.resources +=
        memoryFor(lanes * kernel.steps * kernel.weightBits, ceilDiv(ladders, lanes), question.stage);
  setTiming(kernel, beatsOf(kernel), 2, estimate);
  structural("threshold-structural", estimate, question.stage);
  return estimate;
}

/// A tree of comparisons over a beat, and one with what the beats before had.
Estimate largest(const Question &question) {
  const Kernel &kernel = question.kernel;
  const kernel::KernelPort &in = kernel.inputs[0];
  const int64_t lanes = std::max<int64_t>(1, perBeat(in)),
                perLane = ceilDiv(kernel.inputBits, 2) + kernel.inputBits + kernel.outputBits;
  Estimate estimate;
  estimate.resources[Resource::Lut] = lanes * perLane;
  estimate.resources[Resource::Ff] = lanes * (kernel.inputBits + kernel.outputBits);
  const int64_t depth = 1 + ceilLog2(static_cast<uint64_t>(lanes));
  setTiming(kernel, std::max<int64_t>(1, in.beatsPerFrame), depth, estimate);
  structural("argmax-structural", estimate, question.stage);
  return estimate;
}

Estimate tableActivation(const Question &question) {
  const Kernel &kernel = question.kernel;
  Estimate estimate;
  const int64_t lanes = lanesOf(kernel);
  // Block RAM has two ports: one table serves two lanes (32 RAMB18 for 64 lanes of 1,024 x 18 bits in
  // hls4ml's CI baselines). The index is a subtraction, a shift by a constant and two comparisons.
  const device::Resources table = memoryFor(kernel.tableBits, kernel.tableEntries, question.stage);
  for (Resource resource : device::kResources)
    estimate.resources[resource] = table[resource] * ceilDiv(lanes, 2);
  estimate.resources[Resource::Lut] += lanes * (3 * kernel.inputBits + 2 * kernel.outputBits);
  estimate.resources[Resource::Ff] +=
      lanes * (kernel.inputBits + kernel.outputBits +
               ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.tableEntries, 1))));
  if (kernel.weightBits > 0)
    estimate.resources[Resource::Dsp] =
        lanes * dspPerProduct(kernel.inputBits, kernel.weightBits, question.device.family, question.stage);
  setTiming(kernel, beatsOf(kernel), 4, estimate);
  structural("table-structural", estimate, question.stage);
  return estimate;
}

Estimate softmax(const Question &question) {
  const Kernel &kernel = question.kernel;
  const ActivationsCsynth &fit = coefficients().activations;
  Estimate estimate;
  const bool streams = kernel.implementation.io == IoMode::Stream;
  const int64_t lanes = lanesOf(kernel);
  const auto elements = static_cast<double>(lanes);
  estimate.resources[Resource::Lut] = wholeUp(elements * fit.softmaxLutPerElement);
  estimate.resources[Resource::Ff] = wholeUp(elements * fit.softmaxFfPerElement);
  // Measured with signed tables of 18 bits, one product per element. Ours have no sign: one bit more on both
  // sides.
  const int64_t perProduct =
      dspPerProduct(kernel.tableBits + 1, kernel.tableBits + 1, question.device.family, question.stage);
  estimate.resources[Resource::Dsp] =
      wholeUp(elements * std::max(fit.softmaxDspPerElement, static_cast<double>(perProduct)));
  // Measured with tables of 1,024 x 18 bits: one RAMB18 per element, that of reciprocals included. Larger
  // tables take as many more for every lookup that runs at the same time: of exponentials one per element, of
  // reciprocals one per vector, two at each memory's ports.
  constexpr int64_t kMeasuredEntries = 1024;
  const int64_t vectors = std::max<int64_t>(1, lanes / std::max<int64_t>(1, kernel.channels));
  const int64_t perExp = std::max<int64_t>(1, bram18For(kernel.tableBits, kernel.tableEntries));
  const int64_t perInv = std::max<int64_t>(1, bram18For(kernel.tableBits, kernel.secondTableEntries));
  estimate.resources[Resource::Bram18] =
      wholeUp(elements * fit.softmaxBramPerElement) * perExp + (perInv - 1) * ceilDiv(vectors, 2);
  const int64_t levels = ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.channels, 1)));
  const int64_t depth =
      wholeUp(fit.softmaxLatency + fit.softmaxLatencyPerLevel * static_cast<double>(levels));
  const int64_t perVector = std::max<int64_t>(1, kernel.channels / lanes);
  if (streams) {
    // Three passes over each vector's beats: maximum, exponentials, quotients.
    estimate.fill = 2 * perVector + depth;
    estimate.latency = kernel.positions * (3 * perVector + depth);
    estimate.interval = estimate.latency + 1;
  } else {
    setTiming(kernel, 1, depth, estimate);
  }
  const bool asMeasured =
      kernel.tableEntries == kMeasuredEntries && kernel.secondTableEntries == kMeasuredEntries;
  estimate.basis = asMeasured ? Basis::Extrapolated : Basis::Structural;
  estimate.error = asMeasured ? fit.error : 1.0;
  estimate.model = fit.name;
  toStage(estimate, question.stage);
  return estimate;
}

Estimate pool(const Question &question) {
  const Kernel &kernel = question.kernel;
  Estimate estimate;
  const bool streams = kernel.implementation.io == IoMode::Stream,
             average = kernel.pool == ir::PoolKind::Average, adds = kernel.pool != ir::PoolKind::Max;
  const int64_t lanes = lanesOf(kernel);
  const int64_t bits =
      kernel.inputBits + (adds ? ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.taps, 1))) : 0);
  // A maximum is a comparison and a choice; a sum an addition. A mean ends in a product with a constant.
  const int64_t perJoin = adds ? bits : 2 * bits;
  const int64_t meanDsp = average && (kernel.taps & (kernel.taps - 1)) != 0
                              ? dspPerProduct(bits, bits + 2, question.device.family, question.stage)
                              : 0;
  const int64_t beatsPerPixel = kernel.channels > lanes ? kernel.channels / lanes : 1;
  if (kernel.kind == KernelKind::GlobalPool && streams) {
    estimate.resources[Resource::Lut] = lanes * (perJoin + kernel.outputBits);
    estimate.resources[Resource::Ff] = lanes * (bits * (beatsPerPixel > 1 ? 1 : 2) + kernel.outputBits);
    estimate.resources += memoryFor(beatsPerPixel > 1 ? lanes * bits : 0, beatsPerPixel, question.stage);
    estimate.fill = kernel.inputPositions * beatsPerPixel + 4;
    estimate.latency = estimate.fill + beatsPerPixel;
    estimate.interval = estimate.latency + 1;
  } else if (streams) {
    // Columns are joined over line buffers, then rows over registers.
    const int64_t joins = kernel.window[0] - 1 + kernel.window[1] - 1;
    estimate.resources[Resource::Lut] = lanes * (joins * perJoin + kernel.outputBits) + 200;
    estimate.resources[Resource::Ff] =
        lanes * bits * (kernel.window[0] + kernel.window[1]) * beatsPerPixel + 150;
    const device::Resources line =
        memoryFor(lanes * kernel.inputBits, kernel.inputWidth * beatsPerPixel, question.stage);
    for (Resource resource : device::kResources)
      estimate.resources[resource] += line[resource] * (kernel.window[0] - 1);
    // One pixel per cycle: 903 cycles for 30 x 30 pixels in hls4ml's tutorial.
    estimate.latency = kernel.inputPositions * beatsPerPixel + 3;
    estimate.interval = estimate.latency + 1;
    estimate.fill = ((kernel.window[0] - 1) * kernel.inputWidth + kernel.window[1] - 1) * beatsPerPixel + 4;
  } else {
    // All windows at once.
    estimate.resources[Resource::Lut] = kernel.elements * ((kernel.taps - 1) * perJoin + kernel.outputBits);
    estimate.resources[Resource::Ff] = kernel.elements * (bits + kernel.outputBits);
    setTiming(kernel, 1, 1 + ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.taps, 1))) / 3,
              estimate);
  }
  estimate.resources[Resource::Dsp] = meanDsp * lanes;
  structural("pool-structural", estimate, question.stage);
  return estimate;
}

} // namespace braid::cost
