// Sequential split: bisection over the period, in whole picoseconds, for the shortest at which ChainSearch
// reaches the end of the model.
#include "chain_explain.h"
#include "chain_search.h"
#include "counts.h"

#include "braid/plan/evaluate.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace braid::plan {
namespace {

using device::Resources;

/// A period at which time never binds.
int64_t longestPeriod(const ChainProblem &problem) {
  int64_t sum = 1;
  for (int f = 0; f < static_cast<int>(problem.order().size()); ++f) {
    int64_t cycles = 1;
    for (int64_t u = 0; u < problem.units(); ++u)
      for (ir::LayerId layer : problem.unit(u))
        for (const LayerOption &option : problem.optionsOf(f, layer))
          cycles = std::max(cycles, std::max(option.interval, option.time.cycles));
    const auto all = static_cast<int64_t>(problem.model().layers.size());
    sum = std::max(sum, cycles * all * problem.picosecondsPerCycle(f));
    if (const auto &boundary = problem.boundaryOf(f, 0, problem.units()))
      sum = std::max({sum, boundary->picoseconds, boundary->interval * problem.picosecondsPerCycle(f)});
  }
  for (const ir::Stream &stream : problem.model().streams) // any link we know moves a bit in less than 100 ns
    sum += ir::elements(stream.shape) * stream.type.bits() * 100'000;
  return sum;
}

llvm::Error noPlan(const ChainProblem &problem, const std::string &asked, std::vector<std::string> notes) {
  explainLayers(problem, notes);
  return userError(ExitCode::NoPlan,
                   {.file = {},
                    .node = {},
                    .op = {},
                    .message = fmt::format("no plan fits {} split sequentially over cluster {}", asked,
                                           problem.cluster().name),
                    .notes = std::move(notes)});
}

/// How many FPGAs like the first would do, or 0.
int wouldFit(const ir::Model &model, device::Cluster cluster, const cost::CostModel &costs, Options options) {
  options.fpgas.reset();
  const device::Fpga first = cluster.fpgas[0];
  const auto most = static_cast<int>(sequentialUnits(model).size());
  auto link = cluster.links.empty() ? nullptr : cluster.links[0].type;
  if (!link)
    return 0;
  cluster.fpgas.assign(static_cast<size_t>(most), first);
  cluster.links.clear();
  cluster.topology = device::Topology::Star;
  for (int a = 0; a < most; ++a)
    for (int b = a + 1; b < most; ++b)
      cluster.links.push_back({a, b, link, true});
  auto problem = ChainProblem::make(model, cluster, costs, options);
  if (!problem) {
    llvm::consumeError(problem.takeError());
    return 0;
  }
  ChainSearch search(*problem);
  const int64_t period = longestPeriod(*problem);
  for (int n = 1; n <= most; ++n)
    if (search.feasible(n, period))
      return n;
  return 0;
}

/// The shortest period at which `parts` parts are feasible, above 0 and at most `longest`, which is feasible.
int64_t shortestPeriod(ChainSearch &search, int parts, int64_t longest) {
  // Between two steps the choices of layers stay the same in io_stream, and growing them is the work: steps
  // first.
  const std::vector<int64_t> steps = search.steps(parts);
  const auto first = std::partition_point(steps.begin(), steps.end(), [&](int64_t step) {
    return step < longest && !search.feasible(parts, step);
  });
  int64_t infeasible = first == steps.begin() ? 0 : *(first - 1),
          feasible = first == steps.end() ? longest : std::min(*first, longest);
  while (feasible - infeasible > 1) {
    const int64_t middle = infeasible + (feasible - infeasible) / 2;
    (search.feasible(parts, middle) ? feasible : infeasible) = middle;
  }
  return feasible;
}

/// The fastest plan of `parts` parts over all orders of FPGAs; nothing where none fits.
std::optional<Plan> fastest(ChainProblem &problem, int parts) {
  std::optional<Plan> best;
  int64_t period = 0;
  for (const std::vector<int> &order : problem.orders(parts)) {
    problem.setOrder(order);
    ChainSearch search(problem);
    const int64_t longest = longestPeriod(problem);
    // A later order must be faster.
    if (!search.feasible(parts, best ? period - 1 : longest))
      continue;
    period = shortestPeriod(search, parts, best ? period - 1 : longest);
    best = search.planFor(parts, period);
  }
  return best;
}

/// The fewest parts that fit, or exactly those asked for, in the shortest period.
std::optional<Plan> fewest(ChainProblem &problem, const Options &options) {
  if (options.fpgas)
    return fastest(problem, *options.fpgas);
  for (int parts = 1; parts <= std::min<int64_t>(problem.fpgas(), problem.units()); ++parts)
    if (std::optional<Plan> plan = fastest(problem, parts))
      return plan;
  return std::nullopt;
}

/// What must be kept free of each FPGA, beside what is: nothing where all fit.
std::map<int, Resources> excessOf(const Evaluation &evaluation, const ChainProblem &problem,
                                  const device::Limits &limits) {
  std::map<int, Resources> out;
  for (const FpgaCost &fpga : evaluation.fpgas)
    if (const Resources more = device::excessOf(fpga, fpga.used, limits, problem.reserved(fpga.fpga));
        more != Resources{})
      out[fpga.fpga] = more;
  return out;
}

} // namespace

llvm::Expected<Plan> solveChain(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options) {
  if (llvm::Error error = checkCluster(cluster, options))
    return error;
  auto problem = ChainProblem::make(model, cluster, costs, options);
  if (!problem)
    return problem.takeError();
  if (llvm::Error error = checkCount(options, problem->units()))
    return error;
  // FIFOs for frames that come early follow from a whole plan's times, and the mean use of memories and DSPs
  // from all choices. Where a plan exceeds its room, more is kept and the cuts are chosen again.
  constexpr int kMostRounds = 8;
  std::optional<Plan> plan;
  for (int round = 0; round < kMostRounds; ++round) {
    plan = fewest(*problem, options);
    if (!plan)
      break;
    auto evaluation = evaluate(model, cluster, *plan, costs, options);
    if (!evaluation)
      return evaluation.takeError();
    const auto excess = excessOf(*evaluation, *problem, options.limits);
    if (round > 0)
      plan->solver += ", with room kept";
    if (excess.empty())
      return std::move(*plan);
    for (const auto &[fpga, more] : excess)
      problem->reserve(fpga, more);
  }
  if (plan)
    return std::move(*plan); // verifyPlan says what does not fit
  std::vector<std::string> notes;
  const int asked = options.fpgas.value_or(problem->fpgas());
  std::vector<int> all(static_cast<size_t>(problem->fpgas()));
  std::iota(all.begin(), all.end(), 0);
  problem->setOrder(std::move(all));
  explainSum(*problem, asked, notes);
  explainWeights(*problem, asked, notes);
  if (asked > 1 && !cluster.link(0, 1))
    notes.push_back(
        cluster.fpgas[0].device->ports.empty()
            ? fmt::format("{} has no network port, so that nothing can be sent from one to another",
                          cluster.fpgas[0].device->name)
            : fmt::format("no link joins {} and {}", cluster.fpgas[0].name, cluster.fpgas[1].name));
  const int enough = options.pins.empty() ? wouldFit(model, cluster, costs, options) : 0;
  if (enough > asked || (options.fpgas && enough > 0))
    notes.push_back(fmt::format("{} x {} would fit", enough, cluster.fpgas[0].device->name));
  return noPlan(*problem, fmt::format("{} FPGA{}", asked, asked == 1 ? "" : "s"), std::move(notes));
}

} // namespace braid::plan
