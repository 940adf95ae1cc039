#include "on_die.h"

#include "braid/support/error.h"

#include "llvm/ADT/STLExtras.h"

namespace braid::partition {

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

std::vector<int32_t> choicesOf(llvm::ArrayRef<const Row *> rows) {
  std::vector<int32_t> out;
  for (const Row *row : rows)
    out.push_back(row->choice);
  return out;
}

void replaceChoices(const Prepared &prepared, Solution &solution,
                    llvm::function_ref<std::vector<int32_t>(const OnDie &, const Needs &)> better) {
  const Problem &problem = prepared.problem();
  for (const OnDie &on : diesOf(problem, solution)) {
    const Needs room = problem.kind(on.part.kind).dies[on.die].capacity -
                       chargesOf(prepared.streams(), solution, on.part)[on.die];
    llvm::copy(better(on, room), solution.choices.begin() + on.begin);
  }
  auto period = periodOf(problem, solution);
  BRAID_CHECK(static_cast<bool>(period), "other choices break a plan");
  solution.periodFs = *period;
}

} // namespace braid::partition
