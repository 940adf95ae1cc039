// FINN's numbers for its units with weights: MVAU and VVAU, in HLS and in RTL.
#include "finn_analytic.h"
#include "finn_memories.h"

#include <algorithm>
#include <cmath>

namespace braid::cost::finn {

namespace {

// LUTs of a matrix unit: kBase + kScale * PE * (multipliers, adder tree, accumulator, thresholds) + weight
// memory. Source: Blott et al., "FINN-R", ACM TRETS 11(3), 2018; lut_estimation of MVAU_hls and VVAU_hls.
constexpr double kBase = 300;
constexpr double kScale = 1.1;

constexpr int64_t kLutRamRows = 64;      // rows of one LUT used as memory
constexpr int64_t kEmbeddedInLuts = 128; // HLS keeps memories up to this depth in LUTs
constexpr int64_t kDspBits = 48;         // bits of both factors that FINN gives one DSP slice
constexpr int64_t kMostOutputBits = 24;  // 2^bits - 1 thresholds must stay a count

/// What both units multiply: PE times SIMD products a cycle, `depth` words of weights.
struct Core {
  int64_t SIMD, PE;
  int64_t inputBits, weightBits;
  bool inputSigned;
  int64_t addends; // of a sum: MW, or the window's elements
  int64_t depth;
  int64_t accDataTypeBits;

