#include "support/partition_proof.h"

#include "support/networks.h"
#include "support/partition_fact.h"
#include "support/partition_terms.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace braid::test {

using namespace partition;
using nlohmann::json;

namespace {

/// What streams ask of layers [begin, end), with one FPGA before them and one behind.
struct Asked {
  int64_t longest;
  std::vector<Needs> charges;
};

Asked askedOf(const Problem &problem, int kind, int begin, int end) {
  const int single = memberKind(problem, kind);
  const std::vector<Span> spans{{single, 0, begin}, {kind, begin, end}, {single, end, problem.cuts()}};
  const Spot at{problem, spans, 1};
  return {largest(streamTerms(at)), streamNeeds(at)};
}

bool someTakeTurns(const Problem &problem) {
  return std::any_of(problem.kinds.begin(), problem.kinds.end(), [](const Kind &k) { return k.takesTurns; });
}

/// FPGAs that a state has used.
int usedBy(const Problem &problem, const std::vector<int> &state) {
  if (!problem.walks.empty())
    return static_cast<int>(state.size());
  return std::accumulate(state.begin(), state.begin() + static_cast<long>(problem.kinds.size()), 0);
}

/// The state after one more part; none where no walk goes on so.
std::optional<std::vector<int>> following(const Problem &problem, std::vector<int> state, int index) {
  const Kind &kind = problem.kinds[index];
  if (problem.walks.empty()) {
    const int each = memberKind(problem, index);
    state[each] += kind.members;
    if (state[each] > std::count_if(problem.fpgas.begin(), problem.fpgas.end(),
                                    [&](const Fpga &f) { return f.kind == each; }))
      return std::nullopt;
    if (kind.takesTurns && state.back() != 0 && state.back() != kind.members)
      return std::nullopt;
    if (kind.takesTurns)
      state.back() = kind.members;
  } else {
    state.push_back(index);
    const auto goesOn = [&](const std::vector<int> &walk) {
      const auto isOf = [&](int fpga, int kindOf) { return problem.fpgas[fpga].kind == kindOf; };
      return std::search(walk.begin(), walk.end(), state.begin(), state.end(), isOf) != walk.end();
    };
    if (std::none_of(problem.walks.begin(), problem.walks.end(), goesOn))
      return std::nullopt;
  }
  return usedBy(problem, state) <= problem.mostFpgas ? std::optional(state) : std::nullopt;
}

} // namespace

std::optional<json> proveByAll(const Problem &problem, int64_t period, uint64_t seed) {
  Random random(seed + 99);
  const int n = problem.cuts(), kinds = static_cast<int>(problem.kinds.size());
  json proofs = json::array();
  std::map<std::array<int, 3>, bool> known; // Kind, begin, end: whether it is impossible
  const auto isImpossible = [&](int k, int a, int b) {
    const auto [at, isNew] = known.emplace(std::array{k, a, b}, true);
    if (!isNew)
      return at->second;
    const Asked asked = askedOf(problem, k, a, b);
    bool isOver = asked.longest > period;
    for (size_t d = 0; d < asked.charges.size(); ++d)
      isOver = isOver || !fits(asked.charges[d], problem.kinds[k].dies[d].capacity);
    if (isOver)
      return true;
    // Mostly about all its layers; sometimes a shorter one does as well.
    const int from = b - a > 1 && draw(random, 0, 3) == 0 ? a + 1 : a;
    for (int begin : {from, a})
      if (auto proof = proveFact(problem, period, k, begin, b, asked.charges, random)) {
        proofs.push_back(*std::move(proof));
        return true;
      }
    return at->second = false;
  };
  std::map<std::vector<int>, std::set<int>> cutsOf;
  const int numbers = kinds + someTakeTurns(problem);
  std::vector<std::vector<int>> queue{std::vector<int>(problem.walks.empty() ? numbers : 0, 0)};
  cutsOf[queue[0]] = {0};
  // A state has used more FPGAs than all that lead to it: by their number its cuts are complete when it is
  // looked at.
  for (size_t i = 0; i < queue.size(); ++i)
    for (int k = 0; k < kinds; ++k)
      if (const auto next = following(problem, queue[i], k))
        for (int a : std::set<int>(cutsOf[queue[i]]))
          for (int b = a + 1; b <= n; ++b)
            if (problem.isCut(b) && !isImpossible(k, a, b)) {
              if (!cutsOf.contains(*next))
                queue.push_back(*next);
              cutsOf[*next].insert(b);
            }
  json states = json::array();
  for (const auto &[state, cuts] : cutsOf) {
    if (cuts.contains(n) && usedBy(problem, state) >= problem.fewestFpgas)
      return std::nullopt;
    states.push_back({{"state", state}, {"cuts", cuts}});
  }
  return json{{"infeasible_fs", period}, {"states", states}, {"proofs", proofs}};
}

std::optional<json> proveAnywhereByAll(const Problem &problem, int64_t most, uint64_t seed) {
  Random random(seed + 7);
  std::optional<json> best;
  int64_t bestPeriod = 0;
  std::vector<int> there; // Kinds that FPGAs are of, and teams of them
  for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k)
    if (std::any_of(problem.fpgas.begin(), problem.fpgas.end(),
                    [&](const Fpga &f) { return f.kind == memberKind(problem, k); }))
      there.push_back(k);
  for (int i = 0; i < 40; ++i) {
    std::vector<std::vector<Needs>> weights;
    std::vector<int64_t> rooms;
    for (const Kind &kind : problem.kinds) {
      weights.emplace_back();
      const Needs one{draw(random, 0, 1), draw(random, 0, 1), draw(random, 0, 1), draw(random, 0, 1),
                      draw(random, 0, 1)};
      for (size_t d = 0; d < kind.dies.size(); ++d) {
        weights.back().push_back(one);
        if (i % 4 == 0)
          for (int64_t &w : weights.back().back())
            w = draw(random, 0, 2);
      }
    }
    for (const Fpga &fpga : problem.fpgas) {
      rooms.push_back(0);
      for (size_t d = 0; d < problem.kinds[fpga.kind].dies.size(); ++d)
        for (size_t r = 0; r < kResources; ++r)
          rooms.back() += weights[fpga.kind][d][r] * problem.kinds[fpga.kind].dies[d].capacity[r];
    }
    std::sort(rooms.rbegin(), rooms.rend());
    int64_t room = 0;
    for (size_t f = 0; f < rooms.size() && static_cast<int>(f) < problem.mostFpgas; ++f)
      room += rooms[f];
    const auto isProof = [&](int64_t period) {
      int64_t sum = 0;
      for (int l = 0; l < problem.cuts(); ++l) {
        int64_t least = INT64_MAX;
        for (int k : there)
          for (int d = 0; d < static_cast<int>(problem.kinds[k].dies.size()); ++d)
            for (int row : rowsOn(problem, k, d, l, period)) {
              int64_t weight = 0;
              for (size_t r = 0; r < kResources; ++r)
                weight += weights[memberKind(problem, k)][d][r] * problem.table(l, k)[row].needs[r];
              least = std::min(least, problem.kinds[k].members * weight);
            }
        if (least == INT64_MAX)
          return true;
        sum += least;
      }
      return sum > room;
    };
    int64_t period = bestPeriod;
    while (period < most && isProof(period + 1))
      ++period;
    if (period > bestPeriod) {
      bestPeriod = period;
      best = json{{"infeasible_fs", period}, {"weights", weights}};
    }
  }
  return best;
}

} // namespace braid::test
