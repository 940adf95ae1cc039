// Sliding windows of the FINN style: one tap at a time out of a memory of lines, or several out of registers.
#include "finn_units.h"

#include "braid/support/math.h"

namespace braid::cost {

namespace {

/// Positions from a window's first to its last.
int64_t spanOf(const ir::Window &window, int axis) {
  return (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

/// Cycles of a frame, as targets/hls/finn/braid_taps.hpp counts them: a word comes each cycle, but for those
/// that end a window while beats of the one before wait.
int64_t tapCycles(const Kernel &kernel, int64_t before) {
  const ir::Window &w = kernel.slide;
  const int64_t folds = kernel.inputChannels / kernel.simd, beats = kernel.taps * kernel.simd / kernel.pe;
  const int64_t *in = kernel.inputSize, *out = kernel.outputSize;
  const auto beside = [&](int64_t words) { return std::max<int64_t>(0, words - (beats - 1)); };
  const auto rest = [&](int axis) { return in[axis] - spanOf(w, axis) - (out[axis] - 1) * w.stride[axis]; };
  const int64_t line = in[1] * folds;
  const int64_t row = out[1] * folds * beats + (out[1] - 1) * beside((w.stride[1] - 1) * folds);
  const int64_t between = w.stride[0] * line - ((out[1] - 1) * w.stride[1] + 1) * folds;
  return before + out[0] * row + (out[0] - 1) * beside(between) + beside(rest(0) * line + rest(1) * folds);
}

/// Several taps at a time: a chain of line buffers, a window of registers, and the taps that wait.
Estimate windowTaps(const Question &question) {
  const Kernel &kernel = question.kernel;
  const ir::Window &w = kernel.slide;
  Estimate estimate = startedUnit("window-taps-structural");
  constexpr int64_t kSrlDepth = 32; // of a LUT
  const int64_t width = kernel.inputs[0].widthBits, folds = kernel.inputChannels / kernel.simd;
  const bool isColumn = kernel.inputSize[1] == 1; // taken as a row
  const int64_t lines = isColumn ? 0 : spanOf(w, 0) - 1, line = kernel.inputSize[1] * folds;
  const device::Resources each = memoryFor(width, line, question.stage);
  for (int64_t i = 0; i < lines; ++i)
    estimate.resources += each;
  // From a tap to the next in its row the words of other pixels and folds pass shift registers.
  const int64_t rows = isColumn ? 1 : w.kernel[0], columns = kernel.taps / rows;
  const int64_t passed = w.dilation[isColumn ? 0 : 1] * folds - 1;
  const bool waits = kernel.pe < kernel.taps * kernel.simd;
  estimate.resources[Resource::Lut] +=
      rows * (columns - 1) * width * ceilDiv(passed, kSrlDepth) + (waits ? kernel.taps * width : 0) + 80;
  estimate.resources[Resource::Ff] +=
      (kernel.taps * (waits ? 2 : 1) + lines) * width + kernel.outputs[0].widthBits + 100;
  const int64_t before = (spanOf(w, 0) - 1) * line + (spanOf(w, 1) - 1) * folds;
  setCycles(estimate, tapCycles(kernel, before), before + kPipelineDepth);
  return estimate;
}

} // namespace

Estimate finnWindow(const Question &question) {
  const Kernel &kernel = question.kernel;
  if (kernel.pe != kernel.simd)
    return windowTaps(question);
  const ir::Window &w = kernel.slide;
  Estimate estimate = startedUnit("window-structural");
  const int64_t words = kernel.inputChannels / kernel.simd, width = kernel.inputs[0].widthBits;
  const bool isRow = kernel.inputSize[0] == 1;
  // In one dimension pixels are what lines are in two.
  const int64_t lines = spanOf(w, isRow ? 1 : 0) + w.stride[isRow ? 1 : 0];
  const int64_t line = (isRow ? 1 : kernel.inputSize[1]) * words;
  estimate.resources += memoryFor(width, lines * line, question.stage);
  estimate.resources[Resource::Lut] += 200 + width;
  estimate.resources[Resource::Ff] += 120 + 2 * width;
  const int64_t begin = line * spanOf(w, isRow ? 1 : 0);
  const int64_t turns = kernel.outputSize[isRow ? 1 : 0];
  const int64_t writes = kernel.outputs[0].beatsPerFrame / std::max<int64_t>(1, turns);
  const int64_t reads = w.stride[isRow ? 1 : 0] * line;
  setCycles(estimate, begin + turns * std::max(writes, reads), begin + kPipelineDepth);
  return estimate;
}

} // namespace braid::cost
