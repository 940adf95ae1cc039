// Carries what FPGAs send to where the emitted tables say, as switch and network layers would.
#pragma once

#include "braid/sim/emulate.h"
#include "braid/targets/network.h"

#include <map>
#include <string>

namespace braid::sim {

/// Bytes that wait at a network port, and those of streams that hosts or other stages carry: by project and
/// file name
/// (`port0.in`, `receive3.in`).
using Waiting = std::map<std::pair<std::string, std::string>, std::string>;

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

  Waiting &waiting() { return waiting_; }
  const std::map<int32_t, Carried> &carried() const { return carried_; }

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
  Waiting waiting_;
  std::map<int32_t, Carried> carried_;
};

/// A whole file, or an error (exit code 4) that names it.
llvm::Expected<std::string> readBytes(const std::string &file, const std::string &fpga);
llvm::Error writeBytes(const std::string &file, llvm::StringRef bytes);

} // namespace braid::sim
