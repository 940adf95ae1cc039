#include "least_fill.h"

#include "ascent.h"
#include "on_die.h"

#include "braid/support/math.h"

namespace braid::partition {
namespace {

/// Cycles until the first of a frame leaves each row, by layer.
using Fills = std::vector<std::vector<int64_t>>;

/// All that are fast enough and fit: one that takes more may be sooner.
Rows allRows(const Range &range, Fills &fills) {
  const Problem &problem = range.prepared.problem();
  const int64_t cycles = cyclesWithin(problem.kind(range.kind), range.prepared.periodFs());
  Rows out;
  for (int layer = range.begin; layer < range.end; ++layer) {
    const Table &table = problem.table(layer, range.kind);
    out.emplace_back(), fills.emplace_back();
    for (size_t c = 0; c < table.size(); ++c)
      if (table[c].cycles <= cycles && fitsIn(table[c].needs, range.room)) {
        out.back().push_back({table[c].needs, static_cast<int32_t>(c), table[c].in, table[c].out});
        fills.back().push_back(table[c].fill);
      }
  }
  return out;
}

/// Sums of fills, and of area where they are as large.
struct Sooner {
  int64_t fill = 0, area = 0;
  auto operator<=>(const Sooner &) const = default;
};

Sooner soonerOf(const Problem &problem, const OnDie &on, llvm::ArrayRef<int32_t> choices,
                const Weights &area) {
  Sooner out{0, weighted(area, needsOf(problem, on, choices))};
  for (int layer = on.begin; layer < on.end; ++layer)
    out.fill +=
        problem
            .table(layer, on.part.kind)[static_cast<size_t>(choices[static_cast<size_t>(layer - on.begin)])]
            .fill;
  return out;
}

/// Rows one by one replaced by sooner ones, where that fits.
void improve(const Range &range, const Rows &rows, const Fills &fills, std::vector<const Row *> &picked) {
  Needs sum = needsOf(range, picked);
  const auto around = [&](size_t i) { // what the row takes, with the converters beside it
    Needs own = picked[i]->needs;
    for (size_t next : {i, i + 1})
      if (next > 0 && next < picked.size())
        if (const Needs *between = range.prepared.converter(range.begin + static_cast<int>(next), range.kind,
                                                            *picked[next - 1], *picked[next]))
          own = own + *between;
    return own;
  };
  for (size_t i = 0; i < picked.size(); ++i) {
    int64_t fill = fills[i][static_cast<size_t>(picked[i] - rows[i].data())];
    for (size_t r = 0; r < rows[i].size(); ++r) {
      if (fills[i][r] >= fill)
        continue;
      const Row *before = picked[i];
      const Needs rest = sum - around(i);
      picked[i] = &rows[i][r];
      if (const Needs all = rest + around(i); fitsIn(all, range.room))
        sum = all, fill = fills[i][r];
      else
        picked[i] = before;
    }
  }
}

/// A sequence of little fill that fits a room; empty where none was found, or nothing is to be gained.
std::vector<const Row *> soonest(const Range &range, const Rows &rows, const Fills &fills,
                                 const Weights &area) {
  constexpr int kSoonestRounds = 24;
  // Fills weigh the most, then what is short, then area; sums over 100,000 layers stay within 64 bits.
  constexpr int kFillBits = 40, kAreaBits = 16;
  constexpr int64_t kFirstPrice = 1 << 4, kMostPrice = 1 << 10;
  int64_t span = 0;
  for (const std::vector<int64_t> &own : fills)
    if (const auto [low, high] = std::minmax_element(own.begin(), own.end()); low != own.end())
      span += *high - *low;
  if (span == 0)
    return {};
  Fills costs = fills;
  for (std::vector<int64_t> &own : costs) {
    const int64_t least = own.empty() ? 0 : *std::min_element(own.begin(), own.end());
    for (int64_t &fill : own)
      fill = static_cast<int64_t>((Int128{fill - least} << kFillBits) / span);
  }
  std::vector<const Row *> best, picked;
  int64_t least = INT64_MAX, price = 0;
  std::array<int64_t, kResources> shares = {};
  std::fill_n(shares.begin(), resourcesIn(range.room), kOne / static_cast<int64_t>(resourcesIn(range.room)));
  for (int round = 0; round < kSoonestRounds; ++round) {
    Weights weights = area;
    for (int64_t &weight : weights)
      weight >>= kAreaBits;
    const Weights prices = weightsFor(shares, range.room);
    for (size_t r = 0; r < kResources; ++r)
      weights[r] += prices[r] * price;
    leastSequence(range, rows, weights, &picked, costs);
    const Needs sum = needsOf(range, picked);
    const bool fits = fitsIn(sum, range.room);
    if (fits) {
      improve(range, rows, fills, picked);
      int64_t fill = 0;
      for (size_t i = 0; i < picked.size(); ++i)
        fill += fills[i][static_cast<size_t>(picked[i] - rows[i].data())];
      if (fill < least)
        least = fill, best = picked;
      if (round == 0)
        break; // nothing is short
    }
    price = price == 0 ? kFirstPrice : fits ? price - price / 4 : std::min(kMostPrice, price * 2);
    reweigh(shares, sum, range.room, round);
  }
  return best;
}

} // namespace

void takeSooner(const Prepared &prepared, Solution &solution, int64_t percent) {
  const Problem &problem = prepared.problem();
  replaceChoices(prepared, solution, [&](const OnDie &on, const Needs &free) {
    const Needs &capacity = problem.kind(on.part.kind).dies[on.die].capacity;
    const llvm::ArrayRef<int32_t> known = choicesOn(solution, on);
    Needs room = free;
    for (size_t r = 0; r < kResources; ++r)
      room[r] -= capacity[r] - capacity[r] * percent / 100;
    room[kChannels] = needsOf(problem, on, known)[kChannels];
    const Range range{prepared, on.part.kind, on.begin, on.end, room};
    Fills fills;
    const Rows rows = allRows(range, fills);
    const Weights area = areaWeights(problem.kind(on.part.kind));
    std::vector<int32_t> found = choicesOf(soonest(range, rows, fills, area));
    if (!found.empty() && soonerOf(problem, on, found, area) >= soonerOf(problem, on, known, area))
      found.clear();
    return found;
  });
}

} // namespace braid::partition
