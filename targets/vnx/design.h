// The kernels of one Alveo card and their wires, before they are written as C++ and as a link configuration.
#pragma once

#include "braid/emit/project.h"
#include "braid/targets/network.h"

#include <string>
#include <utility>
#include <vector>

namespace braid::targets::vnx {

struct StreamPort {
  std::string name;
  bool isOutput = false;
};

/// A kind of kernel.
struct KernelType {
  /// Link: C++ of ours, below link/. Stitched: a project in Verilog, which its build.sh makes. Vnx: not ours.
  enum class Source : uint8_t { Link, Stitched, Vnx };

  std::string name;
  std::vector<StreamPort> ports;
  Source source = Source::Link;
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

/// An instance whose cells have dies of their own.
struct PlacedInstance {
  std::string name;
  std::vector<std::pair<std::string, std::string>> cells; ///< Cell of its block design, die
};

struct CardDesign {
  std::vector<KernelType> kernels;
  std::vector<Instance> instances;
  std::vector<Connection> connections;
  std::vector<PlacedInstance> placed; ///< Empty where dies do not count
};

/// The projects of one card, by stage; its kernels are named after the first.
struct CardProjects {
  const FpgaSetup &card;
  std::vector<const emit::Project *> projects;

  const std::string &name() const { return card.parts[0].project; }
  /// The streams of a project.
  const PartSetup &partOf(const emit::Project &project) const;
};
CardProjects projectsOf(const emit::Context &context, const FpgaSetup &card);

/// What is sent or received by one row of a port: an end of a stream, or a crossing that is forwarded.
struct PortStream {
  const StreamEnd *end = nullptr;
  const Forward *forward = nullptr;
  int row = 0;

  std::string name() const; ///< `3`, of several lanes `3_1`: of its crossing
  /// Its stream of packets in link sources: `receive3_packets`, `forward3_in`.
  std::string packets(bool sends) const;
};

/// What one network port carries.
struct PortStreams {
  const PortSetup *port = nullptr;
  std::vector<PortStream> sends, receives; ///< By row
};
std::vector<PortStreams> streamsByPort(const FpgaSetup &card);

CardDesign designCard(const emit::Context &context, const CardProjects &card);

/// Words of data per packet: what a link's packets hold beside the header beat.
int64_t wordsPerPacket(const emit::Context &context, int32_t crossing);

/// Frames of an input that its part must hold until its other inputs come, by the plan's latencies: at least
/// one.
int64_t framesAhead(const emit::Context &context, const emit::Project &project, const emit::Endpoint &end);

/// The kernel that deals frames of a stream out to its lanes, or collects them: `dealer_3`, `collector_3`.
std::string turnsName(const StreamEnd &end);
/// Whether an end is the first of those with its argument.
bool isFirstLane(const FpgaSetup &card, const StreamEnd &end);
/// A lane's stream of packets in link sources.
std::string packetsName(const StreamEnd &end);

// The files of <fpga>/link: a compute kernel per part, and the kernels that all parts share.
std::string computeSource(const emit::Context &context, const CardProjects &card,
                          const emit::Project &project);
/// A project of the FINN style becomes three kernels: HLS before it, itself in Verilog, HLS behind it; and
/// one kernel more for every unit whose weights come from memory. `_compute` does what the three do, in
/// simulation.
bool isStitched(const emit::Project &project);
std::string takeSource(const emit::Context &context, const CardProjects &card, const emit::Project &project);
std::string giveSource(const emit::Context &context, const CardProjects &card, const emit::Project &project);
std::string computeInSimulation(const emit::Project &project);

/// Weights of a unit, read from memory over and over.
struct WeightReader {
  std::string kernel; ///< `fpga0_IODMA_hls_0`
  std::string unit;   ///< Whose weights they are
  int64_t weightBits = 0, perBeat = 0, perPosition = 0;
};
std::vector<WeightReader> weightReaders(const emit::Context &context, const emit::Project &project);
std::string readerSource(const WeightReader &reader);
/// What a host program says of a card's weights: memories to write, and readers to start, as braid_weights.h
/// has them.
struct HostWeights {
  std::vector<std::string> memories, readers;
};
HostWeights hostWeights(const emit::Context &context, const FpgaSetup &card);
/// The streams of the project in Verilog.
std::vector<StreamPort> stitchedPorts(const emit::Context &context, const emit::Project &project);

std::string linkHeader(const emit::Context &context, const CardProjects &card);
std::string linkSource(const CardProjects &card);
std::string connectivity(const CardDesign &design);
std::string kernelList(const CardDesign &design);
/// floorplan.tcl, which v++ runs in the middle; empty where nothing is placed.
std::string floorplan(const CardDesign &design);
std::string makefile(const emit::Context &context, const CardProjects &card, const CardDesign &design,
                     int maxSockets);

// Of link/*.h.
std::string computeSignature(const emit::Project &project);
std::string layoutName(const std::string &argument);
/// `hls::stream<T> &a, hls::stream<T> &b`
std::string streamArguments(const std::vector<std::string> &names, const char *type);
std::vector<std::string> argumentsOf(const emit::Project &project);
/// Free-running: no start, no end, for as long as the card has power.
std::string freeRunning(const std::string &ports);

/// What stands between a project and the words of one of its streams: FIFOs of words, marks and beats, and
/// the calls that convert; an output's words leave with its marks.
struct WrappedEnd {
  std::string words, marks, data, convert, give;
};
WrappedEnd wrap(const emit::Context &context, const emit::Project &project, const emit::Endpoint &end,
                bool isInput);
/// A function that joins the marks of frames, and its call.
std::string joinMarks(const emit::Project &project);
std::string joinMarksCall(const emit::Project &project);

/// The emulation program of one part, beside its project.
std::string emulationSource(const CardProjects &card, const emit::Project &project);

} // namespace braid::targets::vnx
