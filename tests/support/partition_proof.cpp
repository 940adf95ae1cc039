#include "support/partition_proof.h"

#include "support/networks.h"

#include <algorithm>
#include <functional>
#include <set>

namespace braid::test {

using namespace partition;
using nlohmann::json;

namespace {

int64_t widthAt(const Problem &problem, const Stream &s, int kind, int64_t period) {
  const int64_t cycles = period / problem.kinds[kind].cycleFs;
  return cycles == 0 ? INT32_MAX : s.elementBits * ((s.elements + cycles - 1) / cycles);
}

/// Whether wires of streams between layers of [from, to) forbid that a die ends there.
bool isForbidden(const Problem &problem, int kind, int64_t period, int from, int cut, int to) {
  int64_t asked = 0;
  for (const Stream &s : problem.streams) {
    const auto isBehind = [&](int t) { return cut <= t && t < to; };
    if (from <= s.from && s.from < cut && std::any_of(s.to.begin(), s.to.end(), isBehind))
      asked += widthAt(problem, s, kind, period);
  }
  return problem.kinds[kind].wires > 0 && asked > problem.kinds[kind].wires;
}

/// Choices that a layer may have on a die.
std::vector<int> rowsOn(const Problem &problem, int kind, int die, int layer, int64_t period) {
  std::vector<int> rows;
  if (!problem.mayBeOn(layer, kind) || (problem.layers[layer].die >= 0 && problem.layers[layer].die != die))
    return rows;
  const Table &table = problem.table(layer, kind);
  for (size_t row = 0; row < table.size(); ++row)
    if (table[row].cycles * problem.kinds[kind].cycleFs <= period)
      rows.push_back(static_cast<int>(row));
  return rows;
}

/// What a layer takes behind the one before it on the same die; `before` -1: none there.
Needs needsBehind(const Problem &problem, int kind, int layer, int before, int row) {
  const Choice &choice = problem.table(layer, kind)[row];
  Needs needs = choice.needs;
  const auto &words = problem.layers[layer].words;
  if (before >= 0 && !words.empty() && words[kind] >= 0)
    for (size_t r = 0; r < kResources; ++r)
      needs[r] += problem.words[words[kind]][problem.table(layer - 1, kind)[before].out][choice.in][r];
  return needs;
}

/// Trees about layers [begin, end) on a die.
struct TreeMaker {
  const Problem &problem;
  int kind, die, begin, end;
  int64_t period;
  Needs room;
  Random &random;
  std::vector<std::vector<int>> rows; // Left, by layer from `begin` on

  /// Whether all sequences weigh more than the room.
  bool isTooMuch(const Needs &weights) const {
    const auto weigh = [&](const Needs &needs) {
      int64_t sum = 0;
      for (size_t r = 0; r < kResources; ++r)
        sum += weights[r] * needs[r];
      return sum;
    };
    std::map<int, int64_t> least{{-1, 0}}; // By choice of the layer before
    for (int layer = begin; layer < end; ++layer) {
      std::map<int, int64_t> next;
      for (int row : rows[layer - begin])
        for (const auto &[before, sum] : least) {
          const int64_t more = sum + weigh(needsBehind(problem, kind, layer, before, row));
          const auto at = next.emplace(row, more).first;
          at->second = std::min(at->second, more);
        }
      least = std::move(next);
    }
    return std::all_of(least.begin(), least.end(), [&](const auto &one) { return one.second > weigh(room); });
  }

  /// Whether some sequence fits.
  bool someFits(int layer, int before, const Needs &left) const {
    if (layer == end)
      return std::all_of(left.begin(), left.end(), [](int64_t n) { return n >= 0; });
    return std::any_of(rows[layer - begin].begin(), rows[layer - begin].end(), [&](int row) {
      const Needs needs = needsBehind(problem, kind, layer, before, row);
      Needs rest = left;
      bool fits = true;
      for (size_t r = 0; r < kResources; ++r)
        fits = (rest[r] -= needs[r]) >= 0 && fits;
      return fits && someFits(layer + 1, row, rest);
    });
  }

  std::optional<json> leaf() const {
    std::vector<Needs> tries;
    for (int i = 0; i < 2; ++i) {
      Needs weights;
      for (int64_t &w : weights)
        w = draw(random, 0, 2);
      tries.push_back(weights);
    }
    for (size_t r = 0; r < kResources; ++r) {
      Needs weights = {};
      weights[r] = draw(random, 1, 5);
      tries.push_back(weights);
    }
    for (const Needs &weights : tries)
      if (isTooMuch(weights))
        return json{{"weights", weights}};
    return std::nullopt;
  }

