// Sets of choices of which none is worse than another in everything.
#pragma once

#include "braid/cost/estimate.h"

#include <cstdint>
#include <vector>

namespace braid::plan {

/// A choice for several layers together: what it takes, and which option each layer has.
struct Choice {
  device::Resources resources;
  cost::TimeShare time;        ///< io_parallel: for the sum law of the part's interval
  std::vector<int16_t> options; ///< By layer of the part
};

/// Adds a choice unless one of the set is no worse; drops those it beats.
void insertPareto(std::vector<Choice> &set, Choice choice);

/// Largest share of the budget any resource takes, in parts per million.
int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget);

} // namespace braid::plan
