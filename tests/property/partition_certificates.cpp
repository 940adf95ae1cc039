// The checker of certificates, tools/check_certificate.py, against everything that is no proof. Certificates
// of random small problems, found by trying everything, hold; then they, their plans and their problems are
// changed at random. What the checker still accepts must be true by trying everything: no bound at or above
// the least period, no plan of another period than it claims, no fact about an FPGA that has a way round it.
#include "support/networks.h"
#include "support/partition_anywhere.h"
#include "support/partition_brute.h"
#include "support/partition_fact.h"
#include "support/partition_json.h"
#include "support/partition_judge.h"
#include "support/partition_proof.h"
#include "support/partition_random.h"
#include "support/verdicts.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

using namespace braid;
using nlohmann::json;
using partition::Problem;

namespace {

/// What is true of a problem.
struct Truth {
  std::optional<partition::Solution> best;
  test::LeastAnywhere anywhere;
};

Truth truthOf(const Problem &problem) {
  return {test::bruteForceSolution(problem), test::bruteForceAnywhere(problem)};
}

/// What is false about a certificate; empty if nothing is.
std::string falsehood(const Problem &problem, const Truth &truth, const json &certificate) {
  const int64_t infeasible = certificate["infeasible_fs"];
  if (truth.best && infeasible >= truth.best->periodFs)
    return "the bound";
  if (infeasible)
    for (const json &proof : certificate["proofs"])
      if (!test::isFactTrue(problem, infeasible, proof))
        return "the proof " + proof.dump();
  if (certificate.contains("anywhere") && truth.anywhere.isKnown && truth.anywhere.periodFs &&
      certificate["anywhere"]["infeasible_fs"] >= *truth.anywhere.periodFs)
    return "the bound on all placements";
  if (!certificate.contains("plan"))
    return "";
  const partition::Solution solution = test::planOf(certificate["plan"]);
  return test::plainPeriod(problem, solution) == solution.periodFs ? "" : "the plan";
}

/// Every value inside a value, itself too.
void collect(json &value, std::vector<json *> &all) {
  all.push_back(&value);
  if (value.is_structured())
    for (json &inner : value)
      collect(inner, all);
}

/// Changes one value somewhere.
void mutate(json &file, test::Random &random) {
  std::vector<json *> all;
  collect(file, all);
  const auto any = [&](auto &list) -> auto & { return list[random() % list.size()]; };
  json &value = *any(all);
  const auto kind = random() % 6;
  if (value.is_number_integer()) {
    const int64_t n = value;
    const int64_t others[] = {n + 1, n - 1, 0, n * 2, -n, test::draw(random, 0, 12)};
    value = others[kind];
  } else if (value.is_boolean()) {
    value = !value.get<bool>();
  } else if (value.is_array() && !value.empty()) {
    json &one = any(value), &other = any(value);
    if (kind == 0)
      value.erase(value.begin() + static_cast<long>(random() % value.size()));
    else if (kind == 1)
      value.push_back(json(one));
    else if (kind == 2)
      std::swap(one, other);
    else if (kind == 3)
      one = json(other);
    else if (kind == 4)
      value = json::array();
    else
      std::sort(value.begin(), value.end());
  } else if (value.is_object() && !value.empty()) {
    if (value.contains("in") && kind < 3) {
      std::swap(value["in"], value["out"]);
    } else if (value.contains("in") && kind < 5) {
      value = json(value["in"]);
    } else if (value.contains("from") && value.contains("to") && kind < 5) {
      const int64_t by[] = {1, -1};
      json &end = value[kind % 2 ? "from" : "to"];
      end = end.get<int64_t>() + by[random() % 2];
    } else {
      auto gone = value.begin();
      std::advance(gone, random() % value.size());
      value.erase(gone);
    }
  }
}

/// Changes one number of a problem.
void mutateNumber(Problem &p, test::Random &random) {
  const auto any = [&](auto &list) -> auto & { return list[random() % list.size()]; };
  const auto less = [&](int64_t &n) { n = std::max<int64_t>(0, n - test::draw(random, 1, 3)); };
  const auto more = [&](int64_t &n) { n += test::draw(random, 1, 3); };
  auto &kind = any(p.kinds);
  auto &layer = any(p.layers);
  if (p.tables.empty())
    return;
  auto &choice = any(any(p.tables));
  switch (random() % 23) {
  case 21:
    kind.members = kind.of < 0 ? 1 : 5 - kind.members;
    return;
  case 0:
    return less(any(any(kind.dies).capacity));
  case 1:
    return more(any(any(kind.dies).capacity));
  case 2:
    return less(any(choice.needs));
  case 3:
    return more(any(choice.needs));
  case 4:
    choice.cycles = std::max<int64_t>(1, choice.cycles - test::draw(random, 1, 3));
    return;
  case 5:
    return more(choice.cycles);
  case 6:
    kind.wires = kind.wires ? kind.wires + test::draw(random, 0, 6) : 0;
    return;
  case 7:
    kind.wires = kind.wires ? std::max<int64_t>(1, kind.wires - 2) : 8;
    return;
  case 8:
    return less(any(kind.stack));
  case 9:
    kind.hasPortPerSide = !kind.hasPortPerSide;
    return;
  case 10:
    kind.hostSharesPort = !kind.hostSharesPort;
    return;
  case 11:
    kind.portDie = static_cast<int>(random() % kind.dies.size());
    return;
  case 12:
    layer.die = -1;
    return;
  case 13:
    layer.staysWithLast = !layer.staysWithLast;
    return;
  case 14:
    p.hops = !p.hops;
    return;
  case 15:
    p.fewestFpgas = 1;
    return;
  case 16:
    p.mostFpgas = static_cast<int>(p.fpgas.size());
    return;
  case 17:
    p.walks.clear();
    return;
  case 18:
    layer.words.clear();
    return;
  case 19:
    kind.cycleFs = std::max<int64_t>(1, kind.cycleFs - 1);
    return;
  case 20:
    any(p.fpgas).kind = static_cast<int>(random() % p.kinds.size());
    return;
  default:
    break;
  }
  if (p.streams.empty())
    return;
  auto &stream = any(p.streams);
  auto &ends = any(stream.ends);
  switch (random() % 14) {
  case 8:
    return less(ends.receiveFs);
  case 9:
    return less(ends.hostFs);
  case 10:
    return less(any(ends.made.needs));
  case 11:
    return less(any(ends.inside.needs));
  case 12:
    return less(ends.made.inFs);
  case 13:
    return less(ends.inside.outFs);
  case 0:
    return less(stream.linkFs);
  case 1:
    return less(stream.hostFs);
  case 2:
    return less(ends.cycles);
  case 3:
    return less(any(ends.send));
  case 4:
    return less(any(ends.receive));
  case 5:
    return less(any(ends.toHost));
  case 6:
    stream.to.resize(1);
    return;
  default:
    stream.elementBits = 1;
    return;
  }
}

/// Changes one number of a problem, so that it stays one.
void mutate(Problem &p, test::Random &random) {
  Problem changed = p;
  mutateNumber(changed, random);
  // A team's FPGAs are what they are by themselves.
  for (partition::Kind &team : changed.kinds)
    if (team.of >= 0) {
      partition::Kind each = changed.kind(team.of);
      each.name = team.name;
      each.of = team.of;
      each.members = team.members;
      each.takesTurns = team.takesTurns;
      team = std::move(each);
    }
  if (llvm::Error fault = changed.check())
    llvm::consumeError(std::move(fault));
  else
    p = std::move(changed);
}

} // namespace

