// Whether a cluster has as many FPGAs as are asked for.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Exit code 2 where it has none, or not as many.
llvm::Error checkCluster(const device::Cluster &cluster, const Options &options);
/// Exit code 3 where a model has at most `most` parts, and more are asked for.
llvm::Error checkCount(const Options &options, int64_t most);

} // namespace braid::plan
