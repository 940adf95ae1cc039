// The C++ around a Zynq board's project: the DMA's stream in and out.
#include "board.h"

#include "braid/plan/surroundings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::pynq {

using emit::Endpoint;

std::string signature(const emit::Project &project) {
  return fmt::format("void {}_axi(hls::stream<DmaWord> &data_in, hls::stream<DmaWord> &data_out)",
                     project.name);
}

std::string axiHeader(const emit::Project &project, const PartSetup &part) {
  std::string layouts;
  int64_t wordsIn = 0, wordsOut = 0;
  for (const auto *side : {&part.inputs, &part.outputs})
    for (const StreamEnd *end : argumentsOf(*side)) {
      layouts += fmt::format("typedef braid::WordLayout<{}, {}, {}> {}_words;\n", end->words.wordBits,
                             end->words.elementBits, end->words.elements, end->argument);
      (side == &part.inputs ? wordsIn : wordsOut) += end->words.words();
    }
  return fmt::format(
      R"(// {0} behind an AXI DMA of 64 bits: frames of all inputs one behind the other, frames of all outputs likewise.
// WordLayout<bits of a word, bits of an element, elements per frame>
#pragma once

#include "../link/braid_axis.h"

{1}
typedef braid::Axis<64>::Word DmaWord;
static const unsigned kWordsIn = {2}, kWordsOut = {3}; ///< per frame of all streams

{4};
)",
      project.name, layouts, wordsIn, wordsOut, signature(project));
}

WrappedSide wrapSide(const emit::Project &project, bool isInput) {
  WrappedSide out;
  const std::vector<Endpoint> &ends = isInput ? project.inputs : project.outputs;
  std::string arguments, moves;
  for (const Endpoint &end : ends) {
    const std::string &name = end.argument;
    // A whole frame where there are several: the DMA hands them over one after the other, whatever order the
    // project takes them in.
    const bool isAlone = ends.size() == 1;
    out.words.push_back(
        fmt::format("  hls::stream<{0}_words::Word> {0}_raw(\"{0}_raw\");\n#pragma HLS STREAM "
                    "variable={0}_raw depth={1}\n",
                    name, isAlone ? std::to_string(plan::kWordsDepth) : name + "_words::words"));
    if (project.io == kernel::IoMode::Stream)
      out.data.push_back(fmt::format(
          "  hls::stream<{1}> {0}_data(\"{0}_data\");\n#pragma HLS STREAM variable={0}_data depth={2}\n",
          name, end.typedefName, plan::kBeatsDepth));
    else
      out.data.push_back(
          fmt::format("  {1} {0}_data[{2}];\n#pragma HLS ARRAY_{3} variable={0}_data complete dim=0\n", name,
                      end.typedefName, end.elements, isInput ? "RESHAPE" : "PARTITION"));
    const std::string argument = fmt::format("hls::stream<{0}_words::Word> &{0}", name);
    arguments += isInput ? ", " + argument : argument + ", ";
    out.raws += (out.raws.empty() ? "" : ", ") + name + "_raw";
    moves += isInput
                 ? fmt::format("  braid::takeWords<{0}_words>(in, {0});\n", name)
                 : fmt::format("  braid::giveWords<{0}_words>({0}, out, {1});\n", name, &end == &ends.back());
    out.convert += isInput ? fmt::format("  braid::unpackWords<{0}_words>({0}_raw, {0}_data);\n", name)
                           : fmt::format("  braid::packWords<{0}_words>({0}_data, {0}_raw);\n", name);
  }
  out.function =
      isInput
          ? fmt::format("static void takeFrames(hls::stream<DmaWord> &in{}) {{\n{}}}\n", arguments, moves)
          : fmt::format("static void giveFrames({}hls::stream<DmaWord> &out) {{\n{}}}\n", arguments, moves);
  return out;
}

std::string axiSource(const emit::Project &project) {
  const WrappedSide in = wrapSide(project, true), out = wrapSide(project, false);
  std::string locals;
  std::vector<std::string> data;
  for (const WrappedSide *side : {&in, &out})
    for (size_t i = 0; i < side->words.size(); ++i)
      locals += side->words[i] + side->data[i];
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *ends)
      data.push_back(end.argument + "_data");
  return fmt::format(R"(// One frame of every stream per call, called without end.
#include "{0}_axi.h"

#include "firmware/{0}.h"

{1}
{2}
{3} {{
#pragma HLS INTERFACE axis port=data_in
#pragma HLS INTERFACE axis port=data_out
#pragma HLS INTERFACE ap_ctrl_none port=return
#pragma HLS DATAFLOW
{4}
  takeFrames(data_in, {5});
{6}  {0}({7});
{8}  giveFrames({9}, data_out);
}}
)",
                     project.name, in.function, out.function, signature(project), locals, in.raws, in.convert,
                     fmt::join(data, ", "), out.convert, out.raws);
}

std::string emulationSource(const emit::Project &project, const PartSetup &part) {
  std::string read, fill, write, store;
  for (const StreamEnd *at : argumentsOf(part.inputs)) {
    const StreamEnd &end = *at;
    read += fmt::format("  const std::vector<ap_uint<64> > {0} = run.frameWords<64>(\"{0}\", {1});\n",
                        end.argument, end.words.words());
    fill += fmt::format("    append(in, {0}, frame, {1});\n", end.argument, end.words.words());
  }
  for (const StreamEnd *at : argumentsOf(part.outputs)) {
    const StreamEnd &end = *at;
    read += fmt::format("  std::vector<ap_uint<64> > {0};\n", end.argument);
    write += fmt::format("    take(out, {0}, {1});\n", end.argument, end.words.words());
    store += fmt::format("  run.writeFrames<64>(\"{0}\", {0});\n", end.argument);
  }
  return fmt::format(R"(// {0} in simulation: what the DMA would send and take, in files.
#include "{0}_axi.cpp"

#include "../link/braid_emulation.h"

static void append(hls::stream<DmaWord> &in, const std::vector<ap_uint<64> > &words, std::size_t frame, std::size_t count) {{
  for (std::size_t w = 0; w < count; w++) {{
    DmaWord word;
    word.data = words[frame * count + w];
    word.keep = 0xff;
    word.strb = 0xff;
    word.last = 0;
    in.write(word);
  }}
}}

static void take(hls::stream<DmaWord> &out, std::vector<ap_uint<64> > &words, std::size_t count) {{
  for (std::size_t w = 0; w < count; w++)
    words.push_back(out.read().data);
}}

int main(int argc, char **argv) {{
  braid::emulation::Run run(argc, argv);
{1}  hls::stream<DmaWord> in("in"), out("out");
  for (unsigned frame = 0; frame < run.frames(); frame++) {{
{2}    {0}_axi(in, out);
    run.need(out, "out", kWordsOut, frame);
{3}  }}
{4}  run.finish();
  return 0;
}}
)",
                     project.name, read, fill, write, store);
}

} // namespace braid::targets::pynq
