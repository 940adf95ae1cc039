#include "design.h"

#include "braid/support/error.h"

#include <fmt/format.h>

#include <map>

namespace braid::targets::finn {

using kernel::KernelKind;

const char *operatorOf(const plan::Unit &unit) {
  const kernel::Kernel &kernel = unit.kernel;
  switch (kernel.kind) {
  case KernelKind::MatrixVector:
    return "MVAU";
  case KernelKind::VectorVector:
    return "VVAU";
  case KernelKind::Window:
    return kernel.taps == 1 ? "DownSampler" : "ConvolutionInputGenerator";
  case KernelKind::ZeroPad:
    return "FMPadding";
  case KernelKind::Threshold:
    return "Thresholding";
  case KernelKind::Pool:
    return "StreamingMaxPool";
  case KernelKind::WindowPool:
    return "Pool";
  case KernelKind::GlobalPool:
    return "GlobalAccPool";
  case KernelKind::Affine:
  case KernelKind::Activation:
    return "ChannelwiseOp";
  case KernelKind::Binary:
    return kernel.binary == ir::BinaryKind::Add ? "AddStreams" : "StreamingEltwise";
  case KernelKind::Sum:
    return "AddStreams";
  case KernelKind::Concat:
    return "StreamingConcat";
  case KernelKind::Clone:
    return "DuplicateStreams";
  case KernelKind::Convert:
    return "StreamingDataWidthConverter";
  case KernelKind::Upsample:
    return "UpsampleNearestNeighbour";
  case KernelKind::ArgMax:
    return "LabelSelect";
  case KernelKind::Crop:
    return "Crop";
  case KernelKind::Transpose:
    return "Transpose";
  default:
    break;
  }
  BRAID_CHECK(false, "no unit of the FINN style");
}

std::string integerType(int64_t bits, bool isSigned) {
  return fmt::format("ap_{}int<{}>", isSigned ? "" : "u", bits);
}

std::string integerType(const num::DataType &type) {
  BRAID_CHECK(type.fixed().fracBits() == 0, "streams of the FINN style are whole numbers");
  return integerType(type.bits(), type.fixed().isSigned);
}

int64_t memoryDepth(const kernel::Kernel &kernel) {
  const int64_t columns = kernel.kind == KernelKind::VectorVector ? kernel.taps : kernel.mw;
  return columns / kernel.simd * (kernel.mh / kernel.pe);
}

std::vector<std::string> portsOf(const plan::Unit &unit) {
  std::vector<std::string> out;
  for (size_t i = 0; i < unit.inputs.size(); ++i)
    out.push_back(fmt::format("in{}_V", i));
  if (Design::isStreamed(unit))
    out.emplace_back("weights_V");
  for (size_t i = 0; i < unit.outputs.size(); ++i)
    out.push_back(unit.outputs.size() == 1 ? "out_V" : fmt::format("out{}_V", i));
  return out;
}

std::string signatureOf(const Design &design, size_t unit) {
  const plan::Unit &of = design.graph.units[unit];
  const kernel::Kernel &kernel = of.kernel;
  std::vector<int64_t> widths;
  for (const kernel::KernelPort &port : kernel.inputs)
    widths.push_back(port.widthBits);
  if (Design::isStreamed(of))
    widths.push_back(kernel.pe * kernel.simd * kernel.weightBits);
  for (const kernel::KernelPort &port : kernel.outputs)
    widths.push_back(port.widthBits);
  const std::vector<std::string> ports = portsOf(of);
  BRAID_CHECK(ports.size() == widths.size(), "a unit has a channel for each of its ports");
  std::string arguments;
  for (size_t i = 0; i < ports.size(); ++i)
    arguments += fmt::format("{}hls::stream<ap_uint<{}> > &{}", i ? ", " : "", widths[i], ports[i]);
  return fmt::format("void {}({})", design.names[unit], arguments);
}

Design designOf(const emit::Context &context, size_t partition) {
  const emit::Project &project = context.projects[partition];
  const ir::Model &model = context.partitions[partition].model;
  llvm::SmallVector<ir::StreamId, 4> inputs, outputs;
  for (const emit::Endpoint &end : project.inputs)
    inputs.push_back(end.stream);
  for (const emit::Endpoint &end : project.outputs)
    outputs.push_back(end.stream);
  auto graph =
      plan::unitGraph(model, inputs, outputs, [&](const ir::Layer &layer) -> const kernel::Implementation & {
        return context.plan.of(layer.origin).implementation;
      });
  BRAID_CHECK(static_cast<bool>(graph), "the units of a verified plan are known");
  Design design{context, project, model, std::move(*graph), {}, {}, {}};
  if (const device::Device &device = *context.cluster.fpgas[static_cast<size_t>(project.fpga)].device;
      plan::hasFloorplan(context.plan, device))
    design.floorplan = plan::floorplanOf(model, design.graph, context.plan, device);
  std::map<std::string, int> counts;
  for (const plan::Unit &unit : design.graph.units) {
    const std::string op = operatorOf(unit);
    design.names.push_back(fmt::format("{}_hls_{}{}", op, counts[op]++, emit::stageSuffix(project.stage)));
  }
  int fifos = 0;
  for (const plan::Channel &channel : design.graph.channels)
    design.fifoNames.push_back(channel.hasFifo() ? fmt::format("StreamingFIFO_rtl_{}", fifos++) : "");
  return design;
}

} // namespace braid::targets::finn
