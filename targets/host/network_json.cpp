#include "host_steps.h"

#include "braid/targets/network.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace braid::targets {
namespace {

using emit::Endpoint;
using nlohmann::ordered_json;

constexpr const char *kSchema = "braid-network-3";
constexpr const char *kKinds[] = {"input", "receive", "send", "output"};

ordered_json toJson(const StreamEnd &end, Transport transport) {
  ordered_json out = {{"stream", end.stream},
                      {"kind", kKinds[static_cast<size_t>(end.kind)]},
                      {"argument", end.argument},
                      {"peer", end.peer}};
  if (transport == Transport::VnxUdp && end.port >= 0)
    out["port"] = end.port, out["row"] = end.row;
  if (end.kind == Endpoint::Kind::Receive || end.kind == Endpoint::Kind::Send)
    out["lane"] = end.lane, out["lanes"] = end.lanes;
  if (end.kind == Endpoint::Kind::ModelInput)
    out["input"] = end.input, out["begin"] = end.begin, out["end"] = end.end;
  out["elements"] = end.words.elements;
  out["elementBits"] = end.words.elementBits;
  out["wordBits"] = end.words.wordBits;
  out["bytes"] = end.words.bytes();
  return out;
}

ordered_json toJson(const PortSetup &port) {
  ordered_json sockets = ordered_json::array(), arp = ordered_json::array();
  for (const Socket &row : port.sockets)
    sockets.push_back({{"row", row.row},
                       {"theirIp", row.theirIp},
                       {"theirPort", row.theirPort},
                       {"myPort", row.myPort},
                       {"crossing", row.crossing},
                       {"lane", row.lane},
                       {"sends", row.sends}});
  for (const ArpEntry &entry : port.arp)
    arp.push_back({{"ip", entry.ip}, {"mac", entry.mac}});
  return {{"port", port.port},       {"name", port.name}, {"mac", port.mac},    {"ip", port.ip},
          {"gateway", port.gateway}, {"mask", port.mask}, {"sockets", sockets}, {"arp", arp}};
}

ordered_json toJson(const PartSetup &part, Transport transport) {
  ordered_json out = {{"project", part.project}, {"stage", part.stage}};
  for (const auto &[key, ends] : {std::pair("inputs", &part.inputs), std::pair("outputs", &part.outputs)}) {
    out[key] = ordered_json::array();
    for (const StreamEnd &end : *ends)
      out[key].push_back(toJson(end, transport));
  }
  return out;
}

ordered_json toJson(const FpgaSetup &fpga, Transport transport) {
  ordered_json out = {{"name", fpga.name},        {"index", fpga.index}, {"device", fpga.device},
                      {"host", fpga.host},        {"image", fpga.image}, {"replica", fpga.replica},
                      {"replicas", fpga.replicas}};
  switch (transport) {
  case Transport::VnxUdp:
    out["ports"] = ordered_json::array();
    for (const PortSetup &port : fpga.ports)
      out["ports"].push_back(toJson(port));
    break;
  case Transport::HostTcp:
    out["address"] = fpga.address;
    out["listens"] = fpga.listens;
    break;
  }
  out["parts"] = ordered_json::array();
  for (const PartSetup &part : fpga.parts)
    out["parts"].push_back(toJson(part, transport));
  if (transport == Transport::VnxUdp)
    out["forwards"] = ordered_json::array();
  for (const Forward &f : fpga.forwards)
    out["forwards"].push_back({{"crossing", f.crossing},
                               {"inPort", f.inPort},
                               {"inRow", f.inRow},
                               {"outPort", f.outPort},
                               {"outRow", f.outRow}});
  return out;
}

ordered_json toJson(const HostStep &step) {
  ordered_json out = {{"step", step.kind}};
  if (!step.first.empty())
    out["first"] = step.first;
  if (!step.second.empty())
    out["second"] = step.second;
  if (step.kind == "quantize" || step.kind == "thresholds")
    out["lo"] = step.lo, out["hi"] = step.hi;
  if (!step.rounding.empty())
    out["rounding"] = step.rounding, out["roundsFirst"] = step.roundsFirst;
  return out;
}

ordered_json toJson(const std::vector<ModelEnd> &ends) {
  ordered_json out = ordered_json::array();
  for (const ModelEnd &end : ends) {
    const num::FixedType &type = end.type;
    out.push_back({{"name", printable(end.name)},
                   {"shape", end.shape},
                   {"permutation", end.permutation},
                   {"type", num::toString(type)},
                   {"width", type.width},
                   {"fraction", type.fracBits()},
                   {"signed", type.isSigned},
                   {"streamShape", end.streamShape}});
    for (const HostStep &step : hostSteps(end.host))
      out.back()["host"].push_back(toJson(step));
  }
  return out;
}

StreamEnd streamEnd(const ordered_json &json, const FpgaSetup &fpga) {
  StreamEnd out;
  const std::string kind = json.at("kind");
  for (size_t i = 0; i < std::size(kKinds); ++i)
    if (kind == kKinds[i])
      out.kind = static_cast<Endpoint::Kind>(i);
  out.stream = json.at("stream");
  out.argument = json.at("argument");
  out.peer = json.at("peer");
  out.isLocal = out.peer == fpga.name;
  out.port = json.value("port", -1);
  out.row = json.value("row", -1);
  out.lane = json.value("lane", 0);
  out.lanes = json.value("lanes", 1);
  out.words = {json.at("wordBits"), json.at("elementBits"), json.at("elements")};
  if (out.kind == Endpoint::Kind::ModelInput) {
    out.input = json.at("input");
    out.begin = json.at("begin").get<std::vector<int64_t>>();
    out.end = json.at("end").get<std::vector<int64_t>>();
  }
  return out;
}

PortSetup portSetup(const ordered_json &json) {
  PortSetup out;
  out.port = json.at("port");
  out.name = json.at("name");
  out.mac = json.at("mac");
  out.ip = json.at("ip");
  out.gateway = json.at("gateway");
  out.mask = json.at("mask");
  for (const ordered_json &row : json.at("sockets"))
    out.sockets.push_back({row.at("row"), row.at("theirIp"), row.at("theirPort"), row.at("myPort"),
                           row.at("crossing"), row.at("lane"), row.at("sends")});
  for (const ordered_json &entry : json.at("arp"))
    out.arp.push_back({entry.at("ip"), entry.at("mac")});
  return out;
}

PartSetup partSetup(const ordered_json &json, const FpgaSetup &fpga) {
  PartSetup out;
  out.project = json.at("project");
  out.stage = json.at("stage");
  for (const ordered_json &end : json.at("inputs"))
    out.inputs.push_back(streamEnd(end, fpga));
  for (const ordered_json &end : json.at("outputs"))
    out.outputs.push_back(streamEnd(end, fpga));
  return out;
}

FpgaSetup fpgaSetup(const ordered_json &json, Transport transport) {
  FpgaSetup out;
  out.name = json.at("name");
  out.index = json.at("index");
  out.device = json.at("device");
  out.host = json.at("host");
  out.image = json.at("image");
  out.replica = json.at("replica");
  out.replicas = json.at("replicas");
  switch (transport) {
  case Transport::VnxUdp:
    for (const ordered_json &port : json.at("ports"))
      out.ports.push_back(portSetup(port));
    for (const ordered_json &f : json.at("forwards"))
      out.forwards.push_back(
          {f.at("crossing"), f.at("inPort"), f.at("inRow"), f.at("outPort"), f.at("outRow")});
    break;
  case Transport::HostTcp:
    out.address = json.at("address");
    out.listens = json.at("listens");
    break;
  }
  for (const ordered_json &part : json.at("parts"))
    out.parts.push_back(partSetup(part, out));
  return out;
}

std::vector<ModelEnd> modelEnds(const ordered_json &json) {
  std::vector<ModelEnd> out;
  for (const ordered_json &end : json) {
    auto type = num::parseFixedType(end.at("type").get<std::string>());
    if (!type)
      throw std::runtime_error(llvm::toString(type.takeError()));
    out.push_back({end.at("name"), end.at("shape"), end.at("permutation"), *type, end.at("streamShape")});
  }
  return out;
}

} // namespace

