// Why nothing fits, and what would.
#pragma once

#include "elastic_problem.h"

namespace braid::plan {

/// Notes on a problem without a plan: what the layers need and the FPGAs have, layers that fit nowhere by
/// themselves, and the smallest changes with which all fits: of one limit, or of the number of FPGAs.
std::vector<std::string> explainElastic(const ElasticProblem &elastic, const device::Cluster &cluster,
                                        const Options &options);

} // namespace braid::plan
