// The block design of a project: cells for its units, FIFOs and memories, and a wire for every channel.
#include "design.h"

#include "braid/support/embedded.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::embedded {

/// targets/finn/rtl and targets/finn/templates: `rtl/fifo.v`, ...
std::span<const File> finnFiles();

} // namespace braid::embedded

namespace braid::targets::finn {

namespace {

/// What an AMD SmartConnect (PG247) joins to one master.
constexpr size_t kMostOnRegisters = 16;
/// The least that Vivado gives a range of addresses.
constexpr int64_t kLeastRange = 4096;

llvm::StringRef fileText(llvm::StringRef name) {
  for (const embedded::File &file : embedded::finnFiles())
    if (name == llvm::StringRef(file.name.data(), file.name.size()))
      return {file.text.data(), file.text.size()};
  BRAID_CHECK(false, "no file " + name.str() + " is embedded");
}

class Stitching {
public:
  explicit Stitching(const Design &design) : design_(design) {}

  std::string run() {
    for (const std::string &name : design_.names)
      out_ += fmt::format("unit {}\n", name);
    for (size_t c = 0; c < design_.fifoNames.size(); ++c)
      if (const plan::Channel &channel = design_.graph.channels[c]; !design_.fifoNames[c].empty())
        out_ += fmt::format("fifo {} {} {} auto\n", design_.fifoNames[c], channel.depth,
                            axisBits(channel.port.widthBits));
    for (size_t c = 0; c < design_.graph.channels.size(); ++c)
      addChannel(c);
    for (const RuntimeMemory &memory : runtimeMemories(design_))
      registers_.push_back(memory.cell + "/s_axilite");
    for (size_t i = 0; i < design_.graph.units.size(); ++i)
      addMemory(i);
    const std::vector<size_t> external = externalUnits(design_);
    for (size_t i = 0; i < external.size(); ++i)
      end("s_axis", design_.project.inputs.size() + i, design_.names[external[i]] + "/weights_V");
    addControl();
    return std::move(out_);
  }

private:
  void wire(const std::string &from, const std::string &to) { out_ += fmt::format("wire {} {}\n", from, to); }
  void end(const char *side, size_t index, const std::string &pin) {
    out_ += fmt::format("end {}_{} {}\n", side, index, pin);
  }

  std::string pinOf(int unit, int channel, bool isOutput) const {
    const plan::Unit &of = design_.graph.units[static_cast<size_t>(unit)];
    const auto &side = isOutput ? of.outputs : of.inputs;
    const std::vector<std::string> ports = portsOf(of);
    const auto at = static_cast<size_t>(std::find(side.begin(), side.end(), channel) - side.begin());
    BRAID_CHECK(at < side.size(), "a channel is one of its units'");
    return design_.names[static_cast<size_t>(unit)] + "/" +
           ports[isOutput ? ports.size() - side.size() + at : at];
  }

  static size_t indexOf(const std::vector<int> &ends, int channel) {
    const auto at = std::find(ends.begin(), ends.end(), channel);
    BRAID_CHECK(at != ends.end(), "a channel without a unit ends at the project's");
    return static_cast<size_t>(at - ends.begin());
  }

  void addChannel(size_t c) {
    const plan::Channel &channel = design_.graph.channels[c];
    const int id = static_cast<int>(c);
    const std::string &fifo = design_.fifoNames[c];
    const std::string from = channel.from < 0 ? "" : pinOf(channel.from, id, true),
                      to = channel.to < 0 ? "" : pinOf(channel.to, id, false);
    if (from.empty())
      end("s_axis", indexOf(design_.graph.inputs, id), fifo.empty() ? to : fifo + "/in0_V");
    else if (!fifo.empty())
      wire(from, fifo + "/in0_V");
    if (to.empty())
      end("m_axis", indexOf(design_.graph.outputs, id), fifo.empty() ? from : fifo + "/out_V");
    else if (!fifo.empty())
      wire(fifo + "/out_V", to);
    if (!from.empty() && !to.empty() && fifo.empty())
      wire(from, to);
  }

  void addMemory(size_t unit) {
    const kernel::Kernel &kernel = design_.graph.units[unit].kernel;
    if (!hasMemory(design_.graph.units[unit]))
      return;
    const std::string &name = design_.names[unit], cell = memoryCell(design_, unit);
    out_ += fmt::format("memory {} {} {} {} {}\n", cell, name, memoryDepth(kernel),
                        kernel.pe * kernel.simd * kernel.weightBits,
                        kernel::name(kernel.implementation.folding.ramStyle));
    wire(cell + "/m_axis_0", name + "/weights_V");
  }

  /// One port for the registers of all memories: a Vitis kernel has no more. A tree, where they are many.
  void addControl() {
    if (registers_.empty())
      return;
    int count = 0;
    while (registers_.size() > 1) {
      std::vector<std::string> joined;
      for (size_t first = 0; first < registers_.size(); first += kMostOnRegisters) {
        const size_t here = std::min(kMostOnRegisters, registers_.size() - first);
        const std::string name = fmt::format("registers_{}", count++);
        out_ += fmt::format("registers {} {}\n", name, here);
        for (size_t i = 0; i < here; ++i)
          wire(fmt::format("{}/M{:02}_AXI", name, i), registers_[first + i]);
        joined.push_back(name + "/S00_AXI");
      }
      registers_ = std::move(joined);
    }
    const std::vector<RuntimeMemory> memories = runtimeMemories(design_);
    std::string addresses;
    for (const RuntimeMemory &memory : memories)
      addresses +=
          fmt::format("address s_axilite_0 {} 0x{:x} {}\n", memory.cell, memory.offset, memory.bytes);
    out_ += fmt::format("control s_axilite_0 {} {}\n{}", registers_[0],
                        ceilLog2(static_cast<uint64_t>(runtimeBytes(memories))), addresses);
  }

