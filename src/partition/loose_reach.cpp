#include "loose_reach.h"

namespace braid::partition {

LooseReach::LooseReach(const Prepared &prepared, const States &states) {
  const Problem &problem = prepared.problem();
  const int cuts = problem.cuts();
  for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k) {
    const Kind &kind = problem.kind(k);
    std::vector<int> ends;
    for (int begin = 0; begin < cuts; ++begin) {
      int most = begin;
      for (bool fromLast : {false, true}) {
        int at = begin;
        for (size_t step = 0; step < kind.dies.size() && at < cuts; ++step) {
          const int die = dieAt(kind, fromLast, step);
          at = std::max(at, prepared.mostEnd(k, die, at, kind.dies[static_cast<size_t>(die)].capacity));
        }
        most = std::max(most, at);
      }
      ends.push_back(most);
    }
    mostEnds_.push_back(std::move(ends));
  }
  const int none = cuts + 1;
  nextFinish_.assign(states.all().size(), std::vector<int>(static_cast<size_t>(cuts) + 2, none));
  for (size_t s = states.all().size(); s-- > 0;) {
    std::vector<int> &next = nextFinish_[s];
    if (states.all()[s].fpgas >= problem.fewestFpgas)
      next[static_cast<size_t>(cuts)] = cuts;
    for (int cut = cuts - 1; cut >= 0; --cut) {
      const auto leads = [&](const std::pair<int, int> &way) {
        return nextFinish_[static_cast<size_t>(way.second)][static_cast<size_t>(cut) + 1] <=
               mostEnd(way.first, cut);
      };
      const bool may = problem.isCut(cut) && llvm::any_of(states.all()[s].next, leads);
      next[static_cast<size_t>(cut)] = may ? cut : next[static_cast<size_t>(cut) + 1];
    }
  }
}

} // namespace braid::partition
