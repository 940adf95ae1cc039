// What a certificate claims of all plans, for checker.cpp: states, `anywhere`, and the verdict on the whole.
#pragma once

#include "checker_facts.h"

namespace braid::certify {

/// Walks and what they reach.
class States {
public:
  using State = std::vector<int>;
  explicit States(const Problem &problem) : p_(problem) {}
  State start() const { return State(p_.walks.empty() ? p_.kinds.size() : 0, 0); }
  int sizeOf(const State &state) const;
  bool isState(const State &state) const;
  /// With one more FPGA, of that kind; none if there is no such walk.
  std::optional<State> following(const State &state, int kind) const;

private:
  const Problem &p_;
};

inline int States::sizeOf(const State &state) const {
  int sum = static_cast<int>(state.size());
  if (p_.walks.empty())
    for (sum = 0; int used : state)
      sum += used;
  return sum;
}

inline bool States::isState(const State &state) const {
  if (!p_.walks.empty()) {
    const auto isKind = [&](int fpga, int kind) { return p_.fpgas[fpga].kind == kind; };
    return std::any_of(p_.walks.begin(), p_.walks.end(), [&](const std::vector<int> &walk) {
      return std::search(walk.begin(), walk.end(), state.begin(), state.end(), isKind) != walk.end() ||
             state.empty();
    });
  }
  std::vector<int> left(p_.kinds.size(), 0);
  for (const Fpga &fpga : p_.fpgas)
    ++left[fpga.kind];
  return std::equal(state.begin(), state.end(), left.begin(), left.end(), std::less_equal<>());
}

inline std::optional<States::State> States::following(const State &state, int kind) const {
  State next = state;
  if (p_.walks.empty())
    ++next[kind];
  else
    next.push_back(kind);
  return sizeOf(next) <= p_.most && isState(next) ? std::optional(next) : std::nullopt;
}

inline void checkContiguous(const Problem &p, int64_t period, const Value &file) {
  using Cuts = std::vector<char>; // By cut, whether it is in
  Facts facts(p, period);
  const States walks(p);
  const Value proofs = file["proofs"], states = file["states"];
  for (size_t i = 0, n = proofs.size(0, 10 * kMany); i < n; ++i)
    facts.add(proofs.at(i));
  std::map<States::State, Cuts> cutsOf;
  for (size_t i = 0, n = states.size(0, 10 * kMany); i < n; ++i) {
    const Value v = states.at(i);
    v.onlyKeys({"state", "cuts"});
    const States::State state = v["state"].indices(0, 0, kMany);
    if (!walks.isState(state) || walks.sizeOf(state) > p.most || cutsOf.contains(state))
      v["state"].bad("is no state, or one that was there before");
    Cuts cuts(p.n + 1, 0);
    for (int cut : v["cuts"].ascending(0, p.n)) {
      if (!p.isCut(cut))
        v["cuts"].bad("has " + std::to_string(cut) + ", where no FPGA may end");
      cuts[cut] = 1;
    }
    if (cuts[p.n] && walks.sizeOf(state) >= p.fewest)
      throw Rejected(v.path() + ": reaches the last layer");
    cutsOf[state] = cuts;
  }
  const States::State start = walks.start();
  if (!cutsOf.contains(start) || !cutsOf[start][0])
    throw Rejected(states.path() + ": do not begin at the first layer");
  for (int k = 0; k < static_cast<int>(p.kinds.size()); ++k) {
    std::map<int, Cuts> wanted; // By begin, the ends that some state cannot reach
    for (const auto &[state, cuts] : cutsOf)
      if (const std::optional<States::State> next = walks.following(state, k)) {
        const auto found = cutsOf.find(*next);
        for (int a = 0; a < p.n; ++a) {
          if (!cuts[a])
            continue;
          Cuts &row = wanted.try_emplace(a, p.n + 1, 0).first->second;
          for (int b = a + 1; b <= p.n; ++b)
            row[b] |= found == cutsOf.end() || !found->second[b];
        }
      }
    for (const auto &[a, row] : wanted) {
      const Proof *last = nullptr;
      for (int b = a + 1; b <= p.n; ++b)
        if (row[b] && p.isCut(b) && !facts.isImpossible(k, a, b, last))
          throw Rejected(states.path() + ": layers " + range(a, b) + " on kind " + std::to_string(k) +
                         " are neither among them nor impossible by a proof");
    }
  }
}

inline void checkAnywhere(const Problem &p, int64_t period, const Value &v) {
  const Facts facts(p, period);
  const auto weights = v.each(p.kinds.size(), p.kinds.size(), [&](const Value &kind) {
    return kind.each(1, 16, [](const Value &die) { return die.needs(); });
  });
  std::vector<Wide> room;
  for (const Fpga &fpga : p.fpgas) {
    const std::vector<Needs> &dies = p.kinds[fpga.kind].dies;
    if (weights[fpga.kind].size() != dies.size())
      v.bad("has not one list of weights for each die");
    room.push_back(0);
    for (size_t d = 0; d < dies.size(); ++d)
      room.back() += weigh(weights[fpga.kind][d], dies[d]);
  }
  std::sort(room.rbegin(), room.rend());
  room.resize(std::min(room.size(), size_t(p.most)));
  std::set<int> kinds;
  for (const Fpga &fpga : p.fpgas)
    kinds.insert(fpga.kind);
  Wide needed = 0, given = 0;
  for (Wide r : room)
    given += r;
  for (const Layer &layer : p.layers) {
    Wide least = kNever;
    for (int k : kinds)
      for (size_t d = 0; d < weights[k].size() && layer.tables[k] >= 0; ++d)
        if (layer.die < 0 || layer.die == static_cast<int>(d))
          for (int row : facts.bestRows(layer.tables[k], k, static_cast<int>(d)))
            least = std::min(least, weigh(weights[k][d], p.tables[layer.tables[k]][row].needs));
    if (least == kNever)
      return;
    needed += least;
  }
  if (needed <= given)
    throw Rejected(v.path() + ": the layers may fit, contiguous or not");
}

/// What is proved, in a line; throws Malformed or Rejected.
inline std::string judge(const Json &problemFile, const Json &certificate) {
  const Problem problem = readProblem(Value(problemFile, "problem"));
  const Value file(certificate, "certificate");
  file.onlyKeys({"schema", "plan", "infeasible_fs", "states", "proofs", "anywhere"});
  if (file["schema"].string() != "braid-certificate-1")
    file["schema"].bad("is not braid-certificate-1");
  std::optional<int64_t> period;
  if (file.has("plan"))
    period = checkPlan(problem, file["plan"]);
  std::string said = period ? "plan: legal, period " + text(*period) + " fs" : "plan: none";
  const auto refute = [&](const Value &bound, const auto &check) {
    const int64_t infeasible = bound.number(0, kLongest);
    if (period && infeasible >= *period)
      throw Rejected(bound.path() + ": the plan has a period of " + text(*period) + " fs");
    if (infeasible)
      check(infeasible);
    return infeasible;
  };
  const int64_t infeasible =
      refute(file["infeasible_fs"], [&](int64_t fs) { checkContiguous(problem, fs, file); });
  said += "; contiguous plans: none at most " + text(infeasible) + " fs";
  if (period && infeasible == *period - 1)
    said += " (proven optimal)";
  else if (period) {
    const Wide gap = (Wide(*period - infeasible - 1) * 10000 + *period - 1) / *period; // Rounded up
    said += " (bound " + text(infeasible + 1) + ", gap " + text(gap / 100) + "." + text(gap / 10 % 10) +
            text(gap % 10) + " %)";
  }
  if (file.has("anywhere")) {
    const Value anywhere = file["anywhere"];
    anywhere.onlyKeys({"infeasible_fs", "weights"});
    const int64_t fs =
        refute(anywhere["infeasible_fs"], [&](int64_t t) { checkAnywhere(problem, t, anywhere["weights"]); });
    said += "; any placement: none at most " + text(fs) + " fs";
  }
  return said;
}

} // namespace braid::certify
