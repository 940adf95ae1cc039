// One HLS project a unit: top_<name>.cpp and hls_syn_<name>.tcl beside its memories.
#include "design.h"

#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::finn {

namespace {

using kernel::KernelKind;

/// As FINN's script does: synthesis of one unit and its export as an IP.
constexpr const char *kScript =
    R"(# Synthesis of @NAME@ and its export as an IP:   vitis_hls -f hls_syn_@NAME@.tcl
set folder [file dirname [file normalize [info script]]]
cd $folder
open_project project_@NAME@
add_files top_@NAME@.cpp -cflags "-std=c++14 -I../../firmware/finn"
set_top @NAME@
open_solution sol1
set_part @PART@
config_compile -disable_unroll_code_size_check -pipeline_style flp
config_interface -m_axi_addr64
config_rtl -module_auto_prefix
config_rtl -deadlock_detection none
create_clock -period @PERIOD@ -name default
csynth_design
export_design -format ip_catalog -vendor braid -library finn -version 1.0
exit
)";

std::string pragmas(const plan::Unit &unit) {
  std::string out;
  for (const std::string &port : portsOf(unit))
    out += fmt::format("#pragma HLS INTERFACE axis port={}\n", port);
  out += "#pragma HLS INTERFACE ap_ctrl_none port=return\n";
  const kernel::Kernel &kernel = unit.kernel;
  const bool hasMatrix = kernel.kind == KernelKind::MatrixVector || kernel.kind == KernelKind::VectorVector;
  if (hasMatrix && !Design::isStreamed(unit)) {
    out += "#pragma HLS ARRAY_PARTITION variable=weights.m_weights complete dim=1\n";
    if (memoryDepth(kernel) > 1)
      out += "#pragma HLS BIND_STORAGE variable=weights.m_weights type=ROM_1P impl=LUTRAM\n";
  }
  if (kernel.steps > 0) {
    const char *impl = kernel.channels / kernel.pe > 512 ? "BRAM" : "LUTRAM";
    out += "#pragma HLS ARRAY_PARTITION variable=threshs.m_thresholds complete dim=1\n"
           "#pragma HLS ARRAY_PARTITION variable=threshs.m_thresholds complete dim=3\n";
    out += fmt::format("#pragma HLS BIND_STORAGE variable=threshs.m_thresholds type=ROM_2P impl={}\n", impl);
  }
  if (kernel.kind == KernelKind::Affine)
    out += "#pragma HLS ARRAY_PARTITION variable=factors complete dim=1\n"
           "#pragma HLS ARRAY_PARTITION variable=offsets complete dim=1\n";
  if (kernel.kind == KernelKind::Sum)
    out += "#pragma HLS ARRAY_PARTITION variable=biases complete dim=2\n";
  return out;
}

/// finn-hlslib's headers beside bnn-library.h, which does not include them all.
std::vector<const char *> headersOf(const kernel::Kernel &kernel) {
  switch (kernel.kind) {
  case KernelKind::MatrixVector:
    return {"weights.hpp", "activations.hpp", "mvau.hpp"};
  case KernelKind::VectorVector:
    return {"weights.hpp", "activations.hpp", "mvau.hpp", "vvau.hpp"};
  case KernelKind::Threshold:
    return {"activations.hpp"};
  case KernelKind::WindowPool:
    return {"activations.hpp", "pool.hpp"};
  case KernelKind::Binary:
    return {"interpret.hpp", "eltwise.hpp"};
  case KernelKind::GlobalPool:
  case KernelKind::Pool:
  case KernelKind::ArgMax:
    return {"maxpool.h"};
  default:
    return {};
  }
}

std::string includes(const plan::Unit &unit, const std::string &body) {
  const kernel::Kernel &kernel = unit.kernel;
  const bool hasMatrix = kernel.kind == KernelKind::MatrixVector || kernel.kind == KernelKind::VectorVector;
  std::string out;
  for (const char *header : headersOf(kernel))
    out += fmt::format("#include \"{}\"\n", header);
  if (body.find("braid::finn::") != std::string::npos)
    out += "#include \"braid_units.hpp\"\n";
  if ((hasMatrix && !Design::isStreamed(unit)) || kernel.kind == KernelKind::Affine ||
      kernel.kind == KernelKind::Sum)
    out += "#include \"params.h\"\n";
  if (kernel.steps > 0)
    out += "#include \"thresh.h\"\n";
  return out;
}

std::string sourceOf(const Design &design, size_t i) {
  const plan::Unit &unit = design.graph.units[i];
  const std::string body = bodyOf(design, unit);
  return fmt::format(
      "#ifndef AP_INT_MAX_W\n#define AP_INT_MAX_W {}\n#endif\n#include \"bnn-library.h\"\n\n{}\n"
      "{} {{\n{}  {};\n}}\n",
      widestWord(unit), includes(unit, body), signatureOf(design, i), pragmas(unit), body);
}

} // namespace

int64_t widestWord(const plan::Unit &unit) {
  const kernel::Kernel &kernel = unit.kernel;
  int64_t widest = kUntoldWidth;
  for (const auto *side : {&kernel.inputs, &kernel.outputs})
    for (const kernel::KernelPort &port : *side)
      widest = std::max(widest, port.widthBits);
  if (kernel.kind == KernelKind::Convert) // both words together
    widest = std::max(widest, kernel.inputs[0].widthBits + kernel.outputs[0].widthBits);
  const bool ofAllPes = kernel.implementation.folding.memMode != kernel::MemMode::Embedded;
  return std::max(widest, (ofAllPes ? kernel.pe : 1) * kernel.simd * kernel.weightBits);
}

void addUnits(emit::Emission &out, const std::shared_ptr<const Design> &of) {
  const Design &design = *of;
  const device::Fpga &fpga = design.context.cluster.fpgas[static_cast<size_t>(design.project.fpga)];
  for (size_t i = 0; i < design.graph.units.size(); ++i) {
    const std::string &name = design.names[i], folder = fmt::format("units/{}/", name);
    out.addText(fmt::format("{}top_{}.cpp", folder, name), sourceOf(design, i));
    out.addText(fmt::format("{}hls_syn_{}.tcl", folder, name),
                emit::render(kScript, {{"NAME", name},
                                       {"PART", fpga.device->part},
                                       {"PERIOD", fmt::format("{}", 1000.0 / fpga.clockMhz)}}));
    addMemories(out, folder, of, i);
  }
}

} // namespace braid::targets::finn