std::string toJson(const Network &network) {
  ordered_json out = {{"schema", kSchema}, {"transport", name(network.transport)}};
  if (network.transport == Transport::VnxUdp)
    out["maxSockets"] = network.maxSockets;
  out["inputs"] = toJson(network.inputs);
  out["outputs"] = toJson(network.outputs);
  out["fpgas"] = ordered_json::array();
  for (const FpgaSetup &fpga : network.fpgas)
    out["fpgas"].push_back(toJson(fpga, network.transport));
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

llvm::Expected<Network> networkFromJson(llvm::StringRef text, llvm::StringRef file) {
  // The JSON library reports by exceptions; they end here.
  try {
    const ordered_json json = ordered_json::parse(text.begin(), text.end());
    if (json.at("schema") != kSchema)
      return badInput(file, fmt::format("schema is {}; {} would work", json.at("schema").dump(), kSchema));
    Network out;
    const std::string transport = json.at("transport");
    if (transport == name(Transport::HostTcp))
      out.transport = Transport::HostTcp;
    else if (transport != name(Transport::VnxUdp))
      return badInput(file, fmt::format("transport '{}' is unknown; vnx-udp and host-tcp are known",
                                        printable(transport)));
    out.maxSockets = json.value("maxSockets", 16);
    out.inputs = modelEnds(json.at("inputs"));
    out.outputs = modelEnds(json.at("outputs"));
    for (const ordered_json &fpga : json.at("fpgas"))
      out.fpgas.push_back(fpgaSetup(fpga, out.transport));
    return out;
  } catch (const std::exception &fault) {
    return badInput(file, printable(fault.what()));
  }
}

} // namespace braid::targets
