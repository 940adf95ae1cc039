#include "elastic_corrections.h"

#include "elastic_parts.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::plan {
namespace {

using device::Resources;
using partition::Needs;

/// By what the first exceeds the second, nowhere negative.
Needs excess(const Needs &used, const Needs &room) {
  Needs out = {};
  for (size_t r = 0; r < partition::kResources; ++r)
    out[r] = std::max<int64_t>(0, used[r] - room[r]);
  return out;
}

/// What the problem says that an item takes beside the one before it.
Needs saidOf(const ElasticProblem &elastic, const partition::Solution &solution, const partition::Part &part,
             int item) {
  const partition::Problem &problem = elastic.problem;
  const auto choiceOf = [&](int i) {
    return problem.table(i, part.kind)[static_cast<size_t>(solution.choices[static_cast<size_t>(i)])];
  };
  Needs out = choiceOf(item).needs;
  const partition::Layer &layer = problem.layers[static_cast<size_t>(item)];
  const bool isFirst =
      item == part.begin || std::find(part.ends.begin(), part.ends.end(), item) != part.ends.end();
  if (!isFirst && !layer.words.empty() && layer.words[static_cast<size_t>(part.kind)] >= 0)
    add(out,
        problem.words[static_cast<size_t>(layer.words[static_cast<size_t>(part.kind)])]
                     [static_cast<size_t>(choiceOf(item - 1).out)][static_cast<size_t>(choiceOf(item).in)]);
  return out;
}

/// The kind of an FPGA of the cluster by itself.
int kindOf(const partition::Problem &problem, int fpga, const ElasticProblem &elastic) {
  const auto at = std::find(elastic.fpgas.begin(), elastic.fpgas.end(), fpga) - elastic.fpgas.begin();
  return problem.fpgas[static_cast<size_t>(at)].kind;
}

/// The limit of the mean use of memories and DSPs with which a plan would do, in whole percent; nothing where
/// it exceeds more than that.
std::optional<int64_t> averageFor(const Evaluation &evaluation) {
  int64_t least = 0;
  const auto raise = [&](const device::Room &room, const Resources &used) {
    const device::Average average = device::averageOf(room, used);
    least = std::max(least, ceilDiv(100 * average.over, average.of));
    return used.fitsIn(room.budget);
  };
  for (const FpgaCost &fpga : evaluation.fpgas) {
    if (!(fpga.dies.empty() ? raise(fpga, fpga.used) : fpga.used.fitsIn(fpga.budget)))
      return std::nullopt;
    for (const DieCost &die : fpga.dies)
      if (!raise(die, die.used))
        return std::nullopt;
  }
  return least;
}

/// What the kernels of each item of an FPGA take, and those that stand beside them.
std::map<int, Needs> takenBy(const FpgaCost &fpga, const SplitModel &split, const std::vector<int> &itemOf) {
  std::map<int, Needs> out;
  for (const NodeCost &cost : fpga.nodes) {
    const ir::LayerId id = cost.node.layer != ir::LayerId::None ? cost.node.layer : cost.node.beside;
    if (id == ir::LayerId::None || split.layers[index(id)].layer == ir::LayerId::None)
      continue;
    add(out.try_emplace(itemOf[index(split.layers[index(id)].layer)], Needs{}).first->second,
        cost.estimate.resources.amount);
  }
  return out;
}

} // namespace

