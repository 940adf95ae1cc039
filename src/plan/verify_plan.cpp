#include "layer_options.h"

#include "braid/plan/evaluate.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace braid::plan {
namespace {

class Verifier {
public:
  Verifier(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
           const device::Limits &limits)
      : model_(model), cluster_(cluster), plan_(plan), limits_(limits) {}

  void checkPlacements() {
    std::vector<int> times(model_.layers.size(), 0);
    for (const Placement &p : plan_.placements) {
      BRAID_CHECK(index(p.layer) < times.size(), "a plan places a layer the model has not");
      const ir::Layer &layer = model_.layer(p.layer);
      ++times[index(p.layer)];
      if (p.fpga < 0 || static_cast<size_t>(p.fpga) >= cluster_.fpgas.size())
        fault(&layer, fmt::format("it is placed on FPGA {}, and cluster {} has {}", p.fpga, cluster_.name,
                                  cluster_.fpgas.size()));
      else if (p.die < 0 ||
               static_cast<size_t>(p.die) >= cluster_.fpgas[static_cast<size_t>(p.fpga)].device->dies.size())
        fault(&layer, fmt::format("it is placed on die {} of {}", p.die,
                                  cluster_.fpgas[static_cast<size_t>(p.fpga)].name));
      if (p.slice != kernel::wholeSlice(model_, layer))
        fault(&layer, "a part of the layer is placed, and nothing places the rest");
      if (p.implementation.style != plan_.style)
        fault(&layer, fmt::format("it is {} style in a plan that is {} style",
                                  kernel::name(p.implementation.style), kernel::name(plan_.style)));
      if (p.implementation.io != plan_.io)
        fault(&layer, fmt::format("it is {} in a plan that is {}", kernel::name(p.implementation.io),
                                  kernel::name(plan_.io)));
    }
    for (const ir::Layer &layer : model_.layers)
      if (times[index(layer.id)] != 1)
        fault(&layer, fmt::format("it is placed {} times; once is right", times[index(layer.id)]));
  }

  void checkCrossings() {
    if (plan_.crossings != crossingsOf(model_, plan_.placements))
      fault(nullptr, "the plan's crossings are not those its placements need");
  }

  void checkLaws(const FpgaCost &fpga) {
    for (const NodeCost &node : fpga.nodes)
      for (const kernel::LawBreach &breach : kernel::lawBreaches(node.node.kernel))
        fault(node.node.layer == ir::LayerId::None ? nullptr : &model_.layer(node.node.layer),
              fmt::format("{} ({}); {}", breach.message, breach.law, breach.remedy));
  }

  void checkChannels(const FpgaCost &fpga) {
    for (const NodeCost &node : fpga.nodes)
      if (llvm::Error error = checkChannel(node.node.kernel, cluster_.fpgas[static_cast<size_t>(fpga.fpga)]))
        fault(node.node.layer == ir::LayerId::None ? nullptr : &model_.layer(node.node.layer),
              messageOf(std::move(error)));
  }

  void checkBudget(const FpgaCost &fpga) {
    const std::string &name = cluster_.fpgas[static_cast<size_t>(fpga.fpga)].name;
    for (device::Resource r : device::kResources)
      if (fpga.used[r] > fpga.budget[r])
        fault(nullptr, fmt::format("{} needs {} {}; {}", name, withThousands(fpga.used[r]), device::name(r),
                                   budgetText(fpga, r)));
    if (fpga.dies.empty())
      checkAverage(fpga, fpga.used, name);
  }

  void checkDies(const FpgaCost &fpga) {
    const device::Fpga &own = cluster_.fpgas[static_cast<size_t>(fpga.fpga)];
    for (size_t d = 0; d < fpga.dies.size(); ++d) {
      const DieCost &die = fpga.dies[d];
      const std::string name = fmt::format("{} of {}", own.device->dies[d].name, own.name);
      for (device::Resource r : device::kResources)
        if (die.used[r] > die.budget[r])
          fault(nullptr, fmt::format("{} needs {} {}; {}", name, withThousands(die.used[r]), device::name(r),
                                     budgetText(die, r)));
      checkAverage(die, die.used, name);
      if (own.device->sllPerBoundary > 0 && die.wires > own.device->sllPerBoundary)
        fault(nullptr,
              fmt::format("{} wires lead from {} to the next die; {} are there", withThousands(die.wires),
                          name, withThousands(own.device->sllPerBoundary)));
    }
  }

