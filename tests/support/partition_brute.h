// The optimum of small partitioning problems, by trying every plan. Shares no code with the solver, the MILP
// or the checker.
#pragma once

#include "braid/partition/problem.h"

#include <optional>
#include <vector>

namespace braid::test {

/// An FPGA, or the members of a team.
struct Crew {
  int kind = 0;
  std::vector<int> fpgas;
  auto operator<=>(const Crew &) const = default;
};

/// Every order of FPGAs and teams that a plan may have. Where any FPGA may follow any other, those of a kind
/// are used by their numbers: others that are alike change nothing.
std::vector<std::vector<Crew>> allWalks(const partition::Problem &problem);

/// A plan of the least period, or none if no plan is legal.
std::optional<partition::Solution> bruteForceSolution(const partition::Problem &problem);
/// The least period.
std::optional<int64_t> bruteForce(const partition::Problem &problem);

} // namespace braid::test
