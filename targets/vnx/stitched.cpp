// The C++ around a project of the FINN style, which itself is Verilog: HLS kernels before and behind it,
// those that read weights from memory, and all of it as one function for simulation.
#include "design.h"

#include "../finn/design.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::vnx {
namespace {

using emit::Endpoint;

finn::Design designOf(const emit::Context &context, const emit::Project &project) {
  return finn::designOf(context, static_cast<size_t>(&project - context.projects.data()));
}

/// Streams of a kernel: of words, of beats, of marks.
struct Streams {
  std::vector<std::string> names, arguments;
  void add(const std::string &name, const std::string &type) {
    names.push_back(name);
    arguments.push_back(fmt::format("hls::stream<{}> &{}", type, name));
  }
};

Streams streamsOf(const emit::Project &project, bool takes) {
  Streams out;
  for (const Endpoint &end : takes ? project.inputs : project.outputs) {
    out.add(end.argument, "braid::FrameWord");
    out.add(end.argument + "_data", end.typedefName);
  }
  for (const Endpoint &end : project.outputs)
    out.add(end.argument + "_mark", "bool");
  return out;
}

std::string kernelSource(const CardProjects &card, const emit::Project &project, bool takes,
                         const std::string &what, const std::string &before, const std::string &body) {
  const Streams streams = streamsOf(project, takes);
  return fmt::format(
      R"(// {0}: {1}; one frame per call, called without end.
#include "{2}_link.h"

#include "../{3}/firmware/{0}.h"

{4}extern "C" void {0}_{5}({6}) {{
{7}#pragma HLS DATAFLOW
{8}}}
)",
      project.name, what, card.name(), emit::projectFolder(project), before, takes ? "take" : "give",
      fmt::join(streams.arguments, ", "), freeRunning(fmt::format("{}", fmt::join(streams.names, ","))),
      body);
}

} // namespace

bool isStitched(const emit::Project &project) { return project.style == kernel::Style::Finn; }

std::string takeSource(const emit::Context &context, const CardProjects &card, const emit::Project &project) {
  std::string locals, calls;
  for (const Endpoint &input : project.inputs) {
    const WrappedEnd end = wrap(context, project, input, true);
    locals += end.words + end.marks;
    calls += end.convert;
  }
  return kernelSource(card, project, true, "words in, beats for the project and marks for what leaves it",
                      joinMarks(project) + "\n", locals + "\n" + calls + joinMarksCall(project));
}

std::string giveSource(const emit::Context &context, const CardProjects &card, const emit::Project &project) {
  std::string locals, converts, gives;
  for (const Endpoint &output : project.outputs) {
    const WrappedEnd end = wrap(context, project, output, false);
    locals += end.words;
    converts += end.convert;
    gives += end.give;
  }
  return kernelSource(card, project, false, "beats of the project and marks in, words out", "",
                      locals + "\n" + converts + gives);
}

std::string computeInSimulation(const emit::Project &project) {
  std::string streams;
  std::vector<std::string> data;
  for (const auto *side : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *side) {
      data.push_back(end.argument + "_data");
      streams += fmt::format("  hls::stream<{0}> {1}_data(\"{1}_data\");\n", end.typedefName, end.argument);
    }
  for (const Endpoint &end : project.outputs)
    streams += fmt::format("  hls::stream<bool> {0}_mark(\"{0}_mark\");\n", end.argument);
  return fmt::format(
      R"(// {0} in simulation: its C++ in the place of its Verilog, between the kernels before and behind it.
#include "{0}_take.cpp"
#include "{0}_give.cpp"

extern "C" {1} {{
{2}  {0}_take({3});
  {0}({4});
  {0}_give({5});
}}
)",
      project.name, computeSignature(project), streams, fmt::join(streamsOf(project, true).names, ", "),
      fmt::join(data, ", "), fmt::join(streamsOf(project, false).names, ", "));
}

std::vector<StreamPort> stitchedPorts(const emit::Context &context, const emit::Project &project) {
  std::vector<StreamPort> out;
  for (const finn::StitchedEnd &end : finn::stitchedEnds(designOf(context, project)))
    out.push_back({end.name, end.isOutput});
  return out;
}

std::vector<WeightReader> weightReaders(const emit::Context &context, const emit::Project &project) {
  std::vector<WeightReader> out;
  const finn::Design design = designOf(context, project);
  for (size_t unit : finn::externalUnits(design)) {
    const kernel::Kernel &kernel = design.graph.units[unit].kernel;
    const int64_t perBeat = kernel.pe * kernel.simd;
    out.push_back({fmt::format("{}_IODMA_hls_{}", project.name, out.size()), design.names[unit],
                   kernel.weightBits, perBeat, finn::memoryDepth(kernel) * perBeat});
  }
  return out;
}

HostWeights hostWeights(const emit::Context &context, const FpgaSetup &card) {
  HostWeights out;
  for (const emit::Project *project : projectsOf(context, card).projects) {
    if (!isStitched(*project))
      continue;
    const finn::Design design = designOf(context, *project);
    const auto fileOf = [&](const std::string &unit) {
      return fmt::format("{}/{}/units/{}/memblock.dat", card.image, emit::projectFolder(*project), unit);
    };
    for (const finn::RuntimeMemory &memory : finn::runtimeMemories(design))
      out.memories.push_back(fmt::format("{{\"{}\", \"{}\", {}, {}, \"{}\"}}", card.name, project->name,
                                         memory.offset, memory.lanes, fileOf(design.names[memory.unit])));
    for (const WeightReader &reader : weightReaders(context, *project))
      out.readers.push_back(fmt::format("{{\"{}\", \"{}\", {}, {}, \"{}\"}}", card.name, reader.kernel,
                                        reader.weightBits, reader.perBeat, fileOf(reader.unit)));
  }
  return out;
}

std::string readerSource(const WeightReader &reader) {
  return fmt::format(
      R"(// Weights from memory, in words as frames are: all of them in the order of memblock.dat, lowest bits first, and over
// again. Started once, ends after `turns` positions of output; 0: never.
#include "braid_words.h"

typedef braid::WordLayout<512, {1}, {3}> Weights;

static void load(const ap_uint<512> *memory, unsigned turns, hls::stream<ap_uint<512> > &words) {{
  for (unsigned done = 0; turns == 0 || done < turns; done++)
    for (unsigned w = 0; w < Weights::words; w++) {{
#pragma HLS PIPELINE II=1
      words.write(memory[w]);
    }}
}}

static void unpack(hls::stream<ap_uint<512> > &words, unsigned turns, hls::stream<ap_uint<{2}> > &weights) {{
  for (unsigned done = 0; turns == 0 || done < turns; done++)
    braid::unpackWords<Weights>(words, weights);
}}

extern "C" void {0}(const ap_uint<512> *memory, unsigned turns, hls::stream<ap_uint<{2}> > &weights) {{
#pragma HLS INTERFACE m_axi port=memory offset=slave bundle=gmem max_widen_bitwidth=512
#pragma HLS INTERFACE s_axilite port=turns
#pragma HLS INTERFACE s_axilite port=return
#pragma HLS INTERFACE axis port=weights
#pragma HLS DATAFLOW
  hls::stream<ap_uint<512> > words("words");
#pragma HLS STREAM variable=words depth=64
  load(memory, turns, words); // the words of a turn while the last one's are unpacked
  unpack(words, turns, weights);
}}
)",
      reader.kernel, reader.weightBits, reader.perBeat * reader.weightBits, reader.perPosition);
}

} // namespace braid::targets::vnx
