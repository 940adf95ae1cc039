// Sequential split: for a period T, which cuts are feasible? Parts grow unit by unit with all their Pareto-optimal
// choices; cuts are reached FPGA by FPGA. Bisection over T, in whole picoseconds, finds the shortest feasible one.
#include "chain_problem.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::plan {
namespace {

using device::Resources;
using kernel::IoMode;

/// Choices beyond this many within one part are thinned, and the plan is no longer proven optimal.
constexpr size_t kMostChoices = 4096;

class ChainSearch {
public:
  explicit ChainSearch(const ChainProblem &problem) : problem_(problem) {}

  /// Whether the first `fpgas` FPGAs can hold all units, none empty, at a period of at most `period` ps.
  bool feasible(int fpgas, int64_t period) {
    const auto units = static_cast<size_t>(problem_.units());
    reach_.assign(static_cast<size_t>(fpgas) + 1, std::vector<int64_t>(units + 1, -1));
    reach_[0][0] = 0;
    for (int f = 0; f < fpgas; ++f)
      for (int64_t begin = 0; begin < problem_.units(); ++begin)
        if (reach_[static_cast<size_t>(f)][static_cast<size_t>(begin)] >= 0)
          extend(f, begin, period, [&](int64_t end, const Choice &) {
            int64_t &from = reach_[static_cast<size_t>(f) + 1][static_cast<size_t>(end)];
            if (from < 0)
              from = begin;
          });
    return reach_[static_cast<size_t>(fpgas)][units] >= 0;
  }

  /// The plan of the last feasible() call with the same arguments.
  Plan planFor(int fpgas, int64_t period) {
    BRAID_CHECK(feasible(fpgas, period), "a plan was asked of an infeasible period");
    std::vector<int64_t> cuts = {problem_.units()};
    for (int f = fpgas; f > 0; --f)
      cuts.push_back(reach_[static_cast<size_t>(f)][static_cast<size_t>(cuts.back())]);
    std::reverse(cuts.begin(), cuts.end());
    Plan plan;
    plan.io = problem_.io();
    plan.solver = thinned_ ? "chain-dp (thinned)" : "chain-dp";
    for (int f = 0; f < fpgas; ++f)
      place(f, cuts[static_cast<size_t>(f)], cuts[static_cast<size_t>(f) + 1], period, plan);
    std::sort(plan.placements.begin(), plan.placements.end(),
              [](const Placement &a, const Placement &b) { return a.layer < b.layer; });
    plan.crossings = crossingsOf(problem_.model(), plan.placements);
    return plan;
  }

private:
  /// Calls found(end, best choice) for each end to which units [begin, end) fit FPGA f at the period.
  template <class Found> void extend(int f, int64_t begin, int64_t period, Found &&found) {
    const int64_t cycles = period / problem_.picosecondsPerCycle(f);
    const Resources budget = problem_.budgetOf(f);
    std::vector<Choice> set = {{}};
    for (int64_t end = begin; end < problem_.units(); ++end) {
      for (ir::LayerId layer : problem_.unit(end))
        set = grown(set, problem_.optionsOf(f, layer), cycles, budget);
      if (set.empty())
        return;
      const std::optional<Boundary> boundary = problem_.boundaryOf(f, begin, end + 1);
      if (!boundary || boundary->picoseconds > period || boundary->interval > cycles)
        continue;
      const Choice *best = nullptr;
      for (const Choice &choice : set) {
        const Resources all = choice.resources + boundary->resources;
        if (all.fitsIn(budget) && (!best || utilisationPpm(all, budget) < utilisationPpm(best->resources + boundary->resources, budget)))
          best = &choice;
      }
      if (best)
        found(end + 1, *best);
    }
  }

  std::vector<Choice> grown(const std::vector<Choice> &set, const std::vector<LayerOption> &options, int64_t cycles,
                            const Resources &budget) {
    std::vector<Choice> out;
    for (const Choice &choice : set)
      for (size_t o = 0; o < options.size(); ++o) {
        if (options[o].interval > cycles)
          continue;
        Choice next = {choice.resources + options[o].resources, choice.time + options[o].time, choice.options};
        // Until a layer makes the part a dataflow region, its slowest layer alone decides.
        if (next.time.dataflow && next.time.cycles - next.time.isDense > cycles)
          continue;
        if (!next.resources.fitsIn(budget))
          continue;
        next.options.push_back(static_cast<int16_t>(o));
        insertPareto(out, std::move(next));
      }
    if (out.size() > kMostChoices) {
      thinned_ = true;
      std::stable_sort(out.begin(), out.end(), [&](const Choice &a, const Choice &b) {
        return utilisationPpm(a.resources, budget) < utilisationPpm(b.resources, budget);
      });
      out.resize(kMostChoices);
    }
    return out;
  }

  void place(int f, int64_t begin, int64_t end, int64_t period, Plan &plan) {
    Choice chosen;
    extend(f, begin, period, [&](int64_t to, const Choice &choice) {
      if (to == end)
        chosen = choice;
    });
    size_t i = 0;
    for (int64_t unit = begin; unit < end; ++unit)
      for (ir::LayerId layer : problem_.unit(unit)) {
        Placement placement;
        placement.layer = layer;
        placement.slice = kernel::wholeSlice(problem_.model(), problem_.model().layer(layer));
        placement.implementation = problem_.optionsOf(f, layer)[static_cast<size_t>(chosen.options[i++])].implementation;
        placement.fpga = f;
        plan.placements.push_back(placement);
      }
  }

