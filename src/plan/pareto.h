// Sets of choices of which none is worse than another in everything.
#pragma once

#include "braid/cost/estimate.h"

#include <cstdint>
#include <vector>

namespace braid::plan {

/// A choice for several layers together: what it takes, and how it grew out of a choice for one layer less.
struct Choice {
  device::Resources resources;
  cost::TimeShare time; ///< io_parallel: for the sum law of the part's interval
  int32_t before = -1;  ///< The choice without the last layer, in that step's set
  int16_t option = -1;  ///< Of the last layer
};

/// The choices that no other beats in everything, sorted; of equal ones the first stays. More than `most` are
/// cut, those that fill the budget least stay: then `thinned` is set.
std::vector<Choice> paretoOf(std::vector<Choice> choices, size_t most, const device::Resources &budget,
                             bool &thinned);

/// Largest share of the budget any resource takes, in parts per million.
int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget);

} // namespace braid::plan
