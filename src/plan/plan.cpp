#include "braid/plan/plan.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace braid::plan {

const Placement &Plan::of(ir::LayerId layer) const {
  const auto at = std::lower_bound(placements.begin(), placements.end(), layer,
                                   [](const Placement &p, ir::LayerId id) { return p.layer < id; });
  BRAID_CHECK(at != placements.end() && at->layer == layer, "the plan places no such layer");
  return *at;
}

std::vector<int> Plan::usedFpgas() const {
  std::set<int> used;
  for (const Placement &placement : placements)
    used.insert(placement.fpga);
  return {used.begin(), used.end()};
}

std::vector<Part> Plan::parts() const {
  std::set<Part> used;
  for (const Placement &placement : placements)
    used.insert({placement.fpga, placement.stage});
  return {used.begin(), used.end()};
}

std::vector<int> Plan::replicasOf(int fpga) const {
  const auto at = replicas.find(fpga);
  return at == replicas.end() ? std::vector<int>{fpga} : at->second;
}

int Plan::replicaCount(int fpga) const {
  const auto at = replicas.find(fpga);
  return at == replicas.end() ? 1 : static_cast<int>(at->second.size());
}

int Plan::replicaCount() const {
  return replicas.empty() ? 1 : static_cast<int>(replicas.begin()->second.size());
}

size_t Plan::fpgaCount() const {
  size_t count = 0;
  for (int fpga : usedFpgas())
    count += static_cast<size_t>(replicaCount(fpga));
  return count;
}

std::vector<Lane> Plan::lanesOf(const Crossing &crossing) const {
  const std::vector<int> from = replicasOf(crossing.from), to = replicasOf(crossing.to);
  std::vector<Lane> lanes;
  for (size_t lane = 0; lane < std::max(from.size(), to.size()); ++lane) {
    const size_t a = from.size() > 1 ? lane : 0, b = to.size() > 1 ? lane : 0;
    lanes.push_back({from[a], to[b], static_cast<int>(a), static_cast<int>(b)});
  }
  return lanes;
}

const char *name(SplitMode mode) {
  switch (mode) {
  case SplitMode::Sequential:
    return "sequential";
  case SplitMode::Neuron:
    return "neuron";
  case SplitMode::Input:
    return "input";
  case SplitMode::Rows:
    return "rows";
  case SplitMode::Auto:
    return "auto";
  }
  BRAID_CHECK(false, "unknown split mode");
}

const char *name(Solver solver) {
  switch (solver) {
  case Solver::Elastic:
    return "elastic";
  case Solver::ChainDp:
    return "chain-dp";
  case Solver::Milp:
    return "milp";
  }
  BRAID_CHECK(false, "unknown solver");
}

const char *name(Objective objective) {
  switch (objective) {
  case Objective::Throughput:
    return "throughput";
  case Objective::Latency:
    return "latency";
  case Objective::Fpgas:
    return "fpgas";
  case Objective::Area:
    return "area";
  }
  BRAID_CHECK(false, "unknown objective");
}

kernel::IoMode ioModeFor(const ir::Model &model, const Options &options) {
  if (options.style == kernel::Style::Finn)
    return kernel::IoMode::Stream;
  if (options.io)
    return *options.io;
  const bool slides = std::any_of(model.layers.begin(), model.layers.end(), [](const ir::Layer &layer) {
    return std::holds_alternative<ir::Conv>(layer.op) || std::holds_alternative<ir::Pool>(layer.op) ||
           std::holds_alternative<ir::GlobalPool>(layer.op);
  });
  return slides ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
}

} // namespace braid::plan
