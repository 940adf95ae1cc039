#include "pareto.h"

#include <algorithm>

namespace braid::plan {
namespace {

/// Choices of different regions are not compared: what is added later counts differently.
bool noWorse(const Choice &a, const Choice &b) {
  return a.time.dataflow == b.time.dataflow && a.time.isDense == b.time.isDense && a.time.cycles <= b.time.cycles &&
         a.resources.fitsIn(b.resources);
}

} // namespace

void insertPareto(std::vector<Choice> &set, Choice choice) {
  for (const Choice &held : set)
    if (noWorse(held, choice))
      return;
  std::erase_if(set, [&](const Choice &held) { return noWorse(choice, held); });
  set.push_back(std::move(choice));
}

int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget) {
  int64_t most = 0;
  for (device::Resource r : device::kResources)
    if (used[r] > 0)
      most = std::max(most, budget[r] > 0 ? used[r] * 1'000'000 / budget[r] : INT64_MAX);
  return most;
}

} // namespace braid::plan
