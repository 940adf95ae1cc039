#include "elastic_parts.h"

#include "pins.h"

#include "braid/plan/floorplan.h"
#include "braid/plan/surroundings.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace braid::plan {
namespace {

/// Room on each die, or on all dies together.
std::vector<partition::Die> diesOf(const device::Fpga &fpga, const Options &options) {
  const device::Device &device = *fpga.device;
  const device::Rooms rooms = device::roomsOf(fpga, options.limits);
  std::vector<partition::Die> out;
  if (placesOnDies(options.style, device))
    for (size_t d = 0; d < device.dies.size(); ++d)
      out.push_back({device.dies[d].name, rooms.dies[d].budget.amount});
  else
    out.push_back({device.dies.size() == 1 ? device.dies[0].name : "all dies", rooms.device.budget.amount});
  return out;
}

/// FPGAs of one name are alike: device, clock, room, and no pins or the same.
std::string kindName(const device::Fpga &fpga, const Options &options) {
  std::string name = fmt::format("{} at {} MHz", fpga.device->name, shortest(fpga.clockMhz));
  const device::Rooms rooms = device::roomsOf(fpga, options.limits);
  for (size_t d = 0; d < rooms.dies.size(); ++d)
    for (device::Resource r : device::kResources)
      if (rooms.dies[d].reserved[r] > 0)
        name += fmt::format(", {} {} of {} reserved", rooms.dies[d].reserved[r], device::name(r),
                            fpga.device->dies[d].name);
  return isPinnedTo(options, fpga) ? fmt::format("{}, pinned {}", name, fpga.name) : name;
}

/// All simple ways from FPGA to FPGA over links, no way a part of another.
class Walks {
public:
  Walks(const device::Cluster &cluster, size_t most) : cluster_(cluster), most_(most) {
    for (int fpga = 0; fpga < count(); ++fpga) {
      way_ = {fpga};
      extend();
    }
  }
  std::vector<std::vector<int>> take() && { return std::move(found_); }

private:
  int count() const { return static_cast<int>(cluster_.fpgas.size()); }
  void extend() {
    if (found_.size() >= most_)
      return;
    bool isLast = true;
    for (int next = 0; next < count(); ++next)
      if (cluster_.link(way_.back(), next) && !std::count(way_.begin(), way_.end(), next)) {
        isLast = false;
        way_.push_back(next);
        extend();
        way_.pop_back();
      }
    if (isLast)
      found_.push_back(way_);
  }

  const device::Cluster &cluster_;
  size_t most_;
  std::vector<int> way_;
  std::vector<std::vector<int>> found_;
};

partition::Kind kindOf(const std::string &name, const device::Fpga &own, bool areJoined,
                       const device::Cluster &cluster, const cost::CostModel &costs, const Options &options) {
  const device::Device &device = *own.device;
  partition::Kind kind;
  kind.name = name;
  kind.cycleFs = std::llround(1e9 / own.clockMhz);
  kind.dies = diesOf(own, options);
  const bool hasDies = kind.dies.size() > 1;
  kind.wires = hasDies ? device.sllPerBoundary : 0;
  kind.portDie = hasDies ? portDie(device) : 0;
  kind.hostDie = hasDies ? hostDie(device) : 0;
  // What every project has, whatever its streams: movers, and what hands frames to them.
  partition::Needs base = {};
  for (const Node &node : projectSurroundings(device, {options.style, kernel::IoMode::Stream}, {}))
    addNeeds(base, node.kernel, device, costs);
  for (size_t r = 0; r < partition::kResources; ++r)
    kind.dies[static_cast<size_t>(kind.hostDie)].capacity[r] -= base[r];
  kind.hasPortPerSide = !areJoined;
  kind.hostSharesPort = areJoined && ownLink(device) && ownLink(device)->transport == "host-tcp";
  if (!cluster.links.empty()) {
    Ends none;
    kind.stack = cluster.links[0].type->portCost.amount;
    for (const Node &node : sharedSurroundings(device, {options.style, kernel::IoMode::Stream}, none))
      addNeeds(kind.stack, node.kernel, device, costs);
  }
  return kind;
}

} // namespace

bool isAnyOrder(const device::Cluster &cluster) {
  for (int a = 0; a < static_cast<int>(cluster.fpgas.size()); ++a)
    for (int b = a + 1; b < static_cast<int>(cluster.fpgas.size()); ++b)
      if (!cluster.link(a, b))
        return false;
  return true;
}

int64_t addNeeds(partition::Needs &needs, const kernel::Kernel &kernel, const device::Device &device,
                 const cost::CostModel &costs) {
  auto estimate = costs.estimate(kernel, device, cost::Stage::Vsynth);
  if (!estimate) {
    llvm::consumeError(estimate.takeError());
    return 1;
  }
  for (size_t r = 0; r < partition::kResources; ++r)
    needs[r] += estimate->resources.amount[r];
  return kernel.kind == kernel::KernelKind::Fifo ? 1 : estimate->interval;
}

std::shared_ptr<const device::LinkType> ownLink(const device::Device &device) {
  if (device.ports.empty())
    return nullptr;
  auto type = device::findLink(device.ports[0].link);
  if (type)
    return *type;
  llvm::consumeError(type.takeError());
  return nullptr;
}

void addFpgas(ElasticProblem &elastic, const device::Cluster &cluster, const cost::CostModel &costs,
              const Options &options) {
  partition::Problem &problem = elastic.problem;
  const bool areJoined = isAnyOrder(cluster);
  std::map<std::string, int> kinds;
  for (size_t f = 0; f < cluster.fpgas.size(); ++f) {
    const device::Fpga &fpga = cluster.fpgas[f];
    const std::string name = kindName(fpga, options);
    const auto [known, isNew] = kinds.try_emplace(name, static_cast<int>(problem.kinds.size()));
    if (isNew) {
      elastic.firstOf.push_back(static_cast<int>(f));
      problem.kinds.push_back(kindOf(name, fpga, areJoined, cluster, costs, options));
    }
    problem.fpgas.push_back({fpga.name, known->second});
    elastic.fpgas.push_back(static_cast<int>(f));
  }
  const auto count = static_cast<int>(cluster.fpgas.size());
  problem.fewestFpgas = options.fpgas.value_or(1);
  problem.mostFpgas = options.fpgas.value_or(count);
  problem.hops = !areJoined;
  constexpr size_t kMostWalks = 4096;
  if (!areJoined)
    problem.walks = Walks(cluster, kMostWalks).take();
}

} // namespace braid::plan
