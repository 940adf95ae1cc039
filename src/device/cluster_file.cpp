// Cluster files; the format stands in targets/clusters/README.md.
#include "fields.h"
#include "joints.h"

#include "braid/support/text.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace braid::device {

using nlohmann::json;

namespace {

constexpr const char *kSchema = "braid-cluster-1";

/// Names become folders and C identifiers of the output, beside folders of the bundle itself.
std::string faultOfName(llvm::StringRef name) {
  static const std::set<std::string> kTaken = {"build", "host", "network", "report"};
  constexpr size_t kLongest = 40;
  const auto isPlain = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '-'; };
  if (name.empty() || name.size() > kLongest || !llvm::all_of(name, isPlain) || !llvm::isAlpha(name.front()))
    return fmt::format("'{}' is no name; up to {} letters, digits, '_' and '-' that begin with a letter are",
                       printable(name), kLongest);
  if (kTaken.count(name.lower()))
    return fmt::format("'{}' is a folder of every bundle; choose another name", printable(name));
  return {};
}

class ClusterFile {
public:
  ClusterFile(const json &table, llvm::StringRef file) : faults_(file), top_(table, "", faults_) {}

  llvm::Expected<Cluster> read() {
    top_.allowOnly({"schema", "name", "fpgas", "hosts", "topology", "link", "links"});
    if (std::string schema = top_.text("schema"); !schema.empty() && schema != kSchema)
      faults_.add("schema", fmt::format("found '{}'; this version reads '{}'", printable(schema), kSchema));
    cluster_.name = top_.text("name", "cluster");
    readHosts();
    readFpgas();
    if (!faults_.empty())
      return faults_.take(); // links of FPGAs that are not known would only add noise
    readLinks();
    checkPorts();
    if (!faults_.empty())
      return faults_.take();
    return std::move(cluster_);
  }

private:
  void readHosts() {
    for (const json &entry : top_.list("hosts")) {
      const Fields host(entry, fmt::format("hosts[{}]", cluster_.hosts.size()), faults_);
      host.allowOnly({"name", "ingestGbps"});
      const std::string name = host.text("name", fmt::format("host{}", cluster_.hosts.size()));
      if (std::string fault = faultOfName(name); !fault.empty())
        faults_.add(host.pathOf("name"), fault);
      if (std::find(hostNames_.begin(), hostNames_.end(), name) != hostNames_.end())
        faults_.add(host.pathOf("name"),
                    fmt::format("'{}' stands twice; names must differ", printable(name)));
      hostNames_.push_back(name);
      cluster_.hosts.push_back({name, host.number("ingestGbps", 0, 10'000, 0)});
    }
  }

  void readFpgas() {
    const json &list = top_.list("fpgas");
    if (list.empty() || list.size() > static_cast<size_t>(kMaxFpgas)) {
      faults_.add("fpgas", fmt::format("found {} FPGAs; 1 to {} are possible", list.size(), kMaxFpgas));
      return;
    }
    for (const json &entry : list)
      readFpga(Fields(entry, fmt::format("fpgas[{}]", cluster_.fpgas.size()), faults_));
    if (hostNames_.empty() && faults_.empty())
      assignHosts(cluster_);
  }

  void readFpga(const Fields &fields) {
    fields.allowOnly({"name", "device", "clockMhz", "host"});
    Fpga fpga;
    fpga.name = fields.text("name", fmt::format("fpga{}", cluster_.fpgas.size()));
    if (std::string fault = faultOfName(fpga.name); !fault.empty())
      faults_.add(fields.pathOf("name"), fault);
    if (std::find(names_.begin(), names_.end(), fpga.name) != names_.end())
      faults_.add(fields.pathOf("name"),
                  fmt::format("'{}' stands twice; names must differ", printable(fpga.name)));
    fpga.device = deviceOf(fields);
    if (fpga.device)
      fpga.clockMhz = fields.number("clockMhz", 1, 1000, fpga.device->clockMhz);
    if (!hostNames_.empty())
      fpga.host = hostOf(fields);
    else if (fields.has("host"))
      faults_.add(fields.pathOf("host"), "names a host, but the file has no 'hosts'; list them there");
    names_.push_back(fpga.name);
    cluster_.fpgas.push_back(std::move(fpga));
  }

  std::shared_ptr<const Device> deviceOf(const Fields &fields) {
    const std::string device = fields.text("device");
    auto found = findDevice(device);
    if (found)
      return *found;
    llvm::consumeError(found.takeError());
    if (!device.empty())
      faults_.add(fields.pathOf("device"),
                  fmt::format("unknown device '{}'{}", printable(device), suggestion(device, deviceNames())));
    return nullptr;
  }

  int hostOf(const Fields &fields) {
    const std::string name =
        fields.text("host", hostNames_.size() == 1 ? std::optional(hostNames_.front()) : std::nullopt);
    const auto it = std::find(hostNames_.begin(), hostNames_.end(), name);
    if (it == hostNames_.end() && !name.empty())
      faults_.add(fields.pathOf("host"),
                  fmt::format("unknown host '{}'{}", printable(name), suggestion(name, hostNames_)));
    return it == hostNames_.end() ? 0 : static_cast<int>(it - hostNames_.begin());
  }

  /// The type named by `key` of `fields`, or the one of the first FPGA's first port.
  std::shared_ptr<const LinkType> linkType(const Fields &fields, const char *key,
                                           const std::string &fallback) {
    const std::string name = fields.text(key, fallback);
    auto found = findLink(name);
    if (found)
      return *found;
    llvm::consumeError(found.takeError());
    if (name.empty())
      faults_.add(fields.pathOf(key),
                  fmt::format("device {} has no network port, so there is no link to join it by; drop the "
                              "topology or use another device",
                              cluster_.fpgas.front().device->name));
    else
      faults_.add(fields.pathOf(key),
                  fmt::format("unknown link '{}'{}", printable(name), suggestion(name, linkNames())));
    return nullptr;
  }

  void readLinks() {
    static const std::map<std::string, Topology> kTopologies = {{"none", Topology::None},
                                                                {"direct", Topology::Direct},
                                                                {"chain", Topology::Chain},
                                                                {"star", Topology::Star},
                                                                {"list", Topology::List}};
    const size_t count = cluster_.fpgas.size();
    const std::string name =
        top_.text("topology", count == 1 ? std::optional<std::string>("none") : std::nullopt);
    const auto it = kTopologies.find(name);
    if (it == kTopologies.end()) {
      if (!name.empty())
        faults_.add("topology", fmt::format("unknown topology '{}'{}", printable(name),
                                            suggestion(name, {"chain", "direct", "list", "none", "star"})));
      return;
    }
    cluster_.topology = it->second;
    if (it->second == Topology::Direct && count != 2)
      faults_.add("topology",
                  fmt::format("'direct' joins 2 FPGAs, found {}; 'chain' or 'star' join more", count));
    if (it->second != Topology::List && top_.has("links"))
      faults_.add("links", fmt::format("goes with topology 'list', found '{}'", name));
    if (it->second == Topology::None || !faults_.empty())
      return;
    const auto &ports = cluster_.fpgas.front().device->ports;
    const auto type = linkType(top_, "link", ports.empty() ? "" : ports.front().link);
    if (!type)
      return;
    if (it->second == Topology::List)
      readList(type);
    else
      join(cluster_, it->second, type);
  }

  void readList(const std::shared_ptr<const LinkType> &usual) {
    std::set<std::pair<int, int>> seen;
    const json &list = top_.list("links");
    if (list.empty())
      faults_.add("links", "topology 'list' needs at least one {\"a\": ..., \"b\": ...}");
    for (size_t i = 0; i < list.size(); ++i) {
      const Fields fields(list[i], fmt::format("links[{}]", i), faults_);
      fields.allowOnly({"a", "b", "type", "switch"});
      const int a = fpgaOf(fields, "a"), b = fpgaOf(fields, "b");
      const auto type = linkType(fields, "type", usual->name);
      if (a < 0 || b < 0 || !type)
        continue;
      if (a == b)
        faults_.add(fields.pathOf("b"), fmt::format("joins '{}' to itself", names_[static_cast<size_t>(a)]));
      else if (!seen.insert(std::minmax(a, b)).second)
        faults_.add(fields.pathOf("b"),
                    fmt::format("'{}' and '{}' are joined already", names_[static_cast<size_t>(a)],
                                names_[static_cast<size_t>(b)]));
      else
        cluster_.links.push_back({std::min(a, b), std::max(a, b), type, fields.flag("switch", false)});
    }
  }

  int fpgaOf(const Fields &fields, const char *key) {
    const std::string name = fields.text(key);
    const auto it = std::find(names_.begin(), names_.end(), name);
    if (it != names_.end())
      return static_cast<int>(it - names_.begin());
    if (!name.empty())
      faults_.add(fields.pathOf(key),
                  fmt::format("unknown FPGA '{}'{}", printable(name), suggestion(name, names_)));
    return -1;
  }

  /// Every cable, and the one to the switch, takes a port of its link's type.
  void checkPorts() {
    for (size_t i = 0; i < cluster_.fpgas.size(); ++i) {
      std::map<std::string, int> cables;
      std::set<std::string> switched;
      for (const Link &link : cluster_.links)
        if (link.a == static_cast<int>(i) || link.b == static_cast<int>(i)) {
          if (link.throughSwitch)
            switched.insert(link.type->name);
          else
            ++cables[link.type->name];
        }
      for (const std::string &type : switched)
        ++cables[type];
      for (const auto &[type, needed] : cables)
        checkPortsOf(i, type, needed);
    }
  }

  void checkPortsOf(size_t fpga, const std::string &type, int needed) {
    const Device &device = *cluster_.fpgas[fpga].device;
    const auto have = std::count_if(device.ports.begin(), device.ports.end(),
                                    [&](const auto &port) { return port.link == type; });
    if (needed <= have)
      return;
    faults_.add(fmt::format("fpgas[{}]", fpga),
                fmt::format("'{}' needs {} port{} for {}, but {} has {}; {}", names_[fpga], needed,
                            needed == 1 ? "" : "s", type, device.name, have,
                            have > 0               ? "topology 'star' needs one"
                            : device.ports.empty() ? "it has no network port"
                                                   : "its ports take " + device.ports.front().link));
  }

  Faults faults_;
  Fields top_;
  Cluster cluster_;
  std::vector<std::string> names_, hostNames_;
};

} // namespace

llvm::Expected<Cluster> parseCluster(llvm::StringRef text, llvm::StringRef file) {
  auto table = parseJson(text, file);
  if (!table)
    return table.takeError();
  return ClusterFile(*table, file).read();
}

} // namespace braid::device
