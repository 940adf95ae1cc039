#include "braid/plan/settle.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"

#include <algorithm>

namespace braid::plan {

namespace {

/// Resources that a plan needs beyond its FPGAs' budgets, as the largest ratio over all FPGAs, in percent.
llvm::Expected<std::array<int64_t, device::kResources.size()>>
loads(const ir::Model &model, const device::Cluster &cluster, const Plan &plan, const cost::CostModel &costs,
      const Options &options) {
  auto split = splitLayers(model, plan);
  if (!split)
    return split.takeError();
  auto evaluation = evaluate(split->model, cluster, split->plan, costs, options);
  if (!evaluation)
    return evaluation.takeError();
  std::array<int64_t, device::kResources.size()> out{};
  for (const FpgaCost &fpga : evaluation->fpgas)
    for (device::Resource r : device::kResources)
      if (fpga.used[r] > 0) {
        // Within the budget, and yet too much: for the mean of memories and DSPs.
        const int64_t more =
            fpga.used[r] <= fpga.budget[r] ? device::excessOf(fpga, fpga.used, options.limits)[r] : 0;
        const int64_t room = fpga.budget[r] - more;
        out[static_cast<size_t>(r)] =
            std::max(out[static_cast<size_t>(r)], room > 0 ? (fpga.used[r] * 100 + room - 1) / room : 200);
      }
  return out;
}

} // namespace

void fuseThresholds(const ir::Model &model, Plan &plan) {
  const std::vector<llvm::SmallVector<ir::LayerId, 2>> readers = ir::readersOf(model);
  for (Placement &p : plan.placements) {
    const ir::Layer &layer = model.layer(p.layer);
    if (!std::holds_alternative<ir::Threshold>(layer.op))
      continue;
    const ir::StreamId sums = layer.inputs[0];
    const ir::LayerId producer = model.stream(sums).producer;
    if (producer == ir::LayerId::None || !ir::isLinear(model.layer(producer).op) ||
        readers[index(sums)].size() != 1)
      continue;
    for (const Placement &made : plan.placements) {
      const int64_t rows = p.slice.rowEnd - p.slice.rowBegin;
      if (made.layer == producer && made.fpga == p.fpga && made.slice.rowBegin == p.slice.rowBegin &&
          made.slice.rowEnd == p.slice.rowEnd && rows % made.implementation.folding.pe == 0)
        p.implementation.folding.pe = made.implementation.folding.pe;
    }
  }
}

llvm::Expected<Plan> solveUnits(const ir::Model &model, const device::Cluster &cluster,
                                const cost::CostModel &costs, const Options &options,
                                std::vector<std::string> &notes, Proof *proof) {
  Options given = options;
  // What joins units is known when all are chosen; where it does not fit, less is left to the units.
  constexpr int kTries = 6;
  for (int attempt = 1;; ++attempt) {
    std::vector<std::string> own;
    auto plan = solve(model, cluster, costs, given, own, proof);
    if (!plan)
      return plan;
    if (plan->usesDies) { // what joins its units is counted
      notes.insert(notes.end(), own.begin(), own.end());
      return plan;
    }
    fuseThresholds(model, *plan);
    auto load = loads(model, cluster, *plan, costs, options);
    if (!load)
      return load.takeError();
    const bool fits = std::all_of(load->begin(), load->end(), [](int64_t percent) { return percent <= 100; });
    if (fits || attempt == kTries) {
      notes.insert(notes.end(), own.begin(), own.end());
      return plan;
    }
    for (size_t r = 0; r < load->size(); ++r)
      if ((*load)[r] > 100)
        given.limits.percent[r] = given.limits.percent[r] * 100 / ((*load)[r] + 1);
  }
}

} // namespace braid::plan
