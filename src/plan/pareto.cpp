#include "pareto.h"

#include <algorithm>
#include <tuple>

namespace braid::plan {
namespace {

/// Choices of different regions are not compared: what is added later counts differently.
bool noWorse(const Choice &a, const Choice &b) {
  return a.time.dataflow == b.time.dataflow && a.time.isDense == b.time.isDense && a.time.cycles <= b.time.cycles &&
         a.resources.fitsIn(b.resources);
}

} // namespace

std::vector<Choice> paretoOf(std::vector<Choice> choices, size_t most, const device::Resources &budget, bool &thinned) {
  // Whoever beats a choice comes before it, so that one pass over those kept is enough.
  std::stable_sort(choices.begin(), choices.end(), [](const Choice &a, const Choice &b) {
    return std::tie(a.resources, a.time.cycles) < std::tie(b.resources, b.time.cycles);
  });
  std::vector<Choice> kept;
  for (const Choice &choice : choices)
    if (std::none_of(kept.begin(), kept.end(), [&](const Choice &held) { return noWorse(held, choice); }))
      kept.push_back(choice);
  if (kept.size() > most) {
    thinned = true;
    std::stable_sort(kept.begin(), kept.end(), [&](const Choice &a, const Choice &b) {
      return utilisationPpm(a.resources, budget) < utilisationPpm(b.resources, budget);
    });
    kept.resize(most);
  }
  return kept;
}

int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget) {
  int64_t most = 0;
  for (device::Resource r : device::kResources)
    if (used[r] > 0)
      most = std::max(most, budget[r] > 0 ? used[r] * 1'000'000 / budget[r] : INT64_MAX);
  return most;
}

} // namespace braid::plan
