// The way back of least hop cost: a best-first search from the end, with what the layers before a cut cost at
// least. What fits is only asked of ways that come next.
#include "crossings.h"
#include "die_hops.h"
#include "search.h"

#include <queue>
#include <set>

namespace braid::partition {
namespace {

constexpr int64_t kNever = int64_t{1} << 58;
// Units of cost. Of plans of equal hop cost the one of less traffic is taken; of those, the one whose host's
// streams cross fewer boundaries of dies, a unit each.
constexpr int64_t kHop = int64_t{1} << 40;
constexpr int64_t kNs = int64_t{1} << 6;      ///< Of traffic
constexpr int64_t kMostNs = int64_t{1} << 28; ///< Traffic of a cut that counts
constexpr int kMostSteps = 20'000;

/// A way from some cut to the end.
struct Way {
  int64_t atLeast = 0; ///< Of whole plans with it
  int begin = 0;       ///< Of ways that may cost as much, those nearer to the start come first
  int64_t cost = 0;    ///< Of the cuts and the dies behind `begin`
  int number = 0;
  int behind = -1; ///< The way without its first part; -1: the end
  int state = 0, kind = -1;
  bool isTested = false;

  bool operator<(const Way &other) const { // of a queue that gives the largest first
    return std::tie(other.atLeast, other.begin, other.number) < std::tie(atLeast, begin, number);
  }
};

} // namespace

std::vector<int64_t> Search::cutCosts() const {
  std::vector<int64_t> costs = streamsOpen(problem_);
  for (size_t cut = 0; cut < costs.size(); ++cut)
    costs[cut] = kHop * kFpgaHop * costs[cut] + kNs * std::min(traffic_[cut] / 1'000'000, kMostNs);
  return costs;
}

/// [state][cut]: what cuts up to this one, and dies of the parts before it, cost at least.
std::vector<std::vector<int64_t>> Search::leastCosts(const DieHops &dies) const {
  const std::vector<int64_t> costs = cutCosts();
  const auto cuts = static_cast<size_t>(problem_.cuts());
  std::vector<std::vector<int64_t>> least(states_.all().size(), std::vector<int64_t>(cuts + 1, kNever));
  least[0][0] = 0;
  for (size_t s = 0; s < states_.all().size(); ++s)
    for (const auto &[kind, next] : states_.all()[s].next)
      for (int begin = 0; begin < problem_.cuts(); ++begin) {
        const int64_t before = least[s][static_cast<size_t>(begin)];
        for (int end = begin + 1; before < kNever && end <= loose_.mostEnd(kind, begin); ++end) {
          const auto to = static_cast<size_t>(end);
          if (reached_[static_cast<size_t>(next)][to])
            least[static_cast<size_t>(next)][to] =
                std::min(least[static_cast<size_t>(next)][to],
                         before + leastOfDies(dies, kind, begin, end) + costs[to]);
        }
      }
  return least;
}

int64_t Search::leastOfDies(const DieHops &dies, int kind, int begin, int end) const {
  return problem_.kind(kind).members * kHop * kDieHop * dies.least(kind, begin, end);
}

/// Of each stream that parts behind a cut take: receivers, and the time of all of them.
std::vector<std::pair<int64_t, int64_t>> Search::takersOf(int cut) const {
  std::vector<std::pair<int64_t, int64_t>> out;
  if (problem_.hops)
    return out;
  std::vector<Stretch> behind;
  for (const Step &step : way_)
    behind.push_back({step.kind, step.begin, step.end});
  for (const Stream &stream : problem_.streams)
    if (stream.from < cut && stream.to.back() >= cut) {
      const Others others = othersOf(problem_, stream, -1, behind);
      out.emplace_back(others.receivers, others.fs);
    }
  return out;
}

std::optional<Solution> Search::cheapest(int state, int cut) {
  const DieHops hops(problem_, loose_);
  const std::vector<std::vector<int64_t>> least = leastCosts(hops);
  const std::vector<int64_t> costs = cutCosts();
  const auto costBefore = [&](int s, int at) {
    return least[static_cast<size_t>(s)][static_cast<size_t>(at)];
  };
  // All that parts before a cut see of those behind it; the first way to the same is the best.
  std::set<std::tuple<int, int, std::vector<std::pair<int64_t, int64_t>>>> closed;
  std::vector<Way> ways; // those that are tested
  std::priority_queue<Way> queue;
  int count = 0;
  queue.push({costBefore(state, cut), cut, 0, count++, -1, state, -1, true});
  hasFewestCrossings_ = true;
  std::optional<Solution> found;
  for (int step = 0; !found && !queue.empty() && step < kMostSteps; ++step) {
    Way way = queue.top();
    if (way.atLeast / kHop > mostHops_)
      break; // nor is any other cheaper
    queue.pop();
    way_.clear();
    for (const Way *at = &way; at->kind >= 0; at = &ways[static_cast<size_t>(at->behind)])
      way_.insert(way_.begin(),
                  {at->state, at->kind, at->begin, ways[static_cast<size_t>(at->behind)].begin});
    if (!way.isTested) {
      const Step own = way_.back();
      way_.pop_back();
      std::vector<Stretch> behind;
      for (const Step &each : way_)
        behind.push_back({each.kind, each.begin, each.end});
      const auto &filling = fitter_.fewestCrossings(own.kind, own.begin, own.end,
                                                    loadsBefore(own.kind, own.begin, own.end, behind));
      if (!filling)
        continue;
      const int64_t dies = problem_.kind(own.kind).members *
                           (kHop * kDieHop * filling->crossings.ofLayers + filling->crossings.ofHost);
      way.cost += dies;
      way.atLeast += dies - leastOfDies(hops, own.kind, own.begin, own.end);
      way.isTested = true;
      way.number = count++;
      queue.push(way);
      continue;
    }
    if (states_[way.state].fpgas == 0) {
      if (way.begin == 0)
        found = assembled();
      continue;
    }
    if (!closed.emplace(way.state, way.begin, takersOf(way.begin)).second)
      continue;
    ways.push_back(way);
    for (const auto &[before, kind] : before_[static_cast<size_t>(way.state)])
      for (int begin = 0; begin < way.begin; ++begin)
        if (costBefore(before, begin) < kNever && loose_.mostEnd(kind, begin) >= way.begin) {
          const int64_t cost = way.cost + costs[static_cast<size_t>(way.begin)];
          queue.push({cost + leastOfDies(hops, kind, begin, way.begin) + costBefore(before, begin), begin,
                      cost, count++, static_cast<int>(ways.size()) - 1, before, kind, false});
        }
  }
  way_.clear();
  hasFewestCrossings_ = false;
  return found;
}

} // namespace braid::partition
