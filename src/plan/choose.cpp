// Implementations for layers whose places are known: by bisection over the period, with the Pareto-optimal
// choices of each FPGA.
#include "layer_options.h"
#include "pareto.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace braid::plan {
namespace {

using device::Resources;

constexpr size_t kMostChoices = 2048;

/// One layer of the split model on its FPGA.
struct Open {
  ir::LayerId layer = ir::LayerId::None;
  int stage = 0;
  std::vector<LayerOption> options;
};

struct Board {
  int fpga = 0;
  Resources budget;            ///< For layers: without what moves streams
  int64_t transportCycles = 1; ///< Interval of what moves streams
  int64_t picosecondsPerCycle = 0;
  std::vector<Open> layers; ///< By stage
  Resources kept;           ///< Of the budget, since a plan exceeded it
};

class Chooser {
public:
  Chooser(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
          const Options &options, Plan plan, double atMostUs)
      : model_(model), cluster_(cluster), costs_(costs), options_(options), plan_(std::move(plan)) {
    if (std::isfinite(atMostUs))
      atMostPs_ = static_cast<int64_t>(std::ceil(atMostUs * 1e6)) + 1;
  }

  llvm::Expected<Plan> run() {
    if (llvm::Error error = prepare())
      return error;
    constexpr int kMostRounds = 8;
    for (int round = 0; round < kMostRounds; ++round) {
      if (llvm::Error error = choose())
        return error;
      auto evaluation = evaluate(split_.model, cluster_, split_.plan, costs_, options_);
      if (!evaluation)
        return evaluation.takeError();
      // FIFOs for frames that come early follow from a whole plan's times, the mean use of memories and DSPs
      // from all choices: room is kept for them.
      bool fits = true;
      for (const FpgaCost &fpga : evaluation->fpgas)
        for (Board &board : boards_)
          if (board.fpga == fpga.fpga) {
            const Resources more = device::excessOf(fpga, fpga.used, options_.limits, board.kept);
            board.budget = board.budget - more, board.kept += more;
            fits = fits && more == Resources{};
          }
      if (fits)
        break;
    }
    for (size_t i = 0; i < split_.layers.size(); ++i)
      if (split_.layers[i].role == LayerOrigin::Role::Slice)
        for (Placement &p : plan_.placements)
          if (p.layer == split_.layers[i].layer && p.slice == split_.layers[i].slice)
            p.implementation = split_.plan.placements[i].implementation;
    return std::move(plan_);
  }

private:
  llvm::Error prepare() {
    auto split = splitLayers(model_, plan_);
    if (!split)
      return split.takeError();
    split_ = std::move(*split);
    if (llvm::Error error = checkLinks(split_.model, cluster_, split_.plan, ExitCode::NoPlan))
      return error;
    std::map<int, Board> boards;
    for (const ir::Layer &layer : split_.model.layers) {
      Placement &p = split_.plan.placements[index(layer.id)];
      const device::Fpga &fpga = cluster_.fpgas[static_cast<size_t>(p.fpga)];
      Board &board = boards[p.fpga];
      Open open{layer.id, p.stage, {}};
      if (p.implementation.reuse == 0) {
        const std::string &name = model_.layer(split_.layers[index(layer.id)].layer).name;
        auto options = layerOptions(split_.model, layer, name, plan_.io, fpga, costs_, options_);
        if (!options)
          return options.takeError();
        open.options = std::move(*options);
        p.implementation = open.options[0].implementation;
      } else {
        auto option = layerOption(split_.model, layer, p.implementation, *fpga.device, costs_);
        if (!option)
          return option.takeError();
        if (option->interval == 0)
          return lawFault(layer, p);
        open.options = {std::move(*option)};
      }
      board.layers.push_back(std::move(open));
    }
    for (auto &[fpga, board] : boards) {
      board.fpga = fpga;
      std::stable_sort(board.layers.begin(), board.layers.end(),
                       [](const Open &a, const Open &b) { return a.stage < b.stage; });
      boards_.push_back(std::move(board));
    }
    return addTransport();
  }

