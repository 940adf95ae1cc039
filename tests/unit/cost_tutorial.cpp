// The one convolutional network whose layers and reports at both stages are public: hls4ml's tutorial, part 6
// (SVHN, 16 bits, half the weights pruned, unrolled, io_stream, U250, Vivado 2020.1).
#include "kernel_models.h"

#include "braid/cost/estimate.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::cost;
using device::Resource;
using kernel::Kernel;

namespace {

/// Every second weight zero, 16 bits throughout, as the tutorial has it.
void prune(Kernel &kernel) {
  kernel.nonZeroWeights = kernel.weights / 2;
  kernel.weightBits = kernel.accumBits = kernel.inputBits = kernel.outputBits = 16;
}

class Network {
public:
  void conv(int64_t outputs) {
    add(kernels::conv(outputs, shape_[2], 3, 0));
    prune(all_.back());
    add(ir::Activation{});
    ir::Pool pool;
    pool.window.kernel[0] = pool.window.kernel[1] = pool.window.stride[0] = pool.window.stride[1] = 2;
    add(pool);
  }
  void flatten() { shape_ = {ir::elements(shape_)}; } // a name only, in front of a dense layer
  void dense(int64_t outputs, bool last) {
    add(kernels::dense(outputs, shape_[0], 16));
    prune(all_.back());
    if (last)
      add(ir::Softmax{});
    else
      add(ir::Activation{});
  }
  const std::vector<Kernel> &all() const { return all_; }

private:
  void add(ir::Op op) {
    const ir::Model model = kernels::modelOf(std::move(op), {shape_});
    for (Kernel &kernel : kernels::lowered(model, kernels::kStream))
      all_.push_back(std::move(kernel));
    shape_ = model.stream(model.layers[0].output).shape;
  }
  ir::Shape shape_ = {32, 32, 3};
  std::vector<Kernel> all_;
};

struct Report {
  Stage stage;
  int64_t lut, ff, dsp;
};

} // namespace

TEST_CASE("the tutorial's network is estimated within the stated bounds", "[cost]") {
  Network network;
  for (int64_t channels : {16, 16, 24})
    network.conv(channels);
  network.flatten();
  network.dense(42, false);
  network.dense(64, false);
  network.dense(10, true);

  auto model = llvm::cantFail(findCostModel("hls4ml"));
  auto device = llvm::cantFail(device::findDevice("u250"));
  for (const Report &report :
       {Report{Stage::Csynth, 245466, 52549, 5414}, Report{Stage::Vsynth, 123948, 43435, 5386}}) {
    device::Resources sum;
    std::vector<std::pair<const Kernel *, Estimate>> timed;
    for (const Kernel &kernel : network.all()) {
      timed.emplace_back(&kernel, llvm::cantFail(model->estimate(kernel, *device, report.stage)));
      sum += timed.back().second.resources;
    }
    WARN("tutorial " << name(report.stage) << ": LUT " << sum[Resource::Lut] << " for " << report.lut
                     << ", FF " << sum[Resource::Ff] << " for " << report.ff << ", DSP " << sum[Resource::Dsp]
                     << " for " << report.dsp);
    const auto within = [](int64_t predicted, int64_t truth, double factor) {
      const double ratio = static_cast<double>(predicted) / static_cast<double>(truth);
      return ratio <= factor && ratio >= 1 / factor;
    };
    CHECK(within(sum[Resource::Lut], report.lut, 1.5));
    CHECK(within(sum[Resource::Ff], report.ff, 1.5));
    CHECK(within(sum[Resource::Dsp], report.dsp, 1.1));
    // Reported: a frame every 1,028 cycles, 1,044 cycles from end to end.
    const PartTiming timing = partTiming(timed, kernel::IoMode::Stream);
    CHECK(timing.interval >= 1028);
    CHECK(timing.interval <= 1029);
    CHECK(timing.latency >= 1044);
    CHECK(timing.latency <= 1400);
  }
}
