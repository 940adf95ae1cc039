// Addresses, ports and socket rows, decided by counting: nothing is looked up, so that two runs agree.
#include "braid/targets/network.h"

#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::targets {
namespace {

using emit::Endpoint;

/// Private range of RFC 1918; the last byte tells the ports apart, since VNx's ARP table is indexed by it.
constexpr const char *kCardNet = "10.77.0.";
constexpr int kFirstCard = 10;
constexpr int kPortsPerCard = 2; ///< Addresses kept for each card
/// PYNQ images come up in 192.168.2.0/24.
constexpr const char *kBoardNet = "192.168.2.";
constexpr int kFirstBoard = 10;
constexpr int kBoardPort = 51000;
/// UDP port of crossing 0, at both ends.
constexpr int kFirstUdpPort = 50000;
/// VNx, NetLayers/Makefile: MAX_SOCKETS as built, and the most it can be.
constexpr int kDefaultSockets = 16, kMostSockets = 63;

llvm::Error cannot(std::string message) {
  return userError(ExitCode::NoPlan,
                   {.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

class NetworkPlanner {
public:
  explicit NetworkPlanner(const emit::Context &context) : context_(context), cluster_(context.cluster) {}

  llvm::Expected<Network> run() {
    if (llvm::Error error = findTransport())
      return error;
    for (const emit::Project &project : context_.projects)
      addPart(project);
    std::sort(out_.fpgas.begin(), out_.fpgas.end(),
              [](const FpgaSetup &a, const FpgaSetup &b) { return a.index < b.index; });
    for (FpgaSetup &fpga : out_.fpgas)
      std::sort(fpga.parts.begin(), fpga.parts.end(),
                [](const PartSetup &a, const PartSetup &b) { return a.stage < b.stage; });
    if (out_.transport == Transport::VnxUdp)
      if (llvm::Error error = addRows())
        return error;
    addEnds(context_.hostModel(), context_.hostModel().inputs, out_.inputs);
    addEnds(context_.whole, context_.whole.outputs, out_.outputs);
    return std::move(out_);
  }

private:
  const device::Fpga &fpga(int index) const { return cluster_.fpgas[static_cast<size_t>(index)]; }
  FpgaSetup &setup(int index) {
    return *std::find_if(out_.fpgas.begin(), out_.fpgas.end(),
                         [&](const FpgaSetup &f) { return f.index == index; });
  }

  llvm::Error findTransport() {
    BRAID_CHECK(!context_.projects.empty(), "a design has at least one FPGA");
    const auto isCard = [&](int index) { return !fpga(index).device->platform.empty(); };
    const int first = context_.projects[0].fpga;
    for (const emit::Project &project : context_.projects)
      if (isCard(project.fpga) != isCard(first))
        return cannot(fmt::format(
            "{} ({}) and {} ({}) have no network in common; all Alveo cards or all Zynq boards would work",
            fpga(first).name, fpga(first).device->name, fpga(project.fpga).name,
            fpga(project.fpga).device->name));
    out_.transport = isCard(first) ? Transport::VnxUdp : Transport::HostTcp;
    for (const plan::Crossing &crossing : context_.plan.crossings) {
      if (crossing.isLocal())
        continue;
      const device::Link *link = cluster_.firstLink(crossing.from, crossing.to);
      BRAID_CHECK(link != nullptr, "a verified plan has a link for every crossing");
      if (link->type->transport != name(out_.transport))
        return cannot(fmt::format("link {} - {} is {} ({}); {} speaks {}", fpga(crossing.from).name,
                                  fpga(crossing.to).name, link->type->name, link->type->transport,
                                  fpga(crossing.from).device->name, name(out_.transport)));
    }
    return llvm::Error::success();
  }

  /// The FPGA that holds a replica of what is placed on `base`.
  FpgaSetup &fpgaOf(int base, int replica) {
    const std::vector<int> replicas = context_.plan.replicasOf(base);
    const int index = replicas[static_cast<size_t>(replica)];
    for (FpgaSetup &known : out_.fpgas)
      if (known.index == index)
        return known;
    FpgaSetup out;
    out.name = fpga(index).name;
    out.index = index;
    out.image = fpga(base).name;
    out.replica = replica;
    out.replicas = static_cast<int>(replicas.size());
    out.device = fpga(index).device->name;
    out.host = cluster_.hosts[static_cast<size_t>(fpga(index).host)].name;
    if (out_.transport == Transport::HostTcp) {
      out.address = fmt::format("{}{}", kBoardNet, kFirstBoard + index);
      out.listens = kBoardPort;
    }
    return out_.fpgas.emplace_back(std::move(out));
  }

  void addPart(const emit::Project &project) {
    for (int replica = 0; replica < context_.plan.replicaCount(project.fpga); ++replica) {
      PartSetup out;
      out.project = project.name;
      out.stage = project.stage;
      for (const Endpoint &end : project.inputs)
        addStream(project, replica, end, out.inputs);
      for (const Endpoint &end : project.outputs)
        addStream(project, replica, end, out.outputs);
      fpgaOf(project.fpga, replica).parts.push_back(std::move(out));
    }
  }

  /// An entry for each lane that ends at this replica.
  void addStream(const emit::Project &project, int replica, const Endpoint &end,
                 std::vector<StreamEnd> &ends) const {
    const device::Device &device = *fpga(project.fpga).device;
    if (end.crossing < 0) {
      StreamEnd out = endOf(end, plan::hostLink(device).wordBits);
      out.stream = (end.kind == Endpoint::Kind::ModelInput ? kInputStream : kOutputStream) + end.port;
      out.peer = "client";
      ends.push_back(std::move(out));
      return;
    }
    const bool sends = end.kind == Endpoint::Kind::Send;
    const std::vector<plan::Lane> lanes =
        context_.plan.lanesOf(context_.plan.crossings[static_cast<size_t>(end.crossing)]);
    const size_t first = ends.size();
    for (size_t i = 0; i < lanes.size(); ++i) {
      const plan::Lane &lane = lanes[i];
      if ((sends ? lane.fromReplica : lane.toReplica) != replica)
        continue;
      StreamEnd out = endOf(end, end.isLocal ? plan::hostLink(device).wordBits
                                             : cluster_.firstLink(lane.from, lane.to)->type->wordBits);
      out.stream = end.crossing;
      out.peer = fpga(sends ? lane.to : lane.from).name;
      out.isLocal = end.isLocal;
      out.lane = static_cast<int>(i);
      ends.push_back(std::move(out));
    }
    for (size_t i = first; i < ends.size(); ++i)
      ends[i].lanes = static_cast<int>(ends.size() - first);
  }

  StreamEnd endOf(const Endpoint &end, int64_t wordBits) const {
    StreamEnd out;
    out.kind = end.kind;
    out.argument = end.argument;
    if (end.kind == Endpoint::Kind::ModelInput) {
      const emit::InputPart part = context_.partOf(end.port);
      out.input = part.input;
      out.begin.assign(part.box.begin.begin(), part.box.begin.end());
      out.end.assign(part.box.end.begin(), part.box.end.end());
    }
    out.words = wordsOf(end, wordBits);
    return out;
  }

  /// Every link has a port at both ends.
  llvm::Error checkLinks() const {
    for (const device::Link &link : cluster_.links)
      for (int end : {link.a, link.b}) {
        const int port = cluster_.portOf(link, end);
        if (port >= static_cast<int>(fpga(end).device->ports.size()) || port >= kPortsPerCard)
          return cannot(fmt::format("{} ({}) has {} network ports; the cluster joins more cables to it",
                                    fpga(end).name, fpga(end).device->name, fpga(end).device->ports.size()));
      }
    return llvm::Error::success();
  }

  PortSetup &portOf(int index, int port) {
    std::vector<PortSetup> &ports = setup(index).ports;
    auto at = std::find_if(ports.begin(), ports.end(), [&](const PortSetup &p) { return p.port >= port; });
    if (at != ports.end() && at->port == port)
      return *at;
    PortSetup out;
    out.port = port;
    out.name = fpga(index).device->ports[static_cast<size_t>(port)].name;
    out.ip = fmt::format("{}{}", kCardNet, kFirstCard + kPortsPerCard * index + port);
    out.gateway = fmt::format("{}1", kCardNet);
    out.mask = "255.255.255.0";
    out.mac = fmt::format("02:0a:35:77:{:02x}:{:02x}", index, port); // 02: administered locally
    return *ports.insert(at, std::move(out));
  }

  llvm::Error addRows() {
    if (llvm::Error error = checkLinks())
      return error;
    // All ports first: rows name their addresses.
    for (const plan::Crossing &crossing : context_.plan.crossings) {
      if (crossing.isLocal())
        continue;
      for (const plan::Lane &lane : context_.plan.lanesOf(crossing)) {
        const std::vector<int> path = cluster_.path(lane.from, lane.to);
        for (size_t hop = 1; hop < path.size(); ++hop)
          for (int end : {path[hop - 1], path[hop]})
            portOf(end, cluster_.portOf(*cluster_.link(path[hop - 1], path[hop]), end));
      }
    }
    for (const plan::Crossing &crossing : context_.plan.crossings) {
      if (crossing.isLocal())
        continue;
      const std::vector<plan::Lane> lanes = context_.plan.lanesOf(crossing);
      for (int i = 0; i < static_cast<int>(lanes.size()); ++i) {
        const plan::Lane &lane = lanes[static_cast<size_t>(i)];
        addPath(crossing.id, i, cluster_.path(lane.from, lane.to));
      }
    }
    for (const FpgaSetup &card : out_.fpgas)
      for (const PortSetup &port : card.ports) {
        const int rows = static_cast<int>(port.sockets.size());
        if (rows > kMostSockets)
          return cannot(
              fmt::format("{} of {} ({}) would carry {} streams; the network layer tells at most {} apart",
                          port.name, card.name, card.device, rows, kMostSockets));
        if (rows > kDefaultSockets)
          out_.maxSockets = std::max(out_.maxSockets, rows);
      }
    return llvm::Error::success();
  }

  /// Rows at both ends of every link on the way, and what the FPGAs between forward.
  void addPath(int32_t crossing, int lane, const std::vector<int> &path) {
    Forward forward;
    for (size_t hop = 1; hop < path.size(); ++hop) {
      const auto [outPort, outRow] = addRow(crossing, lane, path[hop - 1], path[hop], /*sends=*/true);
      if (hop > 1) {
        forward.outPort = outPort, forward.outRow = outRow;
        setup(path[hop - 1]).forwards.push_back(forward);
      }
      const auto [inPort, inRow] = addRow(crossing, lane, path[hop], path[hop - 1], /*sends=*/false);
      forward = {crossing, inPort, inRow, 0, 0};
    }
  }

  /// Port and number of the row.
  std::pair<int, int> addRow(int32_t crossing, int lane, int at, int peer, bool sends) {
    const device::Link *link = cluster_.link(at, peer);
    const int myPort = cluster_.portOf(*link, at);
    const PortSetup their = portOf(peer, cluster_.portOf(*link, peer));
    PortSetup &mine = portOf(at, myPort);
    Socket row;
    row.row = static_cast<int>(mine.sockets.size());
    row.theirIp = their.ip;
    row.theirPort = row.myPort = kFirstUdpPort + crossing;
    row.crossing = crossing;
    row.lane = lane;
    row.sends = sends;
    mine.sockets.push_back(row);
    const ArpEntry entry{their.ip, their.mac};
    const auto place = std::lower_bound(mine.arp.begin(), mine.arp.end(), entry);
    if (place == mine.arp.end() || *place != entry)
      mine.arp.insert(place, entry);
    for (PartSetup &part : setup(at).parts)
      for (StreamEnd &end : sends ? part.outputs : part.inputs)
        if (end.stream == crossing && end.lane == lane)
          end.port = myPort, end.row = row.row;
    return {myPort, row.row};
  }

  static void addEnds(const ir::Model &model, const std::vector<ir::Port> &ports,
                      std::vector<ModelEnd> &ends) {
    for (const ir::Port &port : ports) {
      const ir::Stream &stream = model.stream(port.stream);
      ends.push_back({port.name,
                      {port.onnxShape.begin(), port.onnxShape.end()},
                      {port.perm.begin(), port.perm.end()},
                      stream.type.fixed(),
                      {stream.shape.begin(), stream.shape.end()},
                      port.host});
    }
  }

  const emit::Context &context_;
  const device::Cluster &cluster_;
  Network out_;
};

} // namespace

const char *name(Transport transport) {
  switch (transport) {
  case Transport::VnxUdp:
    return "vnx-udp";
  case Transport::HostTcp:
    return "host-tcp";
  }
  BRAID_CHECK(false, "unknown transport");
}

std::vector<const StreamEnd *> argumentsOf(const std::vector<StreamEnd> &ends) {
  std::vector<const StreamEnd *> out;
  for (const StreamEnd &end : ends)
    if (out.empty() || out.back()->argument != end.argument)
      out.push_back(&end);
  return out;
}

std::string laneName(const StreamEnd &end) {
  return end.lanes > 1 ? fmt::format("{}_{}", end.stream, end.lane) : std::to_string(end.stream);
}

std::vector<KernelSetting> settingsOf(const FpgaSetup &card) {
  std::vector<KernelSetting> out;
  for (const StreamEnd *end : card.outputs())
    if (end->row >= 0) {
      const std::string kernel = "packetizer_" + laneName(*end);
      out.push_back({kernel, "dest", end->row});
      out.push_back({kernel, "replica", end->lane});
    }
  for (const StreamEnd *end : card.inputs())
    if (end->row >= 0)
      out.push_back({"depacketizer_" + laneName(*end), "replica", end->lane});
  for (const Forward &forward : card.forwards)
    out.push_back({fmt::format("forwarder_{}", forward.crossing), "dest", forward.outRow});
  return out;
}

const std::string &folderOf(const emit::Context &context, const emit::Project &project) {
  return context.cluster.fpgas[static_cast<size_t>(project.fpga)].name;
}

llvm::Expected<Network> planNetwork(const emit::Context &context) { return NetworkPlanner(context).run(); }

} // namespace braid::targets
