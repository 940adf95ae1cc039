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
/// Fails where weights lie in memories that a board's host would have to write.
llvm::Error checkStitched(const emit::Context &context, const emit::Project &project);

// The board with all its parts, by stage.
std::string makefile(const std::vector<const emit::Project *> &projects, const FpgaSetup &board,
                     const device::Fpga &fpga, const emit::HlsDialect &dialect);
std::string designScript(const std::vector<const emit::Project *> &projects, const device::Fpga &fpga);
std::string hostScript(const FpgaSetup &board);

} // namespace braid::targets::pynq
