#include "dies.h"

#include "braid/plan/floorplan.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::plan {

void addDies(FpgaCost &fpga, const device::Device &device, llvm::ArrayRef<device::Room> rooms,
             const Plan &plan) {
  if (!hasFloorplan(plan, device))
    return;
  for (const device::Room &room : rooms)
    fpga.dies.push_back({room, {}, 0});
  const auto at = [&](int die) -> DieCost & { return fpga.dies[static_cast<size_t>(die)]; };
  at(portDie(device)).used += fpga.stack;
  for (const NodeCost &cost : fpga.nodes)
    at(dieOf(cost.node, plan, device)).used += cost.estimate.resources;
}

void addWires(FpgaCost &fpga, const device::Fpga &own, const Plan &plan,
              llvm::ArrayRef<const Partition *> partitions, double periodUs) {
  if (fpga.dies.empty())
    return;
  const auto cycles = std::max<int64_t>(1, static_cast<int64_t>(periodUs * own.clockMhz * (1 + 1e-9)));
  for (const Partition *partition : partitions) {
    const ir::Model &model = partition->model;
    for (size_t s = 0; s < model.streams.size(); ++s) {
      const auto id = static_cast<ir::StreamId>(s);
      int first = static_cast<int>(fpga.dies.size()), last = -1;
      const auto touch = [&](int die) { first = std::min(first, die), last = std::max(last, die); };
      for (const ir::Layer &layer : model.layers) {
        const bool makes = layer.output == id;
        if (!makes && !std::count(layer.inputs.begin(), layer.inputs.end(), id))
          continue;
        const bool isEnd =
            std::holds_alternative<ir::Send>(layer.op) || std::holds_alternative<ir::Receive>(layer.op);
        touch(isEnd ? portDie(*own.device) : plan.of(layer.origin).die);
      }
      for (const auto *ports : {&model.inputs, &model.outputs})
        for (const ir::Port &port : *ports)
          if (port.stream == id)
            touch(hostDie(*own.device));
      const ir::Stream &stream = model.streams[s];
      const int64_t width = stream.type.bits() * ceilDiv(ir::elements(stream.shape), cycles);
      for (int die = first; die < last; ++die)
        fpga.dies[static_cast<size_t>(die)].wires += width;
    }
  }
}

} // namespace braid::plan
