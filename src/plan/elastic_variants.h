// Partitioning problems with less to choose from: of plans that the whole problem has, too, those of one
// form.
#pragma once

#include "elastic_problem.h"

namespace braid::plan {

/// Of pipelines that take turns, all parts with as many members.
ElasticProblem pipelines(const ElasticProblem &elastic, int members);

/// Items with weights that some team can cut.
std::vector<int> cuttable(const ir::Model &model, const ElasticProblem &elastic);
/// Those of them, at most eight, that take longest however they are made, the longest first.
std::vector<int> longestCuttable(const ir::Model &model, const ElasticProblem &elastic);
/// With these items on teams that cut them.
ElasticProblem cutting(const ElasticProblem &elastic, llvm::ArrayRef<int> items);

} // namespace braid::plan
