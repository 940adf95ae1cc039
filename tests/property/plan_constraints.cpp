// Plans of random networks keep pins, forbidden FPGAs, reservations and the mean use of memories and DSPs.
#include "support/networks.h"

#include "braid/plan/constraints.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace braid;

namespace {

/// What was drawn, so that the test looks for it by itself.
struct Asked {
  std::map<ir::LayerId, int> fpgaOf;
  std::vector<bool> isForbidden;
  std::vector<device::Resources> reserved; ///< By FPGA
};

Asked drawConstraints(test::Random &random, const ir::Model &model, const device::Cluster &cluster,
                      bool hasPins, plan::Options &options) {
  Asked asked{
      {}, std::vector<bool>(cluster.fpgas.size()), std::vector<device::Resources>(cluster.fpgas.size())};
  const auto count = static_cast<int64_t>(cluster.fpgas.size());
  // Mostly in an order that consecutive layers can have.
  int64_t at = test::draw(random, 0, count - 1);
  for (const ir::Layer &layer : model.layers) {
    if (test::draw(random, 0, 4) == 0)
      at = test::draw(random, 0, 5) ? std::min(count - 1, at + 1) : test::draw(random, 0, count - 1);
    if (test::draw(random, 0, 3) || !hasPins)
      continue;
    asked.fpgaOf[layer.id] = static_cast<int>(at);
    options.pins.push_back({layer.name, cluster.fpgas[static_cast<size_t>(at)].name, ""});
  }
  for (size_t f = 0; f < cluster.fpgas.size(); ++f)
    if (test::draw(random, 0, 5) == 0) {
      asked.isForbidden[f] = true;
      options.forbidden.push_back(cluster.fpgas[f].name);
    }
  for (size_t f = 0; f < cluster.fpgas.size(); ++f)
    if (test::draw(random, 0, 2) == 0) {
      const auto r = device::kResources[static_cast<size_t>(test::draw(random, 0, 1) * 4)]; // LUT or DSP
      const int64_t amount = cluster.fpgas[f].device->capacity()[r] * test::draw(random, 1, 50) / 100;
      asked.reserved[f][r] = amount;
      options.limits.reserved.push_back({cluster.fpgas[f].name, "", r, amount, false});
    }
  return asked;
}

void checkKept(const ir::Model &model, const device::Cluster &cluster, const plan::Plan &plan,
               const cost::CostModel &costs, const plan::Options &options, const Asked &asked) {
  for (const plan::Placement &p : plan.placements) {
    for (int copy : plan.replicasOf(p.fpga))
      REQUIRE_FALSE(asked.isForbidden[static_cast<size_t>(copy)]);
    if (const auto pin = asked.fpgaOf.find(p.layer); pin != asked.fpgaOf.end())
      REQUIRE(p.fpga == pin->second);
  }
  REQUIRE(!plan::checkPlaces(model, cluster, plan, options));
  const plan::SplitModel split = llvm::cantFail(plan::splitLayers(model, plan));
  REQUIRE(!plan::verifyPlan(split.model, cluster, split.plan, costs, options));
  const plan::Evaluation evaluation =
      llvm::cantFail(plan::evaluate(split.model, cluster, split.plan, costs, options));
  for (const plan::FpgaCost &fpga : evaluation.fpgas) {
    const device::Resources all = cluster.fpgas[static_cast<size_t>(fpga.fpga)].device->capacity();
    double mean = 0, count = 0;
    for (device::Resource r : device::kResources) {
      int64_t taken = 0; // of the copy with most
      for (int copy : split.plan.replicasOf(fpga.fpga))
        taken = std::max(taken, fpga.used[r] + asked.reserved[static_cast<size_t>(copy)][r]);
      REQUIRE(taken * 100 <= all[r] * options.limits.percent[static_cast<size_t>(r)]);
      if (r != device::Resource::Lut && r != device::Resource::Ff && all[r] > 0)
        mean += 100.0 * static_cast<double>(taken) / static_cast<double>(all[r]), ++count;
    }
    REQUIRE(mean / count <= static_cast<double>(options.limits.average) + 1e-9);
  }
}

} // namespace

TEST_CASE("plans keep pins, forbidden FPGAs, reservations and means") {
  test::Random random(29);
  const auto costs = test::simpleCosts();
  int solved = 0, pinned = 0, contradictory = 0, infeasible = 0, forbidden = 0, meanBinds = 0, copies = 0,
      cut = 0;
  for (int i = 0; i < 500; ++i) {
    const ir::Model model = test::typed(test::randomNetwork(random));
    device::Resources each;
    each[device::Resource::Lut] = test::draw(random, 300, 20000);
    each[device::Resource::Ff] = 1000000;
    each[device::Resource::Bram18] = test::draw(random, 2, 30);
    each[device::Resource::Dsp] = test::draw(random, 10, 1000);
    device::Cluster cluster = test::simpleCluster(static_cast<int>(test::draw(random, 2, 4)), each);
    if (i % 3 == 2) { // a chain
      auto type = cluster.links[0].type;
      cluster.links.clear();
      for (int f = 0; f + 1 < static_cast<int>(cluster.fpgas.size()); ++f)
        cluster.links.push_back({f, f + 1, type, false});
      cluster.topology = device::Topology::Chain;
    }
    plan::Options options;
    options.io = i % 2 ? kernel::IoMode::Parallel : kernel::IoMode::Stream; // chain-dp, elastic
    if (i % 4 == 0)
      options.solver = plan::Solver::ChainDp;
    options.limits.average = test::draw(random, 20, 80);
    if (i % 5 == 0)
      options.split = i % 20 ? plan::SplitMode::Auto : plan::SplitMode::Neuron;
    const Asked asked = drawConstraints(random, model, cluster, i % 10 != 0, options);
    INFO("instance " << i);
    std::vector<std::string> notes;
    auto plan = plan::solveWithin(model, cluster, *costs, options, notes);
    if (plan) {
      checkKept(model, cluster, *plan, *costs, options, asked);
      plan::Options anyMean = options;
      anyMean.limits.average = 100;
      if (auto other = plan::solveWithin(model, cluster, *costs, anyMean, notes)) {
        const plan::SplitModel split = llvm::cantFail(plan::splitLayers(model, *other));
        llvm::Error error = plan::verifyPlan(split.model, cluster, split.plan, *costs, options);
        meanBinds += static_cast<bool>(error);
        llvm::consumeError(std::move(error));
      } else {
        llvm::consumeError(other.takeError());
      }
      copies += !plan->replicas.empty();
      cut += plan->placements.size() > model.layers.size();
      ++solved, pinned += !asked.fpgaOf.empty(), forbidden += !options.forbidden.empty();
      continue;
    }
    llvm::handleAllErrors(plan.takeError(), [&](const UserError &error) {
      // Everything is forbidden, or nothing can keep all.
      const bool areAllForbidden = options.forbidden.size() == cluster.fpgas.size();
      REQUIRE(error.code() == (areAllForbidden ? ExitCode::BadUsage : ExitCode::NoPlan));
      const bool contradicts =
          error.diagnostics()[0].message.find("contradict each other") != std::string::npos;
      contradictory += contradicts, infeasible += !contradicts;
    });
  }
  CHECK(solved >= 60);
  CHECK(pinned >= 40);
  CHECK(forbidden >= 10);
  CHECK(contradictory >= 20);
  CHECK(infeasible >= 10);
  CHECK(meanBinds >= 10);
  CHECK(copies >= 3);
  CHECK(cut >= 3);
}
