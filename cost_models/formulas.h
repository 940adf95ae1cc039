// The formulas of the hls4ml cost model, by group of kernels.
#pragma once

#include "coefficients.h"

#include "braid/cost/estimate.h"

#include <bit>

namespace braid::cost {

using device::Resource;
using kernel::Kernel;

/// A kernel, where it stands, and which tool's number is asked for.
struct Question {
  const Kernel &kernel;
  const device::Device &device;
  Stage stage;
};

/// Smallest whole amount that is not below: estimates never round a need away.
inline int64_t wholeUp(double amount) {
  const auto whole = static_cast<int64_t>(amount);
  return amount <= 0 ? 0 : whole + (static_cast<double>(whole) < amount);
}

/// log2 with straight lines between powers of two: additions and one division, the same on every machine.
inline double logLines(int64_t value) {
  const int place = 63 - std::countl_zero(static_cast<uint64_t>(value < 1 ? 1 : value));
  return place + static_cast<double>(value < 1 ? 1 : value) / static_cast<double>(int64_t{1} << place) - 1;
}

/// Elements of a port's beat.
inline int64_t perBeat(const kernel::KernelPort &port) {
  return port.elementBits > 0 ? port.widthBits / port.elementBits : 1;
}

/// LUTs and flip-flops counted for csynth, divided by the measured ratio where vsynth is asked for.
void toStage(Estimate &estimate, Stage stage);

/// A memory of `depth` words of `width` bits that is written and read every cycle: LUT memory while it is
/// short, block RAM beyond.
device::Resources memoryFor(int64_t width, int64_t depth, Stage stage);

Estimate denseOrConv(const Question &question);
Estimate elementwise(const Question &question); ///< Activation, Affine, Binary
Estimate partialSums(const Question &question); ///< Sum
Estimate thresholds(const Question &question);
Estimate largest(const Question &question); ///< ArgMax
Estimate tableActivation(const Question &question);
Estimate softmax(const Question &question);
Estimate pool(const Question &question); ///< Pool, GlobalPool
Estimate
reorder(const Question &question); ///< ZeroPad, Concat, Crop, Transpose, Upsample, Rename, Clone, Fifo
Estimate transport(const Question &question); ///< Packetizer, Depacketizer, Arbiter, Demux, Dma

} // namespace braid::cost
