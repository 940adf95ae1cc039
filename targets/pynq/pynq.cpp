#include "braid/targets/pynq.h"

#include "board.h"

#include "../host/carried.h"
#include "braid/support/error.h"
#include "braid/targets/vnx.h"

#include <fmt/format.h>

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
  bool hasMemories = false;
  for (const FpgaSetup &board : network->fpgas) {
    std::vector<const emit::Project *> projects;
    for (const PartSetup &part : board.parts)
      projects.push_back(&*std::find_if(context.projects.begin(), context.projects.end(),
                                        [&](const emit::Project &p) { return p.name == part.project; }));
    const std::vector<pynq::MemoryWindow> windows = pynq::memoryWindows(context, board, projects);
    hasMemories = hasMemories || !windows.empty();
    out.addText("host/" + board.name + ".py", pynq::hostScript(board, windows), /*executable=*/true);
    if (board.isCopy()) // made of the image of another
      continue;
    const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(board.index)];
    const std::string link = board.name + "/link/";
    for (size_t i = 0; i < projects.size(); ++i) {
      const emit::Project &project = *projects[i];
      const PartSetup &part = board.parts[i];
      const std::string hls = fmt::format("{}/{}/{}", board.name, emit::projectFolder(project), project.name);
      out.addText(hls + "_axi.h", pynq::axiHeader(project, part));
      const bool isStitched = pynq::isStitched(project);
      out.addText(hls + "_axi.cpp", isStitched ? pynq::axiInSimulation(project) : pynq::axiSource(project));
      out.addText(hls + "_emu.cpp", pynq::emulationSource(project, part));
      if (!isStitched) {
        out.addText(fmt::format("{}ip_{}.tcl", link, project.name),
                    pynq::ipScript(project, fpga, context.dialect()));
        continue;
      }
      if (llvm::Error error = pynq::checkStitched(context, project))
        return error;
      for (bool takes : {true, false}) {
        const std::string name = pynq::sideName(project, takes);
        out.addText(fmt::format("{}/{}/{}.cpp", board.name, emit::projectFolder(project), name),
                    pynq::sideSource(project, takes));
        out.addText(fmt::format("{}ip_{}.tcl", link, name),
                    pynq::sideScript(project, takes, fpga, context.dialect()));
      }
    }
    host::addLinkHeaders(out, board.name + "/link", context.hlsTool,
                         {"braid_axis.h", "braid_emulation.h", "braid_words.h"});
    out.addText(link + "Makefile", pynq::makefile(projects, board, fpga, context.dialect()));
    out.addText(link + "design.tcl", pynq::designScript(projects, fpga, windows));
  }
  if (hasMemories)
    host::addTemplate(out, "host/braid_memories.py", "pynq/templates/braid_memories.py");
  return out;
}

llvm::Expected<emit::Emission> emitDeployment(const emit::Context &context) {
  auto network = planNetwork(context);
  if (!network)
    return network.takeError();
  return network->transport == Transport::VnxUdp ? emitVnx(context) : emitPynq(context);
}

} // namespace braid::targets
