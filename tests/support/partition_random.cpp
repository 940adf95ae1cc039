#include "support/partition_random.h"

#include "support/networks.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

namespace braid::test {

using namespace partition;

namespace {

bool oneIn(Random &random, int64_t n) { return draw(random, 1, n) == 1; }

Needs drawNeeds(Random &random, int64_t most, const std::vector<size_t> &resources) {
  Needs needs = {};
  for (size_t r : resources)
    needs[r] = draw(random, 0, most);
  return needs;
}

Kind drawKind(Random &random, const ProblemLimits &limits, const std::vector<size_t> &resources, int64_t room,
              int index) {
  Kind kind;
  kind.name = "kind" + std::to_string(index);
  kind.cycleFs = draw(random, 2, 7);
  const int64_t dies = oneIn(random, 4) ? limits.dies : draw(random, 1, std::min(2, limits.dies));
  for (int64_t d = 0; d < dies; ++d) {
    Die die{"die" + std::to_string(d), {}};
    for (size_t r : resources)
      die.capacity[r] = draw(random, room / 2, 2 * room) / dies;
    kind.dies.push_back(die);
  }
  if (limits.wires && dies > 1 && !oneIn(random, 3))
    kind.wires = draw(random, 4, 24);
  kind.portDie = static_cast<int>(draw(random, 0, dies - 1));
  kind.hostDie = static_cast<int>(draw(random, 0, dies - 1));
  if (oneIn(random, 2))
    kind.stack = drawNeeds(random, room / 3, resources);
  kind.hasPortPerSide = oneIn(random, 2);
  kind.hostSharesPort = oneIn(random, 3);
  return kind;
}

/// A layer of some work: the faster a choice, the more it needs.
Table drawTable(Random &random, const ProblemLimits &limits, const std::vector<size_t> &resources,
                int64_t classes) {
  Table table;
  const int64_t work = draw(random, 4, 40);
  const Needs each = drawNeeds(random, 6, resources), fixed = drawNeeds(random, 3, resources);
  for (int64_t i = draw(random, 1, limits.choices); i > 0; --i) {
    const int64_t units = draw(random, 1, 6);
    Choice choice{(work + units - 1) / units,
                  {},
                  static_cast<int32_t>(draw(random, 0, classes - 1)),
                  static_cast<int32_t>(draw(random, 0, classes - 1))};
    for (size_t r : resources)
      choice.needs[r] = std::max<int64_t>(0, each[r] * units + fixed[r] + draw(random, -1, 1));
    table.push_back(choice);
  }
  return table;
}

Stream drawStream(Random &random, const Problem &problem, int from, const std::vector<size_t> &resources) {
  const int n = problem.cuts();
  Stream stream;
  stream.name = "stream" + std::to_string(problem.streams.size());
  stream.from = from;
  std::set<int> to;
  // Mostly to the next layer, sometimes far, sometimes to several.
  to.insert(oneIn(random, 3) ? static_cast<int>(draw(random, from + 1, from < 0 ? n - 1 : n)) : from + 1);
  while (oneIn(random, 3))
    to.insert(static_cast<int>(draw(random, from + 1, from < 0 ? n - 1 : n)));
  stream.to.assign(to.begin(), to.end());
  stream.elements = draw(random, 1, 60);
  stream.elementBits = draw(random, 1, 4);
  stream.linkFs = draw(random, 0, oneIn(random, 3) ? 160 : 40);
  stream.hostFs = draw(random, 0, oneIn(random, 4) ? 90 : 20);
  for (size_t k = 0; k < problem.kinds.size(); ++k)
    stream.ends.push_back({drawNeeds(random, 3, resources), drawNeeds(random, 3, resources),
                           drawNeeds(random, 3, resources), drawNeeds(random, 3, resources),
                           oneIn(random, 2) ? 0 : draw(random, 1, 12)});
  return stream;
}

/// What is on an FPGA, told as README tells it.
struct Spot {
  const Problem &problem;
  const std::vector<int> &partOf; ///< By layer
  int part, kind, begin, end;
  bool has(int layer) const { return layer >= begin && layer < end; }
  template <class Is> bool someReader(const Stream &s, Is is) const {
    return std::any_of(s.to.begin(), s.to.end(), is);
  }
  bool isReadHere(const Stream &s) const {
    return someReader(s, [&](int t) { return has(t); });
  }
  bool isReadBehind(const Stream &s) const {
    return someReader(s, [&](int t) { return end <= t && t < problem.cuts(); });
  }
  bool received(const Stream &s) const {
    return 0 <= s.from && s.from < begin && (isReadHere(s) || (problem.hops && isReadBehind(s)));
  }
  bool sent(const Stream &s) const { return has(s.from) && isReadBehind(s); }
  bool forwarded(const Stream &s) const {
    return problem.hops && 0 <= s.from && s.from < begin && isReadBehind(s);
  }
  bool fromHost(const Stream &s) const { return s.from == -1 && isReadHere(s); }
  bool toHost(const Stream &s) const {
    return has(s.from) && someReader(s, [&](int t) { return t == problem.cuts(); });
  }
  int64_t receivers(const Stream &s) const {
    std::set<int> parts;
    for (int t : s.to)
      if (t < problem.cuts() && partOf[t] != part)
        parts.insert(partOf[t]);
    return problem.hops ? 1 : static_cast<int64_t>(parts.size());
  }
};

Needs plus(Needs a, const Needs &b, int64_t times = 1) {
  for (size_t r = 0; r < kResources; ++r)
    a[r] += times * b[r];
  return a;
}
bool fits(const Needs &needs, const Needs &room) {
  for (size_t r = 0; r < kResources; ++r)
    if (needs[r] > room[r])
      return false;
  return true;
}

/// Terms of the period.
using Terms = std::map<std::string, int64_t>;
int64_t largest(const Terms &terms) {
  int64_t most = 0;
  for (const auto &[name, value] : terms)
    most = std::max(most, value);
  return most;
}

Terms streamTerms(const Spot &at) {
  const Kind &kind = at.problem.kinds[at.kind];
  int64_t in = 0, out = 0, hostIn = 0, hostOut = 0, mover = 0;
  for (const Stream &s : at.problem.streams) {
    if (at.received(s))
      in += s.linkFs;
    if (at.sent(s))
      out += s.linkFs * at.receivers(s);
    if (at.forwarded(s))
      out += s.linkFs;
    if (at.fromHost(s))
      hostIn += s.hostFs;
    if (at.toHost(s))
      hostOut += s.hostFs;
    if (at.received(s) || at.sent(s) || at.forwarded(s) || at.fromHost(s) || at.toHost(s))
      mover = std::max(mover, s.ends[at.kind].cycles * kind.cycleFs);
  }
  Terms terms{{"link", std::max(in, out)}, {"host", std::max(hostIn, hostOut)}, {"mover", mover}};
  if (kind.hostSharesPort)
    terms["shared port"] = std::max(in + hostIn, out + hostOut);
  return terms;
}

/// What streams' ends take, by die.
std::vector<Needs> streamNeeds(const Spot &at) {
  const Kind &kind = at.problem.kinds[at.kind];
  std::vector<Needs> dies(kind.dies.size(), Needs{});
  bool in = false, out = false;
  for (const Stream &s : at.problem.streams) {
    const Stream::Ends &ends = s.ends[at.kind];
    Needs &port = dies[kind.portDie], &host = dies[kind.hostDie];
    if (at.received(s))
      port = plus(port, ends.receive);
    if (at.sent(s))
      port = plus(port, ends.send, at.receivers(s));
    if (at.forwarded(s))
      port = plus(port, ends.send);
    if (at.fromHost(s))
      host = plus(host, ends.fromHost);
    if (at.toHost(s))
      host = plus(host, ends.toHost);
    in = in || at.received(s);
    out = out || at.sent(s) || at.forwarded(s);
  }
  const int64_t stacks = kind.hasPortPerSide ? int64_t(in) + int64_t(out) : int64_t(in || out);
  dies[kind.portDie] = plus(dies[kind.portDie], kind.stack, stacks);
  return dies;
}

/// The least period at which the wires suffice: by trying 1, 2, 3, ... cycles; none if they never do.
std::optional<int64_t> wiresTerm(const Spot &at, const std::vector<int> &dieOf) {
  const Kind &kind = at.problem.kinds[at.kind];
  const int dies = static_cast<int>(kind.dies.size());
  if (kind.wires == 0)
    return 0;
  int64_t term = 0;
  for (int d = 0; d + 1 < dies; ++d) {
    std::vector<const Stream *> crossing;
    for (const Stream &s : at.problem.streams) {
      bool below = false, above = false;
      const auto place = [&](int die) { (die <= d ? below : above) = true; };
      if (at.has(s.from))
        place(dieOf[s.from]);
      for (int t : s.to)
        if (at.has(t))
          place(dieOf[t]);
      if (at.received(s) || at.sent(s) || at.forwarded(s))
        place(kind.portDie);
      if (at.fromHost(s) || at.toHost(s))
        place(kind.hostDie);
      if (below && above)
        crossing.push_back(&s);
    }
    if (crossing.empty())
      continue;
    int64_t most = 1, cycles = 1;
    for (const Stream *s : crossing)
      most = std::max(most, s->elements);
    const auto wires = [&] {
      int64_t sum = 0;
      for (const Stream *s : crossing)
        sum += s->elementBits * ((s->elements + cycles - 1) / cycles);
      return sum;
    };
    while (cycles <= most && wires() > kind.wires)
      ++cycles;
    if (wires() > kind.wires)
      return std::nullopt;
    term = std::max(term, cycles * kind.cycleFs);
  }
  return term;
}

Needs layerNeeds(const Spot &at, const std::vector<int> &dieOf, const std::vector<int32_t> &choices,
                 int layer) {
  const Layer &l = at.problem.layers[layer];
  const Choice &choice = at.problem.table(layer, at.kind)[choices[layer]];
  Needs needs = choice.needs;
  if (layer > at.begin && dieOf[layer - 1] == dieOf[layer] && !l.words.empty() && l.words[at.kind] >= 0)
    needs = plus(needs,
                 at.problem.words[l.words[at.kind]]
                                 [at.problem.table(layer - 1, at.kind)[choices[layer - 1]].out][choice.in]);
  return needs;
}

/// A part's best way.
struct PartWay {
  int64_t period;
  Part part;
  std::vector<int32_t> choices; // By layer of the problem
};

std::vector<int> diesOf(const Problem &problem, int kind, const Part &part) {
  const int dies = static_cast<int>(problem.kinds[kind].dies.size());
  std::vector<int> dieOf(problem.layers.size(), -1);
  for (int l = part.begin; l < part.end; ++l) {
    int d = 0;
    while (part.ends[d] <= l)
      ++d;
    dieOf[l] = part.fromLast ? dies - 1 - d : d;
  }
  return dieOf;
}

bool mayStand(const Problem &problem, int kind, int begin, int end, const std::vector<int> &dieOf) {
  for (int l = begin; l < end; ++l)
    if (!problem.mayBeOn(l, kind) || (problem.layers[l].die >= 0 && problem.layers[l].die != dieOf[l]))
      return false;
  return true;
}

std::optional<PartWay> bestWay(const Spot &at) {
  const Problem &problem = at.problem;
  const Kind &kind = problem.kinds[at.kind];
  const std::vector<Needs> charges = streamNeeds(at);
  for (size_t d = 0; d < charges.size(); ++d)
    if (!fits(charges[d], kind.dies[d].capacity))
      return std::nullopt;
  const int64_t streams = largest(streamTerms(at));
  std::optional<PartWay> best;
  std::set<std::vector<int>> tried;
  Part part{0, at.begin, at.end, false, std::vector<int>(kind.dies.size(), at.end)};
  std::vector<int32_t> choices(problem.layers.size(), 0);
  const auto tryDies = [&] {
    const std::vector<int> dieOf = diesOf(problem, at.kind, part);
    if (!tried.insert(dieOf).second || !mayStand(problem, at.kind, at.begin, at.end, dieOf))
      return;
    const std::optional<int64_t> wires = wiresTerm(at, dieOf);
    if (!wires)
      return;
    std::vector<Needs> used = charges;
    std::function<void(int, int64_t)> choose = [&](int layer, int64_t period) {
      if (best && period >= best->period)
        return;
      if (layer == at.end) {
        best = PartWay{period, part, choices};
        return;
      }
      const Table &table = problem.table(layer, at.kind);
      for (size_t c = 0; c < table.size(); ++c) {
        choices[layer] = static_cast<int32_t>(c);
        Needs &die = used[dieOf[layer]];
        const Needs before = die;
        die = plus(die, layerNeeds(at, dieOf, choices, layer));
        if (fits(die, kind.dies[dieOf[layer]].capacity))
          choose(layer + 1, std::max(period, table[c].cycles * kind.cycleFs));
        die = before;
      }
    };
    choose(at.begin, std::max(streams, *wires));
  };
  std::function<void(size_t, int)> cutDies = [&](size_t d, int from) {
    if (d + 1 == part.ends.size()) {
      tryDies();
      return;
    }
    for (int end = from; end <= at.end; ++end) {
      part.ends[d] = end;
      cutDies(d + 1, end);
    }
  };
  for (bool fromLast : {false, true}) {
    part.fromLast = fromLast;
    cutDies(0, at.begin);
  }
  return best;
}

std::vector<int> partsOf(const std::vector<int> &cuts, int n) {
  std::vector<int> partOf(n, 0);
  for (int l = 0; l < n; ++l)
    while (cuts[partOf[l] + 1] <= l)
      ++partOf[l];
  return partOf;
}

} // namespace

Problem randomProblem(uint64_t seed, const ProblemLimits &limits) {
  Random random(seed * 2654435761u + 17);
  Problem problem;
  std::vector<size_t> resources(kResources);
  std::iota(resources.begin(), resources.end(), 0);
  std::shuffle(resources.begin(), resources.end(), random);
  resources.resize(static_cast<size_t>(draw(random, 1, 3)));
  const int n = static_cast<int>(draw(random, oneIn(random, 6) ? 1 : 3, limits.layers));
  const int fpgas = static_cast<int>(std::max(draw(random, 1, limits.fpgas), draw(random, 1, limits.fpgas)));
  const int kinds = static_cast<int>(draw(random, 1, 2));
  // Chosen so that about three of four problems have a plan.
  const int64_t room = 7 + 18 * n / fpgas * draw(random, 70, 200) / 100;
  for (int k = 0; k < kinds; ++k)
    problem.kinds.push_back(drawKind(random, limits, resources, room, k));
  for (int f = 0; f < fpgas; ++f)
    problem.fpgas.push_back({"fpga" + std::to_string(f), static_cast<int>(draw(random, 0, kinds - 1))});
  problem.hops = oneIn(random, 2);
  problem.fewestFpgas = oneIn(random, 3) ? static_cast<int>(draw(random, 1, fpgas)) : 1;
  problem.mostFpgas = oneIn(random, 3) ? static_cast<int>(draw(random, problem.fewestFpgas, fpgas)) : fpgas;
  if (oneIn(random, 2))
    for (int64_t w = draw(random, 1, 3); w > 0; --w) {
      std::vector<int> walk(fpgas);
      std::iota(walk.begin(), walk.end(), 0);
      std::shuffle(walk.begin(), walk.end(), random);
      walk.resize(oneIn(random, 4) ? static_cast<size_t>(draw(random, 1, fpgas)) : walk.size());
      problem.walks.push_back(walk);
    }
  const int64_t classes = limits.converters ? draw(random, 1, 3) : 1;
  Random pins(seed); // of its own: the rest stays as it is
  for (int l = 0; l < n; ++l) {
    Layer layer;
    layer.name = "layer" + std::to_string(l);
    const bool hasWords = limits.converters && oneIn(random, 2);
    for (int k = 0; k < kinds; ++k) {
      if (kinds > 1 && oneIn(random, 12)) {
        layer.tables.push_back(-1);
      } else {
        problem.tables.push_back(drawTable(random, limits, resources, classes));
        layer.tables.push_back(static_cast<int32_t>(problem.tables.size()) - 1);
      }
      if (!hasWords)
        continue;
      Words words(classes, std::vector<Needs>(classes));
      for (int64_t out = 0; out < classes; ++out)
        for (int64_t in = 0; in < classes; ++in)
          words[out][in] = out == in ? Needs{} : drawNeeds(random, 12, resources);
      problem.words.push_back(words);
      layer.words.push_back(oneIn(random, 8) ? -1 : static_cast<int32_t>(problem.words.size()) - 1);
    }
    if (oneIn(random, 14)) // On a die of one kind, perhaps not of the other
      layer.die = static_cast<int>(draw(random, 0, int64_t(problem.kinds[random() % kinds].dies.size()) - 1));
    layer.staysWithLast = l > 0 && oneIn(random, 8);
    if (oneIn(pins, 24)) // pinned to an FPGA that is a kind of its own
      for (size_t k = 0, only = pins() % layer.tables.size(); k < layer.tables.size(); ++k)
        if (k != only && layer.tables[only] >= 0)
          layer.tables[k] = -1;
    problem.layers.push_back(layer);
  }
  for (int from = -1; from < n; ++from)
    for (int64_t s = oneIn(random, 6) ? draw(random, 0, 2) : 1; s > 0; --s)
      problem.streams.push_back(drawStream(random, problem, from, resources));
  return problem;
}

void countFeatures(const Problem &problem, Counts &counts) {
  const auto count = [&](const char *name, bool has) { counts[name] += has; };
  const auto some = [](const auto &all, auto is) { return std::any_of(all.begin(), all.end(), is); };
  const int n = problem.cuts();
  count("one layer", n == 1);
  count("six layers", n >= 6);
  count("two kinds", problem.kinds.size() > 1);
  count("mixed FPGAs", some(problem.fpgas, [&](const Fpga &f) { return f.kind != problem.fpgas[0].kind; }));
  count("three FPGAs", problem.fpgas.size() > 2);
  count("walks", !problem.walks.empty());
  count("several walks", problem.walks.size() > 1);
  count("hops", problem.hops);
  count("fewest", problem.fewestFpgas > 1);
  count("most", problem.mostFpgas < static_cast<int>(problem.fpgas.size()));
  count("two dies", some(problem.kinds, [](const Kind &k) { return k.dies.size() == 2; }));
  count("three dies", some(problem.kinds, [](const Kind &k) { return k.dies.size() == 3; }));
  count("wires", some(problem.kinds, [](const Kind &k) { return k.wires > 0; }));
  count("stack", some(problem.kinds, [](const Kind &k) { return k.stack != Needs{}; }));
  count("port per side", some(problem.kinds, [](const Kind &k) { return k.hasPortPerSide; }));
  count("host shares port", some(problem.kinds, [](const Kind &k) { return k.hostSharesPort; }));
  count("converters", !problem.words.empty());
  count("pinned die", some(problem.layers, [](const Layer &l) { return l.die >= 0; }));
  count("stays with last", some(problem.layers, [](const Layer &l) { return l.staysWithLast; }));
  count("not on a kind",
        some(problem.layers, [&](const Layer &l) { return some(l.tables, [](int t) { return t < 0; }); }));
  count("several readers", some(problem.streams, [](const Stream &s) { return s.to.size() > 1; }));
  count("skip",
        some(problem.streams, [](const Stream &s) { return s.from >= 0 && s.to.back() > s.from + 1; }));
  count("host and layers read",
        some(problem.streams, [&](const Stream &s) { return s.to.size() > 1 && s.to.back() == n; }));
  count("host to several",
        some(problem.streams, [](const Stream &s) { return s.from < 0 && s.to.size() > 1; }));
}

std::vector<std::vector<int>> allWalks(const Problem &problem) {
  std::set<std::vector<int>> all;
  const auto isLong = [&](size_t m) {
    return static_cast<int>(m) >= problem.fewestFpgas && static_cast<int>(m) <= problem.mostFpgas;
  };
  for (const std::vector<int> &walk : problem.walks)
    for (size_t begin = 0; begin < walk.size(); ++begin)
      for (size_t end = begin + 1; end <= walk.size(); ++end)
        if (isLong(end - begin))
          all.insert({walk.begin() + static_cast<long>(begin), walk.begin() + static_cast<long>(end)});
  if (problem.walks.empty()) {
    std::vector<int> walk;
    std::function<void()> extend = [&] {
      if (isLong(walk.size()))
        all.insert(walk);
      for (int f = 0; f < static_cast<int>(problem.fpgas.size()); ++f)
        if (std::find(walk.begin(), walk.end(), f) == walk.end()) {
          walk.push_back(f);
          extend();
          walk.pop_back();
        }
    };
    extend();
  }
  return {all.begin(), all.end()};
}

std::optional<Solution> bruteForceSolution(const Problem &problem) {
  const int n = problem.cuts();
  const std::vector<std::vector<int>> walks = allWalks(problem);
  std::optional<Solution> best;
  for (unsigned mask = 0; mask < 1u << (n - 1); ++mask) {
    std::vector<int> cuts{0};
    for (int c = 1; c < n; ++c)
      if (mask >> (c - 1) & 1)
        cuts.push_back(c);
    cuts.push_back(n);
    if (std::any_of(cuts.begin(), cuts.end(), [&](int c) { return !problem.isCut(c); }))
      continue;
    const std::vector<int> partOf = partsOf(cuts, n);
    const int m = static_cast<int>(cuts.size()) - 1;
    std::map<std::pair<int, int>, std::optional<PartWay>> ways; // By part and kind
    for (const std::vector<int> &walk : walks) {
      if (static_cast<int>(walk.size()) != m)
        continue;
      Solution solution{0, {}, std::vector<int32_t>(n, 0)};
      bool isLegal = true;
      for (int q = 0; q < m && isLegal; ++q) {
        const int kind = problem.fpgas[walk[q]].kind;
        auto found = ways.find({q, kind});
        if (found == ways.end())
          found = ways.emplace(std::pair(q, kind), bestWay({problem, partOf, q, kind, cuts[q], cuts[q + 1]}))
                      .first;
        if (isLegal = found->second.has_value(); isLegal) {
          solution.periodFs = std::max(solution.periodFs, found->second->period);
          solution.parts.push_back(found->second->part);
          solution.parts.back().fpga = walk[q];
          for (int l = cuts[q]; l < cuts[q + 1]; ++l)
            solution.choices[l] = found->second->choices[l];
        }
      }
      if (isLegal && (!best || solution.periodFs < best->periodFs))
        best = solution;
    }
  }
  return best;
}

std::optional<int64_t> bruteForce(const Problem &problem) {
  const std::optional<Solution> best = bruteForceSolution(problem);
  return best ? std::optional(best->periodFs) : std::nullopt;
}

namespace {

/// Terms of the period of a plan; none if it is not legal.
std::optional<Terms> planTerms(const Problem &problem, const Solution &solution) {
  std::vector<int> walk, cuts{0};
  for (const Part &part : solution.parts) {
    const std::vector<int> &ends = part.ends;
    if (part.begin != cuts.back() || part.end <= part.begin || ends.back() != part.end ||
        ends.front() < part.begin ||
        ends.size() != problem.kinds[problem.fpgas[part.fpga].kind].dies.size() ||
        !std::is_sorted(ends.begin(), ends.end()))
      return std::nullopt;
    walk.push_back(part.fpga);
    cuts.push_back(part.end);
  }
  if (cuts.back() != problem.cuts() || solution.choices.size() != problem.layers.size())
    return std::nullopt;
  const std::vector<std::vector<int>> walks = allWalks(problem);
  if (std::find(walks.begin(), walks.end(), walk) == walks.end())
    return std::nullopt;
  const std::vector<int> partOf = partsOf(cuts, problem.cuts());
  Terms all;
  for (int q = 0; q < static_cast<int>(walk.size()); ++q) {
    const Part &part = solution.parts[q];
    const Spot at{problem, partOf, q, problem.fpgas[part.fpga].kind, part.begin, part.end};
    const Kind &kind = problem.kinds[at.kind];
    const std::vector<int> dieOf = diesOf(problem, at.kind, part);
    if (!problem.isCut(part.end) || !mayStand(problem, at.kind, part.begin, part.end, dieOf))
      return std::nullopt;
    Terms terms = streamTerms(at);
    std::vector<Needs> used = streamNeeds(at);
    for (int l = part.begin; l < part.end; ++l) {
      if (static_cast<size_t>(solution.choices[l]) >= problem.table(l, at.kind).size())
        return std::nullopt;
      used[dieOf[l]] = plus(used[dieOf[l]], layerNeeds(at, dieOf, solution.choices, l));
      terms["cycles"] =
          std::max(terms["cycles"], problem.table(l, at.kind)[solution.choices[l]].cycles * kind.cycleFs);
    }
    for (size_t d = 0; d < used.size(); ++d)
      if (!fits(used[d], kind.dies[d].capacity))
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

std::optional<int64_t> bruteForceAnywhere(const Problem &problem) {
  std::set<int64_t> periods;
  for (const Layer &layer : problem.layers)
    for (size_t k = 0; k < problem.kinds.size(); ++k)
      if (layer.tables[k] >= 0)
        for (const Choice &choice : problem.tables[layer.tables[k]])
          periods.insert(choice.cycles * problem.kinds[k].cycleFs);
  const auto doFit = [&](int64_t period) {
    std::vector<std::vector<Needs>> left;
    for (const Fpga &fpga : problem.fpgas) {
      left.emplace_back();
      for (const Die &die : problem.kinds[fpga.kind].dies)
        left.back().push_back(die.capacity);
    }
    std::vector<int> on(problem.fpgas.size(), 0); // Layers
    std::function<bool(int)> place = [&](int layer) {
      if (layer == problem.cuts())
        return std::count_if(on.begin(), on.end(), [](int layers) { return layers > 0; }) <=
               problem.mostFpgas;
      for (size_t f = 0; f < problem.fpgas.size(); ++f) {
        const int k = problem.fpgas[f].kind;
        for (size_t d = 0; d < left[f].size() && problem.mayBeOn(layer, k); ++d) {
          if (problem.layers[layer].die >= 0 && problem.layers[layer].die != static_cast<int>(d))
            continue;
          for (const Choice &choice : problem.table(layer, k)) {
            if (choice.cycles * problem.kinds[k].cycleFs > period || !fits(choice.needs, left[f][d]))
              continue;
            left[f][d] = plus(left[f][d], choice.needs, -1);
            ++on[f];
            const bool isDone = place(layer + 1);
            --on[f];
            left[f][d] = plus(left[f][d], choice.needs);
            if (isDone)
              return true;
          }
        }
      }
      return false;
    };
    return place(0);
  };
  // What fits at a period fits at all longer ones.
  const std::vector<int64_t> all(periods.begin(), periods.end());
  const auto least =
      std::partition_point(all.begin(), all.end(), [&](int64_t period) { return !doFit(period); });
  return least == all.end() ? std::nullopt : std::optional(*least);
}

nlohmann::json problemJson(const Problem &problem) {
  using nlohmann::json;
  json file{
      {"schema", "braid-problem-1"},         {"walks", problem.walks},          {"hops", problem.hops},
      {"fewest_fpgas", problem.fewestFpgas}, {"most_fpgas", problem.mostFpgas}, {"words", problem.words}};
  for (const char *list : {"kinds", "fpgas", "tables", "layers", "streams"})
    file[list] = json::array();
  for (const Kind &k : problem.kinds) {
    json dies = json::array();
    for (const Die &die : k.dies)
      dies.push_back({{"name", die.name}, {"capacity", die.capacity}});
    file["kinds"].push_back({{"name", k.name},
                             {"cycle_fs", k.cycleFs},
                             {"dies", dies},
                             {"wires", k.wires},
                             {"port_die", k.portDie},
                             {"host_die", k.hostDie},
                             {"stack", k.stack},
                             {"has_port_per_side", k.hasPortPerSide},
                             {"host_shares_port", k.hostSharesPort}});
  }
  for (const Fpga &f : problem.fpgas)
    file["fpgas"].push_back({{"name", f.name}, {"kind", f.kind}});
  for (const Table &table : problem.tables) {
    json rows = json::array();
    for (const Choice &c : table)
      rows.push_back({c.cycles, c.needs[0], c.needs[1], c.needs[2], c.needs[3], c.needs[4], c.in, c.out});
    file["tables"].push_back(rows);
  }
  for (const Layer &l : problem.layers)
    file["layers"].push_back({{"name", l.name},
                              {"tables", l.tables},
                              {"words", l.words},
                              {"die", l.die},
                              {"stays_with_last", l.staysWithLast}});
  for (const Stream &s : problem.streams) {
    json ends = json::array();
    for (const Stream::Ends &e : s.ends)
      ends.push_back({{"send", e.send},
                      {"receive", e.receive},
                      {"from_host", e.fromHost},
                      {"to_host", e.toHost},
                      {"cycles", e.cycles}});
    file["streams"].push_back({{"name", s.name},
                               {"from", s.from},
                               {"to", s.to},
                               {"elements", s.elements},
                               {"element_bits", s.elementBits},
                               {"link_fs", s.linkFs},
                               {"host_fs", s.hostFs},
                               {"ends", ends}});
  }
  return file;
}

nlohmann::json planJson(const Solution &solution) {
  nlohmann::json parts = nlohmann::json::array();
  for (const Part &p : solution.parts)
    parts.push_back(
        {{"fpga", p.fpga}, {"begin", p.begin}, {"end", p.end}, {"from_last", p.fromLast}, {"ends", p.ends}});
  return {{"period_fs", solution.periodFs}, {"parts", parts}, {"choices", solution.choices}};
}

} // namespace braid::test
