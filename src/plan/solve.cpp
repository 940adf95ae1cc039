// Which solver answers, and what the others would have.
#include "braid/plan/solve.h"

#include "elastic.h"
#include "elastic_problem.h"
#include "layer_options.h"
#include "no_plan.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace braid::plan {
namespace {

/// A cluster's FPGAs as if a switch joined them; nothing where one does, or where they are not all cards that
/// links of one kind lead to: where no FPGA forwards.
std::optional<device::Cluster> asIfJoined(const device::Cluster &cluster) {
  device::Cluster out = cluster;
  out.links.clear();
  bool isJoined = true;
  for (int a = 0; a < static_cast<int>(cluster.fpgas.size()); ++a)
    for (int b = a + 1; b < static_cast<int>(cluster.fpgas.size()); ++b) {
      const std::vector<int> path = cluster.path(a, b);
      if (path.empty() || cluster.fpgas[static_cast<size_t>(a)].device->platform.empty() ||
          cluster.link(path[0], path[1])->type->name != cluster.links[0].type->name)
        return std::nullopt;
      isJoined = isJoined && path.size() == 2;
      device::Link link = *cluster.link(path[0], path[1]);
      link.a = a, link.b = b, link.throughSwitch = true;
      out.links.push_back(std::move(link));
    }
  if (isJoined)
    return std::nullopt;
  return out;
}

llvm::Error checkLanes(const ir::Model &model, const device::Cluster &cluster, const Plan &plan) {
  auto split = splitLayers(model, plan);
  if (!split)
    return split.takeError();
  return checkLinks(split->model, cluster, split->plan, ExitCode::NoPlan);
}

/// A pin to one die of several; null: there is none.
const Pin *dieOf(const Options &options, const device::Cluster &cluster) {
  for (const Pin &pin : options.pins)
    for (const device::Fpga &fpga : cluster.fpgas)
      if (!pin.die.empty() && fpga.name == pin.fpga && fpga.device->dies.size() > 1)
        return &pin;
  return nullptr;
}

llvm::Expected<Plan> sequential(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options,
                                Fewest fewest = Fewest::ThatFit, Proof *proof = nullptr) {
  if (options.solver != Solver::ChainDp && isElastic(model, cluster, options)) {
    auto plan = solveElastic(model, cluster, costs, options, fewest, proof);
    if (!plan)
      return plan;
    llvm::Error error = checkLanes(model, cluster, *plan);
    if (!error)
      return complete(model, std::move(*plan));
    // What passes over an FPGA is forwarded by cards only: the simple solver knows where.
    llvm::consumeError(std::move(error));
    if (proof)
      *proof = {};
  }
  if (const Pin *pin = dieOf(options, cluster))
    return badUsage(fmt::format("--pin {}: dies are chosen by the elastic solver, over links of one type; "
                                "--pin {}={} would work",
                                printable(toString(*pin)), printable(pin->layer), pin->fpga));
  if (options.solver == Solver::Milp)
    return badUsage(
        "--solver milp: of layers in io_parallel, or links of several types, it knows nothing; --solver "
        "chain-dp, or --io stream, would work");
  auto plan = solveChain(model, cluster, costs, options);
  if (plan)
    return complete(model, std::move(*plan));
  // Between neighbours only, no stream passes over a part. Where FPGAs forward, some may.
  const std::optional<device::Cluster> joined = asIfJoined(cluster);
  if (!joined)
    return plan;
  auto forwarded = solveChain(model, *joined, costs, options);
  if (forwarded)
    forwarded = complete(model, std::move(*forwarded));
  if (!forwarded) {
    llvm::consumeError(forwarded.takeError());
    return plan;
  }
  auto split = splitLayers(model, *forwarded);
  llvm::Error fault =
      split ? verifyPlan(split->model, cluster, split->plan, costs, options) : split.takeError();
  if (fault) {
    llvm::consumeError(std::move(fault));
    return plan;
  }
  llvm::consumeError(plan.takeError());
  forwarded->solver += ", forwarded";
  return forwarded;
}

/// The sequential plan that is best by the objective, on as many FPGAs as that takes: more are not always
/// faster, since each brings a transport of its own, nor later. Of long models only some numbers are tried.
llvm::Expected<Plan> bestSequential(const ir::Model &model, const device::Cluster &cluster,
                                    const cost::CostModel &costs, Options options, Proof *proof = nullptr) {
  if (options.fpgas || options.objective == Objective::Fpgas)
    return sequential(model, cluster, costs, options, Fewest::ThatFit, proof);
  const bool isForLatency = options.objective == Objective::Latency;
  const bool isElasticOne = options.solver != Solver::ChainDp && isElastic(model, cluster, options);
  if (isElasticOne && !isForLatency)
    return sequential(model, cluster, costs, options, Fewest::OfTheFastest, proof);
  constexpr size_t kShortModel = 32; ///< Units
  constexpr int kMoreForLatency = 4; ///< FPGAs beside the fewest: each more has a link more
  const size_t units = sequentialUnits(model).size();
  const auto most = static_cast<int>(std::min(cluster.fpgas.size(), units));
  auto found = sequential(model, cluster, costs, options); // the fewest
  if (!found)
    return found;
  const auto keyOf = [&](const Plan &plan) -> llvm::Expected<std::pair<double, double>> {
    auto split = splitLayers(model, plan);
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
    if (!evaluation)
      return evaluation.takeError();
    return isForLatency ? std::pair(evaluation->latencyUs, evaluation->periodUs)
                        : std::pair(evaluation->periodUs, evaluation->latencyUs);
  };
  auto key = keyOf(*found);
  if (!key)
    return key.takeError();
  const auto fewest = static_cast<int>(found->usedFpgas().size());
  const int last = isForLatency ? std::min(most, fewest + kMoreForLatency) : most;
  for (int n = isForLatency ? fewest : units <= kShortModel ? fewest + 1 : most; n > 0 && n <= last; ++n) {
    options.fpgas = n;
    auto plan = sequential(model, cluster, costs, options);
    if (!plan) {
      llvm::consumeError(plan.takeError());
      continue;
    }
    auto own = keyOf(*plan);
    if (!own)
      return own.takeError();
    if (*own < *key)
      found = std::move(plan), key = std::move(own);
  }
  return found;
}

/// Whether some layer fits no FPGA of the cluster whole, however it is made.
bool mustBeCut(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
               const Options &options) {
  const kernel::IoMode io = ioModeFor(model, options);
  const Memories memories = options.solver == Solver::ChainDp || !isElastic(model, cluster, options)
                                ? Memories::OnChip
                                : Memories::All;
  return std::any_of(model.layers.begin(), model.layers.end(), [&](const ir::Layer &layer) {
    return std::none_of(cluster.fpgas.begin(), cluster.fpgas.end(), [&](const device::Fpga &fpga) {
      auto choices = layerOptions(model, layer, layer.name, io, fpga, costs, options, memories);
      if (!choices) {
        llvm::consumeError(choices.takeError());
        return false;
      }
      const device::Resources budget = device::roomsOf(fpga, options.limits).device.budget;
      return std::any_of(choices->begin(), choices->end(),
                         [&](const LayerOption &option) { return option.resources.fitsIn(budget); });
    });
  });
}

/// The first FPGAs of a cluster with the links between them.
device::Cluster firstFpgas(const device::Cluster &cluster, int count) {
  device::Cluster out = cluster;
  out.fpgas.resize(static_cast<size_t>(count));
  llvm::erase_if(out.links, [&](const device::Link &link) { return link.a >= count || link.b >= count; });
  return out;
}

/// What is reserved on any FPGA, on all: copies leave it free, too.
std::vector<device::Reservation> reservedOnAll(const device::Limits &limits) {
  std::vector<device::Reservation> out;
  for (device::Reservation own : limits.reserved) {
    own.fpga = "*";
    const auto same = llvm::find_if(out, [&](const device::Reservation &other) {
      return other.die == own.die && other.resource == own.resource && other.isPercent == own.isPercent;
    });
    if (same == out.end())
      out.push_back(std::move(own));
    else
      same->amount = std::max(same->amount, own.amount);
  }
  return out;
}

/// Copies of a pipeline on the FPGAs behind it, block by block.
Plan withCopies(Plan plan, int replicas, bool mirrored) {
  const std::vector<int> used = plan.usedFpgas();
  const int block = used.back() + 1;
  for (int fpga : used)
    for (int r = 0; r < replicas; ++r)
      plan.replicas[fpga].push_back(r * block + (mirrored && r % 2 ? block - 1 - fpga : fpga));
  return plan;
}

/// `replicas` pipelines side by side, each on as many FPGAs, the first on the first of the cluster;
/// `solvePart` plans it.
llvm::Expected<Plan>
replicated(const ir::Model &model, const device::Cluster &cluster, Options options, int replicas,
           llvm::function_ref<llvm::Expected<Plan>(const device::Cluster &, const Options &)> solvePart) {
  const auto size = static_cast<int>(cluster.fpgas.size());
  if (options.fpgas && *options.fpgas % replicas != 0)
    return noPlan(fmt::format("{} {} not {} pipelines of as many each; --fpgas {} would work", *options.fpgas,
                              *options.fpgas == 1 ? "FPGA is" : "FPGAs are", replicas,
                              std::max(1, *options.fpgas / replicas) * replicas));
  if (options.fpgas.value_or(size) > size || replicas > size)
    return noPlan(fmt::format("cluster {} has {} FPGAs; {} pipelines{} need more", cluster.name, size,
                              replicas, options.fpgas ? fmt::format(" on {} FPGAs", *options.fpgas) : ""));
  const int each = options.fpgas.value_or(size) / replicas;
  const device::Cluster first = firstFpgas(cluster, each);
  for (const Pin &pin : options.pins)
    if (llvm::none_of(first.fpgas, [&](const device::Fpga &fpga) { return fpga.name == pin.fpga; }))
      return noPlan(fmt::format("--pin {}: of {} pipelines side by side the first is placed on {}{}, the "
                                "others are copies of it",
                                printable(toString(pin)), replicas, first.fpgas.front().name,
                                each > 1 ? " to " + first.fpgas.back().name : ""));
  options.limits.reserved = reservedOnAll(options.limits);
  if (options.fpgas)
    options.fpgas = each;
  options.replicas = 1;
  if (options.fps)
    *options.fps /= replicas;
  auto plan = solvePart(first, options);
  if (!plan)
    return plan;
  plan->solver += fmt::format(", {} times", replicas);
  // Side by side; where that leaves copies at other ports (a chain), every second pipeline the other way
  // round.
  const Plan one = *plan;
  *plan = withCopies(one, replicas, /*mirrored=*/false);
  if (llvm::Error error = checkReplicas(cluster, *plan, ExitCode::NoPlan))
    return error;
  llvm::Error straight = checkLanes(model, cluster, *plan);
  if (!straight)
    return plan;
  *plan = withCopies(one, replicas, /*mirrored=*/true);
  if (llvm::Error error = checkReplicas(cluster, *plan, ExitCode::NoPlan)) {
    llvm::consumeError(std::move(error));
    return straight;
  }
  if (llvm::Error error = checkLanes(model, cluster, *plan)) {
    llvm::consumeError(std::move(error));
    return straight;
  }
  llvm::consumeError(std::move(straight));
  return plan;
}

/// Compares plans by the objective; remembers what each would give.
class Contest {
public:
  Contest(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
          const Options &options)
      : model_(model), cluster_(cluster), costs_(costs), options_(options) {}
  ~Contest() { llvm::consumeError(std::move(first_)); }

