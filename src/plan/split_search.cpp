// Which layers are cut, and over how many FPGAs: ways ranked by an estimate, the best worked out exactly.
#include "row_cuts.h"
#include "split_ways.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace braid::plan {
namespace {

using kernel::Slice;

constexpr SplitMode kSingle[] = {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows};

/// Ways worked out exactly: fewer where there is more to work out, but always some.
size_t mostExact(size_t layers, int fpgas) {
  constexpr size_t kSlices = 6400, kLeast = 16, kMost = 160;
  return std::clamp(kSlices / (layers * static_cast<size_t>(std::max(fpgas, 4))), kLeast, kMost);
}

/// How groups are cut by rows: each layer equally, or all as the first or the last of them would be, so that
/// halos move one way.
enum class RowAnchor : uint8_t { Each, First, Last };

/// The best plan so far.
struct Found {
  std::optional<Plan> plan;
  Evaluation of;
  std::string why; ///< The first way failed
};

class Search {
public:
  Search(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
         const Options &options)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), io_(ioModeFor(model, options)),
        ranking_(model, cluster, costs, options) {}

  llvm::Error prepare() {
    if (llvm::Error error = checkCuts())
      return error;
    fpgas_ = options_.fpgas.value_or(static_cast<int>(cluster_.fpgas.size()));
    if (fpgas_ < 1 || fpgas_ > static_cast<int>(cluster_.fpgas.size()))
      return badUsage(fmt::format("--fpgas {}: cluster {} has {} FPGA{}", fpgas_, cluster_.name,
                                  cluster_.fpgas.size(), cluster_.fpgas.size() == 1 ? "" : "s"));
    return ranking_.prepare();
  }

  llvm::Expected<Plan> run(SplitMode mode) {
    const Found &found = best(mode);
    if (found.plan)
      return *found.plan;
    return userError(ExitCode::NoPlan,
                     {.file = {},
                      .node = {},
                      .op = {},
                      .message = fmt::format("no plan split by {} fits {} FPGA{} of cluster {}", name(mode),
                                             fpgas_, fpgas_ == 1 ? "" : "s", cluster_.name),
                      .notes = {found.why.empty() ? "no layer can be cut so" : found.why}});
  }

  /// Of one mode; of Auto: of each alone, and of all together.
  const Found &best(SplitMode mode) {
    auto [known, isNew] = found_.try_emplace(mode);
    Found &found = known->second;
    if (!isNew)
      return found;
    llvm::ArrayRef<SplitMode> modes = kSingle;
    std::set<std::vector<Group>> tried;
    if (mode == SplitMode::Auto) {
      for (SplitMode single : kSingle)
        if (const Found &other = best(single); other.plan && (!found.plan || isBetter(other.of, found.of)))
          found.plan = other.plan, found.of = other.of;
        else if (found.why.empty())
          found.why = other.why;
    } else if (options_.cuts.empty()) {
      modes = llvm::makeArrayRef(mode);
    }
    const size_t most = mostExact(model_.layers.size(), fpgas_);
    size_t tries = 0;
    for (const Way &way : ranking_.ways(modes, fpgas_)) {
      if (options_.fpgas && way.fpgas != fpgas_)
        continue;
      if (mode == SplitMode::Auto && isOfOneKind(way))
        continue; // tried, as far as it is of use
      // Estimates may be too long, but not by this much.
      constexpr double kSlack = 3;
      if (found.plan && options_.objective == Objective::Throughput &&
          way.periodUs > kSlack * found.of.periodUs)
        break;
      consider(workOut(way, mode, RowAnchor::Each, found), found);
      // Of the most likely ones in more than one form.
      if (tries < most / 3 && options_.cuts.empty() && isCutByRows(way))
        for (RowAnchor anchor : {RowAnchor::First, RowAnchor::Last})
          consider(workOut(way, mode, anchor, found), found);
      // Where estimates promised too much and nothing fits, humbler ways are looked at, too.
      constexpr size_t kPatience = 8;
      if (++tries >= most && (found.plan || tries >= kPatience * most))
        break;
    }
    if (!options_.cuts.empty())
      consider(onSame(found), found);
    return found;
  }

private:
  static bool isCutByRows(const Way &way) {
    return std::any_of(way.groups.begin(), way.groups.end(),
                       [](const Group &g) { return g.fpgas > 1 && g.along == SplitMode::Rows; });
  }

  static bool isOfOneKind(const Way &way) {
    std::set<SplitMode> kinds;
    for (const Group &group : way.groups)
      if (group.fpgas > 1)
        kinds.insert(group.along);
    return kinds.size() == 1;
  }

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

  Placement placed(ir::LayerId layer, const Slice &slice, int fpga) const {
    Placement p;
    p.layer = layer;
    p.slice = slice;
    p.fpga = fpga;
    p.implementation.style = options_.style, p.implementation.io = io_;
    p.implementation.reuse = ir::isLinear(model_.layer(layer).op) ? 0 : 1;
    return p;
  }

  std::vector<ir::LayerId> layersOf(const Group &group) const {
    std::vector<ir::LayerId> out;
    for (int64_t u = group.begin; u < group.end; ++u)
      for (ir::LayerId id : ranking_.units()[static_cast<size_t>(u)])
        out.push_back(id);
    return out;
  }

