#include "support/partition_random.h"

#include "support/networks.h"

#include <algorithm>
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

/// Teams of the kinds that there are.
void drawTeams(Random &random, Problem &problem) {
  const int64_t singles = static_cast<int64_t>(problem.kinds.size());
  const bool isMany = problem.fpgas.size() == 5; // Then mostly two of them and three take turns
  for (int64_t t = 0, teams = !isMany && oneIn(random, 2) ? 1 : draw(random, 2, 3); t < teams; ++t) {
    const int of = static_cast<int>(draw(random, 0, singles - 1));
    Kind team = problem.kinds[of];
    team.name = "team" + std::to_string(t);
    team.of = of;
    team.members = isMany ? 2 + static_cast<int>(t % 2) : oneIn(random, 3) ? 3 : 2;
    team.takesTurns = isMany ? !oneIn(random, 4) : draw(random, 1, 5) <= 2;
    problem.kinds.push_back(team);
  }
}

/// A layer on each member of a team: about the share of it that is on one FPGA alone.
Table teamTable(Random &random, const Kind &team, Table table, const std::vector<size_t> &resources) {
  const int64_t slices = team.takesTurns ? 1 : team.members;
  for (Choice &choice : table) {
    choice.cycles = (choice.cycles + slices - 1) / slices + (oneIn(random, 4) ? draw(random, 0, 2) : 0);
    for (size_t r : resources)
      choice.needs[r] = (choice.needs[r] + slices - 1) / slices + (oneIn(random, 4) ? draw(random, 0, 2) : 0);
  }
  return table;
}