  /// An error where something is wrong, other than that no plan fits. Whether this plan is the best so far.
  llvm::Expected<bool> enter(const std::string &what, llvm::Expected<Plan> plan) {
    if (!plan) {
      llvm::Error error = plan.takeError();
      if (!isNoPlan(error))
        return error;
      lines_.push_back(fmt::format("{}: no plan fits", what));
      if (!first_)
        first_ = std::move(error);
      else
        llvm::consumeError(std::move(error));
      return false;
    }
    auto split = splitLayers(model_, *plan);
    if (!split)
      return split.takeError();
    auto evaluation = evaluate(split->model, cluster_, split->plan, costs_, options_);
    if (!evaluation)
      return evaluation.takeError();
    const size_t count = evaluation->fpgaCount();
    if (options_.fps && evaluation->framesPerSecond() < *options_.fps) {
      lines_.push_back(fmt::format("{}: too slow, {} frames/s on {} FPGA{}", what,
                                   withThousands(static_cast<int64_t>(evaluation->framesPerSecond())), count,
                                   count == 1 ? "" : "s"));
      if (!first_)
        first_ = noPlan("no plan is fast enough");
      return false;
    }
    lines_.push_back(fmt::format("{}: {} frames/s, {:.3f} us, {} FPGA{}", what,
                                 withThousands(static_cast<int64_t>(evaluation->framesPerSecond())),
                                 evaluation->latencyUs, count, count == 1 ? "" : "s"));
    const auto fpgas = static_cast<double>(count);
    const std::array<double, 3> own = isModest(options_)
                                          ? std::array{options_.objective == Objective::Area ? 0 : fpgas,
                                                       evaluation->area(), evaluation->latencyUs}
                                      : options_.objective == Objective::Latency
                                          ? std::array{evaluation->latencyUs, evaluation->periodUs, fpgas}
                                      : options_.objective == Objective::Fpgas
                                          ? std::array{fpgas, evaluation->periodUs, evaluation->latencyUs}
                                          : std::array{evaluation->periodUs, fpgas, evaluation->latencyUs};
    const bool isBest = !found_ || own < key_;
    if (isBest)
      found_ = std::move(*plan), key_ = own;
    return isBest;
  }

