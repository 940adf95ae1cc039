// Every kind of kernel costs something at both stages, with a stated basis; timing laws; DSP slices and
// memories.
#include "kernel_models.h"

#include "braid/cost/estimate.h"

#include <catch2/catch.hpp>

#include <chrono>

using namespace braid;
using namespace braid::cost;
using device::Resource;
using kernel::IoMode;
using kernel::Kernel;
using kernel::KernelKind;

namespace {

Estimate ask(const Kernel &kernel, Stage stage = Stage::Vsynth, const char *board = "u280") {
  auto model = llvm::cantFail(findCostModel("hls4ml"));
  auto device = llvm::cantFail(device::findDevice(board));
  auto estimate = model->estimate(kernel, *device, stage);
  REQUIRE(static_cast<bool>(estimate));
  return *estimate;
}

Kernel only(ir::Op op, const std::vector<ir::Shape> &inputs, kernel::Implementation made) {
  return kernels::lowered(kernels::modelOf(std::move(op), inputs), made).back();
}

ir::Activation activation(ir::ActivationKind kind) {
  ir::Activation op;
  op.kind = kind;
  op.paramType = num::signedFixed(12, 2);
  op.table.values = std::make_shared<const std::vector<int64_t>>(1024, 1);
  return op;
}

/// One of each kind, as a layer gives it or, for kernels of no layer, made by hand.
std::vector<Kernel> oneOfEach(IoMode io) {
  const kernel::Implementation made = {.io = io}, folded = kernels::resource(io, 18);
  std::vector<Kernel> all = {
      only(kernels::dense(16, 36), {{36}}, made),
      only(kernels::dense(16, 36), {{36}}, folded),
      only(kernels::conv(4, 2, 3, 0), {{10, 10, 2}}, made),
      only(kernels::conv(4, 2, 3, 0), {{10, 10, 2}}, folded),
      only(kernels::conv(4, 4, 3, 0, 4), {{10, 10, 4}}, kernels::resource(io, 9)),
      only(ir::Pool{}, {{10, 10, 4}}, made),
      only(ir::GlobalPool{}, {{10, 10, 4}}, made),
      only(ir::Softmax{}, {{10}}, made),
      only(ir::Concat{2}, {{4, 4, 8}, {4, 4, 8}}, made),
      only(ir::Transpose{{2, 0, 1}}, {{4, 4, 8}}, made),
      only(ir::Upsample{{2, 2}}, {{4, 4, 8}}, made),
  };
  for (auto kind : {ir::BinaryKind::Add, ir::BinaryKind::Sub, ir::BinaryKind::Mul, ir::BinaryKind::Div})
    all.push_back(only(ir::Binary{kind}, {{4, 4, 8}, {4, 4, 8}}, made));
  for (auto kind : {ir::ActivationKind::Relu, ir::ActivationKind::LeakyRelu, ir::ActivationKind::PRelu,
                    ir::ActivationKind::Clip, ir::ActivationKind::HardSigmoid, ir::ActivationKind::Sigmoid,
                    ir::ActivationKind::Selu})
    all.push_back(only(activation(kind), {{4, 4, 8}}, made));
  ir::Affine affine;
  affine.scale = affine.bias = kernels::weights(8, 1, 1);
  affine.scaleType = affine.biasType = num::signedFixed(12, 2);
  all.push_back(only(affine, {{4, 4, 8}}, made));
  ir::Pad pad;
  pad.begin = pad.end = {1, 1, 0};
  all.push_back(only(pad, {{4, 4, 8}}, made));
  for (KernelKind kind : {KernelKind::Clone, KernelKind::Fifo, KernelKind::Unpack, KernelKind::Pack,
                          KernelKind::Packetizer, KernelKind::Depacketizer, KernelKind::Arbiter,
                          KernelKind::Demux, KernelKind::Idle, KernelKind::Dma}) {
    Kernel kernel;
    kernel.kind = kind;
    kernel.implementation.io = io;
    kernel.depth = 100;
    kernel.copies = 2;
    kernel.inputs = {{128, 100, 16}};
    kernel.outputs = {{512, 25, 16}};
    all.push_back(kernel);
  }
  return all;
}

} // namespace

