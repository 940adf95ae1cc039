// Which layers are cut, and over how many FPGAs: groups of units, ranked by an estimate, the best worked out
// exactly.
#include "layer_options.h"
#include "pareto.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace braid::plan {
namespace {

using device::Resources;
using kernel::Slice;

/// Ways worked out exactly, and ways whose estimates are compared.
constexpr size_t kMostExact = 40;
constexpr int64_t kMostRanked = 50'000;
constexpr size_t kMostChoices = 256;

/// Units [begin, end) on `fpgas` FPGAs, the layers with weights cut along `along` where there is more than
/// one.
struct Group {
  int64_t begin = 0, end = 0;
  int fpgas = 1;
  SplitMode along = SplitMode::Sequential;
};
struct Way {
  std::vector<Group> groups;
  int fpgas = 0;
  double periodUs = 0; ///< Estimated

  bool isCut() const {
    return std::any_of(groups.begin(), groups.end(), [](const Group &g) { return g.fpgas > 1; });
  }
};

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

/// The slices of a layer cut along a mode; the whole where it cannot be.
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

class Search {
public:
  Search(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
         const Options &options, SplitMode mode)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), mode_(mode),
        io_(ioModeFor(model, options)), units_(sequentialUnits(model)) {}

  llvm::Expected<Plan> run() {
    if (llvm::Error error = checkCuts())
      return error;
    fpgas_ = options_.fpgas.value_or(static_cast<int>(cluster_.fpgas.size()));
    if (fpgas_ < 1 || fpgas_ > static_cast<int>(cluster_.fpgas.size()))
      return badUsage(
          fmt::format("--fpgas {}: cluster {} has {} FPGAs", fpgas_, cluster_.name, cluster_.fpgas.size()));
    if (llvm::Error error = findOptions())
      return error;
    extend({}, 0, 0);
    std::stable_sort(ways_.begin(), ways_.end(), [&](const Way &a, const Way &b) { return ranks(a, b); });
    std::optional<Plan> best;
    Evaluation of;
    std::string why;
    size_t tried = 0;
    for (const Way &way : ways_) {
      if (tried++ == kMostExact)
        break;
      consider(workOut(way), best, of, why);
    }
    if (!options_.cuts.empty())
      consider(onSame(), best, of, why);
    if (best)
      return std::move(*best);
    return userError(ExitCode::NoPlan,
                     {.file = {},
                      .node = {},
                      .op = {},
                      .message = fmt::format("no plan split by {} fits {} FPGA{} of cluster {}", name(mode_),
                                             fpgas_, fpgas_ == 1 ? "" : "s", cluster_.name),
                      .notes = why.empty() ? std::vector<std::string>{"no layer can be cut so"}
                                           : std::vector<std::string>{why}});
  }

private:
  bool isCutByUser(ir::LayerId layer) const { return options_.cuts.count(model_.layer(layer).name) > 0; }

  llvm::Error checkCuts() const {
    std::vector<std::string> names;
    for (const ir::Layer &layer : model_.layers)
      names.push_back(layer.name);
    for (const auto &[wanted, cut] : options_.cuts) {
      const auto at = std::find(names.begin(), names.end(), wanted);
      if (at == names.end())
        return badUsage(fmt::format("--split-layer names layer '{}', which the model has not{}",
                                    printable(wanted), suggestion(wanted, names)));
      const ir::Layer &layer = model_.layer(static_cast<ir::LayerId>(at - names.begin()));
      if (slicesOf(model_, layer, cut.along, cut.shares).size() != cut.shares.size())
        return badUsage(fmt::format("--split-layer: layer '{}' ({}) cannot be cut into {} parts by {}",
                                    printable(wanted), ir::kindName(layer.op), cut.shares.size(),
                                    name(cut.along)));
      if (static_cast<int>(cut.shares.size()) > static_cast<int>(cluster_.fpgas.size()))
        return badUsage(fmt::format("--split-layer: layer '{}' has {} parts, and cluster {} {} FPGAs",
                                    printable(wanted), cut.shares.size(), cluster_.name,
                                    cluster_.fpgas.size()));
    }
    return llvm::Error::success();
  }

