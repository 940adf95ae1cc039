// Random small partitioning problems with all that a problem may have, and their optimum by trying every
// plan. Reads src/partition/README.md by itself: shares no code with the solver, the MILP or the checker.
#pragma once

#include "braid/partition/problem.h"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>

namespace braid::test {

/// How often each thing was seen.
using Counts = std::map<std::string, int>;

/// What to draw.
struct ProblemLimits {
  int layers = 6, choices = 4, fpgas = 3, dies = 3;
  bool wires = true, converters = true;
};

/// A legal problem, not always one with a plan: the same for the same seed.
partition::Problem randomProblem(uint64_t seed, const ProblemLimits &limits = {});

/// What a problem has, each once: "hops", "walks", ...
void countFeatures(const partition::Problem &problem, Counts &counts);

/// A plan of the least period, or none if no plan is legal.
std::optional<partition::Solution> bruteForceSolution(const partition::Problem &problem);
/// The least period.
std::optional<int64_t> bruteForce(const partition::Problem &problem);
/// What the period of a legal plan is: "cycles", "link", "host", "mover", "wires".
std::vector<std::string> whatBinds(const partition::Problem &problem, const partition::Solution &solution);
/// The period of a plan; none if it is not legal.
std::optional<int64_t> plainPeriod(const partition::Problem &problem, const partition::Solution &solution);

/// Every order of FPGAs that a plan may have.
std::vector<std::vector<int>> allWalks(const partition::Problem &problem);

/// The least period over all ways to place layers on the dies of at most `mostFpgas` FPGAs, contiguous or
/// not, of layers' cycles and needs alone; none if they never fit.
std::optional<int64_t> bruteForceAnywhere(const partition::Problem &problem);

/// problem.json and the plan of certificate.json, written by themselves.
nlohmann::json problemJson(const partition::Problem &problem);
nlohmann::json planJson(const partition::Solution &solution);

} // namespace braid::test
