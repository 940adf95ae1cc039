// Sets of choices of which none is worse than another in everything.
#pragma once

#include "braid/device/device.h"

#include <cstdint>
#include <vector>

namespace braid::plan {

/// A choice for several layers together: what it takes, and which option each layer has.
struct Choice {
  device::Resources resources;
  int64_t time = 0;            ///< In the additive measure of the part's interval; 0 where the slowest layer decides
  std::vector<int16_t> options; ///< By layer of the part
};

/// Adds a choice unless one of the set is no worse; drops those it beats.
void insertPareto(std::vector<Choice> &set, Choice choice);

/// Largest share of the budget any resource takes, in parts per million.
int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget);

} // namespace braid::plan
