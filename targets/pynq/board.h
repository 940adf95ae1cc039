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

// The board with all its parts, by stage.
std::string makefile(const std::vector<const emit::Project *> &projects, const FpgaSetup &board,
                     const device::Fpga &fpga, const emit::HlsDialect &dialect);
std::string designScript(const std::vector<const emit::Project *> &projects, const device::Fpga &fpga);
std::string hostScript(const FpgaSetup &board);

} // namespace braid::targets::pynq
