#include "memory_costs.h"

#include "braid/ir/ops.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::test {
namespace {

class MemoryCosts : public cost::CostModel {
public:
  std::string name() const override { return "memory"; }
  kernel::Style style() const override { return kernel::Style::Hls4ml; }
  llvm::Expected<cost::Estimate> estimate(const kernel::Kernel &k, const device::Device &,
                                          cost::Stage) const override {
    const bool multiplies = k.kind == kernel::KernelKind::Dense || k.kind == kernel::KernelKind::Conv ||
                            k.kind == kernel::KernelKind::DepthwiseConv;
    const int64_t reuse = multiplies ? k.implementation.reuse : 1;
    cost::Estimate e;
    e.resources[device::Resource::Lut] = 10;
    if (multiplies) {
      e.resources[device::Resource::Bram18] = ceilDiv(k.weights * k.weightBits, 18'432);
      e.resources[device::Resource::Dsp] = ceilDiv(k.weights, reuse);
    }
    e.interval = std::max<int64_t>(1, k.positions) * reuse;
    e.latency = e.interval + 4;
    e.fill = 4;
    e.model = name();
    return e;
  }
};

} // namespace

std::shared_ptr<const cost::CostModel> memoryCosts() { return std::make_shared<MemoryCosts>(); }

} // namespace braid::test
