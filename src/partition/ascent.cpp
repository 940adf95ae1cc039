#include "ascent.h"

#include <numeric>

namespace braid::partition {
namespace {

using Shares = std::array<int64_t, kResources>;

/// Needs in shares of the room, in fixed point.
int64_t shareOf(int64_t needs, int64_t room) {
  constexpr int64_t kMost = INT64_MAX / kOne;
  return room > 0 ? std::min(needs, kMost) * kOne / room : needs > 0 ? 64 * kOne : 0;
}

class Ascender {
public:
  Ascender(const std::vector<Group> &groups, int begin, int end, const Needs &room)
      : groups_(groups), begin_(begin), end_(end), room_(room), seen_(groups.size()) {}

  Ascent run(int rounds) {
    Ascent out;
    std::fill_n(shares_.begin(), resourcesIn(room_), kOne / static_cast<int64_t>(resourcesIn(room_)));
    std::vector<size_t> picks(groups_.size()), best;
    int64_t least = INT64_MAX;
    for (int round = 0; round < rounds; ++round) {
      out.last = weightsFor(shares_, room_);
      Needs sum = {};
      int64_t value = 0;
      for (size_t g = 0; g < groups_.size(); ++g) {
        if (groups_[g].rows.empty()) {
          out.excludes = out.last;
          return out;
        }
        const int64_t own = pick(g, out.last, picks[g]);
        const auto count = static_cast<int64_t>(groups_[g].layers.size());
        value += own * count;
        for (size_t r = 0; r < kResources; ++r)
          sum[r] += groups_[g].rows[picks[g]].needs[r] * count;
        note(g, picks[g]);
      }
      if (value > weighted(out.last, room_)) {
        out.excludes = out.last;
        return out;
      }
      if (fitsIn(sum, room_)) {
        out.selection = expanded(picks);
        return out;
      }
      if (const int64_t over = overOf(sum); over < least)
        least = over, best = picks;
      reweigh(shares_, sum, room_, round);
    }
    if (std::optional<std::vector<const Row *>> repaired = repair(best))
      out.selection = std::move(repaired);
    else
      findSides(out);
    return out;
  }

private:
  int64_t pick(size_t g, const Weights &weights, size_t &at) const {
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < groups_[g].rows.size(); ++i)
      if (const int64_t sum = weighted(weights, groups_[g].rows[i].needs); sum < least)
        least = sum, at = i;
    return least;
  }

  /// By how much sums are above the room, in shares of it.
  int64_t overOf(const Needs &sum) const {
    int64_t over = 0;
    for (size_t r = 0; r < kResources; ++r)
      over += std::max<int64_t>(0, shareOf(sum[r], room_[r]) - kOne);
    return over;
  }

  void note(size_t g, size_t row) {
    seen_[g].resize(groups_[g].rows.size());
    ++seen_[g][row];
  }

  std::vector<const Row *> expanded(const std::vector<size_t> &picks) const {
    std::vector<const Row *> out(static_cast<size_t>(end_ - begin_));
    for (size_t g = 0; g < groups_.size(); ++g)
      for (int layer : groups_[g].layers)
        out[static_cast<size_t>(layer - begin_)] = &groups_[g].rows[picks[g]];
    return out;
  }

  /// Changes one layer after the other for the one change that helps most, until all fits or none helps.
  std::optional<std::vector<const Row *>> repair(const std::vector<size_t> &picks) const {
    std::vector<std::vector<size_t>> at; // [group][layer of it]
    Needs sum = {};
    for (size_t g = 0; g < groups_.size(); ++g) {
      at.emplace_back(groups_[g].layers.size(), picks[g]);
      for (size_t r = 0; r < kResources; ++r)
        sum[r] += groups_[g].rows[picks[g]].needs[r] * static_cast<int64_t>(groups_[g].layers.size());
    }
    int64_t over = overOf(sum);
    for (int changes = 0; over > 0 && changes < 3 * (end_ - begin_); ++changes) {
      size_t bestGroup = 0, bestLayer = 0, bestRow = 0;
      int64_t least = over;
      for (size_t g = 0; g < groups_.size(); ++g)
        for (size_t i = 0; i < at[g].size(); ++i) {
          if (i > 0 && at[g][i] == at[g][i - 1])
            continue; // as the one before
          const Needs rest = sum - groups_[g].rows[at[g][i]].needs;
          for (size_t row = 0; row < groups_[g].rows.size(); ++row)
            if (const int64_t now = overOf(rest + groups_[g].rows[row].needs); now < least)
              least = now, bestGroup = g, bestLayer = i, bestRow = row;
        }
      if (least == over)
        return std::nullopt;
      size_t &changed = at[bestGroup][bestLayer];
      sum = sum - groups_[bestGroup].rows[changed].needs + groups_[bestGroup].rows[bestRow].needs;
      changed = bestRow;
      over = least;
    }
    if (over > 0)
      return std::nullopt;
    std::vector<const Row *> out(static_cast<size_t>(end_ - begin_));
    for (size_t g = 0; g < groups_.size(); ++g)
      for (size_t i = 0; i < at[g].size(); ++i)
        out[static_cast<size_t>(groups_[g].layers[i] - begin_)] = &groups_[g].rows[at[g][i]];
    return out;
  }

  /// The group whose picks lay furthest apart, and its rows that are nearer to one of the two it wavered
  /// between.
  void findSides(Ascent &out) const {
    int64_t furthest = -1;
    size_t first = 0, second = 0;
    const auto apart = [&](const Row &a, const Row &b) {
      int64_t sum = 0;
      for (size_t r = 0; r < kResources; ++r)
        sum += std::abs(shareOf(a.needs[r], room_[r]) - shareOf(b.needs[r], room_[r]));
      return sum;
    };
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].rows.size() < 2)
        continue;
      std::vector<size_t> order(groups_[g].rows.size());
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](size_t a, size_t b) { return seen_[g][a] > seen_[g][b]; });
      const int64_t own =
          apart(groups_[g].rows[order[0]], groups_[g].rows[order[1]]) * (1 + seen_[g][order[1]]);
      if (own > furthest)
        furthest = own, out.group = g, first = order[0], second = order[1];
    }
    if (furthest < 0)
      return;
    const std::vector<Row> &rows = groups_[out.group].rows;
    for (size_t i = 0; i < rows.size(); ++i)
      if (i == first || (i != second && apart(rows[i], rows[first]) < apart(rows[i], rows[second])))
        out.side.push_back(rows[i].choice);
  }

  const std::vector<Group> &groups_;
  int begin_, end_;
  const Needs &room_;
  Shares shares_ = {};
  std::vector<std::vector<int64_t>> seen_; ///< How often each row was picked
};

} // namespace

void reweigh(std::array<int64_t, kResources> &shares, const Needs &sum, const Needs &room, int round) {
  int64_t all = 0;
  for (size_t r = 0; r < resourcesIn(room); ++r) {
    const int64_t excess = std::clamp(shareOf(sum[r], room[r]) - kOne, -kOne / 2, kOne);
    shares[r] = std::max<int64_t>(1, shares[r] + shares[r] * excess / (kOne * (1 + round / 8)));
    all += shares[r];
  }
  for (size_t r = 0; r < resourcesIn(room); ++r)
    shares[r] = std::max<int64_t>(1, shares[r] * kOne / all);
}

Ascent ascend(const std::vector<Group> &groups, int begin, int end, const Needs &room, int rounds) {
  return Ascender(groups, begin, end, room).run(rounds);
}

} // namespace braid::partition
