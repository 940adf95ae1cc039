// FINN's numbers for what is mostly memory: thresholds, sliding windows, FIFOs and width converters.
#include "finn_analytic.h"
#include "finn_memories.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

namespace braid::cost::finn {

namespace {

enum class Memory { Uram, Bram, LutRam };
struct Primitive {
  Memory memory;
  int64_t width, depth;
};
/// What Thresholding_rtl chooses from, on every family. Source: finn-plus 1.6.1, util/memutil.py,
/// mem_primitives_versal.
constexpr Primitive kThresholdMemories[] = {
    {Memory::Uram, 72, 4096}, {Memory::Uram, 36, 8192}, {Memory::Uram, 18, 16384}, {Memory::Uram, 9, 32768},
    {Memory::Bram, 36, 512},  {Memory::Bram, 18, 1024}, {Memory::Bram, 9, 2048},   {Memory::LutRam, 1, 64}};

struct Taken {
  Primitive primitive;
  int64_t count;
};

/// The primitive that leaves fewest bits unused, of those whose memory is allowed; the first of equals.
Taken leastWaste(int64_t width, int64_t depth, const Thresholding &unit) {
  const bool triggered = unit.depthTriggerBram != 0 || unit.depthTriggerUram != 0;
  Taken best{};
  int64_t leastBits = std::numeric_limits<int64_t>::max();
  for (const Primitive &primitive : kThresholdMemories) {
    if (triggered && depth >= unit.depthTriggerUram && primitive.memory != Memory::Uram)
      continue;
    if (triggered && depth < unit.depthTriggerUram && depth >= unit.depthTriggerBram &&
        primitive.memory != Memory::Bram)
      continue;
    const int64_t count = ceilDiv(width, primitive.width) * ceilDiv(depth, primitive.depth);
    const int64_t bits = count * primitive.width * primitive.depth;
    if (bits < leastBits) {
      leastBits = bits;
      best = {primitive, count};
    }
  }
  return best;
}

/// Stage x of the binary search holds 2^x thresholds of each channel.
/// Thresholding_rtl._get_memory_estimate_details.
void thresholdStages(const Thresholding &unit, FinnNumbers &numbers) {
  struct Bits {
    int64_t used = 0, taken = 0;
    double share() const { return taken == 0 ? 1 : static_cast<double>(used) / static_cast<double>(taken); }
  };
  Bits bram, uram;
  const int64_t stages = unit.outputDataType.bits;
  for (int64_t stage = unit.uniformThres ? 1 : 0; stage < stages; ++stage) {
    const int64_t width = unit.uniformThres ? stages - stage : unit.weightDataType.bits;
    const int64_t depth = (unit.NumChannels / unit.PE) << stage;
    const auto [primitive, count] = leastWaste(width, depth, unit);
    const Bits bits = {unit.PE * width * depth, unit.PE * count * primitive.width * primitive.depth};
    switch (primitive.memory) {
    case Memory::Uram:
      numbers.uram += unit.PE * count;
      uram = {uram.used + bits.used, uram.taken + bits.taken};
      break;
    case Memory::Bram:
      numbers.bram18 += unit.PE * count;
      bram = {bram.used + bits.used, bram.taken + bits.taken};
      break;
    case Memory::LutRam:
      numbers.lut += unit.PE * count; // comparators are not in it
      break;
    }
  }
  numbers.bramEfficiency = bram.share();
  numbers.uramEfficiency = uram.share();
}

/// The widest RAMB18 port at a depth: convolutioninputgenerator_rtl.bram_estimation.
int64_t windowPort(int64_t depth) {
  constexpr std::pair<int64_t, int64_t> kPorts[] = {{512, 36}, {1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}};
  for (auto [rows, width] : kPorts)
    if (depth <= rows)
      return width;
  return 1;
}

int64_t windowBram(int64_t width, int64_t depth) {
  constexpr int64_t kDeepest = 16384;
  const int64_t columns = ceilDiv(width, windowPort(depth));
  const int64_t all = ceilDiv(depth, kDeepest) * columns;
  return depth > kDeepest ? all - columns + ceilDiv(width, windowPort(depth % kDeepest)) : all;
}

} // namespace

llvm::Expected<FinnNumbers> estimate(const Thresholding &unit) {
  constexpr std::string_view kName = "Thresholding";
  constexpr int64_t kMostStages = 32;
  if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"NumChannels", unit.NumChannels}))
    return error;
  if (llvm::Error error = allPositive(kName, {{"numInputVectors", product(unit.numInputVectors)},
                                              {"numSteps", unit.numSteps},
                                              {"inputDataType's width", unit.inputDataType.bits},
                                              {"weightDataType's width", unit.weightDataType.bits},
                                              {"outputDataType's width", unit.outputDataType.bits}}))
    return error;
  const int64_t depth = unit.NumChannels / unit.PE;
  FinnNumbers numbers;
  numbers.lutModelled = numbers.memoryModelled = numbers.cyclesModelled = true;
  numbers.cycles = depth * product(unit.numInputVectors);
  if (unit.backend == Backend::Rtl) {
    if (unit.outputDataType.bits > kMostStages)
      return unitError(kName, "a search of " + std::to_string(unit.outputDataType.bits) + " stages; up to " +
                                  std::to_string(kMostStages) + " are known");
    thresholdStages(unit, numbers);
    return numbers;
  }

  const int64_t width = unit.PE * unit.weightDataType.bits * unit.numSteps;
  numbers.lut = unit.inputDataType.bits * unit.PE;
  switch (unit.ramStyle) {
  case RamStyle::Distributed:
    numbers.lut += depth > 1 ? width * ceilDiv(depth, 64) : 0;
    break;
  case RamStyle::Block: // half of a RAMB18 port's 36 bits, 18 in its capacity
    numbers.bram18 = depth > 1 ? ceilDiv(width, 16) * ceilDiv(depth, 1024) : 0;
    break;
  case RamStyle::Ultra:
    numbers.uram = depth > 1 ? uramFor(width, depth) : 0;
    break;
  case RamStyle::Auto:
  case RamStyle::Srl:
    return unitError(kName, "ram_style auto or srl in HLS; distributed, block and ultra are known");
  }
  numbers.bramEfficiency = efficiency(width * depth, numbers.bram18, kBram18Bits);
  numbers.uramEfficiency = efficiency(width * depth, numbers.uram, kUramBits);
  return numbers;
}

