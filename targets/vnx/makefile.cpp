#include "design.h"

#include "../host/carried.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::vnx {

std::string makefile(const emit::Context &context, const CardProjects &card, const CardDesign &design,
                     int maxSockets) {
  const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(card.card.index)];
  std::vector<std::string> ours, network;
  for (const KernelType &kernel : design.kernels) {
    if (kernel.source == KernelType::Source::Link)
      ours.push_back(kernel.name);
    else if (kernel.source == KernelType::Source::Stitched)
      continue; // below
    else if (kernel.name == "networklayer")
      network.push_back("$(VNX)/NetLayers/_x.$(XSA)/networklayer.xo");
    else
      network.push_back(fmt::format("$(VNX)/Ethernet/_x.$(XSA)/{}.xo", kernel.name));
  }
  // VNx, Makefile: the memories' IPs differ between cards with and without HBM.
  const bool hasHbm = llvm::StringRef(fpga.device->memory).startswith("HBM");
  std::string sources;
  if (!network.empty())
    sources += fmt::format("LINK_FLAGS := --user_ip_repo_paths "
                           "$(VNX)/NetLayers/100G-fpga-network-stack-core/synthesis_results_{}\n",
                           hasHbm ? "HBM" : "noHBM");
  std::string stitched, stitching, started;
  std::vector<std::string> folders;
  for (const emit::Project *project : card.projects) {
    folders.push_back(fmt::format("../{}/firmware", emit::projectFolder(*project)));
    if (isStitched(*project)) {
      const std::string hls = "../" + emit::projectFolder(*project);
      for (const char *side : {"take", "give"})
        sources += fmt::format("SOURCES_{0}_{1} := {0}_{1}.cpp\n", project->name, side);
      for (const WeightReader &reader : weightReaders(context, *project)) {
        sources += fmt::format("SOURCES_{0} := {0}.cpp\n", reader.kernel);
        started += " " + reader.kernel;
      }
      stitched += fmt::format(" {}/stitched/{}.xo", hls, project->name);
      stitching += fmt::format("{0}/stitched/{1}.xo: $(wildcard {0}/units/*/*.cpp {0}/units/*/*.h "
                               "{0}/units/*/*.dat {0}/stitched/*.tcl)\n\t{0}/build.sh $(JOBS)\n\n",
                               hls, project->name);
      continue;
    }
    sources += fmt::format("SOURCES_{0}_compute := {0}_compute.cpp ../{1}/firmware/{0}.cpp\n", project->name,
                           emit::projectFolder(*project));
  }
  return emit::render(llvm::StringRef(host::templateText("vnx/templates/Makefile.in")),
                      {{"DEVICE", fpga.device->name},
                       {"NAME", card.name()},
                       {"FIRMWARE", fmt::format("{}", fmt::join(folders, " "))},
                       {"PLATFORM", fpga.device->platform},
                       {"PART", fpga.device->part},
                       {"CLOCK", fmt::format("{:.0f}", fpga.clockMhz)},
                       {"MAX_SOCKETS", std::to_string(maxSockets)},
                       {"KERNELS", fmt::format("{}", fmt::join(ours, " "))},
                       {"VNX_XOS", fmt::format("{}", fmt::join(network, " "))},
                       {"SOURCES", sources},
                       {"STITCHED", stitched},
                       {"STITCHING", stitching},
                       {"STARTED", started},
                       {"PLACEHOLDER", "@POST_SYS_LINK_TCL@"},
                       {"FLOORPLAN", "@FLOORPLAN_TCL@"}});
}

} // namespace braid::targets::vnx
