// The project in C++: every unit once, joined by streams, called in dataflow order; what the block design
// joins in hardware. Units are compiled a few to a file, each in a namespace of its own.
#include "design.h"

#include "braid/support/embedded.h"
#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::targets::finn {

namespace {

/// A file of units holds so many bytes of weights at most, or one unit: compilers work on several files at a
/// time.
constexpr int64_t kUnitsPerFile = 12;

std::string argumentList(const emit::Project &project) {
  std::vector<std::string> arguments;
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const emit::Endpoint &end : *ends)
      arguments.push_back(fmt::format("hls::stream<{}> &{}", end.typedefName, end.argument));
  return fmt::format("{}", fmt::join(arguments, ",\n    "));
}

/// Whether the channel is inside, so that the project must have a stream for it.
bool isInside(const plan::Channel &channel) { return channel.from >= 0 && channel.to >= 0; }

/// Several units are compiled together, and with the streams between them: ap_int is told of the widest
/// first.
std::string definesOf(const Design &design) {
  const emit::Project &project = design.project;
  int64_t widest = kUntoldWidth;
  for (const plan::Unit &unit : design.graph.units)
    widest = std::max(widest, widestWord(unit));
  std::string types;
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const emit::Endpoint &end : *ends)
      types += fmt::format("typedef ap_uint<{}> {}; ///< {} elements of {} bits\n",
                           end.perBeat * end.type.width, end.typedefName, end.perBeat, end.type.width);
  return fmt::format(
      "// Words of the project's streams.\n#pragma once\n\n#ifndef AP_INT_MAX_W\n#define AP_INT_MAX_W "
      "{}\n#endif\n#include \"ap_int.h\"\n#include \"hls_stream.h\"\n\n{}",
      widest, types);
}

std::string topOf(const Design &design) {
  std::string streams, calls;
  const auto &channels = design.graph.channels;
  for (size_t c = 0; c < channels.size(); ++c)
    if (isInside(channels[c]))
      streams += fmt::format("  hls::stream<ap_uint<{0}> > stream{1}(\"stream{1}\");\n#pragma HLS STREAM "
                             "variable=stream{1} depth={2}\n",
                             channels[c].port.widthBits, c, channels[c].depth);
  for (size_t i = 0; i < design.graph.units.size(); ++i) {
    const plan::Unit &unit = design.graph.units[i];
    std::vector<std::string> arguments;
    for (int input : unit.inputs)
      arguments.push_back(channelName(design, input));
    if (Design::isStreamed(unit)) {
      const kernel::Kernel &kernel = unit.kernel;
      const std::string name = fmt::format("weights{}", i);
      calls +=
          fmt::format("  hls::stream<ap_uint<{0}> > {1}(\"{1}\");\n"
                      "  braid::finn::streamMemory<{0}, {2}>(\"../units/{3}/memblock.dat\", {4}, {1});\n",
                      kernel.pe * kernel.simd * kernel.weightBits, name, memoryDepth(kernel), design.names[i],
                      kernel.positions);
      arguments.push_back(name);
    }
    for (int output : unit.outputs)
      arguments.push_back(channelName(design, output));
    calls += fmt::format("  in_{0}::{0}({1});\n", design.names[i], fmt::join(arguments, ", "));
  }
  // What comes in and leaves again as it is.
  for (size_t o = 0; o < design.graph.outputs.size(); ++o)
    if (channels[static_cast<size_t>(design.graph.outputs[o])].from < 0)
      calls += fmt::format("  for (unsigned i = 0; i < {}; i++)\n    {}.write({}.read());\n",
                           channels[static_cast<size_t>(design.graph.outputs[o])].port.beatsPerFrame,
                           design.project.outputs[o].argument, channelName(design, design.graph.outputs[o]));
  return fmt::format(
      "// {0}: one frame. In hardware ../stitched joins the same units.\n#include \"{0}.h\"\n\n"
      "#include \"units.h\"\n\n#include \"finn/braid_memory.hpp\"\n\nvoid {0}({1}) {{\n{2}\n{3}}}\n",
      design.project.name, argumentList(design.project), streams, calls);
}

} // namespace

std::string channelName(const Design &design, int channel) {
  for (size_t i = 0; i < design.graph.inputs.size(); ++i)
    if (design.graph.inputs[i] == channel)
      return design.project.inputs[i].argument;
  for (size_t i = 0; i < design.graph.outputs.size(); ++i)
    if (design.graph.outputs[i] == channel)
      return design.project.outputs[i].argument;
  return fmt::format("stream{}", channel);
}

void addFirmware(emit::Emission &out, const Design &design) {
  const emit::Project &project = design.project;
  out.addText("firmware/defines.h", definesOf(design));
  out.addText(fmt::format("firmware/{}.h", project.name),
              fmt::format("#pragma once\n\n#include \"defines.h\"\n\nvoid {}({});\n", project.name,
                          argumentList(project)));
  out.addText(fmt::format("firmware/{}.cpp", project.name), topOf(design));
  std::string declarations;
  std::vector<std::string> files;
  for (size_t i = 0; i < design.names.size(); ++i) {
    declarations += fmt::format("namespace in_{} {{ {}; }}\n", design.names[i], signatureOf(design, i));
    if (i % kUnitsPerFile == 0)
      files.emplace_back("#include \"units.h\"\n\n#include \"finn/bnn-library.h\"\n\n");
    files.back() +=
        fmt::format("namespace in_{0} {{\n#include \"../units/{0}/top_{0}.cpp\"\n}}\n", design.names[i]);
  }
  out.addText("firmware/units.h",
              fmt::format("// The units of {}.\n#pragma once\n\n#include \"defines.h\"\n\n{}", project.name,
                          declarations));
  for (size_t f = 0; f < files.size(); ++f)
    out.addText(fmt::format("firmware/units_{}.cpp", f), files[f]);
  for (const embedded::File &file : embedded::hlsHeaders()) {
    const llvm::StringRef path(file.name.data(), file.name.size());
    const bool isType = path.startswith("include/");
    if (!isType && !path.startswith("finn/"))
      continue;
    out.add(isType ? "firmware/ap_types/" + path.drop_front(8).str() : "firmware/" + path.str(),
            [text = file.text](llvm::raw_ostream &stream) {
              stream << llvm::StringRef(text.data(), text.size());
            });
  }
}

} // namespace braid::targets::finn
