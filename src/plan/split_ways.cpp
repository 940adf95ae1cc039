#include "split_ways.h"

#include "pareto.h"

#include "braid/plan/slices.h"
#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include <algorithm>
#include <numeric>

namespace braid::plan {

using device::Resources;
using kernel::Slice;

namespace {

/// Choices kept while layers are put together, and ways kept to each unit and number of FPGAs.
constexpr size_t kMostChoices = 256;
constexpr size_t kMostPartial = 96;

/// [0, all) in proportion to `shares`, at multiples of `step`; parts that would be empty are left out.
std::vector<std::pair<int64_t, int64_t>> divided(int64_t all, llvm::ArrayRef<int64_t> shares, int64_t step) {
  const int64_t sum = std::accumulate(shares.begin(), shares.end(), int64_t{0}), steps = all / step;
  std::vector<std::pair<int64_t, int64_t>> out;
  int64_t begin = 0, so_far = 0;
  for (int64_t share : shares) {
    so_far += share;
    const int64_t end = (steps * so_far + sum / 2) / sum * step;
    if (end > begin)
      out.emplace_back(begin, end);
    begin = std::max(begin, end);
  }
  return out;
}

const num::DataType &accumOf(const ir::Layer &layer) {
  if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
    return dense->types.accum;
  return std::get<ir::Conv>(layer.op).types.accum;
}

double bitsOf(const ir::Stream &stream, const num::DataType &type) {
  return static_cast<double>(ir::elements(stream.shape)) * type.bits();
}

} // namespace

std::vector<Slice> slicesOf(const ir::Model &model, const ir::Layer &layer, SplitMode along,
                            llvm::ArrayRef<int64_t> shares) {
  const Slice whole = kernel::wholeSlice(model, layer);
  const Cuts cuts = cutsOf(model, layer);
  std::vector<Slice> out;
  auto cut = [&](bool allowed, int64_t Slice::*begin, int64_t Slice::*end, int64_t step) {
    if (allowed)
      for (const auto &[from, to] : divided(whole.*end, shares, step)) {
        Slice slice = whole;
        slice.*begin = from, slice.*end = to;
        out.push_back(slice);
      }
  };
  if (along == SplitMode::Neuron)
    cut(cuts.neurons, &Slice::rowBegin, &Slice::rowEnd, cuts.neuronStep);
  else if (along == SplitMode::Input)
    cut(cuts.inputs, &Slice::colBegin, &Slice::colEnd, 1);
  else if (along == SplitMode::Rows)
    cut(cuts.rows, &Slice::posBegin, &Slice::posEnd, 1);
  if (llvm::Error error = checkTiling(model, layer, out)) {
    llvm::consumeError(std::move(error));
    return {whole};
  }
  return out;
}

bool Way::isCut() const {
  return std::any_of(groups.begin(), groups.end(), [](const Group &g) { return g.fpgas > 1; });
}

/// The last group of a way, and the partial way before it.
struct WayRanking::Partial {
  Group last;
  double periodUs = 0;
  int groups = 0;
  int usedBefore = 0;
  size_t before = 0; ///< Index among those that end where `last` begins, on usedBefore FPGAs
};

WayRanking::WayRanking(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                       const Options &options)
    : model_(model), cluster_(cluster), costs_(costs), options_(options), io_(ioModeFor(model, options)),
      units_(sequentialUnits(model)) {}

/// On the first FPGA's device. A layer that cannot be made whole has no options.
llvm::Error WayRanking::prepare() {
  for (const ir::Layer &layer : model_.layers) {
    auto found = layerOptions(model_, layer, layer.name, io_, cluster_.fpgas[0], costs_, options_);
    if (found) {
      table_.push_back(std::move(*found));
      continue;
    }
    llvm::Error rest =
        llvm::handleErrors(found.takeError(), [](std::unique_ptr<UserError> error) -> llvm::Error {
          return error->code() == ExitCode::NoPlan ? llvm::Error::success() : llvm::Error(std::move(error));
        });
    if (rest)
      return rest;
    table_.emplace_back();
  }
  budget_ = device::roomsOf(cluster_.fpgas[0], options_.limits).device.budget;
  relaxed_ = RelaxedNeeds(units_, table_, budget_);
  return llvm::Error::success();
}

/// The shortest period of units [begin, end) on FPGAs with so many times the room of one; negative where
/// they have none.
double WayRanking::periodOf(int64_t begin, int64_t end, int room) {
  auto [known, isNew] = periods_.try_emplace({begin, end, room}, -1.0);
  if (!isNew)
    return known->second;
  Resources budget = budget_;
  for (device::Resource r : device::kResources)
    budget[r] *= room;
  const bool isParallel = io_ == kernel::IoMode::Parallel;
  std::vector<int64_t> cycles; // periods at which something changes
  for (int64_t u = begin; u < end; ++u)
    for (ir::LayerId layer : units_[static_cast<size_t>(u)])
      for (const LayerOption &option : table_[index(layer)])
        cycles.push_back(std::max(option.interval, isParallel ? option.time.cycles : 0));
  std::sort(cycles.begin(), cycles.end());
  cycles.erase(std::unique(cycles.begin(), cycles.end()), cycles.end());
  if (cycles.empty() || !fits(begin, end, isParallel ? cycles.back() * 4 : cycles.back(), budget))
    return -1.0;
  const double perCycleUs = 1 / cluster_.fpgas[0].clockMhz;
  const auto first = std::partition_point(cycles.begin(), cycles.end(),
                                          [&](int64_t c) { return !fits(begin, end, c, budget); });
  const int64_t least = first == cycles.end() ? cycles.back() * 4 : *first;
  return periods_[{begin, end, room}] = static_cast<double>(least) * perCycleUs;
}

bool WayRanking::fits(int64_t begin, int64_t end, int64_t cycles, const Resources &budget) const {
  std::vector<Choice> set = {{}};
  bool thinned = false;
  for (int64_t u = begin; u < end; ++u)
    for (ir::LayerId layer : units_[static_cast<size_t>(u)]) {
      std::vector<Choice> next;
      for (const Choice &choice : set)
        for (const LayerOption &option : table_[index(layer)]) {
          if (option.interval > cycles)
            continue;
          Choice grown = {choice.resources + option.resources, choice.time + option.time, 0, 0};
          if (grown.resources.fitsIn(budget) &&
              !(grown.time.dataflow && grown.time.cycles - grown.time.isDense > cycles))
            next.push_back(grown);
        }
      set = paretoOf(std::move(next), kMostChoices, budget, thinned);
      if (set.empty())
        return false;
    }
  return true;
}

/// Of the port that has most to do; what layers with weights read stands for the streams between them.
double WayRanking::portUs(const Group &group) const {
  const double parts = group.fpgas, others = (parts - 1) / parts;
  double in = 0, out = 0;
  bool isFirst = true;
  for (int64_t u = group.begin; u < static_cast<int64_t>(units_.size()); ++u)
    for (ir::LayerId id : units_[static_cast<size_t>(u)]) {
      const ir::Layer &layer = model_.layer(id);
      if (!ir::isLinear(layer.op))
        continue;
      const ir::Stream &read = model_.stream(layer.inputs[0]);
      const double bits = bitsOf(read, read.type);
      if (u >= group.end) { // what comes after the group reads what it makes
        out += group.along == SplitMode::Input ? bits : bits / parts;
        u = static_cast<int64_t>(units_.size());
        break;
      }
      // One that cannot be cut so stands on one of the FPGAs.
      const bool isCut = group.fpgas > 1 && canCut(id, group.along, group.fpgas);
      switch (isCut ? group.along : SplitMode::Sequential) {
      case SplitMode::Neuron:
        in += isFirst ? bits : bits * others;
        out += isFirst ? 0 : bits * others;
        break;
      case SplitMode::Input: {
        const ir::Stream &made = model_.stream(layer.output);
        in += bits / parts + bitsOf(made, accumOf(layer));
        out += isFirst ? 0 : bits * others;
        break;
      }
      case SplitMode::Rows:
        in += isFirst ? bits / parts : 0;
        break;
      case SplitMode::Sequential:
      case SplitMode::Auto:
        in += isFirst ? bits : group.fpgas > 1 ? bits * others : 0;
        break;
      }
      isFirst = false;
    }
  double gbps = cluster_.links.empty() ? 0 : cluster_.links[0].type->gbps, us = 0;
  if (gbps > 0)
    us = out * 1e-3 / gbps;
  if (group.begin == 0 && !cluster_.hosts.empty() && cluster_.hosts[0].ingestGbps > 0)
    gbps = cluster_.hosts[0].ingestGbps;
  return gbps > 0 ? std::max(us, in * 1e-3 / gbps) : us;
}

double WayRanking::relaxedOf(int64_t begin, int64_t end, int room) const {
  const int64_t cycles = relaxed_.leastCycles(begin, end, room);
  return cycles < 0 ? -1.0 : static_cast<double>(cycles) / cluster_.fpgas[0].clockMhz;
}

/// Rows divide the time, neurons and inputs the room that is needed.
double WayRanking::estimate(const Group &group, bool exactly) {
  auto of = [&](int room) {
    return exactly ? periodOf(group.begin, group.end, room) : relaxedOf(group.begin, group.end, room);
  };
  const bool sharesRoom = group.fpgas > 1 && group.along != SplitMode::Rows;
  const double period = sharesRoom ? of(group.fpgas) : of(1) / group.fpgas;
  return period < 0 ? period : std::max(period, portUs(group));
}

double WayRanking::relaxedEstimate(const Group &group) {
  const auto [known, isNew] = estimates_.try_emplace(group, -1.0);
  if (isNew && isPossible(group))
    known->second = estimate(group, /*exactly=*/false);
  return known->second;
}

bool WayRanking::canCut(ir::LayerId layer, SplitMode along, int parts) const {
  const auto [known, isNew] = canCut_.try_emplace({layer, along, parts}, false);
  if (isNew) {
    const std::vector<int64_t> equal(static_cast<size_t>(parts), 1);
    known->second = slicesOf(model_, model_.layer(layer), along, equal).size() > 1;
  }
  return known->second;
}

/// Whether a cut along a mode changes anything in a group, and keeps to what the user asked for.
bool WayRanking::isPossible(const Group &group) const {
  bool cuts = false;
  for (int64_t u = group.begin; u < group.end; ++u)
    for (ir::LayerId id : units_[static_cast<size_t>(u)]) {
      const ir::Layer &layer = model_.layer(id);
      if (isCutByUser(layer)) {
        const LayerCut &cut = options_.cuts.at(layer.name);
        if (cut.along != group.along || static_cast<int>(cut.shares.size()) != group.fpgas)
          return false;
        cuts = true;
      } else if (options_.cuts.empty() && group.fpgas > 1 && ir::isLinear(layer.op)) {
        cuts = cuts || canCut(id, group.along, group.fpgas);
      }
    }
  return group.fpgas == 1 ? true : cuts;
}

bool WayRanking::ranks(const Way &a, const Way &b) const {
  if (options_.objective == Objective::Fpgas && a.fpgas != b.fpgas)
    return a.fpgas < b.fpgas;
  if (a.periodUs != b.periodUs)
    return a.periodUs < b.periodUs;
  if (a.groups.size() != b.groups.size())
    return a.groups.size() < b.groups.size();
  return std::tie(a.fpgas, a.groups) < std::tie(b.fpgas, b.groups);
}

/// Bounds of the ways replaced by what their groups take; those that have no room are dropped.
void WayRanking::workOut(std::vector<Way> &ways) {
  for (Way &way : ways) {
    way.periodUs = 0;
    for (const Group &group : way.groups) {
      const double period = estimate(group, /*exactly=*/true);
      way.periodUs = period < 0 || way.periodUs < 0 ? -1 : std::max(way.periodUs, period);
    }
  }
  std::erase_if(ways, [](const Way &way) { return way.periodUs < 0; });
}

/// The longest group decides, so that the best ways to a unit are among those that extend the best to an
/// earlier one.
std::vector<Way> WayRanking::ways(llvm::ArrayRef<SplitMode> modes, int fpgas) {
  const auto units = static_cast<int64_t>(units_.size());
  std::map<std::pair<int64_t, int>, std::vector<Partial>> table; // by end and FPGAs used
  table[{0, 0}] = {{}};
  const SplitMode whole[] = {SplitMode::Sequential};
  for (int64_t end = 1; end <= units; ++end)
    for (int used = 1; used <= fpgas; ++used) {
      std::vector<Partial> &found = table[{end, used}];
      for (int64_t begin = 0; begin < end; ++begin)
        for (int m = 1; m <= used; ++m) {
          const auto before = table.find({begin, used - m});
          if (before == table.end() || before->second.empty())
            continue;
          for (SplitMode along : m == 1 ? llvm::makeArrayRef(whole) : modes) {
            const Group group = {begin, end, m, along};
            const double period = relaxedEstimate(group);
            if (period < 0)
              continue;
            for (size_t i = 0; i < before->second.size(); ++i)
              found.push_back({group, std::max(period, before->second[i].periodUs),
                               before->second[i].groups + 1, used - m, i});
          }
        }
      std::stable_sort(found.begin(), found.end(), [](const Partial &a, const Partial &b) {
        return std::tie(a.periodUs, a.groups) < std::tie(b.periodUs, b.groups);
      });
      found.resize(std::min(found.size(), kMostPartial));
    }
  std::vector<Way> out;
  for (int used = 1; used <= fpgas; ++used)
    for (const Partial &last : table[{units, used}]) {
      Way way = {{}, used, last.periodUs};
      for (const Partial *at = &last; at->groups > 0;
           at = &table[{at->last.begin, at->usedBefore}][at->before])
        way.groups.insert(way.groups.begin(), at->last);
      if (way.isCut())
        out.push_back(std::move(way));
    }
  workOut(out);
  std::stable_sort(out.begin(), out.end(), [&](const Way &a, const Way &b) { return ranks(a, b); });
  return out;
}

} // namespace braid::plan
