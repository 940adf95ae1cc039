#include "braid/num/fixed.h"

#include "braid/support/error.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>

namespace braid::num {
namespace {

constexpr int kWide = 126; ///< Shifts at or beyond this lose every bit of any mantissa we hold.

/// Drops the low bits of a mantissa by the rounding mode; 0 < drop < the bits of Int - 1.
template <class Int> Int roundOff(Int m, int drop, Rounding mode) {
  const Int floor = m >> drop;
  const Int rest = m - (floor << drop); // 0 <= rest < 2^drop
  const Int half = Int{1} << (drop - 1);
  if (rest == 0)
    return floor;
  const bool tie = rest == half;
  const bool nearestIsUp = rest > half;
  switch (mode) {
  case Rounding::Trn:
    return floor;
  case Rounding::TrnZero:
    return m < 0 ? floor + 1 : floor;
  case Rounding::Rnd: // ties towards plus infinity
    return floor + (nearestIsUp || tie);
  case Rounding::RndMinInf:
    return floor + nearestIsUp;
  case Rounding::RndZero:
    return floor + (nearestIsUp || (tie && m < 0));
  case Rounding::RndInf:
    return floor + (nearestIsUp || (tie && m >= 0));
  case Rounding::RndConv: // ties to even
    return floor + (nearestIsUp || (tie && (floor & 1)));
  }
  BRAID_CHECK(false, "unknown rounding mode");
}

/// The cast of `m` * 2^-fracBits, |m| < 2^53, in 64-bit numbers: for millions of weights. Nothing where it
/// overflows, or where 64 bits may not do.
std::optional<int64_t> castNarrow(int64_t m, int fracBits, const FixedType &to) {
  const int drop = fracBits - to.fracBits();
  if (drop > 62 || drop < -10 || to.width > 62)
    return std::nullopt;
  const int64_t rounded = drop > 0 ? roundOff(m, drop, to.rounding) : m * (int64_t{1} << -drop);
  const int64_t hi = (int64_t{1} << (to.isSigned ? to.width - 1 : to.width)) - 1;
  const int64_t lo = !to.isSigned ? 0 : to.overflow == Overflow::SatSym ? -hi : -hi - 1;
  return rounded >= lo && rounded <= hi ? std::optional(rounded) : std::nullopt;
}

Int128 wrap(Int128 m, const FixedType &to) {
  const UInt128 mask = (UInt128{1} << to.width) - 1;
  UInt128 low = static_cast<UInt128>(m) & mask;
  if (to.isSigned && (low >> (to.width - 1)) != 0)
    return static_cast<Int128>(low | ~mask);
  return static_cast<Int128>(low);
}

} // namespace

Int128 minMantissa(const FixedType &type) {
  return type.isSigned ? -(Int128{1} << (type.width - 1)) : Int128{0};
}
Int128 maxMantissa(const FixedType &type) {
  return (Int128{1} << (type.isSigned ? type.width - 1 : type.width)) - 1;
}

Int128 castMantissa(Int128 mantissa, int fracBits, const FixedType &to) {
  const int drop = fracBits - to.fracBits();
  if (drop >= kWide) {
    // All bits go: the value lies strictly between -1/2 and 1/2 of the last place.
    mantissa = mantissa < 0 && to.rounding == Rounding::Trn ? -1 : 0;
  } else if (drop > 0) {
    mantissa = roundOff(mantissa, drop, to.rounding);
  } else if (drop < 0) {
    const int up = -drop;
    const Int128 magnitude = mantissa < 0 ? ~mantissa : mantissa;
    if (up < kWide && (magnitude >> (kWide - up)) == 0) {
      mantissa *= Int128{1} << up;
    } else if (mantissa != 0 && to.overflow == Overflow::Wrap) {
      // Only the low bits count.
      return up >= to.width ? Int128{0} : wrap(static_cast<Int128>(static_cast<UInt128>(mantissa) << up), to);
    } else if (mantissa != 0) {
      mantissa =
          mantissa < 0 ? -(Int128{1} << 126) : Int128{1} << 126; // far beyond any type: saturates below
    }
  }
  const Int128 lo = minMantissa(to), hi = maxMantissa(to);
  if (mantissa >= lo && mantissa <= hi && !(to.overflow == Overflow::SatSym && to.isSigned && mantissa == lo))
    return mantissa;
  switch (to.overflow) {
  case Overflow::Wrap:
    return wrap(mantissa, to);
  case Overflow::Sat:
    return mantissa < lo ? lo : hi;
  case Overflow::SatZero:
    return 0;
  case Overflow::SatSym:
    return mantissa > hi ? hi : (to.isSigned ? -hi : Int128{0});
  }
  BRAID_CHECK(false, "unknown overflow mode");
}

int64_t quantise(double value, const FixedType &to) {
  BRAID_CHECK(to.width <= kMaxWidth, "quantised values are held in 64 bits");
  if (std::isnan(value))
    return 0;
  if (std::isinf(value))
    return static_cast<int64_t>(value < 0 ? minMantissa(to) : maxMantissa(to));
  // value = +-mantissa * 2^-fracBits, IEEE 754 binary64; subnormal numbers lack the leading one.
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto exponent = static_cast<int>(bits >> 52 & 0x7ff);
  const auto magnitude =
      static_cast<int64_t>((bits & ((uint64_t{1} << 52) - 1)) | (uint64_t{exponent > 0} << 52));
  const int64_t mantissa = value < 0 ? -magnitude : magnitude;
  const int fracBits = 1075 - std::max(exponent, 1);
  if (const auto narrow = castNarrow(mantissa, fracBits, to))
    return *narrow;
  return static_cast<int64_t>(castMantissa(mantissa, fracBits, to));
}

double toDouble(Int128 mantissa, int fracBits) {
  return std::ldexp(static_cast<double>(mantissa), -fracBits);
}

std::string exactDecimal(int64_t mantissa, int fracBits) {
  // Digits of |mantissa| * 5^fracBits, then the point fracBits places from the right; little-endian decimal
  // digits.
  uint64_t magnitude = mantissa < 0 ? 0 - static_cast<uint64_t>(mantissa) : static_cast<uint64_t>(mantissa);
  std::string digits;
  if (fracBits <= 0) {
    digits = std::to_string(magnitude);
    std::reverse(digits.begin(), digits.end());
    for (int i = 0; i < -fracBits; ++i) {
      int carry = 0;
      for (char &digit : digits) {
        const int twice = (digit - '0') * 2 + carry;
        digit = static_cast<char>('0' + twice % 10);
        carry = twice / 10;
      }
      if (carry)
        digits += static_cast<char>('0' + carry);
    }
    std::reverse(digits.begin(), digits.end());
    return (mantissa < 0 ? "-" : "") + digits;
  }
  while (fracBits > 0 && (magnitude & 1) == 0 && magnitude != 0) {
    magnitude >>= 1;
    --fracBits;
  }
  if (magnitude == 0)
    return "0";
  uint64_t scaled = magnitude;
  bool fits = true;
  for (int i = 0; i < fracBits && fits; ++i)
    fits = !__builtin_mul_overflow(scaled, uint64_t{5}, &scaled);
  if (fits) { // the common case
    for (; scaled != 0; scaled /= 10)
      digits += static_cast<char>('0' + static_cast<int>(scaled % 10));
  } else {
    digits = std::to_string(magnitude);
    std::reverse(digits.begin(), digits.end());
    for (int i = 0; i < fracBits; ++i) {
      int carry = 0;
      for (char &digit : digits) {
        const int five = (digit - '0') * 5 + carry;
        digit = static_cast<char>('0' + five % 10);
        carry = five / 10;
      }
      if (carry)
        digits += static_cast<char>('0' + carry);
    }
  }
  while (static_cast<int>(digits.size()) <= fracBits)
    digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (fracBits > 0)
    digits.insert(digits.size() - static_cast<size_t>(fracBits), ".");
  return (mantissa < 0 ? "-" : "") + digits;
}

FixedType productType(const FixedType &a, const FixedType &b) {
  return {.width = a.width + b.width, .intBits = a.intBits + b.intBits, .isSigned = a.isSigned || b.isSigned};
}

FixedType sumType(const FixedType &a, const FixedType &b) {
  const bool isSigned = a.isSigned || b.isSigned;
  const int intA = a.intBits + (isSigned && !a.isSigned), intB = b.intBits + (isSigned && !b.isSigned);
  const int intBits = std::max(intA, intB) + 1, frac = std::max(a.fracBits(), b.fracBits());
  return {.width = intBits + frac, .intBits = intBits, .isSigned = isSigned};
}

FixedType narrowestFor(Int128 lo, Int128 hi, int fracBits) {
  auto bitsOf = [](Int128 v) { // bits of a non-negative number
    const auto high = static_cast<uint64_t>(v >> 64);
    return high ? 64 + static_cast<int>(std::bit_width(high))
                : static_cast<int>(std::bit_width(static_cast<uint64_t>(v)));
  };
  const bool isSigned = lo < 0;
  int width = bitsOf(hi < 0 ? ~hi : hi);
  if (isSigned)
    width = std::max(width, bitsOf(~lo)) + 1;
  width = std::max(width, 1);
  return {.width = width, .intBits = width - fracBits, .isSigned = isSigned};
}

bool holdsAll(const FixedType &to, const FixedType &from) {
  if (to.fracBits() < from.fracBits())
    return false;
  const int up = to.fracBits() - from.fracBits();
  if (from.width + up > 120)
    return false;
  const Int128 lo = minMantissa(from) * (Int128{1} << up), hi = maxMantissa(from) * (Int128{1} << up);
  return lo >= minMantissa(to) + (to.overflow == Overflow::SatSym && to.isSigned ? 1 : 0) &&
         hi <= maxMantissa(to);
}

} // namespace braid::num