  /// Whole-layer options on the first FPGA's device; a layer that has none whole must be cut.
  llvm::Error findOptions() {
    for (const ir::Layer &layer : model_.layers) {
      auto found = layerOptions(model_, layer, layer.name, io_, *cluster_.fpgas[0].device, costs_, options_);
      if (!found) {
        bool isLaw = false;
        llvm::Error rest =
            llvm::handleErrors(found.takeError(), [&](std::unique_ptr<UserError> error) -> llvm::Error {
              isLaw = error->code() == ExitCode::NoPlan;
              return isLaw ? llvm::Error::success() : llvm::Error(std::move(error));
            });
        if (rest)
          return rest;
        table_.emplace_back();
        continue;
      }
      table_.push_back(std::move(*found));
    }
    const device::Device &device = *cluster_.fpgas[0].device;
    budget_ = device::usable(device.capacity(), options_.limits) - device.shell();
    return llvm::Error::success();
  }

  /// The shortest period of units [begin, end) on FPGAs with so many times the room of one; negative where
  /// they have none.
  double periodOf(int64_t begin, int64_t end, int room) {
    auto [known, isNew] = periods_.try_emplace({begin, end, room}, -1.0);
    if (!isNew)
      return known->second;
    Resources budget = budget_;
    for (device::Resource r : device::kResources)
      budget[r] *= room;
    std::vector<int64_t> cycles; // periods at which something changes
    for (int64_t u = begin; u < end; ++u)
      for (ir::LayerId layer : units_[static_cast<size_t>(u)])
        for (const LayerOption &option : table_[index(layer)])
          cycles.push_back(
              std::max(option.interval, io_ == kernel::IoMode::Parallel ? option.time.cycles : 0));
    std::sort(cycles.begin(), cycles.end());
    cycles.erase(std::unique(cycles.begin(), cycles.end()), cycles.end());
    if (cycles.empty() ||
        !fits(begin, end, io_ == kernel::IoMode::Parallel ? cycles.back() * 4 : cycles.back(), budget))
      return -1.0;
    const double perCycleUs = 1 / cluster_.fpgas[0].clockMhz;
    const auto first = std::partition_point(cycles.begin(), cycles.end(),
                                            [&](int64_t c) { return !fits(begin, end, c, budget); });
    const int64_t least = first == cycles.end() ? cycles.back() * 4 : *first;
    return periods_[{begin, end, room}] = static_cast<double>(least) * perCycleUs;
  }

  bool fits(int64_t begin, int64_t end, int64_t cycles, const Resources &budget) const {
    std::vector<Choice> set = {{}};
    bool thinned = false;
    for (int64_t u = begin; u < end; ++u)
      for (ir::LayerId layer : units_[static_cast<size_t>(u)]) {
        std::vector<Choice> next;
        for (const Choice &choice : set)
          for (const LayerOption &option : table_[index(layer)]) {
            Choice grown = {choice.resources + option.resources, choice.time + option.time, 0, 0};
            if (option.interval <= cycles && grown.resources.fitsIn(budget) &&
                !(grown.time.dataflow && grown.time.cycles - grown.time.isDense > cycles))
              next.push_back(grown);
          }
        set = paretoOf(std::move(next), kMostChoices, budget, thinned);
        if (set.empty())
          return false;
      }
    return true;
  }

  /// Rows divide the time, neurons and inputs the room that is needed.
  double estimate(const Group &group) {
    if (group.fpgas == 1)
      return periodOf(group.begin, group.end, 1);
    if (group.along != SplitMode::Rows)
      return periodOf(group.begin, group.end, group.fpgas);
    const double alone = periodOf(group.begin, group.end, 1);
    return alone < 0 ? alone : alone / group.fpgas;
  }

