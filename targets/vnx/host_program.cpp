#include "host_program.h"

#include "../host/host_steps.h"
#include "design.h"

#include "../host/carried.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace braid::targets::vnx {
namespace {

using emit::Endpoint;

/// A C++ string literal of any text.
std::string cppLiteral(llvm::StringRef text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (byte < 0x20 || byte >= 0x7f || c == '?')
      out += fmt::format("\\{:03o}", byte);
    else
      out += c;
  }
  return out + "\"";
}

int64_t elementsOf(const ModelEnd &end) {
  int64_t elements = 1;
  for (int64_t size : end.streamShape)
    elements *= size;
  return elements;
}

/// The steps of a host, each number as the shortest text that reads back as it is.
std::string steps(const std::vector<ir::Op> &ops) {
  std::vector<std::string> out;
  auto list = [](const std::vector<double> &numbers) {
    std::vector<std::string> texts;
    for (double number : numbers)
      texts.push_back(fmt::format("{}", number));
    return fmt::format("{}", fmt::join(texts, ", "));
  };
  for (const HostStep &step : hostSteps(ops))
    out.push_back(fmt::format("{{{}, {{{}}}, {{{}}}, {}, {}, {}, {}}}", cppLiteral(step.kind),
                              list(step.first), list(step.second), step.lo, step.hi,
                              cppLiteral(step.rounding), step.roundsFirst));
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string modelEnds(const std::vector<ModelEnd> &ends) {
  std::string out;
  for (const ModelEnd &end : ends) {
    // Modes as toString() spells them, where they differ from the defaults.
    const num::FixedType plain{end.type.width, end.type.intBits, end.type.isSigned};
    std::string modes;
    if (end.type != plain) {
      const std::string text = num::toString(end.type);
      llvm::SmallVector<llvm::StringRef, 4> parts;
      llvm::StringRef(text).split(parts, ',');
      for (size_t i = 2; i < parts.size(); ++i)
        modes += fmt::format(", {}", cppLiteral(parts[i].trim().rtrim('>')));
    }
    out += fmt::format("      {{{}, {{{}}}, {{{}}}, {{{}, {}, {}{}}}, {{{}}}, {{{}}}}},\n",
                       cppLiteral(end.name), fmt::join(end.shape, ", "), fmt::join(end.permutation, ", "),
                       end.type.width, end.type.fracBits(), end.type.isSigned, modes,
                       fmt::join(end.streamShape, ", "), steps(end.host));
  }
  return out;
}

/// Those of whole inputs and outputs say no box.
std::string movers(const std::vector<const StreamEnd *> &ends, Endpoint::Kind kind, const char *prefix,
                   const Network &network) {
  std::vector<std::string> out;
  for (const StreamEnd *end : ends) {
    if (end->kind != kind)
      continue;
    const int64_t port = kind == Endpoint::Kind::ModelInput ? end->input : end->stream - kOutputStream;
    std::string box;
    if (kind == Endpoint::Kind::ModelInput &&
        end->words.elements != elementsOf(network.inputs[static_cast<size_t>(port)]))
      box = fmt::format(", {{{}}}, {{{}}}", fmt::join(end->begin, ", "), fmt::join(end->end, ", "));
    out.push_back(fmt::format("{{\"{}_{}\", {}, {{{}, {}, {}}}{}}}", prefix, end->argument, port,
                              end->words.wordBits, end->words.elementBits, end->words.elements, box));
  }
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string cardPlan(const emit::Context &context, const Network &network, const FpgaSetup &card) {
  std::vector<std::string> ports, depacketizers;
  for (const PortSetup &port : card.ports)
    ports.push_back(std::to_string(port.port));
  for (const StreamEnd *end : card.inputs())
    if (end->kind == Endpoint::Kind::Receive && !end->isLocal)
      depacketizers.push_back(fmt::format("\"depacketizer_{}\"", laneName(*end)));
  const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(card.index)];
  return fmt::format("      {{{}, {}, {}, {{{}}}, {{{}}}, {{{}}}, {{{}}}, {}, {}}},\n", cppLiteral(card.name),
                     cppLiteral(fpga.device->platform), shortest(fpga.clockMhz), fmt::join(ports, ", "),
                     movers(card.inputs(), Endpoint::Kind::ModelInput, "mm2s", network),
                     movers(card.outputs(), Endpoint::Kind::ModelOutput, "s2mm", network),
                     fmt::join(depacketizers, ", "), card.replica, card.replicas);
}

} // namespace

