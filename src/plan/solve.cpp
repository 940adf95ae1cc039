// Which solver answers, and what the others would have.
#include "braid/plan/solve.h"

#include "layer_options.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace braid::plan {
namespace {

llvm::Expected<Plan> sequential(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options) {
  auto plan = solveChain(model, cluster, costs, options);
  return plan ? complete(model, std::move(*plan)) : std::move(plan);
}

/// The sequential plan that is best by the objective: on as many FPGAs as are of use, unless the number is
/// asked for.
llvm::Expected<Plan> bestSequential(const ir::Model &model, const device::Cluster &cluster,
                                    const cost::CostModel &costs, Options options) {
  if (!options.fpgas && options.objective == Objective::Throughput)
    for (auto n = static_cast<int>(std::min(cluster.fpgas.size(), sequentialUnits(model).size())); n > 1;
         --n) {
      options.fpgas = n;
      auto plan = sequential(model, cluster, costs, options);
      if (plan)
        return plan;
      llvm::consumeError(plan.takeError());
    }
  else
    return sequential(model, cluster, costs, options);
  options.fpgas.reset();
  return sequential(model, cluster, costs, options);
}

/// Whether an error says that no plan fits, rather than that something is wrong.
bool isNoPlan(llvm::Error &error) {
  bool is = false;
  error = llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> user) -> llvm::Error {
    is = user->code() == ExitCode::NoPlan;
    return llvm::Error(std::move(user));
  });
  return is;
}

/// Whether some layer fits no FPGA of the cluster whole, however it is made.
bool mustBeCut(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
               const Options &options) {
  const kernel::IoMode io = ioModeFor(model, options);
  return std::any_of(model.layers.begin(), model.layers.end(), [&](const ir::Layer &layer) {
    return std::none_of(cluster.fpgas.begin(), cluster.fpgas.end(), [&](const device::Fpga &fpga) {
      auto choices = layerOptions(model, layer, layer.name, io, *fpga.device, costs, options);
      if (!choices) {
        llvm::consumeError(choices.takeError());
        return false;
      }
      const device::Resources budget =
          device::usable(fpga.device->capacity(), options.limits) - fpga.device->shell();
      return std::any_of(choices->begin(), choices->end(),
                         [&](const LayerOption &option) { return option.resources.fitsIn(budget); });
    });
  });
}

/// All ways to split, the best by the objective.
llvm::Expected<Plan> best(const ir::Model &model, const device::Cluster &cluster,
                          const cost::CostModel &costs, const Options &options,
                          std::vector<std::string> &notes) {
  std::optional<Plan> found;
  std::array<double, 3> key = {};
  llvm::Error first = llvm::Error::success();
  std::vector<std::string> lines;
  for (SplitMode mode :
       {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows, SplitMode::Auto}) {
    const std::string what = mode == SplitMode::Auto ? "mixed" : name(mode);
    auto plan = mode == SplitMode::Sequential ? bestSequential(model, cluster, costs, options)
                                              : solveSplit(model, cluster, costs, options, mode);
    if (!plan) {
      llvm::Error error = plan.takeError();
      if (!isNoPlan(error)) {
        llvm::consumeError(std::move(first));
        return error;
      }
      lines.push_back(fmt::format("{}: no plan fits", what));
      if (!first)
        first = std::move(error);
      else
        llvm::consumeError(std::move(error));
      continue;
    }
    auto split = splitLayers(model, *plan);
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
    if (!evaluation)
      return evaluation.takeError();
    const auto fpgas = static_cast<double>(evaluation->fpgas.size());
    lines.push_back(fmt::format("{}: {} frames/s, {:.3f} us, {} FPGA{}", what,
                                withThousands(static_cast<int64_t>(evaluation->framesPerSecond())),
                                evaluation->latencyUs, evaluation->fpgas.size(),
                                evaluation->fpgas.size() == 1 ? "" : "s"));
    const std::array<double, 3> own = options.objective == Objective::Latency
                                          ? std::array{evaluation->latencyUs, evaluation->periodUs, fpgas}
                                      : options.objective == Objective::Fpgas
                                          ? std::array{fpgas, evaluation->periodUs, evaluation->latencyUs}
                                          : std::array{evaluation->periodUs, fpgas, evaluation->latencyUs};
    if (!found || own < key)
      found = std::move(*plan), key = own;
  }
  for (std::string &line : lines)
    notes.push_back("split " + line);
  if (!found)
    return first;
  llvm::consumeError(std::move(first));
  return std::move(*found);
}

} // namespace

llvm::Expected<Plan> solve(const ir::Model &model, const device::Cluster &cluster,
                           const cost::CostModel &costs, const Options &options,
                           std::vector<std::string> &notes) {
  if (!options.cuts.empty())
    return solveSplit(model, cluster, costs, options, SplitMode::Sequential);
  if (options.split && *options.split == SplitMode::Auto)
    return best(model, cluster, costs, options, notes);
  if (options.split && *options.split != SplitMode::Sequential)
    return solveSplit(model, cluster, costs, options, *options.split);
  auto plan = sequential(model, cluster, costs, options);
  if (plan || options.split)
    return plan;
  llvm::Error error = plan.takeError();
  if (!isNoPlan(error) || !mustBeCut(model, cluster, costs, options))
    return error;
  // No FPGA can hold some layer whole: it is cut without being asked.
  auto cut = solveSplit(model, cluster, costs, options, SplitMode::Auto);
  if (!cut) {
    llvm::consumeError(cut.takeError());
    return error;
  }
  llvm::consumeError(std::move(error));
  notes.push_back("a layer fits no FPGA whole: layers are cut");
  return cut;
}

} // namespace braid::plan
