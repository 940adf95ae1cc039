#include "laws.h"

#include "braid/kernel/kernel.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace braid::kernel {

namespace {

struct Row {
  int64_t limit = 0;
  std::string tool, source, remedy;
};

const std::map<std::string, Row> &rows() {
  static const std::map<std::string, Row> kRows = [] {
    std::map<std::string, Row> out;
    for (const embedded::File &file : embedded::kernelTables()) {
      const nlohmann::json table = nlohmann::json::parse(file.text);
      for (const auto &law : table.at("laws"))
        out[law.at("law")] = {law.at("limit"), law.at("tool"), law.at("source"), law.at("remedy")};
    }
    return out;
  }();
  return kRows;
}

const Row &row(const char *law) {
  const auto it = rows().find(law);
  BRAID_CHECK(it != rows().end(), "laws.json lacks a law");
  return it->second;
}

LawBreach breach(const char *law, const std::string &found) {
  const Row &of = row(law);
  return {law,
          fmt::format("{}; the limit is {} ({}; {})", found, withThousands(of.limit), of.tool, of.source),
          of.remedy};
}

bool hasMatrix(const Kernel &kernel) {
  return kernel.kind == KernelKind::Dense || kernel.kind == KernelKind::Conv ||
         kernel.kind == KernelKind::DepthwiseConv;
}

/// Kernels that take a pixel, all its channels, as one beat.
bool takesWholePixels(const Kernel &kernel) { return kernel.kind == KernelKind::ZeroPad; }

std::vector<LawBreach> unitBreaches(const Kernel &kernel) {
  std::vector<LawBreach> found;
  int64_t widest = 0;
  for (const auto *side : {&kernel.inputs, &kernel.outputs})
    for (const KernelPort &port : *side)
      widest = std::max(widest, port.widthBits);
  if (kernel.implementation.folding.memMode != MemMode::Embedded)
    widest = std::max(widest, kernel.pe * kernel.simd * kernel.weightBits);
  if (widest > laws().axisWordBits)
    found.push_back(breach("axis-word-bits", fmt::format("'{}' has words of {} bits", printable(kernel.name),
                                                         withThousands(widest))));
  if (kernel.kind == KernelKind::MatrixVector && kernel.mw / kernel.simd > laws().foldedInputs)
    found.push_back(
        breach("folded-inputs", fmt::format("'{}' reads {} inputs {} at a time", printable(kernel.name),
                                            withThousands(kernel.mw), kernel.simd)));
  return found;
}

} // namespace

const Laws &laws() {
  static const Laws kLaws = {row("unrolled-weights").limit, row("reshape-bits").limit,
                             row("stream-word-bits").limit, row("axis-word-bits").limit,
                             row("folded-inputs").limit};
  return kLaws;
}

std::vector<LawBreach> lawBreaches(const Kernel &kernel) {
  const Implementation &made = kernel.implementation;
  if (made.style == Style::Finn)
    return unitBreaches(kernel);
  std::vector<LawBreach> found;
  if (hasMatrix(kernel)) {
    const bool isUnrolled = made.strategy == Strategy::Latency || made.reuse == 1;
    if (isUnrolled && kernel.weights >= laws().unrolledWeights)
      found.push_back(
          breach("unrolled-weights",
                 fmt::format("'{}' unrolls {} weights ({}, reuse factor {})", printable(kernel.name),
                             withThousands(kernel.weights), name(made.strategy), made.reuse)));
    const int64_t wordBits = ceilDiv(kernel.weights, made.reuse) * kernel.weightBits;
    if (made.strategy == Strategy::Resource && wordBits > laws().reshapeBits)
      found.push_back(
          breach("reshape-bits", fmt::format("'{}' reads {} bits of weights per cycle (reuse factor {})",
                                             printable(kernel.name), withThousands(wordBits), made.reuse)));
  }
  if (made.io == IoMode::Stream && takesWholePixels(kernel)) {
    const int64_t in = kernel.inputChannels * kernel.inputBits, out = kernel.channels * kernel.outputBits;
    if (std::max(in, out) > laws().streamWordBits)
      found.push_back(
          breach("stream-word-bits", fmt::format("'{}' has pixels of {} bits", printable(kernel.name),
                                                 withThousands(std::max(in, out)))));
  }
  return found;
}

} // namespace braid::kernel