TEST_CASE("no kernel is free, whatever the stage, the mode and the board", "[cost]") {
  for (IoMode io : {IoMode::Parallel, IoMode::Stream})
    for (const Kernel &kernel : oneOfEach(io))
      for (Stage stage : {Stage::Csynth, Stage::Vsynth})
        for (const char *board : {"u280", "pynq-z2", "zcu104"}) {
          INFO(kernel::name(kernel.kind) << " " << kernel::name(io) << " " << name(stage) << " " << board);
          const Estimate e = ask(kernel, stage, board);
          CHECK(e.resources[Resource::Lut] > 0);
          CHECK(e.resources[Resource::Ff] > 0);
          for (Resource resource : device::kResources)
            CHECK(e.resources[resource] >= 0);
          CHECK(e.interval >= 1);
          CHECK(e.latency >= e.fill);
          CHECK(e.error > 0);
          CHECK_FALSE(e.model.empty());
        }
}

TEST_CASE("a reshape is wires where beats stay, and says so; else it repacks", "[cost]") {
  const Estimate wires = ask(only(ir::Reshape{{128}}, {{4, 4, 8}}, kernels::kParallel));
  CHECK(wires.resources == device::Resources{});
  CHECK(wires.model == "rename: wires only, nothing is built");
  CHECK(wires.latency == 0);
  const Estimate repacked = ask(only(ir::Reshape{{128}}, {{4, 4, 8}}, kernels::kStream));
  CHECK(repacked.resources[Resource::Ff] >= 2048);
  CHECK(repacked.interval >= 16);
}

TEST_CASE("every lookup at the same time has a table", "[cost]") {
  // 1,024 entries of 16 bits fill a RAMB18, whose two ports serve two lookups.
  const auto tablesOf = [](int64_t elements, IoMode io) {
    ir::Activation op = activation(ir::ActivationKind::Sigmoid);
    return ask(only(op, {{elements}}, {.io = io})).resources[Resource::Bram18];
  };
  for (int64_t elements : {1, 2, 7, 64})
    CHECK(tablesOf(elements, IoMode::Parallel) == (elements + 1) / 2);
  // On streams the lanes of a beat look up together: 300 elements of 16 bits travel in two beats of 150.
  CHECK(tablesOf(300, IoMode::Stream) == 75);
  CHECK(ask(only(activation(ir::ActivationKind::Sigmoid), {{64}}, kernels::kParallel)).basis ==
        Basis::Structural);

  const auto softmax = [](int64_t vectors, int64_t entries) {
    ir::Softmax op;
    op.expTable = std::make_shared<const std::vector<int64_t>>(static_cast<size_t>(entries), 1);
    op.invTable = op.expTable;
    return ask(only(op, {vectors == 1 ? ir::Shape{10} : ir::Shape{vectors, 10}}, kernels::kParallel));
  };
  CHECK(softmax(1, 1024).resources[Resource::Bram18] == 10); // measured: one per element
  CHECK(softmax(1, 1024).basis == Basis::Extrapolated);
  CHECK(softmax(1, 2048).resources[Resource::Bram18] == 10 * 2 + 1);
  CHECK(softmax(6, 2048).resources[Resource::Bram18] == 60 * 2 + 3);
  CHECK(softmax(6, 2048).basis == Basis::Structural);
  // 18 bits without sign on both sides do not fit one multiplier of 27 x 18.
  CHECK(softmax(1, 1024).resources[Resource::Dsp] == 20);
}

TEST_CASE("allowances say that they are none but that", "[cost]") {
  Kernel kernel;
  kernel.kind = KernelKind::Dma;
  kernel.inputs = kernel.outputs = {{64, 100, 16}};
  CHECK(ask(kernel).basis == Basis::Assumed);
  CHECK(std::string(name(Basis::Assumed)) == "assumed");
  // One DMA moves the frames of all streams of a board: the longer way counts.
  kernel.inputs[0].beatsPerFrame = 196;
  CHECK(ask(kernel).interval == 196);
}

