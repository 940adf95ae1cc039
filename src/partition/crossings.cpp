#include "crossings.h"

#include "fpga_fit.h"

namespace braid::partition {

std::vector<int64_t> streamsOpen(const Problem &problem) {
  std::vector<int64_t> open(static_cast<size_t>(problem.cuts()) + 1);
  for (const Stream &stream : problem.streams) {
    int last = -1; // the last layer that takes it
    for (int to : stream.to)
      if (to < problem.cuts())
        last = to;
    for (int cut = stream.from + 1; stream.from >= 0 && cut <= last; ++cut)
      ++open[static_cast<size_t>(cut)];
  }
  return open;
}

int64_t hopCost(const Problem &problem, const Solution &solution) {
  const std::vector<int64_t> open = streamsOpen(problem);
  const Streams streams(problem);
  int64_t cost = 0;
  for (const Part &part : solution.parts) {
    const Kind &kind = problem.kind(part.kind);
    cost += kFpgaHop * open[static_cast<size_t>(part.end)];
    for (size_t step = 0; step + 1 < kind.dies.size(); ++step)
      cost += kDieHop * kind.members *
              streamsAcross(streams, part.kind, part.begin, part.end,
                            {step, part.fromLast})[static_cast<size_t>(part.ends[step] - part.begin)]
                  .ofLayers;
  }
  return cost;
}

} // namespace braid::partition
