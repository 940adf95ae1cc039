// Which cuts of which states may lead to a plan, by what no weights of the bank exclude: cheap, and never too
// few.
#pragma once

#include "prepared.h"
#include "states.h"

#include <climits>

namespace braid::partition {

class LooseReach {
public:
  LooseReach(const Prepared &prepared, const States &states);

  /// No larger end of a part of a kind that begins there may fit, whatever else it holds.
  int mostEnd(int kind, int begin) const {
    return mostEnds_[static_cast<size_t>(kind)][static_cast<size_t>(begin)];
  }
  /// The same of one of its dies; less than `begin` where the die holds nothing.
  int mostEndOnDie(int kind, int die, int begin) const {
    return dieEnds_[static_cast<size_t>(kind)][static_cast<size_t>(die)][static_cast<size_t>(begin)];
  }
  /// FPGAs of a whole plan that goes on with the layers from a cut on, at least; kNever: there is none.
  int fewestFpgas(int state, int cut) const {
    return fewest_[static_cast<size_t>(state)][static_cast<size_t>(cut)];
  }
  static constexpr int kNever = INT_MAX;

private:
  std::vector<std::vector<std::vector<int>>> dieEnds_; ///< [kind][die][begin]
  std::vector<std::vector<int>> mostEnds_;             ///< [kind][begin]
  std::vector<std::vector<int>> fewest_;               ///< [state][cut]
};

} // namespace braid::partition
