// What a partitioning problem leaves out, learned from whole plans: what joins units, and slices of teams.
#pragma once

#include "elastic_problem.h"

#include "braid/plan/evaluate.h"

#include <map>
#include <optional>
#include <set>

namespace braid::plan {

/// Corrections only add: a plan of a corrected problem is one of the problem itself.
class Corrections {
public:
  /// Learns what a plan, and the solution it is made of, take more than the problem says where dies are too
  /// full. False: none is. `elastic`: with the corrections so far.
  bool learn(const Evaluation &evaluation, const device::Limits &limits, const SplitModel &split,
             const ElasticProblem &elastic, const partition::Solution &solution);
  /// The problem with what was learned.
  ElasticProblem applied(const ElasticProblem &elastic) const;

  /// The limit of the mean use of memories and DSPs, in whole percent, with which some plan would have done;
  /// nothing where all exceed more than that.
  std::optional<int64_t> average() const { return average_; }

private:
  std::map<std::pair<int, int>, partition::Needs> kept_; ///< By kind of single FPGAs, and die
  std::map<std::pair<int, int>, partition::Needs> more_; ///< By item and kind
  std::set<std::pair<int, int>> seen_;                   ///< Kinds and dies that were too full
  std::optional<int64_t> average_;
  int rounds_ = 0;
};

} // namespace braid::plan
