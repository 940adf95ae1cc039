#include "support/partition_fact.h"

#include "support/partition_terms.h"

#include <algorithm>
#include <functional>
#include <map>

namespace braid::test {

using namespace partition;
using nlohmann::json;

namespace {

int64_t widthAt(const Problem &problem, const Stream &s, int kind, int64_t period) {
  const int64_t cycles = period * framesAtOnce(problem.kinds[kind]) / problem.kinds[kind].cycleFs;
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

/// What a layer takes behind the one before it on the same die; `before` -1: none there.
Needs needsBehind(const Problem &problem, int kind, int layer, int before, int row) {
  const Choice &choice = problem.table(layer, kind)[row];
  Needs needs = choice.needs;
  const auto &words = problem.layers[layer].words;
  if (before >= 0 && !words.empty() && words[kind] >= 0)
    needs = plus(needs, problem.words[words[kind]][problem.table(layer - 1, kind)[before].out][choice.in]);
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
      return fits(needs, left) && someFits(layer + 1, row, plus(left, needs, -1));
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
  const Needs room = plus(problem.kinds[kind].dies[die].capacity, charges, -1);
  TreeMaker maker{problem, kind, die, begin, end, period, room, random, {}};
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

} // namespace

std::vector<int> rowsOn(const Problem &problem, int kind, int die, int layer, int64_t period) {
  std::vector<int> rows;
  if (!problem.mayBeOn(layer, kind) || (problem.layers[layer].die >= 0 && problem.layers[layer].die != die))
    return rows;
  const Table &table = problem.table(layer, kind);
  for (size_t row = 0; row < table.size(); ++row)
    if (cyclesFs(problem.kinds[kind], table[row].cycles) <= period)
      rows.push_back(static_cast<int>(row));
  return rows;
}

std::optional<json> proveFact(const Problem &problem, int64_t period, int kind, int from, int to,
                              const std::vector<Needs> &charges, Random &random) {
  const auto first = stepsOf(problem, kind, false, from, to, period, charges, random);
  const auto last = first ? stepsOf(problem, kind, true, from, to, period, charges, random) : std::nullopt;
  if (!last)
    return std::nullopt;
  return json{{"kind", kind},       {"from", from},    {"to", to},
              {"charges", charges}, {"first", *first}, {"last", *last}};
}

bool isFactTrue(const Problem &problem, int64_t period, const json &proof) {
  const int kind = proof["kind"], from = proof["from"], to = proof["to"];
  const int dies = static_cast<int>(problem.kinds[kind].dies.size());
  const std::vector<Needs> charges = proof["charges"];
  for (bool fromLast : {false, true}) {
    // Layers in order, each on the die of the one before or a later one.
    std::vector<Needs> left;
    for (int d = 0; d < dies; ++d) {
      left.push_back(plus(problem.kinds[kind].dies[d].capacity, charges[d], -1));
      if (!fits(Needs{}, left.back()))
        return true;
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
          left[die] = plus(whole, needs, -1);
          const bool isDone = fits(Needs{}, left[die]) && place(layer + 1, d, row);
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

} // namespace braid::test