llvm::Expected<FinnNumbers> estimate(const ConvolutionInputGenerator &unit) {
  constexpr std::string_view kName = "ConvolutionInputGenerator";
  if (llvm::Error error = divides(kName, {"SIMD", unit.SIMD}, {"IFMChannels", unit.IFMChannels}))
    return error;
  Pair kernel = unit.ConvKernelDim, in = unit.IFMDim, out = unit.OFMDim, stride = unit.Stride,
       dilation = unit.Dilation;
  for (size_t i = 0; i < 2; ++i) {
    if (llvm::Error error = allPositive(kName, {{"ConvKernelDim", kernel[i]},
                                                {"IFMDim", in[i]},
                                                {"OFMDim", out[i]},
                                                {"Stride", stride[i]},
                                                {"Dilation", dilation[i]},
                                                {"inputDataType's width", unit.inputDataType.bits}}))
      return error;
    if ((kernel[i] - 1) * dilation[i] + 1 > in[i] || stride[i] > in[i])
      return unitError(kName, "the dilated kernel or the stride is larger than IFMDim");
  }
  if (unit.ramStyle == RamStyle::Srl)
    return unitError(kName, "ram_style srl is for FIFOs; auto, block, distributed and ultra are known");
  const int64_t window = kernel[0] * kernel[1];
  const bool parallel = unit.parallelWindow || window == 1; // all pixels of a window at once
  if (parallel && !unit.depthwise && window > 1 && unit.SIMD != unit.IFMChannels)
    return unitError(kName, "parallel_window wants SIMD equal to IFMChannels, or depthwise");

  const bool line = in[0] == 1 || in[1] == 1;
  const int64_t folds = unit.IFMChannels / unit.SIMD;
  // Pixels from a window's first to its last.
  const int64_t reach = (kernel[0] - 1) * dilation[0] * in[1] + (kernel[1] - 1) * dilation[1];
  FinnNumbers numbers;
  numbers.lutModelled = numbers.memoryModelled = numbers.cyclesModelled = true;

  int64_t depth = 0, wholeDepth = 0, buffers = 1;
  if (parallel) {
    numbers.cycles = in[0] * in[1] * folds + 2;
    wholeDepth = reach * folds + 2;
    // A line buffer between two rows of the window; FINN does not count the channels' folds in its depth.
    depth = in[1] - ((kernel[1] - 1) * dilation[1] + 1) + in[1] * (dilation[0] - 1);
    buffers = line ? 0 : kernel[0] - 1;
  } else {
    depth = wholeDepth = (reach + 1 + std::max<int64_t>(0, stride[1] - 1 - window) +
                          std::max<int64_t>(0, (stride[0] - 1) * in[1] - window)) *
                         folds;
    if (line) {
      const size_t axis = in[1] == 1 ? 0 : 1;
      const int64_t size = kernel[axis];
      const int64_t write = out[axis] * size * folds;
      const int64_t again = (folds - 1) * size; // the last window's other folds, before the next frame
      const int64_t read = in[axis] * folds + folds * (size - 1) * (stride[axis] - 1);
      numbers.cycles = (unit.depthwise ? std::max(write + again, read) : write) + 2;
    } else {
      int64_t row = std::max(out[1] * window, stride[1] * in[1]) * folds;
      if (unit.depthwise)
        row += out[1] * (stride[1] - 1) * (folds - 1);
      numbers.cycles = (reach + 1) * folds + out[0] * row;
      if (unit.depthwise)
        numbers.cycles += (stride[0] - 1) * in[1] * folds;
    }
  }

  const int64_t width = unit.SIMD * unit.inputDataType.bits;
  numbers.lut = 300;
  switch (unit.ramStyle) {
  case RamStyle::Distributed:
    numbers.lut += width * ceilDiv(wholeDepth, 38);
    break;
  case RamStyle::Auto:
  case RamStyle::Block: // how full it is, FINN does not say
    numbers.bram18 = windowBram(width, depth) * buffers;
    break;
  case RamStyle::Ultra:
    numbers.uram = uramFor(width, depth) * buffers;
    numbers.uramEfficiency = efficiency(width * depth * buffers, numbers.uram, kUramBits);
    break;
  case RamStyle::Srl:
    break; // refused above
  }
  return numbers;
}

llvm::Expected<FinnNumbers> estimate(const StreamingDataWidthConverter &unit) {
  if (llvm::Error error = allPositive("StreamingDataWidthConverter",
                                      {{"inWidth", unit.inWidth}, {"outWidth", unit.outWidth}}))
    return error;
  // Shift registers up to the common multiple and down from it, each with its counter.
  const int64_t common = std::lcm(unit.inWidth, unit.outWidth);
  FinnNumbers numbers;
  numbers.lutModelled = true;
  if (common != unit.inWidth) {
    const auto times = static_cast<uint64_t>(common / unit.inWidth);
    numbers.lut += common + 63 - std::countl_zero(times); // the counter rounded down
  }
  if (common != unit.outWidth)
    numbers.lut += unit.outWidth + ceilLog2(static_cast<uint64_t>(common / unit.outWidth));
  return numbers;
}

} // namespace braid::cost::finn