  void checkLimits() {
    for (int64_t percent : limits_.percent)
      if (percent < 0 || percent > 100)
        fault(nullptr, fmt::format("a utilisation limit of {} % is not between 0 and 100", percent));
    if (limits_.average < 0 || limits_.average > 100)
      fault(nullptr, fmt::format("a limit of {} % in the mean is not between 0 and 100", limits_.average));
  }

  Diagnostics &found() { return found_; }

private:
  static std::string budgetText(const device::Room &room, device::Resource r) {
    return fmt::format("of {} the limits leave {} beside the shell's {}{}", withThousands(room.capacity[r]),
                       withThousands(room.budget[r]), withThousands(room.shell[r]),
                       room.reserved[r] > 0 ? fmt::format(" and {} reserved", withThousands(room.reserved[r]))
                                            : "");
  }

  void checkAverage(const device::Room &room, const device::Resources &used, const std::string &name) {
    const device::Average average = device::averageOf(room, used);
    if (average.keeps(limits_) || !used.fitsIn(room.budget)) // what is above its budget is named already
      return;
    std::string each;
    for (device::Resource r : {device::Resource::Bram18, device::Resource::Uram, device::Resource::Dsp})
      if (room.capacity[r] > 0)
        each += fmt::format("{}{} of {} {}", each.empty() ? "" : ", ",
                            withThousands(used[r] + room.shell[r] + room.reserved[r]),
                            withThousands(room.capacity[r]), device::name(r));
    fault(nullptr,
          fmt::format("{} is taken to {:.2f} % in the mean of block RAM, UltraRAM and DSPs ({}); the "
                      "limit is {} % (--limits average=)",
                      name, average.percent(), each, limits_.average));
  }

  void fault(const ir::Layer *layer, std::string message) {
    found_.add({.file = {},
                .node = layer ? printable(layer->name) : "",
                .op = layer ? ir::kindName(layer->op) : "",
                .message = std::move(message),
                .notes = {}});
  }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const Plan &plan_;
  const device::Limits &limits_;
  Diagnostics found_;
};

} // namespace

namespace {

/// Why the FPGAs between two that no link joins do not forward what goes from one to the other; absent: they
/// do.
std::optional<std::string> whyNotForwarded(const device::Cluster &cluster, const Plan &plan,
                                           const Lane &lane) {
  const auto fpga = [&](int index) -> const device::Fpga & {
    return cluster.fpgas[static_cast<size_t>(index)];
  };
  for (int end : {lane.from, lane.to})
    if (fpga(end).device->ports.empty())
      return fmt::format("; {} has no network port", fpga(end).device->name);
  const std::vector<int> path = cluster.path(lane.from, lane.to);
  if (path.empty())
    return std::string();
  const std::vector<int> used = plan.usedFpgas();
  for (size_t i = 0; i < path.size(); ++i) {
    const std::string &name = fpga(path[i]).name;
    if (fpga(path[i]).device->platform.empty())
      return fmt::format("; {} is no card, and only cards forward", name);
    if (i > 0 && i + 1 < path.size() && !std::count(used.begin(), used.end(), path[i]))
      return fmt::format("; {} lies between, and forwards only if it holds layers", name);
    if (i > 0 && cluster.link(path[i - 1], path[i])->type->name != cluster.link(path[0], path[1])->type->name)
      return fmt::format("; what {} would forward changes from one kind of link to another", name);
    if (plan.replicaCount(path[i]) > 1)
      return fmt::format("; {} has copies, and what they send or take is not forwarded", name);
  }
  return std::nullopt;
}

} // namespace

