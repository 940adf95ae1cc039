// The C++ of a card's kernels: one function per kernel, thin around the templates of targets/hls/link.
#include "design.h"

#include "braid/plan/surroundings.h"
#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::vnx {
namespace {

using emit::Endpoint;

/// What goes over the network.
std::vector<const StreamEnd *> crossingsOf(const FpgaSetup &card) {
  std::vector<const StreamEnd *> out;
  for (const auto &side : {card.inputs(), card.outputs()})
    for (const StreamEnd *end : side)
      if ((end->kind == Endpoint::Kind::Send || end->kind == Endpoint::Kind::Receive) && !end->isLocal)
        out.push_back(end);
  return out;
}

bool hasKind(const FpgaSetup &card, Endpoint::Kind kind) {
  for (const auto &side : {card.inputs(), card.outputs()})
    for (const StreamEnd *end : side)
      if (end->kind == kind)
        return true;
  return false;
}

std::string arbiterSignature(const PortStreams &streams) {
  std::vector<std::string> names;
  for (size_t i = 0; i < streams.sends.size(); ++i)
    names.push_back(fmt::format("data_in{}", i));
  names.push_back("data_out");
  return fmt::format("void arbiter_{}({})", streams.port->port, streamArguments(names, "braid::PacketOut"));
}

std::string demuxSignature(const PortStreams &streams) {
  std::vector<std::string> names{"data_in"};
  for (size_t i = 0; i < streams.receives.size(); ++i)
    names.push_back(fmt::format("data_out{}", i));
  return fmt::format("void demux_{}({})", streams.port->port, streamArguments(names, "braid::PacketIn"));
}

std::string packetizerSignature(const StreamEnd &end) {
  return fmt::format(
      "void packetizer_{}(hls::stream<braid::FrameWord> &data_in, hls::stream<braid::PacketOut> "
      "&data_out, ap_uint<16> dest,\n                  ap_uint<16> replica)",
      laneName(end));
}
std::string depacketizerSignature(const StreamEnd &end) {
  return fmt::format("void depacketizer_{}(hls::stream<braid::PacketIn> &data_in, "
                     "hls::stream<braid::FrameWord> &data_out, ap_uint<16> replica,\n"
                     "                    ap_uint<32> &lost, ap_uint<32> &refused)",
                     laneName(end));
}

std::string forwarderSignature(const Forward &forward) {
  return fmt::format("void forwarder_{}(hls::stream<braid::PacketIn> &data_in, hls::stream<braid::PacketOut> "
                     "&data_out, ap_uint<16> dest)",
                     forward.crossing);
}

/// Deals frames out to lanes in turn, or collects them.
std::string turnsSignature(const StreamEnd &end) {
  const bool deals = end.kind == Endpoint::Kind::Send;
  std::vector<std::string> names;
  if (deals)
    names.push_back("data_in");
  for (int lane = 0; lane < end.lanes; ++lane)
    names.push_back(fmt::format("data_{}{}", deals ? "out" : "in", lane));
  if (!deals)
    names.push_back("data_out");
  return fmt::format("void {}({})", turnsName(end), streamArguments(names, "braid::FrameWord"));
}

std::string turnsBody(const StreamEnd &end) {
  const bool deals = end.kind == Endpoint::Kind::Send;
  std::string out = "  static unsigned turn = 0;\n#pragma HLS RESET variable=turn\n";
  for (int lane = 0; lane < end.lanes; ++lane)
    out += fmt::format(
        "  {0}if (turn == {1})\n    braid::passFrame(data_in{2}, {3}_words::words, data_out{4});\n",
        lane ? "else " : "", lane, deals ? "" : std::to_string(lane), end.argument,
        deals ? std::to_string(lane) : "");
  return out + fmt::format("  turn = turn + 1 < {} ? turn + 1 : 0;\n", end.lanes);
}
constexpr const char *kMm2s =
    "void mm2s(const ap_uint<512> *memory, unsigned words, unsigned frames, unsigned period,\n"
    "          hls::stream<braid::FrameWord> &data_out)";
constexpr const char *kS2mm = "void s2mm(hls::stream<braid::FrameWord> &data_in, ap_uint<512> *memory, "
                              "ap_uint<32> *marks, unsigned words,\n"
                              "          unsigned frames)";

/// Kernels run from power-up on, and hosts write their registers later: a call that waited for data would
/// keep the values it began with.
constexpr const char *kWhileIdle =
    "  if (data_in.empty()) // until there is something to do, registers are read anew\n    return;\n";

std::string arbiterBody(const PortStreams &streams) {
  const size_t count = streams.sends.size();
  std::string out = "  static unsigned turn = 0;\n#pragma HLS RESET variable=turn\n";
  for (size_t i = 0; i < count; ++i)
    out += fmt::format("  {}if (turn == {})\n    braid::forwardPacket(data_in{}, data_out);\n",
                       i ? "else " : "", i, i);
  return out + fmt::format("  turn = turn + 1 < {} ? turn + 1 : 0;\n", count);
}

std::string demuxBody(const PortStreams &streams) {
  std::string out = "  const braid::PacketIn first = data_in.read();\n";
  for (size_t i = 0; i < streams.receives.size(); ++i)
    out += fmt::format(
        "  {}if (first.dest == {}) // crossing {}\n    braid::deliverPacket(first, data_in, data_out{});\n",
        i ? "else " : "", streams.receives[i].row, streams.receives[i].name(), i);
  return out + "  else\n    braid::dropPacket(first, data_in);\n";
}

std::string inNames(const char *prefix, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i)
    out += fmt::format(",{}{}", prefix, i);
  return out;
}

