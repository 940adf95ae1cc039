#include "die_hops.h"

namespace braid::partition {

DieHops::DieHops(const Problem &problem, const LooseReach &loose) : cuts_(problem.cuts()) {
  for (int k = 0; k < static_cast<int>(problem.kinds.size()); ++k) {
    const Kind &kind = problem.kind(k);
    std::vector<int> one; // by begin: the last end on any one die
    for (int begin = 0; begin < cuts_; ++begin) {
      int most = begin;
      for (int die = 0; die < static_cast<int>(kind.dies.size()); ++die)
        most = std::max(most, loose.mostEndOnDie(k, die, begin));
      one.push_back(most);
    }
    std::vector<std::vector<int>> ends(static_cast<size_t>(cuts_));
    for (int begin = 0; begin < cuts_; ++begin)
      for (int at = begin; at < cuts_ && ends[static_cast<size_t>(begin)].size() + 1 < kind.dies.size();) {
        at = one[static_cast<size_t>(at)];
        ends[static_cast<size_t>(begin)].push_back(at);
      }
    ends_.push_back(std::move(ends));
  }

  const int none = cuts_ + 1;
  const auto size = static_cast<size_t>(cuts_) + 1;
  isJoined_.resize(size * size);
  for (int begin = 0; begin < cuts_; ++begin) {
    // [cut]: the first reader behind it of a stream that begins between `begin` and it.
    std::vector<int> readers(size, none);
    for (const Stream &stream : problem.streams)
      for (int cut = stream.from + 1, to = 0; stream.from >= begin && cut < cuts_; ++cut) {
        while (to < static_cast<int>(stream.to.size()) && stream.to[static_cast<size_t>(to)] < cut)
          ++to;
        if (to == static_cast<int>(stream.to.size()))
          break;
        int &reader = readers[static_cast<size_t>(cut)];
        reader = std::min(reader, stream.to[static_cast<size_t>(to)]);
      }
    int last = begin; // of those readers
    for (int end = begin + 1; end <= cuts_; ++end) {
      isJoined_[static_cast<size_t>(begin) * size + static_cast<size_t>(end)] = last < end;
      last = std::max(last, readers[static_cast<size_t>(end)]);
    }
  }
}

} // namespace braid::partition
