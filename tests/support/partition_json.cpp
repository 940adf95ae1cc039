#include "support/partition_json.h"

namespace braid::test {

using namespace partition;

namespace {

nlohmann::json exchangeJson(const Stream::Exchange &exchange) {
  return {{"needs", exchange.needs}, {"in_fs", exchange.inFs}, {"out_fs", exchange.outFs}};
}

} // namespace

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
                             {"of", k.of},
                             {"members", k.members},
                             {"takes_turns", k.takesTurns},
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
    for (size_t k = 0; k < s.ends.size(); ++k) {
      const Stream::Ends &e = s.ends[k];
      ends.push_back({{"send", e.send},
                      {"receive", e.receive},
                      {"from_host", e.fromHost},
                      {"to_host", e.toHost},
                      {"cycles", e.cycles}});
      if (problem.kinds[k].of >= 0)
        ends.back().update({{"receive_fs", e.receiveFs},
                            {"host_fs", e.hostFs},
                            {"made", exchangeJson(e.made)},
                            {"inside", exchangeJson(e.inside)}});
    }
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
    parts.push_back({{"kind", p.kind},
                     {"fpgas", p.fpgas},
                     {"begin", p.begin},
                     {"end", p.end},
                     {"from_last", p.fromLast},
                     {"ends", p.ends}});
  return {{"period_fs", solution.periodFs}, {"parts", parts}, {"choices", solution.choices}};
}

Solution planOf(const nlohmann::json &plan) {
  Solution solution{plan["period_fs"], {}, plan["choices"]};
  for (const nlohmann::json &part : plan["parts"])
    solution.parts.push_back(
        {part["kind"], part["fpgas"], part["begin"], part["end"], part["from_last"], part["ends"]});
  return solution;
}

} // namespace braid::test