std::string turnsPorts(const StreamEnd &end) {
  return end.kind == Endpoint::Kind::Send ? "data_in" + inNames("data_out", static_cast<size_t>(end.lanes))
                                          : "data_out" + inNames("data_in", static_cast<size_t>(end.lanes));
}

constexpr const char *kMoverSource = R"(
{signature} {{
#pragma HLS INTERFACE m_axi port=memory offset=slave bundle=gmem max_widen_bitwidth=512
{more}#pragma HLS INTERFACE s_axilite port=words
#pragma HLS INTERFACE s_axilite port=frames
#pragma HLS INTERFACE s_axilite port=return
#pragma HLS INTERFACE axis port={stream}
  {call};
}}
)";

} // namespace

std::string layoutName(const std::string &argument) { return argument + "_words"; }

std::string streamArguments(const std::vector<std::string> &names, const char *type) {
  std::vector<std::string> out;
  for (const std::string &name : names)
    out.push_back(fmt::format("hls::stream<{}> &{}", type, name));
  return fmt::format("{}", fmt::join(out, ", "));
}

std::vector<std::string> argumentsOf(const emit::Project &project) {
  std::vector<std::string> out;
  for (const auto *side : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *side)
      out.push_back(end.argument);
  return out;
}

std::string computeSignature(const emit::Project &project) {
  return fmt::format("void {}_compute({})", project.name,
                     streamArguments(argumentsOf(project), "braid::FrameWord"));
}

std::string linkHeader(const emit::Context &context, const CardProjects &projects) {
  const FpgaSetup &card = projects.card;
  std::string layouts, prototypes;
  for (const auto &side : {card.inputs(), card.outputs()})
    for (const StreamEnd *end : side)
      if (isFirstLane(card, *end))
        layouts += fmt::format("typedef braid::WordLayout<{}, {}, {}> {};\n", end->words.wordBits,
                               end->words.elementBits, end->words.elements, layoutName(end->argument));
  for (const StreamEnd *end : crossingsOf(card))
    layouts += fmt::format("typedef braid::PacketLayout<{}, {}, {}{}> {};\n", end->stream, end->words.words(),
                           wordsPerPacket(context, static_cast<int32_t>(end->stream)),
                           end->lane ? fmt::format(", {}", end->lane) : "", packetsName(*end));
  const auto declare = [&](const std::string &signature) { prototypes += signature + ";\n"; };
  for (const emit::Project *project : projects.projects)
    declare(computeSignature(*project));
  for (const StreamEnd *end : crossingsOf(card))
    declare(end->kind == Endpoint::Kind::Send ? packetizerSignature(*end) : depacketizerSignature(*end));
  for (const StreamEnd *end : crossingsOf(card))
    if (end->lanes > 1 && isFirstLane(card, *end))
      declare(turnsSignature(*end));
  for (const Forward &forward : card.forwards) {
    layouts += fmt::format("static const unsigned kForward{}Words = {}; ///< Of data, per packet\n",
                           forward.crossing, wordsPerPacket(context, forward.crossing));
    declare(forwarderSignature(forward));
  }
  for (const PortStreams &streams : streamsByPort(card)) {
    if (streams.sends.size() > 1)
      declare(arbiterSignature(streams));
    if (streams.receives.size() > 1)
      declare(demuxSignature(streams));
  }
  if (hasKind(card, Endpoint::Kind::ModelInput))
    declare(kMm2s);
  if (hasKind(card, Endpoint::Kind::ModelOutput))
    declare(kS2mm);
  return fmt::format(R"(// The kernels around {0}: how its streams lie in words and packets.
// PacketLayout<crossing, words per frame, words per packet>
#pragma once

#include "braid_movers.h"

{1}
extern "C" {{
{2}}}
)",
                     projects.name(), layouts, prototypes);
}

