// Choices that let a frame through sooner: in the same places, of no longer a period, on dies no fuller than
// may be, and nearly always of the least fill that is possible there, as trying all of them shows.
#include "support/networks.h"
#include "support/partition_judge.h"
#include "support/partition_random.h"

#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace braid;
using partition::Part;
using partition::Problem;
using partition::Solution;

namespace {

/// With fills that have little to do with cycles, and often are the same.
Problem withFills(Problem problem, uint64_t seed) {
  test::Random random(seed);
  for (partition::Table &table : problem.tables)
    for (partition::Choice &choice : table)
      choice.fill = test::draw(random, 0, 3) * choice.cycles / 2 + test::draw(random, 0, 20);
  return problem;
}

Problem filledTo(Problem problem, int64_t percent) {
  for (partition::Kind &kind : problem.kinds)
    for (partition::Die &die : kind.dies)
      for (int64_t &amount : die.capacity)
        amount = amount > 0 ? amount * percent / 100 : amount;
  return problem;
}

bool isLegal(const Problem &problem, const Solution &solution, int64_t periodFs) {
  const auto period = test::plainPeriod(problem, solution);
  return period && *period <= periodFs;
}

const partition::Choice &choiceOf(const Problem &problem, const Solution &solution, size_t layer) {
  for (const Part &part : solution.parts)
    if (static_cast<int>(layer) < part.end)
      return problem.table(static_cast<int>(layer), part.kind)[static_cast<size_t>(solution.choices[layer])];
  throw std::logic_error("a layer that is nowhere");
}

int64_t fillOf(const Problem &problem, const Solution &solution) {
  int64_t sum = 0;
  for (size_t layer = 0; layer < problem.layers.size(); ++layer)
    sum += choiceOf(problem, solution, layer).fill;
  return sum;
}

int64_t leastFill(const Problem &problem, Solution solution, int64_t periodFs, size_t layer = 0) {
  if (layer == problem.layers.size())
    return isLegal(problem, solution, periodFs) ? fillOf(problem, solution) : INT64_MAX;
  const auto part = std::find_if(solution.parts.begin(), solution.parts.end(),
                                 [&](const Part &p) { return static_cast<int>(layer) < p.end; });
  int64_t least = INT64_MAX;
  const size_t count = problem.table(static_cast<int>(layer), part->kind).size();
  for (size_t c = 0; c < count; ++c) {
    solution.choices[layer] = static_cast<int32_t>(c);
    least = std::min(least, leastFill(problem, solution, periodFs, layer + 1));
  }
  return least;
}

bool takesChannels(const Problem &problem) {
  return std::any_of(problem.tables.begin(), problem.tables.end(), [](const partition::Table &table) {
    return std::any_of(table.begin(), table.end(),
                       [](const auto &choice) { return choice.needs[partition::kChannels] > 0; });
  });
}

} // namespace

TEST_CASE("choices that let a frame through sooner") {
  int plans = 0, least = 0, sooner = 0, fuller = 0;
  for (uint64_t seed = 1; seed <= 1200; ++seed) {
    INFO("seed " << seed);
    const Problem problem =
        withFills(test::randomProblem(seed, {.layers = 5, .choices = 5, .fpgas = 3, .dies = 2}), seed);
    const partition::Answer fastest = partition::solve(problem, {.certify = false});
    if (!fastest.solution)
      continue;
    // So full are the dies; a percent less, and the plan fits no more.
    int64_t fullest = 1;
    while (fullest < 100 && !isLegal(filledTo(problem, fullest), *fastest.solution, INT64_MAX))
      ++fullest;
    for (int64_t percent : {int64_t{0}, int64_t{100}}) {
      Solution own = *fastest.solution;
      partition::hasten(problem, own, percent);
      const Problem within = filledTo(problem, std::max(fullest, percent));
      REQUIRE(own.parts == fastest.solution->parts);
      REQUIRE(own.periodFs <= fastest.solution->periodFs);
      REQUIRE(test::plainPeriod(within, own) == own.periodFs);
      const int64_t before = fillOf(problem, *fastest.solution), after = fillOf(problem, own);
      REQUIRE(after <= before);
      if (takesChannels(problem))
        continue;
      const int64_t all = leastFill(within, *fastest.solution, fastest.solution->periodFs);
      REQUIRE(after >= all);
      ++plans;
      least += after == all;
      sooner += after < before;
      fuller += percent == 100 && !isLegal(filledTo(problem, fullest), own, INT64_MAX);
    }
  }
  INFO(fmt::format("{} plans, {} of the least fill, {} sooner, {} fuller", plans, least, sooner, fuller));
  CHECK(plans >= 800);
  CHECK(least * 100 >= plans * 97);
  CHECK(sooner * 100 >= plans * 25);
  CHECK(fuller > 0);
}
