// The files of one Zynq board.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/targets/network.h"

#include <string>

namespace braid::targets::pynq {

/// Frames of all inputs, one behind the other, in; frames of all outputs, with TLAST at the end, out.
std::string axiHeader(const emit::Project &project, const FpgaSetup &board);
std::string axiSource(const emit::Project &project, const FpgaSetup &board);
std::string emulationSource(const emit::Project &project, const FpgaSetup &board);

std::string makefile(const emit::Project &project, const FpgaSetup &board, const device::Fpga &fpga);
std::string ipScript(const emit::Project &project, const device::Fpga &fpga);
std::string designScript(const emit::Project &project, const device::Fpga &fpga);
std::string hostScript(const FpgaSetup &board);

} // namespace braid::targets::pynq
