// What braid's HLS headers share: integer helpers and a view of the ap types as integers ("mantissas") with a
// binary point. Rests on the ap types alone, so that it goes with any set of layer headers.
#pragma once

#include "ap_fixed.h"
#include "ap_int.h"

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace braid {

constexpr unsigned ceilDiv(unsigned n, unsigned d) { return (n + d - 1) / d; }
constexpr unsigned larger(unsigned a, unsigned b) { return a > b ? a : b; }
/// Bits that n equal addends add to a sum: ceil(log2(n)), 0 for n <= 1.
constexpr int growth(unsigned n) { return n <= 1 ? 0 : 1 + growth((n + 1) / 2); }

/// The meaning of an ap type: value = mantissa * 2^-fraction.
template <class T> struct Fixed { static const bool known = false; };

namespace detail {
template <int W, int I, bool S, bool Truncates, bool Wraps> struct FixedOf {
  static const bool known = true;
  static const int width = W;
  static const int fraction = W - I;
  static const bool isSigned = S;
  static const int magnitude = W - (S ? 1 : 0); ///< |mantissa| <= 2^magnitude
  static const bool truncates = Truncates;      ///< a cast to the type rounds to minus infinity
  static const bool wraps = Wraps;              ///< a cast to the type keeps the low bits
};
} // namespace detail

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct Fixed<ap_fixed<W, I, Q, O, N>> : detail::FixedOf<W, I, true, Q == AP_TRN, O == AP_WRAP && N == 0> {};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct Fixed<ap_ufixed<W, I, Q, O, N>> : detail::FixedOf<W, I, false, Q == AP_TRN, O == AP_WRAP && N == 0> {};
template <int W> struct Fixed<ap_int<W>> : detail::FixedOf<W, W, true, true, true> {};
template <int W> struct Fixed<ap_uint<W>> : detail::FixedOf<W, W, false, true, true> {};

#ifndef __SYNTHESIS__

namespace detail {
template <int Bytes, bool S> struct NativeInt;
// `Aliased` may be read where another type was written, which a plain std::int16_t may not.
#define BRAID_NATIVE_INT(bytes, isSigned, type)                                                              \
  template <> struct NativeInt<bytes, isSigned> {                                                            \
    typedef type Type;                                                                                       \
    typedef type Aliased __attribute__((__may_alias__));                                                     \
  };
BRAID_NATIVE_INT(1, true, std::int8_t)
BRAID_NATIVE_INT(1, false, std::uint8_t)
BRAID_NATIVE_INT(2, true, std::int16_t)
BRAID_NATIVE_INT(2, false, std::uint16_t)
BRAID_NATIVE_INT(4, true, std::int32_t)
BRAID_NATIVE_INT(4, false, std::uint32_t)
BRAID_NATIVE_INT(8, true, std::int64_t)
BRAID_NATIVE_INT(8, false, std::uint64_t)
#undef BRAID_NATIVE_INT

/// How an ap type keeps a mantissa in memory, in the smallest native integer that holds it: shifted left by
/// so many places. The types we carry say so; of others it is tried out that they keep it unshifted.
template <class T, class = void> struct Stored {
  static const bool said = false;
  static const int shift = 0;
};
template <class T> struct Stored<T, typename std::enable_if<(T::storedShift >= 0)>::type> {
  static const bool said = true;
  static const int shift = T::storedShift;
};
} // namespace detail

/// Mantissas of an ap type of at most 64 bits as native integers. For simulation only.
template <class T> class Mantissa {
  static const int kWidth = Fixed<T>::width;
  typedef detail::NativeInt<(kWidth <= 8    ? 1
                             : kWidth <= 16 ? 2
                             : kWidth <= 32 ? 4
                                            : 8),
                            Fixed<T>::isSigned>
      Native;

public:
  typedef typename Native::Type Type;
  typedef typename Native::Aliased Aliased;
  static const int shift = detail::Stored<T>::shift;

  /// The low bits of `value` in the type's width, as the type reads them.
  static Type wrapped(std::uint64_t value) {
    const int spare = 64 - kWidth;
    return Fixed<T>::isSigned ? static_cast<Type>(static_cast<std::int64_t>(value << spare) >> spare)
                              : static_cast<Type>(value << spare >> spare);
  }

  static Type of(const T &number) {
    if (isMemoryImage()) {
      Type stored;
      std::memcpy(&stored, &number, sizeof(Type));
      return static_cast<Type>(stored >> shift);
    }
    T copy(number);
    return wrapped(static_cast<std::uint64_t>(copy.range(kWidth - 1, 0).to_uint64()));
  }

  static T toNumber(Type mantissa) {
    if (!isMemoryImage())
      return built(mantissa);
    const Type stored = shifted(mantissa);
    T number;
    std::memcpy(static_cast<void *>(&number), &stored, sizeof(Type));
    return number;
  }

  static void load(const T *numbers, Type *mantissas, std::size_t count) {
    if (isMemoryImage()) {
      const Aliased *stored = reinterpret_cast<const Aliased *>(numbers);
      for (std::size_t i = 0; i < count; i++)
        mantissas[i] = static_cast<Type>(stored[i] >> shift);
    } else {
      for (std::size_t i = 0; i < count; i++)
        mantissas[i] = of(numbers[i]);
    }
  }

  /// Whether a T in memory is its mantissa, shifted, as the smallest native integer that holds it. Both
  /// libraries of ap types that are in use do this; where the types do not say so it is tried out, not
  /// assumed.
  static bool isMemoryImage() { return detail::Stored<T>::said ? sizeof(T) == sizeof(Type) : isFoundImage(); }

private:
  static bool isFoundImage() {
    static const bool answer = sizeof(T) == sizeof(Type) && imageOf(0) && imageOf(1) && imageOf(2) &&
                               imageOf(~std::uint64_t(0)) && imageOf(std::uint64_t(1) << (kWidth - 1)) &&
                               imageOf(0x5555555555555555u) && imageOf(0xaaaaaaaaaaaaaaaau);
    return answer;
  }

  static Type shifted(Type mantissa) {
    return static_cast<Type>(static_cast<std::uint64_t>(mantissa) << shift);
  }

  static T built(Type mantissa) {
    T number(0);
    number.range(kWidth - 1, 0) = static_cast<unsigned long long>(mantissa);
    return number;
  }

  static bool imageOf(std::uint64_t bits) {
    const Type mantissa = wrapped(bits), stored = shifted(mantissa);
    const T number = built(mantissa);
    return std::memcmp(&stored, &number, sizeof(T) < sizeof(Type) ? sizeof(T) : sizeof(Type)) == 0;
  }
};

/// Read access to an array of numbers as mantissas: in place where memory allows it, else through a copy.
/// What is read is still shifted left by `shift`.
template <class T> class MantissaView {
public:
  MantissaView(const T *numbers, std::size_t count) {
    if (Mantissa<T>::isMemoryImage()) {
      data_ = reinterpret_cast<const typename Mantissa<T>::Aliased *>(numbers);
      return;
    }
    copy_.resize(count);
    for (std::size_t i = 0; i < count; i++)
      copy_[i] = static_cast<typename Mantissa<T>::Type>(
          static_cast<std::uint64_t>(Mantissa<T>::of(numbers[i])) << shift);
    data_ = copy_.data();
  }
  MantissaView(const MantissaView &) = delete;
  MantissaView &operator=(const MantissaView &) = delete;

  static const int shift = Mantissa<T>::shift;
  const typename Mantissa<T>::Aliased *data() const { return data_; }
  static typename Mantissa<T>::Type mantissaOf(typename Mantissa<T>::Aliased stored) {
    return static_cast<typename Mantissa<T>::Type>(stored >> shift);
  }

private:
  std::vector<typename Mantissa<T>::Type> copy_;
  const typename Mantissa<T>::Aliased *data_;
};

#endif // __SYNTHESIS__

} // namespace braid
