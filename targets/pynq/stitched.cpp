// The C++ and Tcl around a project of the FINN style on a board: HLS IPs before and behind its Verilog.
#include "board.h"

#include "../finn/design.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::targets::pynq {

using emit::Endpoint;

namespace {

/// Streams of the project's own of one side: names, and as arguments.
struct Beats {
  std::vector<std::string> names, arguments;
};

Beats beatsOf(const std::vector<Endpoint> &ends) {
  Beats out;
  for (const Endpoint &end : ends) {
    out.names.push_back(end.argument + "_data");
    out.arguments.push_back(fmt::format("hls::stream<{}> &{}", end.typedefName, out.names.back()));
  }
  return out;
}

finn::Design designOf(const emit::Context &context, const emit::Project &project) {
  return finn::designOf(context, static_cast<size_t>(&project - context.projects.data()));
}

/// Addresses of the port that leads to registers, but for its lower part, where Vivado puts those of DMAs.
/// Sources: AMD UG585, table 4-1, M_AXI_GP0 (0x4000_0000 to 0x7fff_ffff); UG1085, table 10-1, M_AXI_HPM0_FPD
/// (0xa000_0000 to 0xafff_ffff).
struct Addresses {
  const char *family;
  int64_t base, bytes;
};
constexpr Addresses kSpaces[] = {
    {"zynq-7000", 0x60000000, 0x20000000},
    {"zynq-ultrascale+", 0xa8000000, 0x08000000},
};

const Addresses &spaceOf(const device::Device &device) {
  const auto *at = std::find_if(std::begin(kSpaces), std::end(kSpaces),
                                [&](const Addresses &space) { return device.family == space.family; });
  BRAID_CHECK(at != std::end(kSpaces), "a board has one of the two processing systems");
  return *at;
}

} // namespace

const char *const kStitchedCell = R"(    # The DMA's words to beats, the project, beats to words.
    create_bd_cell -type hier $accelerator
    create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:axis_rtl:1.0 $accelerator/data_in
    create_bd_intf_pin -mode Master -vlnv xilinx.com:interface:axis_rtl:1.0 $accelerator/data_out
    create_bd_pin -dir I -type clk $accelerator/ap_clk
    create_bd_pin -dir I -type rst $accelerator/ap_rst_n
    foreach {part vlnv} [list take braid:hls:${project}_take:1.0 project braid:finn:${project}:1.0 give braid:hls:${project}_give:1.0] {
        create_bd_cell -type ip -vlnv $vlnv $accelerator/$part
        connect_bd_net [get_bd_pins $accelerator/ap_clk] [get_bd_pins $accelerator/$part/ap_clk]
        connect_bd_net [get_bd_pins $accelerator/ap_rst_n] [get_bd_pins $accelerator/$part/ap_rst_n]
    }
    connect_bd_intf_net [get_bd_intf_pins $accelerator/data_in] [get_bd_intf_pins $accelerator/take/data_in]
    connect_bd_intf_net [get_bd_intf_pins $accelerator/give/data_out] [get_bd_intf_pins $accelerator/data_out]
    foreach {from to} $wires($project) {
        connect_bd_intf_net [get_bd_intf_pins $accelerator/$from] [get_bd_intf_pins $accelerator/$to]
    }
    if {[info exists memories($project)]} {
        create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:aximm_rtl:1.0 $accelerator/memories
        connect_bd_intf_net [get_bd_intf_pins $accelerator/memories] [get_bd_intf_pins $accelerator/project/s_axilite_0]
    }
)";

