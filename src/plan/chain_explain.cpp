#include "chain_explain.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace braid::plan {

using device::Resources;

void explainLayers(const ChainProblem &problem, std::vector<std::string> &notes) {
  const Resources budget = problem.budgetOf(0);
  for (const ir::Layer &layer : problem.model().layers) {
    const LayerOption *nearest = nullptr;
    for (const LayerOption &option : problem.optionsOf(0, layer.id))
      if (!nearest || utilisationPpm(option.resources, budget) < utilisationPpm(nearest->resources, budget))
        nearest = &option;
    if (!nearest || nearest->resources.fitsIn(budget))
      continue;
    std::vector<std::string> over;
    for (device::Resource r : device::kResources)
      if (nearest->resources[r] > budget[r])
        over.push_back(fmt::format("{} {} where {} are usable", withThousands(nearest->resources[r]),
                                   device::name(r), withThousands(budget[r])));
    notes.push_back(fmt::format("layer '{}' alone fits no {}: its nearest implementation takes {}",
                                printable(layer.name), problem.deviceAt(0).name, fmt::join(over, ", ")));
  }
}

void explainWeights(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes) {
  // AMD UG573. UltraRAM has no initial contents: only the FINN style's hosts write it.
  constexpr int64_t kBitsPerBram18 = 18 * 1024, kBitsPerUram = 288 * 1024;
  const bool writesUram = problem.style() == kernel::Style::Finn;
  int64_t bits = 0, ram = 0;
  for (const ir::Layer &layer : problem.model().layers) {
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
      bits += dense->weights.size() * dense->types.weight.bits();
    if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
      bits += conv->weights.size() * conv->types.weight.bits();
  }
  for (int place = 0; place < fpgas; ++place) {
    const Resources budget = problem.budgetOf(place);
    ram += budget[device::Resource::Bram18] * kBitsPerBram18 +
           (writesUram ? budget[device::Resource::Uram] * kBitsPerUram : 0);
  }
  if (bits > ram)
    notes.push_back(fmt::format("the weights have {:.1f} Mbit; the usable {} of {} FPGA{} holds "
                                "{:.1f} Mbit, and what it does not hold takes LUTs{}",
                                static_cast<double>(bits) / 1e6,
                                writesUram ? "block RAM and UltraRAM" : "block RAM", fpgas,
                                fpgas == 1 ? "" : "s", static_cast<double>(ram) / 1e6,
                                writesUram ? "" : " (URAM holds no weights: it has no initial contents)"));
}

void explainSum(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes) {
  Resources need, have;
  for (int64_t u = 0; u < problem.units(); ++u)
    for (ir::LayerId layer : problem.unit(u))
      for (device::Resource r : device::kResources) {
        int64_t least = std::numeric_limits<int64_t>::max();
        for (const LayerOption &option : problem.optionsOf(0, layer))
          least = std::min(least, option.resources[r]);
        need[r] += least;
      }
  for (int place = 0; place < fpgas; ++place)
    have += problem.budgetOf(place);
  for (device::Resource r : device::kResources)
    if (need[r] > have[r])
      notes.push_back(fmt::format("all layers together need at least {} {}; {} FPGA{} {} {} usable",
                                  withThousands(need[r]), device::name(r), fpgas, fpgas == 1 ? "" : "s",
                                  fpgas == 1 ? "has" : "have", withThousands(have[r])));
}

} // namespace braid::plan
