// The emulation program of one part of a card: its compute kernel and the card's shared kernels, with what
// memory, network and other stages would give in files.
#include "design.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::targets::vnx {
namespace {

using emit::Endpoint;

class EmulationWriter {
public:
  EmulationWriter(const CardProjects &card, const emit::Project &project)
      : card_(card), project_(project), part_(card.partOf(project)) {}

  std::string run() {
    for (const StreamEnd &end : part_.inputs) {
      const bool isFirst = isFirstLane(card_.card, end);
      if (isFirst)
        addStream(end);
      if (isFirst)
        need_ += fmt::format("    run.need({0}, \"{0}\", {1}, frame);\n", end.argument, end.words.words());
      if (end.kind == Endpoint::Kind::ModelInput || end.isLocal)
        addLoad(end);
      else
        addReceive(end);
      if (end.lane + 1 == end.lanes && end.lanes > 1)
        receive_ += turns(end);
    }
    for (const StreamEnd &end : part_.outputs) {
      const bool isFirst = isFirstLane(card_.card, end);
      if (isFirst)
        addStream(end);
      if (end.kind == Endpoint::Kind::ModelOutput || end.isLocal) {
        addStore(end);
        continue;
      }
      if (isFirst && end.lanes > 1)
        send_ += turns(end);
      send_ += fmt::format("  while (!{0}.empty())\n    packetizer_{1}({0}, {2}, "
                           "run.setting(\"packetizer_{1}\", \"dest\"), run.setting(\"packetizer_{1}\", "
                           "\"replica\"));\n",
                           laneStream(end), laneName(end), packetsName(end));
    }
    for (const PortStreams &port : streamsByPort(card_.card)) {
      addReceivingPort(port);
      addSendingPort(port);
    }
    return text();
  }

private:
  bool isOwn(const StreamEnd &end) const {
    for (const auto *side : {&part_.inputs, &part_.outputs})
      for (const StreamEnd &own : *side)
        if (own.argument == end.argument)
          return true;
    return false;
  }

  void addStream(const StreamEnd &end) {
    streams_ += fmt::format("  hls::stream<braid::FrameWord> {0}(\"{0}\");\n", end.argument);
    arguments_ += fmt::format("{}{}", arguments_.empty() ? "" : ", ", end.argument);
  }

  void addLoad(const StreamEnd &end) {
    load_ +=
        fmt::format("  const std::vector<ap_uint<512> > {0}_memory = run.frameWords<512>(\"{0}\", {1});\n"
                    "  braid::readFrames({0}_memory.data(), {1}, run.frames(), 0, {0});\n",
                    end.argument, end.words.words());
  }

  void addReceive(const StreamEnd &end) {
    receive_ +=
        fmt::format("  ap_uint<32> {0}_lost = 0, {0}_refused = 0;\n  while (!{2}.empty())\n"
                    "    depacketizer_{1}({2}, {0}, run.setting(\"depacketizer_{1}\", \"replica\"), "
                    "{0}_lost, {0}_refused);\n"
                    "  run.status(\"{0} lost \" + std::to_string({0}_lost.to_uint()) + \" refused \" + "
                    "std::to_string({0}_refused.to_uint()));\n",
                    laneStream(end), laneName(end), packetsName(end));
  }

  /// Frames of one lane: of all, where there is one lane only.
  static std::string laneStream(const StreamEnd &end) {
    return end.lanes > 1 ? fmt::format("{}_{}", end.argument, end.lane) : end.argument;
  }

  /// A call of who deals or collects for every frame.
  std::string turns(const StreamEnd &end) {
    std::string lanes;
    for (int lane = 0; lane < end.lanes; ++lane) {
      lanes += fmt::format("{}{}_{}", lane ? ", " : "", end.argument, lane);
      streams_ += fmt::format("  hls::stream<braid::FrameWord> {0}_{1}(\"{0}_{1}\");\n", end.argument, lane);
    }
    const bool deals = end.kind == Endpoint::Kind::Send;
    return fmt::format("  for (unsigned frame = 0; frame < run.frames(); frame++)\n    {}({});\n",
                       turnsName(end), deals ? end.argument + ", " + lanes : lanes + ", " + end.argument);
  }