  int64_t factorBits() const { return inputBits + weightBits; }
  int64_t wordBits() const { return PE * SIMD * weightBits; }
};

/// Bits that hold every sum, or those declared if they are fewer. The bound is FINN's, in its own floating
/// point: with one-bit factors and 31 or 8191 addends rounding makes it one bit wider than the exact one.
int64_t accumulatorBits(const Core &core) {
  const double alpha = std::log(static_cast<double>(core.addends)) / std::log(2.0) +
                       static_cast<double>(core.factorBits() - 1 - (core.inputSigned ? 1 : 0));
  const double carry = std::log(1 + std::pow(2.0, -alpha)) / std::log(2.0);
  return std::min(core.accDataTypeBits, static_cast<int64_t>(std::ceil(alpha + carry + 1)));
}

int64_t multiplierLuts(const Core &core, ResType resType) {
  if (resType == ResType::Dsp)
    return 0; // "auto" counts as LUTs
  return core.SIMD * (2 * ceilDiv(core.factorBits(), 6) - 1) * core.factorBits();
}

/// `thresholdLuts`: of the thresholds of one PE, memory and comparators.
int64_t hlsLuts(const Core &core, ResType resType, double thresholdLuts, MemMode memMode, RamStyle ramStyle) {
  const bool weightsInLuts = (memMode == MemMode::InternalDecoupled && ramStyle == RamStyle::Distributed) ||
                             (memMode == MemMode::InternalEmbedded && core.depth <= kEmbeddedInLuts);
  const int64_t memory = weightsInLuts ? core.wordBits() * ceilDiv(core.depth, kLutRamRows) : 0;
  const int64_t adders = core.factorBits() * (2 * core.SIMD - 1);
  const int64_t fixed = multiplierLuts(core, resType) + adders + accumulatorBits(core);
  const double each = static_cast<double>(core.PE) * (static_cast<double>(fixed) + thresholdLuts);
  return static_cast<int64_t>(kBase + kScale * each + static_cast<double>(memory));
}

llvm::Error checkTypes(std::string_view unit, FinnType in, FinnType weight, FinnType out, int64_t accBits) {
  if (llvm::Error error = allPositive(unit, {{"inputDataType's width", in.bits},
                                             {"weightDataType's width", weight.bits},
                                             {"outputDataType's width", out.bits},
                                             {"accDataType's width", accBits}}))
    return error;
  return llvm::Error::success();
}

llvm::Error checkStyle(std::string_view unit, RamStyle style) {
  if (style == RamStyle::Srl)
    return unitError(unit, "ram_style srl is for FIFOs; auto, block, distributed and ultra are known");
  return llvm::Error::success();
}

llvm::Error checkThresholds(std::string_view unit, FinnType out) {
  if (out.bits > kMostOutputBits)
    return unitError(unit, "thresholds to " + std::to_string(out.bits) + " bits; up to " +
                               std::to_string(kMostOutputBits) + " are known, or noActivation");
  return llvm::Error::success();
}

double steps(FinnType out) { return static_cast<double>((int64_t{1} << out.bits) - 1); }

} // namespace

llvm::Expected<FinnNumbers> estimate(const Mvau &unit, Family family) {
  constexpr std::string_view kName = "MVAU";
  if (llvm::Error error = divides(kName, {"SIMD", unit.SIMD}, {"MW", unit.MW}))
    return error;
  if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"MH", unit.MH}))
    return error;
  if (llvm::Error error =
          allPositive(kName, {{"numInputVectors", product(unit.numInputVectors)}, {"TH", unit.TH}}))
    return error;
  if (llvm::Error error = checkTypes(kName, unit.inputDataType, unit.weightDataType, unit.outputDataType,
                                     unit.accDataTypeBits))
    return error;
  if (llvm::Error error = checkStyle(kName, unit.ramStyle))
    return error;
  if (unit.backend == Backend::Rtl && unit.resType == ResType::Lut)
    return unitError(kName, "resType lut in RTL; auto and dsp are known");
  if (unit.backend == Backend::Rtl && !unit.noActivation)
    return unitError(kName, "an activation in RTL; it wants noActivation and a Thresholding unit behind it");

  const Core core = {.SIMD = unit.SIMD,
                     .PE = unit.PE,
                     .inputBits = unit.inputDataType.bits,
                     .weightBits = unit.weightDataType.bits,
                     .inputSigned = unit.inputDataType.isSigned,
                     .addends = unit.MW,
                     .depth = (unit.MW / unit.SIMD) * (unit.MH / unit.PE),
                     .accDataTypeBits = unit.accDataTypeBits};
  FinnNumbers numbers;
  numbers.memoryModelled = numbers.dspModelled = numbers.cyclesModelled = true;
  numbers.cycles = core.depth * product(unit.numInputVectors) * unit.TH;

  if (unit.backend == Backend::Hls) {
    numbers.lutModelled = true;
    double thresholds = 0;
    if (!unit.noActivation && unit.ramStyleThresholds == RamStyle::Distributed) {
      if (llvm::Error error = checkThresholds(kName, unit.outputDataType))
        return error;
      const auto accBits = static_cast<double>(accumulatorBits(core));
      thresholds = steps(unit.outputDataType) * accBits *
                   static_cast<double>(ceilDiv(unit.MH / unit.PE, kLutRamRows) + 1);
    }
    numbers.lut = hlsLuts(core, unit.resType, thresholds, unit.memMode, unit.ramStyle);
    if (unit.resType == ResType::Dsp)
      numbers.dsp = unit.PE * unit.SIMD * ceilDiv(core.factorBits(), kDspBits);
  } else {
    // Three products in a DSP58; four rows of PE in a DSP48, also of the operands of 5 to 8 bits that fit
    // only twice.
    numbers.dsp =
        family == Family::Versal ? unit.PE * ceilDiv(unit.SIMD, 3) : ceilDiv(unit.PE, 4) * unit.SIMD;
  }

  const bool embeddedInLuts = unit.memMode == MemMode::InternalEmbedded && core.depth <= kEmbeddedInLuts;
  const bool decoupled = unit.memMode == MemMode::InternalDecoupled;
  const bool onChip = unit.memMode != MemMode::External && !embeddedInLuts;
  // Embedded weights deeper than that are counted in both kinds of memory.
  if (onChip && !(decoupled && (unit.ramStyle == RamStyle::Distributed || unit.ramStyle == RamStyle::Ultra)))
    numbers.bram18 = bram18For(core.wordBits(), core.depth, kRtlPorts);
  if (onChip && !(decoupled && unit.ramStyle != RamStyle::Ultra))
    numbers.uram = uramFor(core.wordBits(), core.depth);
  const int64_t bits = unit.weightDataType.bits * unit.MW * unit.MH;
  numbers.bramEfficiency = efficiency(bits, numbers.bram18, kBram18Bits);
  numbers.uramEfficiency = efficiency(bits, numbers.uram, kUramBits);
  return numbers;
}

