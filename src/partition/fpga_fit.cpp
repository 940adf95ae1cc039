#include "fpga_fit.h"

namespace braid::partition {

const Loads &FpgaFitter::loadsOf(int kind, int begin, int end) {
  const auto [known, isNew] = loads_.try_emplace({kind, begin, end});
  if (isNew)
    known->second = partition::loadsOf(prepared_.problem(), kind, begin, end);
  return known->second;
}

std::optional<Filling> FpgaFitter::fit(int kind, int begin, int end, const Loads &loads) {
  if (loads.fs > prepared_.periodFs())
    return std::nullopt;
  const Kind &own = prepared_.problem().kinds[static_cast<size_t>(kind)];
  for (size_t die = 0; die < own.dies.size(); ++die)
    if (!fitsIn(loads.charges[die], own.dies[die].capacity))
      return std::nullopt;
  for (bool fromLast : {false, true})
    if (fromLast ? own.dies.size() > 1 : true)
      if (std::optional<Filling> filling = fill(kind, begin, end, loads, fromLast))
        return filling;
  return std::nullopt;
}

std::optional<Filling> FpgaFitter::fill(int kindIndex, int begin, int end, const Loads &loads,
                                        bool fromLast) {
  const Problem &problem = prepared_.problem();
  const Kind &kind = problem.kinds[static_cast<size_t>(kindIndex)];
  Filling out{fromLast, {}};
  int at = begin;
  for (size_t step = 0; step < kind.dies.size(); ++step) {
    const int die = dieAt(kind, fromLast, step);
    int reached = std::min(end, fitter_.end(kindIndex, die, at,
                                            kind.dies[static_cast<size_t>(die)].capacity -
                                                loads.charges[static_cast<size_t>(die)]));
    // Of two ends the later one is never worse for what follows; words between dies may forbid it.
    if (kind.wires > 0 && step + 1 < kind.dies.size()) {
      const int boundary = std::min(die, dieAt(kind, fromLast, step + 1));
      while (reached >= at &&
             wiresAcross(problem, kindIndex, begin, end, boundary, prepared_.periodFs(),
                         [&](int layer) { return (layer < reached) != fromLast; }) > kind.wires)
        --reached;
      if (reached < at)
        return std::nullopt;
    }
    out.ends.push_back(reached);
    at = reached;
  }
  return at == end ? std::optional(std::move(out)) : std::nullopt;
}

int FpgaFitter::mostEnd(int kindIndex, int begin) {
  const auto [known, isNew] = mostEnds_.try_emplace({kindIndex, begin}, begin);
  if (!isNew)
    return known->second;
  const Kind &kind = prepared_.problem().kinds[static_cast<size_t>(kindIndex)];
  for (bool fromLast : {false, true}) {
    int at = begin;
    for (size_t step = 0; step < kind.dies.size(); ++step) {
      const int die = dieAt(kind, fromLast, step);
      at = fitter_.end(kindIndex, die, at, kind.dies[static_cast<size_t>(die)].capacity);
    }
    known->second = std::max(known->second, at);
  }
  return known->second;
}

} // namespace braid::partition