  void addStore(const StreamEnd &end) {
    store_ +=
        fmt::format("  run.need({0}, \"{0}\", run.frames() * {1}, run.frames());\n"
                    "  std::vector<ap_uint<512> > {0}_memory(run.frames() * std::size_t({1}));\n"
                    "  std::vector<ap_uint<32> > {0}_marks(run.frames());\n"
                    "  braid::writeFrames({0}, {0}_memory.data(), {0}_marks.data(), {1}, run.frames());\n"
                    "  for (unsigned f = 0; f < run.frames(); f++)\n"
                    "    if ({0}_marks[f] != 0)\n"
                    "      run.status(\"{0} marked \" + std::to_string(f));\n"
                    "  run.writeFrames<512>(\"{0}\", {0}_memory);\n",
                    end.argument, end.words.words());
  }

  /// Streams of packets at a port: those of other stages too, which stay empty here.
  void addPackets(const std::vector<PortStream> &streams, bool sends) {
    for (const PortStream &stream : streams)
      streams_ += fmt::format("  hls::stream<braid::{1}> {0}(\"{0}\");\n", stream.packets(sends),
                              sends ? "PacketOut" : "PacketIn");
  }

  void addReceivingPort(const PortStreams &port) {
    if (port.receives.empty())
      return;
    const int number = port.port->port;
    const bool shared = port.receives.size() > 1;
    const std::string in = shared ? fmt::format("port{}_in", number) : port.receives[0].packets(false);
    addPackets(port.receives, false);
    if (shared)
      streams_ += fmt::format("  hls::stream<braid::PacketIn> {0}(\"{0}\");\n", in);
    fromPorts_ += fmt::format("  run.readPackets({}, {});\n", number, in);
    std::string outs;
    for (const PortStream &stream : port.receives)
      outs += ", " + stream.packets(false);
    if (shared)
      fromPorts_ += fmt::format("  while (!{0}.empty())\n    demux_{1}({0}{2});\n", in, number, outs);
    for (const PortStream &stream : port.receives)
      if (stream.forward)
        forward_ += fmt::format("  while (!{0}.empty())\n    forwarder_{1}({0}, {2}, "
                                "run.setting(\"forwarder_{1}\", \"dest\"));\n",
                                stream.packets(false), stream.name(), stream.packets(true));
      else if (!isOwn(*stream.end))
        fromPorts_ += fmt::format("  if (!{0}.empty())\n    run.status(\"{0} are of another stage\");\n",
                                  stream.packets(false));
  }

  void addSendingPort(const PortStreams &port) {
    if (port.sends.empty())
      return;
    const int number = port.port->port;
    const bool shared = port.sends.size() > 1;
    const std::string out = shared ? fmt::format("port{}_out", number) : port.sends[0].packets(true);
    addPackets(port.sends, true);
    if (shared) {
      streams_ += fmt::format("  hls::stream<braid::PacketOut> {0}(\"{0}\");\n", out);
      std::string ins, any;
      for (const PortStream &stream : port.sends) {
        ins += stream.packets(true) + ", ";
        any += fmt::format("{}!{}.empty()", any.empty() ? "" : " || ", stream.packets(true));
      }
      toPorts_ += fmt::format("  while ({})\n    arbiter_{}({}{});\n", any, number, ins, out);
    }
    toPorts_ += fmt::format("  run.writePackets({}, {});\n", number, out);
  }

  std::string text() const {
    return fmt::format(
        R"(// {0} in simulation: kernels, packets and sockets as on the card, frames and packets in files.
#include "../link/{0}_compute.cpp"
#include "../link/{10}_link.cpp"

#include "../link/braid_emulation.h"

int main(int argc, char **argv) {{
  braid::emulation::Run run(argc, argv);
{1}
  // Memory, other stages and network in.
{2}{3}{4}
  for (unsigned frame = 0; frame < run.frames(); frame++) {{
{5}    {0}_compute({6});
  }}

  // Network, other stages and memory out.
{7}{8}{9}  run.finish();
  return 0;
}}
)",
        project_.name, streams_, load_, fromPorts_, forward_ + receive_, need_, arguments_, send_, toPorts_,
        store_, card_.name());
  }

  const CardProjects &card_;
  const emit::Project &project_;
  const PartSetup &part_;
  std::string streams_, load_, forward_, receive_, need_, arguments_, send_, store_, fromPorts_, toPorts_;
};

} // namespace

std::string emulationSource(const CardProjects &card, const emit::Project &project) {
  return EmulationWriter(card, project).run();
}

} // namespace braid::targets::vnx
