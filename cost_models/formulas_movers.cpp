// Kernels that move elements: inside an FPGA, and to and from its network and memory. All counted from their
// structure.
#include "formulas.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <numeric>

namespace braid::cost {

namespace {

using kernel::IoMode;
using kernel::KernelKind;
using kernel::KernelPort;

const KernelPort &inputOf(const Kernel &kernel) {
  static const KernelPort kNone{1, 1, 1};
  return kernel.inputs.empty() ? kNone : kernel.inputs[0];
}
const KernelPort &outputOf(const Kernel &kernel) {
  static const KernelPort kNone{1, 1, 1};
  return kernel.outputs.empty() ? kNone : kernel.outputs[0];
}

/// A process's state machine and counters.
constexpr int64_t kControlLut = 80, kControlFf = 60;

Estimate started(const char *model) {
  Estimate estimate;
  estimate.basis = Basis::Structural;
  estimate.error = 1.0;
  estimate.model = model;
  return estimate;
}

/// A loop over beats.
void overBeats(int64_t beats, int64_t depth, Estimate &estimate) {
  estimate.fill = depth;
  estimate.latency = beats + depth;
  estimate.interval = beats + (beats > 1 ? depth + 1 : depth);
}

/// Beats of one width into beats of another: the wider one is held, and elements are put to, or taken from,
/// their places.
void addWidthChange(int64_t from, int64_t to, Estimate &estimate) {
  const int64_t wide = std::max(from, to), narrow = std::max<int64_t>(1, std::min(from, to));
  const auto places = static_cast<uint64_t>(ceilDiv(wide, narrow));
  // Placing: a LUT per bit holds or takes it. Choosing: four places per LUT6.
  estimate.resources[Resource::Lut] += wide + narrow * ceilDiv(static_cast<int64_t>(places), 3) + kControlLut;
  estimate.resources[Resource::Ff] += 2 * wide + narrow + kControlFf;
}

Estimate rename(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &in = inputOf(kernel), &out = outputOf(kernel);
  if (kernel.implementation.io == IoMode::Parallel || in.widthBits == out.widthBits) {
    Estimate estimate = started("rename: wires only, nothing is built");
    estimate.basis = Basis::Exact;
    estimate.error = 0;
    estimate.latency = estimate.fill = 0;
    return estimate;
  }
  Estimate estimate = started("repack-structural");
  addWidthChange(in.widthBits, out.widthBits, estimate);
  overBeats(std::max(in.beatsPerFrame, out.beatsPerFrame),
            ceilDiv(out.widthBits, std::max<int64_t>(1, in.widthBits)) + 2, estimate);
  return estimate;
}

Estimate fifo(const Question &question) {
  const KernelPort &port = inputOf(question.kernel);
  Estimate estimate = started("fifo-structural");
  const int64_t depth = std::max<int64_t>(1, question.kernel.depth);
  estimate.resources = memoryFor(port.widthBits, depth, question.stage);
  estimate.resources[Resource::Lut] += 10 + 3 * ceilLog2(static_cast<uint64_t>(depth) + 1);
  // Block RAM gives a word a cycle late: it is held beside it.
  estimate.resources[Resource::Ff] += 4 + 3 * ceilLog2(static_cast<uint64_t>(depth) + 1) +
                                      (estimate.resources[Resource::Bram18] > 0 ? port.widthBits : 0);
  estimate.interval = std::max<int64_t>(1, port.beatsPerFrame);
  estimate.latency = port.beatsPerFrame + 1;
  estimate.fill = 1;
  return estimate;
}

Estimate clone(const Question &question) {
  const KernelPort &port = inputOf(question.kernel);
  Estimate estimate = started("clone-structural");
  estimate.resources[Resource::Lut] = kControlLut + port.widthBits / 4;
  estimate.resources[Resource::Ff] = kControlFf + port.widthBits;
  overBeats(port.beatsPerFrame, 2, estimate);
  return estimate;
}

Estimate zeroPad(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &port = outputOf(kernel);
  Estimate estimate = started("pad-structural");
  if (kernel.implementation.io == IoMode::Parallel) {
    estimate.resources[Resource::Ff] = port.widthBits; // the larger map in registers
    estimate.resources[Resource::Lut] = kControlLut;
    estimate.latency = estimate.fill = 1;
    return estimate;
  }
  estimate.resources[Resource::Lut] = kControlLut + 100 + port.widthBits; // a pixel or zeros
  estimate.resources[Resource::Ff] = kControlFf + 80 + port.widthBits;
  overBeats(std::max(kernel.positions, port.beatsPerFrame), 3, estimate);
  return estimate;
}

Estimate transpose(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &in = inputOf(kernel), &out = outputOf(kernel);
  Estimate estimate = started("transpose-structural");
  if (kernel.implementation.io == IoMode::Parallel) {
    estimate.resources[Resource::Ff] = out.widthBits;
    estimate.resources[Resource::Lut] = kControlLut;
    estimate.latency = estimate.fill = 1;
    return estimate;
  }
  // The whole tensor in one bank per element of an input beat; reading meets conflicts of two ports per bank.
  const int64_t banks = std::max<int64_t>(1, perBeat(in));
  const device::Resources bank = memoryFor(kernel.inputBits, ceilDiv(kernel.elements, banks), question.stage);
  for (Resource resource : device::kResources)
    estimate.resources[resource] = bank[resource] * banks;
  estimate.resources[Resource::Lut] += kControlLut + perBeat(out) * kernel.outputBits * ceilDiv(banks, 3);
  estimate.resources[Resource::Ff] += kControlFf + in.widthBits + out.widthBits;
  const int64_t reading = std::max(out.beatsPerFrame, ceilDiv(kernel.elements, 2));
  estimate.fill = in.beatsPerFrame + ceilDiv(reading, std::max<int64_t>(1, out.beatsPerFrame)) + 3;
  estimate.latency = in.beatsPerFrame + reading + 3;
  estimate.interval = estimate.latency + 1;
  return estimate;
}

Estimate concat(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &port = outputOf(kernel);
  Estimate estimate = started("concat-structural");
  const bool streams = kernel.implementation.io == IoMode::Stream;
  // Every bit comes from one of the inputs.
  estimate.resources[Resource::Lut] =
      kControlLut + (streams ? port.widthBits * ceilDiv(std::max(kernel.copies, 2), 3) : 0);
  estimate.resources[Resource::Ff] = kControlFf + port.widthBits;
  if (streams)
    overBeats(port.beatsPerFrame, 3, estimate);
  return estimate;
}

/// Beats outside the box are dropped; where beats of the result are parts of beats of the input, or cross
/// them, they are put together anew.
Estimate crop(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &in = inputOf(kernel), &out = outputOf(kernel);
  if (kernel.implementation.io == IoMode::Parallel) {
    Estimate estimate = started("crop: wires only, nothing is built");
    estimate.basis = Basis::Exact;
    estimate.error = 0;
    estimate.latency = estimate.fill = 0;
    return estimate;
  }
  Estimate estimate = started("crop-structural");
  estimate.resources[Resource::Lut] = kControlLut;
  estimate.resources[Resource::Ff] = kControlFf + out.widthBits;
  if (in.widthBits != out.widthBits)
    addWidthChange(in.widthBits, out.widthBits, estimate);
  overBeats(std::max(in.beatsPerFrame, out.beatsPerFrame), 3, estimate);
  return estimate;
}

Estimate upsample(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &in = inputOf(kernel), &out = outputOf(kernel);
  Estimate estimate = started("upsample-structural");
  if (kernel.implementation.io == IoMode::Parallel) {
    estimate.resources[Resource::Ff] = out.widthBits;
    estimate.resources[Resource::Lut] = kControlLut;
    estimate.latency = estimate.fill = 1;
    return estimate;
  }
  const int64_t rowBeats =
      kernel.inputPositions > 0 ? in.beatsPerFrame * kernel.inputWidth / kernel.inputPositions : 1;
  estimate.resources =
      memoryFor(in.widthBits, std::max<int64_t>(1, rowBeats), question.stage); // one row, repeated
  estimate.resources[Resource::Lut] += kControlLut + in.widthBits;
  estimate.resources[Resource::Ff] += kControlFf + in.widthBits;
  overBeats(out.beatsPerFrame, 3, estimate);
  return estimate;
}

/// Words to beats of a stream, and back: elements wait in registers until a beat, or a word, is whole. With
/// `step` the greatest common divisor of the elements of both, a register takes one of fewer / step elements,
/// or moves up.
void addGearbox(const KernelPort &in, const KernelPort &out, Estimate &estimate) {
  const int64_t bits = std::max<int64_t>(1, std::min(in.elementBits, out.elementBits));
  const int64_t taken = std::max<int64_t>(1, in.widthBits / bits),
                given = std::max<int64_t>(1, out.widthBits / bits);
  const int64_t ways = std::min(taken, given) / std::gcd(taken, given);
  estimate.resources[Resource::Lut] += (taken + given) * bits * ceilDiv(ways + 1, 3) + kControlLut;
  estimate.resources[Resource::Ff] += (taken + given) * bits + out.widthBits + kControlFf;
}

/// Frames as words, and as what the project takes: beats of a stream, or an array.
Estimate convert(const Question &question) {
  const KernelPort &in = inputOf(question.kernel), &out = outputOf(question.kernel);
  Estimate estimate = started("words-structural");
  if (question.kernel.implementation.io == IoMode::Stream) {
    addGearbox(in, out, estimate);
  } else {
    // The array, twice, counts with the layer that reads or writes it (flip-flops per input and output of the
    // fits). Each word has its place in it: an enable there, a choice on the way back.
    const bool unpacks = question.kernel.kind == KernelKind::Unpack;
    const KernelPort &words = unpacks ? in : out;
    estimate.resources[Resource::Lut] =
        kControlLut + (unpacks ? words.beatsPerFrame : words.widthBits * ceilDiv(words.beatsPerFrame, 3));
    estimate.resources[Resource::Ff] = kControlFf + words.widthBits;
  }
  overBeats(std::max(in.beatsPerFrame, out.beatsPerFrame), 2, estimate);
  return estimate;
}

/// Words of frames in packets behind a header word. Between two packets stand a loop's entry and exit.
constexpr int64_t kBetweenPackets = 4;

Estimate packets(const Question &question) {
  const Kernel &kernel = question.kernel;
  const KernelPort &in = inputOf(kernel), &out = outputOf(kernel);
  Estimate estimate = started("packets-structural");
  // Header fields and their checks: stream, frame, sequence number, length; a register on each side.
  estimate.resources[Resource::Lut] = 250 + 2 * kControlLut + out.widthBits;
  estimate.resources[Resource::Ff] = 200 + 2 * kControlFf + in.widthBits + out.widthBits;
  const int64_t beats = std::max(in.beatsPerFrame, out.beatsPerFrame);
  overBeats(beats + kBetweenPackets * kernel.packets, kBetweenPackets, estimate);
  // A packet is gathered before its header goes out.
  if (kernel.kind == KernelKind::Packetizer && kernel.packets > 0)
    estimate.fill += ceilDiv(in.beatsPerFrame, kernel.packets);
  return estimate;
}

/// One of several streams to a port, or to one of several.
Estimate share(const Question &question) {
  const Kernel &kernel = question.kernel;
  const bool chooses = kernel.kind == KernelKind::Arbiter;
  const KernelPort &port = chooses ? outputOf(kernel) : inputOf(kernel);
  const auto ways =
      static_cast<int64_t>(std::max<size_t>(1, chooses ? kernel.inputs.size() : kernel.outputs.size()));
  Estimate estimate = started(chooses ? "arbiter-structural" : "demux-structural");
  estimate.resources[Resource::Lut] =
      kControlLut + 20 * ways + (chooses ? port.widthBits * ceilDiv(ways, 3) : port.widthBits / 4);
  estimate.resources[Resource::Ff] = kControlFf + 10 * ways + 2 * port.widthBits;
  overBeats(port.beatsPerFrame + kBetweenPackets * kernel.packets, 2, estimate);
  return estimate;
}

/// Keeps an end of the network layer quiet.
Estimate idle(const Question &) {
  Estimate estimate = started("idle-structural");
  estimate.resources[Resource::Lut] = kControlLut;
  estimate.resources[Resource::Ff] = kControlFf;
  return estimate;
}

/// Memory to stream or back. No report of one is at hand: a 512-bit Vitis data mover is assumed to stay below
/// the first amounts; an AXI DMA of 64 bits, both ways, with the interconnect to registers and memory, below
/// the second.
Estimate dma(const Question &question) {
  constexpr device::Resources kMover = {{4000, 6000, 30, 0, 0}}, kAxiDma = {{3000, 4000, 6, 0, 0}};
  const KernelPort &in = inputOf(question.kernel), &out = outputOf(question.kernel);
  Estimate estimate = started("dma-assumed");
  estimate.basis = Basis::Assumed;
  estimate.resources = in.widthBits > 128 ? kMover : kAxiDma;
  // From the address to the first word of DRAM: assumed too.
  constexpr int64_t kMemoryLatency = 100;
  const int64_t beats = std::max(in.beatsPerFrame, out.beatsPerFrame);
  overBeats(beats, kMemoryLatency, estimate);
  estimate.interval = std::max<int64_t>(1, beats); // bursts overlap
  return estimate;
}

} // namespace

Estimate reorder(const Question &question) {
  switch (question.kernel.kind) {
  case KernelKind::ZeroPad:
    return zeroPad(question);
  case KernelKind::Concat:
    return concat(question);
  case KernelKind::Crop:
    return crop(question);
  case KernelKind::Transpose:
    return transpose(question);
  case KernelKind::Upsample:
    return upsample(question);
  case KernelKind::Rename:
    return rename(question);
  case KernelKind::Clone:
    return clone(question);
  case KernelKind::Fifo:
    return fifo(question);
  case KernelKind::Dense:
  case KernelKind::Conv:
  case KernelKind::DepthwiseConv:
  case KernelKind::Pool:
  case KernelKind::GlobalPool:
  case KernelKind::Activation:
  case KernelKind::TableActivation:
  case KernelKind::Softmax:
  case KernelKind::Affine:
  case KernelKind::Threshold:
  case KernelKind::ArgMax:
  case KernelKind::Binary:
  case KernelKind::Unpack:
  case KernelKind::Pack:
  case KernelKind::Sum:
  case KernelKind::Packetizer:
  case KernelKind::Depacketizer:
  case KernelKind::Arbiter:
  case KernelKind::Demux:
  case KernelKind::Idle:
  case KernelKind::Dma:
  case KernelKind::MatrixVector:
  case KernelKind::VectorVector:
  case KernelKind::Window:
  case KernelKind::WindowPool:
  case KernelKind::Convert:
    break;
  }
  BRAID_CHECK(false, "no kernel that reorders");
}

Estimate transport(const Question &question) {
  switch (question.kernel.kind) {
  case KernelKind::Unpack:
  case KernelKind::Pack:
    return convert(question);
  case KernelKind::Packetizer:
  case KernelKind::Depacketizer:
    return packets(question);
  case KernelKind::Arbiter:
  case KernelKind::Demux:
    return share(question);
  case KernelKind::Idle:
    return idle(question);
  case KernelKind::Dma:
    return dma(question);
  case KernelKind::Dense:
  case KernelKind::Conv:
  case KernelKind::DepthwiseConv:
  case KernelKind::ZeroPad:
  case KernelKind::Pool:
  case KernelKind::GlobalPool:
  case KernelKind::Activation:
  case KernelKind::TableActivation:
  case KernelKind::Softmax:
  case KernelKind::Affine:
  case KernelKind::Threshold:
  case KernelKind::ArgMax:
  case KernelKind::Binary:
  case KernelKind::Sum:
  case KernelKind::Crop:
  case KernelKind::Concat:
  case KernelKind::Transpose:
  case KernelKind::Upsample:
  case KernelKind::Rename:
  case KernelKind::Clone:
  case KernelKind::Fifo:
  case KernelKind::MatrixVector:
  case KernelKind::VectorVector:
  case KernelKind::Window:
  case KernelKind::WindowPool:
  case KernelKind::Convert:
    break;
  }
  BRAID_CHECK(false, "no kernel of a link");
}

} // namespace braid::cost
