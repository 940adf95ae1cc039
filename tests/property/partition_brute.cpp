// The partitioning solver against every legal plan of random small problems; and that those problems are good
// ones: most have plans, all features occur, and each feature decides the least period of some.
#include "support/partition_brute.h"
#include "support/partition_anywhere.h"
#include "support/partition_json.h"
#include "support/partition_judge.h"
#include "support/partition_random.h"
#include "support/verdicts.h"

#include "braid/partition/files.h"
#include "braid/partition/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>

using namespace braid;
using partition::Problem;

namespace {

std::string show(const std::optional<int64_t> &period) { return period ? std::to_string(*period) : "none"; }

std::string show(const test::Counts &counts) {
  std::string all;
  for (const auto &[name, count] : counts)
    all += fmt::format("\n{:>6} {}", count, name);
  return all;
}

/// Ways to take one thing out of a problem.
const std::map<std::string, std::function<void(Problem &)>> &removals() {
  using partition::Needs;
  static const auto eachKind = [](auto change) {
    return [change](Problem &p) { std::for_each(p.kinds.begin(), p.kinds.end(), change); };
  };
  static const auto eachLayer = [](auto change) {
    return [change](Problem &p) { std::for_each(p.layers.begin(), p.layers.end(), change); };
  };
  static const auto eachStream = [](auto change) {
    return [change](Problem &p) { std::for_each(p.streams.begin(), p.streams.end(), change); };
  };
  static const auto eachEnds = [](auto change) {
    return eachStream(
        [change](partition::Stream &s) { std::for_each(s.ends.begin(), s.ends.end(), change); });
  };
  static const std::map<std::string, std::function<void(Problem &)>> all{
      {"wires", eachKind([](auto &k) { k.wires = 0; })},
      {"stack", eachKind([](auto &k) { k.stack = {}; })},
      {"port per side", eachKind([](auto &k) { k.hasPortPerSide = false; })},
      {"host shares port", eachKind([](auto &k) { k.hostSharesPort = false; })},
      {"port's die", eachKind([](auto &k) { k.portDie = 0; })},
      {"host's die", eachKind([](auto &k) { k.hostDie = 0; })},
      {"walks", [](Problem &p) { p.walks.clear(); }},
      {"hops", [](Problem &p) { p.hops = false; }},
      {"fewest", [](Problem &p) { p.fewestFpgas = 1; }},
      {"most", [](Problem &p) { p.mostFpgas = static_cast<int>(p.fpgas.size()); }},
      {"converters", eachLayer([](auto &l) { l.words.clear(); })},
      {"pinned die", eachLayer([](auto &l) { l.die = -1; })},
      {"stays with last", eachLayer([](auto &l) { l.staysWithLast = false; })},
      {"link time", eachStream([](auto &s) { s.linkFs = 0; })},
      {"host time", eachStream([](auto &s) { s.hostFs = 0; })},
      {"movers", eachEnds([](auto &e) { e.cycles = 0; })},
      {"send", eachEnds([](auto &e) { e.send = {}; })},
      {"receive", eachEnds([](auto &e) { e.receive = {}; })},
      {"from host", eachEnds([](auto &e) { e.fromHost = {}; })},
      {"to host", eachEnds([](auto &e) { e.toHost = {}; })},
      {"exchanges", eachEnds([](auto &e) { e.made = e.inside = {}; })},
      {"slices", [](Problem &p) { p = test::withoutTeams(p, false); }},
      {"turns", [](Problem &p) { p = test::withoutTeams(p, true); }},
      {"all readers but one", eachStream([](auto &s) { s.to.resize(1); })},
  };
  return all;
}

} // namespace

