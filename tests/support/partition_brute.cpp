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

/// All ways to place layers on dies.
struct Placements {
  const Problem &problem;
  int64_t period;
  std::vector<std::vector<Needs>> left = {}; ///< By FPGA and die
  std::vector<bool> isUsed = {};
  std::vector<std::vector<std::vector<Needs>>> choices = {}; ///< By layer and kind
  /// What did not lead to an end: layer, and of each FPGA its kind, whether it is used, and what is left of
  /// it; in any order, for which one it is changes nothing.
  std::set<std::pair<int, std::vector<std::tuple<int, bool, std::vector<Needs>>>>> failed = {};

  bool doFit() {
    for (const Fpga &fpga : problem.fpgas) {
      left.emplace_back();
      for (const Die &die : problem.kinds[fpga.kind].dies)
        left.back().push_back(die.capacity);
    }
    isUsed.assign(problem.fpgas.size(), false);
    for (int l = 0; l < problem.cuts(); ++l) {
      choices.emplace_back();
      for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k)
        choices.back().push_back(choicesOf(l, k));
    }
    return place(0);
  }

  /// Choices of a layer that are fast enough, without those that need as much as another one and more.
  std::vector<Needs> choicesOf(int layer, int kind) const {
    std::vector<Needs> all;
    for (const Choice &choice : problem.mayBeOn(layer, kind) ? problem.table(layer, kind) : Table{}) {
      const auto isLess = [&](const Needs &other) { return fits(other, choice.needs); };
      if (cyclesFs(problem.kinds[kind], choice.cycles) > period ||
          std::any_of(all.begin(), all.end(), isLess))
        continue;
      std::erase_if(all, [&](const Needs &other) { return fits(choice.needs, other); });
      all.push_back(choice.needs);
    }
    return all;
  }

  /// Whether layers from this one on need more of something than is left on the FPGAs that may be used.
  bool isTooMuch(int layer) const {
    for (size_t r = 0; r < kResources; ++r) {
      int64_t room = 0;
      std::vector<int64_t> more; // Of those that are not used yet
      for (size_t f = 0; f < left.size(); ++f) {
        int64_t sum = 0;
        for (const Needs &die : left[f])
          sum += std::max<int64_t>(0, die[r]);
        if (isUsed[f])
          room += sum;
        else
          more.push_back(sum);
      }
      std::sort(more.rbegin(), more.rend());
      const size_t used = left.size() - more.size();
      for (size_t i = 0; i < more.size() && used + i < static_cast<size_t>(problem.mostFpgas); ++i)
        room += more[i];
      for (int l = layer; l < problem.cuts(); ++l) {
        int64_t least = room + 1; // Where there is no choice
        for (size_t k = 0; k < problem.kinds.size(); ++k)
          for (const Needs &needs : choices[l][k])
            least = std::min(least, needs[r] * problem.kinds[k].members);
        room -= least;
      }
      if (room < 0)
        return true;
    }
    return false;
  }

  /// Layers from this one on.
  bool place(int layer) {
    if (std::count(isUsed.begin(), isUsed.end(), true) > problem.mostFpgas)
      return false;
    if (layer == problem.cuts())
      return true;
    std::vector<std::tuple<int, bool, std::vector<Needs>>> state;
    for (size_t f = 0; f < left.size(); ++f)
      state.emplace_back(problem.fpgas[f].kind, isUsed[f], left[f]);
    std::sort(state.begin(), state.end());
    if (failed.contains({layer, state}) || isTooMuch(layer))
      return false;
    for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k)
      for (int d = 0; d < static_cast<int>(problem.kinds[k].dies.size()); ++d)
        if (problem.layers[layer].die < 0 || problem.layers[layer].die == d)
          for (const Needs &needs : choices[layer][k])
            if (placeOn(layer, k, d, needs, problem.kinds[k].members, 0))
              return true;
    failed.insert({layer, std::move(state)});
    return false;
  }

  bool isAlike(size_t f, size_t g) const {
    return problem.fpgas[f].kind == problem.fpgas[g].kind && isUsed[f] == isUsed[g] && left[f] == left[g];
  }

  /// A layer on die d of so many more FPGAs, from number `first` on; then the others.
  bool placeOn(int layer, int kind, int d, const Needs &needs, int more, size_t first) {
    if (more == 0)
      return place(layer + 1);
    for (size_t f = first; f < left.size(); ++f) {
      if (problem.fpgas[f].kind != memberKind(problem, kind) || !fits(needs, left[f][d]) ||
          (f > first && isAlike(f, f - 1)))
        continue;
      const bool wasUsed = isUsed[f];
      left[f][d] = plus(left[f][d], needs, -1);
      isUsed[f] = true;
      const bool isDone = placeOn(layer, kind, d, needs, more - 1, f + 1);
      isUsed[f] = wasUsed;
      left[f][d] = plus(left[f][d], needs);
      if (isDone)
        return true;
    }
    return false;
  }
};

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

std::optional<int64_t> bruteForceAnywhere(const Problem &problem) {
  std::set<int64_t> periods;
  for (const Layer &layer : problem.layers)
    for (size_t k = 0; k < problem.kinds.size(); ++k)
      if (layer.tables[k] >= 0)
        for (const Choice &choice : problem.tables[layer.tables[k]])
          periods.insert(cyclesFs(problem.kinds[k], choice.cycles));
  // What fits at a period fits at all longer ones.
  const std::vector<int64_t> all(periods.begin(), periods.end());
  const auto least = std::partition_point(all.begin(), all.end(), [&](int64_t period) {
    return !Placements{problem, period}.doFit();
  });
  return least == all.end() ? std::nullopt : std::optional(*least);
}

} // namespace braid::test