  std::optional<json> make() {
    if (const auto found = leaf())
      return found;
    for (int layer = begin; layer < end; ++layer) {
      const std::vector<int> before = rows[layer - begin];
      if (before.size() < 2)
        continue;
      const size_t first = draw(random, 1, static_cast<int64_t>(before.size()) - 1);
      const std::vector<int> in(before.begin(), before.begin() + static_cast<long>(first)),
          out(before.begin() + static_cast<long>(first), before.end());
      rows[layer - begin] = in;
      const auto one = make();
      rows[layer - begin] = out;
      const auto other = one ? make() : std::nullopt;
      rows[layer - begin] = before;
      if (!other)
        return std::nullopt;
      return json{{"layer", layer}, {"of", in}, {"in", *one}, {"out", *other}};
    }
    return std::nullopt;
  }
};

std::optional<json> treeOf(const Problem &problem, int kind, int die, int begin, int end, int64_t period,
                           const Needs &charges, Random &random) {
  TreeMaker maker{problem, kind, die, begin, end, period, problem.kinds[kind].dies[die].capacity, random, {}};
  for (size_t r = 0; r < kResources; ++r)
    maker.room[r] -= charges[r];
  for (int l = begin; l < end; ++l)
    maker.rows.push_back(rowsOn(problem, kind, die, l, period));
  return maker.someFits(begin, -1, maker.room) ? std::nullopt : maker.make();
}

/// Steps for one order.
std::optional<json> stepsOf(const Problem &problem, int kind, bool fromLast, int from, int to, int64_t period,
                            const std::vector<Needs> &charges, Random &random) {
  const int dies = static_cast<int>(problem.kinds[kind].dies.size());
  json steps = json::array();
  int start = from;
  for (int d = 0; d < dies; ++d) {
    const int die = fromLast ? dies - 1 - d : d;
    std::optional<json> tree;
    int end = start - 1;
    while (!tree && ++end < to) {
      int next = end + 1;
      while (d + 1 < dies && next < to && isForbidden(problem, kind, period, from, next, to))
        ++next;
      tree = treeOf(problem, kind, die, start, next, period, charges[die], random);
    }
    if (!tree)
      return std::nullopt;
    steps.push_back({{"end", end}, {"tree", *tree}});
    start = end;
  }
  return steps;
}

/// What streams ask of layers [begin, end), with one receiver each.
struct Asked {
  int64_t longest = 0;
  std::vector<Needs> charges;
};

Asked askedOf(const Problem &problem, int k, int begin, int end) {
  const Kind &kind = problem.kinds[k];
  Asked asked{0, std::vector<Needs>(kind.dies.size(), Needs{})};
  const auto add = [&](int die, const Needs &needs) {
    for (size_t r = 0; r < kResources; ++r)
      asked.charges[die][r] += needs[r];
  };
  int64_t in = 0, out = 0, hostIn = 0, hostOut = 0;
  bool comes = false, goes = false;
  for (const Stream &s : problem.streams) {
    bool here = false, behind = false, host = false;
    for (int t : s.to) {
      here = here || (begin <= t && t < end);
      behind = behind || (end <= t && t < problem.cuts());
      host = host || t == problem.cuts();
    }
    const bool given = begin <= s.from && s.from < end, earlier = 0 <= s.from && s.from < begin;
    const bool receives = earlier && (here || (problem.hops && behind)),
               sends = (given || (earlier && problem.hops)) && behind, takes = s.from < 0 && here,
               gives = given && host;
    if (receives) {
      add(kind.portDie, s.ends[k].receive);
      in += s.linkFs;
      comes = true;
    }
    if (sends) {
      add(kind.portDie, s.ends[k].send);
      out += s.linkFs;
      goes = true;
    }
    if (takes) {
      add(kind.hostDie, s.ends[k].fromHost);
      hostIn += s.hostFs;
    }
    if (gives) {
      add(kind.hostDie, s.ends[k].toHost);
      hostOut += s.hostFs;
    }
    if (receives || sends || takes || gives)
      asked.longest = std::max(asked.longest, s.ends[k].cycles * kind.cycleFs);
  }
  if (comes || goes)
    add(kind.portDie, kind.stack);
  if (comes && goes && kind.hasPortPerSide)
    add(kind.portDie, kind.stack);
  if (kind.hostSharesPort) {
    in += hostIn;
    out += hostOut;
  }
  asked.longest = std::max({asked.longest, in, out, hostIn, hostOut});
  return asked;
}

/// Walks' states, as lists of kinds used; `following`: none where no walk goes on so.
std::optional<std::vector<int>> following(const Problem &problem, std::vector<int> state, int kind) {
  int size = 0;
  if (problem.walks.empty()) {
    ++state[kind];
    for (size_t k = 0; k < state.size(); ++k) {
      size += state[k];
      if (state[k] > std::count_if(problem.fpgas.begin(), problem.fpgas.end(),
                                   [&](const Fpga &f) { return f.kind == static_cast<int>(k); }))
        return std::nullopt;
    }
  } else {
    state.push_back(kind);
    size = static_cast<int>(state.size());
    bool isThere = false;
    for (const std::vector<int> &walk : problem.walks)
      for (size_t begin = 0; begin + state.size() <= walk.size() && !isThere; ++begin) {
        isThere = true;
        for (size_t i = 0; i < state.size(); ++i)
          isThere = isThere && problem.fpgas[walk[begin + i]].kind == state[i];
      }
    if (!isThere)
      return std::nullopt;
  }
  return size <= problem.mostFpgas ? std::optional(state) : std::nullopt;
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
      for (size_t r = 0; r < kResources; ++r)
        isOver = isOver || asked.charges[d][r] > problem.kinds[k].dies[d].capacity[r];
    if (isOver)
      return true;
    // Mostly about all its layers; sometimes a shorter one does as well.
    const int from = b - a > 1 && draw(random, 0, 3) == 0 ? a + 1 : a;
    for (int begin : {from, a}) {
      const auto first = stepsOf(problem, k, false, begin, b, period, asked.charges, random);
      const auto last =
          first ? stepsOf(problem, k, true, begin, b, period, asked.charges, random) : std::nullopt;
      if (last) {
        proofs.push_back({{"kind", k},
                          {"from", begin},
                          {"to", b},
                          {"charges", asked.charges},
                          {"first", *first},
                          {"last", *last}});
        return true;
      }
    }
    return at->second = false;
  };
  std::map<std::vector<int>, std::set<int>> cutsOf;
  std::vector<std::vector<int>> queue{std::vector<int>(problem.walks.empty() ? kinds : 0, 0)};
  cutsOf[queue[0]] = {0};
  // A state is longer than all that lead to it, so that in this order its cuts are complete when it is looked
  // at.
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
    int size = static_cast<int>(state.size());
    if (problem.walks.empty())
      for (size = 0; int used : state)
        size += used;
    if (cuts.contains(n) && size >= problem.fewestFpgas)
      return std::nullopt;
    states.push_back({{"state", state}, {"cuts", cuts}});
  }
  return json{{"infeasible_fs", period}, {"states", states}, {"proofs", proofs}};
}