WrappedEnd wrap(const emit::Context &context, const emit::Project &project, const Endpoint &e, bool isInput) {
  const std::string layout = layoutName(e.argument);
  WrappedEnd out;
  // At the network port nothing can wait: a frame that is sent faster than it is taken, or comes before
  // others it is used with, waits here.
  const bool holds =
      isInput && (project.inputs.size() > 1 || (e.kind == Endpoint::Kind::Receive && !e.isLocal));
  const int64_t frames = holds ? framesAhead(context, project, e) : 0;
  out.words = fmt::format(
      "  hls::stream<{0}::Word> {1}_raw(\"{1}_raw\");\n#pragma HLS STREAM variable={1}_raw depth={2}\n",
      layout, e.argument,
      frames ? fmt::format("{}*{}::words", frames, layout) : std::to_string(plan::kWordsDepth));
  out.marks = fmt::format(
      "  hls::stream<bool> {0}_mark(\"{0}_mark\");\n#pragma HLS STREAM variable={0}_mark depth={1}\n",
      e.argument, plan::kMarksDepth);
  if (project.io == kernel::IoMode::Stream)
    out.data = fmt::format(
        "  hls::stream<{1}> {0}_data(\"{0}_data\");\n#pragma HLS STREAM variable={0}_data depth={2}\n",
        e.argument, e.typedefName, plan::kBeatsDepth);
  else
    out.data = fmt::format("  {1} {0}_data[{2}];\n#pragma HLS ARRAY_{3} variable={0}_data complete dim=0\n",
                           e.argument, e.typedefName, e.elements, isInput ? "RESHAPE" : "PARTITION");
  if (isInput) {
    out.convert = fmt::format(
        "  braid::takeFrame<{1}>({0}, {0}_raw, {0}_mark);\n  braid::unpackWords<{1}>({0}_raw, {0}_data);\n",
        e.argument, layout);
    return out;
  }
  out.convert = fmt::format("  braid::packWords<{1}>({0}_data, {0}_raw);\n", e.argument, layout);
  out.give = fmt::format("  braid::giveFrame<{1}>({0}_raw, {0}_mark, {0});\n", e.argument, layout);
  return out;
}

std::string joinMarks(const emit::Project &project) {
  std::string body = "  bool marked = false;\n";
  for (const Endpoint &e : project.inputs)
    body += fmt::format("  marked = {}.read() || marked;\n", e.argument);
  for (const Endpoint &e : project.outputs)
    body += fmt::format("  {}.write(marked);\n", e.argument);
  return fmt::format(R"(/// A frame out is marked if one of the frames it is made of is.
static void joinMarks({}) {{
{}}}
)",
                     streamArguments(argumentsOf(project), "bool"), body);
}

std::string joinMarksCall(const emit::Project &project) {
  return fmt::format("  joinMarks({}_mark);\n", fmt::join(argumentsOf(project), "_mark, "));
}

std::string freeRunning(const std::string &ports) {
  return fmt::format("#pragma HLS INTERFACE axis port={}\n#pragma HLS INTERFACE ap_ctrl_none port=return\n",
                     ports);
}

std::string computeSource(const emit::Context &context, const CardProjects &card,
                          const emit::Project &project) {
  std::string locals, take, give, gives;
  for (const auto *side : {&project.inputs, &project.outputs})
    for (const Endpoint &e : *side) {
      const bool isInput = side == &project.inputs;
      const WrappedEnd end = wrap(context, project, e, isInput);
      locals += end.words + end.marks + end.data;
      (isInput ? take : give) += end.convert;
      gives += end.give;
    }
  BRAID_CHECK(card.partOf(project).inputs.size() >= project.inputs.size(), "the network knows every stream");
  return fmt::format(
      R"(// {0}: words in, the network's part, words out; one frame per call, called without end.
#include "{10}_link.h"

#include "../{11}/firmware/{0}.h"

{1}
extern "C" {2} {{
{3}#pragma HLS DATAFLOW
{4}
{5}  {0}({6}_data);
{7}{8}{9}}}
)",
      project.name, joinMarks(project), computeSignature(project),
      freeRunning(fmt::format("{}", fmt::join(argumentsOf(project), ","))), locals, take,
      fmt::join(argumentsOf(project), "_data, "), joinMarksCall(project), give, gives, card.name(),
      emit::projectFolder(project));
}