const char *const kMemoryPort =
    R"(    # Memories that the host writes: one more port of the interconnect to registers, and addresses of their own.
    if {[info exists memories($project)]} {
        lassign $memories($project) offset range
        set joint [get_bd_cells -of_objects [get_bd_intf_pins -filter {MODE == Slave} \
            -of_objects [get_bd_intf_nets -of_objects [get_bd_intf_pins ps/$control]]]]
        set count [get_property CONFIG.NUM_MI $joint]
        set_property CONFIG.NUM_MI [expr {$count + 1}] $joint
        set port $joint/M[format %02d $count]
        connect_bd_intf_net [get_bd_intf_pins ${port}_AXI] [get_bd_intf_pins $accelerator/memories]
        # An AXI Interconnect has a clock and a reset of each port, a SmartConnect has not.
        if {[llength [get_bd_pins -quiet ${port}_ACLK]]} {
            connect_bd_net [get_bd_pins ps/$clock] [get_bd_pins ${port}_ACLK]
            connect_bd_net $reset [get_bd_pins ${port}_ARESETN]
        }
        assign_bd_address -target_address_space ps/Data -offset $offset -range $range [get_bd_addr_segs $accelerator/project/s_axilite_0/*]
    }
)";

bool isStitched(const emit::Project &project) { return project.style == kernel::Style::Finn; }

std::string sideName(const emit::Project &project, bool takes) {
  return project.name + (takes ? "_take" : "_give");
}

std::string sideSource(const emit::Project &project, bool takes) {
  const WrappedSide side = wrapSide(project, takes);
  const Beats beats = beatsOf(takes ? project.inputs : project.outputs);
  const std::string dma = takes ? "data_in" : "data_out";
  return fmt::format(
      R"(// {0}; one frame of every stream per call, called without end.
#include "{1}_axi.h"

#include "firmware/{1}.h"

{2}
void {3}(hls::stream<DmaWord> &{4}, {5}) {{
#pragma HLS INTERFACE axis port={4}
{6}#pragma HLS INTERFACE ap_ctrl_none port=return
#pragma HLS DATAFLOW
{7}
{8}}}
)",
      takes ? "The DMA's words to beats of the project" : "Beats of the project to the DMA's words",
      project.name, side.function, sideName(project, takes), dma, fmt::join(beats.arguments, ", "),
      fmt::format("#pragma HLS INTERFACE axis port={}\n",
                  fmt::join(beats.names, "\n#pragma HLS INTERFACE axis port=")),
      fmt::join(side.words, ""),
      takes ? fmt::format("  takeFrames({}, {});\n{}", dma, side.raws, side.convert)
            : fmt::format("{}  giveFrames({}, {});\n", side.convert, side.raws, dma));
}

std::string axiInSimulation(const emit::Project &project) {
  const std::string in = fmt::format("{}", fmt::join(beatsOf(project.inputs).names, ", ")),
                    out = fmt::format("{}", fmt::join(beatsOf(project.outputs).names, ", "));
  std::string streams;
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *ends)
      streams += fmt::format("  hls::stream<{0}> {1}_data(\"{1}_data\");\n", end.typedefName, end.argument);
  return fmt::format(
      R"(// {0} in simulation: its C++ in the place of its Verilog, between the IPs before and behind it.
#include "{0}_take.cpp"
#include "{0}_give.cpp"

{1} {{
{2}  {0}_take(data_in, {3});
  {0}({3}, {4});
  {0}_give(data_out, {4});
}}
)",
      project.name, signature(project), streams, in, out);
}

std::string memoryTable(const std::vector<MemoryWindow> &windows) {
  if (windows.empty())
    return "";
  std::string out = "# Of projects with memories that the host writes: where it sees them, bytes.\n";
  for (const MemoryWindow &window : windows)
    out += fmt::format("set memories({}) {{0x{:x} {}}}\n", window.project->name, window.base, window.bytes);
  return out;
}

std::string stitchedWires(const emit::Project &project) {
  std::string out = fmt::format("# Streams of {0}'s own: from, to.\nset wires({0}) {{\n", project.name);
  for (size_t i = 0; i < project.inputs.size(); ++i)
    out += fmt::format("    take/{}_data project/s_axis_{}\n", project.inputs[i].argument, i);
  for (size_t i = 0; i < project.outputs.size(); ++i)
    out += fmt::format("    project/m_axis_{} give/{}_data\n", i, project.outputs[i].argument);
  return out + "}\n";
}

llvm::Error checkStitched(const emit::Context &context, const emit::Project &project) {
  const finn::Design design = designOf(context, project);
  const std::vector<size_t> units = finn::externalUnits(design);
  if (units.empty())
    return llvm::Error::success();
  return userError(
      ExitCode::BadInput,
      {.file = {},
       .node = design.layerOf(design.graph.units[units[0]])->name,
       .op = {},
       .message = fmt::format("mem_mode external: nothing on board {} reads weights from memory; "
                              "internal_decoupled and internal_embedded would work, ram_style ultra too",
                              context.cluster.fpgas[static_cast<size_t>(project.fpga)].name),
       .notes = {}});
}

std::vector<MemoryWindow> memoryWindows(const emit::Context &context, const FpgaSetup &board,
                                        const std::vector<const emit::Project *> &projects) {
  std::vector<MemoryWindow> out;
  const Addresses &space = spaceOf(*context.cluster.fpgas[static_cast<size_t>(board.index)].device);
  int64_t next = space.base;
  for (const emit::Project *project : projects) {
    if (!isStitched(*project))
      continue;
    const finn::Design design = designOf(context, *project);
    const std::vector<finn::RuntimeMemory> memories = finn::runtimeMemories(design);
    if (memories.empty())
      continue;
    MemoryWindow window{.project = project, .bytes = finn::runtimeBytes(memories), .memories = {}};
    window.base = roundUp(next, window.bytes);
    next = window.base + window.bytes;
    BRAID_CHECK(next <= space.base + space.bytes, "no board has UltraRAM for as many addresses");
    for (const finn::RuntimeMemory &memory : memories)
      window.memories.push_back(fmt::format("Memory(0x{:x}, {}, \"{}/{}/units/{}/memblock.dat\")",
                                            window.base + memory.offset, memory.lanes, board.image,
                                            emit::projectFolder(*project), design.names[memory.unit]));
    out.push_back(std::move(window));
  }
  return out;
}

} // namespace braid::targets::pynq
