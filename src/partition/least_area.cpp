#include "least_area.h"

#include "ascent.h"
#include "on_die.h"
#include "sequence.h"

namespace braid::partition {
namespace {

constexpr int kRounds = 48;

/// The cheapest sequence found that fits a room; empty where none was.
std::vector<const Row *> cheapest(const Range &range, const Rows &rows, const Weights &area) {
  std::vector<const Row *> best, picked;
  int64_t least = INT64_MAX;
  std::array<int64_t, kResources> prices = {}; // of what is short, in shares of the room
  std::fill_n(prices.begin(), resourcesIn(range.room), kOne / static_cast<int64_t>(resourcesIn(range.room)));
  for (int round = 0; round < kRounds; ++round) {
    Weights weights = area;
    if (round > 0) {
      // More and more weight on what is short, until it fits; then less.
      const Weights more = weightsFor(prices, range.room);
      for (size_t r = 0; r < kResources; ++r)
        weights[r] += more[r] * (1 + round / 8);
    }
    leastSequence(range, rows, weights, &picked);
    const Needs sum = needsOf(range, picked);
    if (fitsIn(sum, range.room)) {
      if (const int64_t own = weighted(area, sum); own < least)
        least = own, best = picked;
      if (round == 0)
        break; // no sequence takes less
    }
    reweigh(prices, sum, range.room, round);
  }
  return best;
}

} // namespace

int64_t areaOf(const Problem &problem, const Solution &solution) {
  int64_t sum = 0;
  for (const OnDie &on : diesOf(problem, solution))
    sum += weighted(areaWeights(problem.kind(on.part.kind)), needsOf(problem, on, choicesOn(solution, on))) *
           problem.kind(on.part.kind).members;
  return sum >> 16;
}

int64_t fullestPercent(const Problem &problem, const Solution &solution) {
  const Streams streams(problem);
  int64_t most = 0;
  for (const OnDie &on : diesOf(problem, solution)) {
    const Needs needs =
        needsOf(problem, on, choicesOn(solution, on)) + chargesOf(streams, solution, on.part)[on.die];
    const Needs &room = problem.kind(on.part.kind).dies[on.die].capacity;
    for (size_t r = 0; r < kResources; ++r)
      if (needs[r] > 0)
        most = std::max(most, (needs[r] * 100 + room[r] - 1) / std::max<int64_t>(1, room[r]));
  }
  return most;
}

void takeLess(const Prepared &prepared, Solution &solution) {
  replaceChoices(prepared, solution, [&](const OnDie &on, const Needs &room) {
    const Range range{prepared, on.part.kind, on.begin, on.end, room};
    Rows rows;
    for (int layer = on.begin; layer < on.end; ++layer)
      rows.push_back(fittingRows(range, layer));
    const Weights area = areaWeights(prepared.problem().kind(on.part.kind));
    const std::vector<const Row *> found = cheapest(range, rows, area);
    const bool isLess =
        !found.empty() && weighted(area, needsOf(range, found)) <
                              weighted(area, needsOf(prepared.problem(), on, choicesOn(solution, on)));
    return isLess ? choicesOf(found) : std::vector<int32_t>();
  });
}

} // namespace braid::partition
