#include "support/partition_json.h"

namespace braid::test {

using namespace partition;

namespace {

nlohmann::json exchangeJson(const Stream::Exchange &exchange) {
  return {{"needs", exchange.needs}, {"in_fs", exchange.inFs}, {"out_fs", exchange.outFs}};
}

Stream::Exchange exchangeOf(const nlohmann::json &file) {
  return {file.at("needs"), file.at("in_fs"), file.at("out_fs")};
}

Kind kindOf(const nlohmann::json &file) {
  Kind kind{file.at("name"),
            file.at("of"),
            file.at("members"),
            file.at("takes_turns"),
            file.at("cycle_fs"),
            {},
            file.at("wires"),
            file.at("port_die"),
            file.at("host_die"),
            file.at("stack"),
            file.at("has_port_per_side"),
            file.at("host_shares_port")};
  for (const nlohmann::json &die : file.at("dies"))
    kind.dies.push_back({die.at("name"), die.at("capacity")});
  return kind;
}

Table tableOf(const nlohmann::json &file) {
  Table table;
  for (const nlohmann::json &row : file)
    table.push_back({row[0], {row[1], row[2], row[3], row[4], row[5], row[6]}, row[7], row[8]});
  return table;
}

Stream streamOf(const nlohmann::json &file) {
  Stream stream{file.at("name"),         file.at("from"),    file.at("to"),      file.at("elements"),
                file.at("element_bits"), file.at("link_fs"), file.at("host_fs"), {}};
  for (const nlohmann::json &end : file.at("ends")) {
    Stream::Ends ends{end.at("send"), end.at("receive"), end.at("from_host"), end.at("to_host"),
                      end.at("cycles")};
    if (end.contains("made")) {
      ends.receiveFs = end.at("receive_fs"), ends.hostFs = end.at("host_fs");
      ends.made = exchangeOf(end.at("made")), ends.inside = exchangeOf(end.at("inside"));
    }
    stream.ends.push_back(ends);
  }
  return stream;
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
      rows.push_back(
          {c.cycles, c.needs[0], c.needs[1], c.needs[2], c.needs[3], c.needs[4], c.needs[5], c.in, c.out});
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

Problem problemOf(const nlohmann::json &file) {
  Problem problem;
  for (const nlohmann::json &kind : file.at("kinds"))
    problem.kinds.push_back(kindOf(kind));
  for (const nlohmann::json &fpga : file.at("fpgas"))
    problem.fpgas.push_back({fpga.at("name"), fpga.at("kind")});
  for (const nlohmann::json &table : file.at("tables"))
    problem.tables.push_back(tableOf(table));
  for (const nlohmann::json &layer : file.at("layers"))
    problem.layers.push_back({layer.at("name"), layer.at("tables"), layer.at("words"), layer.at("die"),
                              layer.at("stays_with_last")});
  for (const nlohmann::json &stream : file.at("streams"))
    problem.streams.push_back(streamOf(stream));
  problem.walks = file.at("walks"), problem.words = file.at("words"), problem.hops = file.at("hops");
  problem.fewestFpgas = file.at("fewest_fpgas"), problem.mostFpgas = file.at("most_fpgas");
  return problem;
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