/// Tables and words of a layer, of all kinds.
void drawChoices(Random &random, const ProblemLimits &limits, const std::vector<size_t> &resources,
                 int64_t classes, Problem &problem, Layer &layer) {
  const bool hasWords = limits.converters && oneIn(random, 2);
  for (const Kind &kind : problem.kinds) {
    const int32_t whole = kind.of < 0 ? -1 : layer.tables[kind.of];
    if (problem.kinds.size() > 1 && oneIn(random, 12)) {
      layer.tables.push_back(-1);
    } else if (kind.takesTurns && oneIn(random, 2)) {
      layer.tables.push_back(whole);
    } else {
      problem.tables.push_back(whole < 0 ? drawTable(random, limits, resources, classes)
                                         : teamTable(random, kind, problem.tables[whole], resources));
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
}

/// A stream's ends on each member of a team, but for what they have on single FPGAs, too.
void drawTeamEnds(Random &random, const Kind &team, const Stream &stream,
                  const std::vector<size_t> &resources, Stream::Ends &ends) {
  const int64_t slices = team.takesTurns ? 1 : team.members;
  const auto share = [&](int64_t fs) { return (fs + slices - 1) / slices; };
  ends.receiveFs = share(stream.linkFs) + (oneIn(random, 3) ? draw(random, 0, 30) : 0);
  ends.hostFs = share(stream.hostFs) + (oneIn(random, 3) ? draw(random, 0, 20) : 0);
  for (Stream::Exchange *exchange : {&ends.made, &ends.inside})
    if (!team.takesTurns && !oneIn(random, 3))
      *exchange = {drawNeeds(random, 2, resources), draw(random, 0, 20), draw(random, 0, 20)};
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
  for (const Kind &kind : problem.kinds) {
    Stream::Ends ends;
    for (Needs *needs : {&ends.send, &ends.receive, &ends.fromHost, &ends.toHost})
      *needs = drawNeeds(random, 3, resources);
    ends.cycles = oneIn(random, 2) ? 0 : draw(random, 1, 12);
    if (kind.of >= 0)
      drawTeamEnds(random, kind, stream, resources, ends);
    stream.ends.push_back(ends);
  }
  return stream;
}

/// No, one or a few channels of memory, on one die of a kind each, and choices that take one in place of much
/// of another resource.
void addChannels(Random &random, const ProblemLimits &limits, Problem &problem) {
  if (!oneIn(random, 3))
    return;
  for (Kind &kind : problem.kinds)
    if (!limits.kinds.empty())
      continue; // they have what they have
    else if (kind.of < 0)
      kind.dies[static_cast<size_t>(draw(random, 0, int64_t(kind.dies.size()) - 1))].capacity[kChannels] =
          draw(random, 0, 3);
    else
      kind.dies = problem.kinds[static_cast<size_t>(kind.of)].dies;
  for (Table &table : problem.tables) {
    if (oneIn(random, 3))
      continue;
    const auto at = static_cast<size_t>(draw(random, 0, int64_t(table.size()) - 1));
    Choice choice = table[at];
    for (int64_t &amount : choice.needs)
      amount = oneIn(random, 2) ? amount / 4 : amount;
    choice.needs[kChannels] = oneIn(random, 8) ? 2 : 1;
    if (oneIn(random, 4))
      table[at] = choice;
    else
      table.push_back(choice);
  }
  for (Stream &stream : problem.streams)
    for (size_t k = 0; k < problem.kinds.size(); ++k)
      if (limits.kinds.empty() && oneIn(random, 12))
        stream.ends[k].fromHost[kChannels] = stream.ends[k].toHost[kChannels] = 1;
}

} // namespace

Problem randomProblem(uint64_t seed, const ProblemLimits &of) {
  ProblemLimits limits = of;
  Random random(seed * 2654435761u + 17);
  Problem problem;
  std::vector<size_t> resources(kChannels); // channels of memory come last
  std::iota(resources.begin(), resources.end(), 0);
  std::shuffle(resources.begin(), resources.end(), random);
  resources.resize(static_cast<size_t>(draw(random, 1, 3)));
  int n = static_cast<int>(draw(random, oneIn(random, 6) ? 1 : 3, limits.layers));
  int fpgas = static_cast<int>(std::max(draw(random, 1, limits.fpgas), draw(random, 1, limits.fpgas)));
  int kinds = static_cast<int>(limits.kinds.empty() ? draw(random, 1, 2) : int64_t(limits.kinds.size()));
  const bool hasTeams = limits.teams && draw(random, 1, 5) <= 2;
  if (hasTeams) {
    // Enough for a team beside something else; with five for teams of two and of three.
    kinds = oneIn(random, 3) ? 2 : 1;
    fpgas = oneIn(random, 6) ? 2 : oneIn(random, 6) ? 5 : static_cast<int>(draw(random, 3, 4));
    if (fpgas == 5) { // So that all can be tried
      n = std::min(n, 4);
      limits.dies = std::min(limits.dies, 2);
    }
  }
  // Chosen so that about three of four problems have a plan.
  const int64_t room = 7 + 18 * n / (hasTeams ? 2 : fpgas) * draw(random, 70, 200) / 100;
  for (int k = 0; k < kinds; ++k)
    problem.kinds.push_back(limits.kinds.empty() ? drawKind(random, limits, resources, room, k)
                                                 : limits.kinds[static_cast<size_t>(k)]);
  for (int f = 0; f < fpgas; ++f)
    problem.fpgas.push_back({"fpga" + std::to_string(f), static_cast<int>(draw(random, 0, kinds - 1))});
  if (hasTeams)
    drawTeams(random, problem);
  problem.hops = !hasTeams && oneIn(random, 2);
  problem.fewestFpgas = oneIn(random, 3) ? static_cast<int>(draw(random, 1, fpgas)) : 1;
  problem.mostFpgas = oneIn(random, 3) ? static_cast<int>(draw(random, problem.fewestFpgas, fpgas)) : fpgas;
  if (!hasTeams && oneIn(random, 2))
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
    drawChoices(random, limits, resources, classes, problem, layer);
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
  Random channels(seed * 40503u + 5); // of its own, too
  addChannels(channels, limits, problem);
  return problem;
}

bool hasTeams(const Problem &problem) {
  return std::any_of(problem.kinds.begin(), problem.kinds.end(), [](const Kind &k) { return k.of >= 0; });
}

Problem withoutTeams(const Problem &problem, bool takesTurns) {
  Problem rest = problem;
  for (size_t k = problem.kinds.size(); k-- > 0;) {
    if (problem.kinds[k].of < 0 || problem.kinds[k].takesTurns != takesTurns)
      continue;
    const auto drop = [&](auto &list) {
      if (!list.empty())
        list.erase(list.begin() + static_cast<long>(k));
    };
    drop(rest.kinds);
    for (Layer &layer : rest.layers) {
      drop(layer.tables);
      drop(layer.words);
    }
    for (Stream &stream : rest.streams)
      drop(stream.ends);
  }
  return rest;
}

void countFeatures(const Problem &problem, Counts &counts) {
  const auto count = [&](const char *name, bool has) { counts[name] += has; };
  const auto some = [](const auto &all, auto is) { return std::any_of(all.begin(), all.end(), is); };
  const int n = problem.cuts();
  count("one layer", n == 1);
  count("six layers", n >= 6);
  const auto singles =
      std::count_if(problem.kinds.begin(), problem.kinds.end(), [](const Kind &k) { return k.of < 0; });
  const auto isSlices = [](const Kind &k) { return k.of >= 0 && !k.takesTurns; };
  const auto isTurns = [](const Kind &k) { return k.takesTurns; };
  count("two kinds", singles > 1);
  count("teams", hasTeams(problem));
  count("slices", some(problem.kinds, isSlices));
  count("turns", some(problem.kinds, isTurns));
  count("slices and turns", some(problem.kinds, isSlices) && some(problem.kinds, isTurns));
  count("teams of three", some(problem.kinds, [](const Kind &k) { return k.members == 3; }));
  count("turns of two and of three",
        some(problem.kinds, [&](const Kind &k) { return isTurns(k) && k.members == 2; }) &&
            some(problem.kinds, [&](const Kind &k) { return isTurns(k) && k.members == 3; }));
  count("teams of two kinds", some(problem.kinds, [&](const Kind &k) { return k.of == 1; }));
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
  count("channels of memory", some(problem.kinds, [&](const Kind &k) {
          return some(k.dies, [](const Die &die) { return die.capacity[kChannels] > 0; });
        }));
  count("choices that take channels", some(problem.tables, [&](const Table &table) {
          return some(table, [](const Choice &c) { return c.needs[kChannels] > 0; });
        }));
  count("several readers", some(problem.streams, [](const Stream &s) { return s.to.size() > 1; }));
  count("skip",
        some(problem.streams, [](const Stream &s) { return s.from >= 0 && s.to.back() > s.from + 1; }));
  count("host and layers read",
        some(problem.streams, [&](const Stream &s) { return s.to.size() > 1 && s.to.back() == n; }));
  count("host to several",
        some(problem.streams, [](const Stream &s) { return s.from < 0 && s.to.size() > 1; }));
}

} // namespace braid::test
