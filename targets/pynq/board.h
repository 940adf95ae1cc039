// The files of one Zynq board.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/targets/network.h"

#include <string>

namespace braid::targets::pynq {

// One part: frames of all its inputs, one behind the other, in; frames of all its outputs, with TLAST at the
// end, out.
std::string axiHeader(const emit::Project &project, const PartSetup &part);
std::string axiSource(const emit::Project &project);
std::string emulationSource(const emit::Project &project, const PartSetup &part);
std::string ipScript(const emit::Project &project, const device::Fpga &fpga, const emit::HlsDialect &dialect);
std::string signature(const emit::Project &project);

/// Of one side of a project, between the DMA's stream and its own: FIFOs of words and of beats by stream, the
/// function that takes or gives words, the names it is called with, and the calls that convert.
struct WrappedSide {
  std::vector<std::string> words, data;
  std::string function, raws, convert;
};
WrappedSide wrapSide(const emit::Project &project, bool isInput);

/// A project of the FINN style is three IPs: HLS before it, itself in Verilog, HLS behind it. `_axi` does
/// what the three do, in simulation.
bool isStitched(const emit::Project &project);
std::string sideSource(const emit::Project &project, bool takes);
std::string axiInSimulation(const emit::Project &project);
/// The name of an HLS IP: `fpga0_take`, `fpga0_give`.
std::string sideName(const emit::Project &project, bool takes);
std::string sideScript(const emit::Project &project, bool takes, const device::Fpga &fpga,
                       const emit::HlsDialect &dialect);
/// Of Tcl: the cell of three IPs, and the table of streams between them.
extern const char *const kStitchedCell;
std::string stitchedWires(const emit::Project &project);
/// Fails where weights come from outside: a board has nothing that reads them from memory.
llvm::Error checkStitched(const emit::Context &context, const emit::Project &project);

/// Memories of a project that the board's program writes before the first frame: a window of the processor's
/// addresses, [base, base + bytes), is the project's port s_axilite_0.
struct MemoryWindow {
  const emit::Project *project = nullptr;
  int64_t base = 0, bytes = 0;
  std::vector<std::string> memories; ///< As host/braid_memories.py has them
};
/// Of those projects of a board that have such memories, one window each, in their order.
std::vector<MemoryWindow> memoryWindows(const emit::Context &context, const FpgaSetup &board,
                                        const std::vector<const emit::Project *> &projects);
/// Of Tcl: the way from the processor to a project's memories, and the table of windows.
extern const char *const kMemoryPort;
std::string memoryTable(const std::vector<MemoryWindow> &windows);

// The board with all its parts, by stage.
std::string makefile(const std::vector<const emit::Project *> &projects, const FpgaSetup &board,
                     const device::Fpga &fpga, const emit::HlsDialect &dialect);
std::string designScript(const std::vector<const emit::Project *> &projects, const device::Fpga &fpga,
                         const std::vector<MemoryWindow> &windows);
std::string hostScript(const FpgaSetup &board, const std::vector<MemoryWindow> &windows);

} // namespace braid::targets::pynq
