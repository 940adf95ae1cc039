// Solvers: free functions from a problem to a plan, one a file.
#pragma once

#include "braid/partition/solve.h"
#include "braid/plan/plan.h"

#include <limits>
#include <optional>
#include <vector>

namespace braid::plan {

/// Cuts the layers, in topological order, into consecutive parts for the cluster's FPGAs in order, and
/// chooses reuse factors so that every part fits its budget and the slowest part or link is as fast as
/// possible: exact for this cost model (dynamic programming over cuts, all Pareto-optimal choices kept within
/// a part). Without options.fpgas: the fewest FPGAs that hold the model, then the shortest period. Infeasible
/// (exit code 3): says what binds and what would fit.
llvm::Expected<Plan> solveChain(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options);

/// The layers that stay together: a layer with weights, a pool, or a merge, with the element-wise layers that
/// follow. A sequential split has at most this many parts.
std::vector<std::vector<ir::LayerId>> sequentialUnits(const ir::Model &model);

/// What is proven of a plan of whole layers, as problem.json and certificate.json say it
/// (src/partition/README.md); periods in femtoseconds.
struct Proof {
  partition::Problem problem;
  partition::Certificate certificate;
  std::optional<partition::Solution> solution; ///< The plan, where it is one of the problem
  int64_t periodFs = 0;                        ///< 0: see fewestFpgas
  int64_t boundFs = 0;                         ///< No plan of consecutive layers has a period of at most this
  int64_t anywhereFs = 0;                      ///< No placement at all has one of at most this
  int fewestFpgas = 0; ///< Where a rate is asked for: no plan on fewer reaches it; the bounds are those of
                       ///< plans on fewer

  bool isThere() const { return !problem.layers.empty(); }
};

/// The plan that the options ask for: by solveChain where layers stay whole, by solveSplit where they may be
/// cut, or must be. What alternatives would have given is added to `notes`;
/// of a plan by the elastic partitioner, what is proven is left in `proof`.
llvm::Expected<Plan> solve(const ir::Model &model, const device::Cluster &cluster,
                           const cost::CostModel &costs, const Options &options,
                           std::vector<std::string> &notes, Proof *proof = nullptr);

/// The best plan found that cuts layers along `mode` (neurons, inputs, rows; Auto: along any, and no worse
/// than along one alone), one by one and in groups, beside sequential cuts. Groups of consecutive units go to
/// as many FPGAs as each is given; an estimate that takes such FPGAs for a larger one ranks the ways to do
/// so, and the best are worked out exactly.
llvm::Expected<Plan> solveSplit(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options, SplitMode mode);

/// The same for several modes, without doing anything twice; nothing for those of which no plan fits.
llvm::Expected<std::vector<std::optional<Plan>>>
solveSplits(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
            const Options &options, llvm::ArrayRef<SplitMode> modes);

/// Chooses what a complete plan leaves open (reuse factor 0): implementations with which every FPGA keeps its
/// budget and the slowest stage is as fast as possible, but no faster than the links; among those, what fills
/// the FPGAs least. Exact for the placement. Infeasible (exit code 3): names FPGA and resource. Gives up, as
/// infeasible, where the period is sure to be longer than `atMostUs`.
llvm::Expected<Plan> chooseImplementations(const ir::Model &model, const device::Cluster &cluster,
                                           const cost::CostModel &costs, const Options &options, Plan plan,
                                           double atMostUs = std::numeric_limits<double>::infinity());

} // namespace braid::plan
