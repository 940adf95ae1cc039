#include "elastic_solver.h"

#include "counts.h"
#include "elastic_corrections.h"
#include "elastic_milp.h"
#include "elastic_variants.h"
#include "near.h"
#include "no_plan.h"
#include "trim.h"

#include "braid/partition/solve.h"
#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace braid::plan {
namespace {

using partition::Answer;

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

/// A plan, and the solution of the problem that it was made of.
struct Found {
  Plan plan;
  partition::Solution solution;
  Evaluation of;
};

class ElasticSolver {
public:
  ElasticSolver(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                const Options &options, Fewest fewest)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), fewest_(fewest),
        mustCut_(options.split && *options.split != SplitMode::Sequential &&
                 *options.split != SplitMode::Auto),
        isModest_(isModest(options)), isForLatency_(options.objective == Objective::Latency),
        atMostFs_(longestPeriodFs(options)) {}
  ~ElasticSolver() { llvm::consumeError(std::move(failure_)); }
  ElasticSolver(const ElasticSolver &) = delete;
  ElasticSolver &operator=(const ElasticSolver &) = delete;

  llvm::Error prepare() {
    auto read = trimmed(model_);
    if (!read)
      return read.takeError();
    auto built = elasticProblem(*read, cluster_, costs_, options_);
    if (!built)
      return built.takeError();
    built_ = std::move(*built);
    int64_t most = 0;
    for (int cut = 1; cut <= built_.problem.cuts(); ++cut)
      most += built_.problem.isCut(cut);
    return checkCount(options_, most);
  }

  /// Of all kinds; then, where FPGAs may take turns, of as many pipelines side by side: what joins the parts
  /// of other plans may have taken the room that they promised.
  llvm::Error run(Proof *proof) {
    if (llvm::Error error = attempt(built_, proof != nullptr))
      return error;
    if (mustCut_) {
      for (int item : longestCuttable(model_, built_))
        if (llvm::Error error = attempt(cutting(built_, {item}), false))
          return error;
      if (!best_)
        if (llvm::Error error = attempt(cutting(built_, cuttable(model_, built_)), false))
          return error;
    }
    std::set<int> turns;
    for (const partition::Kind &kind : built_.problem.kinds)
      if (kind.takesTurns)
        turns.insert(kind.members);
    for (int members : turns)
      if (!isModest_ || !best_)
        if (llvm::Error error = attempt(pipelines(built_, members), false))
          return error;
    if (best_ && !isModest_ && !mustCut_ && options_.solver == Solver::Elastic)
      if (llvm::Error error = isForLatency_ ? slowDown() : closeGap())
        return error;
    if (proof && best_ && options_.solver == Solver::Elastic)
      fill(*proof);
    if (options_.near && best_)
      if (llvm::Error error = stayNear(proof))
        return error;
    return llvm::Error::success();
  }

  /// An error: no plan could be made of any solution.
  llvm::Expected<ElasticOutcome> take() {
    if (!best_ && failure_)
      return std::move(failure_);
    llvm::consumeError(std::move(failure_));
    ElasticOutcome out;
    out.isPossible = isPossible_, out.average = average_, out.infeasibleFs = certificate_.infeasibleFs;
    if (best_)
      out.plan = std::move(best_->plan), out.of = std::move(best_->of);
    out.problem = std::move(last_);
    return out;
  }

private:
  /// Solves, makes the plan and learns what it takes beside, until one fits, or none can be better.
  llvm::Error attempt(const ElasticProblem &built, bool certify) {
    Corrections corrections;
    constexpr int kMostRounds = 12;
    for (int round = 0; round < kMostRounds; ++round) {
      ElasticProblem elastic = corrections.applied(built);
      partition::SolveOptions how;
      how.certify = certify && round == 0 && options_.solver == Solver::Elastic && !isModest_;
      how.atMostFs = atMostFs_;
      how.isAnyPeriod = how.isLeastArea = isModest_;
      if (!options_.fpgas && fewest_ == Fewest::ThatFit && !isModest_) {
        const Answer any = partition::solve(elastic.problem, {.isAnyPeriod = true, .certify = false});
        if (any.solution)
          elastic.problem.mostFpgas = fpgasOf(*any.solution);
      }
      llvm::Expected<Answer> answer = options_.solver == Solver::Milp
                                          ? solveByMilp(elastic.problem)
                                          : llvm::Expected<Answer>(partition::solve(elastic.problem, how));
      if (!answer)
        return answer.takeError();
      if (how.certify) {
        first_ = elastic.problem;
        certificate_ = std::move(answer->certificate);
      }
      last_ = std::move(elastic);
      if (!answer->solution)
        break;
      isPossible_ = true;
      if (mustCut_ &&
          llvm::none_of(answer->solution->parts, [&](const auto &part) { return cutsWeights(part); }))
        break;
      constexpr double kUsPerFs = 1e-9;
      if (best_ && !isModest_ &&
          static_cast<double>(answer->solution->periodFs) * kUsPerFs >= best_->of.periodUs)
        break;
      auto fits = consider(*answer->solution, corrections);
      if (!fits) {
        if (failure_)
          llvm::consumeError(fits.takeError());
        else
          failure_ = asNoPlan(fits.takeError());
        break;
      }
      if (*fits) {
        hasten(*answer->solution, corrections);
        break;
      }
    }
    return llvm::Error::success();
  }