void addHostPrograms(emit::Emission &emission, const emit::Context &context, const Network &network) {
  // In the cluster's order; the first host with a card leads.
  std::vector<std::string> hosts, names;
  for (const device::Host &host : context.cluster.hosts)
    for (const FpgaSetup &card : network.fpgas)
      if (card.host == host.name && (hosts.empty() || hosts.back() != host.name)) {
        hosts.push_back(host.name);
        names.push_back(cppLiteral(host.name));
      }
  bool givesWeights = false;
  for (const std::string &host : hosts) {
    std::string cards;
    HostWeights weights;
    for (const FpgaSetup &card : network.fpgas)
      if (card.host == host) {
        cards += cardPlan(context, network, card);
        const HostWeights own = hostWeights(context, card);
        weights.memories.insert(weights.memories.end(), own.memories.begin(), own.memories.end());
        weights.readers.insert(weights.readers.end(), own.readers.begin(), own.readers.end());
      }
    const bool hasWeights = !weights.memories.empty() || !weights.readers.empty();
    givesWeights = givesWeights || hasWeights;
    const std::string weightArguments =
        hasWeights
            ? fmt::format(
                  "\n                          // Memories that are written first: card, kernel, offset, "
                  "lanes, "
                  "file; readers that are started: card, kernel, bits of a weight, weights a line, file.\n"
                  "                          {{{}}},\n                          {{{}}},\n                    "
                  "      ",
                  fmt::join(weights.memories, ",\n                           "),
                  fmt::join(weights.readers, ",\n                           "))
            : " ";
    emission.addText(fmt::format("host/{}.cpp", host),
                     fmt::format(R"(// Host program of {0}.
#include "{8}"

int main(int argc, char **argv) {{
  const braid::host::Design design = {{
      {1},
      {{{2}}},
      {6}, // microseconds between frames, by the plan
      // Inputs and outputs of the model: name, shape, permutation, type {{width, fraction bits, signed}}, shape as a stream.
      {{
{3}      }},
      {{
{4}      }},
      // Cards: name, platform, clock in MHz, ports, sources and sinks {{instance, port of the model, {{bits of a word, of an element, elements}}, and of an input's part the box}}, depacketizers, number of the copy, copies.
      {{
{5}      }},
      {7}, // copies of those parts that have some
  }};
  return braid::host::run(design,{9}argc, argv);
}}
)",
                                 host, cppLiteral(host), fmt::join(names, ", "), modelEnds(network.inputs),
                                 modelEnds(network.outputs), cards, shortest(context.evaluation.periodUs),
                                 context.plan.replicaCount(), hasWeights ? "braid_weights.h" : "braid_host.h",
                                 weightArguments));
  }
  for (const char *header : {"braid_barrier.h", "braid_frames.h", "braid_host.h", "braid_vnx.h"})
    host::addTemplate(emission, std::string("host/") + header,
                      (std::string("vnx/templates/") + header).c_str());
  if (givesWeights)
    host::addTemplate(emission, "host/braid_weights.h", "vnx/templates/braid_weights.h");
  const std::string_view make = host::templateText("vnx/templates/host_makefile.in");
  emission.addText("host/Makefile", emit::render({make.data(), make.size()},
                                                 {{"PROGRAMS", fmt::format("{}", fmt::join(hosts, " "))}}));
}

} // namespace braid::targets::vnx
