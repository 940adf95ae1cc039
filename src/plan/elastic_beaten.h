// Choices of a partitioning problem that no plan needs.
#pragma once

#include "elastic_problem.h"

namespace braid::plan {

/// Drops each choice in whose place another may stand wherever its table is used: it takes no more cycles and
/// no more of any resource, the converters before and behind it included, whatever its neighbours choose. Of
/// equal ones the first stays. No plan becomes slower or larger.
void dropBeaten(ElasticProblem &elastic);

} // namespace braid::plan
