// What a walk over FPGAs may have used so far, as far as it matters: src/partition/README.md, "Certificate".
#pragma once

#include "braid/partition/problem.h"

namespace braid::partition {

struct State {
  /// Any order: FPGAs of each kind, and where some kind takes turns, members of those used; else the kinds in
  /// order.
  std::vector<int> key;
  int fpgas = 0;
  std::vector<std::pair<int, int>> next; ///< Kind of one more part, and the state it leads to
};

/// By number of FPGAs; the first is that of no FPGA.
class States {
public:
  explicit States(const Problem &problem);

  const std::vector<State> &all() const { return states_; }
  const State &operator[](int state) const { return states_[static_cast<size_t>(state)]; }
  /// False: there are too many, and some are left out.
  bool isComplete() const { return isComplete_; }
  /// FPGAs of parts of these kinds that may follow each other.
  std::vector<std::vector<int>> fpgasOf(const std::vector<int> &kinds) const;

private:
  const Problem *problem_;
  std::vector<State> states_;
  bool isComplete_ = true;
};

} // namespace braid::partition
