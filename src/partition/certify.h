// Proofs that no plan is as fast as that.
#pragma once

#include "fpga_fit.h"
#include "states.h"

namespace braid::partition {

/// States and proofs that show that no legal plan has the period of `prepared`; nothing where that was not
/// shown.
std::optional<Certificate> certify(const Prepared &prepared, const States &states);

/// Weights that show that no placement has it, contiguous or not.
std::optional<std::vector<std::vector<Needs>>> excludeAnywhere(const Prepared &prepared);

} // namespace braid::partition
