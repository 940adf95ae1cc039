#include "braid/kernel/kernel.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::kernel {

const char *name(Style style) {
  switch (style) {
  case Style::Hls4ml:
    return "hls4ml";
  case Style::Finn:
    return "finn";
  }
  BRAID_CHECK(false, "unknown style");
}

const char *name(ResType type) {
  switch (type) {
  case ResType::Auto:
    return "auto";
  case ResType::Lut:
    return "lut";
  case ResType::Dsp:
    return "dsp";
  }
  BRAID_CHECK(false, "unknown kind of multiplier");
}

const char *name(MemMode mode) {
  switch (mode) {
  case MemMode::Embedded:
    return "internal_embedded";
  case MemMode::Decoupled:
    return "internal_decoupled";
  case MemMode::External:
    return "external";
  }
  BRAID_CHECK(false, "unknown memory mode");
}

const char *name(RamStyle style) {
  switch (style) {
  case RamStyle::Auto:
    return "auto";
  case RamStyle::Block:
    return "block";
  case RamStyle::Distributed:
    return "distributed";
  case RamStyle::Ultra:
    return "ultra";
  }
  BRAID_CHECK(false, "unknown kind of memory");
}

const char *name(IoMode mode) {
  switch (mode) {
  case IoMode::Parallel:
    return "io_parallel";
  case IoMode::Stream:
    return "io_stream";
  }
  BRAID_CHECK(false, "unknown io mode");
}

const char *name(Strategy strategy) {
  switch (strategy) {
  case Strategy::Latency:
    return "Latency";
  case Strategy::Resource:
    return "Resource";
  }
  BRAID_CHECK(false, "unknown strategy");
}

const char *name(KernelKind kind) {
  switch (kind) {
  case KernelKind::Dense:
    return "Dense";
  case KernelKind::Conv:
    return "Conv";
  case KernelKind::DepthwiseConv:
    return "DepthwiseConv";
  case KernelKind::ZeroPad:
    return "ZeroPad";
  case KernelKind::Pool:
    return "Pool";
  case KernelKind::GlobalPool:
    return "GlobalPool";
  case KernelKind::Activation:
    return "Activation";
  case KernelKind::TableActivation:
    return "TableActivation";
  case KernelKind::Softmax:
    return "Softmax";
  case KernelKind::Affine:
    return "Affine";
  case KernelKind::Threshold:
    return "Threshold";
  case KernelKind::ArgMax:
    return "ArgMax";
  case KernelKind::Binary:
    return "Binary";
  case KernelKind::Concat:
    return "Concat";
  case KernelKind::Transpose:
    return "Transpose";
  case KernelKind::Upsample:
    return "Upsample";
  case KernelKind::Sum:
    return "Sum";
  case KernelKind::Crop:
    return "Crop";
  case KernelKind::Rename:
    return "Rename";
  case KernelKind::MatrixVector:
    return "MatrixVector";
  case KernelKind::VectorVector:
    return "VectorVector";
  case KernelKind::Window:
    return "Window";
  case KernelKind::WindowPool:
    return "WindowPool";
  case KernelKind::Convert:
    return "Convert";
  case KernelKind::Clone:
    return "Clone";
  case KernelKind::Fifo:
    return "Fifo";
  case KernelKind::Unpack:
    return "Unpack";
  case KernelKind::Pack:
    return "Pack";
  case KernelKind::Packetizer:
    return "Packetizer";
  case KernelKind::Depacketizer:
    return "Depacketizer";
  case KernelKind::Arbiter:
    return "Arbiter";
  case KernelKind::Demux:
    return "Demux";
  case KernelKind::Idle:
    return "Idle";
  case KernelKind::Dma:
    return "Dma";
  }
  BRAID_CHECK(false, "unknown kernel");
}

std::string toString(const Implementation &implementation) {
  const Folding &folding = implementation.folding;
  if (implementation.style == Style::Finn)
    return fmt::format("finn PE {} SIMD {} {} {} {}", folding.pe, folding.simd, name(folding.resType),
                       name(folding.memMode), name(folding.ramStyle));
  return fmt::format("hls4ml {} {} RF {}", name(implementation.io), name(implementation.strategy),
                     implementation.reuse);
}

int64_t elementsPerBeat(llvm::ArrayRef<int64_t> shape, const num::DataType &type, Style style) {
  // AMD UG1399: an aggregated stream element has at most 4,096 bits; hls4ml issue 1245 ran into it.
  constexpr int64_t kMostBits = 4096, kWordBits = 512;
  const bool isFinn = style == Style::Finn;
  const int64_t channels = isFinn ? ir::elements(shape) : shape.empty() ? 1 : shape.back();
  const int64_t most = std::max<int64_t>(1, (isFinn ? kWordBits : kMostBits) / type.bits());
  if (channels <= most)
    return channels;
  int64_t best = 1;
  for (int64_t d = 1; d * d <= channels; ++d)
    if (channels % d == 0)
      for (int64_t divisor : {d, channels / d})
        if (divisor <= most)
          best = std::max(best, divisor);
  return best;
}

} // namespace braid::kernel