TEST_CASE("block RAM comes in six shapes", "[cost]") {
  CHECK(bram18For(18, 1024) == 1);
  CHECK(bram18For(36, 512) == 1);
  CHECK(bram18For(1, 16384) == 1);
  CHECK(bram18For(19, 1024) == 2);
  CHECK(bram18For(64, 512) == 2);
  CHECK(bram18For(512, 512) == 15); // 512 / 36
  CHECK(bram18For(8, 4096) == 2);   // two of 4 x 4096
}

TEST_CASE("DSP slices per product", "[cost]") {
  // DSP48E2 multiplies 27 x 18 bits, DSP48E1 25 x 18 (AMD UG579, UG479).
  CHECK(dspPerProduct(16, 8, "alveo-ultrascale+", Stage::Vsynth) == 1);
  CHECK(dspPerProduct(27, 18, "alveo-ultrascale+", Stage::Vsynth) == 1);
  CHECK(dspPerProduct(26, 18, "zynq-7000", Stage::Vsynth) == 2);
  CHECK(dspPerProduct(28, 18, "zynq-ultrascale+", Stage::Vsynth) == 2);
  CHECK(dspPerProduct(24, 20, "alveo-ultrascale+", Stage::Vsynth) == 2);
  CHECK(dspPerProduct(32, 32, "alveo-ultrascale+", Stage::Vsynth) == 4);
  // 6-bit weights: in csynth of 2020.1, not after Vivado 2023.2; 4 bits never, 8 bits always.
  CHECK(dspPerProduct(16, 6, "alveo-ultrascale+", Stage::Csynth) == 1);
  CHECK(dspPerProduct(16, 6, "alveo-ultrascale+", Stage::Vsynth) == 0);
  CHECK(dspPerProduct(16, 4, "alveo-ultrascale+", Stage::Csynth) == 0);
}

TEST_CASE("streamed convolutions take the measured cycles", "[cost]") {
  // hls4ml's tutorial (SVHN, 3 x 3 convolutions, unrolled): 1,027 cycles for 32 x 32 pixels, 229 for 15 x 15,
  // 40 for 6 x 6; CI: 1,028 and 1,029 between frames.
  for (const auto &[size, cycles] : {std::pair(32, 1027), std::pair(15, 229), std::pair(6, 40)}) {
    const Estimate e = ask(only(kernels::conv(4, 3, 3, 0), {{size, size, 3}}, kernels::kStream));
    CHECK(e.latency >= cycles);
    CHECK(e.latency <= cycles + 1);
    CHECK(e.interval == e.latency + 1);
  }
  // Resource: (RF + 6) per output pixel (hls4ml, set_target_reuse_factor), a little for the others.
  const Estimate folded =
      ask(only(kernels::conv(16, 8, 3, 0), {{30, 30, 8}}, kernels::resource(IoMode::Stream, 72)));
  CHECK(folded.interval >= 28 * 28 * 78);
  CHECK(folded.interval <= 28 * 28 * 78 + 30 * 30);
  // A pool of 30 x 30 pixels: 903.
  ir::Pool pool;
  pool.window.kernel[0] = pool.window.kernel[1] = pool.window.stride[0] = pool.window.stride[1] = 2;
  CHECK(ask(only(pool, {{30, 30, 8}}, kernels::kStream)).latency == 903);
}

