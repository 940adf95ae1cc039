// Every legal plan of random small problems against CBC on the same problem as a mixed integer program.
// Skipped where there is no `cbc`, unless BRAID_REQUIRE_ORACLES=1.
#include "support/partition_brute.h"
#include "support/partition_json.h"
#include "support/partition_judge.h"
#include "support/partition_random.h"

#include "braid/partition/milp.h"

#include "llvm/Support/Program.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <set>

using namespace braid;
using partition::MilpAnswer;
using partition::Problem;

namespace {

bool isWanted() {
  if (llvm::sys::findProgramByName("cbc"))
    return true;
  const char *required = std::getenv("BRAID_REQUIRE_ORACLES");
  if (required && std::string(required) == "1")
    FAIL("there is no cbc (Debian: coinor-cbc), and BRAID_REQUIRE_ORACLES=1");
  WARN("skipped: there is no cbc (Debian: coinor-cbc)");
  return false;
}

/// The least period over all walks; each list of kinds once.
std::optional<int64_t> leastOf(const Problem &problem, int &programs) {
  std::optional<int64_t> least;
  std::set<std::vector<int>> seen;
  for (const std::vector<test::Crew> &crews : test::allWalks(problem)) {
    std::vector<int> kinds, walk;
    for (const test::Crew &crew : crews) {
      kinds.push_back(crew.kind);
      walk.push_back(crew.fpgas[0]);
    }
    if (!seen.insert(kinds).second || static_cast<int>(walk.size()) > problem.cuts())
      continue;
    ++programs;
    auto answer = partition::solveMilp(problem, walk, 60);
    if (!answer)
      FAIL(llvm::toString(answer.takeError()));
    INFO(partition::milpText(problem, walk));
    if (answer->status == MilpAnswer::Status::Infeasible)
      continue;
    REQUIRE(answer->status == MilpAnswer::Status::Optimal);
    REQUIRE(answer->solution);
    REQUIRE(test::plainPeriod(problem, *answer->solution) == answer->solution->periodFs);
    REQUIRE(std::abs(answer->boundFs - static_cast<double>(answer->solution->periodFs)) < 0.01);
    least = std::min(least.value_or(INT64_MAX), answer->solution->periodFs);
  }
  return least;
}

} // namespace

TEST_CASE("the partitioning problem as a mixed integer program has the optimum of all plans") {
  if (!isWanted())
    return;
  const char *more = std::getenv("BRAID_MILP_PROBLEMS");
  const int problems = more ? std::atoi(more) : 60;
  int programs = 0, feasible = 0;
  for (int seed = 0; seed < problems; ++seed) {
    const test::ProblemLimits limits{.layers = 5, .choices = 3, .wires = false, .teams = false};
    const Problem problem = test::randomProblem(static_cast<uint64_t>(seed), limits);
    INFO("seed " << seed << "\n" << test::problemJson(problem).dump());
    const std::optional<int64_t> best = test::bruteForce(problem);
    const std::optional<int64_t> found = leastOf(problem, programs);
    REQUIRE(found.value_or(0) == best.value_or(0));
    feasible += best.has_value();
  }
  WARN(fmt::format("{} problems, {} with a plan, {} programs", problems, feasible, programs));
  CHECK(feasible >= problems / 3);
}

TEST_CASE("the mixed integer program leaves wires out, so that its optimum is a lower bound") {
  if (!isWanted())
    return;
  int programs = 0, lower = 0;
  for (int seed = 100; seed < 130; ++seed) {
    const Problem problem =
        test::randomProblem(static_cast<uint64_t>(seed), {.layers = 4, .choices = 3, .teams = false});
    Problem wireless = problem;
    for (partition::Kind &kind : wireless.kinds)
      kind.wires = 0;
    const std::optional<int64_t> best = test::bruteForce(problem), found = leastOf(wireless, programs);
    INFO("seed " << seed);
    REQUIRE(found.value_or(INT64_MAX) <= best.value_or(INT64_MAX));
    lower += found != best;
  }
  CHECK(lower >= 1);
}
