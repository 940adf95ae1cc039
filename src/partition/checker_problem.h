// problem.json as numbers, for checker.cpp, and what each stream is on an FPGA.
#pragma once

#include "checker_json.h"

#include <functional>

namespace braid::certify {

struct Choice {
  int64_t cycles;
  Needs needs;
  int in, out;
};
struct Kind {
  std::string name;
  int64_t cycleFs, wires;
  std::vector<Needs> dies;
  int port, host;
  Needs stack;
  bool portPerSide, hostSharesPort;
};
struct Fpga {
  std::string name;
  int kind;
};
struct Layer {
  std::vector<int> tables, words;
  int die;
  bool stays;
};
struct Ends {
  Needs send, receive, fromHost, toHost;
  int64_t cycles;
};
struct Stream {
  int from;
  std::vector<int> to; // Layers only
  bool goesToHost;
  int64_t elements, bits, linkFs, hostFs;
  std::vector<Ends> ends;
  bool isReadIn(int begin, int end) const {
    const auto t = std::lower_bound(to.begin(), to.end(), begin);
    return t != to.end() && *t < end;
  }
};
/// What becomes of a stream on an FPGA.
struct Role {
  bool received, sent, forwarded, fromHost, toHost;
  bool any() const { return received || sent || forwarded || fromHost || toHost; }
};

struct Problem {
  std::vector<Kind> kinds;
  std::vector<Fpga> fpgas;
  std::vector<std::vector<int>> walks;
  bool hops;
  int fewest, most, n;
  std::vector<std::vector<Choice>> tables;
  std::vector<std::vector<std::vector<Needs>>> words;
  std::vector<Layer> layers;
  std::vector<Stream> streams;
  std::vector<std::vector<const Stream *>> open; // By cut: given before it, taken by a layer behind it
  std::vector<const Stream *> results;           // Go to the host

