#include "loose_reach.h"

namespace braid::partition {

LooseReach::LooseReach(const Prepared &prepared, const States &states) {
  const Problem &problem = prepared.problem();
  const int cuts = problem.cuts();
  for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k) {
    const Kind &kind = problem.kind(k);
    dieEnds_.emplace_back();
    for (size_t die = 0; die < kind.dies.size(); ++die)
      dieEnds_.back().push_back(prepared.mostEnds(k, static_cast<int>(die), kind.dies[die].capacity));
    std::vector<int> ends;
    for (int begin = 0; begin < cuts; ++begin) {
      int most = begin;
      for (bool fromLast : {false, true}) {
        int at = begin;
        for (size_t step = 0; step < kind.dies.size() && at < cuts; ++step)
          at = std::max(at, mostEndOnDie(k, dieAt(kind, fromLast, step), at));
        most = std::max(most, at);
      }
      ends.push_back(most);
    }
    mostEnds_.push_back(std::move(ends));
  }
  fewest_.assign(states.all().size(), std::vector<int>(static_cast<size_t>(cuts) + 1, kNever));
  std::vector<std::pair<int, int>> window; // of a later cut, FPGAs: those with fewer than all before them
  for (size_t s = states.all().size(); s-- > 0;) {
    const State &state = states.all()[s];
    if (state.fpgas >= problem.fewestFpgas)
      fewest_[s].back() = state.fpgas;
    for (const auto &[kind, next] : state.next) {
      window.clear();
      size_t last = 0; // of the window, whose later cuts are out of reach
      for (int cut = cuts - 1; cut >= 0; --cut) {
        const int own = fewestFpgas(next, cut + 1);
        while (window.size() > last && window.back().second >= own)
          window.pop_back();
        window.emplace_back(cut + 1, own);
        while (last < window.size() && window[last].first > mostEnd(kind, cut))
          ++last;
        if (last < window.size() && problem.isCut(cut)) {
          int &fewest = fewest_[s][static_cast<size_t>(cut)];
          fewest = std::min(fewest, window[last].second);
        }
      }
    }
  }
}

} // namespace braid::partition
