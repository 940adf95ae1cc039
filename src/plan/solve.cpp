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

double periodOf(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                const Options &options, const Plan &plan) {
  auto split = splitLayers(model, plan);
  BRAID_CHECK(split, "a plan of whole layers can be split");
  auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
  BRAID_CHECK(evaluation, "a plan that was found has costs");
  return evaluation->periodUs;
}

/// The sequential plan that is best by the objective: on as many FPGAs as are of use, unless the number is
/// asked for. More may be worse: links then take longer than layers.
llvm::Expected<Plan> bestSequential(const ir::Model &model, const device::Cluster &cluster,
                                    const cost::CostModel &costs, Options options) {
  std::optional<Plan> best;
  if (!options.fpgas && options.objective == Objective::Throughput) {
    const size_t most = std::min(cluster.fpgas.size(), sequentialUnits(model).size());
    double shortest = 0;
    for (int n = 1; n <= static_cast<int>(most); ++n) {
      options.fpgas = n;
      auto plan = sequential(model, cluster, costs, options);
      if (!plan) {
        llvm::consumeError(plan.takeError());
        continue;
      }
      const double period = periodOf(model, cluster, costs, options, *plan);
      if (!best || period < shortest)
        best = std::move(*plan), shortest = period;
    }
    options.fpgas.reset();
  }
  return best ? std::move(*best) : sequential(model, cluster, costs, options);
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
  std::vector<std::pair<std::string, std::optional<Plan>>> plans;
  llvm::Error whySequential = llvm::Error::success();
  if (auto plan = bestSequential(model, cluster, costs, options))
    plans.emplace_back("sequential", std::move(*plan));
  else if (llvm::Error error = plan.takeError(); isNoPlan(error))
    whySequential = std::move(error), plans.emplace_back("sequential", std::nullopt);
  else
    return error;
  const SplitMode cutting[] = {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows, SplitMode::Auto};
  auto cut = solveSplits(model, cluster, costs, options, cutting);
  if (!cut) {
    llvm::consumeError(std::move(whySequential));
    return cut.takeError();
  }
  for (size_t i = 0; i < cut->size(); ++i)
    plans.emplace_back(cutting[i] == SplitMode::Auto ? "mixed" : name(cutting[i]), std::move((*cut)[i]));
  std::vector<std::string> lines;
  for (auto &[what, plan] : plans) {
    if (!plan) {
      lines.push_back(fmt::format("{}: no plan fits", what));
      continue;
    }
    auto split = splitLayers(model, *plan);
    BRAID_CHECK(split, "a plan that was worked out can be split");
    auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
    BRAID_CHECK(evaluation, "a plan that was worked out has costs");
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
    return whySequential;
  llvm::consumeError(std::move(whySequential));
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