  /// Cuts by rows that follow one layer; none where a group is not cut so.
  std::map<ir::LayerId, std::vector<Slice>> rowCutsOf(const Group &group, RowAnchor anchor) const {
    if (anchor == RowAnchor::Each || group.fpgas == 1 || group.along != SplitMode::Rows)
      return {};
    const std::vector<ir::LayerId> layers = layersOf(group);
    const std::vector<int64_t> shares(static_cast<size_t>(group.fpgas), 1);
    std::vector<ir::LayerId> cut;
    for (ir::LayerId id : layers)
      if (slicesOf(model_, model_.layer(id), SplitMode::Rows, shares).size() == shares.size())
        cut.push_back(id);
    if (cut.empty())
      return {};
    return rowCuts(model_, layers, anchor == RowAnchor::First ? cut.front() : cut.back(), shares);
  }

  llvm::Expected<Plan> workOut(const Way &way, SplitMode mode, RowAnchor anchor, const Found &found) const {
    Plan plan;
    plan.style = options_.style, plan.io = io_;
    plan.solver = fmt::format("split by {}", mode == SplitMode::Sequential ? "layer" : name(mode));
    int first = 0;
    for (const Group &group : way.groups) {
      const auto rows = rowCutsOf(group, anchor);
      for (ir::LayerId id : layersOf(group)) {
        const ir::Layer &layer = model_.layer(id);
        if (group.fpgas == 1) {
          plan.placements.push_back(placed(id, kernel::wholeSlice(model_, layer), first));
          continue;
        }
        if (!ir::isLinear(layer.op) && !isCutByUser(id))
          continue; // follows
        const auto known = rows.find(id);
        const std::vector<Slice> slices = known == rows.end() ? slicesIn(group, layer) : known->second;
        // Fewer slices than FPGAs stand on the last ones, where sums and gathers are too.
        const int skip = group.fpgas - static_cast<int>(slices.size());
        for (size_t i = 0; i < slices.size(); ++i)
          plan.placements.push_back(placed(id, slices[i], first + skip + static_cast<int>(i)));
      }
      first += group.fpgas;
    }
    return finished(std::move(plan), found);
  }

  /// Equal parts, or as the user asks; whole where the user asks for cuts of others.
  std::vector<Slice> slicesIn(const Group &group, const ir::Layer &layer) const {
    if (isCutByUser(layer.id))
      return slicesOf(model_, layer, group.along, options_.cuts.at(layer.name).shares);
    if (!options_.cuts.empty())
      return {kernel::wholeSlice(model_, layer)};
    return slicesOf(model_, layer, group.along, std::vector<int64_t>(static_cast<size_t>(group.fpgas), 1));
  }

  /// The user's cuts, all on the first FPGAs; all else where the fewest bits move.
  llvm::Expected<Plan> onSame(const Found &found) const {
    Plan plan;
    plan.style = options_.style, plan.io = io_;
    plan.solver = "split by layer";
    for (const ir::Layer &layer : model_.layers)
      if (isCutByUser(layer.id)) {
        int fpga = 0;
        const LayerCut &cut = options_.cuts.at(layer.name);
        for (const Slice &slice : slicesOf(model_, layer, cut.along, cut.shares))
          plan.placements.push_back(placed(layer.id, slice, fpga++));
      }
    return finished(std::move(plan), found);
  }

  llvm::Expected<Plan> finished(Plan plan, const Found &found) const {
    std::sort(plan.placements.begin(), plan.placements.end(), [](const Placement &a, const Placement &b) {
      return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice);
    });
    auto complete_ = complete(model_, std::move(plan));
    if (!complete_)
      return complete_;
    // A chain passes each sum once over each port; a tree has all at one, and is over sooner.
    for (Join &join : complete_->joins)
      join.chain = options_.objective != Objective::Latency;
    const bool isBound = found.plan && options_.objective == Objective::Throughput;
    return chooseImplementations(model_, cluster_, costs_, options_, std::move(*complete_),
                                 isBound ? found.of.periodUs : std::numeric_limits<double>::infinity());
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
      case Objective::Area:
        return std::array{e.area(), e.periodUs, fpgas};
      }
      BRAID_CHECK(false, "unknown objective");
    };
    return key(a) < key(b);
  }

  void consider(llvm::Expected<Plan> plan, Found &best) const {
    auto fail = [&](llvm::Error error) {
      const std::string text = llvm::toString(std::move(error));
      if (best.why.empty())
        best.why = text;
    };
    if (!plan)
      return fail(plan.takeError());
    auto split = splitLayers(model_, *plan);
    if (!split)
      return fail(split.takeError());
    auto evaluation = evaluate(split->model, cluster_, split->plan, costs_, options_);
    if (!evaluation)
      return fail(evaluation.takeError());
    if (best.plan && !isBetter(*evaluation, best.of))
      return;
    if (llvm::Error error = verifyPlan(split->model, cluster_, split->plan, costs_, options_))
      return fail(std::move(error));
    best.plan = std::move(*plan);
    best.of = std::move(*evaluation);
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  kernel::IoMode io_;
  WayRanking ranking_;
  int fpgas_ = 0;
  std::map<SplitMode, Found> found_;
};

} // namespace

llvm::Expected<std::vector<std::optional<Plan>>>
solveSplits(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
            const Options &options, llvm::ArrayRef<SplitMode> modes) {
  if (cluster.fpgas.empty())
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  Search search(model, cluster, costs, options);
  if (llvm::Error error = search.prepare())
    return error;
  std::vector<std::optional<Plan>> plans;
  for (SplitMode mode : modes)
    plans.push_back(search.best(mode).plan);
  return plans;
}

llvm::Expected<Plan> solveSplit(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options, SplitMode mode) {
  if (cluster.fpgas.empty())
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  Search search(model, cluster, costs, options);
  if (llvm::Error error = search.prepare())
    return error;
  return search.run(mode);
}

} // namespace braid::plan
