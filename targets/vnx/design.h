// The kernels of one Alveo card and their wires, before they are written as C++ and as a link configuration.
#pragma once

#include "braid/emit/project.h"
#include "braid/targets/network.h"

#include <string>
#include <vector>

namespace braid::targets::vnx {

struct StreamPort {
  std::string name;
  bool isOutput = false;
};

/// A kind of kernel; `isOurs`: written by us, to be compiled from link/.
struct KernelType {
  std::string name;
  std::vector<StreamPort> ports;
  bool isOurs = true;
};

struct Instance {
  std::string name, kernel;
  std::string die;  ///< Empty: wherever the tool puts it
  std::string bank; ///< Of `memory` ports; empty: none
};

struct Connection {
  std::string from, to; ///< `instance.port`
  int64_t depth = 0;    ///< Of a FIFO in between; 0: none
};

struct CardDesign {
  std::vector<KernelType> kernels;
  std::vector<Instance> instances;
  std::vector<Connection> connections;
};

/// What one network port carries.
struct PortStreams {
  const PortSetup *port = nullptr;
  std::vector<const StreamEnd *> sends, receives; ///< By row
};
std::vector<PortStreams> streamsByPort(const FpgaSetup &card);

CardDesign designCard(const emit::Context &context, const emit::Project &project, const FpgaSetup &card);

/// Words of data per packet: what a link's packets hold beside the header beat.
int64_t wordsPerPacket(const emit::Context &context, const emit::Project &project, const StreamEnd &end);

/// Frames of an input that its FPGA must hold until its other inputs come, by the plan's latencies: at least
/// one.
int64_t framesAhead(const emit::Context &context, const emit::Project &project, const emit::Endpoint &end);

// The files of <fpga>/link and the emulation program.
std::string computeSource(const emit::Context &context, const emit::Project &project, const FpgaSetup &card);
std::string linkHeader(const emit::Context &context, const emit::Project &project, const FpgaSetup &card);
std::string linkSource(const emit::Project &project, const FpgaSetup &card);
std::string emulationSource(const emit::Project &project, const FpgaSetup &card);
std::string connectivity(const CardDesign &design);
std::string kernelList(const CardDesign &design);
std::string makefile(const emit::Context &context, const emit::Project &project, const FpgaSetup &card,
                     const CardDesign &design, int maxSockets);

} // namespace braid::targets::vnx
