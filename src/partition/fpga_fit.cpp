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
      return Filling{fromLast_, std::move(ends_), 0};
    return std::nullopt;
  }

  /// Of all ends of dies, by a dynamic program over them.
  std::optional<Filling> fewestCrossings() {
    struct Reached {
      int64_t cost = 0;
      int from = 0;
    };
    const size_t dies = own_.dies.size();
    std::vector<std::map<int, Reached>> reached(dies + 1); // by step: where it begins
    reached[0][begin_] = {};
    for (size_t step = 0; step < dies; ++step) {
      const auto die = static_cast<size_t>(dieAt(own_, fromLast_, step));
      const bool isLast = step + 1 == dies;
      std::map<int, std::optional<int64_t>> costs; // by end; nothing: words there are too wide
      for (const auto &[at, own] : reached[step]) {
        const int most = std::min(end_, fitter_.fitter_.end(kind_, static_cast<int>(die), at,
                                                            own_.dies[die].capacity - loads_.charges[die]));
        for (int to = isLast ? std::max(at, end_) : at; to <= most; ++to) {
          const auto [cost, isNew] = costs.try_emplace(to, 0);
          if (isNew && !isLast)
            cost->second = costAt(step, to);
          if (!cost->second)
            continue;
          const Reached next{own.cost + *cost->second, at};
          const auto [known, isFirst] = reached[step + 1].try_emplace(to, next);
          if (!isFirst && next.cost < known->second.cost)
            known->second = next;
        }
      }
    }
    if (!reached[dies].count(end_))
      return std::nullopt;
    Filling out{fromLast_, std::vector<int>(dies), reached[dies][end_].cost};
    for (size_t step = dies, at = static_cast<size_t>(end_); step > 0; --step) {
      out.ends[step - 1] = static_cast<int>(at);
      at = static_cast<size_t>(reached[step][static_cast<int>(at)].from);
    }
    return out;
  }

private:
  /// Streams between this die and the next where it ends; nothing where they are too wide.
  std::optional<int64_t> costAt(size_t step, int reached) const {
    if (fitter_.prepared_.mayWiresBind(kind_) && !isAllowed(step, reached))
      return std::nullopt;
    const int boundary = std::min(dieAt(own_, fromLast_, step), dieAt(own_, fromLast_, step + 1));
    return streamsAcross(fitter_.prepared_.problem(), kind_, begin_, end_, boundary,
                         [&](int layer) { return (layer < reached) != fromLast_; });
  }

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

/// Whether loads alone are not too much.
bool FpgaFitter::hasRoom(int kind, const Loads &loads) const {
  const Kind &own = prepared_.problem().kind(kind);
  for (size_t die = 0; die < own.dies.size(); ++die)
    if (!fitsIn(loads.charges[die], own.dies[die].capacity))
      return false;
  return loads.fs <= prepared_.periodFs();
}

std::optional<Filling> FpgaFitter::fit(int kind, int begin, int end, const Loads &loads) {
  if (!hasRoom(kind, loads))
    return std::nullopt;
  const Kind &own = prepared_.problem().kind(kind);
  for (bool fromLast : {false, true})
    if (fromLast ? own.dies.size() > 1 : true)
      if (std::optional<Filling> filling = Filler(*this, kind, begin, end, loads, fromLast).run())
        return filling;
  return std::nullopt;
}

std::optional<Filling> FpgaFitter::fewestCrossings(int kind, int begin, int end, const Loads &loads) {
  if (!hasRoom(kind, loads))
    return std::nullopt;
  std::optional<Filling> best = Filler(*this, kind, begin, end, loads, false).fewestCrossings();
  if (prepared_.problem().kind(kind).dies.size() > 1)
    if (auto other = Filler(*this, kind, begin, end, loads, true).fewestCrossings())
      if (!best || other->crossings < best->crossings)
        best = std::move(other);
  return best;
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
