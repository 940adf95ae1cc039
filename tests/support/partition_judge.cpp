#include "support/partition_judge.h"

#include "support/partition_terms.h"

#include <algorithm>
#include <set>

namespace braid::test {

using namespace partition;

namespace {

/// Whether a plan's FPGAs are those that its parts may have, in this order.
bool areFpgasLegal(const Problem &problem, const std::vector<Part> &parts) {
  std::vector<int> walk;
  std::set<int> turns;
  for (const Part &part : parts) {
    const Kind &kind = problem.kinds[part.kind];
    if (static_cast<int>(part.fpgas.size()) != kind.members)
      return false;
    for (int fpga : part.fpgas) {
      if (problem.fpgas[fpga].kind != memberKind(problem, part.kind))
        return false;
      walk.push_back(fpga);
    }
    if (kind.takesTurns)
      turns.insert(kind.members);
  }
  const int used = static_cast<int>(walk.size());
  if (std::set<int>(walk.begin(), walk.end()).size() != walk.size() || used < problem.fewestFpgas ||
      used > problem.mostFpgas || turns.size() > 1)
    return false;
  return problem.walks.empty() ||
         std::any_of(problem.walks.begin(), problem.walks.end(), [&](const std::vector<int> &whole) {
           return std::search(whole.begin(), whole.end(), walk.begin(), walk.end()) != whole.end();
         });
}

/// Terms of the period of a plan; none if it is not legal.
std::optional<Terms> planTerms(const Problem &problem, const Solution &solution) {
  std::vector<Span> spans;
  int cut = 0;
  for (const Part &part : solution.parts) {
    const std::vector<int> &ends = part.ends;
    if (part.begin != cut || part.end <= part.begin || ends.back() != part.end || ends.front() < part.begin ||
        ends.size() != problem.kinds[part.kind].dies.size() || !std::is_sorted(ends.begin(), ends.end()))
      return std::nullopt;
    spans.push_back({part.kind, part.begin, part.end});
    cut = part.end;
  }
  if (cut != problem.cuts() || solution.choices.size() != problem.layers.size() ||
      !areFpgasLegal(problem, solution.parts))
    return std::nullopt;
  Terms all;
  for (size_t q = 0; q < spans.size(); ++q) {
    const Spot at{problem, spans, q};
    const Span &span = spans[q];
    const std::vector<int> dieOf = diesOf(problem, solution.parts[q]);
    if (!problem.isCut(span.end) || !mayStand(at, dieOf))
      return std::nullopt;
    Terms terms = streamTerms(at);
    std::vector<Needs> used = streamNeeds(at);
    for (int l = span.begin; l < span.end; ++l) {
      if (static_cast<size_t>(solution.choices[l]) >= problem.table(l, span.kind).size())
        return std::nullopt;
      used[dieOf[l]] = plus(used[dieOf[l]], layerNeeds(at, dieOf, solution.choices, l));
      const int64_t cycles = problem.table(l, span.kind)[solution.choices[l]].cycles;
      terms["cycles"] = std::max(terms["cycles"], cyclesFs(at.kind(), cycles));
    }
    for (size_t d = 0; d < used.size(); ++d)
      if (!fits(used[d], at.kind().dies[d].capacity))
        return std::nullopt;
    const std::optional<int64_t> wires = wiresTerm(at, dieOf);
    if (!wires)
      return std::nullopt;
    terms["wires"] = *wires;
    for (const auto &[name, value] : terms)
      all[name] = std::max(all[name], value);
  }
  return all;
}

} // namespace

std::optional<int64_t> plainPeriod(const Problem &problem, const Solution &solution) {
  const std::optional<Terms> terms = planTerms(problem, solution);
  return terms ? std::optional(largest(*terms)) : std::nullopt;
}

std::vector<std::string> whatBinds(const Problem &problem, const Solution &solution) {
  const Terms terms = planTerms(problem, solution).value_or(Terms{});
  std::vector<std::string> names;
  for (const auto &[name, value] : terms)
    if (value == largest(terms))
      names.push_back(name);
  return names;
}

} // namespace braid::test
