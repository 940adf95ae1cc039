#include "elastic.h"

#include "counts.h"
#include "elastic_explain.h"
#include "elastic_problem.h"

#include "braid/partition/files.h"
#include "braid/partition/milp.h"
#include "braid/partition/solve.h"
#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace braid::plan {
namespace {

using device::Resources;
using partition::Answer;

/// What must be kept free of each FPGA's dies beside what is, so that the plan's excess does not come again;
/// empty: there is none.
Reserve excessOf(const Evaluation &evaluation, const device::Cluster &cluster, const ElasticProblem &elastic,
                 const Reserve &kept, const device::Limits &limits) {
  Reserve out(cluster.fpgas.size());
  bool isAny = false;
  for (size_t f = 0; f < cluster.fpgas.size(); ++f)
    out[f].resize(elastic.problem.kinds[static_cast<size_t>(elastic.problem.fpgas[f].kind)].dies.size());
  for (const FpgaCost &fpga : evaluation.fpgas) {
    std::vector<Resources> &own = out[static_cast<size_t>(fpga.fpga)];
    for (size_t die = 0; die < own.size(); ++die) {
      const device::Room &room = own.size() == 1 ? static_cast<const device::Room &>(fpga) : fpga.dies[die];
      own[die] = device::excessOf(room, own.size() == 1 ? fpga.used : fpga.dies[die].used, limits,
                                  kept.empty() ? Resources{} : kept[static_cast<size_t>(fpga.fpga)][die]);
      isAny = isAny || own[die] != Resources{};
    }
  }
  return isAny ? out : Reserve();
}

/// The limit of the mean use of memories and DSPs with which a plan would do, in whole percent; nothing where
/// it exceeds more than that.
std::optional<int64_t> averageFor(const Evaluation &evaluation) {
  int64_t least = 0;
  const auto raise = [&](const device::Room &room, const Resources &used) {
    const device::Average average = device::averageOf(room, used);
    least = std::max(least, ceilDiv(100 * average.over, average.of));
    return used.fitsIn(room.budget);
  };
  for (const FpgaCost &fpga : evaluation.fpgas) {
    if (!(fpga.dies.empty() ? raise(fpga, fpga.used) : fpga.used.fitsIn(fpga.budget)))
      return std::nullopt;
    for (const DieCost &die : fpga.dies)
      if (!raise(die, die.used))
        return std::nullopt;
  }
  return least;
}

/// An error with another note.
llvm::Error withNote(llvm::Error error, const std::string &note) {
  return llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> fault) -> llvm::Error {
    fault->diagnostics().front().notes.push_back(note);
    return llvm::Error(std::move(fault));
  });
}

/// What is kept free, and more: as much on all FPGAs of a kind, so that they stay alike.
Reserve sumOf(Reserve all, const Reserve &more, const ElasticProblem &elastic, int round) {
  all.resize(more.size());
  for (size_t f = 0; f < more.size(); ++f) {
    all[f].resize(more[f].size());
    for (size_t die = 0; die < more[f].size(); ++die)
      for (device::Resource r : device::kResources) {
        int64_t most = 0;
        for (size_t other = 0; other < more.size(); ++other)
          if (elastic.problem.fpgas[other].kind == elastic.problem.fpgas[f].kind)
            most = std::max(most, more[other][die][r]);
        all[f][die][r] += most + most * round / 2; // other choices need other converters: more each time
      }
  }
  return all;
}

/// The plan of the program that CBC solves, for comparison: of the fewest FPGAs, in the order of the cluster
/// or of its first walk, within so many seconds for each number of them.
llvm::Expected<Answer> solveByMilp(const partition::Problem &problem) {
  constexpr int kSeconds = 600;
  std::vector<int> walk;
  for (int fpga = 0; fpga < static_cast<int>(problem.fpgas.size()); ++fpga)
    walk.push_back(fpga);
  if (!problem.walks.empty())
    walk = problem.walks[0];
  Answer answer;
  for (int count = problem.fewestFpgas; count <= std::min(problem.mostFpgas, static_cast<int>(walk.size()));
       ++count) {
    auto found = partition::solveMilp(problem, {walk.begin(), walk.begin() + count}, kSeconds);
    if (!found)
      return found.takeError();
    if (!found->solution)
      continue;
    auto period = partition::periodOf(problem, *found->solution);
    if (!period) // wires between dies, which the program leaves out
      return period.takeError();
    answer.solution = std::move(found->solution);
    answer.solution->periodFs = *period;
    break;
  }
  return answer;
}

int fpgasOf(const partition::Solution &solution) {
  size_t sum = 0;
  for (const partition::Part &part : solution.parts)
    sum += part.fpgas.size();
  return static_cast<int>(sum);
}

bool hasTeams(const partition::Problem &problem, const partition::Solution &solution) {
  return std::any_of(solution.parts.begin(), solution.parts.end(),
                     [&](const partition::Part &part) { return problem.kind(part.kind).of >= 0; });
}

