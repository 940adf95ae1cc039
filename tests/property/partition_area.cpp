// Plans of a given period on the fewest FPGAs, with choices of little area: legal, on as few FPGAs as any,
// and nearly always of the least area that choices in the same places can have, as trying all of them shows.
#include "support/partition_judge.h"
#include "support/partition_random.h"
#include "support/partition_terms.h"

#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace braid;
using partition::Part;
using partition::Problem;
using partition::Solution;

namespace {

/// Shares of the largest die of each resource, summed up, of choices and of converters within a die; a
/// channel of memory is as much as a die.
double areaOf(const Problem &problem, const Solution &solution) {
  double sum = 0;
  for (const Part &part : solution.parts) {
    const partition::Kind &kind = problem.kinds[part.kind];
    const std::vector<int> dieOf = test::diesOf(problem, part);
    const auto add = [&](const partition::Needs &needs) {
      for (size_t r = 0; r < partition::kResources; ++r) {
        int64_t largest = 0;
        for (const partition::Die &die : kind.dies)
          largest = std::max(largest, die.capacity[r]);
        if (largest > 0)
          sum += double(needs[r]) / double(r == partition::kChannels ? 1 : largest) * kind.members;
      }
    };
    const auto choiceOf = [&](int layer) {
      return problem.tables[problem.layers[layer].tables[part.kind]][solution.choices[layer]];
    };
    for (int layer = part.begin; layer < part.end; ++layer) {
      add(choiceOf(layer).needs);
      const partition::Layer &own = problem.layers[layer];
      if (layer > part.begin && dieOf[layer] == dieOf[layer - 1] && !own.words.empty() &&
          own.words[part.kind] >= 0)
        add(problem.words[own.words[part.kind]][choiceOf(layer - 1).out][choiceOf(layer).in]);
    }
  }
  return sum;
}

/// The least of all choices in these places that make a legal plan of at most this period.
double leastArea(const Problem &problem, Solution solution, int64_t periodFs, size_t layer = 0) {
  if (layer == problem.layers.size()) {
    const auto period = test::plainPeriod(problem, solution);
    return period && *period <= periodFs ? areaOf(problem, solution) : 1e18;
  }
  const auto part = std::find_if(solution.parts.begin(), solution.parts.end(),
                                 [&](const Part &p) { return static_cast<int>(layer) < p.end; });
  double least = 1e18;
  const partition::Table &table = problem.tables[problem.layers[layer].tables[part->kind]];
  for (size_t c = 0; c < table.size(); ++c) {
    solution.choices[layer] = static_cast<int32_t>(c);
    least = std::min(least, leastArea(problem, solution, periodFs, layer + 1));
  }
  return least;
}

} // namespace

TEST_CASE("plans of a given period take few FPGAs and little of them") {
  int plans = 0, least = 0, smaller = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    INFO("seed " << seed);
    const Problem problem = test::randomProblem(seed, {.layers = 5, .choices = 5, .fpgas = 3, .dies = 2});
    const partition::Answer fastest = partition::solve(problem, {.certify = false});
    if (!fastest.solution)
      continue;
    for (int64_t times : {2, 3, 6}) {
      const int64_t atMostFs = fastest.solution->periodFs / 2 * times;
      const partition::Answer any =
          partition::solve(problem, {.atMostFs = atMostFs, .isAnyPeriod = true, .certify = false});
      const partition::Answer modest = partition::solve(
          problem, {.atMostFs = atMostFs, .isAnyPeriod = true, .isLeastArea = true, .certify = false});
      REQUIRE(any.solution.has_value() == modest.solution.has_value());
      if (!modest.solution)
        continue;
      REQUIRE(fpgasOf(*modest.solution) <= fpgasOf(*any.solution));
      const auto period = test::plainPeriod(problem, *modest.solution);
      REQUIRE(period);
      REQUIRE(*period == modest.solution->periodFs);
      REQUIRE(*period <= atMostFs);
      const double own = areaOf(problem, *modest.solution),
                   all = leastArea(problem, *modest.solution, atMostFs);
      REQUIRE(own >= all * (1 - 1e-9));
      ++plans;
      least += own <= all * (1 + 1e-3) + 1e-9; // weights are whole numbers
      smaller += own < areaOf(problem, *any.solution) * (1 - 1e-3);
    }
  }
  INFO(fmt::format("{} plans, {} of least area, {} smaller than any", plans, least, smaller));
  CHECK(plans >= 1500);
  CHECK(least * 100 >= plans * 99);
  CHECK(smaller * 100 >= plans * 15);
}
