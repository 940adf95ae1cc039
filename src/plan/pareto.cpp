#include "pareto.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace braid::plan {
namespace {

using device::Resources;

/// What decides between choices. Those of different regions are not compared: what is added later counts differently.
struct Key {
  std::array<int64_t, std::tuple_size_v<decltype(Resources::amount)> + 1> costs;
  bool dataflow, isDense;
};

Key keyOf(const Choice &choice) {
  Key key{{}, choice.time.dataflow, choice.time.isDense};
  std::copy(choice.resources.amount.begin(), choice.resources.amount.end(), key.costs.begin());
  key.costs.back() = choice.time.cycles;
  return key;
}

bool noWorse(const Key &a, const Key &b) {
  bool out = a.dataflow == b.dataflow && a.isDense == b.isDense;
  for (size_t i = 0; i < a.costs.size(); ++i)
    out &= a.costs[i] <= b.costs[i];
  return out;
}

} // namespace

std::vector<Choice> paretoOf(std::vector<Choice> choices, size_t most, const device::Resources &budget, bool &thinned) {
  // Whoever beats a choice comes before it, so that one pass over those kept is enough.
  std::stable_sort(choices.begin(), choices.end(), [](const Choice &a, const Choice &b) {
    return std::tie(a.resources, a.time.cycles) < std::tie(b.resources, b.time.cycles);
  });
  std::vector<Choice> kept;
  std::vector<Key> keys; // of those kept; who has beaten one comes to the front, since it is likely to beat the next
  for (const Choice &choice : choices) {
    const Key key = keyOf(choice);
    const auto better = std::find_if(keys.begin(), keys.end(), [&](const Key &held) { return noWorse(held, key); });
    if (better == keys.end()) {
      kept.push_back(choice);
      keys.push_back(key);
    } else if (better != keys.begin()) {
      std::swap(*better, *(keys.begin() + (better - keys.begin()) / 2));
    }
  }
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
