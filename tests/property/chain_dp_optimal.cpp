// The sequential solver against every way to cut and to choose, on small problems.
#include "support/networks.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

using namespace braid;

namespace {

/// The shortest period of all plans that keep every budget, in microseconds; infinity if none does.
double bruteForce(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs, const plan::Options &options, int fpgas) {
  const auto units = plan::sequentialUnits(model);
  const kernel::IoMode io = plan::ioModeFor(model, options);
  std::vector<std::vector<kernel::Implementation>> choices;
  for (const ir::Layer &layer : model.layers) {
    choices.push_back(kernel::implementations(model, layer, io));
  }
  plan::Plan plan;
  plan.io = io;
  for (const ir::Layer &layer : model.layers) {
    plan::Placement p;
    p.layer = layer.id;
    p.slice = kernel::wholeSlice(model, layer);
    plan.placements.push_back(p);
  }
  double best = std::numeric_limits<double>::infinity();
  std::function<void(size_t)> choose = [&](size_t layer) {
    if (layer == model.layers.size()) {
      if (llvm::Error error = plan::verifyPlan(model, cluster, plan, costs, options)) {
        llvm::consumeError(std::move(error));
        return;
      }
      best = std::min(best, plan::evaluate(model, cluster, plan, costs, options)->periodUs);
      return;
    }
    for (const kernel::Implementation &i : choices[layer]) {
      plan.placements[layer].implementation = i;
      choose(layer + 1);
    }
  };
  std::function<void(size_t, int)> cut = [&](size_t unit, int fpga) {
    if (unit == units.size()) {
      if (fpga != fpgas - 1)
        return;
      plan.crossings = plan::crossingsOf(model, plan.placements);
      choose(0);
      return;
    }
    for (int next : {fpga, fpga + 1}) {
      if (next < 0 || next >= fpgas || (unit == 0 && next != 0))
        continue;
      for (ir::LayerId layer : units[unit])
        plan.placements[index(layer)].fpga = next;
      cut(unit + 1, next);
    }
  };
  cut(0, -1);
  return best;
}

ir::Model smallMlp(test::Random &random) {
  test::Builder b({test::draw(random, 2, 6)});
  ir::StreamId at = b.input();
  for (int64_t i = test::draw(random, 2, 4); i > 0; --i) {
    const int64_t outputs = test::draw(random, 2, 5);
    at = b.add(ir::Dense{test::randomWeights(random, outputs, 1, b.shapeOf(at)[0], 0.5), {}, {}}, {at});
    if (random() % 2)
      at = b.add(ir::Activation{}, {at});
  }
  return b.finish(at);
}

} // namespace

TEST_CASE("the sequential solver finds the shortest period there is") {
  test::Random random(5);
  const auto costs = test::simpleCosts();
  int solved = 0, infeasible = 0;
  for (int i = 0; i < 60; ++i) {
    const ir::Model model = test::typed(smallMlp(random));
    plan::Options options;
    options.io = i % 2 ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    options.fpgas = static_cast<int>(test::draw(random, 1, std::min<int64_t>(3, static_cast<int64_t>(plan::sequentialUnits(model).size()))));
    device::Resources each;
    each[device::Resource::Lut] = test::draw(random, 60, 900);
    each[device::Resource::Ff] = 100000;
    each[device::Resource::Bram18] = test::draw(random, 1, 20);
    each[device::Resource::Dsp] = test::draw(random, 4, 60);
    const device::Cluster cluster = test::simpleCluster(*options.fpgas, each);
    const double best = bruteForce(model, cluster, *costs, options, *options.fpgas);
    auto plan = plan::solveChain(model, cluster, *costs, options);
    INFO("instance " << i);
    if (!plan) {
      llvm::consumeError(plan.takeError());
      REQUIRE(best == std::numeric_limits<double>::infinity());
      ++infeasible;
      continue;
    }
    REQUIRE(!plan::verifyPlan(model, cluster, *plan, *costs, options));
    REQUIRE(plan::evaluate(model, cluster, *plan, *costs, options)->periodUs == Approx(best).epsilon(1e-6));
    ++solved;
  }
  CHECK(solved >= 20);
  CHECK(infeasible >= 3);
}
