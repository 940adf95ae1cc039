// The built-in devices and links: parsed once, when first asked for.
#include "tables.h"

#include "fields.h"

#include "braid/support/text.h"

#include "llvm/ADT/StringRef.h"

#include <fmt/format.h>

#include <map>

namespace braid::device {

using nlohmann::json;

namespace {

Die dieFrom(const Fields &fields) {
  fields.allowOnly({"name", "capacity", "shell"});
  Die die;
  die.name = fields.text("name");
  die.capacity = fields.resources("capacity");
  const Fields shell(fields.object("shell"), fields.pathOf("shell"), fields.faults());
  for (const auto &[part, amounts] : fields.object("shell").items())
    die.shell += shell.resources(part.c_str());
  return die;
}

/// Fields whose source says `assumed: ...`.
std::map<std::string, std::string> assumedOf(const Fields &fields) {
  std::map<std::string, std::string> out;
  for (const auto &[field, source] : fields.object("sources").items())
    if (const std::string text = source.is_string() ? source.get<std::string>() : "";
        llvm::StringRef(text).startswith("assumed: "))
      out[field] = llvm::StringRef(text).split(": ").second.str();
  return out;
}

Device deviceFrom(const json &table, Faults &faults) {
  const Fields fields(table, "", faults);
  fields.allowOnly({"schema", "name", "part", "platform", "family", "clockMhz", "memory", "channel",
                    "sllPerBoundary", "dies", "ports", "host", "sources"});
  Device device;
  device.name = fields.text("name");
  device.part = fields.text("part");
  device.platform = fields.text("platform");
  device.family = fields.text("family");
  device.clockMhz = fields.number("clockMhz", 1, 1000);
  device.memory = fields.text("memory");
  const Fields channel(fields.object("channel"), "channel", faults);
  channel.allowOnly({"gbps", "efficiency", "mebibytes"});
  device.channel = {channel.number("gbps", 0.001, 10'000, 0), channel.number("efficiency", 0.01, 1, 0),
                    channel.integer("mebibytes", 1, 1'000'000, 0)};
  device.sllPerBoundary = fields.integer("sllPerBoundary", 0, 1'000'000);
  for (const json &die : fields.list("dies"))
    device.dies.push_back(dieFrom(Fields(die, fmt::format("dies[{}]", device.dies.size()), faults)));
  for (const json &entry : fields.list("ports")) {
    const Fields port(entry, fmt::format("ports[{}]", device.ports.size()), faults);
    port.allowOnly({"name", "link", "die"});
    const auto lastDie = static_cast<int64_t>(device.dies.size()) - 1;
    device.ports.push_back(
        {port.text("name"), port.text("link"), static_cast<int>(port.integer("die", 0, lastDie))});
  }
  const Fields host(fields.object("host"), "host", faults);
  host.allowOnly({"fpgas", "pcieGbps", "nicGbps"});
  device.host = {static_cast<int>(host.integer("fpgas", 1, kMaxFpgas)), host.number("pcieGbps", 0, 10'000),
                 host.number("nicGbps", 0, 10'000)};
  device.assumed = assumedOf(fields);
  return device;
}

LinkType linkFrom(const json &table, Faults &faults) {
  const Fields fields(table, "", faults);
  fields.allowOnly({"schema", "name", "transport", "gbps", "latencyUs", "switchLatencyUs", "lossless",
                    "wordBits", "headerBytes", "frameHeaderBytes", "maxPayloadBytes", "overheadBytes",
                    "portCost", "maxFlows", "sources"});
  LinkType link;
  link.name = fields.text("name");
  link.transport = fields.text("transport");
  link.gbps = fields.number("gbps", 0.001, 10'000);
  link.latencyUs = fields.number("latencyUs", 0, 1e6);
  link.switchLatencyUs = fields.number("switchLatencyUs", 0, 1e6);
  link.lossless = fields.flag("lossless", false);
  link.wordBits = fields.integer("wordBits", 8, 4096);
  link.headerBytes = fields.integer("headerBytes", 0, 4096);
  link.frameHeaderBytes = fields.integer("frameHeaderBytes", 0, 4096);
  link.maxPayloadBytes = fields.integer("maxPayloadBytes", 0, 65'536);
  link.overheadBytes = fields.integer("overheadBytes", 0, 4096);
  link.portCost = fields.resources("portCost");
  link.maxFlows = static_cast<int>(fields.integer("maxFlows", 0, 65'536));
  link.assumed = assumedOf(fields);
  return link;
}

struct Tables {
  std::map<std::string, std::shared_ptr<const Device>> devices;
  std::map<std::string, std::shared_ptr<const LinkType>> links;
  std::map<std::string, std::string_view> clusters; ///< Texts: a cluster refers to the others
};

/// A fault in an embedded table is ours.
Tables parseTables() {
  Tables tables;
  for (const embedded::File &file : embedded::deviceTables()) {
    const auto [folder, base] = llvm::StringRef(file.name.data(), file.name.size()).split('/');
    const llvm::StringRef text(file.text.data(), file.text.size());
    if (folder == "clusters") {
      tables.clusters[base.drop_back(5).str()] = file.text; // without ".json"
      continue;
    }
    Faults faults(folder.str() + "/" + base.str());
    auto table = parseJson(text, base);
    BRAID_CHECK(static_cast<bool>(table), llvm::toString(table.takeError()));
    if (folder == "devices") {
      auto device = std::make_shared<const Device>(deviceFrom(*table, faults));
      tables.devices[device->name] = device;
    } else {
      auto link = std::make_shared<const LinkType>(linkFrom(*table, faults));
      tables.links[link->name] = link;
    }
    BRAID_CHECK(faults.empty(), llvm::toString(faults.take()));
  }
  return tables;
}

const Tables &tables() {
  static const Tables kTables = parseTables();
  return kTables;
}

template <class Map> std::vector<std::string> keysOf(const Map &map) {
  std::vector<std::string> keys;
  for (const auto &[key, value] : map)
    keys.push_back(key);
  return keys;
}

template <class Map>
llvm::Expected<typename Map::mapped_type> findIn(const Map &map, llvm::StringRef name, const char *what) {
  auto it = map.find(name.str());
  if (it != map.end())
    return it->second;
  return badUsage(fmt::format("unknown {} '{}'{}", what, printable(name), suggestion(name, keysOf(map))));
}

} // namespace

std::vector<std::string> deviceNames() { return keysOf(tables().devices); }
std::vector<std::string> linkNames() { return keysOf(tables().links); }
std::vector<std::string> clusterNames() { return keysOf(tables().clusters); }

llvm::Expected<std::shared_ptr<const Device>> findDevice(llvm::StringRef name) {
  return findIn(tables().devices, name, "device");
}

llvm::Expected<std::shared_ptr<const LinkType>> findLink(llvm::StringRef name) {
  return findIn(tables().links, name, "link");
}

std::string_view clusterText(llvm::StringRef name) {
  auto it = tables().clusters.find(name.str());
  return it == tables().clusters.end() ? std::string_view() : it->second;
}

} // namespace braid::device
