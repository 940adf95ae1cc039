#include "fpga_fit.h"

#include <set>

namespace braid::partition {

const Loads &FpgaFitter::loadsOf(int kind, int begin, int end) {
  const auto [known, isNew] = loads_.try_emplace({kind, begin, end});
  if (isNew)
    known->second = partition::loadsOf(prepared_.problem(), kind, begin, end);
  return known->second;
}

/// Fills the dies of one FPGA in one order. Of two ends of a die the later one is never worse for the room
/// that is left behind it; only words between dies may forbid it.
class FpgaFitter::Filler {
public:
  Filler(FpgaFitter &fitter, int kind, int begin, int end, const Loads &loads, bool fromLast)
      : fitter_(fitter), kind_(kind), begin_(begin), end_(end), loads_(loads), fromLast_(fromLast),
        own_(fitter.prepared_.problem().kinds[static_cast<size_t>(kind)]) {}

  std::optional<Filling> run() {
    if (fillFrom(0, begin_))
      return Filling{fromLast_, std::move(ends_)};
    return std::nullopt;
  }

private:
  bool fillFrom(size_t step, int at) {
    if (step == own_.dies.size())
      return at == end_;
    const auto die = static_cast<size_t>(dieAt(own_, fromLast_, step));
    int reached = std::min(end_, fitter_.fitter_.end(kind_, static_cast<int>(die), at,
                                                     own_.dies[die].capacity - loads_.charges[die]));
    const bool isBound = fitter_.prepared_.mayWiresBind(kind_) && step + 1 < own_.dies.size();
    for (; reached >= at; --reached) {
      if (!isBound || isAllowed(step, reached)) {
        ends_.push_back(reached);
        if (!failed_.count({step + 1, reached}) && fillFrom(step + 1, reached))
          return true;
        failed_.insert({step + 1, reached});
        ends_.pop_back();
      }
      if (!fitter_.prepared_.mayWiresBind(kind_))
        break;
    }
    return false;
  }

  /// Whether words between this die and the next are narrow enough where it ends.
  bool isAllowed(size_t step, int reached) const {
    const int boundary = std::min(dieAt(own_, fromLast_, step), dieAt(own_, fromLast_, step + 1));
    return wiresAcross(fitter_.prepared_.problem(), kind_, begin_, end_, boundary,
                       fitter_.prepared_.periodFs(),
                       [&](int layer) { return (layer < reached) != fromLast_; }) <= own_.wires;
  }

  FpgaFitter &fitter_;
  int kind_, begin_, end_;
  const Loads &loads_;
  bool fromLast_;
  const Kind &own_;
  std::vector<int> ends_;
  std::set<std::pair<size_t, int>> failed_;
};

std::optional<Filling> FpgaFitter::fit(int kind, int begin, int end, const Loads &loads) {
  if (loads.fs > prepared_.periodFs())
    return std::nullopt;
  const Kind &own = prepared_.problem().kinds[static_cast<size_t>(kind)];
  for (size_t die = 0; die < own.dies.size(); ++die)
    if (!fitsIn(loads.charges[die], own.dies[die].capacity))
      return std::nullopt;
  for (bool fromLast : {false, true})
    if (fromLast ? own.dies.size() > 1 : true)
      if (std::optional<Filling> filling = Filler(*this, kind, begin, end, loads, fromLast).run())
        return filling;
  return std::nullopt;
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
