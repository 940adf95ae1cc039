// The parts of a partitioning problem that follow from a cluster and a model as they are: the kinds of FPGAs,
// and the streams with what stands at their ends.
#pragma once

#include "elastic_problem.h"

namespace braid::plan {

inline void add(partition::Needs &to, const partition::Needs &more) {
  for (size_t r = 0; r < partition::kResources; ++r)
    to[r] += more[r];
}

/// Adds to `needs` what a kernel takes, and gives the cycles that it needs for a frame. What is not known is
/// nothing, here: the plan says so.
int64_t addNeeds(partition::Needs &needs, const kernel::Kernel &kernel, const device::Device &device,
                 const cost::CostModel &costs);

/// The default link type of a device's first port; null where it has none.
std::shared_ptr<const device::LinkType> ownLink(const device::Device &device);

/// Kinds, FPGAs, and the ways from one to the next.
void addFpgas(ElasticProblem &elastic, const device::Cluster &cluster, const cost::CostModel &costs,
              const Options &options);

/// Streams between items, hosts included, once kinds and layers stand. `itemOf`: by layer of the model.
void addStreams(ElasticProblem &elastic, const ir::Model &model, const device::Cluster &cluster,
                const cost::CostModel &costs, const Options &options, const std::vector<int> &itemOf);

/// Whether an item stands on the FPGA of the one before it: in the FINN style what only names its stream.
bool staysWithLast(const ElasticProblem &elastic, const ir::Model &model, const Options &options,
                   size_t item);

/// Exit code 3 where pins, in the order of items, ask for what no plan of consecutive layers has.
llvm::Error checkItemPins(const ElasticProblem &elastic, const ir::Model &model,
                          const device::Cluster &cluster, const Options &options);

/// The only kind that an item may be on, by the pins of its layers, and in `own` the only die; -1: any.
int pinnedKind(const ElasticProblem &elastic, const ir::Model &model, const Options &options, size_t item,
               partition::Layer &own);

} // namespace braid::plan
