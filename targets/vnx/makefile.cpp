#include "design.h"

#include "../host/carried.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::vnx {

std::string makefile(const emit::Context &context, const CardProjects &card, const CardDesign &design,
                     int maxSockets) {
  const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(card.card.index)];
  std::vector<std::string> ours, network, flags;
  for (const KernelType &kernel : design.kernels) {
    if (kernel.isOurs)
      ours.push_back(kernel.name);
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
  std::vector<std::string> folders;
  for (const emit::Project *project : card.projects) {
    sources += fmt::format("SOURCES_{0}_compute := {0}_compute.cpp ../{1}/firmware/{0}.cpp\n", project->name,
                           emit::projectFolder(*project));
    folders.push_back(fmt::format("../{}/firmware", emit::projectFolder(*project)));
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
                       {"PLACEHOLDER", "@POST_SYS_LINK_TCL@"}});
}

} // namespace braid::targets::vnx
