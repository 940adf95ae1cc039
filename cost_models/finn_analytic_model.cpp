// The model `finn-analytic`: what FINN would say of the same units, zeros included; what FINN has no unit for
// is answered by the model `finn`.
#include "finn_analytic.h"
#include "formulas.h"

#include "../src/cost/models.h"

#include "braid/support/error.h"

namespace braid::cost {

namespace {

using kernel::KernelKind;

finn::MemMode memMode(kernel::MemMode mode) {
  return mode == kernel::MemMode::Embedded    ? finn::MemMode::InternalEmbedded
         : mode == kernel::MemMode::Decoupled ? finn::MemMode::InternalDecoupled
                                              : finn::MemMode::External;
}
finn::RamStyle ramStyle(kernel::RamStyle style) {
  return style == kernel::RamStyle::Auto          ? finn::RamStyle::Auto
         : style == kernel::RamStyle::Block       ? finn::RamStyle::Block
         : style == kernel::RamStyle::Distributed ? finn::RamStyle::Distributed
                                                  : finn::RamStyle::Ultra;
}
finn::ResType resType(kernel::ResType type) {
  return type == kernel::ResType::Auto  ? finn::ResType::Auto
         : type == kernel::ResType::Lut ? finn::ResType::Lut
                                        : finn::ResType::Dsp;
}

finn::FinnType inputType(const Kernel &kernel) { return {kernel.inputBits, kernel.signedInput}; }

finn::Pair pairOf(const int64_t (&two)[2]) { return {two[0], two[1]}; }

llvm::Expected<finn::FinnNumbers> matrixVector(const Kernel &k) {
  finn::Mvau unit;
  unit.MW = k.mw, unit.MH = k.mh, unit.SIMD = k.simd, unit.PE = k.pe;
  unit.inputDataType = inputType(k);
  unit.weightDataType = {k.weightBits, true};
  unit.outputDataType = {k.outputBits, false};
  unit.accDataTypeBits = k.accumBits;
  unit.numInputVectors = {k.positions};
  unit.memMode = memMode(k.implementation.folding.memMode);
  unit.ramStyle = ramStyle(k.implementation.folding.ramStyle);
  unit.resType = resType(k.implementation.folding.resType);
  unit.noActivation = k.steps == 0;
  return finn::estimate(unit, finn::Family::UltraScale);
}

llvm::Expected<finn::FinnNumbers> vectorVector(const Kernel &k) {
  finn::Vvau unit;
  unit.Channels = k.channels, unit.SIMD = k.simd, unit.PE = k.pe;
  unit.Kernel = {1, k.taps}, unit.Dim = {1, k.positions};
  unit.inputDataType = inputType(k);
  unit.weightDataType = {k.weightBits, true};
  unit.outputDataType = {k.outputBits, false};
  unit.accDataTypeBits = k.accumBits;
  unit.memMode = memMode(k.implementation.folding.memMode);
  unit.ramStyle = ramStyle(k.implementation.folding.ramStyle);
  unit.resType = resType(k.implementation.folding.resType);
  unit.noActivation = k.steps == 0;
  return finn::estimate(unit, finn::Family::UltraScale);
}

llvm::Expected<finn::FinnNumbers> window(const Kernel &k) {
  finn::ConvolutionInputGenerator unit;
  unit.ConvKernelDim = pairOf(k.slide.kernel), unit.Stride = pairOf(k.slide.stride);
  unit.Dilation = pairOf(k.slide.dilation);
  unit.IFMDim = pairOf(k.inputSize), unit.OFMDim = pairOf(k.outputSize);
  unit.IFMChannels = k.inputChannels, unit.SIMD = k.simd;
  unit.inputDataType = inputType(k);
  unit.depthwise = k.byChannel;
  unit.parallelWindow = k.pe != k.simd;
  return finn::estimate(unit);
}

llvm::Expected<finn::FinnNumbers> threshold(const Kernel &k) {
  finn::Thresholding unit;
  unit.backend = finn::Backend::Hls;
  unit.NumChannels = k.channels, unit.PE = k.pe, unit.numSteps = k.steps;
  unit.inputDataType = inputType(k);
  unit.weightDataType = {k.weightBits, k.signedInput};
  unit.outputDataType = {k.outputBits, false};
  unit.numInputVectors = {k.positions};
  return finn::estimate(unit);
}

finn::Vectors vectorsOf(const Kernel &k, int64_t positions) { return {k.channels, k.pe, {positions}}; }

} // namespace

std::optional<llvm::Expected<finn::FinnNumbers>> finn::finnNumbers(const Kernel &k, bool hasUram) {
  switch (k.kind) {
  case KernelKind::MatrixVector:
    return matrixVector(k);
  case KernelKind::VectorVector:
    return vectorVector(k);
  case KernelKind::Window:
    if (k.pe != k.simd && k.pe != k.simd * k.taps)
      return std::nullopt; // FINN's give one tap, or all
    return window(k);
  case KernelKind::Threshold:
    return threshold(k);
  case KernelKind::Pool:
    return finn::estimate(
        finn::StreamingMaxPool{pairOf(k.inputSize), pairOf(k.slide.kernel), k.channels, k.pe});
  case KernelKind::WindowPool:
    return finn::estimate(finn::Pool{k.channels, k.pe, 1, {k.taps}, {k.positions}});
  case KernelKind::GlobalPool:
    return finn::estimateGlobalAccPool({k.inputChannels, k.pe, {k.inputPositions}});
  case KernelKind::Affine:
  case KernelKind::Activation:
    return finn::estimate(finn::ChannelwiseOp{k.channels, k.pe, inputType(k), {k.positions}});
  case KernelKind::Binary:
    return finn::estimateAddStreams(vectorsOf(k, k.positions));
  case KernelKind::Clone:
    return finn::estimateDuplicateStreams({k.pe, k.pe, {k.inputs[0].beatsPerFrame}});
  case KernelKind::ZeroPad:
    return finn::estimate(
        finn::FmPadding{pairOf(k.inputSize),
                        {k.outputSize[0] - k.inputSize[0], k.outputSize[1] - k.inputSize[1], 0, 0},
                        k.inputChannels,
                        k.pe});
  case KernelKind::Convert:
    return finn::estimate(finn::StreamingDataWidthConverter{k.inputs[0].widthBits, k.outputs[0].widthBits});
  case KernelKind::Fifo: {
    finn::StreamingFifo fifo{k.depth, k.inputs[0].widthBits};
    auto numbers = finn::estimate(fifo, finn::Family::UltraScale);
    if (numbers && numbers->uram > 0 && !hasUram) {
      fifo.ramStyle = finn::RamStyle::Block; // what Vivado makes of it on such a part
      numbers = finn::estimate(fifo, finn::Family::UltraScale);
    }
    return numbers;
  }
  case KernelKind::Upsample:
    return finn::estimate(finn::UpsampleNearestNeighbour{k.outputSize[0], k.outputSize[1], k.channels, k.pe});
  case KernelKind::ArgMax:
    return finn::estimate(finn::LabelSelect{k.inputChannels, k.simd});
  default: // movers and units of ours
    return std::nullopt;
  }
}

namespace {

class FinnAnalyticModel : public CostModel {
public:
  std::string name() const override { return "finn-analytic"; }
  kernel::Style style() const override { return kernel::Style::Finn; }

