// The cost model of hls4ml-style kernels: which formula answers for which kernel.
#include "formulas.h"

#include "../src/cost/models.h"

#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::cost {

void toStage(Estimate &estimate, Stage stage) {
  if (stage == Stage::Csynth)
    return;
  const StageRatio &ratio = coefficients().ratio;
  for (auto [resource, by] : {std::pair(Resource::Lut, ratio.lut), std::pair(Resource::Ff, ratio.ff)})
    estimate.resources[resource] = wholeUp(static_cast<double>(estimate.resources[resource]) / by);
  estimate.error = std::max(estimate.error, ratio.error);
}

device::Resources memoryFor(int64_t width, int64_t depth, Stage stage) {
  // HLS takes memories of up to 1,024 bits, and FIFOs of two words, for LUTs (AMD UG1399, config_storage:
  // auto_srl_max_bits, auto_srl_max_depth); Vivado puts any that is no deeper than one LUT's RAM, 64 words,
  // there too.
  constexpr int64_t kMostLutBits = 1024, kLutDepth = 64, kSrlDepth = 32;
  device::Resources out;
  if (width <= 0 || depth <= 0)
    return out;
  const bool shallow = stage == Stage::Vsynth ? depth <= kLutDepth : depth <= 2;
  if (shallow || width * depth <= kMostLutBits)
    out[Resource::Lut] = width * ceilDiv(depth, kSrlDepth);
  else
    out[Resource::Bram18] = bram18For(width, depth);
  return out;
}

namespace {

class Hls4mlModel : public CostModel {
public:
  std::string name() const override { return "hls4ml"; }
  kernel::Style style() const override { return kernel::Style::Hls4ml; }

  llvm::Expected<Estimate> estimate(const Kernel &kernel, const device::Device &device,
                                    Stage stage) const override {
    BRAID_CHECK(kernel.implementation.style == kernel::Style::Hls4ml, "a kernel of another style");
    Estimate estimate = answer({kernel, device, stage});
    estimate.latency = std::max<int64_t>(estimate.latency, 0);
    estimate.fill = std::clamp<int64_t>(estimate.fill, 0, estimate.latency);
    estimate.interval = std::max<int64_t>(estimate.interval, 1);
    return estimate;
  }

private:
  static Estimate answer(const Question &question) {
    using kernel::KernelKind;
    switch (question.kernel.kind) {
    case KernelKind::Dense:
    case KernelKind::Conv:
    case KernelKind::DepthwiseConv:
      return denseOrConv(question);
    case KernelKind::Activation:
    case KernelKind::Affine:
    case KernelKind::Binary:
      return elementwise(question);
    case KernelKind::Threshold:
      return thresholds(question);
    case KernelKind::ArgMax:
      return largest(question);
    case KernelKind::Sum:
      return partialSums(question);
    case KernelKind::TableActivation:
      return tableActivation(question);
    case KernelKind::Softmax:
      return softmax(question);
    case KernelKind::Pool:
    case KernelKind::GlobalPool:
      return pool(question);
    case KernelKind::ZeroPad:
    case KernelKind::Concat:
    case KernelKind::Crop:
    case KernelKind::Transpose:
    case KernelKind::Upsample:
    case KernelKind::Rename:
    case KernelKind::Clone:
    case KernelKind::Fifo:
      return reorder(question);
    case KernelKind::Unpack:
    case KernelKind::Pack:
    case KernelKind::Packetizer:
    case KernelKind::Depacketizer:
    case KernelKind::Arbiter:
    case KernelKind::Demux:
    case KernelKind::Idle:
    case KernelKind::Dma:
      return transport(question);
    case KernelKind::MatrixVector:
    case KernelKind::VectorVector:
    case KernelKind::Window:
    case KernelKind::WindowPool:
    case KernelKind::Convert:
      break;
    }
    BRAID_CHECK(false, "the hls4ml style has no such kernel");
  }
};

} // namespace

std::shared_ptr<const CostModel> hls4mlModel() {
  static const auto kModel = std::make_shared<const Hls4mlModel>();
  return kModel;
}

} // namespace braid::cost
