// Zynq boards under PYNQ: an AXI-stream wrapper and a block design for each board, Python hosts that pass
// frames on over TCP.
#pragma once

#include "braid/emit/emission.h"
#include "braid/targets/network.h"

namespace braid::targets {

/// Everything around the HLS projects, paths relative to the bundle: `<fpga>/hls/<fpga>_axi.{h,cpp}`,
/// `<fpga>/hls/<fpga>_emu.cpp`, `<fpga>/link/` (headers, scripts for IP and bitstream),
/// `network/network.json`, `host/`. Fails where the cluster is no network of Zynq boards (see planNetwork).
llvm::Expected<emit::Emission> emitPynq(const emit::Context &context);

/// emitVnx or emitPynq, as the plan's FPGAs are.
llvm::Expected<emit::Emission> emitDeployment(const emit::Context &context);

} // namespace braid::targets