bool Corrections::learn(const Evaluation &evaluation, const device::Limits &limits, const SplitModel &split,
                        const ElasticProblem &elastic, const partition::Solution &solution) {
  const partition::Problem &problem = elastic.problem;
  size_t layers = 0;
  for (const ElasticItem &item : elastic.items)
    for (ir::LayerId layer : item.layers)
      layers = std::max(layers, index(layer) + size_t{1});
  std::vector<int> itemOf(layers);
  for (size_t i = 0; i < elastic.items.size(); ++i)
    for (ir::LayerId layer : elastic.items[i].layers)
      itemOf[index(layer)] = static_cast<int>(i);
  std::map<std::pair<int, int>, Needs> more, kept; // of this plan
  for (const FpgaCost &fpga : evaluation.fpgas) {
    const bool hasDies = !fpga.dies.empty();
    const size_t dies = hasDies ? fpga.dies.size() : 1;
    std::vector<Needs> over(dies);
    bool isOver = false;
    for (size_t die = 0; die < dies; ++die) {
      const device::Room &room = hasDies ? fpga.dies[die] : static_cast<const device::Room &>(fpga);
      const auto held = kept_.find({kindOf(problem, fpga.fpga, elastic), static_cast<int>(die)});
      over[die] = device::excessOf(room, hasDies ? fpga.dies[die].used : fpga.used, limits,
                                   held == kept_.end() ? Resources{} : Resources{held->second})
                      .amount;
      isOver = isOver || over[die] != Needs{};
    }
    const auto part =
        std::find_if(solution.parts.begin(), solution.parts.end(), [&](const partition::Part &p) {
          return std::any_of(p.fpgas.begin(), p.fpgas.end(),
                             [&](int own) { return elastic.fpgas[static_cast<size_t>(own)] == fpga.fpga; });
        });
    BRAID_CHECK(part != solution.parts.end(), "what a plan places is of a part of its solution");
    if (!isOver)
      continue;
    const partition::Kind &kind = problem.kind(part->kind);
    const bool isCut = kind.of >= 0 && !kind.takesTurns;
    std::map<int, Needs> taken = takenBy(fpga, split, itemOf);
    const auto dieOf = [&](int item) {
      const auto step = static_cast<size_t>(std::upper_bound(part->ends.begin(), part->ends.end(), item) -
                                            part->ends.begin());
      return hasDies ? (part->fromLast ? part->ends.size() - 1 - step : step) : 0;
    };
    // What items take more than was said goes with them to wherever they stand next: in all as much as they
    // take more together, or else the same would fit again.
    std::map<int, Needs> excesses;
    std::vector<Needs> each(dies), all(dies);
    for (int item = part->begin; item < part->end; ++item) {
      const Needs said = saidOf(elastic, solution, *part, item);
      add(each[dieOf(item)], excesses[item] = excess(taken[item], said));
      for (size_t r = 0; r < partition::kResources; ++r)
        all[dieOf(item)][r] += taken[item][r] - said[r];
    }
    const std::vector<Needs> before = over;
    for (const auto &[item, own] : excesses)
      for (size_t r = 0; r < partition::kResources; ++r) {
        const size_t die = dieOf(item);
        if (before[die][r] == 0 || own[r] == 0)
          continue;
        const int64_t more_of_die = std::min(each[die][r], std::max(before[die][r], all[die][r]));
        const int64_t more_of_item = isCut ? own[r] : ceilDiv(own[r] * more_of_die, each[die][r]);
        int64_t &learned = more[{item, part->kind}][r];
        learned = std::max(learned, more_of_item);
        over[die][r] -= more_of_item;
      }
    // Where that was no help before, less is left on the die.
    for (size_t die = 0; die < dies; ++die) {
      const auto place = std::pair(part->kind, static_cast<int>(die));
      if (!isCut && before[die] != Needs{} && !seen_.insert(place).second)
        over[die] = before[die];
    }
    for (size_t die = 0; die < dies; ++die)
      for (size_t r = 0; r < partition::kResources; ++r) {
        // Teams that cut layers have little in common with single FPGAs: what is left is that of a layer.
        const size_t step = part->fromLast ? dies - 1 - die : die;
        const int begin = step == 0 ? part->begin : part->ends[step - 1];
        int64_t &own = isCut ? more[{std::min(begin, part->end - 1), part->kind}][r]
                             : kept[{kind.of < 0 ? part->kind : kind.of, static_cast<int>(die)}][r];
        own = isCut ? own + std::max<int64_t>(0, over[die][r]) : std::max(own, over[die][r]);
      }
  }
  if (more.empty() && kept.empty())
    return false;
  if (const auto own = averageFor(evaluation))
    average_ = std::min(average_.value_or(100), *own);
  for (const auto &[key, needs] : more)
    add(more_[key], needs);
  for (const auto &[key, needs] : kept)
    for (size_t r = 0; r < partition::kResources; ++r) // other choices need other things: more each time
      kept_[key][r] += needs[r] + needs[r] * rounds_ / 2;
  ++rounds_;
  return true;
}

ElasticProblem Corrections::applied(const ElasticProblem &elastic) const {
  ElasticProblem out = elastic;
  partition::Problem &problem = out.problem;
  for (size_t k = 0; k < problem.kinds.size(); ++k) {
    partition::Kind &kind = problem.kinds[k];
    for (size_t die = 0; die < kind.dies.size(); ++die)
      if (const auto own = kept_.find({kind.of < 0 ? static_cast<int>(k) : kind.of, static_cast<int>(die)});
          own != kept_.end())
        for (size_t r = 0; r < partition::kResources; ++r)
          kind.dies[die].capacity[r] -= own->second[r];
  }
  std::map<std::pair<int32_t, Needs>, int32_t> known;
  for (const auto &[key, needs] : more_) {
    int32_t &table = problem.layers[static_cast<size_t>(key.first)].tables[static_cast<size_t>(key.second)];
    if (needs == Needs{} || table < 0)
      continue;
    const auto [at, isNew] = known.try_emplace({table, needs}, static_cast<int32_t>(problem.tables.size()));
    if (isNew) {
      partition::Table copy = problem.tables[static_cast<size_t>(table)];
      for (partition::Choice &choice : copy)
        add(choice.needs, needs);
      problem.tables.push_back(std::move(copy));
      auto made = out.made[static_cast<size_t>(table)];
      out.made.push_back(std::move(made));
    }
    table = at->second;
  }
  return out;
}

} // namespace braid::plan
