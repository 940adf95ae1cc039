// Channels of memory: choices take them where that makes a plan possible or faster, and no other choices do.
#include "support/partition_judge.h"
#include "support/partition_random.h"
#include "support/partition_terms.h"

#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace braid;
using partition::kChannels;
using partition::Problem;
using partition::Solution;

namespace {

bool offersChannels(const Problem &problem) {
  return std::any_of(problem.tables.begin(), problem.tables.end(), [](const partition::Table &table) {
    return std::any_of(table.begin(), table.end(), [](const auto &c) { return c.needs[kChannels] > 0; });
  });
}

bool streamsTakeChannels(const Problem &problem) {
  return std::any_of(problem.streams.begin(), problem.streams.end(), [](const partition::Stream &stream) {
    return std::any_of(stream.ends.begin(), stream.ends.end(), [](const auto &ends) {
      return ends.fromHost[kChannels] + ends.toHost[kChannels] > 0;
    });
  });
}

/// Of all choices of a plan.
int64_t channelsOf(const Problem &problem, const Solution &solution) {
  int64_t sum = 0;
  for (const partition::Part &part : solution.parts)
    for (int layer = part.begin; layer < part.end; ++layer)
      sum += problem.table(layer, part.kind)[static_cast<size_t>(solution.choices[layer])].needs[kChannels];
  return sum;
}

/// The same without the choices that take channels; layers keep a choice, one that nothing holds.
Problem withoutChannels(Problem problem) {
  for (partition::Table &table : problem.tables)
    for (partition::Choice &choice : table)
      if (choice.needs[kChannels] > 0)
        choice.needs.fill(int64_t{1} << 40);
  return problem;
}

} // namespace

TEST_CASE("plans take channels of memory only where they gain by them") {
  int same = 0, faster = 0, possible = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    INFO("seed " << seed);
    const Problem problem = test::randomProblem(seed, {.layers = 5, .choices = 3, .fpgas = 3, .dies = 2});
    if (!offersChannels(problem) || streamsTakeChannels(problem))
      continue;
    const partition::Answer answer = partition::solve(problem, {.certify = false}),
                            without = partition::solve(withoutChannels(problem), {.certify = false});
    REQUIRE((answer.solution || !without.solution));
    if (!answer.solution)
      continue;
    REQUIRE(test::plainPeriod(problem, *answer.solution) == answer.solution->periodFs);
    const int64_t taken = channelsOf(problem, *answer.solution);
    if (!without.solution) {
      CHECK(taken > 0);
      ++possible;
    } else if (without.solution->periodFs > answer.solution->periodFs) {
      CHECK(taken > 0);
      ++faster;
    } else {
      CHECK(without.solution->periodFs == answer.solution->periodFs);
      CHECK(taken == 0);
      ++same;
    }
  }
  INFO(fmt::format("{} as fast without, {} faster, {} possible", same, faster, possible));
  CHECK(same >= 100);
  CHECK(faster >= 10);
  CHECK(possible >= 20);
}
