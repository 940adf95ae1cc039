// Integer arithmetic on the mantissas of AP types, the same in a simulation and in hardware.
#pragma once

#include "braid_common.h"

#include <type_traits>

// Loops shaped for hardware are chosen by __SYNTHESIS__; BRAID_HLS_LOOPS chooses them in a simulation, for
// tests. Both compute the same values.
#if defined(__SYNTHESIS__) && !defined(BRAID_HLS_LOOPS)
#define BRAID_HLS_LOOPS
#endif

namespace braid {

constexpr int maxOf(int a, int b) { return a > b ? a : b; }
constexpr int minOf(int a, int b) { return a < b ? a : b; }

/// Bits of the shortest signed integer that holds v.
constexpr int signedBits(long long v) { return v < 0 ? signedBits(~v) : v == 0 ? 1 : 1 + signedBits(v >> 1); }

/// A signed integer of at least `bits` bits: exactly so many in hardware, the machine's own where they do.
#ifdef BRAID_HLS_LOOPS
template <int bits> using Integer = ap_int<bits>;
#else
template <int bits> using Integer = typename std::conditional<(bits <= 64), long long, ap_int<bits>>::type;
#endif

/// value * 2^places, which must fit: before C++20 a negative number of the machine's must not be shifted.
template <int bits> ap_int<bits> shiftedLeft(const ap_int<bits> &value, int places) {
#pragma HLS INLINE
  return value << places;
}
template <int bits> long long shiftedLeft(long long value, int places) {
  return static_cast<long long>(static_cast<unsigned long long>(value) << places);
}

/// Bits of a signed integer that holds every mantissa of T.
template <class T> constexpr int mantissaBits() { return Fixed<T>::width + (Fixed<T>::isSigned ? 0 : 1); }

/// Holds mantissa * 2^-fraction for every signed mantissa of `bits` bits.
template <int bits, int fraction> using Exact = ap_fixed<bits, bits - fraction>;

namespace detail {

/// The bits of a T as an integer of its sign.
template <class T>
using BitsOf =
    typename std::conditional<Fixed<T>::isSigned, ap_int<Fixed<T>::width>, ap_uint<Fixed<T>::width>>::type;

/// To and from the machine's integers, or through the bits of any width.
template <class T, class integer_T> struct MantissaOf {
  static integer_T read(const T &value) {
#pragma HLS INLINE
    T copy = value; // not every version of the types offers range() of a constant
    const BitsOf<T> bits = copy.range(Fixed<T>::width - 1, 0);
    return bits;
  }
  static T write(const integer_T &mantissa) {
#pragma HLS INLINE
    const BitsOf<T> bits = mantissa;
    T value;
    value.range(Fixed<T>::width - 1, 0) = bits;
    return value;
  }
};
#ifndef BRAID_HLS_LOOPS
template <class T> struct MantissaOf<T, long long> {
  static long long read(const T &value) { return static_cast<long long>(Mantissa<T>::of(value)); }
  static T write(long long mantissa) {
    return Mantissa<T>::toNumber(static_cast<typename Mantissa<T>::Type>(mantissa));
  }
};
#endif

} // namespace detail

/// value * 2^fraction.
template <class T> Integer<mantissaBits<T>()> mantissa(const T &value) {
#pragma HLS INLINE
  return detail::MantissaOf<T, Integer<mantissaBits<T>()>>::read(value);
}

/// The T with this mantissa, which T must hold.
template <class T> T fromMantissa(const Integer<mantissaBits<T>()> &mantissa) {
#pragma HLS INLINE
  return detail::MantissaOf<T, Integer<mantissaBits<T>()>>::write(mantissa);
}

/// mantissa * 2^-fraction: assign it to a type to cast by that type's rounding and overflow.
template <int bits, int fraction> Exact<bits, fraction> exact(const Integer<bits> &mantissa) {
#pragma HLS INLINE
  return fromMantissa<Exact<bits, fraction>>(mantissa);
}

namespace detail {
template <class entry_T, bool isNative> struct EntryOf {
  static Integer<mantissaBits<entry_T>()> read(const entry_T &entry) { return mantissa(entry); }
};
template <class entry_T> struct EntryOf<entry_T, true> {
  static long long read(const entry_T &entry) { return static_cast<long long>(entry); }
};
} // namespace detail

/// An entry of a table of mantissas: an integer, or a number whose mantissa is meant.
template <class entry_T>
auto entryMantissa(const entry_T &entry)
    -> decltype(detail::EntryOf<entry_T, std::is_integral<entry_T>::value>::read(entry)) {
#pragma HLS INLINE
  return detail::EntryOf<entry_T, std::is_integral<entry_T>::value>::read(entry);
}

/// Largest and smallest value of a type: all ones, but for the sign; and none, but for the sign.
template <class T> T highest() {
#pragma HLS INLINE
  detail::BitsOf<T> bits = 0;
  bits = ~bits;
  if (Fixed<T>::isSigned)
    bits[Fixed<T>::width - 1] = 0;
  T value;
  value.range(Fixed<T>::width - 1, 0) = bits;
  return value;
}
template <class T> T lowest() {
#pragma HLS INLINE
  detail::BitsOf<T> bits = 0;
  if (Fixed<T>::isSigned)
    bits[Fixed<T>::width - 1] = 1;
  T value;
  value.range(Fixed<T>::width - 1, 0) = bits;
  return value;
}

/// Element of a constant table of non-negative (Rom) or signed (SignedRom) numbers of `bits` bits.
#ifdef __SYNTHESIS__
template <int bits> using Rom = ap_uint<bits>;
template <int bits> using SignedRom = ap_int<bits>;
#else
template <int bits>
using SignedRom = typename std::conditional<
    (bits <= 8), signed char,
    typename std::conditional<(bits <= 16), short,
                              typename std::conditional<(bits <= 32), int, long long>::type>::type>::type;
template <int bits> using Rom = typename std::make_unsigned<SignedRom<bits>>::type;
#endif

} // namespace braid
