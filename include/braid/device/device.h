// What there is to build on: FPGAs with dies, links, hosts, clusters. Knows nothing of networks.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace braid::device {

/// The resources every budget counts. HBM: channels of high-bandwidth memory, of the die beside it.
enum class Resource : uint8_t { Lut, Ff, Bram18, Uram, Dsp, Hbm };
inline constexpr std::array<Resource, 6> kResources = {Resource::Lut,  Resource::Ff,  Resource::Bram18,
                                                       Resource::Uram, Resource::Dsp, Resource::Hbm};
const char *name(Resource resource); ///< `LUT`, `FF`, `BRAM18`, `URAM`, `DSP`, `HBM`

/// Amounts of each resource.
struct Resources {
  std::array<int64_t, kResources.size()> amount = {};

  int64_t &operator[](Resource r) { return amount[static_cast<size_t>(r)]; }
  int64_t operator[](Resource r) const { return amount[static_cast<size_t>(r)]; }
  Resources &operator+=(const Resources &other);
  Resources operator+(const Resources &other) const { return Resources(*this) += other; }
  Resources operator-(const Resources &other) const;
  /// No amount above the other's.
  bool fitsIn(const Resources &budget) const;
  auto operator<=>(const Resources &) const = default;
};

struct Die {
  std::string name; ///< `SLR0`; `PL` where there is one die
  Resources capacity;
  Resources shell; ///< Taken by the static part or platform on this die.
};

/// A way out of the FPGA towards other FPGAs.
struct NetworkPort {
  std::string name; ///< `qsfp0`, `gem0`
  std::string link; ///< Default link type through it: `vnx-100g`, `zynq-tcp`.
  int die = 0;
};

/// How frames reach the FPGAs of a board: its server, or for a Zynq board itself.
struct HostSide {
  int fpgas = 1;       ///< Boards a host takes
  double pcieGbps = 0; ///< Per direction; 0: no PCIe
  double nicGbps = 0;  ///< The host's network; 0: none
  /// The slower of the two that exist, 0 where none does.
  double ingestGbps() const;
};

/// One channel of a card's high-bandwidth memory.
struct Channel {
  double gbps = 0;       ///< At most, in Gb/s
  double efficiency = 0; ///< The share of it that long bursts one behind the other reach
  int64_t mebibytes = 0;
};

struct Device {
  std::string name;     ///< `pynq-z2`
  std::string part;     ///< `xc7z020clg400-1`
  std::string platform; ///< Vitis platform; empty for Zynq boards
  std::string family;   ///< `zynq-7000`, `zynq-ultrascale+`, `alveo-ultrascale+`
  double clockMhz = 0;  ///< Default kernel clock
  std::vector<Die> dies;
  std::vector<NetworkPort> ports;
  std::string memory; ///< `HBM[0]`, `DDR[1]`, `PS-DDR`: default bank of frame buffers
  Channel channel;    ///< Of those that dies count as Resource::Hbm
  int64_t sllPerBoundary = 0;
  HostSide host;
  std::map<std::string, std::string> assumed; ///< Fields whose numbers have no source, and what was assumed

  Resources capacity() const;
  Resources shell() const;
  bool has(Resource resource) const { return capacity()[resource] > 0; }
};

/// A kind of link between two FPGAs, with what it costs.
struct LinkType {
  std::string name;
  std::string transport;      ///< `vnx-udp`, `host-tcp`
  double gbps = 0;            ///< Line rate, per direction
  double latencyUs = 0;       ///< One way, direct
  double switchLatencyUs = 0; ///< Added where a switch stands between
  bool lossless = false;
  int64_t wordBits = 512;                     ///< Width of the stream at the FPGA's end
  int64_t headerBytes = 0;                    ///< Our header per packet
  int64_t frameHeaderBytes = 0;               ///< Our header per frame
  int64_t maxPayloadBytes = 0;                ///< Data per packet; 0: no packets
  int64_t overheadBytes = 0;                  ///< On the wire per packet beside header and payload
  Resources portCost;                         ///< Of the stack, once per port in use
  int maxFlows = 0;                           ///< Streams one port can tell apart; 0: any number
  std::map<std::string, std::string> assumed; ///< Fields whose number has no source, and what was assumed
};

/// Bytes on the wire for one frame of `payloadBytes`: whole words, packets, headers and framing counted.
int64_t wireBytes(const LinkType &link, int64_t payloadBytes);

struct Fpga {
  std::string name; ///< `fpga0`
  std::shared_ptr<const Device> device;
  double clockMhz = 0;
  int host = 0;
};

enum class Topology : uint8_t { None, Direct, Chain, Star, List };
const char *name(Topology topology);

/// A two-way connection of two FPGAs, directly or through a switch.
struct Link {
  int a = 0, b = 0;
  std::shared_ptr<const LinkType> type;
  bool throughSwitch = false;
};

struct Host {
  std::string name;
  double ingestGbps = 0; ///< PCIe or NIC, whichever is slower, towards the FPGAs; 0: not modelled
};

struct Cluster {
  std::string name;
  std::vector<Fpga> fpgas;
  Topology topology = Topology::None;
  std::vector<Link> links;
  std::vector<Host> hosts;

  /// The link between two FPGAs, or null.
  const Link *link(int a, int b) const;
  /// The way from one FPGA to another over the fewest links, both ends counted; of several the one over the
  /// lowest numbers. Empty: there is none.
  std::vector<int> path(int a, int b) const;
  /// The first link of that way; null: there is none.
  const Link *firstLink(int a, int b) const;
  /// Which of an FPGA's network ports a link of this cluster uses: cables take a port each, in their order;
  /// the links of a switch share one. May be past the last port the device has.
  int portOf(const Link &link, int fpga) const;
  /// One-way latency of a link in microseconds.
  static double latencyUs(const Link &link) {
    return link.type->latencyUs + (link.throughSwitch ? link.type->switchLatencyUs : 0);
  }
};

/// Built-in tables (targets/devices/*.json, targets/links/*.json, embedded).
std::vector<std::string> deviceNames();
std::vector<std::string> linkNames();
std::vector<std::string> clusterNames(); ///< The cluster files that come with braid (targets/clusters/*.json)
llvm::Expected<std::shared_ptr<const Device>> findDevice(llvm::StringRef name);
llvm::Expected<std::shared_ptr<const LinkType>> findLink(llvm::StringRef name);

/// Most FPGAs of a cluster.
inline constexpr int kMaxFpgas = 64;

/// A cluster file (JSON, see targets/clusters/README.md), the name of one that comes with braid, or
/// `<device>x<N>`, or `<device>` (one FPGA). The joints of `<device>x<N>`: two cards with a cable where the
/// device has two ports, else a star through a switch; none where it has no port.
llvm::Expected<Cluster> readCluster(llvm::StringRef nameOrFile);
/// The same from a cluster file's text.
llvm::Expected<Cluster> parseCluster(llvm::StringRef text, llvm::StringRef file);

} // namespace braid::device
