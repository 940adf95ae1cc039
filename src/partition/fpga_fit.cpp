#include "fpga_fit.h"

#include <set>

namespace braid::partition {

const Loads &FpgaFitter::loadsOf(int kind, int begin, int end) {
  const auto [known, isNew] = loads_.try_emplace({kind, begin, end});
  if (isNew)
    known->second = partition::loadsOf(prepared_.streams(), kind, begin, end);
  return known->second;
}

/// Fills the dies of one FPGA in one order.
class FpgaFitter::Filler {
public:
  Filler(FpgaFitter &fitter, int kind, int begin, int end, const Loads &loads, bool fromLast)
      : fitter_(fitter), prepared_(fitter.prepared_), kind_(kind), begin_(begin), end_(end), loads_(loads),
        fromLast_(fromLast), own_(prepared_.problem().kind(kind)), dies_(own_.dies.size()),
        mayWiresBind_(prepared_.mayWiresBind(kind)), wires_(dies_) {}

  /// Of two ends of a die the later one is never worse for the room that is left behind it; only words
  /// between dies may forbid it.
  std::optional<Filling> run() {
    if (fillsSurely() || (mayFill() && fillFrom(0, begin_)))
      return Filling{fromLast_, std::move(ends_), {}};
    return std::nullopt;
  }

  /// Of all ends of dies, by a dynamic program over them.
  std::optional<Filling> fewestCrossings() {
    if (!mayFill() || !findFirsts())
      return std::nullopt;
    struct Reached {
      Crossed cost;
      int from = 0;
    };
    std::vector<std::map<int, Reached>> reached(dies_ + 1); // by step: where it begins
    reached[0][begin_] = {};
    for (size_t step = 0; step < dies_; ++step) {
      std::vector<Crossed> costs(static_cast<size_t>(end_ - begin_) + 1);
      if (step + 1 < dies_)
        costs = streamsAcross(prepared_.streams(), kind_, begin_, end_, {step, fromLast_});
      int most = begin_; // of the die; what begins later reaches as far at least
      for (const auto &[at, own] : reached[step]) {
        most = std::min(end_, fitter_.fitter_.end(kind_, dieOf(step), at, roomOf(step), std::max(at, most)));
        for (int to = std::max(at, firsts_[step + 1]); to <= most; ++to) {
          if (!isAllowed(step, to))
            continue;
          const Reached next{own.cost + costs[static_cast<size_t>(to - begin_)], at};
          const auto [known, isFirst] = reached[step + 1].try_emplace(to, next);
          if (!isFirst && next.cost < known->second.cost)
            known->second = next;
        }
      }
    }
    if (!reached[dies_].count(end_))
      return std::nullopt;
    Filling out{fromLast_, std::vector<int>(dies_), reached[dies_][end_].cost};
    for (size_t step = dies_, at = static_cast<size_t>(end_); step > 0; --step) {
      out.ends[step - 1] = static_cast<int>(at);
      at = static_cast<size_t>(reached[step][static_cast<int>(at)].from);
    }
    return out;
  }

private:
  int dieOf(size_t step) const { return dieAt(own_, fromLast_, step); }
  Needs roomOf(size_t step) const {
    const auto die = static_cast<size_t>(dieOf(step));
    return own_.dies[die].capacity - loads_.charges[die];
  }

  /// Whether choices of the bank fill the dies.
  bool fillsSurely() {
    int at = begin_;
    for (size_t step = 0; step < dies_; ++step) {
      at = std::min(end_, prepared_.sureEnd(kind_, dieOf(step), at, roomOf(step)));
      if (!isAllowed(step, at))
        break;
      ends_.push_back(at);
    }
    if (ends_.size() == dies_ && at == end_)
      return true;
    ends_.clear();
    return false;
  }

  /// Whether no weights of the bank exclude it.
  bool mayFill() const {
    int at = begin_;
    for (size_t step = 0; step < dies_ && at < end_; ++step)
      at = std::max(at, prepared_.mostEnd(kind_, dieOf(step), at, roomOf(step)));
    return at >= end_;
  }

  bool fillFrom(size_t step, int at) {
    if (step == dies_)
      return at == end_;
    int reached = std::min(end_, fitter_.fitter_.end(kind_, dieOf(step), at, roomOf(step)));
    for (; reached >= at; --reached) {
      if (isAllowed(step, reached)) {
        ends_.push_back(reached);
        if (!failed_.count({step + 1, reached}) && fillFrom(step + 1, reached))
          return true;
        failed_.insert({step + 1, reached});
        ends_.pop_back();
      }
      if (!mayWiresBind_)
        break;
    }
    return false;
  }

  /// The first layers from which on each step, and those behind it, may hold the rest.
  bool findFirsts() {
    firsts_.assign(dies_ + 1, end_);
    for (size_t step = dies_; step-- > 0;) {
      const int to = firsts_[step + 1];
      int low = begin_ - 1, high = to; // high does
      while (high - low > 1) {
        const int middle = (low + high) / 2;
        (fitter_.fitter_.fits(kind_, dieOf(step), middle, to, roomOf(step)) ? high : low) = middle;
      }
      firsts_[step] = high;
    }
    return firsts_[0] == begin_;
  }

  /// Whether words between this die and the next are narrow enough where it ends.
  bool isAllowed(size_t step, int reached) {
    if (!mayWiresBind_ || step + 1 == dies_)
      return true;
    if (wires_[step].empty())
      wires_[step] =
          wiresAcross(prepared_.streams(), kind_, begin_, end_, {step, fromLast_}, prepared_.periodFs());
    return wires_[step][static_cast<size_t>(reached - begin_)] <= own_.wires;
  }

  FpgaFitter &fitter_;
  const Prepared &prepared_;
  int kind_, begin_, end_;
  const Loads &loads_;
  bool fromLast_;
  const Kind &own_;
  size_t dies_;
  bool mayWiresBind_;
  std::vector<std::vector<int64_t>> wires_; ///< By step, then where it ends
  std::vector<int> ends_, firsts_;
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

const std::optional<Filling> &FpgaFitter::fewestCrossings(int kind, int begin, int end, const Loads &loads) {
  static const std::optional<Filling> none;
  if (!hasRoom(kind, loads))
    return none;
  const auto [known, isNew] =
      fewest_.try_emplace({kind, begin, end, std::vector<Needs>(loads.charges.begin(), loads.charges.end())});
  if (!isNew)
    return known->second;
  std::optional<Filling> best = Filler(*this, kind, begin, end, loads, false).fewestCrossings();
  if (prepared_.problem().kind(kind).dies.size() > 1)
    if (auto other = Filler(*this, kind, begin, end, loads, true).fewestCrossings())
      if (!best || other->crossings < best->crossings)
        best = std::move(other);
  return known->second = std::move(best);
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
