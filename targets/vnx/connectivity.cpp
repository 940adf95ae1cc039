// connectivity.cfg and what it can be checked against.
#include "design.h"

#include "../host/carried.h"

#include "braid/emit/emission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <map>

namespace braid::targets::vnx {

namespace {

/// Filled in by the Makefile.
constexpr const char *kFloorplanFile = "@FLOORPLAN_TCL@";

} // namespace

std::string connectivity(const CardDesign &design) {
  std::string out = "# What v++ links. Placed by the Makefile: @POST_SYS_LINK_TCL@ of VNx, which wires the "
                    "transceivers";
  if (!design.placed.empty())
    out += fmt::format(", and {} beside this file", kFloorplanFile);
  out += ".\n[connectivity]\n";
  for (const KernelType &kernel : design.kernels) {
    std::vector<std::string> names;
    for (const Instance &instance : design.instances)
      if (instance.kernel == kernel.name)
        names.push_back(instance.name);
    out += fmt::format("nk={}:{}:{}\n", kernel.name, names.size(), fmt::join(names, "."));
  }
  out += "\n";
  for (const Instance &instance : design.instances)
    if (!instance.die.empty())
      out += fmt::format("slr={}:{}\n", instance.name, instance.die);
  for (const Instance &instance : design.instances)
    if (!instance.bank.empty())
      for (const char *port : {"gmem", "gmem_marks"})
        if (port == std::string("gmem") || instance.kernel == "s2mm")
          out += fmt::format("sp={}.m_axi_{}:{}\n", instance.name, port, instance.bank);
  out += "\n";
  for (const Connection &wire : design.connections)
    out += fmt::format("stream_connect={}:{}{}\n", wire.from, wire.to,
                       wire.depth ? fmt::format(":{}", wire.depth) : "");
  const bool hasNetwork = std::any_of(design.kernels.begin(), design.kernels.end(), [](const KernelType &k) {
    return k.source == KernelType::Source::Vnx;
  });
  if (hasNetwork)
    out += "\n[advanced]\nparam=compiler.userPostSysLinkOverlayTcl=@POST_SYS_LINK_TCL@\n";
  if (!design.placed.empty())
    out += fmt::format("\n[vivado]\nprop=run.impl_1.STEPS.OPT_DESIGN.TCL.PRE={}\n", kFloorplanFile);
  return out;
}

std::string floorplan(const CardDesign &design) {
  if (design.placed.empty())
    return "";
  std::string places;
  for (const PlacedInstance &instance : design.placed) {
    places += fmt::format("place {} {{\n", instance.name);
    for (const auto &[cell, die] : instance.cells)
      places += fmt::format("    {} {}\n", cell, die);
    places += "}\n";
  }
  return emit::render(llvm::StringRef(host::templateText("vnx/templates/floorplan.tcl")),
                      {{"PLACES", places}});
}

std::string kernelList(const CardDesign &design) {
  static constexpr const char *kSources[] = {"link", "stitched", "vnx"};
  nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
  for (const KernelType &kernel : design.kernels) {
    nlohmann::ordered_json inputs = nlohmann::ordered_json::array(),
                           outputs = nlohmann::ordered_json::array();
    for (const StreamPort &port : kernel.ports)
      (port.isOutput ? outputs : inputs).push_back(port.name);
    kernels.push_back({{"name", kernel.name},
                       {"source", kSources[static_cast<size_t>(kernel.source)]},
                       {"inputs", inputs},
                       {"outputs", outputs}});
  }
  const nlohmann::ordered_json out = {{"schema", "braid-kernels-1"}, {"kernels", kernels}};
  return out.dump(2) + "\n";
}

} // namespace braid::targets::vnx
