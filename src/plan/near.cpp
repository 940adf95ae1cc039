#include "near.h"

#include "braid/partition/solve.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace braid::plan {
namespace {

/// Layers of a model by an earlier plan.
class Placed {
public:
  Placed(const ir::Model &model, const Earlier &earlier) : earlier_(earlier), placed_(model.layers.size()) {
    for (const Placement &p : earlier.plan.placements) {
      placed_[index(p.layer)] = &p;
      ++counts_[nameOf(p.layer)];
    }
  }
  const Placement &of(ir::LayerId layer) const { return *placed_[index(layer)]; }
  /// Of the FPGA that held it; empty: none did.
  std::string nameOf(ir::LayerId layer) const {
    const Placement *p = placed_[index(layer)];
    return p ? earlier_.fpgas[static_cast<size_t>(p->fpga)] : std::string();
  }
  /// Layers that an FPGA held.
  int count(const std::string &fpga) const { return counts_.at(fpga); }

private:
  const Earlier &earlier_;
  std::vector<const Placement *> placed_; ///< By layer
  std::map<std::string, int> counts_;
};

bool isMade(const kernel::Implementation &made, const kernel::Implementation &earlier) {
  if (earlier.reuse == 0)
    return true; // nothing is said of it
  return earlier.style == kernel::Style::Finn
             ? made.folding == earlier.folding
             : made.strategy == earlier.strategy && made.reuse == earlier.reuse;
}

/// The row of an item's table that makes its layers as they were; -1: there is none.
int32_t rowOf(const ElasticProblem &elastic, const Placed &placed, int item, int kind) {
  const int32_t table = elastic.problem.layers[static_cast<size_t>(item)].tables[static_cast<size_t>(kind)];
  if (table < 0)
    return -1;
  const auto &rows = elastic.made[static_cast<size_t>(table)];
  const auto &layers = elastic.items[static_cast<size_t>(item)].layers;
  for (size_t row = 0; row < rows.size(); ++row) {
    bool is = true;
    for (size_t l = 0; l < layers.size(); ++l)
      is = is && isMade(rows[row][l], placed.of(layers[l]).implementation);
    if (is)
      return static_cast<int32_t>(row);
  }
  return -1;
}

partition::Answer solved(const ElasticProblem &elastic, int64_t atMostFs, int mostFpgas, bool isAnyPeriod) {
  partition::Problem problem = elastic.problem;
  problem.mostFpgas = mostFpgas;
  return partition::solve(problem, {.atMostFs = atMostFs, .isAnyPeriod = isAnyPeriod, .certify = false});
}

} // namespace

std::vector<Segment> segmentsOf(const ElasticProblem &elastic, const ir::Model &model,
                                const Earlier &earlier) {
  const Placed placed(model, earlier);
  const partition::Problem &problem = elastic.problem;
  const auto layersOf = [&](int item) -> const auto & {
    return elastic.items[static_cast<size_t>(item)].layers;
  };
  std::vector<Segment> out;
  for (int begin = 0, end = 0; begin < problem.cuts(); begin = end) {
    const std::string fpga = placed.nameOf(layersOf(begin)[0]);
    for (end = begin + 1; end < problem.cuts() && placed.nameOf(layersOf(end)[0]) == fpga;)
      ++end;
    const auto own = llvm::find_if(problem.fpgas, [&](const partition::Fpga &f) { return f.name == fpga; });
    if (own == problem.fpgas.end() || !problem.isCut(begin) || !problem.isCut(end))
      continue;
    Segment segment{static_cast<int>(own - problem.fpgas.begin()), begin, end, {}, {}};
    int layers = 0;
    for (int item = begin; item < end; ++item) {
      const int die = placed.of(layersOf(item)[0]).die;
      if (llvm::any_of(layersOf(item), [&](ir::LayerId layer) {
            return placed.nameOf(layer) != fpga || placed.of(layer).die != die;
          }))
        break;
      segment.rows.push_back(rowOf(elastic, placed, item, own->kind));
      segment.dies.push_back(earlier.plan.usesDies ? die : -1);
      layers += static_cast<int>(layersOf(item).size());
    }
    if (layers == placed.count(fpga) && !llvm::is_contained(segment.rows, -1))
      out.push_back(std::move(segment));
  }
  return out;
}

ElasticProblem keeping(const ElasticProblem &elastic, llvm::ArrayRef<Segment> segments) {
  ElasticProblem out = elastic;
  partition::Problem &problem = out.problem;
  for (const Segment &segment : segments) {
    // The FPGA is one of a kind, which its layers alone may be on.
    partition::Fpga &fpga = problem.fpgas[static_cast<size_t>(segment.fpga)];
    const auto base = static_cast<size_t>(fpga.kind);
    fpga.kind = static_cast<int>(problem.kinds.size());
    problem.kinds.push_back(partition::Kind(problem.kinds[base]));
    out.firstOf.push_back(out.fpgas[static_cast<size_t>(segment.fpga)]);
    out.cuts.push_back(nullptr);
    for (partition::Stream &stream : problem.streams)
      stream.ends.push_back(partition::Stream::Ends(stream.ends[base]));
    for (int item = 0; item < problem.cuts(); ++item) {
      partition::Layer &layer = problem.layers[static_cast<size_t>(item)];
      if (!layer.words.empty())
        layer.words.push_back(int32_t{layer.words[base]});
      if (item < segment.begin || item >= segment.end) {
        layer.tables.push_back(-1);
        continue;
      }
      const auto at = static_cast<size_t>(item - segment.begin);
      const auto table = static_cast<size_t>(elastic.problem.layers[static_cast<size_t>(item)].tables[base]);
      const auto row = static_cast<size_t>(segment.rows[at]);
      std::fill(layer.tables.begin(), layer.tables.end(), -1);
      layer.tables.push_back(static_cast<int32_t>(problem.tables.size()));
      problem.tables.push_back({elastic.problem.tables[table][row]});
      out.made.push_back({elastic.made[table][row]});
      layer.die = segment.dies[at];
      layer.staysWithLast = layer.staysWithLast || item > segment.begin;
    }
  }
  return out;
}

std::vector<Segment> keepable(const ElasticProblem &elastic, std::vector<Segment> segments, int64_t atMostFs,
                              int mostFpgas) {
  // Where FPGAs may follow each other in any order, states double with each that is kept.
  constexpr size_t kMostInAnyOrder = 10;
  if (elastic.problem.walks.empty())
    segments.resize(std::min(segments.size(), kMostInAnyOrder));
  while (!segments.empty() && !solved(keeping(elastic, segments), atMostFs, mostFpgas, true).solution) {
    // The one without which the rest is fastest.
    size_t drop = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < segments.size() && segments.size() > 1; ++i) {
      std::vector<Segment> rest = segments;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      const auto answer = solved(keeping(elastic, rest), partition::Answer::kNeverFs, mostFpgas, false);
      if (answer.solution && answer.solution->periodFs < least)
        least = answer.solution->periodFs, drop = i;
    }
    segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(drop));
  }
  return segments;
}

} // namespace braid::plan
