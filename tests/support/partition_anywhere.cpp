#include "support/partition_anywhere.h"

#include "support/partition_terms.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace braid::test {

using namespace partition;

namespace {

/// Enough for nearly all problems of six layers.
constexpr int64_t kMostSteps = 20'000;

/// All ways to place layers on dies.
struct Placements {
  const Problem &problem;
  int64_t period;
  int64_t &steps;                            ///< Placements that may still be tried
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
    if (--steps < 0)
      return false;
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

LeastAnywhere bruteForceAnywhere(const Problem &problem) {
  std::set<int64_t> periods;
  for (const Layer &layer : problem.layers)
    for (size_t k = 0; k < problem.kinds.size(); ++k)
      if (layer.tables[k] >= 0)
        for (const Choice &choice : problem.tables[layer.tables[k]])
          periods.insert(cyclesFs(problem.kinds[k], choice.cycles));
  // What fits at a period fits at all longer ones.
  const std::vector<int64_t> all(periods.begin(), periods.end());
  int64_t steps = kMostSteps;
  const auto least = std::partition_point(all.begin(), all.end(), [&](int64_t period) {
    return !Placements{problem, period, steps}.doFit();
  });
  if (steps < 0)
    return {};
  return {true, least == all.end() ? std::nullopt : std::optional(*least)};
}

} // namespace braid::test
