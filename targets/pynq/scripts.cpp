// Scripts of a Zynq board: IP, block design, host program.
#include "board.h"

#include "../host/carried.h"

#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::pynq {
namespace {

/// Board files as Vivado names them; the version is left open. Sources: PYNQ, boards/*/; vendors' board
/// repositories.
struct BoardFiles {
  const char *device, *part;
};
constexpr BoardFiles kBoardFiles[] = {
    {"pynq-z1", "www.digilentinc.com:pynq-z1:*"},
    {"pynq-z2", "tul.com.tw:pynq-z2:*"},
    {"ultra96", "*avnet*:ultra96v1:*"},
    {"zcu102", "xilinx.com:zcu102:*"},
    {"zcu104", "xilinx.com:zcu104:*"},
};

/// Processing systems (AMD PG082, PG201): ports towards registers and memory, and the clock of the logic.
constexpr const char *kZynq7000 =
    R"(set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 -config {make_external "FIXED_IO, DDR" apply_board_preset "1"} $ps
set_property -dict [list CONFIG.PCW_USE_M_AXI_GP0 1 CONFIG.PCW_USE_S_AXI_HP0 1 CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64 \
    CONFIG.PCW_EN_CLK0_PORT 1 CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ @CLOCK@] $ps
set control M_AXI_GP0
set memory S_AXI_HP0
set clock FCLK_CLK0
)";
constexpr const char *kUltraScale = R"(set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e ps]
apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e -config {apply_board_preset "1"} $ps
set_property -dict [list CONFIG.PSU__USE__M_AXI_GP0 1 CONFIG.PSU__USE__M_AXI_GP1 0 CONFIG.PSU__USE__M_AXI_GP2 0 \
    CONFIG.PSU__USE__S_AXI_GP2 1 CONFIG.PSU__SAXIGP2__DATA_WIDTH 64 CONFIG.PSU__FPGA_PL0_ENABLE 1 \
    CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ @CLOCK@] $ps
set control M_AXI_HPM0_FPD
set memory S_AXI_HP0_FPD
set clock pl_clk0
)";

/// A project in one HLS IP.
constexpr const char *kOneCell =
    "    create_bd_cell -type ip -vlnv braid:hls:${project}_axi:1.0 $accelerator\n";

llvm::StringRef text(const char *name) {
  const std::string_view view = host::templateText(name);
  return {view.data(), view.size()};
}

std::string boardFilesOf(const device::Device &device) {
  for (const BoardFiles &files : kBoardFiles)
    if (device.name == files.device)
      return files.part;
  return fmt::format("*:{}:*", device.name);
}

} // namespace

std::string makefile(const std::vector<const emit::Project *> &projects, const FpgaSetup &board,
                     const device::Fpga &fpga, const emit::HlsDialect &dialect) {
  std::vector<std::string> ips, folders;
  std::string stitched, stitching;
  for (const emit::Project *project : projects) {
    folders.push_back("../" + emit::projectFolder(*project));
    if (!isStitched(*project)) {
      ips.push_back("build/ip/" + project->name);
      continue;
    }
    for (bool takes : {true, false})
      ips.push_back("build/ip/" + sideName(*project, takes));
    const std::string &hls = folders.back();
    stitched += fmt::format(" {}/stitched/ip/component.xml", hls);
    stitching += fmt::format("{0}/stitched/ip/component.xml: $(wildcard {0}/units/*/*.cpp {0}/units/*/*.h "
                             "{0}/units/*/*.dat {0}/stitched/*.tcl)\n\t{0}/build.sh\n\n",
                             hls);
  }
  return emit::render(text("pynq/templates/Makefile.in"),
                      {{"DEVICE", fpga.device->name},
                       {"NAME", projects[0]->name},
                       {"BOARD", board.name},
                       {"HLS", dialect.title},
                       {"HLS_VARIABLE", dialect.makeVariable},
                       {"HLS_PROGRAM", dialect.program},
                       {"GENERATED", dialect.generated},
                       {"IPS", fmt::format("{}", fmt::join(ips, " "))},
                       {"STITCHED", stitched},
                       {"STITCHING", stitching},
                       {"WRAPPERS", stitched.empty() ? "" : " $(f)/*_take.cpp $(f)/*_give.cpp"},
                       {"FOLDERS", fmt::format("{}", fmt::join(folders, " "))}});
}

