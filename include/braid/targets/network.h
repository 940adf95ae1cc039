// The addresses of a deployed design: which port of which FPGA speaks to which, in what form. One description
// for the hosts, the emulator and the checker: network/network.json.
#pragma once

#include "braid/targets/words.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace braid::targets {

enum class Transport : uint8_t {
  VnxUdp, ///< Alveo cards: packets between the cards' own 100GbE ports
  HostTcp ///< Zynq boards: the processors move frames over TCP
};
const char *name(Transport transport); ///< `vnx-udp`, `host-tcp`

/// A row of the socket table of VNx's network layer; TDEST of the stream is its number.
struct Socket {
  int row = 0;
  std::string theirIp;
  int theirPort = 0, myPort = 0;
  int32_t crossing = -1;
  int lane = 0; ///< Of the crossing
  bool sends = false;
  auto operator<=>(const Socket &) const = default;
};

struct ArpEntry {
  std::string ip, mac;
  auto operator<=>(const ArpEntry &) const = default;
};

/// A network port of an Alveo card that the design uses.
struct PortSetup {
  int port = 0;     ///< 0: qsfp0
  std::string name; ///< `qsfp0`
  std::string mac, ip, gateway, mask;
  std::vector<Socket> sockets; ///< By row
  std::vector<ArpEntry> arp;   ///< Of every peer
};

/// One end of a stream at an FPGA, in the order of the top function's arguments.
struct StreamEnd {
  emit::Endpoint::Kind kind = emit::Endpoint::Kind::ModelInput;
  int64_t stream = 0;   ///< Crossing; kInputStream + port, kOutputStream + port for the model's own
  std::string argument; ///< `input0`, `receive3`, ...
  std::string peer;     ///< FPGA, or `client`; its own where a crossing goes from stage to stage
  bool isLocal = false; ///< A crossing between stages of one FPGA: no port, no row
  /// Where segments have copies: which lane of the crossing this is, and how many of its lanes end at this
  /// FPGA. Frame n of all goes by lane n mod lanes; one entry each, with the same argument.
  int lane = 0, lanes = 1;
  int port = -1; ///< Alveo: network port of a crossing
  int row = -1;  ///< Alveo: its row there
  FrameWords words;
  int input = -1;                  ///< Of an input of the model: which of Network::inputs
  std::vector<int64_t> begin, end; ///< Of an input of the model: what it takes of that stream
};
inline constexpr int64_t kInputStream = 1'000'000, kOutputStream = 2'000'000;

/// One stage of an FPGA: a project and the streams of its top function.
struct PartSetup {
  std::string project; ///< `fpga0`, `fpga0_s1`: C name of the top function
  int stage = 0;
  std::vector<StreamEnd> inputs, outputs;
};

/// What comes in at a row of one port and goes out by a row of another: of a crossing between FPGAs that no
/// link joins.
struct Forward {
  int32_t crossing = -1;
  int inPort = 0, inRow = 0, outPort = 0, outRow = 0;
  auto operator<=>(const Forward &) const = default;
};

struct FpgaSetup {
  std::string name;              ///< In the cluster file; its folder in the bundle
  int index = 0;                 ///< In the cluster
  std::string image;             ///< FPGA whose folder its hardware is from: itself, or what it is a copy of
  int replica = 0, replicas = 1; ///< Frame n of the model goes through copy n mod replicas
  std::string device;
  std::string host;              ///< Name of the host in the cluster file
  std::vector<PortSetup> ports;  ///< Alveo
  std::string address;           ///< Zynq: where its host listens
  int listens = 0;               ///< Zynq: TCP port
  std::vector<PartSetup> parts;  ///< By stage
  std::vector<Forward> forwards; ///< Alveo; by crossing

  bool isCopy() const { return image != name; }

  /// The streams of all parts, in their order.
  std::vector<const StreamEnd *> inputs() const { return ends(&PartSetup::inputs); }
  std::vector<const StreamEnd *> outputs() const { return ends(&PartSetup::outputs); }

private:
  std::vector<const StreamEnd *> ends(std::vector<StreamEnd> PartSetup::*side) const {
    std::vector<const StreamEnd *> out;
    for (const PartSetup &part : parts)
      for (const StreamEnd &end : part.*side)
        out.push_back(&end);
    return out;
  }
};

/// An end of the model, for whoever feeds it.
struct ModelEnd {
  std::string name; ///< Of the ONNX graph's input or output
  std::vector<int64_t> shape, permutation;
  num::FixedType type;
  std::vector<int64_t> streamShape; ///< In the stream's order: what boxes are of
  std::vector<ir::Op> host;         ///< What the host computes besides: see ir::Port::host
};

struct Network {
  Transport transport = Transport::VnxUdp;
  int maxSockets = 16; ///< MAX_SOCKETS the network layer must be built with
  std::vector<FpgaSetup> fpgas;
  std::vector<ModelEnd> inputs, outputs;
};

/// The first lane of each argument of a top function.
std::vector<const StreamEnd *> argumentsOf(const std::vector<StreamEnd> &ends);

/// Registers of a card's free-running kernels that a host writes before the first frame: what differs between
/// copies of one image.
struct KernelSetting {
  std::string kernel; ///< Its instance is called `<kernel>_0`
  std::string name;
  int value = 0;
};
std::vector<KernelSetting> settingsOf(const FpgaSetup &card);
/// What names that there is one of per crossing and lane end with: `3`, where several lanes end `3_1`.
std::string laneName(const StreamEnd &end);

/// Folder of an FPGA in the bundle: its name in the cluster.
const std::string &folderOf(const emit::Context &context, const emit::Project &project);

/// Addresses, ports and rows for a plan: the same for the same plan. Fails where cards and boards of both
/// kinds are mixed, where a port has more streams than the network layer has rows, or a card more cables than
/// ports.
llvm::Expected<Network> planNetwork(const emit::Context &context);

std::string toJson(const Network &network);
llvm::Expected<Network> networkFromJson(llvm::StringRef text, llvm::StringRef file);

/// Cross-checks the tables pairwise: every row has its opposite at the address it names, every peer a static
/// ARP entry with its MAC, addresses stand once and in one /24, each lane of a crossing is sent once and
/// received once in the same form, copies have the rows of what they copy. Names every fault (exit code 4).
llvm::Error checkNetwork(const Network &network, llvm::StringRef file);

} // namespace braid::targets
