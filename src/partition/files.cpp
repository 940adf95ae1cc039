#include "braid/partition/files.h"

#include <nlohmann/json.hpp>

namespace braid::partition {
namespace {

using json = nlohmann::ordered_json;

json exchangeOf(const Stream::Exchange &own) {
  return {{"needs", own.needs}, {"in_fs", own.inFs}, {"out_fs", own.outFs}};
}

json endsOf(const Problem &problem, const Stream &stream) {
  json out = json::array();
  for (size_t kind = 0; kind < stream.ends.size(); ++kind) {
    const Stream::Ends &ends = stream.ends[kind];
    json own = {{"send", ends.send},
                {"receive", ends.receive},
                {"from_host", ends.fromHost},
                {"to_host", ends.toHost},
                {"cycles", ends.cycles}};
    if (problem.kinds[kind].of >= 0) {
      own["receive_fs"] = ends.receiveFs;
      own["host_fs"] = ends.hostFs;
      own["made"] = exchangeOf(ends.made);
      own["inside"] = exchangeOf(ends.inside);
    }
    out.push_back(std::move(own));
  }
  return out;
}

json treeOf(const Tree &tree) {
  if (tree.layer < 0)
    return {{"weights", tree.weights}};
  return {{"layer", tree.layer}, {"of", tree.of}, {"in", treeOf(*tree.in)}, {"out", treeOf(*tree.out)}};
}

json stepsOf(const std::vector<Certificate::Step> &steps) {
  json out = json::array();
  for (const Certificate::Step &step : steps)
    out.push_back({{"end", step.end}, {"tree", treeOf(*step.tree)}});
  return out;
}

/// A row of each list on a line of its own: files that can be compared.
std::string text(const json &object) {
  std::string out = "{";
  const char *before = "\n";
  for (const auto &[key, value] : object.items()) {
    out += before + json(key).dump() + ": ";
    before = ",\n";
    if (!value.is_array()) {
      out += value.dump();
      continue;
    }
    out += "[";
    const char *first = "\n  ";
    for (const json &row : value) {
      out += first + row.dump();
      first = ",\n  ";
    }
    out += "]";
  }
  return out + "\n}\n";
}

json planOf(const Solution &solution) {
  json parts = json::array();
  for (const Part &part : solution.parts)
    parts.push_back({{"kind", part.kind},
                     {"fpgas", part.fpgas},
                     {"begin", part.begin},
                     {"end", part.end},
                     {"from_last", part.fromLast},
                     {"ends", part.ends}});
  return {{"period_fs", solution.periodFs}, {"parts", parts}, {"choices", solution.choices}};
}

} // namespace

std::string toJson(const Problem &problem) {
  json out = {{"schema", "braid-problem-1"}};
  for (const Kind &kind : problem.kinds) {
    json dies = json::array();
    for (const Die &die : kind.dies)
      dies.push_back({{"name", die.name}, {"capacity", die.capacity}});
    out["kinds"].push_back({{"name", kind.name},
                            {"of", kind.of},
                            {"members", kind.members},
                            {"takes_turns", kind.takesTurns},
                            {"cycle_fs", kind.cycleFs},
                            {"dies", dies},
                            {"wires", kind.wires},
                            {"port_die", kind.portDie},
                            {"host_die", kind.hostDie},
                            {"stack", kind.stack},
                            {"has_port_per_side", kind.hasPortPerSide},
                            {"host_shares_port", kind.hostSharesPort}});
  }
  for (const Fpga &fpga : problem.fpgas)
    out["fpgas"].push_back({{"name", fpga.name}, {"kind", fpga.kind}});
  out["walks"] = problem.walks;
  out["hops"] = problem.hops;
  out["fewest_fpgas"] = problem.fewestFpgas;
  out["most_fpgas"] = problem.mostFpgas;
  out["tables"] = json::array();
  for (const Table &table : problem.tables) {
    json rows = json::array();
    for (const Choice &choice : table) {
      json row = {choice.cycles};
      for (int64_t amount : choice.needs)
        row.push_back(amount);
      row.push_back(choice.in);
      row.push_back(choice.out);
      rows.push_back(std::move(row));
    }
    out["tables"].push_back(std::move(rows));
  }
  out["words"] = problem.words;
  for (const Layer &layer : problem.layers)
    out["layers"].push_back({{"name", layer.name},
                             {"tables", layer.tables},
                             {"words", layer.words},
                             {"die", layer.die},
                             {"stays_with_last", layer.staysWithLast}});
  out["streams"] = json::array();
  for (const Stream &stream : problem.streams)
    out["streams"].push_back({{"name", stream.name},
                              {"from", stream.from},
                              {"to", stream.to},
                              {"elements", stream.elements},
                              {"element_bits", stream.elementBits},
                              {"link_fs", stream.linkFs},
                              {"host_fs", stream.hostFs},
                              {"ends", endsOf(problem, stream)}});
  return text(out);
}

std::string toJson(const Solution *solution, const Certificate &certificate) {
  json out = {{"schema", "braid-certificate-1"}};
  if (solution)
    out["plan"] = planOf(*solution);
  out["infeasible_fs"] = certificate.infeasibleFs;
  out["states"] = out["proofs"] = json::array();
  for (const Certificate::Reached &reached : certificate.states)
    out["states"].push_back({{"state", reached.state}, {"cuts", reached.cuts}});
  for (const Certificate::Proof &proof : certificate.proofs)
    out["proofs"].push_back({{"kind", proof.kind},
                             {"from", proof.from},
                             {"to", proof.to},
                             {"charges", proof.charges},
                             {"first", stepsOf(proof.first)},
                             {"last", stepsOf(proof.last)}});
  if (certificate.anywhereFs > 0)
    out["anywhere"] = {{"infeasible_fs", certificate.anywhereFs}, {"weights", certificate.anywhereWeights}};
  return text(out);
}

} // namespace braid::partition