std::string ipScript(const emit::Project &project, const device::Fpga &fpga,
                     const emit::HlsDialect &dialect) {
  return emit::render(text("pynq/templates/ip.tcl"),
                      {{"NAME", project.name},
                       {"TOP", project.name + "_axi"},
                       {"WHAT", "one AXI stream in and one out"},
                       {"FOLDER", emit::projectFolder(project)},
                       {"FIRMWARE", fmt::format("add_files $here/../{}/firmware/{}.cpp -cflags $flags\n",
                                                emit::projectFolder(project), project.name)},
                       {"STANDARD", dialect.standard},
                       {"PART", fpga.device->part},
                       {"PERIOD", fmt::format("{:.3f}", 1000.0 / fpga.clockMhz)}});
}

std::string sideScript(const emit::Project &project, bool takes, const device::Fpga &fpga,
                       const emit::HlsDialect &dialect) {
  return emit::render(text("pynq/templates/ip.tcl"),
                      {{"NAME", sideName(project, takes)},
                       {"TOP", sideName(project, takes)},
                       {"WHAT", takes ? "words of the DMA in and beats of a project out"
                                      : "beats of a project in and words of the DMA out"},
                       {"FOLDER", emit::projectFolder(project)},
                       {"FIRMWARE", ""},
                       {"STANDARD", dialect.standard},
                       {"PART", fpga.device->part},
                       {"PERIOD", fmt::format("{:.3f}", 1000.0 / fpga.clockMhz)}});
}

std::string designScript(const std::vector<const emit::Project *> &projects, const device::Fpga &fpga,
                         const std::vector<MemoryWindow> &windows) {
  const std::string &family = fpga.device->family;
  BRAID_CHECK(family == "zynq-7000" || family == "zynq-ultrascale+",
              "a board has one of the two processing systems");
  const std::string processor = emit::render(family == "zynq-7000" ? kZynq7000 : kUltraScale,
                                             {{"CLOCK", fmt::format("{:.3f}", fpga.clockMhz)}});
  std::string parts, wires, repositories;
  for (const emit::Project *project : projects) {
    if (isStitched(*project)) {
      wires += stitchedWires(*project);
      repositories += fmt::format(" $here/../{0}/stitched/ip {{*}}[glob $here/../{0}/units/*/*/sol1/impl/ip]",
                                  emit::projectFolder(*project));
    }
    parts += fmt::format("    {} dma{} accelerator{}\n", project->name, emit::stageSuffix(project->stage),
                         emit::stageSuffix(project->stage));
  }
  return emit::render(text("pynq/templates/design.tcl"),
                      {{"NAME", projects[0]->name},
                       {"PARTS", parts},
                       {"REPOSITORIES", repositories.empty() ? "$here/build/ip"
                                                             : "[list $here/build/ip" + repositories + "]"},
                       {"WIRES", wires + memoryTable(windows)},
                       {"MEMORIES", windows.empty() ? "" : kMemoryPort},
                       {"ACCELERATOR", wires.empty() ? kOneCell : kStitchedCell},
                       {"DEVICE", fpga.device->name},
                       {"PART", fpga.device->part},
                       {"BOARD_PART", boardFilesOf(*fpga.device)},
                       {"PROCESSOR", processor}});
}

std::string hostScript(const FpgaSetup &board, const std::vector<MemoryWindow> &windows) {
  std::vector<std::string> memories;
  for (const MemoryWindow &window : windows)
    memories.insert(memories.end(), window.memories.begin(), window.memories.end());
  const std::string list =
      memories.empty()
          ? ""
          : fmt::format("# Written before the first frame: address, registers of a word, file.\nMEMORIES = "
                        "Memories(\"{}\", [\n    {},\n])\n",
                        board.name, fmt::join(memories, ",\n    "));
  return emit::render(text("pynq/templates/host.py"),
                      {{"NAME", board.name},
                       {"DEVICE", board.device},
                       {"IMPORT", list.empty() ? "" : "from braid_memories import Memories, Memory\n"},
                       {"MEMORIES", list},
                       {"ARGUMENTS", list.empty() ? "" : ", MEMORIES"}});
}

} // namespace braid::targets::pynq
