// The numbers of cost_models/hls4ml.json, under the names the file gives them. What each stands for:
// README.md here.
#pragma once

#include "braid/cost/estimate.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace braid::embedded {

/// As tools/embed.py defines it.
struct File {
  std::string_view name, text;
};
std::span<const File> costTables();

} // namespace braid::embedded

namespace braid::cost {

/// Where a fit holds.
struct Range {
  int64_t low = 0, high = 0;
  bool has(int64_t value) const { return low <= value && value <= high; }
};

/// What every entry of the table states.
struct Fit {
  std::string name;
  double error = 0; ///< Largest relative error of LUT, FF and DSP on rows that took no part in the fit
  Range weightBits, inputs, outputs, reuse;
};

struct DenseResourceCsynth : Fit {
  double lutBase = 0, lutPerInput = 0, lutPerOutput = 0, lutPerWay = 0, lutPerProduct = 0,
         lutPerNarrowProduct = 0;
  double ffPerProduct = 0, ffPerLogReuse = 0, ffPerOutput = 0, ffPerWeightBit = 0;
};

struct DenseResourceVsynth : Fit {
  double lutPerOutput = 0, lutPerActivation = 0, lutPerWeightBit = 0;
  double ffPerInput = 0, ffPerOutput = 0, ffPerActivation = 0;
};

struct DenseUnrolledCsynth : Fit {
  double lutPerAccumBit = 0, lutPerBitProduct = 0, ffPerProductZynq7000 = 0;
  std::vector<int64_t> weightBitsAt;
  std::vector<double> lutPerProduct, dspPerProduct, ffPerProduct; ///< By weightBitsAt
};

struct ActivationsCsynth : Fit {
  double reluLutPerElement = 0, reluFfPerElement = 0;
  double softmaxLutPerElement = 0, softmaxFfPerElement = 0, softmaxDspPerElement = 0,
         softmaxBramPerElement = 0;
  double softmaxLatency = 0, softmaxLatencyPerLevel = 0;
};

struct StageRatio : Fit {
  double lut = 1, ff = 1, dsp = 1;
};

struct Coefficients {
  DenseResourceCsynth denseCsynth;
  DenseResourceVsynth denseVsynth;
  DenseUnrolledCsynth unrolled;
  ActivationsCsynth activations;
  StageRatio ratio;
};

/// Parsed once. A fault in the table is ours.
const Coefficients &coefficients();

} // namespace braid::cost
