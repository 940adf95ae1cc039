#include "braid/partition/substitutes.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace braid::partition {

Substitutes::Substitutes(const Problem &problem, std::optional<size_t> kind)
    : problem_(&problem), ends_(problem.tables.size()) {
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    const Layer &layer = problem.layers[i];
    for (size_t k = kind.value_or(0); k < (kind ? *kind + 1 : layer.tables.size()); ++k) {
      if (layer.tables[k] < 0)
        continue;
      std::array<End, 2> &own = ends_[static_cast<size_t>(layer.tables[k])];
      own[0].isUsed = true;
      if (i == 0 || layer.words.empty() || layer.words[k] < 0)
        continue;
      own[0].words.insert(layer.words[k]);
      if (const int32_t before = problem.layers[i - 1].tables[k]; before >= 0)
        ends_[static_cast<size_t>(before)][1].words.insert(layer.words[k]);
    }
  }
  for (std::array<End, 2> &ends : ends_)
    for (bool isTaken : {true, false}) {
      End &end = ends[isTaken ? 0 : 1];
      for (int32_t id : end.words) {
        const Words &words = problem.words[static_cast<size_t>(id)];
        end.classes = std::max(end.classes, isTaken && !words.empty() ? words[0].size() : words.size());
      }
      end.more.resize(end.classes * end.classes);
    }
}

/// At a cut or between dies there is no converter: never less than nothing.
const Needs &Substitutes::more(End &end, bool isTaken, int32_t a, int32_t b) const {
  static const Needs kNone = {};
  if (a == b || end.words.empty())
    return kNone;
  std::optional<Needs> &known = end.more[static_cast<size_t>(a) * end.classes + static_cast<size_t>(b)];
  if (known)
    return *known;
  known = kNone;
  for (int32_t id : end.words) {
    const Words &words = problem_->words[static_cast<size_t>(id)];
    const size_t others = isTaken ? words.size() : words[0].size();
    for (size_t other = 0; other < others; ++other) {
      const auto at = [&](int32_t own) -> const Needs & {
        return isTaken ? words[other][static_cast<size_t>(own)] : words[static_cast<size_t>(own)][other];
      };
      for (size_t r = 0; r < kResources; ++r)
        (*known)[r] = std::max((*known)[r], at(a)[r] - at(b)[r]);
    }
  }
  return *known;
}

bool Substitutes::covers(int table, const Side &a, const Side &b) {
  for (size_t r = 0; r < kResources; ++r)
    if (a.needs[r] > b.needs[r])
      return false;
  std::array<End, 2> &ends = ends_[static_cast<size_t>(table)];
  const Needs &before = more(ends[0], true, a.in, b.in), &behind = more(ends[1], false, a.out, b.out);
  for (size_t r = 0; r < kResources; ++r)
    if (a.needs[r] + before[r] + behind[r] > b.needs[r])
      return false;
  return true;
}

std::vector<size_t> Substitutes::kept(int table) {
  const Table &all = problem_->tables[static_cast<size_t>(table)];
  std::vector<size_t> order(all.size()), out;
  std::iota(order.begin(), order.end(), size_t{0});
  // Who covers a choice comes before it.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(all[a].cycles, all[a].needs) < std::tie(all[b].cycles, all[b].needs);
  });
  for (size_t row : order)
    if (std::none_of(out.begin(), out.end(), [&](size_t other) {
          return covers(table, {all[other].needs, all[other].in, all[other].out},
                        {all[row].needs, all[row].in, all[row].out});
        }))
      out.push_back(row);
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace braid::partition
