// Reads socket tables against each other: what one end says of a stream, the other must say in reverse.
#include "braid/support/error.h"
#include "braid/targets/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace braid::targets {
namespace {

using emit::Endpoint;

class NetworkCheck {
public:
  NetworkCheck(const Network &network, llvm::StringRef file) : network_(network), file_(file.str()) {}

  llvm::Error run() {
    switch (network_.transport) {
    case Transport::VnxUdp:
      checkAddresses();
      for (const FpgaSetup &card : network_.fpgas)
        for (const PortSetup &port : card.ports)
          checkPort(card, port);
      break;
    case Transport::HostTcp:
      checkBoards();
      break;
    }
    checkCrossings();
    checkCopies();
    checkInputs();
    return faults_.take(ExitCode::CheckFailed);
  }

private:
  void fault(std::string message) {
    faults_.add({.file = file_, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
  }
  static std::string nameOf(const FpgaSetup &card, const PortSetup &port) {
    return card.name + " " + port.name;
  }

  /// VNx's ARP table has an entry per last byte, and none of its ports leaves its /24.
  void checkAddresses() {
    std::map<std::string, std::string> ips, macs;
    std::set<std::string> nets;
    for (const FpgaSetup &card : network_.fpgas)
      for (const PortSetup &port : card.ports) {
        const std::string who = nameOf(card, port);
        if (const auto [at, isNew] = ips.try_emplace(port.ip, who); !isNew)
          fault(fmt::format("{} and {} both have the address {}", at->second, who, port.ip));
        if (const auto [at, isNew] = macs.try_emplace(port.mac, who); !isNew)
          fault(fmt::format("{} and {} both have the MAC {}", at->second, who, port.mac));
        const auto [net, last] = llvm::StringRef(port.ip).rsplit('.');
        nets.insert(net.str());
        unsigned byte = 0;
        if (last.getAsInteger(10, byte) || byte == 0 || byte >= 255)
          fault(fmt::format("{}: {} is no host's address", who, port.ip));
        ports_[port.ip] = {&card, &port};
      }
    if (nets.size() > 1)
      fault(fmt::format("addresses are in {} networks ({}, {}, ...); one /24 would work", nets.size(),
                        *nets.begin(), *std::next(nets.begin())));
  }

  void checkPort(const FpgaSetup &card, const PortSetup &port) {
    const std::string who = nameOf(card, port);
    if (static_cast<int>(port.sockets.size()) > network_.maxSockets)
      fault(fmt::format("{}: {} rows, and the network layer has {}", who, port.sockets.size(),
                        network_.maxSockets));
    for (size_t i = 0; i < port.sockets.size(); ++i) {
      const Socket &row = port.sockets[i];
      if (row.row != static_cast<int>(i))
        fault(fmt::format("{}: row {} stands in place {}", who, row.row, i));
      checkRow(card, port, row);
    }
  }

  void checkRow(const FpgaSetup &card, const PortSetup &port, const Socket &row) {
    const std::string who = fmt::format("{} row {} (crossing {})", nameOf(card, port), row.row, row.crossing);
    const auto peer = ports_.find(row.theirIp);
    if (peer == ports_.end())
      return fault(fmt::format("{}: no port has the address {}", who, row.theirIp));
    const auto &[theirCard, theirPort] = peer->second;
    const auto opposite =
        std::find_if(theirPort->sockets.begin(), theirPort->sockets.end(), [&](const Socket &their) {
          return their.theirIp == port.ip && their.theirPort == row.myPort && their.myPort == row.theirPort;
        });
    if (opposite == theirPort->sockets.end())
      return fault(fmt::format("{}: {} has no row for {}:{} at its port {}", who,
                               nameOf(*theirCard, *theirPort), port.ip, row.myPort, row.theirPort));
    if (opposite->crossing != row.crossing || opposite->lane != row.lane || opposite->sends == row.sends)
      fault(fmt::format("{}: the opposite, {} row {}, {} crossing {}", who, nameOf(*theirCard, *theirPort),
                        opposite->row, opposite->sends ? "sends" : "receives", opposite->crossing));
    if (std::find(port.arp.begin(), port.arp.end(), ArpEntry{row.theirIp, theirPort->mac}) == port.arp.end())
      fault(
          fmt::format("{}: no ARP entry {} {}; packets would be dropped", who, row.theirIp, theirPort->mac));
    if (std::any_of(card.forwards.begin(), card.forwards.end(), [&](const Forward &f) {
          return f.crossing == row.crossing && (row.sends ? f.outPort : f.inPort) == port.port &&
                 (row.sends ? f.outRow : f.inRow) == row.row;
        }))
      return;
    const std::vector<const StreamEnd *> ends = row.sends ? card.outputs() : card.inputs();
    if (std::none_of(ends.begin(), ends.end(), [&](const StreamEnd *end) {
          return end->stream == row.crossing && end->lane == row.lane && end->port == port.port &&
                 end->row == row.row;
        }))
      fault(fmt::format("{}: no stream of {} uses it", who, card.name));
  }

  void checkBoards() {
    std::map<std::string, std::string> places;
    for (const FpgaSetup &board : network_.fpgas)
      if (const auto [at, isNew] =
              places.try_emplace(fmt::format("{}:{}", board.address, board.listens), board.name);
          !isNew)
        fault(fmt::format("{} and {} both listen at {}", at->second, board.name, at->first));
  }

  using Lanes =
      std::map<std::pair<int64_t, int>, std::vector<std::pair<const FpgaSetup *, const StreamEnd *>>>;

  /// Copies are given the frames of one lane after the other, and share what the first's kernels are built
  /// for: ports, rows and layouts.
  void checkCopies() {
    std::map<std::string, std::vector<const FpgaSetup *>> images;
    for (const FpgaSetup &fpga : network_.fpgas)
      images[fpga.image].push_back(&fpga);
    for (const auto &[image, all] : images) {
      const auto first =
          std::find_if(all.begin(), all.end(), [](const FpgaSetup *f) { return !f->isCopy(); });
      if (first == all.end()) {
        fault(fmt::format("{} is a copy of {}, which is no FPGA of the design", all[0]->name, image));
        continue;
      }
      std::set<int> numbers;
      for (const FpgaSetup *fpga : all) {
        numbers.insert(fpga->replica);
        if (fpga->replicas != static_cast<int>(all.size()) || fpga->replica < 0 ||
            fpga->replica >= fpga->replicas)
          fault(fmt::format("{} is number {} of {}; there are {} of {}", fpga->name, fpga->replica,
                            fpga->replicas, all.size(), image));
        if (shapeOf(*fpga) != shapeOf(**first))
          fault(fmt::format("{} is a copy of {}, and its streams have other ports, rows or frames",
                            fpga->name, image));
      }
      if (numbers.size() != all.size())
        fault(fmt::format("two copies of {} have the same number", image));
    }
  }
  /// What the hardware of an FPGA knows of its network.
  static std::string shapeOf(const FpgaSetup &fpga) {
    std::string out = fpga.device;
    for (const auto &side : {fpga.inputs(), fpga.outputs()})
      for (const StreamEnd *end : side)
        out +=
            fmt::format("; {} {} {} {} of {}, {} x {} in {}", end->stream, end->argument, end->port, end->row,
                        end->lanes, end->words.elements, end->words.elementBits, end->words.wordBits);
    return out;
  }

  /// Each lane of a crossing has one sender and one receiver that name each other and lay out frames alike.
  void checkCrossings() {
    Lanes ends;
    for (const FpgaSetup &fpga : network_.fpgas)
      for (const auto &side : {fpga.outputs(), fpga.inputs()})
        for (const StreamEnd *end : side)
          if (end->kind == Endpoint::Kind::Send || end->kind == Endpoint::Kind::Receive)
            ends[{end->stream, end->lane}].push_back({&fpga, end});
    for (const auto &[lane, pair] : ends) {
      const int64_t crossing = lane.first;
      const auto senders = std::count_if(
          pair.begin(), pair.end(), [](const auto &e) { return e.second->kind == Endpoint::Kind::Send; });
      if (pair.size() != 2 || senders != 1) {
        fault(fmt::format("crossing {} has {} senders and {} receivers; one of each would work", crossing,
                          senders, static_cast<int64_t>(pair.size()) - senders));
        continue;
      }
      for (size_t i = 0; i < 2; ++i)
        if (pair[i].second->peer != pair[1 - i].first->name)
          fault(fmt::format("crossing {}: {} names {} as the other end; it is {}", crossing,
                            pair[i].first->name, pair[i].second->peer, pair[1 - i].first->name));
      if (pair[0].second->words != pair[1].second->words)
        fault(fmt::format("crossing {}: {} and {} lay out its frames differently", crossing,
                          pair[0].first->name, pair[1].first->name));
      for (const auto &[fpga, end] : pair)
        if (end->isLocal && (end->port >= 0 || end->row >= 0))
          fault(fmt::format("crossing {}: stays on {} and has row {} of its port {}", crossing, fpga->name,
                            end->row, end->port));
        else if (!end->isLocal && network_.transport == Transport::VnxUdp && end->row < 0)
          fault(fmt::format("crossing {}: {} has no row for it", crossing, fpga->name));
    }
    checkStages(ends);
  }

  /// A stream stays on an FPGA only to go from one stage to a later one.
  void checkStages(const Lanes &ends) {
    for (const FpgaSetup &fpga : network_.fpgas) {
      std::map<int64_t, int> sentBy;
      for (const PartSetup &part : fpga.parts) {
        for (const StreamEnd &end : part.inputs)
          if (end.kind == Endpoint::Kind::Receive && end.isLocal &&
              ends.at({end.stream, end.lane}).size() == 2 && !sentBy.count(end.stream))
            fault(fmt::format("crossing {}: {} of {} takes it from no stage before it", end.stream,
                              part.project, fpga.name));
        for (const StreamEnd &end : part.outputs)
          if (end.isLocal)
            sentBy[end.stream] = part.stage;
      }
    }
  }

  /// What FPGAs take of the model's inputs is there and is as large as their streams.
  void checkInputs() {
    for (const FpgaSetup &fpga : network_.fpgas)
      for (const StreamEnd *end : fpga.inputs())
        if (end->kind == Endpoint::Kind::ModelInput)
          checkInput(fpga, *end);
  }
  void checkInput(const FpgaSetup &fpga, const StreamEnd &end) {
    const std::string who = fmt::format("{} {}", fpga.name, end.argument);
    if (end.input < 0 || end.input >= static_cast<int>(network_.inputs.size()))
      return fault(fmt::format("{}: the model has no input {}", who, end.input));
    const std::vector<int64_t> &shape = network_.inputs[static_cast<size_t>(end.input)].streamShape;
    int64_t elements = 1;
    bool inside = end.begin.size() == shape.size() && end.end.size() == shape.size();
    for (size_t d = 0; inside && d < shape.size(); ++d) {
      inside = end.begin[d] >= 0 && end.begin[d] < end.end[d] && end.end[d] <= shape[d];
      elements *= end.end[d] - end.begin[d];
    }
    if (!inside)
      return fault(fmt::format("{}: its box [{}] to [{}] does not lie in input {}, [{}]", who,
                               fmt::join(end.begin, ", "), fmt::join(end.end, ", "), end.input,
                               fmt::join(shape, ", ")));
    if (elements != end.words.elements)
      fault(
          fmt::format("{}: its box has {} elements, its frames have {}", who, elements, end.words.elements));
  }

  const Network &network_;
  std::string file_;
  Diagnostics faults_;
  std::map<std::string, std::pair<const FpgaSetup *, const PortSetup *>> ports_;
};

} // namespace

llvm::Error checkNetwork(const Network &network, llvm::StringRef file) {
  return NetworkCheck(network, file).run();
}

} // namespace braid::targets
