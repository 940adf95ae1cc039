// Carries what FPGAs send to where the emitted tables say, as switch and network layers would.
#pragma once

#include "braid/sim/emulate.h"
#include "braid/targets/network.h"

#include <map>
#include <string>
#include <utility>

namespace braid::sim {

/// What waits for one part of one FPGA.
struct Inbox {
  std::map<int, std::string> ports; ///< Packets, by network port
  /// Frames of streams that hosts or other stages carry: by argument, then lane.
  std::map<std::string, std::map<int, std::string>> streams;
};

/// What was seen of a crossing on its way.
struct Carried {
  std::string frames; ///< Data without headers, in order
  int64_t wireBytes = 0, packets = 0;
};

class Router {
public:
  Router(const targets::Network &network, const emit::Context &context, int64_t frames);

  /// Takes what a part of an FPGA has left in `folder` to `waiting`.
  llvm::Error route(const targets::FpgaSetup &fpga, const targets::PartSetup &part,
                    const std::string &folder);

  Inbox &inbox(const targets::FpgaSetup &fpga, const targets::PartSetup &part) {
    return waiting_[{fpga.name, part.project}];
  }
  /// Takes what an FPGA has forwarded to who waits for it, or to the next on the way.
  llvm::Error routeForwarded(const targets::FpgaSetup &fpga, const std::string &folder);
  /// Packets that wait at the ports of FPGAs to be forwarded, by name of the FPGA.
  std::map<std::string, Inbox> takeForwards() { return std::exchange(forwards_, {}); }
  /// By crossing, then lane.
  const std::map<int32_t, std::map<int, Carried>> &carried() const { return carried_; }

private:
  llvm::Error routePort(const targets::FpgaSetup &fpga, const targets::PortSetup &port,
                        const std::string &file);
  llvm::Error deliver(const targets::FpgaSetup &fpga, const targets::PortSetup &port, uint32_t row,
                      llvm::StringRef packet, const std::string &file);
  llvm::Error routeStream(const targets::FpgaSetup &fpga, const targets::StreamEnd &end,
                          const std::string &file);
  const device::LinkType &linkOf(int32_t crossing) const;

  const targets::Network &network_;
  const emit::Context &context_;
  int64_t frames_;
  std::map<std::pair<std::string, std::string>, Inbox> waiting_; ///< By FPGA and project
  std::map<std::string, Inbox> forwards_;
  std::map<int32_t, std::map<int, Carried>> carried_;
};

/// Frames of several lanes in their order: frame n comes from lane n mod lanes.
std::string interleaved(llvm::ArrayRef<std::string> lanes, int64_t frameBytes);
/// The frames of one lane.
std::string laneOf(llvm::StringRef frames, int64_t frameBytes, int lane, int lanes);

/// A whole file, or an error (exit code 4) that names it.
llvm::Expected<std::string> readBytes(const std::string &file, const std::string &fpga);
llvm::Error writeBytes(const std::string &file, llvm::StringRef bytes);

} // namespace braid::sim
