// Of the plans of the solver's period and number of FPGAs, none that has lower hop cost is legal: every
// cheaper one is tried, for random small problems. The cost is counted here by itself.
#include "support/partition_brute.h"
#include "support/partition_judge.h"
#include "support/partition_random.h"
#include "support/partition_terms.h"

#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace braid;
using partition::Part;
using partition::Problem;
using partition::Solution;

namespace {

/// Of streams from layers to layers: 10 at each cut that one passes, 1 at each boundary of dies between two
/// of its places.
int64_t costOf(const Problem &problem, const std::vector<Part> &parts) {
  int64_t cost = 0;
  for (const Part &part : parts) {
    const partition::Kind &kind = problem.kinds[part.kind];
    const std::vector<int> dieOf = test::diesOf(problem, part);
    for (const partition::Stream &stream : problem.streams) {
      const auto isHere = [&](int layer) { return layer >= part.begin && layer < part.end; };
      bool takesHere = false, takesBehind = false;
      for (int to : stream.to) {
        takesHere |= isHere(to);
        takesBehind |= to >= part.end && to < problem.cuts();
      }
      if (stream.from < 0)
        continue;
      const bool isBefore = stream.from < part.begin;
      if (stream.from < part.end && takesBehind)
        cost += 10;
      std::set<int> places;
      if (isHere(stream.from))
        places.insert(dieOf[stream.from]);
      for (int to : stream.to)
        if (isHere(to))
          places.insert(dieOf[to]);
      if ((isBefore && (takesHere || (problem.hops && takesBehind))) || (isHere(stream.from) && takesBehind))
        places.insert(kind.portDie);
      if (!places.empty())
        cost += (*places.rbegin() - *places.begin()) * kind.members;
    }
  }
  return cost;
}

/// Whether some choices make a plan with these parts legal and as fast.
bool isLegal(const Problem &problem, Solution solution, int64_t periodFs, size_t layer = 0) {
  if (layer == problem.layers.size()) {
    const auto period = test::plainPeriod(problem, solution);
    return period && *period <= periodFs;
  }
  const auto part = std::find_if(solution.parts.begin(), solution.parts.end(),
                                 [&](const Part &p) { return static_cast<int>(layer) < p.end; });
  const int table = problem.layers[layer].tables[part->kind];
  for (size_t c = 0; table >= 0 && c < problem.tables[table].size(); ++c) {
    solution.choices[layer] = static_cast<int32_t>(c);
    if (test::cyclesFs(problem.kinds[part->kind], problem.tables[table][c].cycles) <= periodFs &&
        isLegal(problem, solution, periodFs, layer + 1))
      return true;
  }
  return false;
}

/// Every way to cut, walk and fill dies; parts are added from the first on.
struct Cheaper {
  const Problem &problem;
  const Solution &best;
  int64_t cost;
  int fpgas;
  int64_t tried = 0;

  bool exists() {
    for (const std::vector<test::Crew> &walk : test::allWalks(problem)) {
      int used = 0;
      for (const test::Crew &crew : walk)
        used += static_cast<int>(crew.fpgas.size());
      Solution solution{0, {}, std::vector<int32_t>(problem.layers.size())};
      if (used <= fpgas && static_cast<int>(walk.size()) <= problem.cuts() && more(walk, solution))
        return true;
    }
    return false;
  }
  bool more(const std::vector<test::Crew> &walk, Solution &solution) {
    const size_t q = solution.parts.size();
    const int begin = q == 0 ? 0 : solution.parts.back().end;
    if (q == walk.size()) {
      if (begin != problem.cuts() || costOf(problem, solution.parts) >= cost)
        return false;
      ++tried;
      return isLegal(problem, solution, best.periodFs);
    }
    for (int end = begin + 1; end <= problem.cuts(); ++end)
      for (bool fromLast : {false, true}) {
        if (!problem.isCut(end) || (q + 1 == walk.size() && end != problem.cuts()))
          continue;
        solution.parts.push_back({walk[q].kind, walk[q].fpgas, begin, end, fromLast, {}});
        if (dies(walk, solution))
          return true;
        solution.parts.pop_back();
      }
    return false;
  }
  bool dies(const std::vector<test::Crew> &walk, Solution &solution) {
    const size_t q = solution.parts.size() - 1;
    const size_t count = problem.kinds[solution.parts[q].kind].dies.size();
    if (solution.parts[q].ends.size() == count)
      return more(walk, solution);
    const int at = solution.parts[q].ends.empty() ? solution.parts[q].begin : solution.parts[q].ends.back();
    const bool isLast = solution.parts[q].ends.size() + 1 == count;
    for (int end = isLast ? solution.parts[q].end : at; end <= solution.parts[q].end; ++end) {
      solution.parts[q].ends.push_back(end);
      if (dies(walk, solution))
        return true;
      solution.parts[q].ends.pop_back();
    }
    return false;
  }
};

} // namespace

TEST_CASE("no plan of the same period and number of FPGAs has a lower hop cost") {
  const char *more = std::getenv("BRAID_PARTITION_PROBLEMS");
  const int problems = more ? std::atoi(more) : 300;
  int feasible = 0, cuts = 0;
  int64_t tried = 0;
  for (int seed = 0; seed < problems; ++seed) {
    const Problem problem =
        test::randomProblem(static_cast<uint64_t>(seed), {.layers = 5, .choices = 3, .fpgas = 3, .dies = 3});
    // Nothing is said of plans that take channels of memory for fewer hops alone: none is taken for that.
    if (std::any_of(problem.tables.begin(), problem.tables.end(), [](const partition::Table &table) {
          return std::any_of(table.begin(), table.end(),
                             [](const auto &choice) { return choice.needs[partition::kChannels] > 0; });
        }))
      continue;
    partition::SolveOptions options;
    options.certify = false;
    const partition::Answer answer = partition::solve(problem, options);
    if (!answer.solution)
      continue;
    ++feasible;
    cuts += answer.solution->parts.size() > 1;
    const int64_t cost = costOf(problem, answer.solution->parts);
    INFO("seed " << seed << ", hop cost " << cost);
    Cheaper cheaper{problem, *answer.solution, cost, fpgasOf(*answer.solution)};
    const bool isThere = cheaper.exists();
    tried += cheaper.tried;
    CHECK_FALSE(isThere);
  }
  WARN(fmt::format("{} problems with a plan, {} of several parts; {} cheaper ways tried", feasible, cuts,
                   tried));
  CHECK(cuts >= problems / 5);
  CHECK(tried >= problems);
}
