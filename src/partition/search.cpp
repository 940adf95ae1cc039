#include "search.h"

#include "crossings.h"

namespace braid::partition {
namespace {

constexpr int kMostTries = 20'000; ///< Steps back, where ways do not come out as hoped

} // namespace

Search::Search(const Prepared &prepared, const States &states)
    : prepared_(prepared), problem_(prepared.problem()), states_(states), loose_(prepared, states),
      fitter_(prepared) {
  const auto cuts = static_cast<size_t>(problem_.cuts());
  reached_.assign(states.all().size(), std::vector<char>(cuts + 1));
  before_.resize(states.all().size());
  fits_.resize(problem_.kinds.size());
  for (size_t s = 0; s < states.all().size(); ++s)
    for (const auto &[kind, next] : states.all()[s].next)
      before_[static_cast<size_t>(next)].emplace_back(static_cast<int>(s), kind);
  traffic_.resize(cuts + 1);
  for (const Stream &stream : problem_.streams)
    for (int cut = std::max(0, stream.from + 1); stream.from >= 0 && cut < problem_.cuts(); ++cut)
      if (std::any_of(stream.to.begin(), stream.to.end(),
                      [&](int to) { return to >= cut && to < problem_.cuts(); }))
        traffic_[static_cast<size_t>(cut)] += stream.linkFs;
}

std::optional<Solution> Search::run() { return run(&Search::back, problem_.mostFpgas); }

std::optional<Solution> Search::runFewestCrossings(int mostFpgas, int64_t mostHops) {
  mostHops_ = mostHops;
  return run(&Search::cheapest, mostFpgas);
}

/// With as few FPGAs as may do, then with more.
std::optional<Solution> Search::run(Aim aim, int mostFpgas) {
  const int least = loose_.fewestFpgas(0, 0);
  for (most_ = least; most_ <= mostFpgas; ++most_)
    if (std::optional<Solution> found = reach(aim))
      return found;
  return std::nullopt;
}

std::optional<Solution> Search::reach(Aim aim) {
  for (std::vector<char> &of : reached_)
    std::fill(of.begin(), of.end(), 0);
  reached_[0][0] = 1;
  for (size_t s = 0; s < states_.all().size();) {
    // All states of as many FPGAs, then those of one more.
    const int fpgas = states_.all()[s].fpgas;
    size_t end = s;
    while (end < states_.all().size() && states_.all()[end].fpgas == fpgas)
      ++end;
    std::optional<Solution> best;
    for (size_t own = s; own < end && fpgas >= problem_.fewestFpgas; ++own)
      if (reached_[own].back())
        if (std::optional<Solution> found = (this->*aim)(static_cast<int>(own), problem_.cuts())) {
          if (aim == &Search::back)
            return found;
          if (!best || hopCost(problem_, *found) < hopCost(problem_, *best))
            best = std::move(found);
        }
    if (best)
      return best;
    for (; s < end; ++s)
      for (const auto &[kind, next] : states_.all()[s].next)
        reachFrom(static_cast<int>(s), kind, next);
  }
  return std::nullopt;
}

bool Search::fits(int kind, int begin, int end) {
  const auto cuts = static_cast<size_t>(problem_.cuts() + 1);
  std::vector<char> &known = fits_[static_cast<size_t>(kind)];
  if (known.empty())
    known.resize(cuts * cuts);
  char &own = known[static_cast<size_t>(begin) * cuts + static_cast<size_t>(end)];
  if (own == 0)
    own = fitter_.fit(kind, begin, end, fitter_.loadsOf(kind, begin, end)) ? 1 : 2;
  return own == 1;
}

void Search::reachFrom(int state, int kind, int next) {
  const std::vector<char> &from = reached_[static_cast<size_t>(state)];
  std::vector<char> &to = reached_[static_cast<size_t>(next)];
  // What a later begin reaches need not be looked at from an earlier one, which reaches no further.
  int most = problem_.cuts();
  for (int begin = problem_.cuts() - 1; begin >= 0; --begin) {
    if (!from[static_cast<size_t>(begin)])
      continue;
    most = std::min(most, loose_.mostEnd(kind, begin));
    bool isExact = false;
    for (int end = begin + 1; end <= most; ++end) {
      if (to[static_cast<size_t>(end)] || !mayFinish(next, end))
        continue;
      if (fits(kind, begin, end))
        to[static_cast<size_t>(end)] = 1;
      else if (!std::exchange(isExact, true))
        most = std::min(most, fitter_.mostEnd(kind, begin));
    }
  }
}

/// The largest end of a part that leads to a state, as far as ends up to it fit; `begin` where none does.
int Search::furthest(int begin, int kind, int next) {
  std::vector<int> ends = {begin};
  for (int end = begin + 1; end <= loose_.mostEnd(kind, begin); ++end)
    if (mayFinish(next, end))
      ends.push_back(end);
  size_t low = 0, high = ends.size();
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (fits(kind, begin, ends[middle]) ? low : high) = middle;
  }
  return ends[low];
}