TEST_CASE("what lies outside the measured range says so", "[cost]") {
  auto square = [](int64_t size, int64_t reuse, int bits) {
    Kernel kernel =
        only(kernels::dense(size, size, bits), {{size}}, kernels::resource(IoMode::Parallel, reuse));
    kernel.accumBits = 16;
    return kernel;
  };
  CHECK(ask(square(64, 1024, 8)).basis == Basis::Fitted);
  CHECK(ask(square(64, 1024, 8), Stage::Csynth).basis == Basis::Fitted);
  CHECK(ask(square(64, 32, 8)).basis == Basis::Structural);      // reuse below the inputs is not measured
  CHECK(ask(square(512, 4096, 8)).basis == Basis::Extrapolated); // larger than measured
  CHECK(ask(square(64, 1024, 8), Stage::Vsynth, "pynq-z2").basis == Basis::Extrapolated);
  CHECK(ask(square(64, 1024, 8)).error < ask(square(64, 32, 8)).error);
}

TEST_CASE("less reuse takes more DSP slices and fewer cycles", "[cost]") {
  Estimate last;
  for (int64_t reuse : kernel::legalReuseFactors(64, 784)) {
    if (reuse == 1)
      continue;
    const Estimate e = ask(only(kernels::dense(64, 784), {{784}}, kernels::resource(IoMode::Parallel, reuse)),
                           Stage::Vsynth, "pynq-z2");
    if (last.interval > 1) {
      CHECK(e.interval > last.interval);
      CHECK(e.resources[Resource::Dsp] <= last.resources[Resource::Dsp]);
    }
    last = e;
  }
}

TEST_CASE("time of a part", "[cost]") {
  std::vector<Kernel> kernels = {
      only(kernels::dense(64, 784), {{784}}, kernels::resource(IoMode::Parallel, 784)),
      only(activation(ir::ActivationKind::Relu), {{64}}, kernels::kParallel),
      only(kernels::dense(10, 64), {{64}}, kernels::resource(IoMode::Parallel, 640))};
  auto timed = [&] {
    std::vector<std::pair<const Kernel *, Estimate>> out;
    for (const Kernel &kernel : kernels)
      out.emplace_back(&kernel, ask(kernel));
    return out;
  };
  // Two dense layers with reuse: 784 + 640 + 2 x 2 - 1 to + 2 x 3 - 1.
  PartTiming timing = partTiming(timed(), IoMode::Parallel);
  CHECK(timing.bestLatency == 1427);
  CHECK(timing.latency == 1429);
  CHECK(timing.interval == 1429);
  // All unrolled: a frame every cycle.
  kernels = {only(kernels::dense(16, 32), {{32}}, kernels::kParallel),
             only(activation(ir::ActivationKind::Relu), {{16}}, kernels::kParallel)};
  timing = partTiming(timed(), IoMode::Parallel);
  CHECK(timing.interval == 1);
  CHECK(timing.latency > 1);
  // Streams: the slowest kernel.
  kernels = {only(kernels::conv(4, 3, 3, 0), {{32, 32, 3}}, kernels::kStream),
             only(activation(ir::ActivationKind::Relu), {{30, 30, 4}}, kernels::kStream)};
  timing = partTiming(timed(), IoMode::Stream);
  CHECK(timing.interval == 1029);
  CHECK(timing.latency >= 1028);
  CHECK(timing.latency <= 1028 + 80);
  CHECK(partTiming({}, IoMode::Stream).interval == 1);
}

TEST_CASE("an unknown cost model gets a suggestion", "[cost]") {
  auto model = findCostModel("hls4");
  REQUIRE_FALSE(static_cast<bool>(model));
  CHECK(llvm::toString(model.takeError()).find("unknown cost model 'hls4'; did you mean 'hls4ml'?") !=
        std::string::npos);
}

TEST_CASE("an estimate takes about a microsecond", "[cost]") {
  const auto kernels = oneOfEach(IoMode::Stream);
  auto model = llvm::cantFail(findCostModel("hls4ml"));
  auto device = llvm::cantFail(device::findDevice("u280"));
  constexpr int kRounds = 2000;
  int64_t sum = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i)
    for (const Kernel &kernel : kernels)
      sum += llvm::cantFail(model->estimate(kernel, *device, Stage::Vsynth)).interval;
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  CHECK(sum > 0);
  // Generous: sanitizers and loaded machines are slow.
  CHECK(took.count() / (kRounds * static_cast<double>(kernels.size())) < 50);
}