llvm::Error checkReplicas(const device::Cluster &cluster, const Plan &plan, ExitCode code) {
  Diagnostics found;
  const auto fault = [&](std::string message) {
    found.add({.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
  };
  const std::vector<int> used = plan.usedFpgas();
  std::map<int, int> copyOf;
  for (const auto &[first, all] : plan.replicas) {
    const device::Fpga &own = cluster.fpgas[static_cast<size_t>(first)];
    if (!std::count(used.begin(), used.end(), first))
      fault(fmt::format("{} has copies and holds no layer", own.name));
    if (static_cast<int>(all.size()) != plan.replicaCount())
      fault(fmt::format("there are {} of {} and {} of {}; all segments with copies have as many", all.size(),
                        own.name, plan.replicaCount(),
                        cluster.fpgas[static_cast<size_t>(plan.replicas.begin()->first)].name));
    for (size_t r = 1; r < all.size(); ++r) {
      const device::Fpga &copy = cluster.fpgas[static_cast<size_t>(all[r])];
      const auto [other, isNew] = copyOf.try_emplace(all[r], first);
      if (std::count(used.begin(), used.end(), all[r]))
        fault(fmt::format("{} is a copy of {} and holds layers of its own", copy.name, own.name));
      else if (!isNew)
        fault(fmt::format("{} is a copy of {} and of {}", copy.name,
                          cluster.fpgas[static_cast<size_t>(other->second)].name, own.name));
      if (copy.device != own.device && copy.device->name != own.device->name)
        fault(fmt::format("{} ({}) cannot be a copy of {} ({}): they share one hardware image", copy.name,
                          copy.device->name, own.name, own.device->name));
      else if (copy.clockMhz != own.clockMhz)
        fault(fmt::format("{} runs at {} MHz and {}, which it is a copy of, at {}", copy.name,
                          shortest(copy.clockMhz), own.name, shortest(own.clockMhz)));
    }
  }
  return found.take(code);
}

llvm::Error checkLinks(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       ExitCode code) {
  Diagnostics found;
  const auto nameOf = [&](int fpga) { return cluster.fpgas[static_cast<size_t>(fpga)].name; };
  for (const Crossing &crossing : plan.crossings) {
    if (crossing.isLocal())
      continue;
    const std::vector<Lane> lanes = plan.lanesOf(crossing);
    const device::Link *first = cluster.link(lanes[0].from, lanes[0].to);
    for (const Lane &lane : lanes) {
      std::string fault;
      if (const device::Link *link = cluster.link(lane.from, lane.to)) {
        // One image: what leaves the first by a port leaves its copies by the same.
        const auto isOther = [&](int base, int copy) {
          return first && plan.replicaCount(base) > 1 &&
                 (link->type->name != first->type->name ||
                  cluster.portOf(*link, copy) != cluster.portOf(*first, base));
        };
        if (isOther(crossing.from, lane.from) || isOther(crossing.to, lane.to))
          fault = fmt::format("{} and {} are joined at other ports than {} and {}, of which they are copies; "
                              "copies share one hardware image",
                              nameOf(lane.from), nameOf(lane.to), nameOf(crossing.from), nameOf(crossing.to));
      } else if (const auto why = lanes.size() > 1 ? std::optional<std::string>(
                                                         "; what copies send or take is not forwarded")
                                                   : whyNotForwarded(cluster, plan, lane)) {
        fault = fmt::format("stream '{}' goes from {} to {}, which no link of cluster {} joins{}",
                            printable(model.stream(crossing.stream).name), nameOf(lane.from), nameOf(lane.to),
                            cluster.name, *why);
      }
      if (!fault.empty())
        found.add({.file = {}, .node = {}, .op = {}, .message = std::move(fault), .notes = {}});
    }
  }
  return found.take(code);
}

llvm::Error verifyPlan(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       const cost::CostModel &costs, const Options &options) {
  Verifier verifier(model, cluster, plan, options.limits);
  verifier.checkLimits();
  verifier.checkPlacements();
  if (verifier.found().empty())
    verifier.checkCrossings();
  if (!verifier.found().empty())
    return verifier.found().take(ExitCode::NoPlan);
  if (llvm::Error error = checkReplicas(cluster, plan, ExitCode::NoPlan))
    return error;
  if (llvm::Error error = checkLinks(model, cluster, plan, ExitCode::NoPlan))
    return error;
  auto evaluation = evaluate(model, cluster, plan, costs, options);
  if (!evaluation)
    return evaluation.takeError();
  for (const FpgaCost &fpga : evaluation->fpgas) {
    verifier.checkLaws(fpga);
    verifier.checkChannels(fpga);
    verifier.checkBudget(fpga);
    verifier.checkDies(fpga);
  }
  return verifier.found().take(ExitCode::NoPlan);
}

} // namespace braid::plan
