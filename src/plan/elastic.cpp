#include "elastic.h"

#include "counts.h"
#include "elastic_explain.h"
#include "elastic_solver.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace braid::plan {
namespace {

/// An error with another note.
llvm::Error withNote(llvm::Error error, const std::string &note) {
  return llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> fault) -> llvm::Error {
    fault->diagnostics().front().notes.push_back(note);
    return llvm::Error(std::move(fault));
  });
}

/// A plan of the simple solver, where it keeps all budgets: it does not know all that stands beside layers.
llvm::Expected<Plan> kept(const ir::Model &model, const device::Cluster &cluster,
                          const cost::CostModel &costs, const Options &options, llvm::Expected<Plan> plan) {
  if (!plan)
    return plan;
  auto whole = complete(model, std::move(*plan));
  if (!whole)
    return whole;
  auto split = splitLayers(model, *whole);
  if (!split)
    return split.takeError();
  if (llvm::Error error = verifyPlan(split->model, cluster, split->plan, costs, options))
    return error;
  return whole;
}

/// The plan found, or one of the simple solver on as many FPGAs where that is faster, or sooner where that is
/// asked for: what joins units, which it counts as it goes, may have cost the search more than it takes.
llvm::Expected<Plan> orSimple(const ir::Model &model, const device::Cluster &cluster,
                              const cost::CostModel &costs, const Options &options, ElasticOutcome found,
                              Proof *proof) {
  constexpr size_t kShortModel = 32; ///< Layers: it takes its time
  constexpr double kUsPerFs = 1e-9;
  const double bound = static_cast<double>(found.infeasibleFs + 1) * kUsPerFs;
  const bool isWhole = !options.split || *options.split == SplitMode::Sequential;
  if (options.style != kernel::Style::Hls4ml || options.solver != Solver::Elastic || !isWhole ||
      isModest(options) || options.near || found.of.periodUs <= bound || model.layers.size() > kShortModel ||
      llvm::any_of(options.pins, [](const Pin &pin) { return !pin.die.empty(); }))
    return std::move(*found.plan);
  Options same = options;
  same.fpgas = static_cast<int>(found.of.fpgaCount());
  auto simple = kept(model, cluster, costs, options, solveChain(model, cluster, costs, same));
  if (!simple) {
    llvm::consumeError(simple.takeError());
    return std::move(*found.plan);
  }
  auto split = splitLayers(model, *simple);
  if (!split)
    return split.takeError();
  auto of = evaluate(split->model, cluster, split->plan, costs, options);
  if (!of)
    return of.takeError();
  const bool isForLatency = options.objective == Objective::Latency;
  if (isForLatency ? of->latencyUs >= found.of.latencyUs : of->periodUs >= found.of.periodUs)
    return std::move(*found.plan);
  if (proof)
    proof->solution.reset();
  return simple;
}

} // namespace

llvm::Expected<Plan> solveElastic(const ir::Model &model, const device::Cluster &cluster,
                                  const cost::CostModel &costs, const Options &options, Fewest fewest,
                                  Proof *proof) {
  if (llvm::Error error = checkCluster(cluster, options))
    return error;
  auto found = searchElastic(model, cluster, costs, options, fewest, proof);
  if (!found)
    return found.takeError();
  if (found->plan)
    return orSimple(model, cluster, costs, options, std::move(*found), proof);
  // What joins units fits nowhere beside these choices: the simple solver, which leaves it more. It knows no
  // dies.
  const bool isWhole = !options.split || *options.split == SplitMode::Sequential;
  if (isWhole && found->isPossible &&
      llvm::all_of(options.pins, [](const Pin &pin) { return pin.die.empty(); })) {
    auto simple = kept(model, cluster, costs, options, solveChain(model, cluster, costs, options));
    if (simple)
      return simple;
    if (found->average)
      return withNote(
          simple.takeError(),
          fmt::format("a limit of {} % of BRAM18, URAM and DSP in the mean instead of {} % would do",
                      *found->average, options.limits.average));
    llvm::consumeError(simple.takeError());
  }
  const ElasticProblem &elastic = found->problem;
  const int asked = elastic.problem.mostFpgas;
  return userError(
      ExitCode::NoPlan,
      {.file = {},
       .node = {},
       .op = {},
       .message = fmt::format(
           "no plan {} {} FPGA{} {} over cluster {}",
           options.fps ? fmt::format("makes {} frames/s on up to", shortest(*options.fps)) : "fits", asked,
           asked == 1 ? "" : "s",
           isWhole ? "split sequentially" : fmt::format("split by {}", name(*options.split)), cluster.name),
       .notes = explainElastic(elastic, cluster, options)});
}

} // namespace braid::plan
