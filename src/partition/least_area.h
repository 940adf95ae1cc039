// What a plan takes of its dies, and the cheapest choices where places are known.
#pragma once

#include "prepared.h"

#include "braid/partition/solve.h"

namespace braid::partition {

/// What choices and the converters between them take, as the sum of their shares of the largest die of their
/// FPGA, over resources; kOne is all of one resource of it.
int64_t areaOf(const Problem &problem, const Solution &solution);

/// How full the fullest die with layers is, of its fullest resource.
int64_t fullestPercent(const Problem &problem, const Solution &solution);

/// Takes for each die the choices of least area among those that are fast enough, as far as weights find
/// them: the least of all where these fit. Never more area than before.
void takeLess(const Prepared &prepared, Solution &solution);

} // namespace braid::partition
