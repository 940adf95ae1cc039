// A fixed cost model for planning: weights take memory however they are multiplied.
#pragma once

#include "braid/cost/estimate.h"

#include <memory>

namespace braid::test {

/// 18 kbit of memory for every 18,432 bits of weights, a DSP slice for each multiplier, reuse factor times
/// positions as interval; whatever moves or changes streams takes an element position a cycle and 10 LUT.
std::shared_ptr<const cost::CostModel> memoryCosts();

} // namespace braid::test
