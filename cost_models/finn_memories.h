// What the FINN formulas share: how they count block RAM and UltraRAM, and how they refuse attributes.
#pragma once

#include "finn_analytic.h"

#include "braid/support/math.h"

#include <initializer_list>
#include <string_view>

namespace braid::cost::finn {

constexpr int64_t kBram18Bits = 36 * 512;
constexpr int64_t kUramBits = 72 * 4096;

/// How FINN rounds a width up to RAMB18 ports: the bits of a port at depths 2048, 1024 and 512.
struct PortWidths {
  int64_t deep, middle, shallow;
};
constexpr PortWidths kRtlPorts = {9, 18, 36}; ///< MVAU.bram_estimation
constexpr PortWidths kHlsPorts = {8, 16, 32}; ///< VVAU.bram_estimation

/// RAMB18s for `depth` words of `width` bits, in the one shape that FINN takes for that size.
int64_t bram18For(int64_t width, int64_t depth, PortWidths ports);

/// UltraRAMs of 72 bits by 4096 words.
inline int64_t uramFor(int64_t width, int64_t depth) { return ceilDiv(width, 72) * ceilDiv(depth, 4096); }

/// Stored bits of a capacity; 1 where nothing was taken.
inline double efficiency(int64_t bits, int64_t blocks, int64_t bitsOfBlock) {
  return blocks == 0 ? 1 : static_cast<double>(bits) / static_cast<double>(blocks * bitsOfBlock);
}

int64_t product(const Shape &shape);

struct Attribute {
  std::string_view name;
  int64_t value;
};

/// An error that names the first attribute below 1, or none.
llvm::Error allPositive(std::string_view unit, std::initializer_list<Attribute> attributes);
/// As above for both, and `part` must divide `whole`.
llvm::Error divides(std::string_view unit, Attribute part, Attribute whole);
/// `FINN unit MVAU: error: ...`
llvm::Error unitError(std::string_view unit, std::string message);

} // namespace braid::cost::finn
