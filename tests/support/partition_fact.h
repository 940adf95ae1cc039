// Facts of a certificate: layers that do not fit on one FPGA, or on each member of a team. Proven and refuted
// by trying everything, without the solver.
#pragma once

#include "support/networks.h"

#include "braid/partition/problem.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <vector>

namespace braid::test {

/// Rows of a layer's table that it may have on a die.
std::vector<int> rowsOn(const partition::Problem &problem, int kind, int die, int layer, int64_t period);

/// One of the `proofs` of certificate.json: layers [from, to) do not fit on the dies of this kind less
/// charges; none if they may, or README's kind of proof does not reach that far.
std::optional<nlohmann::json> proveFact(const partition::Problem &problem, int64_t period, int kind, int from,
                                        int to, const std::vector<partition::Needs> &charges, Random &random);

/// Whether what a proof claims is so.
bool isFactTrue(const partition::Problem &problem, int64_t period, const nlohmann::json &proof);

} // namespace braid::test