  llvm::Expected<Estimate> estimate(const Kernel &kernel, const device::Device &device,
                                    Stage stage) const override {
    auto own = finnModel()->estimate(kernel, device, stage);
    if (!own)
      return own;
    auto answer = finn::finnNumbers(kernel, device.capacity()[Resource::Uram] > 0);
    if (!answer)
      return own;
    if (!*answer)
      return answer->takeError();
    const finn::FinnNumbers &numbers = **answer;
    Estimate estimate = *own;
    estimate.resources = {};
    estimate.resources[Resource::Lut] = numbers.lut;
    estimate.resources[Resource::Bram18] = numbers.bram18;
    estimate.resources[Resource::Uram] = numbers.uram;
    estimate.resources[Resource::Dsp] = numbers.dsp;
    estimate.resources[Resource::Hbm] = own->resources[Resource::Hbm];
    if (numbers.cyclesModelled)
      estimate.interval = std::max<int64_t>(1, numbers.cycles);
    estimate.latency = std::max(estimate.latency, estimate.interval);
    estimate.model = "finn-analytic";
    estimate.basis = numbers.lutModelled && numbers.memoryModelled && numbers.dspModelled ? Basis::Structural
                                                                                          : Basis::Assumed;
    return estimate;
  }
};

} // namespace

std::shared_ptr<const CostModel> finnAnalyticModel() {
  static const auto kModel = std::make_shared<const FinnAnalyticModel>();
  return kModel;
}

} // namespace braid::cost
