// The partitioning problem as a mixed integer linear program for CBC: an oracle for the solver, and what it
// is measured against. Shares no code with it.
#pragma once

#include "braid/partition/problem.h"

#include <optional>

namespace braid::partition {

struct MilpAnswer {
  enum class Status { Optimal, Stopped, Infeasible };
  Status status = Status::Infeasible;
  /// Its period is the objective, rounded; with wires that bind, or periods of more than six digits or so,
  /// ask periodOf.
  std::optional<Solution> solution;
  double boundFs = 0; ///< No such plan has a shorter period
};

/// The program in the LP format: the least period of plans whose FPGAs are those of `walk`, all of them, in
/// that order. Wires between dies are left out: where a kind's `wires` are limited it is a relaxation, and
/// its optimum a lower bound of the real one.
std::string milpText(const Problem &problem, const std::vector<int> &walk);

/// Runs `cbc` (Debian: coinor-cbc) for at most so many seconds; an error if there is none or it fails.
llvm::Expected<MilpAnswer> solveMilp(const Problem &problem, const std::vector<int> &walk, int seconds);

} // namespace braid::partition
