// The certificate's proofs about one FPGA, for checker.cpp.
#pragma once

#include "checker_plan.h"

#include <map>
#include <optional>

namespace braid::certify {

/// A fact about one FPGA: layers [from, to) do not fit where this is taken of each die.
struct Proof {
  int from, to;
  std::vector<Needs> charges;
};

/// The facts that hold for plans of period T or less.
class Facts {
public:
  Facts(const Problem &problem, int64_t period) : p_(problem), period_(period) {
    for (const Kind &kind : p_.kinds) {
      rows_.emplace_back();
      for (const Needs &die : kind.dies) {
        rows_.back().emplace_back();
        for (const std::vector<Choice> &table : p_.tables)
          rows_.back().back().push_back(rowsIn(table, kind.cycleFs, die));
      }
    }
    proofs_.resize(p_.kinds.size());
  }
  /// Adds a proof that holds, else throws.
  void add(const Value &proof);
  /// Whether layers [begin, end) may not be on an FPGA. `last`: what said so, to try it first the next time.
  bool isImpossible(int kind, int begin, int end, const Proof *&last) const;
  /// Rows of a table that are fast enough and no larger than the die, without those that another makes
  /// needless.
  const std::vector<int> &bestRows(int table, int kind, int die) const { return rows_[kind][die][table]; }

private:
  using Rows = std::vector<int>;
  /// Where a tree's layers [begin, end) are.
  struct Place {
    int kind, die, begin, end;
    Sums room;
    std::map<int, Rows> left; ///< Of layers that a branch is about
  };
  Rows rowsIn(const std::vector<Choice> &table, int64_t cycleFs, const Needs &die) const;
  const Rows &rowsOf(const Place &at, int layer) const;
  bool isTooMuch(const Place &at, const Needs &weights) const;
  void checkTree(const Value &tree, Place &at, int depth) const;
  std::vector<Wide> wiresAsked(const Proof &proof, int kind) const;

  const Problem &p_;
  int64_t period_;
  std::vector<std::vector<std::vector<Rows>>> rows_; // By kind, die and table
  std::vector<std::vector<Proof>> proofs_;           // By kind
};

inline Facts::Rows Facts::rowsIn(const std::vector<Choice> &table, int64_t cycleFs, const Needs &die) const {
  Rows order, best;
  const auto total = [&](int row) { return weigh({1, 1, 1, 1, 1}, table[row].needs); };
  for (size_t i = 0; i < table.size(); ++i)
    if (Wide(table[i].cycles) * cycleFs <= period_ && fits(table[i].needs, die))
      order.push_back(static_cast<int>(i));
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return total(a) < total(b); });
  for (int row : order) {
    const Choice &c = table[row];
    if (std::none_of(best.begin(), best.end(), [&](int other) {
          const Choice &o = table[other];
          return o.in == c.in && o.out == c.out && fits(o.needs, c.needs);
        }))
      best.push_back(row);
  }
  return best;
}

/// The rows that a layer may have there.
inline const Facts::Rows &Facts::rowsOf(const Place &at, int layer) const {
  static const Rows none;
  const Layer &l = p_.layers[layer];
  if (l.tables[at.kind] < 0 || (l.die >= 0 && l.die != at.die))
    return none;
  const auto branched = at.left.find(layer);
  return branched != at.left.end() ? branched->second : bestRows(l.tables[at.kind], at.kind, at.die);
}

/// Whether each sequence of choices weighs more than the room.
inline bool Facts::isTooMuch(const Place &at, const Needs &weights) const {
  Wide room = 0;
  for (size_t r = 0; r < 5; ++r)
    room += weights[r] * at.room[r];
  std::vector<Wide> least(1, 0), next; // By class of the words that the layer before gives
  for (int l = at.begin; l < at.end; ++l) {
    const Rows &rows = rowsOf(at, l);
    if (rows.empty())
      return true;
    const Layer &layer = p_.layers[l];
    const std::vector<Choice> &table = p_.tables[layer.tables[at.kind]];
    const auto *words = l > at.begin && layer.words[at.kind] >= 0 ? &p_.words[layer.words[at.kind]] : nullptr;
    // By class of the words that this layer takes; without converters the same for all.
    std::vector<Wide> before;
    const auto leastBefore = [&](int in) {
      if (!words)
        return *std::min_element(least.begin(), least.end());
      Wide sum = kNever;
      for (size_t out = 0; out < least.size(); ++out)
        if (least[out] < kNever)
          sum = std::min(sum, least[out] + weigh(weights, (*words)[out][in]));
      return sum;
    };
    if (!words)
      before.push_back(leastBefore(0));
    next.clear();
    for (int row : rows) {
      const Choice &c = table[row];
      if (!std::equal(c.needs.begin(), c.needs.end(), at.room.begin(), std::less_equal<Wide>()))
        continue;
      const size_t in = words ? c.in : 0;
      while (before.size() <= in)
        before.push_back(-1);
      if (before[in] < 0)
        before[in] = leastBefore(c.in);
      next.resize(std::max(next.size(), size_t(c.out) + 1), kNever);
      next[c.out] = std::min(next[c.out], before[in] + weigh(weights, c.needs));
    }
    if (next.empty())
      return true;
    least.swap(next);
  }
  return *std::min_element(least.begin(), least.end()) > room;
}

