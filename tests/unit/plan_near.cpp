// What FPGAs hold by an earlier plan, in the problem of the next one: as it was, nothing else, and no plan of
// the rest is lost.
#include "near.h"

#include "support/networks.h"

#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

using namespace braid;

TEST_CASE("FPGAs hold what they held by an earlier plan, and nothing else") {
  int networks = 0, segments = 0, several = 0;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    const ir::Model model = test::typed(test::randomNetwork(random));
    const auto costs = test::simpleCosts();
    const device::Cluster cluster = test::simpleCluster(
        3, {{test::draw(random, 3000, 60000), 200000, 400, 0, test::draw(random, 20, 400)}});
    plan::Options options;
    options.io = kernel::IoMode::Stream;
    auto elastic = plan::elasticProblem(model, cluster, *costs, options);
    if (!elastic) { // a layer without an implementation in streams
      llvm::consumeError(elastic.takeError());
      continue;
    }
    const partition::Answer first = partition::solve(elastic->problem, {.certify = false});
    if (!first.solution)
      continue;
    plan::Earlier earlier;
    earlier.plan = plan::planOf(model, *elastic, *first.solution);
    for (const device::Fpga &fpga : cluster.fpgas)
      earlier.fpgas.push_back(fpga.name);
    const std::vector<plan::Segment> all = plan::segmentsOf(*elastic, model, earlier);
    REQUIRE(all.size() == first.solution->parts.size());
    ++networks;
    several += all.size() > 1;
    for (const plan::Segment &kept : all) {
      ++segments;
      const plan::ElasticProblem near = plan::keeping(*elastic, {kept});
      if (llvm::Error fault = near.problem.check())
        FAIL(llvm::toString(std::move(fault)));
      const int own = near.problem.fpgas[kept.fpga].kind;
      REQUIRE(own == static_cast<int>(elastic->problem.kinds.size()));
      for (int item = 0; item < near.problem.cuts(); ++item) {
        const bool isKept = item >= kept.begin && item < kept.end;
        for (int kind = 0; kind <= own; ++kind)
          if (isKept != (kind == own))
            REQUIRE((!near.problem.mayBeOn(item, kind) || (!isKept && kind != own)));
        if (!isKept)
          continue;
        REQUIRE(near.problem.table(item, own).size() == 1);
        REQUIRE(near.problem.table(item, own)[0] ==
                elastic->problem.table(
                    item, first.solution->parts[&kept - all.data()].kind)[first.solution->choices[item]]);
      }
      // The plan itself is one of them.
      const partition::Answer again = partition::solve(near.problem, {.certify = false});
      REQUIRE(again.solution);
      REQUIRE(again.solution->periodFs <= first.solution->periodFs);
      for (const partition::Part &part : again.solution->parts)
        if (part.kind == own)
          REQUIRE((part.begin == kept.begin && part.end == kept.end));
    }
  }
  INFO(networks << " networks, " << segments << " segments, " << several << " plans of several FPGAs");
  CHECK(networks > 40);
  CHECK(several > 15);
}
