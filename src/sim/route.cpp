#include "route.h"

#include "braid/support/error.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::sim {
namespace {

using llvm::support::endian::read16le;
using llvm::support::endian::read32le;
using targets::FpgaSetup;
using targets::PartSetup;
using targets::PortSetup;
using targets::Socket;
using targets::StreamEnd;

constexpr uint32_t kMagic = 0x44495242; ///< targets/hls/link/braid_packets.h
constexpr uint16_t kVersion = 1;
constexpr size_t kBeat = 64;

llvm::Error wrong(const std::string &file, std::string message) {
  return userError(ExitCode::CheckFailed,
                   {.file = file, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

} // namespace

llvm::Expected<std::string> readBytes(const std::string &file, const std::string &fpga) {
  auto buffer = llvm::MemoryBuffer::getFile(file, false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return wrong(file, fmt::format("{} has not written it: {}", fpga, buffer.getError().message()));
  return (*buffer)->getBuffer().str();
}

llvm::Error writeBytes(const std::string &file, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream out(file, error);
  if (!error) {
    out << bytes;
    out.close();
    error = out.error();
    out.clear_error();
  }
  return error ? wrong(file, "cannot be written: " + error.message()) : llvm::Error::success();
}

Router::Router(const targets::Network &network, const emit::Context &context, int64_t frames)
    : network_(network), context_(context), frames_(frames) {}

const device::LinkType &Router::linkOf(int32_t crossing) const {
  const plan::Lane lane = context_.plan.lanesOf(context_.plan.crossings[static_cast<size_t>(crossing)])[0];
  return *context_.cluster.firstLink(lane.from, lane.to)->type;
}

llvm::Error Router::route(const FpgaSetup &fpga, const PartSetup &part, const std::string &folder) {
  const bool isCard = network_.transport == targets::Transport::VnxUdp;
  // Hosts carry what boards send; a card's packets leave by its ports. Streams on the chip do neither.
  for (const StreamEnd &end : part.outputs) // of several lanes, each takes its frames from the one file
    if (end.kind == emit::Endpoint::Kind::Send && (end.isLocal || !isCard))
      if (llvm::Error error = routeStream(fpga, end, fmt::format("{}/{}.out", folder, end.argument)))
        return error;
  return isCard ? routeForwarded(fpga, folder) : llvm::Error::success();
}

llvm::Error Router::routeForwarded(const FpgaSetup &fpga, const std::string &folder) {
  for (const PortSetup &port : fpga.ports)
    if (std::any_of(port.sockets.begin(), port.sockets.end(), [](const Socket &row) { return row.sends; }))
      if (llvm::Error error = routePort(fpga, port, fmt::format("{}/port{}.out", folder, port.port)))
        return error;
  return llvm::Error::success();
}

llvm::Error Router::routePort(const FpgaSetup &fpga, const PortSetup &port, const std::string &file) {
  auto bytes = readBytes(file, fpga.name);
  if (!bytes)
    return bytes.takeError();
  llvm::StringRef rest(*bytes);
  while (!rest.empty()) {
    if (rest.size() < 8 || (rest.size() - 8) / kBeat < read32le(rest.data() + 4))
      return wrong(file, fmt::format("{}: ends within a packet", fpga.name));
    const uint32_t row = read32le(rest.data()), beats = read32le(rest.data() + 4);
    const llvm::StringRef packet = rest.substr(8, beats * kBeat);
    rest = rest.drop_front(8 + packet.size());
    if (llvm::Error error = deliver(fpga, port, row, packet, file))
      return error;
  }
  return llvm::Error::success();
}

/// As the network layers do it: the sender's row gives the address, the receiver looks for the row whose
/// address and ports are the packet's.
llvm::Error Router::deliver(const FpgaSetup &fpga, const PortSetup &port, uint32_t row,
                            llvm::StringRef packet, const std::string &file) {
  const std::string who = fmt::format("{} {} row {}", fpga.name, port.name, row);
  if (row >= port.sockets.size())
    return wrong(
        file, fmt::format("{}: the socket table has {} rows; the packet has none", who, port.sockets.size()));
  const Socket &mine = port.sockets[row];
  const FpgaSetup *peer = nullptr;
  const PortSetup *their = nullptr;
  for (const FpgaSetup &f : network_.fpgas)
    for (const PortSetup &p : f.ports)
      if (p.ip == mine.theirIp)
        peer = &f, their = &p;
  if (!their)
    return wrong(file, fmt::format("{}: no port has the address {}", who, mine.theirIp));
  if (std::none_of(port.arp.begin(), port.arp.end(), [&](const targets::ArpEntry &entry) {
        return entry.ip == mine.theirIp && entry.mac == their->mac;
      }))
    return wrong(file, fmt::format("{}: no ARP entry for {}; the packet is dropped", who, mine.theirIp));
  const auto match = std::find_if(their->sockets.begin(), their->sockets.end(), [&](const Socket &r) {
    return r.theirIp == port.ip && r.theirPort == mine.myPort && r.myPort == mine.theirPort;
  });
  if (match == their->sockets.end())
    return wrong(file, fmt::format("{}: {} {} has no socket row for a packet from {}:{} to its port {}", who,
                                   peer->name, their->name, port.ip, mine.myPort, mine.theirPort));
  if (packet.size() < kBeat || read32le(packet.data()) != kMagic || read16le(packet.data() + 4) != kVersion)
    return wrong(file, fmt::format("{}: a packet without a header of ours", who));
  const int32_t crossing = read16le(packet.data() + 6);
  if (crossing >= static_cast<int32_t>(context_.plan.crossings.size()))
    return wrong(file,
                 fmt::format("{}: a packet of crossing {}, which the plan does not have", who, crossing));
  const device::LinkType &link = linkOf(crossing);
  if (static_cast<int64_t>(packet.size()) > link.headerBytes + link.maxPayloadBytes)
    return wrong(file, fmt::format("{}: a packet of {} bytes; {} allows {}", who, packet.size(), link.name,
                                   link.headerBytes + link.maxPayloadBytes));
  Carried &carried = carried_[crossing][mine.lane];
  carried.wireBytes += static_cast<int64_t>(packet.size()) + link.overheadBytes;
  Inbox *in = nullptr;
  for (const PartSetup &part : peer->parts)
    for (const StreamEnd &end : part.inputs)
      if (end.port == their->port && end.row == match->row)
        in = &inbox(*peer, part);
  if (in)
    carried.frames += packet.drop_front(kBeat), ++carried.packets;
  else if (std::any_of(peer->forwards.begin(), peer->forwards.end(), [&](const targets::Forward &f) {
             return f.inPort == their->port && f.inRow == match->row;
           }))
    in = &forwards_[peer->name];
  if (!in)
    return wrong(file, fmt::format("{}: no stream of {} comes by its {} row {}", who, peer->name, their->name,
                                   match->row));
  char head[8];
  llvm::support::endian::write32le(head, static_cast<uint32_t>(match->row));
  llvm::support::endian::write32le(head + 4, static_cast<uint32_t>(packet.size() / kBeat));
  std::string &waiting = in->ports[their->port];
  waiting.append(head, sizeof head);
  waiting += packet;
  return llvm::Error::success();
}

llvm::Error Router::routeStream(const FpgaSetup &fpga, const StreamEnd &end, const std::string &file) {
  auto bytes = readBytes(file, fpga.name);
  if (!bytes)
    return bytes.takeError();
  const auto peer = std::find_if(network_.fpgas.begin(), network_.fpgas.end(),
                                 [&](const FpgaSetup &f) { return f.name == end.peer; });
  if (peer == network_.fpgas.end())
    return wrong(file, fmt::format("{}: crossing {} goes to '{}', which is no board", fpga.name, end.stream,
                                   end.peer));
  const PartSetup *part = nullptr;
  const StreamEnd *there = nullptr;
  for (const PartSetup &p : peer->parts)
    for (const StreamEnd &in : p.inputs)
      if (in.kind == emit::Endpoint::Kind::Receive && in.stream == end.stream && in.lane == end.lane &&
          in.peer == fpga.name)
        part = &p, there = &in;
  if (!there)
    return wrong(file,
                 fmt::format("{}: {} expects no crossing {} from it", fpga.name, peer->name, end.stream));
  const auto crossing = static_cast<int32_t>(end.stream);
  Carried &carried = carried_[crossing][end.lane];
  // A frame a message: TCP cuts it into segments of its own.
  const int64_t frameBytes = end.words.bytes();
  carried.frames = laneOf(*bytes, frameBytes, end.lanes > 1 ? end.lane : 0, end.lanes);
  if (!end.isLocal) {
    carried.packets = static_cast<int64_t>(carried.frames.size()) / frameBytes;
    carried.wireBytes = carried.packets * device::wireBytes(linkOf(crossing), frameBytes);
  }
  inbox(*peer, *part).streams[there->argument][end.lane] = carried.frames;
  return llvm::Error::success();
}

std::string interleaved(llvm::ArrayRef<std::string> lanes, int64_t frameBytes) {
  if (lanes.size() == 1)
    return lanes[0];
  std::string out;
  const auto size = static_cast<size_t>(frameBytes);
  for (size_t frame = 0;; ++frame) {
    const std::string &lane = lanes[frame % lanes.size()];
    const size_t at = frame / lanes.size() * size;
    if (at >= lane.size())
      return out;
    out.append(lane, at, size);
  }
}

std::string laneOf(llvm::StringRef frames, int64_t frameBytes, int lane, int lanes) {
  if (lanes == 1)
    return frames.str();
  std::string out;
  const auto size = static_cast<size_t>(frameBytes);
  for (size_t at = static_cast<size_t>(lane) * size; at < frames.size();
       at += static_cast<size_t>(lanes) * size)
    out += frames.substr(at, size);
  return out;
}

} // namespace braid::sim
