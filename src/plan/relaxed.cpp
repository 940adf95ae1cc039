#include "relaxed.h"

#include <algorithm>
#include <limits>

namespace braid::plan {

using device::Resources;

RelaxedNeeds::RelaxedNeeds(llvm::ArrayRef<std::vector<ir::LayerId>> units,
                           llvm::ArrayRef<std::vector<LayerOption>> options, const Resources &budget) {
  constexpr size_t kShare = std::size(device::kResources), kImpossible = kShare + 1;
  for (const auto &all : options)
    for (const LayerOption &option : all)
      cycles_.push_back(option.interval);
  std::sort(cycles_.begin(), cycles_.end());
  cycles_.erase(std::unique(cycles_.begin(), cycles_.end()), cycles_.end());
  auto shareOf = [&](const Resources &need) {
    double share = 0;
    for (device::Resource r : device::kResources)
      if (budget[r] > 0)
        share += static_cast<double>(need[r]) / static_cast<double>(budget[r]);
    return share;
  };
  for (size_t r = 0; r < kShare; ++r)
    budget_[r] = static_cast<double>(budget[device::kResources[r]]);
  budget_[kShare] = static_cast<double>(kShare);
  for (int64_t period : cycles_) {
    std::vector<Needs> sums = {Needs{}};
    for (const auto &unit : units) {
      Needs sum = sums.back();
      for (ir::LayerId layer : unit) {
        Needs least;
        least.fill(std::numeric_limits<double>::infinity());
        for (const LayerOption &option : options[index(layer)]) {
          if (option.interval > period)
            continue;
          for (size_t r = 0; r < kShare; ++r)
            least[r] = std::min(least[r], static_cast<double>(option.resources[device::kResources[r]]));
          least[kShare] = std::min(least[kShare], shareOf(option.resources));
        }
        if (least[kShare] == std::numeric_limits<double>::infinity()) {
          sum[kImpossible] += 1;
          continue;
        }
        for (size_t r = 0; r <= kShare; ++r)
          sum[r] += least[r];
      }
      sums.push_back(sum);
    }
    before_.push_back(std::move(sums));
  }
}

bool RelaxedNeeds::mayFit(size_t step, int64_t begin, int64_t end, int room) const {
  const Needs &from = before_[step][static_cast<size_t>(begin)],
              &to = before_[step][static_cast<size_t>(end)];
  for (size_t r = 0; r < kKinds; ++r)
    if (to[r] - from[r] > budget_[r] * room * (1 + 1e-9)) // sums of doubles: no plan hangs on the last bit
      return false;
  return true;
}

int64_t RelaxedNeeds::leastCycles(int64_t begin, int64_t end, int room) const {
  size_t low = 0, high = cycles_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    mayFit(middle, begin, end, room) ? high = middle : low = middle + 1;
  }
  return low == cycles_.size() ? -1 : cycles_[low];
}

} // namespace braid::plan
