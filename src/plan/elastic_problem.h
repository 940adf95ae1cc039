// A typed model and a cluster as a partitioning problem, and its solution as a plan.
#pragma once

#include "layer_options.h"

#include "braid/partition/problem.h"

namespace braid::plan {

/// What stays together: a layer, or a layer with weights and the thresholds that its unit computes.
struct ElasticItem {
  llvm::SmallVector<ir::LayerId, 2> layers;
};

/// Room that must stay free, by FPGA and die.
using Reserve = std::vector<std::vector<device::Resources>>;

struct ElasticProblem {
  partition::Problem problem;
  std::vector<ElasticItem> items;
  /// [table][choice]: how each layer of the item is made.
  std::vector<std::vector<llvm::SmallVector<kernel::Implementation, 2>>> made;
  std::vector<int> fpgas;   ///< By FPGA of the problem: that of the cluster
  std::vector<int> firstOf; ///< By kind: an FPGA of it, of the cluster
};

/// Whether the elastic partitioner knows all that counts: io_stream, links of one type.
bool isElastic(const ir::Model &model, const device::Cluster &cluster, const Options &options);

/// Fails where a layer has no kernel, or an option names one that the model has not.
llvm::Expected<ElasticProblem> elasticProblem(const ir::Model &model, const device::Cluster &cluster,
                                              const cost::CostModel &costs, const Options &options,
                                              const Reserve &reserve);

Plan planOf(const ir::Model &model, const ElasticProblem &elastic, const partition::Solution &solution);

} // namespace braid::plan