  llvm::Expected<Plan> winner(std::vector<std::string> &notes) {
    for (std::string &line : lines_)
      notes.push_back("split " + line);
    if (!found_)
      return std::exchange(first_, llvm::Error::success());
    return std::move(*found_);
  }

private:
  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  std::optional<Plan> found_;
  std::array<double, 3> key_ = {};
  llvm::Error first_ = llvm::Error::success();
  std::vector<std::string> lines_;
};

/// Whether teams of FPGAs are planned in one search with all else.
bool mayHaveTeams(const ir::Model &model, const device::Cluster &cluster, const Options &options) {
  return options.solver == Solver::Elastic && options.cuts.empty() && cluster.fpgas.size() > 1 &&
         isElastic(model, cluster, options) && isAnyOrder(cluster);
}

/// By teams that cut layers along one mode, or along any and that take turns.
llvm::Expected<Plan> byTeams(const ir::Model &model, const device::Cluster &cluster,
                             const cost::CostModel &costs, const Options &options, Proof *proof) {
  auto plan = solveElastic(model, cluster, costs, options, Fewest::OfTheFastest, proof);
  return plan ? complete(model, std::move(*plan)) : std::move(plan);
}

/// Layers cut along one mode: in one search where that is known, else by estimates.
llvm::Expected<Plan> bestSplit(const ir::Model &model, const device::Cluster &cluster,
                               const cost::CostModel &costs, const Options &options,
                               std::vector<std::string> &notes, Proof *proof) {
  if (!mayHaveTeams(model, cluster, options))
    return solveSplit(model, cluster, costs, options, *options.split);
  Contest contest(model, cluster, costs, options);
  Proof own;
  auto isBest = contest.enter("in one search", byTeams(model, cluster, costs, options, &own));
  if (!isBest)
    return isBest.takeError();
  bool isProven = *isBest;
  if ((options.style == kernel::Style::Hls4ml || !isProven) && options.pins.empty()) {
    isBest = contest.enter("by estimates", solveSplit(model, cluster, costs, options, *options.split));
    if (!isBest)
      return isBest.takeError();
    isProven = isProven && !*isBest;
  }
  if (proof && isProven)
    *proof = std::move(own);
  return contest.winner(notes);
}

/// All ways to split, the best by the objective.
llvm::Expected<Plan> best(const ir::Model &model, const device::Cluster &cluster,
                          const cost::CostModel &costs, const Options &options,
                          std::vector<std::string> &notes, Proof *proof) {
  const auto solveBy = [&](SplitMode mode, const device::Cluster &on, Options with, Proof *own = nullptr) {
    with.split = mode;
    return mode == SplitMode::Sequential ? bestSequential(model, on, costs, with, own)
                                         : solveSplit(model, on, costs, with, mode);
  };
  const auto nameOf = [](SplitMode mode) { return mode == SplitMode::Auto ? "mixed" : name(mode); };
  Contest contest(model, cluster, costs, options);
  SplitMode bestMode = SplitMode::Sequential;
  Proof whole;
  if (auto isBest = contest.enter("sequential",
                                  solveBy(SplitMode::Sequential, cluster, options, proof ? &whole : nullptr));
      !isBest)
    return isBest.takeError();
  else if (proof && *isBest)
    *proof = std::move(whole);
  if (mayHaveTeams(model, cluster, options)) {
    Proof own;
    auto isBest = contest.enter("in one search", byTeams(model, cluster, costs, options, &own));
    if (!isBest)
      return isBest.takeError();
    if (proof && *isBest)
      *proof = std::move(own);
    if (options.style == kernel::Style::Finn)
      return contest.winner(notes);
  }
  if (options.near) // what estimates cut keeps nothing
    return contest.winner(notes);
  llvm::SmallVector<SplitMode, 4> cutting; // pinned layers stay whole
  if (options.pins.empty())
    cutting = {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows, SplitMode::Auto};
  auto cut = solveSplits(model, cluster, costs, options, cutting);
  if (!cut)
    return cut.takeError();
  for (size_t i = 0; i < cut->size(); ++i) {
    auto isBest = contest.enter(nameOf(cutting[i]), (*cut)[i] ? llvm::Expected<Plan>(std::move(*(*cut)[i]))
                                                              : noPlan("no plan fits"));
    if (!isBest)
      return isBest.takeError();
    if (*isBest) {
      bestMode = cutting[i];
      if (proof)
        *proof = {};
    }
  }
  // Pipelines side by side are of no use for one frame, and take more FPGAs than one.
  const int size = options.fpgas.value_or(static_cast<int>(cluster.fpgas.size()));
  if (options.objective == Objective::Throughput && !options.replicas)
    for (int replicas = 2; replicas <= size; ++replicas) {
      const int each = size / replicas;
      if (options.fpgas ? size % replicas != 0 : replicas < size && size / (replicas + 1) == each)
        continue; // as many FPGAs each make more pipelines
      llvm::SmallVector<SplitMode, 2> modes{SplitMode::Sequential};
      if (each > 1 && bestMode != SplitMode::Sequential)
        modes.push_back(bestMode);
      for (SplitMode mode : modes) {
        auto isBest = contest.enter(fmt::format("{}, {} replicas", nameOf(mode), replicas),
                                    replicated(model, cluster, options, replicas,
                                               [&](const device::Cluster &on, const Options &with) {
                                                 return solveBy(mode, on, with);
                                               }));
        if (!isBest)
          return isBest.takeError();
        if (*isBest && proof)
          *proof = {};
      }
    }
  return contest.winner(notes);
}

} // namespace