bool isFactTrue(const Problem &problem, int64_t period, const json &proof) {
  const int kind = proof["kind"], from = proof["from"], to = proof["to"];
  const int dies = static_cast<int>(problem.kinds[kind].dies.size());
  const std::vector<Needs> charges = proof["charges"];
  for (bool fromLast : {false, true}) {
    // Layers in order, each on the die of the one before or a later one.
    std::vector<Needs> left;
    for (int d = 0; d < dies; ++d) {
      left.push_back(problem.kinds[kind].dies[d].capacity);
      for (size_t r = 0; r < kResources; ++r) {
        left.back()[r] -= charges[d][r];
        if (left.back()[r] < 0)
          return true;
      }
    }
    std::function<bool(int, int, int)> place = [&](int layer, int step, int before) {
      if (layer == to)
        return true;
      for (int d = step; d < dies; ++d) {
        if (d > step && isForbidden(problem, kind, period, from, layer, to))
          continue;
        const int die = fromLast ? dies - 1 - d : d;
        for (int row : rowsOn(problem, kind, die, layer, period)) {
          const Needs needs = needsBehind(problem, kind, layer, d == step ? before : -1, row),
                      whole = left[die];
          bool fits = true;
          for (size_t r = 0; r < kResources; ++r)
            fits = (left[die][r] -= needs[r]) >= 0 && fits;
          const bool isDone = fits && place(layer + 1, d, row);
          left[die] = whole;
          if (isDone)
            return true;
        }
      }
      return false;
    };
    if (place(from, 0, -1))
      return false;
  }
  return true;
}

std::optional<json> proveAnywhereByAll(const Problem &problem, int64_t most, uint64_t seed) {
  Random random(seed + 7);
  std::optional<json> best;
  int64_t bestPeriod = 0;
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
        for (const Fpga &fpga : problem.fpgas)
          for (int d = 0; d < static_cast<int>(problem.kinds[fpga.kind].dies.size()); ++d)
            for (int row : rowsOn(problem, fpga.kind, d, l, period)) {
              int64_t weight = 0;
              for (size_t r = 0; r < kResources; ++r)
                weight += weights[fpga.kind][d][r] * problem.table(l, fpga.kind)[row].needs[r];
              least = std::min(least, weight);
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