/// With what joins the slices of teams, and implementations of what stands whole on one member.
llvm::Expected<Plan> completed(const ir::Model &model, const device::Cluster &cluster,
                               const cost::CostModel &costs, const Options &options, Plan plan) {
  auto whole = complete(model, std::move(plan));
  if (!whole)
    return whole;
  return chooseImplementations(model, cluster, costs, options, std::move(*whole));
}

} // namespace

llvm::Expected<Plan> solveElastic(const ir::Model &model, const device::Cluster &cluster,
                                  const cost::CostModel &costs, const Options &options, Fewest fewest,
                                  Proof *proof) {
  Reserve reserve;
  std::optional<Plan> plan;
  partition::Problem first;
  partition::Certificate certificate;
  std::optional<int64_t> average; ///< With which some plan would do
  if (llvm::Error error = checkCluster(cluster, options))
    return error;
  constexpr int kMostRounds = 8;
  for (int round = 0; round < kMostRounds; ++round) {
    auto elastic = elasticProblem(model, cluster, costs, options, reserve);
    if (!elastic)
      return elastic.takeError();
    int64_t most = 0;
    for (int cut = 1; cut <= elastic->problem.cuts(); ++cut)
      most += elastic->problem.isCut(cut);
    if (llvm::Error error = checkCount(options, most))
      return error;
    partition::SolveOptions how;
    how.certify = proof && round == 0 && options.solver == Solver::Elastic;
    if (!options.fpgas && fewest == Fewest::ThatFit) {
      const Answer any = partition::solve(elastic->problem, {.isAnyPeriod = true, .certify = false});
      if (any.solution)
        elastic->problem.mostFpgas = fpgasOf(*any.solution);
    }
    llvm::Expected<Answer> found = options.solver == Solver::Milp
                                       ? solveByMilp(elastic->problem)
                                       : llvm::Expected<Answer>(partition::solve(elastic->problem, how));
    if (!found)
      return found.takeError();
    Answer &answer = *found;
    if (how.certify) {
      first = elastic->problem;
      certificate = std::move(answer.certificate);
    }
    if (!answer.solution)
      break;
    plan = planOf(model, *elastic, *answer.solution);
    plan->style = options.style, plan->io = kernel::IoMode::Stream;
    plan->solver = name(options.solver);
    plan->usesDies = options.style == kernel::Style::Finn;
    if (hasTeams(elastic->problem, *answer.solution)) {
      auto whole = completed(model, cluster, costs, options, std::move(*plan));
      if (!whole)
        return whole;
      plan = std::move(*whole);
    } else {
      plan->crossings = crossingsOf(model, plan->placements);
    }
    auto split = splitLayers(model, *plan); // what no one reads is cut off
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
    if (!evaluation)
      return evaluation.takeError();
    const Reserve excess = excessOf(*evaluation, cluster, *elastic, reserve, options.limits);
    if (excess.empty()) {
      // Less room was left in later rounds: the plan is one of the first round's problem, too.
      if (proof && options.solver == Solver::Elastic) {
        if (const int count = fpgasOf(*answer.solution); count > first.mostFpgas) {
          first.mostFpgas = count;
          certificate = partition::solve(first).certificate;
        }
        proof->problem = partition::toJson(first);
        proof->periodFs = answer.solution->periodFs;
        proof->boundFs = certificate.infeasibleFs, proof->anywhereFs = certificate.anywhereFs;
        proof->certificate = partition::toJson(*answer.solution, certificate);
      }
      return std::move(*plan);
    }
    if (const auto own = averageFor(*evaluation))
      average = std::min(average.value_or(100), *own);
    reserve = sumOf(std::move(reserve), excess, *elastic, round);
  }
  // What joins units fits nowhere beside these choices: the simple solver, which leaves it more. It knows no
  // dies.
  if (plan && llvm::all_of(options.pins, [](const Pin &pin) { return pin.die.empty(); })) {
    auto simple = solveChain(model, cluster, costs, options);
    if (simple || !average)
      return simple;
    return withNote(
        simple.takeError(),
        fmt::format("a limit of {} % of BRAM18, URAM and DSP in the mean instead of {} % would do", *average,
                    options.limits.average));
  }
  auto elastic = elasticProblem(model, cluster, costs, options, reserve);
  if (!elastic)
    return elastic.takeError();
  const int asked = elastic->problem.mostFpgas;
  return userError(ExitCode::NoPlan,
                   {.file = {},
                    .node = {},
                    .op = {},
                    .message = fmt::format("no plan fits {} FPGA{} split sequentially over cluster {}", asked,
                                           asked == 1 ? "" : "s", cluster.name),
                    .notes = explainElastic(*elastic, cluster, options)});
}

} // namespace braid::plan