  const ChainProblem &problem_;
  std::vector<std::vector<int64_t>> reach_; ///< [FPGAs used][units done] -> where the last part begins, or -1
  bool thinned_ = false;
};

/// A period at which time never binds.
int64_t longestPeriod(const ChainProblem &problem) {
  int64_t sum = 1;
  for (int f = 0; f < problem.fpgas(); ++f) {
    int64_t cycles = 1;
    for (int64_t u = 0; u < problem.units(); ++u)
      for (ir::LayerId layer : problem.unit(u))
        for (const LayerOption &option : problem.optionsOf(f, layer))
          cycles = std::max(cycles, std::max(option.interval, option.time.cycles));
    const auto all = static_cast<int64_t>(problem.model().layers.size());
    sum = std::max(sum, cycles * all * problem.picosecondsPerCycle(f));
    if (const auto boundary = problem.boundaryOf(f, 0, problem.units()))
      sum = std::max({sum, boundary->picoseconds, boundary->interval * problem.picosecondsPerCycle(f)});
  }
  for (const ir::Stream &stream : problem.model().streams) // any link we know moves a bit in less than 100 ns
    sum += ir::elements(stream.shape) * stream.type.bits() * 100'000;
  return sum;
}

/// The smallest a unit can be made, and by what it overshoots the device.
void explainUnits(const ChainProblem &problem, std::vector<std::string> &notes) {
  const Resources budget = problem.budgetOf(0);
  for (int64_t u = 0; u < problem.units(); ++u)
    for (ir::LayerId layer : problem.unit(u)) {
      const LayerOption *best = nullptr;
      for (const LayerOption &option : problem.optionsOf(0, layer))
        if (!best || utilisationPpm(option.resources, budget) < utilisationPpm(best->resources, budget))
          best = &option;
      for (device::Resource r : device::kResources)
        if (best && best->resources[r] > budget[r])
          notes.push_back(fmt::format("layer '{}' alone needs at least {} {}; {} are usable on {}",
                                      printable(problem.model().layer(layer).name), withThousands(best->resources[r]), device::name(r),
                                      withThousands(budget[r]), problem.cluster().fpgas[0].device->name));
    }
}

llvm::Error noPlan(const ChainProblem &problem, const std::string &asked, std::vector<std::string> notes) {
  explainUnits(problem, notes);
  return userError(ExitCode::NoPlan, {.file = {}, .node = {}, .op = {},
                                      .message = fmt::format("no plan fits {} split sequentially over cluster {}", asked, problem.cluster().name),
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

} // namespace

llvm::Expected<Plan> solveChain(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                                const Options &options) {
  if (cluster.fpgas.empty())
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  auto problem = ChainProblem::make(model, cluster, costs, options);
  if (!problem)
    return problem.takeError();
  if (options.fpgas && (*options.fpgas < 1 || *options.fpgas > problem->fpgas()))
    return badUsage(fmt::format("--fpgas {}: cluster {} has {} FPGAs", *options.fpgas, cluster.name, problem->fpgas()));
  if (options.fpgas && *options.fpgas > problem->units())
    return userError(ExitCode::NoPlan, {.file = {}, .node = {}, .op = {},
                                        .message = fmt::format("a sequential split of this model can use at most {} FPGAs, not {}",
                                                               problem->units(), *options.fpgas),
                                        .notes = {fmt::format("--fpgas {} would work", problem->units())}});
  ChainSearch search(*problem);
  const int64_t longest = longestPeriod(*problem);
  int fpgas = 0;
  if (options.fpgas) {
    fpgas = search.feasible(*options.fpgas, longest) ? *options.fpgas : 0;
  } else {
    const auto most = static_cast<int>(std::min<int64_t>(problem->fpgas(), problem->units()));
    for (int n = 1; n <= most && fpgas == 0; ++n)
      if (search.feasible(n, longest))
        fpgas = n;
  }
  if (fpgas == 0) {
    std::vector<std::string> notes;
    if (options.fpgas.value_or(1) > 1 && !cluster.link(0, 1))
      notes.push_back(cluster.fpgas[0].device->ports.empty()
                          ? fmt::format("{} has no network port, so that nothing can be sent from one to another", cluster.fpgas[0].device->name)
                          : fmt::format("no link joins {} and {}", cluster.fpgas[0].name, cluster.fpgas[1].name));
    if (const int enough = wouldFit(model, cluster, costs, options))
      notes.push_back(fmt::format("{} x {} would fit", enough, cluster.fpgas[0].device->name));
    const int asked = options.fpgas.value_or(problem->fpgas());
    return noPlan(*problem, fmt::format("{} FPGA{}", asked, asked == 1 ? "" : "s"), std::move(notes));
  }
  // The shortest period: `infeasible` is, `feasible` is not.
  int64_t infeasible = 0, feasible = longest;
  while (feasible - infeasible > 1) {
    const int64_t middle = infeasible + (feasible - infeasible) / 2;
    (search.feasible(fpgas, middle) ? feasible : infeasible) = middle;
  }
  return search.planFor(fpgas, feasible);
}

} // namespace braid::plan
