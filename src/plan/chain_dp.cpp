// Sequential split: for a period T, which cuts are feasible? Parts grow unit by unit with all their
// Pareto-optimal choices; cuts are reached FPGA by FPGA. Bisection over T, in whole picoseconds, finds the
// shortest feasible one.
#include "chain_problem.h"

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
using kernel::IoMode;

/// Choices beyond this many within one part are thinned, and the plan is no longer proven optimal.
constexpr size_t kMostChoices = 4096;

/// Ways to reach one cut beyond this many are dropped, with the same consequence.
constexpr size_t kMostLabels = 64;

class ChainSearch {
public:
  explicit ChainSearch(const ChainProblem &problem) : problem_(problem) {}

  /// Whether the first `parts` places can hold all units, none empty, at a period of at most `period` ps.
  bool feasible(int parts, int64_t period) {
    const auto units = static_cast<size_t>(problem_.units());
    forgetGrowths(parts, period);
    reach_.assign(static_cast<size_t>(parts) + 1, std::vector<std::vector<Label>>(units + 1));
    reach_[0][0].push_back({});
    for (int place = 0; place < parts; ++place)
      for (int64_t begin = 0; begin < problem_.units(); ++begin)
        if (const auto &from = reach_[static_cast<size_t>(place)][static_cast<size_t>(begin)]; !from.empty())
          // Later parts take at least a unit each, the last takes all.
          for (int64_t end = place + 1 == parts ? problem_.units() : begin + 1;
               end <= problem_.units() - (parts - 1 - place); ++end)
            if (fits(place, begin, end, period, {}))
              for (size_t i = 0; i < from.size(); ++i)
                if (std::optional<Label> next = extended(from[i], i, place, begin, end, period))
                  addLabel(reach_[static_cast<size_t>(place) + 1][static_cast<size_t>(end)],
                           std::move(*next));
    return !reach_[static_cast<size_t>(parts)][units].empty();
  }

  /// The plan of a feasible() period.
  Plan planFor(int parts, int64_t period) {
    BRAID_CHECK(feasible(parts, period), "a plan was asked of an infeasible period");
    std::vector<int64_t> cuts = {problem_.units()};
    size_t label = 0;
    for (int place = parts; place > 0; --place) {
      const Label &at = reach_[static_cast<size_t>(place)][static_cast<size_t>(cuts.back())][label];
      cuts.push_back(at.begin);
      label = at.before;
    }
    std::reverse(cuts.begin(), cuts.end());
    Plan plan;
    plan.io = problem_.io();
    plan.solver = thinned_ ? "chain-dp (thinned)" : "chain-dp";
    for (int place = 0; place < parts; ++place)
      put(place, cuts, period, plan);
    std::sort(plan.placements.begin(), plan.placements.end(),
              [](const Placement &a, const Placement &b) { return a.layer < b.layer; });
    plan.crossings = crossingsOf(problem_.model(), plan.placements);
    return plan;
  }