  /// A given implementation that cannot be built: by the law that it breaks.
  llvm::Error lawFault(const ir::Layer &layer, const Placement &p) const {
    auto kernels =
        kernel::lowerLayer(split_.model, layer, kernel::wholeSlice(split_.model, layer), p.implementation);
    if (!kernels)
      return kernels.takeError();
    for (const kernel::Kernel &kernel : *kernels)
      for (const kernel::LawBreach &breach : kernel::lawBreaches(kernel))
        return userError(ExitCode::NoPlan,
                         {.file = {},
                          .node = printable(layer.name),
                          .op = ir::kindName(layer.op),
                          .message = fmt::format("{} ({}); {}", breach.message, breach.law, breach.remedy),
                          .notes = {}});
    BRAID_CHECK(false, "an option without an interval breaks a law");
  }

  /// What the placement needs whatever is chosen.
  llvm::Error addTransport() {
    auto evaluation = evaluate(split_.model, cluster_, split_.plan, costs_, options_);
    if (!evaluation)
      return evaluation.takeError();
    linkPs_ = static_cast<int64_t>(std::ceil(evaluation->linkUs * 1e6));
    for (const FpgaCost &fpga : evaluation->fpgas) {
      Board &board =
          *std::find_if(boards_.begin(), boards_.end(), [&](const Board &b) { return b.fpga == fpga.fpga; });
      board.picosecondsPerCycle = std::llround(1e6 / cluster_.fpgas[static_cast<size_t>(fpga.fpga)].clockMhz);
      board.budget = fpga.budget - fpga.stack;
      for (const NodeCost &node : fpga.nodes) {
        if (!node.node.isTransport() || isInner(node))
          continue;
        board.budget = board.budget - node.estimate.resources;
        if (node.node.kernel.kind != kernel::KernelKind::Fifo)
          board.transportCycles = std::max(board.transportCycles, node.estimate.interval);
      }
    }
    return llvm::Error::success();
  }

  /// FIFOs inside a layer are part of its options.
  bool isInner(const NodeCost &node) const {
    if (node.node.kernel.kind != kernel::KernelKind::Fifo || node.node.layer == ir::LayerId::None)
      return false;
    return node.node.kernel.name == "inner fifo";
  }

  using Steps = std::vector<std::vector<Choice>>;

  /// Choices of all layers of a board at a period, or an empty last step.
  Steps grow(const Board &board, int64_t period) const {
    const int64_t cycles = period / board.picosecondsPerCycle;
    Steps steps;
    std::vector<Choice> set = {{}};
    bool thinned = false;
    for (size_t i = 0; i < board.layers.size(); ++i) {
      const bool begins = i == 0 || board.layers[i].stage != board.layers[i - 1].stage;
      std::vector<Choice> next;
      for (size_t c = 0; c < set.size(); ++c)
        for (size_t o = 0; o < board.layers[i].options.size(); ++o) {
          const LayerOption &option = board.layers[i].options[o];
          if (option.interval > cycles)
            continue;
          Choice choice = {set[c].resources + option.resources,
                           begins ? option.time : set[c].time + option.time, static_cast<int32_t>(c),
                           static_cast<int16_t>(o)};
          if (choice.time.dataflow && choice.time.cycles - choice.time.isDense > cycles)
            continue;
          if (choice.resources.fitsIn(board.budget))
            next.push_back(choice);
        }
      set = paretoOf(std::move(next), kMostChoices, board.budget, thinned);
      steps.push_back(set);
      if (set.empty())
        break;
    }
    return steps;
  }

  bool feasible(int64_t period) const {
    return std::all_of(boards_.begin(), boards_.end(), [&](const Board &board) {
      return board.transportCycles * board.picosecondsPerCycle <= std::max(period, floor_) &&
             !grow(board, period).back().empty();
    });
  }

