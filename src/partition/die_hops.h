// What the dies of a part cost in hops at least, by what no weights of the bank exclude.
#pragma once

#include "loose_reach.h"

namespace braid::partition {

class DieHops {
public:
  DieHops(const Problem &problem, const LooseReach &loose);

  /// Streams over boundaries between the dies of one FPGA that has layers [begin, end): never too many.
  int least(int kind, int begin, int end) const {
    const auto size = static_cast<size_t>(cuts_) + 1;
    if (!isJoined_[static_cast<size_t>(begin) * size + static_cast<size_t>(end)])
      return 0;
    const auto &ends = ends_[static_cast<size_t>(kind)][static_cast<size_t>(begin)];
    int boundaries = 0;
    while (boundaries < static_cast<int>(ends.size()) && ends[static_cast<size_t>(boundaries)] < end)
      ++boundaries;
    return boundaries;
  }

private:
  int cuts_;
  std::vector<std::vector<std::vector<int>>> ends_; ///< [kind][begin]: the last end on one die, on two, ...
  std::vector<char> isJoined_; ///< [begin, end]: wherever such layers are cut, a stream between them passes
};

} // namespace braid::partition