  /// Whether a cut along a mode changes anything in a group, and keeps to what the user asked for.
  bool isPossible(const Group &group) const {
    bool cuts = false;
    for (int64_t u = group.begin; u < group.end; ++u)
      for (ir::LayerId id : units_[static_cast<size_t>(u)]) {
        const ir::Layer &layer = model_.layer(id);
        if (isCutByUser(id)) {
          const LayerCut &cut = options_.cuts.at(layer.name);
          if (cut.along != group.along || static_cast<int>(cut.shares.size()) != group.fpgas)
            return false;
          cuts = true;
        } else if (options_.cuts.empty() && group.fpgas > 1 && ir::isLinear(layer.op)) {
          const std::vector<int64_t> equal(static_cast<size_t>(group.fpgas), 1);
          cuts = cuts || slicesOf(model_, layer, group.along, equal).size() > 1;
        }
      }
    return group.fpgas == 1 ? true : cuts;
  }

  void extend(Way way, int64_t begin, int used) {
    if (ranked_ >= kMostRanked)
      return;
    if (begin == static_cast<int64_t>(units_.size())) {
      ++ranked_;
      const bool exact = !options_.fpgas || used == fpgas_;
      if (exact && way.isCut()) {
        way.fpgas = used;
        ways_.push_back(std::move(way));
      }
      return;
    }
    std::vector<SplitMode> modes;
    if (mode_ == SplitMode::Auto || !options_.cuts.empty())
      modes = {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows};
    else
      modes = {mode_};
    for (int64_t end = begin + 1; end <= static_cast<int64_t>(units_.size()); ++end)
      for (int m = 1; used + m <= fpgas_; ++m)
        for (SplitMode along : m == 1 ? std::vector<SplitMode>{SplitMode::Sequential} : modes) {
          const Group group = {begin, end, m, along};
          if (!isPossible(group))
            continue;
          const double period = estimate(group);
          if (period < 0)
            continue;
          Way next = way;
          next.groups.push_back(group);
          next.periodUs = std::max(next.periodUs, period);
          extend(std::move(next), end, used + m);
        }
  }

  bool ranks(const Way &a, const Way &b) const {
    if (options_.objective == Objective::Fpgas && a.fpgas != b.fpgas)
      return a.fpgas < b.fpgas;
    if (options_.objective == Objective::Latency && a.groups.size() != b.groups.size())
      return std::tie(a.periodUs, a.fpgas) < std::tie(b.periodUs, b.fpgas);
    if (a.periodUs != b.periodUs)
      return a.periodUs < b.periodUs;
    if (a.groups.size() != b.groups.size())
      return a.groups.size() < b.groups.size();
    return a.fpgas < b.fpgas;
  }

  Placement placed(ir::LayerId layer, const Slice &slice, int fpga) const {
    Placement p;
    p.layer = layer;
    p.slice = slice;
    p.fpga = fpga;
    p.implementation.io = io_;
    p.implementation.reuse = ir::isLinear(model_.layer(layer).op) ? 0 : 1;
    return p;
  }

  llvm::Expected<Plan> workOut(const Way &way) const {
    Plan plan;
    plan.io = io_;
    plan.solver = fmt::format("split by {}", mode_ == SplitMode::Sequential ? "layer" : name(mode_));
    int first = 0;
    for (const Group &group : way.groups) {
      for (int64_t u = group.begin; u < group.end; ++u)
        for (ir::LayerId id : units_[static_cast<size_t>(u)]) {
          const ir::Layer &layer = model_.layer(id);
          if (group.fpgas == 1) {
            plan.placements.push_back(placed(id, kernel::wholeSlice(model_, layer), first));
            continue;
          }
          if (!ir::isLinear(layer.op) && !isCutByUser(id))
            continue; // follows
          std::vector<int64_t> shares(static_cast<size_t>(group.fpgas), 1);
          if (isCutByUser(id))
            shares = options_.cuts.at(layer.name).shares;
          const bool mayCut = options_.cuts.empty() || isCutByUser(id);
          const std::vector<Slice> slices = mayCut ? slicesOf(model_, layer, group.along, shares)
                                                   : std::vector<Slice>{kernel::wholeSlice(model_, layer)};
          // Fewer slices than FPGAs stand on the last ones, where sums and gathers are too.
          const int skip = group.fpgas - static_cast<int>(slices.size());
          for (size_t i = 0; i < slices.size(); ++i)
            plan.placements.push_back(placed(id, slices[i], first + skip + static_cast<int>(i)));
        }
      first += group.fpgas;
    }
    return finished(std::move(plan));
  }

