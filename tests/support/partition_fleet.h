// Random small problems on fleets of mixed cards.
#pragma once

#include "braid/partition/problem.h"

namespace braid::test {

/// 4 to 7 layers on 3 to 6 cards of at least two kinds, shaped as Alveo cards are: along walks, or in any
/// order. The same for the same seed.
partition::Problem randomFleet(uint64_t seed);

} // namespace braid::test
