// For a period: which cuts of a sequential split are feasible, and the plan that makes them.
#pragma once

#include "chain_problem.h"

#include "braid/support/error.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace braid::plan {

/// Choices beyond this many within one part are thinned, and the plan is no longer proven optimal.
inline constexpr size_t kMostChoices = 1024, kMostUnitChoices = 48;

/// Ways to reach one cut beyond this many are dropped, with the same consequence.
inline constexpr size_t kMostLabels = 64;

/// Which cuts are feasible at a period. Parts grow unit by unit with all their Pareto-optimal choices; cuts
/// are reached FPGA by FPGA.
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
    plan.style = problem_.style(), plan.io = problem_.io();
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

  /// Units of the FINN style trade LUTs for DSP slices and block RAM for URAM, each with every degree: fronts
  /// of four resources have no end.
  size_t mostChoices() const {
    return problem_.style() == kernel::Style::Finn ? kMostUnitChoices : kMostChoices;
  }

  int64_t cyclesAt(int place, int64_t period) const { return period / problem_.picosecondsPerCycle(place); }

  /// The choice for units [begin, end) at a place that fills it least, or null if none fits.
  const Choice *best(int place, int64_t begin, int64_t end, int64_t period, const Receivers &several) {
    if (!problem_.mayHold(place, begin, end))
      return nullptr;
    const int64_t cycles = cyclesAt(place, period);
    const std::optional<Boundary> &boundary = problem_.boundaryOf(place, begin, end, several);
    if (!boundary || boundary->picoseconds > period || boundary->interval > cycles)
      return nullptr;
    const std::vector<Choice> *set = setOf(place, begin, end, cycles);
    if (!set)
      return nullptr;
    const device::Resources budget = problem_.budgetOf(place);
    const Choice *best = nullptr;
    int64_t least = 0;
    for (const Choice &choice : *set) {
      const device::Resources all = choice.resources + boundary->resources;
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
    const device::Resources budget = problem_.budgetOf(place);
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
    if (problem_.io() != kernel::IoMode::Stream)
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
                                           const device::Resources &budget) {
    const auto [at, isNew] =
        single_.try_emplace({problem_.classOf(place), decisiveCycles(place, cycles), layer});
    if (isNew) {
      const std::vector<LayerOption> &options = problem_.optionsOf(place, layer);
      std::vector<Choice> all;
      for (size_t o = 0; o < options.size(); ++o)
        if (options[o].interval <= cycles)
          all.push_back({options[o].resources, options[o].time, -1, static_cast<int16_t>(o)});
      at->second = paretoOf(std::move(all), mostChoices(), budget, thinned_);
    }
    return at->second;
  }

  std::vector<Choice> grown(const std::vector<Choice> &set, const std::vector<Choice> &options,
                            int64_t cycles, const device::Resources &budget) {
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
    return paretoOf(std::move(out), mostChoices(), budget, thinned_);
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

} // namespace braid::plan
