#include "braid/cost/estimate.h"

#include <algorithm>

namespace braid::cost {

namespace {

using kernel::KernelKind;

/// A dense layer whose cycles the measured law counts.
bool isDenseResource(const kernel::Kernel &kernel) {
  return kernel.kind == KernelKind::Dense && kernel.implementation.strategy == kernel::Strategy::Resource &&
         kernel.implementation.reuse > 1;
}

/// Any kernel that makes hls4ml choose a dataflow region instead of one pipeline.
bool needsDataflow(const kernel::Kernel &kernel) {
  return isDenseResource(kernel) || kernel.kind == KernelKind::Conv ||
         kernel.kind == KernelKind::DepthwiseConv;
}

using Timed = std::vector<std::pair<const kernel::Kernel *, Estimate>>;

/// Each kernel starts when the first beat of the one before arrives: their fills add up, and the last works
/// through its frame. The slowest kernel sets the pace for all behind it.
PartTiming streamed(const Timed &kernels) {
  PartTiming timing{1, 0, 0, 0};
  int64_t slowest = 0;
  for (const auto &[kernel, estimate] : kernels) {
    timing.interval = std::max(timing.interval, estimate.interval);
    timing.fill += estimate.fill;
    slowest = std::max(slowest, estimate.latency - estimate.fill);
  }
  timing.latency = std::max<int64_t>(1, timing.fill + slowest);
  timing.bestLatency = timing.latency;
  return timing;
}

/// io_parallel with Resource layers: one after the other, and no frame before the last has left.
/// lat_min = sum RF + 2 L - 1, lat_max = sum RF + 3 L - 1, interval = latency for L dense layers: exact on 39
/// of 39 networks of wa-hls4ml (Vitis 2023.2), whose activations take no cycle of their own.
PartTiming sequential(const Timed &kernels) {
  TimeShare all;
  int64_t layers = 0;
  for (const auto &[kernel, estimate] : kernels) {
    all = all + timeShare(*kernel, estimate);
    layers += isDenseResource(*kernel);
  }
  PartTiming timing;
  timing.latency = std::max<int64_t>(1, all.cycles - all.isDense);
  timing.bestLatency = std::max<int64_t>(1, timing.latency - layers);
  timing.interval = timing.fill = timing.latency;
  return timing;
}

/// io_parallel, all unrolled: one pipeline.
PartTiming pipelined(const Timed &kernels) {
  PartTiming timing{1, 0, 0, 0};
  for (const auto &[kernel, estimate] : kernels) {
    timing.interval = std::max(timing.interval, estimate.interval);
    timing.latency += estimate.latency;
  }
  timing.latency = std::max<int64_t>(1, timing.latency);
  timing.bestLatency = timing.fill = timing.latency;
  return timing;
}

} // namespace

TimeShare timeShare(const kernel::Kernel &kernel, const Estimate &estimate) {
  const bool dense = isDenseResource(kernel);
  TimeShare share;
  share.isDense = dense;
  share.dataflow = needsDataflow(kernel);
  share.cycles = dense                                   ? kernel.implementation.reuse + 3
                 : kernel.kind == KernelKind::Activation ? 0
                                                         : estimate.latency;
  return share;
}

PartTiming partTiming(const Timed &kernels, kernel::IoMode io) {
  if (io == kernel::IoMode::Stream)
    return streamed(kernels);
  const bool dataflow = std::any_of(kernels.begin(), kernels.end(),
                                    [](const auto &entry) { return needsDataflow(*entry.first); });
  return dataflow ? sequential(kernels) : pipelined(kernels);
}

} // namespace braid::cost
