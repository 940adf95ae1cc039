// Random small partitioning problems with all that a problem may have: src/partition/README.md, "Problem".
#pragma once

#include "braid/partition/problem.h"

#include <map>
#include <string>

namespace braid::test {

/// How often each thing was seen.
using Counts = std::map<std::string, int>;

/// What to draw. Where there are teams, some have up to five FPGAs.
struct ProblemLimits {
  int layers = 6, choices = 4, fpgas = 3, dies = 3;
  bool wires = true, converters = true, teams = true;
  std::vector<partition::Kind> kinds = {}; ///< Of the FPGAs; empty: drawn, too
};

/// A legal problem, not always one with a plan: the same for the same seed.
partition::Problem randomProblem(uint64_t seed, const ProblemLimits &limits = {});

/// What a problem has, each once: "hops", "walks", ...
void countFeatures(const partition::Problem &problem, Counts &counts);

bool hasTeams(const partition::Problem &problem);
/// The same without teams of slices, or without those that take turns.
partition::Problem withoutTeams(const partition::Problem &problem, bool takesTurns);

} // namespace braid::test
