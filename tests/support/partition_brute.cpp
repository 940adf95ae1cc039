#include "support/partition_brute.h"

#include "support/partition_terms.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace braid::test {

using namespace partition;

namespace {

/// Walks along those that are given.
std::set<std::vector<Crew>> givenWalks(const Problem &problem) {
  std::set<std::vector<Crew>> all;
  for (const std::vector<int> &walk : problem.walks)
    for (size_t begin = 0; begin < walk.size(); ++begin) {
      std::vector<Crew> crews;
      for (size_t i = begin; i < walk.size(); ++i) {
        crews.push_back({problem.fpgas[walk[i]].kind, {walk[i]}});
        const int size = static_cast<int>(crews.size());
        if (size >= problem.fewestFpgas && size <= problem.mostFpgas)
          all.insert(crews);
      }
    }
  return all;
}

/// Walks in any order, of at most as many parts as there are layers.
std::set<std::vector<Crew>> freeWalks(const Problem &problem) {
  std::set<std::vector<Crew>> all;
  std::vector<Crew> walk;
  std::set<int> used, turns; // FPGAs; members of teams that take turns
  std::function<void()> extend = [&] {
    if (static_cast<int>(used.size()) >= problem.fewestFpgas)
      all.insert(walk);
    for (int k = 0;
         static_cast<int>(walk.size()) < problem.cuts() && k < static_cast<int>(problem.kinds.size()); ++k) {
      const Kind &kind = problem.kinds[k];
      Crew crew{k, {}};
      for (int f = 0; f < static_cast<int>(problem.fpgas.size()); ++f)
        if (problem.fpgas[f].kind == memberKind(problem, k) && !used.contains(f) &&
            static_cast<int>(crew.fpgas.size()) < kind.members)
          crew.fpgas.push_back(f);
      if (static_cast<int>(crew.fpgas.size()) < kind.members ||
          static_cast<int>(used.size()) + kind.members > problem.mostFpgas ||
          (kind.takesTurns && !turns.empty() && !turns.contains(kind.members)))
        continue;
      const auto usedBefore = used, turnsBefore = turns;
      used.insert(crew.fpgas.begin(), crew.fpgas.end());
      if (kind.takesTurns)
        turns.insert(kind.members);
      walk.push_back(crew);
      extend();
      walk.pop_back();
      used = usedBefore;
      turns = turnsBefore;
    }
  };
  extend();
  all.erase(std::vector<Crew>{});
  return all;
}

/// A part's best way, but for the time of its streams.
struct PartWay {
  int64_t period;
  Part part;
  std::vector<int32_t> choices; // By layer of the problem
};

/// `charges`: what streams take of each die.
std::optional<PartWay> bestWay(const Spot &at, const std::vector<Needs> &charges) {
  const Problem &problem = at.problem;
  const Kind &kind = at.kind();
  const auto [kindIndex, begin, end] = at.span();
  for (size_t d = 0; d < charges.size(); ++d)
    if (!fits(charges[d], kind.dies[d].capacity))
      return std::nullopt;
  std::optional<PartWay> best;
  std::set<std::vector<int>> tried;
  Part part{kindIndex, {}, begin, end, false, std::vector<int>(kind.dies.size(), end)};
  std::vector<int32_t> choices(problem.layers.size(), 0);
  const auto tryDies = [&] {
    const std::vector<int> dieOf = diesOf(problem, part);
    if (!tried.insert(dieOf).second || !mayStand(at, dieOf))
      return;
    const std::optional<int64_t> wires = wiresTerm(at, dieOf);
    if (!wires)
      return;
    std::vector<Needs> used = charges;
    std::function<void(int, int64_t)> choose = [&](int layer, int64_t period) {
      if (best && period >= best->period)
        return;
      if (layer == part.end) {
        best = PartWay{period, part, choices};
        return;
      }
      const Table &table = problem.table(layer, part.kind);
      for (size_t c = 0; c < table.size(); ++c) {
        choices[layer] = static_cast<int32_t>(c);
        Needs &die = used[dieOf[layer]];
        const Needs before = die;
        die = plus(die, layerNeeds(at, dieOf, choices, layer));
        if (fits(die, kind.dies[dieOf[layer]].capacity))
          choose(layer + 1, std::max(period, cyclesFs(kind, table[c].cycles)));
        die = before;
      }
    };
    choose(part.begin, *wires);
  };
  std::function<void(size_t, int)> cutDies = [&](size_t d, int from) {
    if (d + 1 == part.ends.size()) {
      tryDies();
      return;
    }
    for (int cut = from; cut <= part.end; ++cut) {
      part.ends[d] = cut;
      cutDies(d + 1, cut);
    }
  };
  for (bool fromLast : {false, true}) {
    part.fromLast = fromLast;
    cutDies(0, part.begin);
  }
  return best;
}

} // namespace

std::vector<std::vector<Crew>> allWalks(const Problem &problem) {
  const std::set<std::vector<Crew>> all = problem.walks.empty() ? freeWalks(problem) : givenWalks(problem);
  return {all.begin(), all.end()};
}

std::optional<Solution> bruteForceSolution(const Problem &problem) {
  const int n = problem.cuts();
  const std::vector<std::vector<Crew>> walks = allWalks(problem);
  // What a part can do is the same whatever the others are, but for what streams take and how long.
  std::map<std::tuple<int, int, int, std::vector<Needs>>, std::optional<PartWay>> ways;
  std::optional<Solution> best;
  for (unsigned mask = 0; mask < 1u << (n - 1); ++mask) {
    std::vector<int> cuts{0};
    for (int c = 1; c < n; ++c)
      if (mask >> (c - 1) & 1)
        cuts.push_back(c);
    cuts.push_back(n);
    if (std::any_of(cuts.begin(), cuts.end(), [&](int c) { return !problem.isCut(c); }))
      continue;
    for (const std::vector<Crew> &walk : walks) {
      if (walk.size() + 1 != cuts.size())
        continue;
      std::vector<Span> spans;
      for (size_t q = 0; q < walk.size(); ++q)
        spans.push_back({walk[q].kind, cuts[q], cuts[q + 1]});
      Solution solution{0, {}, std::vector<int32_t>(n, 0)};
      bool isBetter = true;
      for (size_t q = 0; q < walk.size() && isBetter; ++q) {
        const Spot at{problem, spans, q};
        const std::vector<Needs> charges = streamNeeds(at);
        const auto [kind, begin, end] = spans[q];
        auto found = ways.find({kind, begin, end, charges});
        if (found == ways.end())
          found = ways.emplace(std::tuple(kind, begin, end, charges), bestWay(at, charges)).first;
        const std::optional<PartWay> &way = found->second;
        if (isBetter = way.has_value(); isBetter) {
          solution.periodFs = std::max({solution.periodFs, way->period, largest(streamTerms(at))});
          solution.parts.push_back(way->part);
          solution.parts.back().fpgas = walk[q].fpgas;
          for (int l = begin; l < end; ++l)
            solution.choices[l] = way->choices[l];
          isBetter = !best || solution.periodFs < best->periodFs;
        }
      }
      if (isBetter)
        best = solution;
    }
  }
  return best;
}

std::optional<int64_t> bruteForce(const Problem &problem) {
  const std::optional<Solution> best = bruteForceSolution(problem);
  return best ? std::optional(best->periodFs) : std::nullopt;
}

} // namespace braid::test
