// What streams ask of an FPGA, and whether a plan is legal and has the period that it claims: for
// checker.cpp.
#pragma once

#include "checker_problem.h"

namespace braid::certify {

constexpr Wide kNever = Wide(1) << 126;
constexpr const char *kResources[] = {"LUT", "FF", "BRAM18", "URAM", "DSP"};
using Sums = std::array<Wide, 5>;

struct Rejected : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void addTo(Sums &sums, const Needs &needs, int64_t times = 1) {
  for (size_t r = 0; r < 5; ++r)
    sums[r] += Wide(needs[r]) * times;
}
inline Wide weigh(const Needs &weights, const Needs &needs) {
  Wide sum = 0;
  for (size_t r = 0; r < 5; ++r)
    sum += Wide(weights[r]) * needs[r];
  return sum;
}
inline bool fits(const Needs &needs, const Needs &room) {
  return std::equal(needs.begin(), needs.end(), room.begin(), std::less_equal<>());
}
/// Bits of a stream's words where a frame may take `cycles`.
inline Wide widthOf(const Stream &s, int64_t cycles) {
  return cycles < 1 ? kNever >> 20 : Wide(s.bits) * ((s.elements + cycles - 1) / cycles);
}

/// What streams ask of an FPGA.
struct Load {
  Wide longest = 0;          ///< Of links, host and movers, in femtoseconds
  std::vector<Sums> charges; ///< By die
};

/// Of layers [begin, end) on kind k. `receivers` counts the FPGAs that a stream is sent to.
template <class Count> Load loadOf(const Problem &p, int k, int begin, int end, Count receivers) {
  const Kind &kind = p.kinds[k];
  Load load{0, std::vector<Sums>(kind.dies.size(), Sums{})};
  Sums &port = load.charges[kind.port], &host = load.charges[kind.host];
  Wide linkIn = 0, linkOut = 0, hostIn = 0, hostOut = 0;
  bool comes = false, goes = false;
  for (const Stream *s : p.around(begin, end)) {
    const Role role = p.role(*s, begin, end);
    const Ends &ends = s->ends[k];
    if (role.received) {
      addTo(port, ends.receive);
      linkIn += s->linkFs;
      comes = true;
    }
    if (role.sent || role.forwarded) {
      const int times = role.sent ? receivers(*s) : 1;
      addTo(port, ends.send, times);
      linkOut += Wide(s->linkFs) * times;
      goes = true;
    }
    if (role.fromHost) {
      addTo(host, ends.fromHost);
      hostIn += s->hostFs;
    }
    if (role.toHost) {
      addTo(host, ends.toHost);
      hostOut += s->hostFs;
    }
    if (role.any())
      load.longest = std::max(load.longest, Wide(ends.cycles) * kind.cycleFs);
  }
  addTo(port, kind.stack, kind.portPerSide ? comes + goes : comes || goes);
  if (kind.hostSharesPort)
    linkIn += hostIn, linkOut += hostOut;
  load.longest = std::max({load.longest, linkIn, linkOut, hostIn, hostOut});
  return load;
}

struct Part {
  int fpga, begin, end;
  bool fromLast;
  std::vector<int> ends;
};

/// The shortest period at which the wires between the dies of an FPGA suffice.
inline Wide wiresPeriod(const Problem &p, const Kind &kind, const Part &part, const std::vector<int> &dieOf,
                        const std::string &where) {
  std::vector<std::vector<const Stream *>> crossing(kind.dies.size());
  for (const Stream &s : p.streams) {
    const Role role = p.role(s, part.begin, part.end);
    std::set<int> dies;
    if (s.from >= part.begin && s.from < part.end)
      dies.insert(dieOf[s.from]);
    for (int t : s.to)
      if (t >= part.begin && t < part.end)
        dies.insert(dieOf[t]);
    if (role.received || role.sent || role.forwarded)
      dies.insert(kind.port);
    if (role.fromHost || role.toHost)
      dies.insert(kind.host);
    for (int d = dies.empty() ? 0 : *dies.begin(); !dies.empty() && d < *dies.rbegin(); ++d)
      crossing[d].push_back(&s);
  }
  Wide period = 0;
  for (size_t d = 0; d < crossing.size() && kind.wires; ++d) {
    const auto fit = [&](int64_t cycles) {
      Wide sum = 0;
      for (const Stream *s : crossing[d])
        sum += widthOf(*s, cycles);
      return sum <= kind.wires;
    };
    if (!fit(kMost))
      throw Rejected(where + ": streams need more wires than there are behind die " + std::to_string(d));
    int64_t least = 1;
    for (int64_t most = kMost; least < most && !crossing[d].empty();)
      if (const int64_t middle = least + (most - least) / 2; fit(middle))
        most = middle;
      else
        least = middle + 1;
    period = std::max(period, crossing[d].empty() ? 0 : Wide(least) * kind.cycleFs);
  }
  return period;
}

/// The period of layers on one FPGA. `partOf`: by layer.
inline Wide partPeriod(const Problem &p, const Part &part, const std::vector<int> &choices,
                       const std::vector<int> &partOf, const std::string &where) {
  const int k = p.fpgas[part.fpga].kind;
  const Kind &kind = p.kinds[k];
  const int dies = static_cast<int>(kind.dies.size());
  Load load = loadOf(p, k, part.begin, part.end, [&](const Stream &s) {
    std::set<int> others;
    for (int t : s.to)
      others.insert(partOf[t]);
    others.erase(partOf[s.from]);
    return p.hops ? 1 : static_cast<int>(others.size());
  });
  Wide period = load.longest;
  std::vector<int> dieOf(p.n, -1);
  for (int l = part.begin, d = 0; l < part.end; ++l) {
    const Layer &layer = p.layers[l];
    const std::string name = where + ": layer " + std::to_string(l);
    while (part.ends[d] <= l)
      ++d;
    dieOf[l] = part.fromLast ? dies - 1 - d : d;
    if (layer.tables[k] < 0 || (layer.die >= 0 && layer.die != dieOf[l]))
      throw Rejected(name + " may not be on die " + std::to_string(dieOf[l]) + " of kind " +
                     std::to_string(k));
    const std::vector<Choice> &table = p.tables[layer.tables[k]];
    if (static_cast<size_t>(choices[l]) >= table.size())
      throw Rejected(name + " has no choice " + std::to_string(choices[l]));
    const Choice &choice = table[choices[l]];
    period = std::max(period, Wide(choice.cycles) * kind.cycleFs);
    addTo(load.charges[dieOf[l]], choice.needs);
    if (l > part.begin && dieOf[l - 1] == dieOf[l] && layer.words[k] >= 0)
      addTo(load.charges[dieOf[l]],
            p.words[layer.words[k]][p.tables[p.layers[l - 1].tables[k]][choices[l - 1]].out][choice.in]);
  }
  for (int d = 0; d < dies; ++d)
    for (size_t r = 0; r < 5; ++r)
      if (load.charges[d][r] > kind.dies[d][r])
        throw Rejected(where + ": die " + std::to_string(d) + " needs " + text(load.charges[d][r]) + " " +
                       kResources[r] + " and has " + text(kind.dies[d][r]));
  return std::max(period, wiresPeriod(p, kind, part, dieOf, where));
}

inline int64_t checkPlan(const Problem &p, const Value &v) {
  v.onlyKeys({"period_fs", "parts", "choices"});
  const int64_t claimed = v["period_fs"].number(0, kLongest);
  const auto parts = v["parts"].each(1, 4096, [&](const Value &part) {
    part.onlyKeys({"fpga", "begin", "end", "from_last", "ends"});
    const int fpga = part["fpga"].index(0, int64_t(p.fpgas.size()) - 1);
    return Part{fpga, part["begin"].index(0, p.n), part["end"].index(0, p.n), part["from_last"].flag(),
                part["ends"].indices(p.kinds[p.fpgas[fpga].kind].dies.size(), 0, p.n)};
  });
  const std::vector<int> choices = v["choices"].indices(p.n, 0, kMany);
  std::vector<int> walk, partOf(p.n, -1);
  int at = 0;
  for (const Part &part : parts) {
    const std::string where = "plan: part " + std::to_string(walk.size());
    if (part.begin != at || part.end <= at || !p.isCut(part.end))
      throw Rejected(where + ": layers " + range(part.begin, part.end) + " may not follow layer " +
                     text(at - 1));
    if (part.ends.size() != p.kinds[p.fpgas[part.fpga].kind].dies.size() || part.ends.front() < at ||
        part.ends.back() != part.end || !std::is_sorted(part.ends.begin(), part.ends.end()))
      throw Rejected(where + ": the ends of its dies are not in order, one for each");
    std::fill(partOf.begin() + at, partOf.begin() + part.end, static_cast<int>(walk.size()));
    at = part.end;
    walk.push_back(part.fpga);
  }
  const auto isRunOf = [&](const std::vector<int> &all) {
    return std::search(all.begin(), all.end(), walk.begin(), walk.end()) != all.end();
  };
  if (at != p.n || static_cast<int>(choices.size()) != p.n)
    throw Rejected("plan: does not place each layer");
  if (std::set<int>(walk.begin(), walk.end()).size() != walk.size())
    throw Rejected("plan: has an FPGA twice");
  if (static_cast<int>(walk.size()) < p.fewest || static_cast<int>(walk.size()) > p.most)
    throw Rejected("plan: has " + std::to_string(walk.size()) + " FPGAs");
  if (!p.walks.empty() && std::none_of(p.walks.begin(), p.walks.end(), isRunOf))
    throw Rejected("plan: its FPGAs follow each other in none of the walks");
  Wide period = 0;
  for (size_t i = 0; i < parts.size(); ++i)
    period = std::max(period, partPeriod(p, parts[i], choices, partOf, "plan: part " + std::to_string(i)));
  if (period != claimed)
    throw Rejected("plan: has a period of " + text(period) + " fs, not " + text(claimed));
  return claimed;
}

} // namespace braid::certify
