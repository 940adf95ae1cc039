#include "modest.h"

#include "elastic.h"
#include "elastic_problem.h"
#include "no_plan.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/settle.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::plan {
namespace {

/// FPGAs beside the fewest, for area or latency: each more has network stacks, and a link, of its own.
constexpr int kMore = 4;

class ModestSolver {
public:
  ModestSolver(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
               const Options &options)
      : model_(model), cluster_(cluster), costs_(costs), options_(options) {}

  llvm::Expected<Plan> run(std::vector<std::string> &notes, Proof *proof) {
    if (options_.objective == Objective::Area &&
        (options_.solver != Solver::Elastic || !isElastic(model_, cluster_, options_)))
      return badUsage(
          "--objective area: the elastic solver plans by it, layers in io_stream over links of one "
          "type; --io stream would work");
    const auto most = static_cast<int>(cluster_.fpgas.size());
    auto found = options_.fpgas || findsFewest() ? tried(options_, notes, proof) : counted(1, most, notes);
    if (!found)
      found = orFastest(found.takeError());
    if (!found)
      return found.takeError();
    if (!options_.fpgas && options_.objective == Objective::Area) {
      const auto fewest = static_cast<int>(found->evaluation.fpgaCount());
      std::vector<std::string> own;
      auto other = counted(fewest + 1, std::min(most, fewest + kMore), own);
      if (!other) {
        llvm::consumeError(other.takeError());
      } else if (other->evaluation.area() < found->evaluation.area()) {
        found = std::move(other);
        if (proof)
          *proof = {};
        notes.insert(notes.end(), own.begin(), own.end());
      }
    }
    return std::move(found->plan);
  }

private:
  struct Found {
    Plan plan;
    Evaluation evaluation;
  };

  /// Whether one search finds the fewest FPGAs by itself.
  bool findsFewest() const {
    if (options_.objective == Objective::Latency || options_.solver != Solver::Elastic ||
        !options_.cuts.empty() || options_.replicas.value_or(1) > 1 || !isElastic(model_, cluster_, options_))
      return false;
    return !options_.split || *options_.split == SplitMode::Sequential ||
           (*options_.split == SplitMode::Auto && options_.style == kernel::Style::Finn &&
            isAnyOrder(cluster_));
  }

  llvm::Expected<Found> tried(const Options &options, std::vector<std::string> &notes, Proof *proof) const {
    return evaluated(solveFreely(model_, cluster_, costs_, options, notes, proof), options);
  }

  llvm::Expected<Found> evaluated(llvm::Expected<Plan> plan, const Options &options) const {
    if (!plan)
      return plan.takeError();
    auto split = splitLayers(model_, *plan);
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster_, split->plan, costs_, options);
    if (!evaluation)
      return evaluation.takeError();
    if (options.fps && evaluation->framesPerSecond() < *options.fps)
      return noPlan(tooSlow());
    return Found{std::move(*plan), std::move(*evaluation)};
  }

  std::string tooSlow() const {
    const size_t count = options_.fpgas ? static_cast<size_t>(*options_.fpgas) : cluster_.fpgas.size();
    return fmt::format("no plan found {} on {}{} FPGA{} of cluster {}",
                       options_.fps ? fmt::format("makes {} frames/s", shortest(*options_.fps)) : "fits",
                       options_.fpgas ? "" : "up to ", count, count == 1 ? "" : "s", cluster_.name);
  }

  /// The first that will do on exactly so many FPGAs; for area or latency, the best of those on a few more.
  llvm::Expected<Found> counted(int first, int last, std::vector<std::string> &notes) const {
    const bool isFirst = options_.objective != Objective::Area && options_.objective != Objective::Latency;
    const auto costOf = [&](const Evaluation &of) {
      return options_.objective == Objective::Latency ? of.latencyUs : of.area();
    };
    std::optional<Found> best;
    for (int count = first; count <= last; ++count) {
      Options options = options_;
      options.fpgas = count;
      std::vector<std::string> own;
      auto found = tried(options, own, nullptr);
      if (!found) {
        llvm::Error fault = found.takeError();
        if (count == first && !isNoPlan(fault))
          return fault;
        llvm::consumeError(std::move(fault));
        continue;
      }
      if (!best)
        last = std::min(last, isFirst ? count : count + kMore);
      if (!best || costOf(found->evaluation) < costOf(best->evaluation)) {
        best = std::move(*found);
        notes = std::move(own);
      }
    }
    if (!best)
      return noPlan(tooSlow());
    return std::move(*best);
  }

  /// On as many FPGAs as that takes.
  llvm::Expected<Found> fastestBy(const Options &options) const {
    std::vector<std::string> notes;
    const bool isWhole = !options.split || *options.split == SplitMode::Sequential;
    if (options.fpgas || !isWhole || !options.cuts.empty())
      return tried(options, notes, nullptr);
    Options any = options;
    any.split = SplitMode::Sequential;
    std::optional<Found> best;
    if (!findsFewest())
      for (int count = 1; count <= static_cast<int>(cluster_.fpgas.size()); ++count) {
        any.fpgas = count;
        auto found = tried(any, notes, nullptr);
        if (!found)
          llvm::consumeError(found.takeError());
        else if (!best || found->evaluation.periodUs < best->evaluation.periodUs)
          best = std::move(*found);
      }
    if (best)
      return std::move(*best);
    auto plan = solveElastic(model_, cluster_, costs_, any, Fewest::OfTheFastest, nullptr);
    if (!plan)
      return plan.takeError();
    return evaluated(complete(model_, std::move(*plan)), options);
  }

  /// The fastest plan, where that will do; else the error, with the rate that can be reached.
  llvm::Expected<Found> orFastest(llvm::Error error) const {
    std::optional<Found> fastest;
    error = llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> fault) -> llvm::Error {
      if (fault->code() != ExitCode::NoPlan || fault->diagnostics().empty() || !options_.fps)
        return llvm::Error(std::move(fault));
      Options free = options_;
      free.fps.reset();
      if (free.objective != Objective::Latency)
        free.objective = Objective::Throughput;
      std::vector<std::string> &notes = fault->diagnostics().front().notes;
      auto found = fastestBy(free);
      if (!found) {
        llvm::consumeError(found.takeError());
        notes.insert(notes.begin(), "no plan fits at any rate");
        return llvm::Error(std::move(fault));
      }
      const Evaluation &of = found->evaluation;
      notes.insert(notes.begin(),
                   fmt::format("the fastest makes {} frames/s on {} FPGA{}, {:.1f} % of that; {} binds",
                               withThousands(static_cast<int64_t>(of.framesPerSecond())), of.fpgaCount(),
                               of.fpgaCount() == 1 ? "" : "s", 100 * of.framesPerSecond() / *options_.fps,
                               of.bottleneck));
      if (of.framesPerSecond() >= *options_.fps)
        fastest = std::move(*found);
      return llvm::Error(std::move(fault));
    });
    if (!fastest)
      return error;
    llvm::consumeError(std::move(error));
    return std::move(*fastest);
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
};

} // namespace

llvm::Expected<Plan> solveFreely(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof) {
  return (options.style == kernel::Style::Finn ? solveUnits : solve)(model, cluster, costs, options, notes,
                                                                     proof);
}

llvm::Expected<Plan> solveModest(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof) {
  return ModestSolver(model, cluster, costs, options).run(notes, proof);
}

} // namespace braid::plan
