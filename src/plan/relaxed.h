// What layers need at the least at a given period, in sums that are looked up: a bound for ranking, before
// anything is worked out exactly.
#pragma once

#include "layer_options.h"

#include <array>
#include <vector>

namespace braid::plan {

/// By period and unit, the least of each resource, each by itself, and the least share of the budget of all
/// together, summed over the units before: whether a range of units may fit is one subtraction for each.
class RelaxedNeeds {
public:
  RelaxedNeeds() = default;
  RelaxedNeeds(llvm::ArrayRef<std::vector<ir::LayerId>> units,
               llvm::ArrayRef<std::vector<LayerOption>> options, const device::Resources &budget);

  /// The least period in cycles at which units [begin, end) may fit `room` budgets; negative if none does.
  int64_t leastCycles(int64_t begin, int64_t end, int room) const;

private:
  static constexpr size_t kKinds =
      std::size(device::kResources) + 2; ///< Resources, their shares, impossible layers
  using Needs = std::array<double, kKinds>;

  bool mayFit(size_t step, int64_t begin, int64_t end, int room) const;

  std::vector<int64_t> cycles_;            ///< Periods at which something changes, ascending
  std::vector<std::vector<Needs>> before_; ///< [period][unit]: of all units before
  Needs budget_ = {};
};

} // namespace braid::plan
