// Which cuts of which states may lead to a plan, by what no weights of the bank exclude: cheap, and never too
// few.
#pragma once

#include "prepared.h"
#include "states.h"

namespace braid::partition {

class LooseReach {
public:
  LooseReach(const Prepared &prepared, const States &states);

  /// No larger end of a part of a kind that begins there may fit, whatever else it holds.
  int mostEnd(int kind, int begin) const {
    return mostEnds_[static_cast<size_t>(kind)][static_cast<size_t>(begin)];
  }
  /// Whether the layers from a cut on may fit the FPGAs that a state leaves.
  bool mayFinish(int state, int cut) const {
    return nextFinish_[static_cast<size_t>(state)][static_cast<size_t>(cut)] == cut;
  }

private:
  std::vector<std::vector<int>> mostEnds_; ///< [kind][begin]
  std::vector<std::vector<int>>
      nextFinish_; ///< [state][cut]: the first such cut from it on; behind all: none
};

} // namespace braid::partition