  /// Periods at which an option becomes fast enough, ascending.
  std::vector<int64_t> steps(int parts) {
    std::vector<int64_t> out;
    for (int place = 0; place < parts; ++place)
      for (int64_t interval : intervalsOf(place))
        out.push_back(interval * problem_.picosecondsPerCycle(place));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

private:
  /// A part some of whose streams have further readers behind, and how many parts read each so far: every one
  /// is a crossing of its own, with kernels and bytes at the sender.
  struct Open {
    int place = 0;
    int64_t begin = 0, end = 0;
    Receivers counts;
    auto operator<=>(const Open &) const = default;
  };
  /// A way to reach a cut.
  struct Label {
    int64_t begin = 0; ///< Of the last part
    size_t before = 0; ///< Label of the cut there
    std::vector<Open> open;
  };

  static void addLabel(std::vector<Label> &labels, Label label) {
    for (const Label &held : labels)
      if (held.open == label.open)
        return;
    labels.push_back(std::move(label));
  }

  static Receivers onlySeveral(const Receivers &counts) {
    Receivers out;
    for (const auto &entry : counts)
      if (entry.second > 1)
        out.push_back(entry);
    return out;
  }

  /// The label with part [begin, end) behind it, if the senders of what it reads can bear that.
  std::optional<Label> extended(const Label &from, size_t index, int place, int64_t begin, int64_t end,
                                int64_t period) {
    Label next{begin, index, {}};
    auto keepOpen = [&](Open owner) {
      std::erase_if(owner.counts,
                    [&](const auto &entry) { return problem_.readingUnits(entry.first).back() < end; });
      if (!owner.counts.empty())
        next.open.push_back(std::move(owner));
    };
    for (Open owner : from.open) {
      bool more = false;
      for (auto &[stream, count] : owner.counts) {
        const auto &reading = problem_.readingUnits(stream);
        const auto at = std::lower_bound(reading.begin(), reading.end(), begin);
        if (at != reading.end() && *at < end)
          more = ++count > 1 || more;
      }
      if (more && !fits(owner.place, owner.begin, owner.end, period, onlySeveral(owner.counts)))
        return std::nullopt;
      keepOpen(std::move(owner));
    }
    Open own{place, begin, end, {}};
    for (int64_t unit = begin; unit < end; ++unit)
      for (ir::StreamId stream : problem_.forkedBy(unit))
        own.counts.emplace_back(stream, 0);
    keepOpen(std::move(own));
    if (next.open.size() > 0 &&
        reach_[static_cast<size_t>(place) + 1][static_cast<size_t>(end)].size() >= kMostLabels) {
      thinned_ = true;
      return std::nullopt;
    }
    return next;
  }

  int64_t cyclesAt(int place, int64_t period) const { return period / problem_.picosecondsPerCycle(place); }

  /// The choice for units [begin, end) at a place that fills it least, or null if none fits.
  const Choice *best(int place, int64_t begin, int64_t end, int64_t period, const Receivers &several) {
    const int64_t cycles = cyclesAt(place, period);
    const std::optional<Boundary> &boundary = problem_.boundaryOf(place, begin, end, several);
    if (!boundary || boundary->picoseconds > period || boundary->interval > cycles)
      return nullptr;
    const std::vector<Choice> *set = setOf(place, begin, end, cycles);
    if (!set)
      return nullptr;
    const Resources budget = problem_.budgetOf(place);
    const Choice *best = nullptr;
    int64_t least = 0;
    for (const Choice &choice : *set) {
      const Resources all = choice.resources + boundary->resources;
      if (!all.fitsIn(budget))
        continue;
      const int64_t share = utilisationPpm(all, budget);
      if (!best || share < least)
        best = &choice, least = share;
    }
    return best;
  }

  bool fits(int place, int64_t begin, int64_t end, int64_t period, const Receivers &several) {
    return best(place, begin, end, period, several) != nullptr;
  }

  /// Choices grown layer by layer from one unit on.
  struct Growth {
    std::vector<std::vector<Choice>> steps; ///< After each layer; the last may be empty: nothing fits
    std::vector<size_t> ends;               ///< Steps done at the end of each unit
  };

  const std::vector<Choice> *setOf(int place, int64_t begin, int64_t end, int64_t cycles) {
    Growth &growth = growths_[{problem_.classOf(place), decisiveCycles(place, cycles), begin}];
    const Resources budget = problem_.budgetOf(place);
    while (growth.ends.size() < static_cast<size_t>(end - begin)) {
      for (ir::LayerId layer : problem_.unit(begin + static_cast<int64_t>(growth.ends.size()))) {
        if (!growth.steps.empty() && growth.steps.back().empty())
          return nullptr;
        growth.steps.push_back(grown(growth.steps.empty() ? std::vector<Choice>{{}} : growth.steps.back(),
                                     optionsWithin(place, layer, cycles, budget), cycles, budget));
      }
      growth.ends.push_back(growth.steps.size());
    }
    const std::vector<Choice> &set = growth.steps[growth.ends[static_cast<size_t>(end - begin) - 1] - 1];
    return set.empty() ? nullptr : &set;
  }

  /// Growths are kept while the same options are fast enough: the last steps of a bisection differ in nothing
  /// else.
  void forgetGrowths(int parts, int64_t period) {
    std::vector<int64_t> cycles;
    for (int place = 0; place < parts; ++place)
      cycles.push_back(decisiveCycles(place, cyclesAt(place, period)));
    if (cycles != lastCycles_) {
      growths_.clear();
      single_.clear();
    }
    lastCycles_ = std::move(cycles);
  }

  /// In io_stream only which options are fast enough counts: the longest interval of an option within
  /// `cycles`.
  int64_t decisiveCycles(int place, int64_t cycles) {
    if (problem_.io() != IoMode::Stream)
      return cycles;
    const std::vector<int64_t> &intervals = intervalsOf(place);
    const auto above = std::upper_bound(intervals.begin(), intervals.end(), cycles);
    return above == intervals.begin() ? 0 : *(above - 1);
  }

  const std::vector<int64_t> &intervalsOf(int place) {
    std::vector<int64_t> &intervals = intervals_[problem_.classOf(place)];
    if (intervals.empty()) {
      for (const ir::Layer &layer : problem_.model().layers)
        for (const LayerOption &option : problem_.optionsOf(place, layer.id))
          intervals.push_back(option.interval);
      std::sort(intervals.begin(), intervals.end());
    }
    return intervals;
  }

  /// The options of a layer that are fast enough and that no other beats.
  const std::vector<Choice> &optionsWithin(int place, ir::LayerId layer, int64_t cycles,
                                           const Resources &budget) {
    const auto [at, isNew] =
        single_.try_emplace({problem_.classOf(place), decisiveCycles(place, cycles), layer});
    if (isNew) {
      const std::vector<LayerOption> &options = problem_.optionsOf(place, layer);
      std::vector<Choice> all;
      for (size_t o = 0; o < options.size(); ++o)
        if (options[o].interval <= cycles)
          all.push_back({options[o].resources, options[o].time, -1, static_cast<int16_t>(o)});
      at->second = paretoOf(std::move(all), kMostChoices, budget, thinned_);
    }
    return at->second;
  }

  std::vector<Choice> grown(const std::vector<Choice> &set, const std::vector<Choice> &options,
                            int64_t cycles, const Resources &budget) {
    std::vector<Choice> out;
    for (size_t c = 0; c < set.size(); ++c)
      for (const Choice &option : options) {
        Choice next = {set[c].resources + option.resources, set[c].time + option.time,
                       static_cast<int32_t>(c), option.option};
        // Until a layer makes the part a dataflow region, its slowest layer alone decides.
        if (next.time.dataflow && next.time.cycles - next.time.isDense > cycles)
          continue;
        if (next.resources.fitsIn(budget))
          out.push_back(next);
      }
    return paretoOf(std::move(out), kMostChoices, budget, thinned_);
  }

  /// How many later parts read each stream that part number `place` makes, where more than one does.
  Receivers receiversOf(int place, const std::vector<int64_t> &cuts) const {
    Receivers out;
    const int64_t begin = cuts[static_cast<size_t>(place)], end = cuts[static_cast<size_t>(place) + 1];
    for (int64_t unit = begin; unit < end; ++unit)
      for (ir::StreamId stream : problem_.forkedBy(unit)) {
        int count = 0;
        for (size_t part = static_cast<size_t>(place) + 1; part + 1 < cuts.size(); ++part) {
          const auto &reading = problem_.readingUnits(stream);
          const auto at = std::lower_bound(reading.begin(), reading.end(), cuts[part]);
          count += at != reading.end() && *at < cuts[part + 1];
        }
        if (count > 1)
          out.emplace_back(stream, count);
      }
    return out;
  }

  void put(int place, const std::vector<int64_t> &cuts, int64_t period, Plan &plan) {
    const int64_t begin = cuts[static_cast<size_t>(place)], end = cuts[static_cast<size_t>(place) + 1];
    const Choice *choice = best(place, begin, end, period, receiversOf(place, cuts));
    BRAID_CHECK(choice, "a part of a feasible plan fits");
    const Growth &growth =
        growths_.at({problem_.classOf(place), decisiveCycles(place, cyclesAt(place, period)), begin});
    std::vector<ir::LayerId> layers;
    for (int64_t unit = begin; unit < end; ++unit)
      layers.insert(layers.end(), problem_.unit(unit).begin(), problem_.unit(unit).end());
    for (size_t i = layers.size(); i-- > 0;) {
      Placement placement;
      placement.layer = layers[i];
      placement.slice = kernel::wholeSlice(problem_.model(), problem_.model().layer(layers[i]));
      placement.implementation =
          problem_.optionsOf(place, layers[i])[static_cast<size_t>(choice->option)].implementation;
      placement.fpga = problem_.fpgaAt(place);
      plan.placements.push_back(placement);
      if (i > 0)
        choice = &growth.steps[i - 1][static_cast<size_t>(choice->before)];
    }
  }

  const ChainProblem &problem_;
  std::vector<std::vector<std::vector<Label>>> reach_;          ///< [parts][units done]
  std::map<std::tuple<int, int64_t, int64_t>, Growth> growths_; ///< By class, cycles, first unit
  std::map<std::tuple<int, int64_t, ir::LayerId>, std::vector<Choice>> single_; ///< By class, cycles, layer
  std::map<int, std::vector<int64_t>> intervals_; ///< By class: of all options, ascending
  std::vector<int64_t> lastCycles_;
  bool thinned_ = false;
};

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

/// Layers of which no implementation fits by itself, and by what the nearest one overshoots the device.
void explainLayers(const ChainProblem &problem, std::vector<std::string> &notes) {
  const Resources budget = problem.budgetOf(0);
  for (const ir::Layer &layer : problem.model().layers) {
    const LayerOption *nearest = nullptr;
    for (const LayerOption &option : problem.optionsOf(0, layer.id))
      if (!nearest || utilisationPpm(option.resources, budget) < utilisationPpm(nearest->resources, budget))
        nearest = &option;
    if (!nearest || nearest->resources.fitsIn(budget))
      continue;
    std::vector<std::string> over;
    for (device::Resource r : device::kResources)
      if (nearest->resources[r] > budget[r])
        over.push_back(fmt::format("{} {} where {} are usable", withThousands(nearest->resources[r]),
                                   device::name(r), withThousands(budget[r])));
    notes.push_back(fmt::format("layer '{}' alone fits no {}: its nearest implementation takes {}",
                                printable(layer.name), problem.deviceAt(0).name, fmt::join(over, ", ")));
  }
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

/// By what each FPGA of a plan exceeds its budget: nothing where all fit.
std::map<int, Resources> excessOf(const Evaluation &evaluation) {
  std::map<int, Resources> out;
  for (const FpgaCost &fpga : evaluation.fpgas) {
    Resources more;
    for (device::Resource r : device::kResources)
      more[r] = std::max<int64_t>(0, fpga.used[r] - fpga.budget[r]);
    if (more != Resources{})
      out[fpga.fpga] = more;
  }
  return out;
}

/// What weights need of memory, where block RAM cannot hold them all.
void explainWeights(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes) {
  constexpr int64_t kBitsPerBram18 = 18 * 1024; // AMD UG573
  int64_t bits = 0, ram = 0;
  for (const ir::Layer &layer : problem.model().layers) {
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
      bits += dense->weights.size() * dense->types.weight.bits();
    if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
      bits += conv->weights.size() * conv->types.weight.bits();
  }
  for (int place = 0; place < fpgas; ++place)
    ram += problem.budgetOf(place)[device::Resource::Bram18] * kBitsPerBram18;
  if (bits > ram)
    notes.push_back(fmt::format("the weights have {:.1f} Mbit; the usable block RAM of {} FPGA{} holds "
                                "{:.1f} Mbit, and what it does not hold takes LUTs "
                                "(URAM holds no weights: it has no initial contents)",
                                static_cast<double>(bits) / 1e6, fpgas, fpgas == 1 ? "" : "s",
                                static_cast<double>(ram) / 1e6));
}

/// Resources of which even the leanest choices of all layers together take more than the FPGAs have.
void explainSum(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes) {
  Resources need, have;
  for (int64_t u = 0; u < problem.units(); ++u)
    for (ir::LayerId layer : problem.unit(u))
      for (device::Resource r : device::kResources) {
        int64_t least = std::numeric_limits<int64_t>::max();
        for (const LayerOption &option : problem.optionsOf(0, layer))
          least = std::min(least, option.resources[r]);
        need[r] += least;
      }
  for (int place = 0; place < fpgas; ++place)
    have += problem.budgetOf(place);
  for (device::Resource r : device::kResources)
    if (need[r] > have[r])
      notes.push_back(fmt::format("all layers together need at least {} {}; {} FPGA{} {} {} usable",
                                  withThousands(need[r]), device::name(r), fpgas, fpgas == 1 ? "" : "s",
                                  fpgas == 1 ? "has" : "have", withThousands(have[r])));
}

} // namespace

llvm::Expected<Plan> solveChain(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options) {
  if (cluster.fpgas.empty())
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  auto problem = ChainProblem::make(model, cluster, costs, options);
  if (!problem)
    return problem.takeError();
  if (options.fpgas && (*options.fpgas < 1 || *options.fpgas > problem->fpgas()))
    return badUsage(fmt::format("--fpgas {}: cluster {} has {} FPGA{}", *options.fpgas, cluster.name,
                                problem->fpgas(), problem->fpgas() == 1 ? "" : "s"));
  if (options.fpgas && *options.fpgas > problem->units())
    return userError(
        ExitCode::NoPlan,
        {.file = {},
         .node = {},
         .op = {},
         .message = fmt::format("a sequential split of this model can use at most {} FPGAs, not {}",
                                problem->units(), *options.fpgas),
         .notes = {fmt::format("--fpgas {} would work", problem->units())}});
  // FIFOs for frames that come early follow from a whole plan's times. Where they do not fit, room is kept
  // for them and the cuts are chosen again.
  constexpr int kMostRounds = 8;
  std::optional<Plan> plan;
  for (int round = 0; round < kMostRounds; ++round) {
    plan = fewest(*problem, options);
    if (!plan)
      break;
    auto evaluation = evaluate(model, cluster, *plan, costs, options);
    if (!evaluation)
      return evaluation.takeError();
    const auto excess = excessOf(*evaluation);
    if (round > 0)
      plan->solver += ", with room for early frames";
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
  if (const int enough = wouldFit(model, cluster, costs, options))
    notes.push_back(fmt::format("{} x {} would fit", enough, cluster.fpgas[0].device->name));
  return noPlan(*problem, fmt::format("{} FPGA{}", asked, asked == 1 ? "" : "s"), std::move(notes));
}

} // namespace braid::plan