  /// The user's cuts, all on the first FPGAs; all else where the fewest bits move.
  llvm::Expected<Plan> onSame() const {
    Plan plan;
    plan.io = io_;
    plan.solver = "split by layer";
    for (const ir::Layer &layer : model_.layers)
      if (isCutByUser(layer.id)) {
        int fpga = 0;
        const LayerCut &cut = options_.cuts.at(layer.name);
        for (const Slice &slice : slicesOf(model_, layer, cut.along, cut.shares))
          plan.placements.push_back(placed(layer.id, slice, fpga++));
      }
    return finished(std::move(plan));
  }

  llvm::Expected<Plan> finished(Plan plan) const {
    std::sort(plan.placements.begin(), plan.placements.end(), [](const Placement &a, const Placement &b) {
      return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice);
    });
    auto complete_ = complete(model_, std::move(plan));
    if (!complete_)
      return complete_;
    // A chain passes each sum once over each port; a tree has all at one, and is over sooner.
    for (Join &join : complete_->joins)
      join.chain = options_.objective != Objective::Latency;
    return chooseImplementations(model_, cluster_, costs_, options_, std::move(*complete_));
  }

  bool isBetter(const Evaluation &a, const Evaluation &b) const {
    const auto key = [&](const Evaluation &e) {
      const double fpgas = static_cast<double>(e.fpgas.size());
      switch (options_.objective) {
      case Objective::Throughput:
        return std::array{e.periodUs, fpgas, e.latencyUs};
      case Objective::Latency:
        return std::array{e.latencyUs, e.periodUs, fpgas};
      case Objective::Fpgas:
        return std::array{fpgas, e.periodUs, e.latencyUs};
      }
      BRAID_CHECK(false, "unknown objective");
    };
    return key(a) < key(b);
  }

  void consider(llvm::Expected<Plan> plan, std::optional<Plan> &best, Evaluation &of,
                std::string &why) const {
    auto fail = [&](llvm::Error error) {
      const std::string text = llvm::toString(std::move(error));
      if (why.empty())
        why = text;
    };
    if (!plan)
      return fail(plan.takeError());
    auto split = splitLayers(model_, *plan);
    if (!split)
      return fail(split.takeError());
    if (llvm::Error error = verifyPlan(split->model, cluster_, split->plan, costs_, options_))
      return fail(std::move(error));
    auto evaluation = evaluate(split->model, cluster_, split->plan, costs_, options_);
    if (!evaluation)
      return fail(evaluation.takeError());
    if (best && !isBetter(*evaluation, of))
      return;
    best = std::move(*plan);
    of = std::move(*evaluation);
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  SplitMode mode_;
  kernel::IoMode io_;
  std::vector<std::vector<ir::LayerId>> units_;
  int fpgas_ = 0;
  Resources budget_;
  std::vector<std::vector<LayerOption>> table_; ///< By layer
  std::map<std::tuple<int64_t, int64_t, int>, double> periods_;
  std::vector<Way> ways_;
  int64_t ranked_ = 0;
};

} // namespace

llvm::Expected<Plan> solveSplit(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options, SplitMode mode) {
  if (cluster.fpgas.empty())
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  return Search(model, cluster, costs, options, mode).run();
}

} // namespace braid::plan
