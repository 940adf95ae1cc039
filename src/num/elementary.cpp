#include "braid/num/elementary.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <cmath>

namespace braid::num {
namespace {

// Numbers here are signed fixed point with kFrac fraction bits in 128 bits: magnitudes below 2^9.
constexpr int kFrac = 118;
constexpr Int128 kOne = Int128{1} << kFrac;

/// (a * b) >> kFrac for non-negative a, b.
Int128 multiply(Int128 a, Int128 b) {
  const auto a0 = static_cast<uint64_t>(a), a1 = static_cast<uint64_t>(a >> 64);
  const auto b0 = static_cast<uint64_t>(b), b1 = static_cast<uint64_t>(b >> 64);
  const UInt128 low = UInt128{a0} * b0, mid1 = UInt128{a1} * b0, mid2 = UInt128{a0} * b1,
                high = UInt128{a1} * b1;
  const UInt128 carry = (low >> 64) + static_cast<uint64_t>(mid1) + static_cast<uint64_t>(mid2);
  const UInt128 top = high + (mid1 >> 64) + (mid2 >> 64) + (carry >> 64); // bits 128 and up
  const UInt128 bottom = (carry << 64) | static_cast<uint64_t>(low);      // bits 0 to 127
  return static_cast<Int128>((top << (128 - kFrac)) | (bottom >> kFrac));
}

/// floor(a / b) with kFrac fraction bits, 0 <= a <= b: long division, a bit at a time.
Int128 divide(Int128 a, Int128 b) {
  Int128 quotient = a >= b ? 1 : 0, rest = a >= b ? a - b : a;
  for (int i = 0; i < kFrac; ++i) {
    rest *= 2;
    quotient *= 2;
    if (rest >= b) {
      rest -= b;
      quotient += 1;
    }
  }
  return quotient;
}

/// ln 2 = sum of 1 / (n 2^n).
Int128 ln2() {
  static const Int128 value = [] {
    Int128 sum = 0;
    for (int n = 1; n <= kFrac; ++n)
      sum += (kOne >> n) / n;
    return sum;
  }();
  return value;
}

/// exp(-x) for x >= 0 given as mantissa and fraction bits.
Int128 expOfMinus(uint64_t mantissa, int frac) {
  if (mantissa == 0)
    return kOne;
  BRAID_CHECK(frac >= 0, "the argument of an exponential has no fraction bits");
  // x = units * ln 2 + rest; beyond 2^7 the result is below any last place we round to.
  const bool large = frac < 64 && (mantissa >> frac) >= 128;
  if (large)
    return 0;
  const Int128 x = frac <= kFrac ? static_cast<Int128>(mantissa) << (kFrac - frac)
                                 : static_cast<Int128>(mantissa) >> (frac - kFrac);
  const auto units = static_cast<int>(x / ln2());
  const Int128 rest = x - units * ln2();
  // Series of exp(rest), all terms positive, then the reciprocal.
  Int128 sum = kOne, term = kOne;
  for (int n = 1; term != 0; ++n) {
    term = multiply(term, rest) / n;
    sum += term;
  }
  return divide(kOne, sum) >> units;
}

/// Rounds value / 2^kFrac to fracBits, ties to even; the true value may differ from `value` by `error`.
int64_t roundTo(Int128 value, int fracBits, Int128 error) {
  BRAID_CHECK(fracBits >= -60 && fracBits <= 80, "a table's values have too many fraction bits");
  const int drop = kFrac - fracBits;
  if (drop > 125)
    return 0;
  const Int128 unit = Int128{1} << drop, half = unit >> 1;
  const Int128 floor = value >> drop, rest = value - (floor << drop);
  const Int128 toTie = rest - half;
  if (toTie == 0)
    return static_cast<int64_t>(floor + (floor & 1));
  BRAID_CHECK(toTie > error || -toTie > error, "a table value lies too near to a tie");
  return static_cast<int64_t>(floor + (toTie > 0));
}

/// Bits of the series' and divisions' truncations together, with room to spare.
constexpr Int128 kError = Int128{1} << 10;

} // namespace

int64_t roundedFunction(Function function, int64_t mantissa, int argumentFrac, int fracBits, double scale) {
  if (argumentFrac < 1) { // the functions below want a fraction bit
    mantissa *= int64_t{1} << std::min(1 - argumentFrac, 62);
    argumentFrac = 1;
  }
  const bool negative = mantissa < 0;
  const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(mantissa) : static_cast<uint64_t>(mantissa);
  const bool exact = mantissa == 0;
  const Int128 error = exact ? 0 : kError;
  switch (function) {
  case Function::ExpOfMinus:
    BRAID_CHECK(!negative, "exp(-x) is made for x >= 0");
    return roundTo(expOfMinus(magnitude, argumentFrac), fracBits, error);
  case Function::Sigmoid: {
    const Int128 e = expOfMinus(magnitude, argumentFrac);
    const Int128 upper = divide(kOne, kOne + e); // sigmoid(|x|)
    return roundTo(negative ? kOne - upper : upper, fracBits, error);
  }
  case Function::Tanh: {
    const Int128 e = expOfMinus(magnitude, argumentFrac - 1);
    const Int128 t = divide(kOne - e, kOne + e);
    return roundTo(negative ? -t : t, fracBits, error);
  }
  case Function::ScaledExpm1: {
    BRAID_CHECK(negative || exact, "exp(x) - 1 is made for x <= 0");
    int exponent = 0;
    const auto bits =
        static_cast<int64_t>(std::ldexp(std::frexp(scale, &exponent), 53)); // scale = bits * 2^(exponent-53)
    const Int128 drop = kOne - expOfMinus(magnitude, argumentFrac);
    BRAID_CHECK(exponent <= 8 && exponent >= -40, "the scale of a table is out of range");
    const Int128 scaleFixed = Int128{bits < 0 ? -bits : bits} << (kFrac + exponent - 53);
    const Int128 product = multiply(drop, scaleFixed);
    return roundTo(bits < 0 ? product : -product, fracBits, error << 9);
  }
  }
  BRAID_CHECK(false, "unknown function");
}

} // namespace braid::num
