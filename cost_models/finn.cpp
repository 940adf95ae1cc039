// The cost model of FINN-style units, counted from their structure: products, adders, comparators, bits held
// and the memories that hold them. FINN's own formulas, which say zero of many of these, are the model
// `finn-analytic`.
#include "finn_units.h"

#include "../src/cost/models.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::cost {

namespace {

using kernel::KernelKind;
using kernel::MemMode;
using kernel::RamStyle;
using kernel::ResType;

int64_t beatsOf(const Kernel &kernel) {
  int64_t most = 1;
  for (const auto *side : {&kernel.inputs, &kernel.outputs})
    for (const kernel::KernelPort &port : *side)
      most = std::max(most, port.beatsPerFrame);
  return most;
}

/// A memory that is only read, of a kind asked for; a LUT holds 64 bits.
device::Resources romFor(int64_t width, int64_t depth, RamStyle style) {
  device::Resources out;
  if (depth <= 1 || width <= 0)
    return out; // constants
  constexpr int64_t kLutDepth = 64, kAutoDepth = 128;
  constexpr int64_t kUltraWidth = 72, kUltraDepth = 4096; // AMD UG573
  if (style == RamStyle::Auto)
    style = depth <= kAutoDepth ? RamStyle::Distributed : RamStyle::Block;
  if (style == RamStyle::Ultra)
    out[Resource::Uram] = ceilDiv(width, kUltraWidth) * ceilDiv(depth, kUltraDepth);
  else if (style == RamStyle::Block)
    out[Resource::Bram18] = bram18For(width, depth);
  else
    out[Resource::Lut] = width * ceilDiv(depth, kLutDepth);
  return out;
}

/// What reads a unit's weights from memory, all of them for every position: a mover of words, a FIFO and what
/// makes beats of the words. Of cards with high-bandwidth memory it has a channel.
void addReader(const Question &question, Estimate &estimate) {
  constexpr int64_t kWordBits = 512, kWordsDepth = 64; // targets/vnx/stitched.cpp
  const Kernel &kernel = question.kernel;
  const int64_t lanes = kernel.pe * kernel.simd;
  const int64_t wordsPerPosition =
      ceilDiv(kernel.weights, std::max<int64_t>(1, kWordBits / kernel.weightBits));
  Kernel part;
  part.implementation.style = kernel::Style::Finn, part.implementation.io = kernel::IoMode::Stream;
  part.inputs = part.outputs = {{kWordBits, wordsPerPosition * kernel.positions, kernel.weightBits}};
  part.depth = kWordsDepth;
  const auto add = [&](KernelKind kind, auto &&estimated) {
    part.kind = kind;
    estimate.resources += estimated({part, question.device, question.stage}).resources;
  };
  add(KernelKind::Dma, transport);
  add(KernelKind::Fifo, reorder);
  part.outputs = {
      {lanes * kernel.weightBits, ceilDiv(kernel.weights, lanes) * kernel.positions, kernel.weightBits}};
  add(KernelKind::Unpack, transport);
  if (question.device.has(Resource::Hbm))
    estimate.resources[Resource::Hbm] = 1;
  estimate.basis = std::max(estimate.basis, Basis::Assumed);
}

/// Cycles of a unit for a frame: its own, or those in which a reader gives a word each, with the start of a
/// loop before each position.
int64_t withReader(const Kernel &kernel, int64_t cycles) {
  if (kernel.implementation.folding.memMode != MemMode::External)
    return cycles;
  constexpr int64_t kWordBits = 512;
  const int64_t words = ceilDiv(kernel.weights, std::max<int64_t>(1, kWordBits / kernel.weightBits));
  return std::max(cycles, kernel.positions * words) + kernel.positions * kPipelineDepth;
}

void addWeights(const Question &question, int64_t depth, Estimate &estimate) {
  const Kernel &kernel = question.kernel;
  const kernel::Folding &folding = kernel.implementation.folding;
  const int64_t width = kernel.pe * kernel.simd * kernel.weightBits;
  if (folding.memMode == MemMode::External) {
    addReader(question, estimate);
    return;
  }
  if (folding.memMode == MemMode::Embedded) {
    estimate.resources += romFor(width, depth, RamStyle::Distributed);
    return;
  }
  estimate.resources += romFor(width, depth, folding.ramStyle);
  // The streamer: an address, and a word on its way.
  const int64_t address = ceilLog2(static_cast<uint64_t>(std::max<int64_t>(depth, 2)));
  estimate.resources[Resource::Lut] += 2 * address + 20;
  estimate.resources[Resource::Ff] += address + 2 * width;
}

/// Ladders behind the sums: comparators, a count, and memory where a PE has several rows in turn.
void addThresholds(const Kernel &kernel, Estimate &estimate) {
  if (kernel.steps == 0)
    return;
  const int64_t rows = ceilDiv(kernel.channels, kernel.pe);
  estimate.resources[Resource::Lut] +=
      kernel.pe * (kernel.steps * ceilDiv(kernel.accumBits, 2) + kernel.steps);
  estimate.resources[Resource::Ff] += kernel.pe * (kernel.steps + kernel.outputBits);
  estimate.resources += romFor(kernel.pe * kernel.steps * kernel.accumBits, rows,
                               rows > 512 ? RamStyle::Block : RamStyle::Distributed);
}

/// PE dot products of SIMD inputs and the sums they are added to.
Estimate multiplyAdd(const Question &question, const char *model, int64_t depth) {
  const Kernel &kernel = question.kernel;
  Estimate estimate = startedUnit(model);
  const int64_t products = kernel.pe * kernel.simd, w = kernel.weightBits, a = kernel.inputBits;
  const int64_t productBits = w == 1 ? a + 1 : w + a;
  if (kernel.implementation.folding.resType == ResType::Dsp && w > 1) {
    const int64_t each = std::max<int64_t>(1, dspPerProduct(a, w, question.device.family, question.stage));
    estimate.resources[Resource::Dsp] = products * each;
  } else {
    // A sign for a bit; else a row of LUTs for every bit of the one, as wide as the other.
    estimate.resources[Resource::Lut] += products * (w == 1 ? a : w * a);
  }
  const int64_t levels = ceilLog2(static_cast<uint64_t>(std::max<int64_t>(kernel.simd, 1)));
  const int64_t addBits = std::min(kernel.accumBits, productBits + levels);
  estimate.resources[Resource::Lut] += kernel.pe * ((kernel.simd - 1) * addBits + kernel.accumBits);
  estimate.resources[Resource::Ff] += products * productBits + kernel.pe * (kernel.simd - 1) * addBits / 2 +
                                      kernel.pe * kernel.accumBits + kernel.inputs[0].widthBits +
                                      kernel.outputs[0].widthBits;
  addWeights(question, depth, estimate);
  addThresholds(kernel, estimate);
  return estimate;
}

Estimate matrixVector(const Question &question) {
  const Kernel &kernel = question.kernel;
  const int64_t steps = kernel.mw / kernel.simd, rows = kernel.mh / kernel.pe;
  Estimate estimate = multiplyAdd(question, "mvau-structural", steps * rows);
  // A row of inputs is kept for all rows of weights.
  if (rows > 1)
    estimate.resources += romFor(kernel.inputs[0].widthBits, steps, RamStyle::Auto);
  setCycles(estimate, withReader(kernel, kernel.positions * rows * steps),
            steps + kPipelineDepth + ceilLog2(static_cast<uint64_t>(kernel.simd)));
  return estimate;
}

Estimate vectorVector(const Question &question) {
  const Kernel &kernel = question.kernel;
  const int64_t rows = kernel.channels / kernel.pe, steps = kernel.taps / kernel.simd;
  Estimate estimate = multiplyAdd(question, "vvau-structural", rows * steps);
  setCycles(estimate, withReader(kernel, kernel.positions * rows * steps), steps + kPipelineDepth);
  return estimate;
}

Estimate streamingPool(const Question &question) {
  const Kernel &kernel = question.kernel;
  Estimate estimate = startedUnit("pool-structural");
  const int64_t width = kernel.inputs[0].widthBits;
  estimate.resources += memoryFor(width, kernel.outputSize[1], question.stage);
  estimate.resources[Resource::Lut] += 2 * width; // compare and choose
  estimate.resources[Resource::Ff] += 2 * width;
  setCycles(estimate, beatsOf(kernel), kernel.inputSize[1] * kernel.slide.kernel[0]);
  return estimate;
}

/// Windows, or whole maps, of which a PE holds the largest number or the sum.
Estimate reduction(const Question &question, bool wholeMaps) {
  const Kernel &kernel = question.kernel;
  Estimate estimate = startedUnit(wholeMaps ? "global-pool-structural" : "window-pool-structural");
  const int64_t held = kernel.pe * kernel.outputBits, rows = ceilDiv(kernel.inputChannels, kernel.pe);
  estimate.resources[Resource::Lut] +=
      kernel.pe * (kernel.pool == ir::PoolKind::Max ? 2 : 1) * kernel.outputBits;
  estimate.resources[Resource::Ff] += 2 * held;
  if (wholeMaps && rows > 1)
    estimate.resources += memoryFor(held, rows, question.stage);
  const int64_t cycles = beatsOf(kernel) + (wholeMaps ? rows : 0);
  setCycles(estimate, cycles, wholeMaps ? cycles : kernel.taps + kPipelineDepth);
  return estimate;
}

Estimate convert(const Question &question) {
  const Kernel &kernel = question.kernel;
  const int64_t from = kernel.inputs[0].widthBits, to = kernel.outputs[0].widthBits;
  const int64_t wide = std::max(from, to), narrow = std::min(from, to);
  Estimate estimate = startedUnit("converter-structural");
  // A word is held and shifted; where neither width divides the other, every place is chosen.
  const bool even = wide % narrow == 0;
  estimate.resources[Resource::Lut] =
      30 + wide + (even ? 0 : wide * ceilLog2(static_cast<uint64_t>(ceilDiv(wide, narrow) + 1)) / 2);
  estimate.resources[Resource::Ff] = 20 + wide + (even ? narrow : wide);
  setCycles(estimate, beatsOf(kernel), ceilDiv(to, from) + 1);
  return estimate;
}

/// What streams of the hls4ml style have too; free-running here, a beat a cycle.
Estimate alike(Estimate estimate, const Kernel &kernel) {
  if (kernel.implementation.style == kernel::Style::Finn && kernel.kind != KernelKind::Transpose)
    estimate.interval = beatsOf(kernel);
  return estimate;
}

class FinnModel : public CostModel {
public:
  std::string name() const override { return "finn"; }
  kernel::Style style() const override { return kernel::Style::Finn; }

