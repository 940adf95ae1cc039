// The partitioning solver against every legal plan of random small problems on fleets of up to six mixed
// cards, along walks and in any order; and that these fleets are what they should be.
#include "support/partition_brute.h"
#include "support/partition_fleet.h"
#include "support/partition_json.h"
#include "support/partition_judge.h"
#include "support/partition_random.h"
#include "support/verdicts.h"

#include "braid/partition/files.h"
#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <set>

using namespace braid;
using partition::Problem;

namespace {

/// What the fleet is, and what its best plan uses.
void count(const Problem &problem, const partition::Solution &best, test::Counts &counts) {
  std::set<int> kinds, kindsUsed, dieCounts;
  for (const partition::Fpga &fpga : problem.fpgas)
    kinds.insert(fpga.kind);
  bool isAgainstTheList = false; // an FPGA stands behind one of a later kind
  for (size_t i = 0; i < best.parts.size(); ++i) {
    kindsUsed.insert(best.parts[i].kind);
    dieCounts.insert(static_cast<int>(problem.kind(best.parts[i].kind).dies.size()));
    isAgainstTheList = isAgainstTheList || (i > 0 && best.parts[i].kind < best.parts[i - 1].kind);
  }
  counts["six cards"] += problem.fpgas.size() == 6;
  counts["four or five kinds of cards"] += kinds.size() >= 4;
  counts["walks"] += !problem.walks.empty();
  counts["any order"] += problem.walks.empty();
  counts["hops"] += problem.hops;
  counts["plans on three cards or more"] += best.parts.size() >= 3;
  counts["plans on two kinds"] += kindsUsed.size() >= 2;
  counts["plans on three kinds or more"] += kindsUsed.size() >= 3;
  counts["plans on cards of different numbers of dies"] += dieCounts.size() >= 2;
  counts["plans not in the order of kinds"] += isAgainstTheList;
}

} // namespace

TEST_CASE("on fleets of mixed cards the partitioning solver finds the least period of all plans") {
  const char *more = std::getenv("BRAID_PARTITION_PROBLEMS");
  const int problems = more ? std::atoi(more) : 600;
  int feasible = 0, proven = 0;
  test::Counts counts;
  test::Verdicts verdicts;
  for (int seed = 0; seed < problems; ++seed) {
    const Problem problem = test::randomFleet(static_cast<uint64_t>(seed));
    REQUIRE_FALSE(static_cast<bool>(problem.check()));
    const std::optional<partition::Solution> best = test::bruteForceSolution(problem);
    const partition::Answer answer = partition::solve(problem);
    INFO("seed " << seed << ", least period " << (best ? best->periodFs : 0) << "\n"
                 << test::problemJson(problem).dump());
    REQUIRE(answer.solution.has_value() == best.has_value());
    nlohmann::json claims = nlohmann::json::parse(
        partition::toJson(answer.solution ? &*answer.solution : nullptr, answer.certificate));
    if (best) {
      REQUIRE(test::plainPeriod(problem, *answer.solution) == answer.solution->periodFs);
      REQUIRE(answer.solution->periodFs == best->periodFs);
      REQUIRE(answer.certificate.infeasibleFs < best->periodFs);
      ++feasible;
      count(problem, *best, counts);
    } else {
      claims.erase("plan");
    }
    proven += answer.isProven();
    verdicts.setProblem(test::problemJson(problem));
    verdicts.add(claims);
  }
  const std::vector<std::string> said = verdicts.judge();
  for (size_t seed = 0; seed < said.size(); ++seed) {
    INFO("seed " << seed << ": " << said[seed]);
    REQUIRE(test::isAccepted(said[seed]));
  }
  std::string all;
  for (const auto &[name, times] : counts) {
    all += fmt::format("\n{:>6} {}", times, name);
    INFO(name);
    CHECK(times >= problems / 20);
  }
  WARN(fmt::format("{} fleets, {} with a plan, {} proven:{}", problems, feasible, proven, all));
  CHECK(feasible >= problems * 60 / 100);
  CHECK(proven >= problems * 80 / 100);
}
