#include "braid/partition/solve.h"

#include "certify.h"
#include "crossings.h"
#include "least_area.h"
#include "least_fill.h"
#include "search.h"

#include "braid/support/error.h"

#include "llvm/ADT/STLExtras.h"

namespace braid::partition {
namespace {

/// No plan is faster: each layer takes as long somewhere.
int64_t leastPeriod(const Problem &problem) {
  int64_t most = 0;
  for (int p = 0; p < problem.cuts(); ++p) {
    int64_t least = INT64_MAX;
    for (int kind = 0; kind < static_cast<int>(problem.kinds.size()); ++kind)
      if (problem.mayBeOn(p, kind))
        for (const Choice &choice : problem.table(p, kind))
          least = std::min(least, periodOfCycles(problem.kind(kind), choice.cycles));
    most = std::max(most, least);
  }
  return most;
}

/// Periods at which some choice becomes fast enough, ascending.
std::vector<int64_t> stepsOf(const Problem &problem) {
  std::vector<int64_t> out;
  for (size_t kind = 0; kind < problem.kinds.size(); ++kind) {
    std::vector<char> isUsed(problem.tables.size());
    for (const Layer &layer : problem.layers)
      if (layer.tables[kind] >= 0)
        isUsed[static_cast<size_t>(layer.tables[kind])] = 1;
    for (size_t table = 0; table < problem.tables.size(); ++table)
      if (isUsed[table])
        for (const Choice &choice : problem.tables[table])
          out.push_back(periodOfCycles(problem.kinds[kind], choice.cycles));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// The same problem with dies of which so much may be used.
Problem withLess(Problem problem, int64_t percent) {
  for (Kind &kind : problem.kinds)
    for (Die &die : kind.dies)
      for (int64_t &amount : die.capacity)
        amount = amount > 0 ? amount * percent / 100 : amount;
  return problem;
}

/// The same problem with so many channels of memory on a die.
Problem withChannels(Problem problem, int64_t most) {
  for (Kind &kind : problem.kinds)
    for (Die &die : kind.dies)
      die.capacity[kChannels] = std::min(die.capacity[kChannels], most);
  return problem;
}

/// The most channels that a die has; 0 where no choice takes any.
int64_t mostChannels(const Problem &problem) {
  int64_t most = 0;
  for (const Kind &kind : problem.kinds)
    for (const Die &die : kind.dies)
      most = std::max(most, die.capacity[kChannels]);
  const bool areTaken = llvm::any_of(problem.tables, [](const Table &table) {
    return llvm::any_of(table, [](const Choice &choice) { return choice.needs[kChannels] > 0; });
  });
  return areTaken ? most : 0;
}

class Solver {
public:
  explicit Solver(const Problem &problem) : problem_(problem), states_(problem), steps_(stepsOf(problem)) {}

  /// The best solution that is found.
  std::optional<Solution> search(const SolveOptions &options) const {
    Answer answer;
    answer.solution = find(options.atMostFs);
    if (!answer.solution)
      return std::nullopt;
    if (!options.isAnyPeriod)
      improve(answer);
    finish(answer, options);
    return std::move(answer.solution);
  }

  /// Better than one that is known: of a shorter period; where any will do, on fewer FPGAs.
  std::optional<Solution> searchBetter(const Solution &known, const SolveOptions &options) const {
    Answer answer;
    if (!options.isAnyPeriod) {
      answer.solution = findAny(known.periodFs - 1);
      if (!answer.solution)
        return std::nullopt;
      improve(answer);
    } else {
      const int count = fpgasOf(known);
      if (count <= problem_.fewestFpgas)
        return std::nullopt;
      Problem fewer = problem_;
      fewer.mostFpgas = count - 1;
      answer.solution = Solver(fewer).find(options.atMostFs);
      if (!answer.solution)
        return std::nullopt;
    }
    finish(answer, options);
    return std::move(answer.solution);
  }

  Answer proven(std::optional<Solution> solution, const SolveOptions &options) const {
    Answer answer;
    answer.solution = std::move(solution);
    if (!options.certify)
      return answer;
    if (!answer.solution) {
      if (auto certificate = certify(Prepared(problem_, options.atMostFs), states_))
        answer.certificate = std::move(*certificate);
      boundAnywhere(answer.certificate, options.atMostFs);
    } else if (!options.isAnyPeriod) {
      bound(answer);
      boundAnywhere(answer.certificate, answer.solution->periodFs - 1);
    }
    return answer;
  }

private:
  /// Of plans as good, one that costs less.
  void finish(Answer &answer, const SolveOptions &options) const {
    if (!options.isAnyPeriod) {
      cross(answer, answer.solution->periodFs);
      balance(answer, answer.solution->periodFs);
    } else if (options.isLeastArea) {
      const Prepared prepared(problem_, options.atMostFs);
      cross(answer, options.atMostFs);
      balance(answer, options.atMostFs);
      takeLess(prepared, *answer.solution);
    }
  }

  std::optional<Solution> find(int64_t periodFs) const {
    return Search(Prepared(problem_, periodFs), states_).run();
  }

  /// The same, on any number of FPGAs.
  std::optional<Solution> findAny(int64_t periodFs) const {
    const Prepared prepared(problem_, periodFs);
    auto found = Search(prepared, states_).runFurthest();
    return found ? std::move(found) : Search(prepared, states_).run();
  }

  /// The number of the first step above a period.
  size_t above(int64_t periodFs) const {
    return static_cast<size_t>(std::upper_bound(steps_.begin(), steps_.end(), periodFs) - steps_.begin());
  }

  /// Bisection, first over the steps, then between two of them, where only links and wires count.
  void improve(Answer &answer) const {
    int64_t low = leastPeriod(problem_) - 1; // nothing is found at `low`
    size_t first = above(low), last = above(answer.solution->periodFs - 1);
    while (first < last) {
      const size_t middle = (first + last) / 2;
      if (auto better = findAny(steps_[middle])) {
        answer.solution = std::move(better);
        last = std::min(middle, above(answer.solution->periodFs - 1));
      } else {
        low = steps_[middle];
        first = middle + 1;
      }
    }
    // Most often only choices count, and a step is the end.
    while (answer.solution->periodFs - low > 1) {
      auto better = findAny(answer.solution->periodFs - 1);
      if (!better)
        break;
      answer.solution = std::move(better);
      const int64_t middle = low + (answer.solution->periodFs - low) / 2;
      if (middle <= low)
        break;
      if (auto half = findAny(middle))
        answer.solution = std::move(half);
      else
        low = middle;
    }
  }

  /// Of plans of at most a period on as few FPGAs, the one of least hop cost.
  void cross(Answer &answer, int64_t atMostFs) const {
    if (auto other = asCheap(problem_, atMostFs, *answer.solution))
      answer.solution = std::move(other);
  }

  /// A plan of a problem like this one, of at most a period, on as few FPGAs and of as low a hop cost.
  std::optional<Solution> asCheap(const Problem &problem, int64_t atMostFs, const Solution &known) const {
    const int64_t hops = hopCost(problem_, known);
    const Prepared prepared(problem, atMostFs);
    auto other = Search(prepared, states_).runFewestCrossings(fpgasOf(known), hops);
    return other && hopCost(problem_, *other) <= hops ? std::move(other) : std::nullopt;
  }

  /// Of plans as good otherwise, one whose fullest die is less full.
  void balance(Answer &answer, int64_t atMostFs) const {
    int64_t low = 0, high = std::min<int64_t>(100, fullestPercent(problem_, *answer.solution));
    constexpr int64_t kFine = 6; ///< Percent
    while (high - low > kFine) {
      const int64_t middle = (low + high) / 2;
      if (auto other = asCheap(withLess(problem_, middle), atMostFs, *answer.solution)) {
        answer.solution = std::move(other);
        high = std::min(middle, fullestPercent(problem_, *answer.solution));
      } else {
        low = middle;
      }
    }
  }

  /// The largest period that no plan has for sure.
  void bound(Answer &answer) const {
    const int64_t best = answer.solution->periodFs - 1;
    if (best < 1)
      return;
    if (auto certificate = certify(Prepared(problem_, best), states_)) {
      answer.certificate = std::move(*certificate);
      return;
    }
    size_t low = 0, high = above(best); // steps[low - 1] - 1 is excluded, or low is 0
    while (low < high) {
      const size_t middle = (low + high) / 2;
      auto certificate = certify(Prepared(problem_, steps_[middle] - 1), states_);
      if (certificate) {
        answer.certificate = std::move(*certificate);
        low = middle + 1;
      } else {
        high = middle;
      }
    }
  }

  void boundAnywhere(Certificate &certificate, int64_t mostFs) const {
    const auto consider = [&](int64_t periodFs) {
      if (periodFs < 1)
        return false;
      auto weights = excludeAnywhere(Prepared(problem_, periodFs));
      if (weights) {
        certificate.anywhereFs = periodFs;
        certificate.anywhereWeights = std::move(*weights);
      }
      return weights.has_value();
    };
    if (consider(mostFs))
      return;
    size_t low = 0, high = above(mostFs);
    while (low < high) {
      const size_t middle = (low + high) / 2;
      consider(steps_[middle] - 1) ? low = middle + 1 : high = middle;
    }
  }

  const Problem &problem_;
  States states_;
  std::vector<int64_t> steps_;
};

} // namespace

void hasten(const Problem &problem, Solution &solution, int64_t percent) {
  takeSooner(Prepared(problem, solution.periodFs), solution,
             std::max(percent, fullestPercent(problem, solution)));
}

int fpgasOf(const Solution &solution) {
  size_t sum = 0;
  for (const Part &part : solution.parts)
    sum += part.fpgas.size();
  return static_cast<int>(sum);
}

Answer solve(const Problem &problem, const SolveOptions &options) {
  const Solver solver(problem);
  const int64_t channels = mostChannels(problem);
  if (channels == 0)
    return solver.proven(solver.search(options), options);
  // Channels of memory are taken where that gains something, and then as few as do.
  const Problem without = withChannels(problem, 0);
  std::optional<Solution> best = Solver(without).search(options);
  std::optional<Solution> better = best ? solver.searchBetter(*best, options) : solver.search(options);
  if (better) {
    best = std::move(better);
    const SolveOptions same{.atMostFs = options.isAnyPeriod ? options.atMostFs : best->periodFs,
                            .isAnyPeriod = true,
                            .isLeastArea = true};
    int64_t low = 0, high = channels;
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      const Problem fewer = withChannels(problem, middle);
      std::optional<Solution> other = Solver(fewer).search(same);
      if (other && fpgasOf(*other) <= fpgasOf(*best) && hopCost(problem, *other) <= hopCost(problem, *best))
        best = std::move(other), high = middle;
      else
        low = middle;
    }
  }
  return solver.proven(std::move(best), options);
}

} // namespace braid::partition
