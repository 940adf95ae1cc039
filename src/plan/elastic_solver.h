// The search of the elastic partitioner: problem, solutions, and plans of them that fit with all that joins
// their units.
#pragma once

#include "elastic.h"
#include "elastic_problem.h"

#include "braid/partition/solve.h"
#include "braid/plan/evaluate.h"

#include <optional>

namespace braid::plan {

struct ElasticOutcome {
  std::optional<Plan> plan; ///< None: none fits
  Evaluation of;            ///< Of the plan
  bool isPossible = false; ///< Whether the problem has a plan, if not one that fits with all that joins units
  ElasticProblem problem;  ///< That was solved last
  std::optional<int64_t> average; ///< The limit of the mean use of memories and DSPs with which some plan
                                  ///< would have done
  int64_t infeasibleFs = 0;       ///< No plan has a period of at most this; 0: nothing is proven
};

/// As solveElastic().
llvm::Expected<ElasticOutcome> searchElastic(const ir::Model &model, const device::Cluster &cluster,
                                             const cost::CostModel &costs, const Options &options,
                                             Fewest fewest, Proof *proof);

} // namespace braid::plan
