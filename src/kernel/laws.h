// The limits of cost_models/laws.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace braid::embedded {

/// As tools/embed.py defines it.
struct File {
  std::string_view name, text;
};
std::span<const File> kernelTables();

} // namespace braid::embedded

namespace braid::kernel {

struct Laws {
  int64_t unrolledWeights = 0; ///< Weights of a fully unrolled layer must be fewer
  int64_t reshapeBits = 0;     ///< Widest word of weights
  int64_t streamWordBits = 0;  ///< Widest beat of an aggregated stream
  int64_t axisWordBits = 0;    ///< Widest word between units of the FINN style
  int64_t foldedInputs = 0;    ///< Most steps over a row of a matrix
};
const Laws &laws();

} // namespace braid::kernel