llvm::Expected<FinnNumbers> estimate(const Vvau &unit, Family family) {
  constexpr std::string_view kName = "VVAU";
  const int64_t window = unit.Kernel[0] * unit.Kernel[1];
  if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"Channels", unit.Channels}))
    return error;
  if (llvm::Error error = divides(kName, {"SIMD", unit.SIMD}, {"Kernel's size", window}))
    return error;
  if (llvm::Error error = allPositive(kName, {{"Dim's size", unit.Dim[0] * unit.Dim[1]}}))
    return error;
  if (llvm::Error error = checkTypes(kName, unit.inputDataType, unit.weightDataType, unit.outputDataType,
                                     unit.accDataTypeBits))
    return error;
  if (llvm::Error error = checkStyle(kName, unit.ramStyle))
    return error;
  if (unit.backend == Backend::Rtl && family != Family::Versal)
    return unitError(kName, "RTL on a part without DSP58; Versal has them, and HLS runs anywhere");
  if (unit.backend == Backend::Rtl && unit.resType == ResType::Lut)
    return unitError(kName, "resType lut in RTL; auto and dsp are known");
  if (unit.backend == Backend::Rtl && !unit.noActivation)
    return unitError(kName, "an activation in RTL; it wants noActivation and a Thresholding unit behind it");

  const Core core = {.SIMD = unit.SIMD,
                     .PE = unit.PE,
                     .inputBits = unit.inputDataType.bits,
                     .weightBits = unit.weightDataType.bits,
                     .inputSigned = unit.inputDataType.isSigned,
                     .addends = window,
                     .depth = (window / unit.SIMD) * (unit.Channels / unit.PE),
                     .accDataTypeBits = unit.accDataTypeBits};
  FinnNumbers numbers;
  numbers.memoryModelled = numbers.dspModelled = numbers.cyclesModelled = true;
  numbers.cycles = core.depth * unit.Dim[0] * unit.Dim[1];

  if (unit.backend == Backend::Hls) {
    numbers.lutModelled = true;
    double thresholds = 0;
    if (!unit.noActivation) {
      if (llvm::Error error = checkThresholds(kName, unit.outputDataType))
        return error;
      // Unlike MVAU's: whatever their memory, and in parts of a LUT.
      const double comparators = steps(unit.outputDataType) * static_cast<double>(accumulatorBits(core));
      thresholds = comparators * static_cast<double>(unit.Channels / unit.PE) / kLutRamRows + comparators;
    }
    numbers.lut = hlsLuts(core, unit.resType, thresholds, unit.memMode, unit.ramStyle);
    if (unit.resType == ResType::Dsp) // SIMD is not in it
      numbers.dsp = unit.PE * ceilDiv(core.factorBits(), kDspBits);
  } else {
    numbers.dsp = unit.PE * ceilDiv(unit.SIMD, 3);
  }

  const bool decoupled = unit.memMode == MemMode::InternalDecoupled;
  const bool inLuts = core.depth <= kEmbeddedInLuts &&
                      (unit.ramStyle == RamStyle::Auto || unit.memMode == MemMode::InternalEmbedded);
  const bool otherStyle =
      decoupled && (unit.ramStyle == RamStyle::Distributed || unit.ramStyle == RamStyle::Ultra);
  if (unit.memMode != MemMode::External && !inLuts && !otherStyle)
    numbers.bram18 = bram18For(core.wordBits(), core.depth, kHlsPorts);
  if (decoupled && unit.ramStyle == RamStyle::Ultra)
    numbers.uram = uramFor(core.wordBits(), core.depth);
  numbers.bramEfficiency =
      efficiency(unit.weightDataType.bits * unit.PE * core.depth, numbers.bram18, kBram18Bits);
  numbers.uramEfficiency =
      efficiency(unit.weightDataType.bits * window * unit.Channels, numbers.uram, kUramBits);
  return numbers;
}

} // namespace braid::cost::finn