  /// The same plan with choices that let a frame through sooner: for the least latency as far as they fit,
  /// else on dies no fuller than the fullest.
  void hasten(const partition::Solution &solution, const Corrections &corrections) {
    const bool isBest = best_ && best_->solution.choices == solution.choices;
    if (options_.solver != Solver::Elastic || (!isForLatency_ && (isModest_ || !isBest)))
      return;
    // What joins units may take what the problem leaves.
    static constexpr int64_t kPercents[] = {100, 95, 85, 0};
    for (int64_t percent :
         isForLatency_ ? llvm::ArrayRef(kPercents) : llvm::ArrayRef(kPercents).take_back()) {
      partition::Solution sooner = solution;
      partition::hasten(last_.problem, sooner, percent);
      if (sooner.choices == solution.choices)
        continue;
      Corrections unused = corrections;
      if (auto fits = consider(std::move(sooner), unused); !fits)
        llvm::consumeError(fits.takeError());
    }
  }

  /// Slower plans leave room for choices that let a frame through sooner. A frame takes its period, and the
  /// plans that are found are somewhat faster than they must be.
  llvm::Error slowDown() {
    constexpr double kUsPerFs = 1e-9, kFaster = 1.25;
    const int64_t fastestFs = best_->solution.periodFs;
    for (int64_t percent : {115, 130, 160, 200, 300, 400}) {
      const int64_t periodFs = fastestFs / 100 * percent;
      if (llvm::Error error = attemptWithin(periodFs))
        return error;
      if (static_cast<double>(periodFs) * kUsPerFs >= best_->of.latencyUs * kFaster)
        break;
    }
    return llvm::Error::success();
  }

  /// What was learned of one plan may be too much for another: plans of little area, on as many FPGAs, at
  /// periods between what is proven and what was found, each with nothing learned before.
  llvm::Error closeGap() {
    constexpr int kMostTries = 6, kFine = 64; // of the period
    int64_t low = certificate_.infeasibleFs;
    for (int tries = 0; tries < kMostTries && low > 0; ++tries) {
      const int64_t period = best_->solution.periodFs;
      if (period - low <= period / kFine)
        break;
      const int64_t target = low + (period - low) / 2;
      if (llvm::Error error = attemptWithin(target))
        return error;
      if (best_->solution.periodFs > target)
        low = target;
    }
    return llvm::Error::success();
  }

  llvm::Error attemptWithin(int64_t targetFs) {
    constexpr int kMostRounds = 4;
    Corrections corrections;
    for (int round = 0; round < kMostRounds; ++round) {
      ElasticProblem elastic = corrections.applied(built_);
      elastic.problem.mostFpgas = fpgasOf(best_->solution);
      Answer answer = partition::solve(
          elastic.problem,
          {.atMostFs = targetFs, .isAnyPeriod = true, .isLeastArea = true, .certify = false});
      if (!answer.solution)
        break;
      last_ = std::move(elastic);
      auto fits = consider(*answer.solution, corrections);
      if (!fits) {
        llvm::consumeError(fits.takeError());
        break;
      }
      if (*fits) {
        hasten(*answer.solution, corrections);
        break;
      }
    }
    return llvm::Error::success();
  }

  bool isBetter(const Evaluation &a, const Evaluation &b) const {
    if (isForLatency_)
      return std::pair(a.latencyUs, a.periodUs) < std::pair(b.latencyUs, b.periodUs);
    if (!isModest_)
      return std::pair(a.periodUs, a.latencyUs) < std::pair(b.periodUs, b.latencyUs);
    return std::pair(a.fpgaCount(), a.area()) < std::pair(b.fpgaCount(), b.area());
  }

  /// Whether a plan reaches the rate that is asked for. What joins its units may have a pace of its own:
  /// then the next one must be so much faster.
  bool isFastEnough(double periodUs) {
    if (!isModest_ || !options_.fps || periodUs <= 1e6 / *options_.fps)
      return true;
    atMostFs_ = static_cast<int64_t>(static_cast<double>(atMostFs_) * (1e6 / *options_.fps / periodUs)) - 1;
    return false;
  }

  /// Whether a part is a team that cuts a layer with weights: of others it may only have the whole.
  bool cutsWeights(const partition::Part &part) const {
    if (!last_.cuts[static_cast<size_t>(part.kind)])
      return false;
    for (int item = part.begin; item < part.end; ++item)
      if (ir::isLinear(model_.layer(last_.items[static_cast<size_t>(item)].layers[0]).op))
        return true;
    return false;
  }

