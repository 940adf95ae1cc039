// A typed model and a cluster as a partitioning problem, and its solution as a plan.
#pragma once

#include "layer_options.h"
#include "team_cut.h"

#include "braid/partition/problem.h"

#include <memory>

namespace braid::plan {

/// What stays together: a layer, or a layer with weights and the thresholds that its unit computes; and what
/// only names their stream otherwise.
struct ElasticItem {
  llvm::SmallVector<ir::LayerId, 2> layers;
};

struct ElasticProblem {
  partition::Problem problem;
  std::vector<ElasticItem> items;
  /// [table][choice]: how each layer of the item is made.
  std::vector<std::vector<llvm::SmallVector<kernel::Implementation, 2>>> made;
  std::vector<int> fpgas;   ///< By FPGA of the problem: that of the cluster
  std::vector<int> firstOf; ///< By kind: an FPGA of it, or of its teams' members, of the cluster
  std::vector<std::shared_ptr<const TeamCut>>
      cuts; ///< By kind: how a team's layers are cut; null: not at all
};

/// Whether the elastic partitioner knows all that counts: io_stream, links of one type.
bool isElastic(const ir::Model &model, const device::Cluster &cluster, const Options &options);

/// Whether links join each two FPGAs of a cluster.
bool isAnyOrder(const device::Cluster &cluster);

/// Fails where a layer has no kernel, an option names one that the model has not, or pins contradict each
/// other.
llvm::Expected<ElasticProblem> elasticProblem(const ir::Model &model, const device::Cluster &cluster,
                                              const cost::CostModel &costs, const Options &options);

/// That a plan may have, by the rate that is asked for; partition::Answer::kNeverFs where none is.
int64_t longestPeriodFs(const Options &options);

Plan planOf(const ir::Model &model, const ElasticProblem &elastic, const partition::Solution &solution);

} // namespace braid::plan
