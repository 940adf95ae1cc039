// Choices that let a frame through sooner, where places are known.
#pragma once

#include "prepared.h"

#include "braid/partition/solve.h"

namespace braid::partition {

/// Takes for each die, filled up to so many percent, choices of less fill that are fast enough: hasten().
void takeSooner(const Prepared &prepared, Solution &solution, int64_t percent);

} // namespace braid::partition
