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
          CHECK(intervalOf(unit) == finnCycles(unit, ir::elements(out) / out.back()));
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