  /// Whether the plan fits with all that joins its units; else that is learned.
  llvm::Expected<bool> consider(partition::Solution solution, Corrections &corrections) {
    Plan plan = planOf(model_, last_, solution);
    plan.style = options_.style, plan.io = kernel::IoMode::Stream;
    plan.solver = name(options_.solver);
    plan.usesDies = options_.style == kernel::Style::Finn;
    if (hasTeams(last_.problem, solution)) {
      auto whole = completed(model_, cluster_, costs_, options_, std::move(plan));
      if (!whole)
        return whole.takeError();
      plan = std::move(*whole);
    } else {
      plan.crossings = crossingsOf(model_, plan.placements);
    }
    auto split = splitLayers(model_, plan); // what no one reads is cut off
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster_, split->plan, costs_, options_);
    if (!evaluation)
      return evaluation.takeError();
    const bool isOver = corrections.learn(*evaluation, options_.limits, *split, last_, solution);
    if (const auto average = corrections.average())
      average_ = std::min(average_.value_or(100), *average);
    if (isOver || !isFastEnough(evaluation->periodUs))
      return false;
    if (!best_ || isBetter(*evaluation, best_->of))
      best_ = {std::move(plan), std::move(solution), std::move(*evaluation)};
    return true;
  }

  /// Corrections only add: the plan is one of the first problem, too.
  void fill(Proof &proof) {
    if (isModest_) {
      proveFewest(proof);
      return;
    }
    if (const int count = fpgasOf(best_->solution); count > first_.mostFpgas) {
      first_.mostFpgas = count;
      certificate_ = partition::solve(first_).certificate;
    }
    proof.periodFs = best_->solution.periodFs;
    proof.boundFs = certificate_.infeasibleFs, proof.anywhereFs = certificate_.anywhereFs;
    proof.problem = std::move(first_), proof.certificate = certificate_, proof.solution = best_->solution;
  }

  /// With as many segments of an earlier plan as cost no more than may be lost.
  llvm::Error stayNear(Proof *proof) {
    const int count = fpgasOf(best_->solution);
    const int64_t atMostFs =
        isModest_ ? atMostFs_ : best_->solution.periodFs / (100 - options_.nearLoss) * 100;
    std::vector<Segment> kept = keepable(built_, segmentsOf(built_, model_, *options_.near), atMostFs, count);
    for (; !kept.empty(); kept.pop_back()) {
      Found free = std::move(*best_);
      best_.reset();
      ElasticProblem near = keeping(built_, kept);
      near.problem.mostFpgas = count;
      if (llvm::Error error = attempt(near, false))
        return error;
      if (best_ && (isModest_ || best_->of.periodUs * static_cast<double>(100 - options_.nearLoss) <=
                                     free.of.periodUs * 100)) {
        // What is proven is of plans that need not keep anything; this one has rows of its own.
        if (proof)
          proof->solution.reset();
        return llvm::Error::success();
      }
      best_ = std::move(free); // what joins its units takes too much: one less
    }
    return llvm::Error::success();
  }

  /// That no plan on fewer FPGAs is as fast.
  void proveFewest(Proof &proof) const {
    const int count = fpgasOf(best_->solution);
    if (count == 1 || options_.fpgas)
      return;
    partition::Problem fewer = built_.problem;
    fewer.fewestFpgas = 1, fewer.mostFpgas = count - 1;
    const int64_t atMostFs = longestPeriodFs(options_);
    Answer answer = partition::solve(fewer, {.atMostFs = atMostFs, .isAnyPeriod = true});
    if (answer.solution || answer.certificate.infeasibleFs < atMostFs)
      return;
    proof.boundFs = answer.certificate.infeasibleFs, proof.anywhereFs = answer.certificate.anywhereFs;
    proof.fewestFpgas = count;
    proof.problem = std::move(fewer), proof.certificate = std::move(answer.certificate);
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  const Fewest fewest_;
  const bool mustCut_; ///< Some layer, along the mode that is asked for
  const bool isModest_, isForLatency_;
  int64_t atMostFs_;
  ElasticProblem built_, last_;
  partition::Problem first_;
  partition::Certificate certificate_;
  std::optional<Found> best_;
  llvm::Error failure_ = llvm::Error::success(); ///< Of slices that cannot be joined as planned
  std::optional<int64_t> average_;
  bool isPossible_ = false;
};

} // namespace

llvm::Expected<ElasticOutcome> searchElastic(const ir::Model &model, const device::Cluster &cluster,
                                             const cost::CostModel &costs, const Options &options,
                                             Fewest fewest, Proof *proof) {
  ElasticSolver solver(model, cluster, costs, options, fewest);
  if (llvm::Error error = solver.prepare())
    return error;
  if (llvm::Error error = solver.run(proof))
    return error;
  return solver.take();
}

} // namespace braid::plan
