#include "pareto.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace braid::plan {
namespace {

/// Choices of different regions are not compared: what is added later counts differently.
bool noWorse(const Choice &a, const Choice &b) {
  return a.time.dataflow == b.time.dataflow && a.time.isDense == b.time.isDense &&
         a.time.cycles <= b.time.cycles && a.resources.fitsIn(b.resources);
}

/// Choices that do not beat each other, for choices that come in ascending order of the first resource. A
/// search makes millions of choices and keeps thousands, so the others' amounts stand in columns: a loop over
/// a block compares many at once and tells where to look closely.
class Front {
public:
  bool beats(const Choice &choice) {
    if (last_ < kept_.size() && noWorse(kept_[last_], choice)) // neighbours are beaten by the same
      return true;
    const Amounts most = amountsOf(choice);
    for (size_t begin = 0; begin < kept_.size(); begin += kBlock) {
      if (!mayBeat(begin, most))
        continue;
      for (size_t i = begin; i < std::min(begin + kBlock, kept_.size()); ++i)
        if (noWorse(kept_[i], choice)) {
          last_ = i;
          return true;
        }
    }
    return false;
  }

  void add(const Choice &choice) {
    const Amounts amounts = amountsOf(choice);
    for (size_t r = 0; r < columns_.size(); ++r) {
      if (kept_.size() == columns_[r].size())
        columns_[r].resize(kept_.size() + kBlock, std::numeric_limits<int32_t>::max());
      columns_[r][kept_.size()] = amounts[r];
    }
    kept_.push_back(choice);
  }

  std::vector<Choice> take() && { return std::move(kept_); }

private:
  static constexpr size_t kBlock = 16, kColumns = device::kResources.size() - 1;
  using Amounts = std::array<int32_t, kColumns>;

  /// Of all resources but the first, cut where 32 bits end: a hint, then.
  static Amounts amountsOf(const Choice &choice) {
    Amounts out;
    for (size_t r = 0; r < out.size(); ++r)
      out[r] = static_cast<int32_t>(
          std::min<int64_t>(choice.resources.amount[r + 1], std::numeric_limits<int32_t>::max()));
    return out;
  }

  bool mayBeat(size_t begin, const Amounts &most) const {
    std::array<int32_t, kBlock> fits;
    fits.fill(1);
    for (size_t r = 0; r < kColumns; ++r) {
      const int32_t *column = columns_[r].data() + begin;
      for (size_t i = 0; i < kBlock; ++i) // of fixed length: compilers make vectors of it
        fits[i] &= column[i] <= most[r];
    }
    int32_t any = 0;
    for (size_t i = 0; i < kBlock; ++i)
      any |= fits[i];
    return any != 0;
  }

  std::vector<Choice> kept_;
  std::array<std::vector<int32_t>, kColumns> columns_; ///< Whole blocks
  size_t last_ = 0;                                    ///< Which beat a choice last
};

} // namespace

std::vector<Choice> paretoOf(std::vector<Choice> choices, size_t most, const device::Resources &budget,
                             bool &thinned) {
  // Whoever beats a choice comes before it, so that one pass over those kept is enough.
  std::stable_sort(choices.begin(), choices.end(), [](const Choice &a, const Choice &b) {
    return std::tie(a.resources, a.time.cycles) < std::tie(b.resources, b.time.cycles);
  });
  Front front;
  for (const Choice &choice : choices)
    if (!front.beats(choice))
      front.add(choice);
  std::vector<Choice> kept = std::move(front).take();
  if (kept.size() > most) {
    thinned = true;
    std::stable_sort(kept.begin(), kept.end(), [&](const Choice &a, const Choice &b) {
      return utilisationPpm(a.resources, budget) < utilisationPpm(b.resources, budget);
    });
    kept.resize(most);
  }
  return kept;
}

int64_t utilisationPpm(const device::Resources &used, const device::Resources &budget) {
  int64_t most = 0;
  for (device::Resource r : device::kResources)
    if (used[r] > 0)
      most = std::max(most, budget[r] > 0 ? used[r] * 1'000'000 / budget[r] : INT64_MAX);
  return most;
}

} // namespace braid::plan