  llvm::Error choose() {
    // Nothing is gained below what links and movers take.
    floor_ = linkPs_;
    int64_t longest = floor_;
    for (const Board &board : boards_) {
      floor_ = std::max(floor_, board.transportCycles * board.picosecondsPerCycle);
      int64_t cycles = 1;
      for (const Open &open : board.layers) {
        int64_t most = 1;
        for (const LayerOption &option : open.options)
          most = std::max({most, option.interval, option.time.cycles});
        cycles += most;
      }
      longest = std::max(longest, cycles * board.picosecondsPerCycle);
    }
    longest = std::max(longest, floor_);
    if (floor_ > atMostPs_)
      return tooSlow();
    if (atMostPs_ < longest) {
      longest = atMostPs_;
      if (!feasible(longest))
        return tooSlow();
    } else if (!feasible(longest)) {
      return noRoom();
    }
    int64_t low = floor_ - 1, high = longest;
    if (feasible(floor_))
      high = floor_;
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (feasible(middle) ? high : low) = middle;
    }
    for (const Board &board : boards_)
      take(board, grow(board, high));
    return llvm::Error::success();
  }

  void take(const Board &board, const Steps &steps) {
    const Choice *best = nullptr;
    for (const Choice &choice : steps.back())
      if (!best ||
          utilisationPpm(choice.resources, board.budget) < utilisationPpm(best->resources, board.budget))
        best = &choice;
    for (size_t i = steps.size(); i-- > 0;) {
      split_.plan.placements[index(board.layers[i].layer)].implementation =
          board.layers[i].options[static_cast<size_t>(best->option)].implementation;
      if (i > 0)
        best = &steps[i - 1][static_cast<size_t>(best->before)];
    }
  }

  llvm::Error tooSlow() const {
    return userError(
        ExitCode::NoPlan,
        {.file = {},
         .node = {},
         .op = {},
         .message =
             fmt::format("no implementations of this placement are fast enough on cluster {}", cluster_.name),
         .notes = {}});
  }

  llvm::Error noRoom() const {
    std::vector<std::string> notes;
    for (const Board &board : boards_) {
      Resources need;
      for (const Open &open : board.layers)
        for (device::Resource r : device::kResources) {
          int64_t least = open.options[0].resources[r];
          for (const LayerOption &option : open.options)
            least = std::min(least, option.resources[r]);
          need[r] += least;
        }
      for (device::Resource r : device::kResources)
        if (need[r] > board.budget[r])
          notes.push_back(
              fmt::format("the layers on {} need at least {} {}; {} are usable beside what moves its streams",
                          cluster_.fpgas[static_cast<size_t>(board.fpga)].name, withThousands(need[r]),
                          device::name(r), withThousands(board.budget[r])));
    }
    return userError(
        ExitCode::NoPlan,
        {.file = {},
         .node = {},
         .op = {},
         .message = fmt::format("no implementations fit this placement over cluster {}", cluster_.name),
         .notes = std::move(notes)});
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  Plan plan_;
  SplitModel split_;
  std::vector<Board> boards_;
  int64_t linkPs_ = 0, floor_ = 0;
  int64_t atMostPs_ = std::numeric_limits<int64_t>::max(); ///< A longer period is of no use
};

} // namespace

llvm::Expected<Plan> chooseImplementations(const ir::Model &model, const device::Cluster &cluster,
                                           const cost::CostModel &costs, const Options &options, Plan plan,
                                           double atMostUs) {
  const bool isOpen = std::any_of(plan.placements.begin(), plan.placements.end(),
                                  [](const Placement &p) { return p.implementation.reuse == 0; });
  return isOpen ? Chooser(model, cluster, costs, options, std::move(plan), atMostUs).run()
                : llvm::Expected<Plan>(std::move(plan));
}

} // namespace braid::plan
