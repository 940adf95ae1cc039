// Rounding to whole levels, as quantisers of networks do it.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace braid::num {

/// The rounding modes of QONNX's Quant (docs/qonnx-custom-ops/quant_op.md there); ONNX's QuantizeLinear knows
/// HalfEven only.
enum class LevelRounding : uint8_t {
  HalfEven,         ///< ROUND
  HalfAwayFromZero, ///< HALF_UP
  HalfTowardsZero,  ///< HALF_DOWN
  AwayFromZero,     ///< UP
  TowardsZero,      ///< DOWN, ROUND_TO_ZERO
  Ceil,
  Floor
};

const char *name(LevelRounding rounding);
/// By QONNX's name, in capitals or not.
std::optional<LevelRounding> levelRounding(llvm::StringRef name);

/// The level of a number; still a double, of any size.
double rounded(double value, LevelRounding rounding);

/// The numbers that round to level k or above: those from (or, if `isOpen`, above) `halves` / 2 on.
struct LevelEdge {
  int64_t halves;
  bool isOpen;
};
LevelEdge edgeOf(int64_t level, LevelRounding rounding);

} // namespace braid::num