TEST_CASE("the checker of certificates accepts proofs and nothing that is false") {
  const char *more = std::getenv("BRAID_CERTIFICATE_PROBLEMS");
  const int problems = more ? std::atoi(more) : 200;
  int proved = 0, complete = 0, anywheres = 0, files = 0, kept = 0, worlds = 0, keptWorlds = 0, hidden = 0;
  // What is found out about each certificate when the checker has spoken.
  struct Case {
    std::shared_ptr<const Problem> problem;
    std::shared_ptr<const Truth> truth;
    json certificate;
    enum { Right, Changed, OtherProblem } what;
    bool isBest; ///< No plan is faster
  };
  std::vector<Case> cases;
  test::Verdicts verdicts;
  const auto add = [&](Case one) {
    verdicts.add(one.certificate);
    cases.push_back(std::move(one));
  };
  for (int seed = 0; seed < problems; ++seed) {
    test::Random random(static_cast<uint64_t>(seed) + 1000);
    const test::ProblemLimits limits{.layers = 5, .choices = 3};
    const auto problem =
        std::make_shared<const Problem>(test::randomProblem(static_cast<uint64_t>(seed), limits));
    const auto truth = std::make_shared<const Truth>(truthOf(*problem));
    const int64_t least = truth->best ? truth->best->periodFs : 100000;
    INFO("seed " << seed << "\n" << test::problemJson(*problem).dump());
    // The largest period that can be proved too short.
    std::optional<json> proof;
    int64_t low = 0;
    for (int64_t high = least; high - low > 1;) {
      const int64_t middle = low + (proof || low ? (high - low) / 2 : high - low - 1);
      if (auto found = test::proveByAll(*problem, middle, static_cast<uint64_t>(seed))) {
        proof = std::move(found);
        low = middle;
      } else {
        high = middle;
      }
    }
    REQUIRE(!(truth->best && test::proveByAll(*problem, least, 1)));
    json certificate = proof ? *proof : json{{"infeasible_fs", 0}};
    certificate["schema"] = "braid-certificate-1";
    if (truth->best)
      certificate["plan"] = test::planJson(*truth->best);
    if (const auto anywhere = test::proveAnywhereByAll(*problem, least - 1, static_cast<uint64_t>(seed))) {
      certificate["anywhere"] = *anywhere;
      ++anywheres;
    }
    verdicts.setProblem(test::problemJson(*problem));
    add({problem, truth, certificate, Case::Right, low == least - 1});
    proved += proof.has_value();
    complete += low == least - 1;
    // Changed certificates of the same problem. Half of them claim what is false to begin with.
    for (int i = 0; i < 120; ++i) {
      json changed = certificate;
      if (i % 2)
        changed["infeasible_fs"] = truth->best ? least : low + test::draw(random, 1, 9);
      if (i % 4 == 1)
        changed.erase("plan"); // Else the plan alone contradicts the bound
      if (i % 8 > 5 && changed.contains("anywhere") && truth->anywhere.periodFs)
        changed["anywhere"]["infeasible_fs"] = *truth->anywhere.periodFs;
      for (int64_t times = test::draw(random, i % 2 ? 0 : 1, 3); times > 0; --times)
        mutate(changed, random);
      ++files;
      add({problem, truth, std::move(changed), Case::Changed, false});
    }
    // The same certificate for a changed problem.
    for (int i = 0; i < 25; ++i) {
      auto changed = std::make_shared<Problem>(*problem);
      for (int64_t times = test::draw(random, 1, 2); times > 0; --times)
        mutate(*changed, random);
      json claims = certificate;
      if (i % 2)
        claims.erase("plan");
      ++worlds;
      const auto now = std::make_shared<const Truth>(truthOf(*changed));
      hidden += now->best && now->best->periodFs <= low;
      verdicts.setProblem(test::problemJson(*changed));
      add({changed, now, std::move(claims), Case::OtherProblem, false});
    }
  }
  const std::vector<std::string> said = verdicts.judge();
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &one = cases[i];
    const bool isRight = one.what == Case::Right;
    if (!isRight && !test::isAccepted(said[i]))
      continue;
    INFO(said[i] << "\n" << test::problemJson(*one.problem).dump() << "\n" << one.certificate.dump());
    REQUIRE(test::isAccepted(said[i]));
    REQUIRE(falsehood(*one.problem, *one.truth, one.certificate) == "");
    kept += one.what == Case::Changed;
    keptWorlds += one.what == Case::OtherProblem;
    if (isRight && one.truth->best)
      REQUIRE((said[i].substr(0, said[i].find("; any placement")).find("proven optimal") !=
               std::string::npos) == one.isBest);
  }
  WARN(fmt::format(
      "{} problems, {} with a bound, {} with the best, {} with one on all placements; of {} changed "
      "certificates {} still hold, of {} changed problems ({} with a better plan) {}",
      problems, proved, complete, anywheres, files, kept, worlds, hidden, keptWorlds));
  CHECK(complete >= problems / 2);
  CHECK(anywheres >= problems / 4);
  CHECK(kept >= files / 50);
  CHECK(hidden >= worlds / 100);
}
