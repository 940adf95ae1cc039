// Choices in whose place others may stand, whatever their neighbours: problems with and without them have the
// same least period, none of them is kept, and proofs that leave them out are accepted all the same.
#include "support/networks.h"
#include "support/partition_json.h"
#include "support/partition_random.h"
#include "support/verdicts.h"

#include "braid/partition/files.h"
#include "braid/partition/solve.h"
#include "braid/partition/substitutes.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace braid;
using partition::Problem;

namespace {

/// The same, and every choice once more: with words of other choices, and as much more of each resource as
/// two converters take at most.
Problem withCovered(Problem problem) {
  partition::Needs most = {};
  for (const partition::Words &words : problem.words)
    for (const auto &row : words)
      for (const partition::Needs &needs : row)
        for (size_t r = 0; r < partition::kResources; ++r)
          most[r] = std::max(most[r], needs[r]);
  for (partition::Table &table : problem.tables) {
    const size_t own = table.size();
    for (size_t c = 0; c < own; ++c) {
      partition::Choice more = table[c];
      more.in = table[(c + 1) % own].in, more.out = table[(c + own / 2) % own].out;
      for (size_t r = 0; r < partition::kResources; ++r)
        more.needs[r] += 2 * most[r];
      table.push_back(more);
    }
  }
  return problem;
}

/// One FPGA of one die: each layer takes so much of LUTs or as much of FFs, half of the layers fit as the one
/// and half as the other, but their number is odd. No weights show that; all fit that take ten times as long.
Problem odd(test::Random &random) {
  Problem out;
  const int64_t each = test::draw(random, 4, 9), layers = 1 + 2 * test::draw(random, 1, 3);
  const int64_t room = test::draw(random, (layers * each + 1) / 2, (layers + 1) / 2 * each - 1);
  partition::Kind kind;
  kind.name = "kind", kind.dies = {{"die", {room, room, 9, 9, 9}}};
  out.kinds = {kind};
  out.fpgas = {{"fpga", 0}};
  out.tables = {{{1, {each, 0, 0, 0, 0}, 0, 0}, {1, {0, each, 0, 0, 0}, 1, 1}, {10, {}, 0, 1}}};
  out.words = {{{{}, {0, 0, 1, 0, 0}}, {{0, 0, 1, 0, 0}, {}}}};
  for (int64_t i = 0; i < layers; ++i) {
    partition::Layer layer;
    layer.name = "layer" + std::to_string(i);
    layer.tables = {0}, layer.words = {i > 0 ? 0 : -1};
    out.layers.push_back(layer);
  }
  REQUIRE_FALSE(static_cast<bool>(out.check()));
  return out;
}

/// Branches of a tree, and those of them that speak of choices from `own` on, of the layer's table.
void count(const partition::Tree &tree, const Problem &problem, size_t kind, const Problem &plain,
           int &branches, int &covered) {
  if (tree.layer < 0)
    return;
  const auto own = static_cast<int32_t>(plain.table(tree.layer, static_cast<int>(kind)).size());
  ++branches;
  covered += std::any_of(tree.of.begin(), tree.of.end(), [&](int32_t row) { return row >= own; });
  count(*tree.in, problem, kind, plain, branches, covered);
  count(*tree.out, problem, kind, plain, branches, covered);
}

} // namespace

TEST_CASE("choices in whose place others may stand decide nothing, and proofs speak of them") {
  int branches = 0, covered = 0;
  test::Verdicts verdicts;
  test::Random random(91);
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const test::ProblemLimits limits{
        .layers = 8, .choices = 6, .fpgas = 2, .dies = 2, .wires = false, .teams = false};
    const Problem plain = seed % 2 ? odd(random) : test::randomProblem(seed, limits),
                  problem = withCovered(plain);
    INFO("seed " << seed);
    partition::Substitutes substitutes(problem);
    for (size_t table = 0; table < problem.tables.size(); ++table)
      for (size_t row : substitutes.isUsed(static_cast<int>(table))
                            ? substitutes.kept(static_cast<int>(table))
                            : std::vector<size_t>())
        REQUIRE(row < plain.tables[table].size());
    const partition::Answer with = partition::solve(problem), without = partition::solve(plain);
    REQUIRE(with.solution.has_value() == without.solution.has_value());
    if (with.solution)
      REQUIRE(with.solution->periodFs == without.solution->periodFs);
    CHECK(with.certificate.infeasibleFs == without.certificate.infeasibleFs);
    for (const auto &proof : with.certificate.proofs)
      for (const auto *steps : {&proof.first, &proof.last})
        for (const auto &step : *steps)
          if (step.tree)
            count(*step.tree, problem, static_cast<size_t>(proof.kind), plain, branches, covered);
    verdicts.setProblem(test::problemJson(problem));
    nlohmann::json claims =
        nlohmann::json::parse(partition::toJson(with.solution ? &*with.solution : nullptr, with.certificate));
    verdicts.add(claims);
  }
  const std::vector<std::string> said = verdicts.judge();
  for (size_t seed = 0; seed < said.size(); ++seed) {
    INFO("seed " << seed << ": " << said[seed]);
    CHECK(test::isAccepted(said[seed]));
  }
  INFO(branches << " branches, " << covered << " that speak of choices that others cover");
  CHECK(covered > 10);
}
