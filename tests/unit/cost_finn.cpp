// Cycles of the cost model of FINN-style units are FINN's own (get_exp_cycles).
#include "support/whole_numbers.h"

#include "braid/cost/estimate.h"
#include "braid/plan/unit_graph.h"

#include "finn_analytic.h"

#include <catch2/catch.hpp>

using namespace braid;
using kernel::Kernel;
using kernel::KernelKind;
namespace analytic = braid::cost::finn;

namespace {

int64_t intervalOf(const Kernel &kernel) {
  const auto model = llvm::cantFail(cost::findCostModel("finn"));
  const device::Cluster cluster = llvm::cantFail(device::readCluster("u280"));
  return llvm::cantFail(model->estimate(kernel, *cluster.fpgas[0].device, cost::Stage::Vsynth)).interval;
}

int64_t cyclesOf(llvm::Expected<analytic::FinnNumbers> numbers) {
  const analytic::FinnNumbers found = llvm::cantFail(std::move(numbers));
  REQUIRE(found.cyclesModelled);
  return found.cycles;
}

/// FINN's cycles of a unit, asked by the shapes of the layer and not by its words.
int64_t finnCycles(const Kernel &unit, int64_t positions) {
  const analytic::FinnType type{4, true};
  if (unit.kind == KernelKind::MatrixVector) {
    analytic::Mvau mvau;
    mvau.MW = unit.mw, mvau.MH = unit.mh, mvau.SIMD = unit.simd, mvau.PE = unit.pe;
    mvau.inputDataType = mvau.weightDataType = mvau.outputDataType = type;
    mvau.numInputVectors = {1, positions};
    return cyclesOf(estimate(mvau, analytic::Family::UltraScale));
  }
  if (unit.kind == KernelKind::VectorVector) {
    analytic::Vvau vvau;
    vvau.Channels = unit.channels, vvau.SIMD = unit.simd, vvau.PE = unit.pe;
    vvau.Kernel = {1, unit.taps}, vvau.Dim = {1, positions};
    vvau.inputDataType = vvau.weightDataType = vvau.outputDataType = type;
    return cyclesOf(estimate(vvau, analytic::Family::UltraScale));
  }
  analytic::Thresholding thresholding;
  thresholding.NumChannels = unit.channels, thresholding.PE = unit.pe, thresholding.numSteps = unit.steps;
  thresholding.inputDataType = thresholding.weightDataType = thresholding.outputDataType = type;
  thresholding.numInputVectors = {1, positions};
  return cyclesOf(estimate(thresholding));
}

} // namespace

TEST_CASE("cycles of matrix units, depthwise units and thresholds are FINN's", "[finn]") {
  test::Random random(51);
  int matrices = 0, vectors = 0, thresholds = 0;
  for (int network = 0; network < 40; ++network) {
    const ir::Model model = test::randomIntegerNetwork(random);
    for (const ir::Layer &layer : model.layers)
      for (const auto &choice :
           kernel::implementations(model, layer, kernel::Style::Finn, kernel::IoMode::Stream))
        for (const Kernel &unit : llvm::cantFail(plan::unitsAlone(model, layer, choice))) {
          const bool isMatrix = unit.kind == KernelKind::MatrixVector,
                     isVector = unit.kind == KernelKind::VectorVector,
                     isThreshold = unit.kind == KernelKind::Threshold;
          if (!isMatrix && !isVector && !isThreshold)
            continue;
          INFO("network " << network << ", layer " << layer.name << ", " << toString(choice));
          const ir::Shape &out = model.stream(layer.output).shape;
          const int64_t positions = ir::elements(out) / out.back();
          // A reader of weights begins anew before each position.
          const bool isExternal = choice.folding.memMode == kernel::MemMode::External && !isThreshold;
          CHECK(intervalOf(unit) == finnCycles(unit, positions) + (isExternal ? 5 * positions : 0));
          matrices += isMatrix, vectors += isVector, thresholds += isThreshold;
        }
  }
  CHECK(matrices > 200);
  CHECK(vectors > 20);
  CHECK(thresholds > 100);
}

TEST_CASE("a matrix takes a cycle for each tile of each position; filled rows and columns too", "[finn]") {
  test::Random random(52);
  test::Builder b({10});
  const ir::Model model =
      test::typedIntegers(b.finish(b.add(test::integerDense(random, 6, 10), {b.input()})), 0, 15);
  const auto cycles = [&](int64_t pe, int64_t simd) {
    for (const Kernel &unit :
         llvm::cantFail(plan::unitsAlone(model, model.layers[0], test::folded(pe, simd))))
      if (unit.kind == KernelKind::MatrixVector)
        return intervalOf(unit);
    return int64_t{-1};
  };
  CHECK(cycles(1, 1) == 60);
  CHECK(cycles(6, 10) == 1);
  CHECK(cycles(2, 5) == 6);
  CHECK(cycles(4, 3) == 8); // 2 x 4 rows of 4 x 3 columns
}