std::string linkSource(const CardProjects &projects) {
  const FpgaSetup &card = projects.card;
  std::string out = fmt::format("// The kernels between {0}, the network layer and the memory of the "
                                "card.\n#include \"{0}_link.h\"\n\nextern \"C\" {{\n",
                                projects.name());
  const auto function = [&](const std::string &signature, const std::string &ports, const std::string &body) {
    out += fmt::format("\n{} {{\n{}{}}}\n", signature, freeRunning(ports), body);
  };
  for (const StreamEnd *end : crossingsOf(card)) {
    if (end->lanes > 1 && isFirstLane(card, *end))
      function(turnsSignature(*end), turnsPorts(*end), turnsBody(*end));
    if (end->kind == Endpoint::Kind::Send) {
      function(packetizerSignature(*end), "data_in,data_out",
               fmt::format(
                   "#pragma HLS INTERFACE s_axilite port=dest\n#pragma HLS INTERFACE s_axilite port=replica\n"
                   "{}  braid::packetize<{}>(data_in, data_out, dest, replica);\n",
                   kWhileIdle, packetsName(*end)));
      continue;
    }
    function(depacketizerSignature(*end), "data_in,data_out",
             fmt::format(
                 "#pragma HLS INTERFACE s_axilite port=replica\n"
                 "#pragma HLS INTERFACE s_axilite port=lost\n#pragma HLS INTERFACE s_axilite port=refused\n"
                 "{}  const braid::LinkErrors errors = braid::depacketize<{}>(data_in, data_out, replica);\n"
                 "  lost = errors.lost;\n  refused = errors.refused;\n",
                 kWhileIdle, packetsName(*end)));
  }
  for (const Forward &forward : card.forwards)
    function(forwarderSignature(forward), "data_in,data_out",
             fmt::format("#pragma HLS INTERFACE s_axilite port=dest\n"
                         "{}  braid::forwardThrough<kForward{}Words>(data_in, data_out, dest);\n",
                         kWhileIdle, forward.crossing));
  for (const PortStreams &streams : streamsByPort(card)) {
    const int port = streams.port->port;
    if (streams.sends.size() > 1)
      function(arbiterSignature(streams), "data_out" + inNames("data_in", streams.sends.size()),
               arbiterBody(streams));
    if (streams.receives.size() > 1)
      function(demuxSignature(streams), "data_in" + inNames("data_out", streams.receives.size()),
               demuxBody(streams));
    if (streams.sends.empty())
      function(fmt::format("void silent_{}(hls::stream<braid::PacketOut> &data_out, bool probe)", port),
               "data_out",
               "#pragma HLS INTERFACE s_axilite port=probe\n"
               "  if (probe) // never, unless a host asks for packets to test the port with\n"
               "    data_out.write(braid::packetBeat(0, 0, true));\n");
    if (streams.receives.empty())
      function(fmt::format("void drain_{}(hls::stream<braid::PacketIn> &data_in)", port), "data_in",
               "  data_in.read();\n");
  }
  if (hasKind(card, Endpoint::Kind::ModelInput))
    out += fmt::format(fmt::runtime(kMoverSource), fmt::arg("signature", kMm2s),
                       fmt::arg("more", "#pragma HLS INTERFACE s_axilite port=period\n"),
                       fmt::arg("stream", "data_out"),
                       fmt::arg("call", "braid::readFrames(memory, words, frames, period, data_out)"));
  if (hasKind(card, Endpoint::Kind::ModelOutput))
    out += fmt::format(
        fmt::runtime(kMoverSource), fmt::arg("signature", kS2mm),
        fmt::arg("more", "#pragma HLS INTERFACE m_axi port=marks offset=slave bundle=gmem_marks\n"),
        fmt::arg("stream", "data_in"),
        fmt::arg("call", "braid::writeFrames(data_in, memory, marks, words, frames)"));
  return out + "\n} // extern \"C\"\n";
}

} // namespace braid::targets::vnx