llvm::Expected<Plan> solve(const ir::Model &model, const device::Cluster &cluster,
                           const cost::CostModel &costs, const Options &options,
                           std::vector<std::string> &notes, Proof *proof) {
  if (options.replicas.value_or(1) > 1)
    return replicated(model, cluster, options, *options.replicas,
                      [&](const device::Cluster &on, const Options &with) {
                        std::vector<std::string> own;
                        auto plan = solve(model, on, costs, with, own);
                        for (std::string &note : own)
                          notes.push_back("each pipeline alone: " + note);
                        return plan;
                      });
  const bool isCut =
      options.split && *options.split != SplitMode::Sequential && *options.split != SplitMode::Auto;
  if (!options.pins.empty() && ((isCut && !mayHaveTeams(model, cluster, options)) || !options.cuts.empty()))
    return badUsage(fmt::format(
        "--pin: pinned layers stay whole, and {} cuts layers; --split sequential, --split auto or a "
        "plan file would work",
        isCut ? "--split" : "--split-layer"));
  if (!options.cuts.empty())
    return solveSplit(model, cluster, costs, options, SplitMode::Sequential);
  if (options.split && *options.split == SplitMode::Auto)
    return best(model, cluster, costs, options, notes, proof);
  if (isCut)
    return bestSplit(model, cluster, costs, options, notes, proof);
  auto plan = options.objective == Objective::Latency
                  ? bestSequential(model, cluster, costs, options)
                  : sequential(model, cluster, costs, options, Fewest::ThatFit, proof);
  if (plan || options.split)
    return plan;
  llvm::Error error = plan.takeError();
  if (!isNoPlan(error) || !options.pins.empty() || !mustBeCut(model, cluster, costs, options))
    return error;
  // No FPGA can hold some layer whole: it is cut without being asked.
  auto cut = solveSplit(model, cluster, costs, options, SplitMode::Auto);
  if (!cut) {
    llvm::consumeError(cut.takeError());
    return error;
  }
  llvm::consumeError(std::move(error));
  notes.push_back("a layer fits no FPGA whole: layers are cut");
  return cut;
}

} // namespace braid::plan