  const Design &design_;
  std::vector<std::string> registers_;
  std::string out_;
};

/// Makes a kernel for v++ of the IP: its streams, none of them started by a host.
std::string kernelObject(const Design &design) {
  std::string out = fmt::format("package_xo -force -xo_path $here/{0}.xo -kernel_name {0} -ip_directory "
                                "$here/ip -ctrl_protocol ap_ctrl_none",
                                design.project.name);
  size_t count = 0;
  for (const StitchedEnd &end : stitchedEnds(design))
    out += fmt::format(" \\\n    -kernel_xml_args {{{0}:4:{1}:{0}:0x0:0x0:ap_uint&lt;{2}>:0}}", end.name,
                       count++, end.bits);
  return out + "\n";
}

} // namespace

int64_t axisBits(int64_t bits) { return roundUp(bits, 8); }

std::vector<StitchedEnd> stitchedEnds(const Design &design) {
  std::vector<StitchedEnd> out;
  const auto add = [&](const char *side, size_t index, int64_t bits, bool isOutput) {
    out.push_back({fmt::format("{}_{}", side, index), axisBits(bits), isOutput});
  };
  const auto &channels = design.graph.channels;
  const std::vector<size_t> external = externalUnits(design);
  for (size_t i = 0; i < design.graph.inputs.size(); ++i)
    add("s_axis", i, channels[static_cast<size_t>(design.graph.inputs[i])].port.widthBits, false);
  for (size_t i = 0; i < external.size(); ++i) {
    const kernel::Kernel &kernel = design.graph.units[external[i]].kernel;
    add("s_axis", design.graph.inputs.size() + i, kernel.pe * kernel.simd * kernel.weightBits, false);
  }
  for (size_t i = 0; i < design.graph.outputs.size(); ++i)
    add("m_axis", i, channels[static_cast<size_t>(design.graph.outputs[i])].port.widthBits, true);
  return out;
}

std::vector<size_t> externalUnits(const Design &design) {
  std::vector<size_t> out;
  for (size_t i = 0; i < design.graph.units.size(); ++i)
    if (const plan::Unit &unit = design.graph.units[i]; Design::isStreamed(unit) && !hasMemory(unit))
      out.push_back(i);
  return out;
}

bool hasMemory(const plan::Unit &unit) {
  return Design::isStreamed(unit) && unit.kernel.implementation.folding.memMode == kernel::MemMode::Decoupled;
}

std::vector<PlacedCell> placedCells(const Design &design) {
  std::vector<PlacedCell> out;
  if (!design.floorplan)
    return out;
  for (size_t i = 0; i < design.names.size(); ++i) {
    out.push_back({design.names[i], design.floorplan->units[i]});
    if (hasMemory(design.graph.units[i]))
      out.push_back({memoryCell(design, i), design.floorplan->units[i]});
  }
  for (size_t c = 0; c < design.fifoNames.size(); ++c)
    if (!design.fifoNames[c].empty())
      out.push_back({design.fifoNames[c], design.floorplan->fifos[c]});
  return out;
}

std::string memoryCell(const Design &design, size_t unit) { return design.names[unit] + "_weights"; }

std::vector<RuntimeMemory> runtimeMemories(const Design &design) {
  std::vector<RuntimeMemory> out;
  int64_t next = 0;
  for (size_t i = 0; i < design.graph.units.size(); ++i) {
    const plan::Unit &unit = design.graph.units[i];
    if (!hasMemory(unit) || unit.kernel.implementation.folding.ramStyle != kernel::RamStyle::Ultra)
      continue;
    const int64_t width = unit.kernel.pe * unit.kernel.simd * unit.kernel.weightBits,
                  lanes = int64_t{1} << ceilLog2(static_cast<uint64_t>(ceilDiv(width, 32))),
                  least = 4 * lanes * memoryDepth(unit.kernel),
                  bytes = std::max(kLeastRange, int64_t{1} << ceilLog2(static_cast<uint64_t>(least)));
    next = roundUp(next, bytes);
    out.push_back({i, memoryCell(design, i), next, bytes, lanes});
    next += bytes;
  }
  return out;
}

int64_t runtimeBytes(const std::vector<RuntimeMemory> &memories) {
  const RuntimeMemory &last = memories.back();
  return int64_t{1} << ceilLog2(static_cast<uint64_t>(last.offset + last.bytes));
}

void addStitching(emit::Emission &out, const Design &design) {
  const device::Fpga &fpga = design.context.cluster.fpgas[static_cast<size_t>(design.project.fpga)];
  const bool isKernel = !fpga.device->platform.empty();
  const std::string &name = design.project.name;
  out.addText("stitched/make_project.tcl",
              emit::render(fileText("templates/make_project.tcl"),
                           {{"NAME", name},
                            {"PART", fpga.device->part},
                            {"HERTZ", fmt::format("{:.0f}", fpga.clockMhz * 1e6)},
                            {"CELLS", Stitching(design).run()},
                            {"KERNEL", isKernel ? "set_property sdx_kernel true $core\n"
                                                  "set_property sdx_kernel_type rtl $core\n"
                                                : ""},
                            {"XO", isKernel ? kernelObject(design) : ""}}));
  out.addText("build.sh", emit::render(fileText("templates/build.sh"), {{"NAME", name}}),
              /*executable=*/true);
  for (const char *module : {"fifo.v", "memstream.v", "memstream_axilite.v"})
    out.addText(std::string("stitched/rtl/") + module, fileText(std::string("rtl/") + module).str());
}

} // namespace braid::targets::finn
