// Alveo cards joined by VNx (xup_vitis_network_example): kernels around the HLS projects, link
// configurations, socket tables, host programs.
#pragma once

#include "braid/emit/emission.h"
#include "braid/targets/network.h"

namespace braid::targets {

/// Everything around the HLS projects, paths relative to the bundle:
/// `<fpga>/link/` (kernels, connectivity.cfg, Makefile), `<fpga>/hls/<fpga>_emu.cpp`, `network/`, `host/`.
/// Fails where the cluster is no network of Alveo cards (see planNetwork).
llvm::Expected<emit::Emission> emitVnx(const emit::Context &context);

/// Reads back what v++ would be given: `connectivity` against `kernels` (link/kernels.json). Every instance
/// exists once, every stream port of every instance is connected once, outputs to inputs. Names every fault
/// (exit code 4).
llvm::Error checkConnectivity(llvm::StringRef connectivity, llvm::StringRef kernels, llvm::StringRef file);

/// Reads back the places of cells in `floorplan` (link/floorplan.tcl): of instances of `connectivity`, which
/// runs it, each cell once. Names every fault (exit code 4).
llvm::Error checkFloorplan(llvm::StringRef floorplan, llvm::StringRef connectivity, llvm::StringRef file);

/// checkNetwork on network/network.json, the per-FPGA tables against it, checkConnectivity and, where
/// there is one, checkFloorplan on every FPGA of a bundle on disk. Also for a bundle of Zynq boards, which
/// has the first only.
llvm::Error checkDeployment(const std::string &bundleFolder);

} // namespace braid::targets