TEST_CASE("random partitioning problems: most have plans, and all that a problem may have decides some") {
  test::Counts features, binding, decided;
  int feasible = 0, tried = 0, skipped = 0;
  constexpr int kProblems = 2500;
  for (int seed = 0; seed < kProblems; ++seed) {
    const Problem problem = test::randomProblem(static_cast<uint64_t>(seed));
    test::countFeatures(problem, features);
    const std::optional<partition::Solution> best = test::bruteForceSolution(problem);
    feasible += best.has_value();
    INFO("seed " << seed);
    if (best) {
      REQUIRE(test::plainPeriod(problem, *best) == best->periodFs);
      for (const std::string &term : test::whatBinds(problem, *best))
        ++binding[term];
      ++features[fmt::format("best in {} parts", std::min<size_t>(best->parts.size(), 3))]; // 3 or more
      // Layers alone, anywhere, are never slower.
      if (seed % 4 == 0) {
        const test::LeastAnywhere anywhere = test::bruteForceAnywhere(problem);
        ++(anywhere.isKnown ? tried : skipped);
        if (anywhere.isKnown)
          REQUIRE(anywhere.periodFs.value_or(INT64_MAX) <= best->periodFs);
      }
    }
    const int64_t period = best ? best->periodFs : 0;
    for (const auto &[name, remove] : removals()) {
      Problem changed = problem;
      remove(changed);
      decided[name] += test::bruteForce(changed).value_or(0) != period;
    }
  }
  WARN(fmt::format("{} of {} have a plan, {} compared with all placements, {} have too many\n"
                   "features:{}\nthe period is that of:{}\nof {}, decided by:{}",
                   feasible, kProblems, tried, skipped, show(features), show(binding), kProblems,
                   show(decided)));
  CHECK(skipped <= tried / 20);
  CHECK(decided["slices"] >= 100);
  CHECK(decided["turns"] >= 150);
  CHECK(feasible >= kProblems * 60 / 100);
  CHECK(feasible <= kProblems * 85 / 100);
  for (const auto &[name, count] : features) {
    INFO(name);
    CHECK(count >= kProblems / 40);
  }
  for (const auto &[name, count] : binding) {
    INFO(name);
    CHECK(count >= kProblems / 40);
  }
  for (const auto &[name, count] : decided) {
    INFO(name);
    CHECK(count >= 5);
  }
}

TEST_CASE("the partitioning solver finds the least period of all plans, and its certificates hold") {
  const char *more = std::getenv("BRAID_PARTITION_PROBLEMS");
  const int problems = more ? std::atoi(more) : 2000;
  int feasible = 0, proven = 0, anywhere = 0, slices = 0, turns = 0, skipped = 0;
  test::Verdicts verdicts;
  for (int seed = 0; seed < problems; ++seed) {
    const Problem problem = test::randomProblem(static_cast<uint64_t>(seed));
    const std::optional<int64_t> best = test::bruteForce(problem);
    const partition::Answer answer = partition::solve(problem);
    const partition::Certificate &certificate = answer.certificate;
    INFO("seed " << seed << ", least period " << show(best) << "\n" << test::problemJson(problem).dump());
    REQUIRE(answer.solution.has_value() == best.has_value());
    if (best) {
      REQUIRE(test::plainPeriod(problem, *answer.solution) == answer.solution->periodFs);
      REQUIRE(answer.solution->periodFs == *best);
      REQUIRE(certificate.infeasibleFs < *best);
      ++feasible;
      const auto some = [&](auto is) {
        const auto &parts = answer.solution->parts;
        return std::any_of(parts.begin(), parts.end(),
                           [&](const auto &p) { return is(problem.kind(p.kind)); });
      };
      slices += some([](const partition::Kind &k) { return k.of >= 0 && !k.takesTurns; });
      turns += some([](const partition::Kind &k) { return k.takesTurns; });
    }
    proven += answer.isProven();
    const test::LeastAnywhere least = test::bruteForceAnywhere(problem);
    skipped += !least.isKnown;
    if (least.isKnown && least.periodFs) {
      REQUIRE(certificate.anywhereFs < *least.periodFs);
      anywhere += certificate.anywhereFs > 0;
    }
    // What is written is the same problem; and is accepted, below.
    const nlohmann::json file = nlohmann::json::parse(partition::toJson(problem));
    REQUIRE(file == test::problemJson(problem));
    nlohmann::json claims =
        nlohmann::json::parse(partition::toJson(answer.solution ? &*answer.solution : nullptr, certificate));
    verdicts.setProblem(file);
    verdicts.add(claims);
  }
  const std::vector<std::string> said = verdicts.judge();
  for (size_t seed = 0; seed < said.size(); ++seed) {
    INFO("seed " << seed << ": " << said[seed]);
    REQUIRE(test::isAccepted(said[seed]));
  }
  WARN(fmt::format(
      "{} problems, {} with a plan ({} with slices, {} with turns), {} proven, {} with a bound on "
      "all placements, {} with too many placements to try",
      problems, feasible, slices, turns, proven, anywhere, skipped));
  CHECK(skipped <= problems / 50);
  CHECK(slices >= problems / 20);
  CHECK(turns >= problems / 20);
  CHECK(anywhere >= problems / 5);
  CHECK(proven >= problems * 9 / 10);
}
