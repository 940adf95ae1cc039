#include "braid/plan/evaluate.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::plan {
namespace {

class Verifier {
public:
  Verifier(const ir::Model &model, const device::Cluster &cluster, const Plan &plan)
      : model_(model), cluster_(cluster), plan_(plan) {}

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

  void checkBudget(const FpgaCost &fpga) {
    const std::string &name = cluster_.fpgas[static_cast<size_t>(fpga.fpga)].name;
    for (device::Resource r : device::kResources)
      if (fpga.used[r] > fpga.budget[r])
        fault(nullptr,
              fmt::format("{} needs {} {}; of {} the limits leave {} beside the shell's {}", name,
                          withThousands(fpga.used[r]), device::name(r), withThousands(fpga.capacity[r]),
                          withThousands(fpga.budget[r]), withThousands(fpga.shell[r])));
  }

  void checkClocksAndLimits(const Options &options) {
    for (int64_t percent : options.limits.percent)
      if (percent < 0 || percent > 100)
        fault(nullptr, fmt::format("a utilisation limit of {} % is not between 0 and 100", percent));
  }

  Diagnostics &found() { return found_; }

private:
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
  Diagnostics found_;
};

} // namespace

llvm::Error checkLinks(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       ExitCode code) {
  Diagnostics found;
  for (const Crossing &crossing : plan.crossings) {
    if (crossing.isLocal() || cluster.link(crossing.from, crossing.to))
      continue;
    const auto &from = cluster.fpgas[static_cast<size_t>(crossing.from)],
               &to = cluster.fpgas[static_cast<size_t>(crossing.to)];
    const bool network = !from.device->ports.empty() && !to.device->ports.empty();
    found.add({.file = {},
               .node = {},
               .op = {},
               .message = fmt::format(
                   "stream '{}' goes from {} to {}, which no link of cluster {} joins{}",
                   printable(model.stream(crossing.stream).name), from.name, to.name, cluster.name,
                   network ? ""
                           : fmt::format("; {} has no network port",
                                         from.device->ports.empty() ? from.device->name : to.device->name)),
               .notes = {}});
  }
  return found.take(code);
}

llvm::Error verifyPlan(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                       const cost::CostModel &costs, const Options &options) {
  Verifier verifier(model, cluster, plan);
  verifier.checkClocksAndLimits(options);
  verifier.checkPlacements();
  if (verifier.found().empty())
    verifier.checkCrossings();
  if (verifier.found().empty())
    if (!verifier.found().empty())
      return verifier.found().take(ExitCode::NoPlan);
  if (llvm::Error error = checkLinks(model, cluster, plan, ExitCode::NoPlan))
    return error;
  auto evaluation = evaluate(model, cluster, plan, costs, options);
  if (!evaluation)
    return evaluation.takeError();
  for (const FpgaCost &fpga : evaluation->fpgas) {
    verifier.checkLaws(fpga);
    verifier.checkBudget(fpga);
  }
  return verifier.found().take(ExitCode::NoPlan);
}

} // namespace braid::plan
