// The latency of a frame over several FPGAs: streams go on as they come, what a host moves goes frame by
// frame.
#include "support/deployed.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace braid;

namespace {

/// A convolution and another behind it.
ir::Model convolutions(test::Random &random) {
  test::Builder builder({24, 24, 3});
  ir::StreamId stream = builder.input();
  for (int64_t channels : {4, 2}) {
    ir::Conv op;
    for (int axis : {0, 1})
      op.window.kernel[axis] = 3;
    op.weights = test::randomWeights(random, channels, 9, builder.shapeOf(stream)[2], 1);
    stream = builder.add(op, {stream});
  }
  return builder.finish(stream);
}

/// One on each of two FPGAs.
plan::Evaluation twoOf(const std::string &clusterName) {
  test::Random random(5);
  const ir::Model model = test::typed(convolutions(random));
  const device::Cluster cluster = llvm::cantFail(device::readCluster(clusterName));
  const auto costs = llvm::cantFail(cost::findCostModel("hls4ml"));
  plan::Options options;
  options.fpgas = 2;
  std::vector<std::string> notes;
  const plan::Plan plan = llvm::cantFail(plan::solve(model, cluster, *costs, options, notes));
  return llvm::cantFail(plan::evaluate(model, cluster, plan, *costs, options));
}

struct Times {
  double fill = 0, all = 0; ///< Microseconds
};

Times timesOf(const plan::Evaluation &evaluation, size_t fpga, double clockMhz) {
  const plan::StageCost &stage = evaluation.fpgas.at(fpga).stages.at(0);
  REQUIRE(stage.fill > 0);
  REQUIRE(stage.fill < stage.latency);
  return {static_cast<double>(stage.fill) / clockMhz, static_cast<double>(stage.latency) / clockMhz};
}

} // namespace

TEST_CASE("an FPGA computes while packets of the frame still come") {
  const plan::Evaluation evaluation = twoOf("u280x2");
  REQUIRE(evaluation.crossings.size() == 1);
  const plan::CrossingCost &link = evaluation.crossings[0];
  const Times first = timesOf(evaluation, 0, 200), second = timesOf(evaluation, 1, 200);
  CHECK(link.firstUs < link.latencyUs);
  // The frame passes the first FPGA, the link and the second, each of which may be the slowest.
  const double slowest =
      std::max({first.all + link.firstUs + second.fill, first.fill + link.latencyUs + second.fill,
                first.fill + link.firstUs + second.all});
  CHECK(evaluation.latencyUs == Approx(slowest));
  CHECK(evaluation.latencyUs < first.all + link.latencyUs + second.all);
}

TEST_CASE("a board begins when its host has the whole frame") {
  const plan::Evaluation evaluation = twoOf("pynq-z2x2");
  REQUIRE(evaluation.crossings.size() == 1);
  const Times first = timesOf(evaluation, 0, 100), second = timesOf(evaluation, 1, 100);
  CHECK(evaluation.latencyUs == Approx(first.all + evaluation.crossings[0].latencyUs + second.all));
}
