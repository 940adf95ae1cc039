// The mean of a window: an exact sum, divided by the number of cells without a divider.
#pragma once

#include "braid_fixed.h"

namespace braid {
namespace detail {

/// The low 64 bits of floor(2^p / n), by long division one bit at a time.
constexpr unsigned long long quotientBits(unsigned long long n, int p, unsigned long long quotient = 0,
                                          unsigned long long rest = 1) {
  return p < 0    ? 0
         : p == 0 ? 2 * quotient + (rest >= n)
                  : quotientBits(n, p - 1, 2 * quotient + (rest >= n), 2 * (rest >= n ? rest - n : rest));
}

/// ceil(2^p / n) as an integer of p + 1 bits: its low 64 bits, and the others. The carry of rounding up stays
/// in the low word: 64 ones in a row would need an n of 2^64.
template <int p> ap_uint<p + 1> reciprocalOf(unsigned long long high, unsigned long long low) {
#pragma HLS INLINE
  ap_uint<p + 66> value = high;
  value <<= 64;
  value += low;
  return value;
}

/// ceil(2^p / count) for a count from `least` to n: a choice among constants.
template <int p, unsigned n, unsigned least> struct Reciprocals {
  static const unsigned long long high = quotientBits(n, p - 64);
  static const unsigned long long low = quotientBits(n, p) + ((n & (n - 1)) == 0 ? 0 : 1);
  static ap_uint<p + 1> select(unsigned count) {
#pragma HLS INLINE
    if (count == n)
      return reciprocalOf<p>(high, low);
    return Reciprocals<p, n - 1, least>::select(count);
  }
};
template <int p, unsigned n> struct Reciprocals<p, n, n> {
  static const unsigned long long high = quotientBits(n, p - 64);
  static const unsigned long long low = quotientBits(n, p) + ((n & (n - 1)) == 0 ? 0 : 1);
  static ap_uint<p + 1> select(unsigned) {
#pragma HLS INLINE
    return reciprocalOf<p>(high, low);
  }
};

#ifdef BRAID_HLS_LOOPS

/// floor(value / count) for minCount <= count <= maxCount, as floor(u * ceil(2^p / count) / 2^p). That is
/// exact for u < 2^b if p = b + ceil(log2(maxCount)): the reciprocal is too large by less than count / 2^p of
/// itself, the product by less than u * count / (count * 2^p) <= 1 / count. A negative value is -1 - u, and
/// so its quotient.
template <int bits, unsigned minCount, unsigned maxCount>
Integer<bits> floorQuotient(const Integer<bits> &value, unsigned count) {
#pragma HLS INLINE
  constexpr int p = bits - 1 + growth(maxCount);
  const bool negative = value < 0;
  const ap_uint<bits> magnitude = negative ? Integer<bits>(~value) : value;
  const ap_uint<bits + p + 1> product = magnitude * Reciprocals<p, maxCount, minCount>::select(count);
  const Integer<bits> quotient = product >> p;
  return negative ? Integer<bits>(~quotient) : quotient;
}

#else

template <int bits, unsigned minCount, unsigned maxCount>
Integer<bits> floorQuotient(const Integer<bits> &value, unsigned count) {
  const int divisor = static_cast<int>(minCount == maxCount ? maxCount : count);
  return value < 0 ? Integer<bits>(~(Integer<bits>(~value) / divisor)) : Integer<bits>(value / divisor);
}

#endif

/// Means of minCount to maxCount values of data_T, given as res_T: cast(sum / count). With g = max(0, places
/// of res_T - places of data_T) + 2, floor(sum * 2^g / count), its last place set where the division leaves
/// something, decides as the exact quotient would.
template <class data_T, class res_T, unsigned minCount, unsigned maxCount> struct Mean {
  static const int sumBits = mantissaBits<data_T>() + growth(maxCount);
  static const int gain = maxOf(0, Fixed<res_T>::fraction - Fixed<data_T>::fraction) + 2;
  typedef Integer<sumBits> Sum;

  static res_T of(const Sum &sum, unsigned count) {
#pragma HLS INLINE
    constexpr int more = gain, bits = sumBits + more;
    const Integer<bits> scaled = shiftedLeft<bits>(static_cast<Integer<bits>>(sum), more);
    Integer<bits> quotient = floorQuotient<bits, minCount, maxCount>(scaled, count);
    if (!Fixed<res_T>::truncates && quotient * static_cast<Integer<bits>>(count) != scaled)
      quotient = quotient | Integer<bits>(1); // sticky: no tie where there is none
    return exact<bits, Fixed<data_T>::fraction + more>(quotient);
  }
};

} // namespace detail
} // namespace braid
