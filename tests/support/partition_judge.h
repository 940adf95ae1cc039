// Whether a plan of the partitioning problem is legal, and its period: src/partition/README.md, "Legal
// plans". Shares no code with the solver, the MILP or the checker.
#pragma once

#include "braid/partition/problem.h"

#include <optional>
#include <string>
#include <vector>

namespace braid::test {

/// The period of a plan; none if it is not legal.
std::optional<int64_t> plainPeriod(const partition::Problem &problem, const partition::Solution &solution);
/// What the period of a legal plan is: "cycles", "link", "host", "mover", "shared port", "wires".
std::vector<std::string> whatBinds(const partition::Problem &problem, const partition::Solution &solution);

} // namespace braid::test
