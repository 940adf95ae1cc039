// The sequential solver against every way to cut and to choose, on small problems.
#include "support/networks.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

using namespace braid;

namespace {

/// The shortest period of all plans that keep every budget, in microseconds; infinity if none does.
double bruteForce(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                  const plan::Options &options, int fpgas, bool allAlike = true) {
  const auto units = plan::sequentialUnits(model);
  const kernel::IoMode io = plan::ioModeFor(model, options);
  std::vector<std::vector<kernel::Implementation>> choices;
  for (const ir::Layer &layer : model.layers) {
    choices.push_back(kernel::implementations(model, layer, kernel::Style::Hls4ml, io));
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
      const double period = plan::evaluate(model, cluster, plan, costs, options)->periodUs;
      if (period >= best)
        return;
      if (llvm::Error error = plan::verifyPlan(model, cluster, plan, costs, options))
        llvm::consumeError(std::move(error));
      else
        best = period;
      return;
    }
    for (const kernel::Implementation &i : choices[layer]) {
      plan.placements[layer].implementation = i;
      choose(layer + 1);
    }
  };
  std::vector<int> order(cluster.fpgas.size());
  std::function<void(size_t, int)> cut = [&](size_t unit, int fpga) {
    if (unit == units.size()) {
      if (fpga != fpgas - 1)
        return;
      plan.crossings = plan::crossingsOf(model, plan.placements);
      for (const plan::Crossing &crossing : plan.crossings)
        if (!cluster.link(crossing.from, crossing.to))
          return;
      choose(0);
      return;
    }
    for (int next : {fpga, fpga + 1}) {
      if (next < 0 || next >= fpgas || (unit == 0 && next != 0))
        continue;
      for (ir::LayerId layer : units[unit])
        plan.placements[index(layer)].fpga = order[static_cast<size_t>(next)];
      cut(unit + 1, next);
    }
  };
  // Parts follow each other in any order of FPGAs; of equal ones any will do.
  std::iota(order.begin(), order.end(), 0);
  do
    cut(0, -1);
  while (!allAlike && std::next_permutation(order.begin(), order.end()));
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

/// Dense layers of few choices with a stream that two later layers read, and that meets another again.
ir::Model smallResidual(test::Random &random) {
  test::Builder b({test::draw(random, 2, 3)});
  const auto dense = [&](ir::StreamId at, int64_t outputs) {
    return b.add(ir::Dense{test::randomWeights(random, outputs, 1, b.shapeOf(at)[0], 0.5), {}, {}}, {at});
  };
  const int64_t width = test::draw(random, 2, 3);
  const ir::StreamId a = dense(b.input(), width), c = dense(a, width);
  ir::StreamId sum = b.add(ir::Binary{}, {c, a});
  if (random() % 2)
    sum = b.add(ir::Concat{0}, {dense(sum, 2), a});
  return b.finish(sum);
}

/// The solver and brute force agree on one instance; whether there was a plan.
bool agrees(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
            const plan::Options &options, bool allAlike) {
  const double best = bruteForce(model, cluster, costs, options, *options.fpgas, allAlike);
  auto plan = plan::solveChain(model, cluster, costs, options);
  if (!plan) {
    llvm::consumeError(plan.takeError());
    REQUIRE(best == std::numeric_limits<double>::infinity());
    return false;
  }
  REQUIRE(!plan::verifyPlan(model, cluster, *plan, costs, options));
  REQUIRE(plan::evaluate(model, cluster, *plan, costs, options)->periodUs == Approx(best).epsilon(1e-6));
  return true;
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
    options.fpgas = static_cast<int>(test::draw(
        random, 1, std::min<int64_t>(3, static_cast<int64_t>(plan::sequentialUnits(model).size()))));
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

TEST_CASE("the sequential solver finds the shortest period of graphs with branches") {
  test::Random random(11);
  const auto costs = test::simpleCosts();
  int solved = 0, infeasible = 0, severalReceivers = 0;
  for (int i = 0; i < 40; ++i) {
    const ir::Model model = test::typed(smallResidual(random));
    plan::Options options;
    options.io = i % 2 ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    options.fpgas = static_cast<int>(test::draw(random, 2, 3));
    device::Resources each;
    each[device::Resource::Lut] = test::draw(random, 120, 500);
    each[device::Resource::Ff] = 100000;
    each[device::Resource::Bram18] = 20;
    each[device::Resource::Dsp] = test::draw(random, 4, 20);
    // Links so slow that a stream sent twice binds, or so fast that layers do.
    const device::Cluster cluster = test::simpleCluster(*options.fpgas, each, i % 3 ? 0.2 : 100);
    INFO("instance " << i);
    if (!agrees(model, cluster, *costs, options, true)) {
      ++infeasible;
      continue;
    }
    ++solved;
    auto plan = plan::solveChain(model, cluster, *costs, options);
    for (const plan::Crossing &a : plan->crossings)
      for (const plan::Crossing &b : plan->crossings)
        severalReceivers += a.id < b.id && a.stream == b.stream;
  }
  CHECK(solved >= 20);
  CHECK(infeasible >= 1);
  CHECK(severalReceivers >= 3);
}

TEST_CASE("the sequential solver finds the best order of cards that differ or are joined at will") {
  test::Random random(13);
  const auto costs = test::simpleCosts();
  int solved = 0;
  for (int i = 0; i < 20; ++i) {
    const ir::Model model = test::typed(i % 2 ? smallResidual(random) : smallMlp(random));
    plan::Options options;
    options.io = kernel::IoMode::Stream;
    options.fpgas = static_cast<int>(std::min<size_t>(3, plan::sequentialUnits(model).size()));
    device::Resources small, large;
    small[device::Resource::Ff] = large[device::Resource::Ff] = 100000;
    small[device::Resource::Bram18] = large[device::Resource::Bram18] = 20;
    small[device::Resource::Lut] = test::draw(random, 100, 200), large[device::Resource::Lut] = 600;
    small[device::Resource::Dsp] = test::draw(random, 3, 6), large[device::Resource::Dsp] = 40;
    device::Cluster cluster = test::simpleCluster(3, small);
    const device::Cluster others = test::simpleCluster(1, large);
    auto other = std::make_shared<device::Device>(*others.fpgas[0].device);
    other->name = "large-card";
    cluster.fpgas[static_cast<size_t>(i % 3)].device = other;
    if (i % 4 == 3) { // cables 0 - 2 - 1
      auto type = cluster.links[0].type;
      cluster.links = {{0, 2, type, false}, {2, 1, type, false}};
      cluster.topology = device::Topology::List;
    }
    INFO("instance " << i);
    solved += agrees(model, cluster, *costs, options, false);
  }
  CHECK(solved >= 10);
}

TEST_CASE("the sequential solver is exact with the shipped costs and links, whatever the board") {
  test::Random random(17);
  const auto costs = llvm::cantFail(cost::findCostModel("hls4ml"));
  int i = 0;
  for (const char *name : {"u280x2", "pynq-z2x3", "u50x2", "pynq-z2x2", "u280-chain-3"}) {
    const device::Cluster cluster = llvm::cantFail(device::readCluster(name));
    for (int k = 0; k < 4; ++k, ++i) {
      const ir::Model model = test::typed(k % 2 ? smallMlp(random) : smallResidual(random));
      plan::Options options;
      options.io = i % 2 ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
      options.fpgas = static_cast<int>(std::min(cluster.fpgas.size(), plan::sequentialUnits(model).size()));
      INFO(name << " instance " << k);
      agrees(model, cluster, *costs, options, name == std::string("u280-chain-3") ? false : true);
    }
  }
}