inline void Facts::checkTree(const Value &tree, Place &at, int depth) const {
  if (depth > kDeepest)
    tree.bad("is too deep");
  if (tree.has("weights")) {
    tree.onlyKeys({"weights"});
    if (!isTooMuch(at, tree["weights"].needs()))
      throw Rejected(tree.path() + ": layers " + range(at.begin, at.end) + " may fit on die " +
                     std::to_string(at.die) + " of kind " + std::to_string(at.kind));
    return;
  }
  tree.onlyKeys({"layer", "of", "in", "out"});
  const int layer = tree["layer"].index(at.begin, at.end - 1), table = p_.layers[layer].tables[at.kind];
  if (table < 0)
    tree["layer"].bad("has no choices on kind " + std::to_string(at.kind));
  const Rows of = tree["of"].ascending(0, int64_t(p_.tables[table].size()) - 1);
  const std::optional<Rows> before = at.left.contains(layer) ? std::optional(at.left[layer]) : std::nullopt;
  Rows in, out;
  for (int row : before ? *before : bestRows(table, at.kind, at.die))
    (std::binary_search(of.begin(), of.end(), row) ? in : out).push_back(row);
  at.left[layer] = in;
  checkTree(tree["in"], at, depth + 1);
  at.left[layer] = out;
  checkTree(tree["out"], at, depth + 1);
  if (before)
    at.left[layer] = *before;
  else
    at.left.erase(layer);
}

/// By boundary, the wires that streams between layers of the proof need across it.
inline std::vector<Wide> Facts::wiresAsked(const Proof &proof, int kind) const {
  std::vector<Wide> asked(p_.n + 2, 0);
  for (const Stream &s : p_.streams) {
    const auto behind = std::lower_bound(s.to.begin(), s.to.end(), proof.to);
    if (s.from < proof.from || behind == s.to.begin() || behind[-1] <= s.from)
      continue;
    const Wide width = widthOf(s, period_ / p_.kinds[kind].cycleFs);
    asked[s.from + 1] += width;
    asked[behind[-1] + 1] -= width;
  }
  for (int cut = 1; cut <= p_.n; ++cut)
    asked[cut] += asked[cut - 1];
  return asked;
}

inline void Facts::add(const Value &v) {
  v.onlyKeys({"kind", "from", "to", "charges", "first", "last"});
  const int k = v["kind"].index(0, int64_t(p_.kinds.size()) - 1);
  const Kind &kind = p_.kinds[k];
  const size_t dies = kind.dies.size();
  Proof proof{v["from"].index(0, p_.n - 1), v["to"].index(1, p_.n), {}};
  if (proof.to <= proof.from)
    v["to"].bad("is not behind 'from'");
  proof.charges = v["charges"].each(dies, dies, [](const Value &charges) { return charges.needs(); });
  const std::vector<Wide> asked = kind.wires && dies > 1 ? wiresAsked(proof, k) : std::vector<Wide>();
  for (const char *order : {"first", "last"}) {
    const Value steps = v[order];
    steps.size(dies, dies);
    int start = proof.from;
    for (size_t d = 0; d < dies; ++d) {
      const Value step = steps.at(d);
      step.onlyKeys({"end", "tree"});
      const int end = step["end"].index(start, proof.to - 1);
      Place at{k, static_cast<int>(order[0] == 'f' ? d : dies - 1 - d), start, end + 1, {}, {}};
      while (!asked.empty() && d + 1 < dies && at.end < proof.to && asked[at.end] > kind.wires)
        ++at.end;
      for (size_t r = 0; r < 5; ++r)
        at.room[r] = Wide(kind.dies[at.die][r]) - proof.charges[at.die][r];
      checkTree(step["tree"], at, 0);
      start = end;
    }
  }
  proofs_[k].push_back(std::move(proof));
}

/// Whether layers [begin, end) may not be on an FPGA. `last`: the proof that said so, to try it first the
/// next time.
inline bool Facts::isImpossible(int k, int begin, int end, const Proof *&last) const {
  const Load load = loadOf(p_, k, begin, end, [](const Stream &) { return 1; });
  const auto isIn = [](const Needs &few, const Sums &many) {
    return std::equal(few.begin(), few.end(), many.begin(), std::less_equal<Wide>());
  };
  const auto holds = [&](const Proof &proof) {
    return proof.from >= begin && proof.to <= end &&
           std::equal(proof.charges.begin(), proof.charges.end(), load.charges.begin(), isIn);
  };
  if (load.longest > period_ || (last && holds(*last)))
    return true;
  for (size_t d = 0; d < load.charges.size(); ++d)
    for (size_t r = 0; r < 5; ++r)
      if (load.charges[d][r] > p_.kinds[k].dies[d][r])
        return true;
  const auto found = std::find_if(proofs_[k].begin(), proofs_[k].end(), holds);
  last = found != proofs_[k].end() ? &*found : last;
  return found != proofs_[k].end();
}

} // namespace braid::certify
