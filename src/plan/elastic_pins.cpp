#include "elastic_parts.h"
#include "pins.h"

#include <algorithm>
#include <optional>

namespace braid::plan {

bool staysWithLast(const ElasticProblem &elastic, const ir::Model &model, const Options &options,
                   size_t item) {
  return item > 0 && options.style == kernel::Style::Finn &&
         kernel::isNameOnly(model, model.layer(elastic.items[item].layers[0]), kernel::IoMode::Stream);
}

llvm::Error checkItemPins(const ElasticProblem &elastic, const ir::Model &model,
                          const device::Cluster &cluster, const Options &options) {
  std::vector<PinAt> pins;
  int group = 0;
  for (size_t i = 0; i < elastic.items.size(); ++i) {
    group += !staysWithLast(elastic, model, options, i);
    for (ir::LayerId layer : elastic.items[i].layers)
      if (auto pin = pinOf(options, model.layer(layer).name))
        pins.push_back({std::move(*pin), static_cast<int>(i), group});
  }
  return checkPinOrder(pins, cluster);
}

int pinnedKind(const ElasticProblem &elastic, const ir::Model &model, const Options &options, size_t item,
               partition::Layer &own) {
  std::optional<Pin> pin; // any layer's, with a die if one has it
  for (ir::LayerId layer : elastic.items[item].layers)
    if (auto of = pinOf(options, model.layer(layer).name); of && (!pin || pin->die.empty()))
      pin = std::move(of);
  if (!pin)
    return -1;
  const partition::Problem &problem = elastic.problem;
  const auto fpga = std::find_if(problem.fpgas.begin(), problem.fpgas.end(),
                                 [&](const partition::Fpga &f) { return f.name == pin->fpga; });
  const std::vector<partition::Die> &dies = problem.kinds[static_cast<size_t>(fpga->kind)].dies;
  for (size_t d = 0; d < dies.size(); ++d)
    if (dies[d].name == pin->die)
      own.die = static_cast<int>(d);
  return fpga->kind;
}

} // namespace braid::plan
