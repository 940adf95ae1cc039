#include "elastic_variants.h"

#include "braid/partition/solve.h"

#include <algorithm>

namespace braid::plan {
namespace {

bool isCutBy(const ElasticProblem &elastic, int item, size_t kind) {
  return elastic.cuts[kind] && elastic.problem.layers[static_cast<size_t>(item)].tables[kind] >= 0;
}

/// Of the fastest choice on an FPGA by itself.
int64_t leastCycles(const partition::Problem &problem, int item) {
  int64_t least = partition::Answer::kNeverFs;
  for (int kind = 0; kind < static_cast<int>(problem.kinds.size()); ++kind)
    if (problem.kind(kind).of < 0 && problem.mayBeOn(item, kind))
      for (const partition::Choice &choice : problem.table(item, kind))
        least = std::min(least, choice.cycles);
  return least;
}

} // namespace

ElasticProblem pipelines(const ElasticProblem &elastic, int members) {
  ElasticProblem out = elastic;
  for (partition::Layer &layer : out.problem.layers)
    for (size_t kind = 0; kind < layer.tables.size(); ++kind)
      if (const partition::Kind &own = out.problem.kinds[kind]; !own.takesTurns || own.members != members)
        layer.tables[kind] = -1;
  return out;
}

std::vector<int> cuttable(const ir::Model &model, const ElasticProblem &elastic) {
  std::vector<int> out;
  for (int item = 0; item < elastic.problem.cuts(); ++item) {
    bool any = false;
    for (size_t kind = 0; kind < elastic.cuts.size(); ++kind)
      any = any || isCutBy(elastic, item, kind);
    if (any && ir::isLinear(model.layer(elastic.items[static_cast<size_t>(item)].layers[0]).op))
      out.push_back(item);
  }
  return out;
}

std::vector<int> longestCuttable(const ir::Model &model, const ElasticProblem &elastic) {
  constexpr size_t kMost = 8;
  std::vector<int> out = cuttable(model, elastic);
  std::stable_sort(out.begin(), out.end(), [&](int a, int b) {
    return leastCycles(elastic.problem, a) > leastCycles(elastic.problem, b);
  });
  out.resize(std::min(out.size(), kMost));
  return out;
}

ElasticProblem cutting(const ElasticProblem &elastic, llvm::ArrayRef<int> items) {
  ElasticProblem out = elastic;
  for (int item : items)
    for (size_t kind = 0; kind < out.cuts.size(); ++kind)
      if (!isCutBy(elastic, item, kind))
        out.problem.layers[static_cast<size_t>(item)].tables[kind] = -1;
  return out;
}

} // namespace braid::plan
