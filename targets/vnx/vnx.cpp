#include "braid/targets/vnx.h"

#include "design.h"

#include "../host/carried.h"
#include "../host/sockets_file.h"
#include "braid/support/error.h"
#include "host_program.h"

#include <fmt/format.h>

namespace braid::targets {

llvm::Expected<emit::Emission> emitVnx(const emit::Context &context) {
  auto network = planNetwork(context);
  if (!network)
    return network.takeError();
  BRAID_CHECK(network->transport == Transport::VnxUdp, "VNx joins Alveo cards");
  // What we check on a user's disk must hold before it gets there.
  if (llvm::Error error = checkNetwork(*network, "network/network.json"))
    return error;

  emit::Emission out;
  out.addText("network/network.json", toJson(*network));
  for (const FpgaSetup &card : network->fpgas) {
    out.addText("network/" + card.name + ".sockets", host::socketsFile(card));
    if (card.isCopy()) // made of the image of another
      continue;
    const vnx::CardProjects projects = vnx::projectsOf(context, card);
    const vnx::CardDesign design = vnx::designCard(context, projects);
    const std::string link = card.name + "/link/", &name = projects.name();
    const std::string config = vnx::connectivity(design), kernels = vnx::kernelList(design);
    if (llvm::Error error = checkConnectivity(config, kernels, link + "connectivity.cfg"))
      return error;
    if (const std::string floorplan = vnx::floorplan(design); !floorplan.empty()) {
      if (llvm::Error error = checkFloorplan(floorplan, config, link + "floorplan.tcl"))
        return error;
      out.addText(link + "floorplan.tcl", floorplan);
    }
    out.addText(link + "connectivity.cfg", config);
    out.addText(link + "kernels.json", kernels);
    out.addText(link + name + "_link.h", vnx::linkHeader(context, projects));
    out.addText(link + name + "_link.cpp", vnx::linkSource(projects));
    out.addText(link + "Makefile", vnx::makefile(context, projects, design, network->maxSockets));
    for (const emit::Project *project : projects.projects) {
      const bool isStitched = vnx::isStitched(*project);
      out.addText(link + project->name + "_compute.cpp",
                  isStitched ? vnx::computeInSimulation(*project)
                             : vnx::computeSource(context, projects, *project));
      if (isStitched) {
        out.addText(link + project->name + "_take.cpp", vnx::takeSource(context, projects, *project));
        out.addText(link + project->name + "_give.cpp", vnx::giveSource(context, projects, *project));
        for (const vnx::WeightReader &reader : vnx::weightReaders(context, *project))
          out.addText(link + reader.kernel + ".cpp", vnx::readerSource(reader));
      }
      out.addText(fmt::format("{}/{}/{}_emu.cpp", card.name, emit::projectFolder(*project), project->name),
                  vnx::emulationSource(projects, *project));
    }
    host::addTemplate(out, link + "kernel.tcl", "vnx/templates/kernel.tcl");
    host::addTemplate(out, link + "package.tcl", "vnx/templates/package.tcl");
    host::addLinkHeaders(out, card.name + "/link", context.hlsTool,
                         {"braid_emulation.h", "braid_movers.h", "braid_packets.h", "braid_words.h"});
  }
  vnx::addHostPrograms(out, context, *network);
  return out;
}

} // namespace braid::targets