  bool isCut(int cut) const { return cut == 0 || cut == n || !layers[cut].stays; }
  Role role(const Stream &s, int begin, int end) const {
    const bool isGiven = s.from >= begin && s.from < end, isRead = s.isReadIn(begin, end),
               goesOn = s.isReadIn(end, n);
    const bool comes = s.from >= 0 && s.from < begin;
    return {comes && (isRead || (hops && goesOn)), isGiven && goesOn, comes && hops && goesOn,
            s.from < 0 && isRead, isGiven && s.goesToHost};
  }
  /// The streams that may have a role on layers [begin, end), each once.
  std::vector<const Stream *> around(int begin, int end) const {
    std::vector<const Stream *> all = open[begin];
    for (const Stream *s : open[end])
      if (s->from >= begin)
        all.push_back(s);
    for (const Stream *s : results)
      if (s->from >= begin && s->from < end && !s->isReadIn(end, n))
        all.push_back(s);
    return all;
  }
};

inline Problem readProblem(const Value &file) {
  file.onlyKeys({"schema", "kinds", "fpgas", "walks", "hops", "fewest_fpgas", "most_fpgas", "tables", "words",
                 "layers", "streams"});
  if (file["schema"].string() != "braid-problem-1")
    file["schema"].bad("is not braid-problem-1");
  Problem p;
  size_t mostDies = 0;
  p.kinds = file["kinds"].each(1, 256, [&](const Value &v) {
    v.onlyKeys({"name", "cycle_fs", "dies", "wires", "port_die", "host_die", "stack", "has_port_per_side",
                "host_shares_port"});
    Kind k{v["name"].string(), v["cycle_fs"].number(1, kMost), v["wires"].number(0, kMost), {}, 0, 0,
           v["stack"].needs(), v["has_port_per_side"].flag(),  v["host_shares_port"].flag()};
    k.dies = v["dies"].each(1, 16, [](const Value &die) {
      die.onlyKeys({"name", "capacity"});
      die["name"].string();
      return die["capacity"].needs();
    });
    mostDies = std::max(mostDies, k.dies.size());
    k.port = v["port_die"].index(0, k.dies.size() - 1), k.host = v["host_die"].index(0, k.dies.size() - 1);
    return k;
  });
  const size_t kinds = p.kinds.size();
  p.fpgas = file["fpgas"].each(1, 4096, [&](const Value &v) {
    v.onlyKeys({"name", "kind"});
    return Fpga{v["name"].string(), v["kind"].index(0, kinds - 1)};
  });
  p.walks = file["walks"].each(0, kMany, [&](const Value &v) {
    const std::vector<int> walk = v.indices(1, 0, p.fpgas.size() - 1);
    if (std::set<int>(walk.begin(), walk.end()).size() != walk.size())
      v.bad("has an FPGA twice");
    return walk;
  });
  p.hops = file["hops"].flag();
  p.fewest = file["fewest_fpgas"].index(1, kMany);
  p.most = file["most_fpgas"].index(p.fewest, kMany);
  p.tables = file["tables"].each(0, kMany, [](const Value &table) {
    return table.each(0, kMany, [](const Value &v) {
      v.size(8, 8);
      Choice c{v.at(0).number(1, kMost), {}, v.at(6).index(0, kMany), v.at(7).index(0, kMany)};
      for (size_t r = 0; r < 5; ++r)
        c.needs[r] = v.at(1 + r).number(0, kMost);
      return c;
    });
  });
  p.words = file["words"].each(0, kMany, [](const Value &words) {
    return words.each(0, kMany, [](const Value &row) {
      return row.each(0, kMany, [](const Value &v) { return v.needs(); });
    });
  });
  p.layers = file["layers"].each(1, kMany, [&](const Value &v) {
    v.onlyKeys({"name", "tables", "words", "die", "stays_with_last"});
    v["name"].string();
    Layer l{v["tables"].indices(kinds, -1, int64_t(p.tables.size()) - 1),
            v["words"].indices(0, -1, int64_t(p.words.size()) - 1), v["die"].index(-1, int64_t(mostDies) - 1),
            v["stays_with_last"].flag()};
    if (l.tables.size() != kinds || (!l.words.empty() && l.words.size() != kinds))
      v.bad("has not one table (and, if any, one list of words) for each kind");
    l.words.resize(kinds, -1);
    return l;
  });
  p.n = static_cast<int>(p.layers.size());
  for (int l = 1; l < p.n; ++l)
    for (size_t k = 0; k < kinds; ++k) {
      const int before = p.layers[l - 1].tables[k], here = p.layers[l].tables[k], w = p.layers[l].words[k];
      if (w < 0 || before < 0 || here < 0)
        continue;
      size_t gives = 0, takes = 0; // Classes
      for (const Choice &c : p.tables[before])
        gives = std::max(gives, size_t(c.out) + 1);
      for (const Choice &c : p.tables[here])
        takes = std::max(takes, size_t(c.in) + 1);
      for (size_t out = 0; out < gives; ++out)
        if (out >= p.words[w].size() || p.words[w][out].size() < takes)
          file["layers"].at(l)["words"].bad("lacks classes that the choices have");
    }
  p.streams = file["streams"].each(0, kMany, [&](const Value &v) {
    v.onlyKeys({"name", "from", "to", "elements", "element_bits", "link_fs", "host_fs", "ends"});
    v["name"].string();
    Stream s{v["from"].index(-1, p.n - 1),
             {},
             false,
             v["elements"].number(1, kMost),
             v["element_bits"].number(1, kMost),
             v["link_fs"].number(0, kLongest),
             v["host_fs"].number(0, kLongest),
             {}};
    s.to = v["to"].ascending(s.from + 1, p.n, 1);
    s.goesToHost = s.to.back() == p.n;
    if (s.goesToHost)
      s.to.pop_back();
    s.ends = v["ends"].each(kinds, kinds, [](const Value &e) {
      e.onlyKeys({"send", "receive", "from_host", "to_host", "cycles"});
      return Ends{e["send"].needs(), e["receive"].needs(), e["from_host"].needs(), e["to_host"].needs(),
                  e["cycles"].number(0, kMost)};
    });
    return s;
  });
  p.open.resize(p.n + 1);
  for (const Stream &s : p.streams) {
    for (int cut = s.from + 1; !s.to.empty() && cut <= s.to.back(); ++cut)
      p.open[cut].push_back(&s);
    if (s.goesToHost)
      p.results.push_back(&s);
  }
  return p;
}

} // namespace braid::certify
