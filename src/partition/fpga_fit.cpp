#include "fpga_fit.h"

#include <queue>
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
        mayWiresBind_(prepared_.mayWiresBind(kind)), looseEnds_(dies_), wires_(dies_) {}

  /// Of two ends of a die the later one is never worse for the room that is left behind it; only words
  /// between dies may forbid it.
  std::optional<Filling> run() {
    if (fillsSurely() || (mayFill() && fillFrom(0, begin_)))
      return Filling{fromLast_, std::move(ends_), {}};
    return std::nullopt;
  }

  /// Of all ends of dies, best first: what fits is only asked of those that come next.
  std::optional<Filling> fewestCrossings() {
    if (!mayFill())
      return std::nullopt;
    bound();
    struct Way { // to where a die ends, from where it begins
      Crossed atLeast, cost;
      size_t step;
      int from, to;
      bool isTested;
      bool operator<(const Way &other) const { // of a queue that gives the largest first
        return std::tie(other.atLeast, step, other.from, other.to, isTested) <
               std::tie(atLeast, other.step, from, to, other.isTested);
      }
    };
    const int none = begin_ - 1;
    std::vector<std::vector<int>> froms(dies_ + 1, std::vector<int>(size(), none));
    std::priority_queue<Way> queue;
    const auto addFrom = [&](size_t step, int at, const Crossed &cost) {
      for (int to = at; to <= loose_[step][placeOf(at)]; ++to)
        if (rests_[step + 1][placeOf(to)] && froms[step + 1][placeOf(to)] == none && isAllowed(step, to)) {
          const Crossed own = cost + costs_[step][placeOf(to)];
          queue.push({own + *rests_[step + 1][placeOf(to)], own, step, at, to, false});
        }
    };
    if (rests_[0][0])
      addFrom(0, begin_, {});
    while (!queue.empty()) {
      Way way = queue.top();
      queue.pop();
      int &from = froms[way.step + 1][placeOf(way.to)];
      if (from != none)
        continue;
      if (!way.isTested) {
        if (fitter_.fitter_.fits(kind_, dieOf(way.step), way.from, way.to, roomOf(way.step)))
          way.isTested = true, queue.push(way);
        continue;
      }
      from = way.from;
      if (way.step + 1 < dies_) {
        addFrom(way.step + 1, way.to, way.cost);
        continue;
      }
      Filling out{fromLast_, std::vector<int>(dies_), way.cost};
      for (size_t step = dies_, at = static_cast<size_t>(end_); step > 0; --step) {
        out.ends[step - 1] = static_cast<int>(at);
        at = static_cast<size_t>(froms[step][at - static_cast<size_t>(begin_)]);
      }
      return out;
    }
    return std::nullopt;
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
  bool mayFill() {
    int at = begin_;
    for (size_t step = 0; step < dies_ && at < end_; ++step)
      at = looseEnd(step, at);
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

  /// Where a step that begins there ends at the latest, as far as weights of the bank say.
  int looseEnd(size_t step, int at) {
    if (at == end_)
      return end_;
    if (!looseEnds_[step])
      looseEnds_[step] = &fitter_.looseEnds_[{kind_, dieOf(step), roomOf(step)}];
    std::vector<int> &ends = *looseEnds_[step];
    if (ends.empty())
      ends.assign(static_cast<size_t>(prepared_.problem().cuts()), -1);
    int &end = ends[static_cast<size_t>(at)];
    if (end < 0)
      end = std::max(at, prepared_.mostEnd(kind_, dieOf(step), at, roomOf(step)));
    return std::min(end, end_);
  }

  size_t placeOf(int cut) const { return static_cast<size_t>(cut - begin_); }
  size_t size() const { return static_cast<size_t>(end_ - begin_) + 1; }

  /// Where each die may end as far as weights of the bank say, and what is crossed behind that at least.
  void bound() {
    const int none = begin_ - 1;
    loose_.assign(dies_, std::vector<int>(size(), none));
    costs_.assign(dies_, std::vector<Crossed>(size()));
    rests_.assign(dies_ + 1, std::vector<std::optional<Crossed>>(size()));
    rests_[dies_].back() = Crossed{};
    for (size_t step = dies_; step-- > 0;) {
      if (step + 1 < dies_)
        costs_[step] = streamsAcross(prepared_.streams(), kind_, begin_, end_, {step, fromLast_});
      const Needs room = roomOf(step);
      if (!fitsIn({}, room))
        continue;
      for (int at = begin_; at <= (step == 0 ? begin_ : end_); ++at) {
        const int most = looseEnd(step, at);
        loose_[step][placeOf(at)] = most;
        std::optional<Crossed> &rest = rests_[step][placeOf(at)];
        for (int to = at; to <= most; ++to)
          if (const auto &behind = rests_[step + 1][placeOf(to)])
            if (const Crossed own = costs_[step][placeOf(to)] + *behind; !rest || own < *rest)
              rest = own;
      }
    }
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
  std::vector<std::vector<int> *> looseEnds_; ///< By step
  std::vector<std::vector<int64_t>> wires_;   ///< By step, then where it ends
  std::vector<int> ends_;
  std::vector<std::vector<int>> loose_;                    ///< By step, then where it begins: its last end
  std::vector<std::vector<Crossed>> costs_;                ///< By step, then where it ends
  std::vector<std::vector<std::optional<Crossed>>> rests_; ///< By step, then where it begins
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
