#include "least_area.h"

#include "ascent.h"
#include "sequence.h"

#include "braid/support/error.h"

namespace braid::partition {
namespace {

constexpr int kRounds = 48;

/// Layers of a part on one die.
struct OnDie {
  const Part &part;
  size_t die = 0;
  int begin = 0, end = 0;
};

std::vector<OnDie> diesOf(const Problem &problem, const Solution &solution) {
  std::vector<OnDie> out;
  for (const Part &part : solution.parts) {
    int begin = part.begin;
    for (size_t step = 0; step < part.ends.size(); ++step) {
      if (part.ends[step] > begin)
        out.push_back({part, static_cast<size_t>(dieAt(problem.kind(part.kind), part.fromLast, step)), begin,
                       part.ends[step]});
      begin = part.ends[step];
    }
  }
  return out;
}

/// Each resource by its share of the largest die; a channel of memory as much as all of another.
Weights areaWeights(const Kind &kind) {
  Needs largest = {};
  for (const Die &die : kind.dies)
    for (size_t r = 0; r < kResources; ++r)
      largest[r] = std::max(largest[r], die.capacity[r]);
  std::array<int64_t, kResources> shares;
  for (size_t r = 0; r < kResources; ++r)
    shares[r] = largest[r] > 0 ? kOne * (r == kChannels ? largest[r] : 1) : 0;
  return weightsFor(shares, largest);
}

/// Choices, and the converters between those next to each other.
Needs needsOf(const Problem &problem, const OnDie &on, llvm::ArrayRef<int32_t> choices) {
  Needs sum = {};
  const Choice *before = nullptr;
  for (int p = on.begin; p < on.end; ++p) {
    const Layer &layer = problem.layers[static_cast<size_t>(p)];
    const Choice &own =
        problem.table(p, on.part.kind)[static_cast<size_t>(choices[static_cast<size_t>(p - on.begin)])];
    sum = sum + own.needs;
    const int32_t words = layer.words.empty() ? -1 : layer.words[static_cast<size_t>(on.part.kind)];
    if (before && words >= 0)
      sum = sum + problem.words[static_cast<size_t>(words)][static_cast<size_t>(before->out)]
                               [static_cast<size_t>(own.in)];
    before = &own;
  }
  return sum;
}

llvm::ArrayRef<int32_t> choicesOn(const Solution &solution, const OnDie &on) {
  return llvm::ArrayRef(solution.choices)
      .slice(static_cast<size_t>(on.begin), static_cast<size_t>(on.end - on.begin));
}

/// What a part's streams take, by die.
llvm::SmallVector<Needs, 4> chargesOf(const Streams &streams, const Solution &solution, const Part &part) {
  if (streams.problem().hops)
    return loadsOf(streams, part.kind, part.begin, part.end).charges;
  std::vector<Stretch> parts;
  for (const Part &each : solution.parts)
    parts.push_back({each.kind, each.begin, each.end});
  return loadsOf(streams, part.kind, part.begin, part.end,
                 [&](const Stream &stream) { return othersOf(streams.problem(), stream, part.begin, parts); })
      .charges;
}

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
  const Problem &problem = prepared.problem();
  for (const OnDie &on : diesOf(problem, solution)) {
    const Part &part = on.part;
    const Needs room =
        problem.kind(part.kind).dies[on.die].capacity - chargesOf(prepared.streams(), solution, part)[on.die];
    const Range range{prepared, part.kind, on.begin, on.end, room};
    Rows rows;
    for (int layer = on.begin; layer < on.end; ++layer)
      rows.push_back(fittingRows(range, layer));
    const Weights area = areaWeights(problem.kind(part.kind));
    const std::vector<const Row *> found = cheapest(range, rows, area);
    if (found.empty() || weighted(area, needsOf(range, found)) >=
                             weighted(area, needsOf(problem, on, choicesOn(solution, on))))
      continue;
    for (size_t i = 0; i < found.size(); ++i)
      solution.choices[static_cast<size_t>(on.begin) + i] = found[i]->choice;
  }
  auto period = periodOf(problem, solution);
  BRAID_CHECK(static_cast<bool>(period), "cheaper choices break a plan");
  solution.periodFs = *period;
}

} // namespace braid::partition
