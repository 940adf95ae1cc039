#include "braid/plan/floorplan.h"

namespace braid::plan {

bool placesOnDies(kernel::Style style, const device::Device &device) {
  return style == kernel::Style::Finn && device.dies.size() > 1;
}

bool hasFloorplan(const Plan &plan, const device::Device &device) {
  return plan.usesDies && placesOnDies(plan.style, device);
}

int portDie(const device::Device &device) { return device.ports.empty() ? 0 : device.ports[0].die; }

int dieOf(const Node &node, const Plan &plan, const device::Device &device) {
  const ir::LayerId layer = node.layer != ir::LayerId::None ? node.layer : node.beside;
  return layer != ir::LayerId::None ? plan.of(layer).die
                                    : dieOfEnd(node.crossing >= 0 || node.stage < 0, device);
}

Floorplan floorplanOf(const ir::Model &model, const UnitGraph &graph, const Plan &plan,
                      const device::Device &device) {
  const Beside beside = layersBeside(model, graph);
  const auto diesOf = [&](const std::vector<ir::LayerId> &layers) {
    std::vector<int> out;
    for (ir::LayerId layer : layers) {
      Node node;
      node.stage = 0; // of a project
      node.beside = layer;
      out.push_back(dieOf(node, plan, device));
    }
    return out;
  };
  return {diesOf(beside.units), diesOf(beside.fifos)};
}

} // namespace braid::plan
