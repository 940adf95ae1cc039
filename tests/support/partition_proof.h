// Certificates of small problems, found by trying everything: to test the checker with, without the solver.
#pragma once

#include "braid/partition/problem.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace braid::test {

/// The part of certificate.json that proves that no contiguous plan has this period or less; none if README's
/// kind of proof does not reach that far. `seed` varies the weights of leaves.
std::optional<nlohmann::json> proveByAll(const partition::Problem &problem, int64_t period, uint64_t seed);

/// `anywhere` for the largest period that weights of 0, 1 and 2 prove; none if that is none.
std::optional<nlohmann::json> proveAnywhereByAll(const partition::Problem &problem, int64_t most,
                                                 uint64_t seed);

} // namespace braid::test