  llvm::Expected<Estimate> estimate(const Kernel &kernel, const device::Device &device,
                                    Stage stage) const override {
    Estimate estimate = answer({kernel, device, stage});
    estimate.latency = std::max<int64_t>(estimate.latency, 0);
    estimate.fill = std::clamp<int64_t>(estimate.fill, 0, estimate.latency);
    estimate.interval = std::max<int64_t>(estimate.interval, 1);
    return estimate;
  }

private:
  static Estimate answer(const Question &question) {
    const Kernel &kernel = question.kernel;
    switch (kernel.kind) {
    case KernelKind::MatrixVector:
      return matrixVector(question);
    case KernelKind::VectorVector:
      return vectorVector(question);
    case KernelKind::Window:
      return finnWindow(question);
    case KernelKind::WindowPool:
      return reduction(question, false);
    case KernelKind::GlobalPool:
      return reduction(question, true);
    case KernelKind::Pool:
      return streamingPool(question);
    case KernelKind::Convert:
      return convert(question);
    case KernelKind::Activation:
    case KernelKind::Affine:
    case KernelKind::Binary:
      return alike(elementwise(question), kernel);
    case KernelKind::Threshold:
      return alike(thresholds(question), kernel);
    case KernelKind::ArgMax:
      return alike(largest(question), kernel);
    case KernelKind::Sum:
      return alike(partialSums(question), kernel);
    case KernelKind::ZeroPad:
    case KernelKind::Concat:
    case KernelKind::Crop:
    case KernelKind::Transpose:
    case KernelKind::Upsample:
    case KernelKind::Clone:
      return alike(reorder(question), kernel);
    case KernelKind::Rename:
    case KernelKind::Fifo:
      return reorder(question);
    case KernelKind::Unpack:
    case KernelKind::Pack:
    case KernelKind::Packetizer:
    case KernelKind::Depacketizer:
    case KernelKind::Arbiter:
    case KernelKind::Demux:
    case KernelKind::Idle:
    case KernelKind::Dma:
      return transport(question);
    case KernelKind::Dense:
    case KernelKind::Conv:
    case KernelKind::DepthwiseConv:
    case KernelKind::TableActivation:
    case KernelKind::Softmax:
      break;
    }
    BRAID_CHECK(false, "the FINN style has no such unit");
  }
};

} // namespace

std::shared_ptr<const CostModel> finnModel() {
  static const auto kModel = std::make_shared<const FinnModel>();
  return kModel;
}

} // namespace braid::cost
