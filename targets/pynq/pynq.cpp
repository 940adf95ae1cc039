#include "braid/targets/pynq.h"

#include "board.h"

#include "../host/carried.h"
#include "braid/support/error.h"
#include "braid/targets/vnx.h"

#include <algorithm>

namespace braid::targets {

llvm::Expected<emit::Emission> emitPynq(const emit::Context &context) {
  auto network = planNetwork(context);
  if (!network)
    return network.takeError();
  BRAID_CHECK(network->transport == Transport::HostTcp, "PYNQ runs on Zynq boards");
  if (llvm::Error error = checkNetwork(*network, "network/network.json"))
    return error;

  emit::Emission out;
  out.addText("network/network.json", toJson(*network));
  host::addTemplate(out, "host/braid_board.py", "pynq/templates/braid_board.py");
  host::addTemplate(out, "host/braid_wire.py", "pynq/templates/braid_wire.py");
  host::addTemplate(out, "host/run.py", "pynq/templates/run.py", /*executable=*/true);
  for (const emit::Project &project : context.projects) {
    const FpgaSetup &board = *std::find_if(network->fpgas.begin(), network->fpgas.end(),
                                           [&](const FpgaSetup &f) { return f.index == project.fpga; });
    const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(project.fpga)];
    const std::string hls = board.name + "/hls/" + project.name, link = board.name + "/link/";
    out.addText(hls + "_axi.h", pynq::axiHeader(project, board));
    out.addText(hls + "_axi.cpp", pynq::axiSource(project, board));
    out.addText(hls + "_emu.cpp", pynq::emulationSource(project, board));
    host::addLinkHeaders(out, board.name + "/link", {"braid_axis.h", "braid_emulation.h", "braid_words.h"});
    out.addText(link + "Makefile", pynq::makefile(project, board, fpga));
    out.addText(link + "ip.tcl", pynq::ipScript(project, fpga));
    out.addText(link + "design.tcl", pynq::designScript(project, fpga));
    out.addText("host/" + board.name + ".py", pynq::hostScript(board), /*executable=*/true);
  }
  return out;
}

llvm::Expected<emit::Emission> emitDeployment(const emit::Context &context) {
  auto network = planNetwork(context);
  if (!network)
    return network.takeError();
  return network->transport == Transport::VnxUdp ? emitVnx(context) : emitPynq(context);
}

} // namespace braid::targets
