// Which layers of an FPGA run together, and which streams go between such parts.
#include "braid/plan/plan.h"

#include "braid/support/error.h"

#include <algorithm>
#include <set>

namespace braid::plan {
namespace {

/// Layers of one FPGA that can run when `done` have, in order.
std::vector<size_t> runnable(const ir::Model &model, const std::vector<int> &fpgaOf, std::vector<bool> done,
                             int fpga) {
  std::vector<size_t> out;
  for (const ir::Layer &layer : model.layers) {
    const size_t i = index(layer.id);
    if (done[i] || fpgaOf[i] != fpga)
      continue;
    const bool isReady = std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](ir::StreamId input) {
      const ir::LayerId producer = model.stream(input).producer;
      return producer == ir::LayerId::None || done[index(producer)];
    });
    if (!isReady)
      continue;
    done[i] = true;
    out.push_back(i);
  }
  return out;
}

/// By layer: its placement, which must be its only one.
std::vector<const Placement *> byLayer(const ir::Model &model, const std::vector<Placement> &placements) {
  std::vector<const Placement *> out(model.layers.size(), nullptr);
  for (const Placement &placement : placements)
    out[index(placement.layer)] = &placement;
  return out;
}

} // namespace

void assignStages(const ir::Model &model, std::vector<Placement> &placements) {
  std::vector<int> fpgaOf(model.layers.size(), -1), stageOf(model.layers.size(), 0);
  std::map<int, size_t> left;
  for (const Placement &placement : placements) {
    fpgaOf[index(placement.layer)] = placement.fpga;
    ++left[placement.fpga];
  }
  std::map<int, int> nextStage;
  std::vector<bool> done(model.layers.size(), false);
  while (!left.empty()) {
    std::vector<size_t> best;
    int chosen = -1;
    for (const auto &[fpga, count] : left) {
      std::vector<size_t> run = runnable(model, fpgaOf, done, fpga);
      const bool finishes = run.size() == count;
      if (finishes || run.size() > best.size())
        best = std::move(run), chosen = fpga;
      if (finishes)
        break;
    }
    BRAID_CHECK(!best.empty(), "layers in topological order can always run");
    for (size_t layer : best) {
      done[layer] = true;
      stageOf[layer] = nextStage[chosen];
    }
    ++nextStage[chosen];
    if ((left[chosen] -= best.size()) == 0)
      left.erase(chosen);
  }
  for (Placement &placement : placements)
    placement.stage = stageOf[index(placement.layer)];
}

int firstStageReading(const ir::Model &model, const std::vector<Placement> &placements, ir::StreamId stream,
                      int fpga) {
  const auto where = byLayer(model, placements);
  int first = -1;
  for (const ir::Layer &layer : model.layers)
    if (const Placement *p = where[index(layer.id)];
        p && p->fpga == fpga && std::count(layer.inputs.begin(), layer.inputs.end(), stream))
      first = first < 0 ? p->stage : std::min(first, p->stage);
  return first;
}

std::vector<Crossing> crossingsOf(const ir::Model &model, const std::vector<Placement> &placements) {
  const auto where = byLayer(model, placements);
  std::vector<std::set<Part>> readers(model.streams.size());
  for (const ir::Layer &layer : model.layers)
    if (const Placement *p = where[index(layer.id)])
      for (ir::StreamId input : layer.inputs)
        readers[index(input)].insert({p->fpga, p->stage});
  std::vector<Crossing> out;
  for (size_t s = 0; s < model.streams.size(); ++s) {
    const ir::LayerId producer = model.streams[s].producer;
    const Placement *made = producer == ir::LayerId::None ? nullptr : where[index(producer)];
    std::vector<Crossing> own;
    const Part *first = nullptr; // of the FPGA at hand: stages are in order
    for (const Part &reader : readers[s]) {
      const bool isFirst = !first || first->fpga != reader.fpga;
      if (isFirst)
        first = &reader;
      Part from = *first;
      if (made && (isFirst || made->fpga == reader.fpga))
        from = {made->fpga, made->stage};
      if (from != reader)
        own.push_back({0, static_cast<ir::StreamId>(s), from.fpga, reader.fpga, from.stage, reader.stage});
    }
    std::sort(own.begin(), own.end());
    out.insert(out.end(), own.begin(), own.end());
  }
  for (size_t i = 0; i < out.size(); ++i)
    out[i].id = static_cast<int32_t>(i);
  return out;
}

} // namespace braid::plan