std::optional<Solution> Search::runFurthest() {
  most_ = problem_.mostFpgas;
  if (!mayFinish(0, 0))
    return std::nullopt;
  // Of each state only the furthest cut.
  std::vector<Step> ways(states_.all().size()); // the last step to it
  for (size_t s = 0; s < states_.all().size(); ++s) {
    if (s > 0 && ways[s].kind < 0)
      continue;
    if (ways[s].end == problem_.cuts()) {
      for (int at = static_cast<int>(s); at > 0; at = ways[static_cast<size_t>(at)].state)
        way_.push_back(ways[static_cast<size_t>(at)]);
      return assembled();
    }
    for (const auto &[kind, next] : states_.all()[s].next) {
      const int begin = ways[s].end, end = furthest(begin, kind, next);
      Step &way = ways[static_cast<size_t>(next)];
      if (end > begin && (way.kind < 0 || end > way.end))
        way = {static_cast<int>(s), kind, begin, end};
    }
  }
  return std::nullopt;
}

std::optional<Solution> Search::back(int state, int cut) {
  if (states_[state].fpgas == 0)
    return cut == 0 ? assembled() : std::nullopt;
  struct Candidate {
    int64_t traffic;
    int begin, state, kind;
    auto operator<=>(const Candidate &) const = default;
  };
  std::vector<Candidate> candidates;
  for (const auto &[before, kind] : before_[static_cast<size_t>(state)])
    for (int begin = 0; begin < cut; ++begin)
      if (reached_[static_cast<size_t>(before)][static_cast<size_t>(begin)] &&
          fitter_.mostEnd(kind, begin) >= cut)
        candidates.push_back({traffic_[static_cast<size_t>(begin)], begin, before, kind});
  std::sort(candidates.begin(), candidates.end());
  std::vector<Stretch> behind;
  for (const Step &step : way_)
    behind.push_back({step.kind, step.begin, step.end});
  for (const Candidate &c : candidates) {
    if (++tries_ > kMostTries)
      return std::nullopt;
    if (!fitter_.fit(c.kind, c.begin, cut, loadsBefore(c.kind, c.begin, cut, behind)))
      continue;
    way_.push_back({c.state, c.kind, c.begin, cut});
    if (std::optional<Solution> found = back(c.state, c.begin))
      return found;
    way_.pop_back();
  }
  return std::nullopt;
}

/// What streams ask of a part if those behind it are these.
Loads Search::loadsBefore(int kind, int begin, int end, llvm::ArrayRef<Stretch> behind) const {
  if (problem_.hops)
    return fitter_.loadsOf(kind, begin, end);
  return loadsOf(prepared_.streams(), kind, begin, end,
                 [&](const Stream &stream) { return othersOf(problem_, stream, begin, behind); });
}

/// The way found, with all that depends on where all layers are; nothing where that breaks the period or a
/// budget.
std::optional<Solution> Search::assembled() const {
  std::vector<int> kinds;
  for (auto step = way_.rbegin(); step != way_.rend(); ++step)
    kinds.push_back(step->kind);
  std::vector<std::vector<int>> fpgas = states_.fpgasOf(kinds);
  std::vector<Stretch> parts;
  for (const Step &step : way_)
    parts.push_back({step.kind, step.begin, step.end});
  Solution out;
  for (size_t i = 0; i < fpgas.size(); ++i) {
    std::optional<Part> part = placed(way_[way_.size() - 1 - i], std::move(fpgas[i]), parts, out.choices);
    if (!part)
      return std::nullopt;
    out.parts.push_back(std::move(*part));
  }
  auto period = periodOf(problem_, out);
  if (!period) {
    llvm::consumeError(period.takeError());
    return std::nullopt;
  }
  out.periodFs = *period;
  return out.periodFs <= prepared_.periodFs() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Part> Search::placed(const Step &step, std::vector<int> fpgas, llvm::ArrayRef<Stretch> parts,
                                   std::vector<int32_t> &choices) const {
  // Streams with several senders or receivers take more than the search has seen.
  const Loads loads = loadsBefore(step.kind, step.begin, step.end, parts);
  const std::optional<Filling> filling = hasFewestCrossings_
                                             ? fitter_.fewestCrossings(step.kind, step.begin, step.end, loads)
                                             : fitter_.fit(step.kind, step.begin, step.end, loads);
  if (!filling)
    return std::nullopt;
  const Kind &kind = problem_.kinds[static_cast<size_t>(step.kind)];
  int begin = step.begin;
  for (size_t i = 0; i < filling->ends.size(); ++i) {
    const auto die = static_cast<size_t>(dieAt(kind, filling->fromLast, i));
    auto own = fitter_.fitter().choices(step.kind, static_cast<int>(die), begin, filling->ends[i],
                                        kind.dies[die].capacity - loads.charges[die]);
    if (!own)
      return std::nullopt;
    choices.insert(choices.end(), own->begin(), own->end());
    begin = filling->ends[i];
  }
  return Part{step.kind, std::move(fpgas), step.begin, step.end, filling->fromLast, filling->ends};
}

} // namespace braid::partition