TEST_CASE("weights from memory cost a reader, and a channel where the card has them", "[finn]") {
  test::Random random(54);
  test::Builder b({512});
  const ir::Model model =
      test::typedIntegers(b.finish(b.add(test::integerDense(random, 64, 512), {b.input()})), 0, 15);
  const auto unitOf = [&](kernel::MemMode mode) {
    kernel::Implementation made = test::folded(4, 8);
    made.folding.memMode = mode;
    return llvm::cantFail(plan::unitsAlone(model, model.layers[0], made)).back();
  };
  const auto on = [&](const char *card, const Kernel &kernel) {
    const device::Cluster cluster = llvm::cantFail(device::readCluster(card));
    return llvm::cantFail(llvm::cantFail(cost::findCostModel("finn"))
                              ->estimate(kernel, *cluster.fpgas[0].device, cost::Stage::Vsynth));
  };
  const Kernel external = unitOf(kernel::MemMode::External);
  REQUIRE(external.kind == KernelKind::MatrixVector);
  const cost::Estimate hbm = on("u280", external), ddr = on("u250", external),
                       inside = on("u280", unitOf(kernel::MemMode::Decoupled));
  CHECK(hbm.resources[device::Resource::Hbm] == 1);
  CHECK(ddr.resources[device::Resource::Hbm] == 0);
  CHECK(inside.resources[device::Resource::Hbm] == 0);
  CHECK(hbm.basis == cost::Basis::Assumed);
  CHECK(inside.basis == cost::Basis::Structural);
  // A mover of 4,000 LUT, 6,000 FF and 30 BRAM18, what makes beats of words, a FIFO; no streamer.
  CHECK(hbm.resources[device::Resource::Lut] - inside.resources[device::Resource::Lut] > 4000);
  CHECK(hbm.resources[device::Resource::Lut] - inside.resources[device::Resource::Lut] < 6000);
  CHECK(hbm.resources[device::Resource::Bram18] >= 30);
  CHECK(hbm.resources[device::Resource::Bram18] < 50);
  CHECK(inside.resources[device::Resource::Bram18] > 0);
  // More weights a cycle than a word of memory gives: the words decide. 64 x 512 weights of this width.
  Kernel wide = external;
  wide.pe = 64, wide.simd = 64;
  const int64_t perWord = 512 / wide.weightBits;
  CHECK(on("u280", wide).interval == (64 * 512 + perWord - 1) / perWord + 5);
}

namespace {

/// The window of a 3 x 3 convolution over 5 x 5 pixels of two channels in four bits.
Kernel windowUnit(int64_t simd, int64_t channels = 2, int64_t stride = 1) {
  test::Random random(53);
  ir::Conv conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 3;
  conv.window.stride[0] = conv.window.stride[1] = stride;
  conv.weights = test::randomIntegers(random, 1, 9, channels, -3, 3);
  test::Builder b({5, 5, channels});
  const ir::Model model = test::typedIntegers(b.finish(b.add(conv, {b.input()})), 0, 15);
  return llvm::cantFail(plan::unitsAlone(model, model.layers[0], test::folded(1, simd)))[0];
}

cost::Estimate estimateOf(const Kernel &kernel, const char *model) {
  const device::Cluster cluster = llvm::cantFail(device::readCluster("u280"));
  return llvm::cantFail(llvm::cantFail(cost::findCostModel(model))
                            ->estimate(kernel, *cluster.fpgas[0].device, cost::Stage::Vsynth));
}

} // namespace

TEST_CASE("windows of several taps take a cycle for each pixel, or for each beat", "[finn]") {
  CHECK(intervalOf(windowUnit(18)) == 25);
  // Two rows and two pixels, then nine windows of three beats; the two pixels between rows come beside.
  CHECK(intervalOf(windowUnit(6)) == 12 + 9 * 3);
  // Every other window: two rows of two; seven of 25 pixels lie between the rows, two of them beside beats.
  CHECK(intervalOf(windowUnit(18, 2, 2)) == 25);
  CHECK(intervalOf(windowUnit(6, 2, 2)) == 12 + 2 * 2 * 3 + (10 - 3 - 2));
  // One tap at a time: three rows, then nine beats for each of three windows in a row.
  CHECK(intervalOf(windowUnit(2)) == 15 + 3 * 27);
}

TEST_CASE("windows of several taps are line buffers, registers and taps that wait", "[finn]") {
  // Pixels of 8 bits: two lines of five in a LUT a bit; nine taps and two prefetched; a word of 72 or 24.
  const cost::Estimate all = estimateOf(windowUnit(18), "finn"), some = estimateOf(windowUnit(6), "finn");
  CHECK(all.resources[device::Resource::Lut] == 120 + 80 + 2 * 8);
  CHECK(all.resources[device::Resource::Ff] == 150 + 100 + (9 + 2) * 8 + 72);
  CHECK(some.resources[device::Resource::Lut] == 120 + 80 + 2 * 8 + 9 * 8);
  CHECK(some.resources[device::Resource::Ff] == 150 + 100 + (9 + 9 + 2) * 8 + 24);
  CHECK(all.resources[device::Resource::Bram18] == 0);
  // 512 channels: 2,048 bits by five.
  CHECK(estimateOf(windowUnit(512 * 3, 512), "finn").resources[device::Resource::Lut] ==
        200 + 2 * 2048 + 9 * 2048);
}

TEST_CASE("FINN knows windows of one tap and of all; for others our own numbers stand", "[finn]") {
  analytic::ConvolutionInputGenerator unit;
  unit.ConvKernelDim = {3, 3}, unit.IFMDim = {5, 5}, unit.OFMDim = {3, 3};
  unit.IFMChannels = unit.SIMD = 2, unit.inputDataType = {4, false}, unit.parallelWindow = true;
  const analytic::FinnNumbers whole = llvm::cantFail(analytic::estimate(unit));
  CHECK(whole.cycles == 25 + 2);
  const cost::Estimate ours = estimateOf(windowUnit(18), "finn-analytic");
  CHECK(ours.interval == whole.cycles);
  CHECK(ours.resources[device::Resource::Lut] == whole.lut);
  CHECK(estimateOf(windowUnit(2), "finn-analytic").model == "finn-analytic");
  CHECK(estimateOf(windowUnit(6), "finn-analytic").model == "window-taps-structural");
}
