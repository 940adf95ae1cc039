// Types of streams, weights and accumulators: floats of the source model, fixed-point numbers of the typed
// one.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <compare>
#include <cstdint>
#include <string>

namespace braid::num {

/// How bits below the last place go away; the names and meanings of AMD UG1399, "Quantization modes".
enum class Rounding : uint8_t { Rnd, RndZero, RndMinInf, RndInf, RndConv, Trn, TrnZero };

/// What happens above the first place; the names and meanings of AMD UG1399, "Overflow modes".
enum class Overflow : uint8_t { Sat, SatZero, SatSym, Wrap };

/// Fixed point: `width` bits, of which `intBits` (sign included) stand before the point.
/// value = mantissa * 2^-fracBits().
struct FixedType {
  int width = 16;
  int intBits = 6;
  bool isSigned = true;
  Rounding rounding = Rounding::Trn;
  Overflow overflow = Overflow::Wrap;

  int fracBits() const { return width - intBits; }
  auto operator<=>(const FixedType &) const = default;
};

/// Widest stream, weight or result: its mantissa is held in 64 bits.
inline constexpr int kMaxWidth = 64;
/// Widest accumulator: sums are made in 128 bits.
inline constexpr int kMaxAccumWidth = 120;

class DataType {
public:
  DataType() = default; ///< float32
  DataType(FixedType fixed) : isFixed_(true), fixed_(fixed) {}

  bool isFloat() const { return !isFixed_; }
  bool isFixed() const { return isFixed_; }
  /// Must be fixed.
  const FixedType &fixed() const;
  /// Bits on a wire.
  int bits() const { return isFixed_ ? fixed_.width : 32; }
  auto operator<=>(const DataType &) const = default;

private:
  bool isFixed_ = false;
  FixedType fixed_ = {};
};

FixedType signedFixed(int width, int intBits);
FixedType unsignedFixed(int width, int intBits);

/// `ap_fixed<16,6>`, `ap_ufixed<8,0,AP_RND,AP_SAT>`; modes are left out where they are AP_TRN, AP_WRAP.
/// Integers are `ap_fixed<8,8>`: a cast to `ap_int<8>` would round to zero, where every type here rounds as
/// it says.
std::string toString(const FixedType &type);
std::string toString(const DataType &type);

/// Reads `ap_[u]fixed<W,I[,Q[,O]]>`, `ap_[u]int<W>` as `ap_[u]fixed<W,W>` (also without `ap_`); spaces are
/// allowed. Fails on unknown modes and on widths outside 1 to `maxWidth`.
llvm::Expected<FixedType> parseFixedType(llvm::StringRef text, int maxWidth = kMaxWidth);

} // namespace braid::num
