// Registers of VNx's kernels: 100GbE MAC (AMD PG203) and network layer (VNx, NetLayers/template.xml).
#pragma once

#include <xrt/xrt_device.h>
#if __has_include(<xrt/experimental/xrt_ip.h>)
#include <xrt/experimental/xrt_ip.h>
#else
#include <experimental/xrt_ip.h>
#endif

#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace braid::host {

/// Offsets of one generation of VNx's network layer; columns of the socket table follow each other, so that
/// their places depend on the number of rows it was built with.
struct RegisterMap {
  uint32_t mac, ip, gateway, mask, probe, probeValue, counters, clearCounters, socketCount, sockets,
      discovery, arpValid, arpIp, arpMac;
};
constexpr RegisterMap kVnx2022 = {0x0010, 0x0018, 0x001c, 0x0020, 0x007c, 0x5e771465, 0x0400,
                                  0x05f0, 0x0810, 0x0820, 0x1010, 0x1100, 0x1400,     0x1800};

inline uint32_t addressOf(const std::string &text) {
  uint32_t value = 0;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '.');)
    value = value << 8 | static_cast<uint32_t>(std::stoul(part));
  return value;
}
inline uint64_t macOf(const std::string &text) {
  uint64_t value = 0;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ':');)
    value = value << 8 | std::stoull(part, nullptr, 16);
  return value;
}

/// network/<card>.sockets.
struct Socket {
  uint32_t row = 0;
  std::string theirIp;
  uint32_t theirPort = 0, myPort = 0;
};
struct PortTable {
  std::string mac, ip, gateway, mask;
  std::vector<Socket> sockets;
  std::map<std::string, std::string> arp; ///< MACs by address
};
/// A register of a free-running kernel of ours.
struct Setting {
  std::string kernel, name;
  uint32_t value = 0;
};
struct CardTable {
  std::map<int, PortTable> ports;
  std::vector<Setting> settings;
};
inline CardTable readSockets(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    throw std::runtime_error(path + ": cannot be read");
  CardTable card;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string kind;
    int port = 0;
    if (!(words >> kind))
      continue;
    if (kind == "set") {
      Setting &setting = card.settings.emplace_back();
      if (!(words >> setting.kernel >> setting.name >> setting.value))
        throw std::runtime_error(path + ": '" + line + "' is too short");
      continue;
    }
    words >> port;
    PortTable &table = card.ports[port];
    Socket socket;
    std::string ip, mac;
    if (kind == "port")
      words >> table.mac >> table.ip >> table.gateway >> table.mask;
    else if (kind == "socket" && words >> socket.row >> socket.theirIp >> socket.theirPort >> socket.myPort)
      table.sockets.push_back(socket);
    else if (kind == "arp" && words >> ip >> mac)
      table.arp[ip] = mac;
    else
      throw std::runtime_error(path + ": '" + line + "' is not understood");
    if (!words)
      throw std::runtime_error(path + ": '" + line + "' is too short");
  }
  return card;
}

class Cmac {
public:
  Cmac(const xrt::device &device, const xrt::uuid &uuid, int port)
      : ip_(device, uuid, "cmac_" + std::to_string(port) + ":{cmac_" + std::to_string(port) + "}") {}

  /// Both ends of a cable must agree on it.
  void setRsFec(bool on) {
    ip_.write_register(0x107c, on ? 3 : 0);
    ip_.write_register(0x1000, on ? 7 : 0);
    ip_.write_register(0x0004, 0xc0000000);
    ip_.write_register(0x0004, 0);
  }
  bool waitForLink(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (true) {
      ip_.read_register(0x0204); // the first read gives what has been since the last
      if (ip_.read_register(0x0204) & 1)
        return true;
      if (std::chrono::steady_clock::now() >= until)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

private:
  xrt::ip ip_;
};

class NetworkLayer {
public:
  NetworkLayer(const xrt::device &device, const xrt::uuid &uuid, int port, const RegisterMap &map = kVnx2022)
      : ip_(device, uuid, "networklayer:{networklayer_" + std::to_string(port) + "}"), map_(map) {}

  void configure(const PortTable &table) {
    if (ip_.read_register(map_.probe) != map_.probeValue)
      throw std::runtime_error("the network layer is not of the generation this program is for");
    const uint64_t mac = macOf(table.mac);
    ip_.write_register(map_.mac, static_cast<uint32_t>(mac));
    ip_.write_register(map_.mac + 4, static_cast<uint32_t>(mac >> 32));
    ip_.write_register(map_.ip, addressOf(table.ip));
    ip_.write_register(map_.gateway, addressOf(table.gateway));
    ip_.write_register(map_.mask, addressOf(table.mask));
    const uint32_t rows = ip_.read_register(map_.socketCount);
    if (rows < table.sockets.size())
      throw std::runtime_error(
          "the network layer has " + std::to_string(rows) + " socket rows and " +
          std::to_string(table.sockets.size()) +
          " are needed; build it with MAX_SOCKETS=" + std::to_string(table.sockets.size()));
    // Every row is written: what is left from before would still match packets, valid or not.
    for (uint32_t row = 0; row < rows; ++row) {
      const Socket *socket = row < table.sockets.size() ? &table.sockets[row] : nullptr;
      const uint32_t values[] = {socket ? addressOf(socket->theirIp) : 0, socket ? socket->theirPort : 0,
                                 socket ? socket->myPort : 0, socket ? 1u : 0u};
      for (uint32_t column = 0; column < 4; ++column)
        ip_.write_register(map_.sockets + 8 * (rows * column + row), values[column]);
    }
    for (const auto &[address, hardware] : table.arp)
      writeArp(addressOf(address), macOf(hardware));
  }

  void clearCounters() { ip_.write_register(map_.clearCounters, 1); }
  /// Packets that left the kernels for the network, and that came from it (VNx, template.xml: app_in,
  /// app_out).
  uint64_t packetsSent() { return counter(11); }
  uint64_t packetsReceived() { return counter(9); }

private:
  /// Twelve groups of cycles, bytes and packets, each 64 bits.
  uint64_t counter(uint32_t group) {
    const uint32_t at = map_.counters + 24 * group + 16;
    const uint64_t low = ip_.read_register(at);
    return low | static_cast<uint64_t>(ip_.read_register(at + 4)) << 32;
  }
  static uint32_t swapped(uint32_t x) { return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24; }
  /// The table holds network byte order; its place is the last byte of the address.
  void writeArp(uint32_t address, uint64_t mac) {
    const uint32_t entry = address & 0xff;
    uint64_t turned = 0;
    for (int i = 0; i < 6; ++i)
      turned |= (mac >> (8 * (5 - i)) & 0xff) << (8 * i);
    ip_.write_register(map_.arpMac + 8 * entry, static_cast<uint32_t>(turned));
    ip_.write_register(map_.arpMac + 8 * entry + 4, static_cast<uint32_t>(turned >> 32));
    ip_.write_register(map_.arpIp + 4 * entry, swapped(address));
    const uint32_t word = map_.arpValid + entry / 4 * 4, shift = entry % 4 * 8;
    ip_.write_register(word, (ip_.read_register(word) & ~(0xffu << shift)) | 1u << shift);
  }

  xrt::ip ip_;
  RegisterMap map_;
};

} // namespace braid::host
