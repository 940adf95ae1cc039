#pragma once
// Which C++ integer computes a W-bit value, and what an operand of an operator is (its width, sign, value).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace ap_detail {

__extension__ typedef __int128 I128;
__extension__ typedef unsigned __int128 U128;

inline void fail(const char *what) {
  std::fprintf(stderr, "ERROR: %s\n", what);
  std::abort();
}

#ifdef NDEBUG
inline void require(bool, const char *) {}
#else
inline void require(bool ok, const char *what) {
  if (!ok)
    fail(what);
}
#endif

constexpr int maxOf(int a, int b) { return a > b ? a : b; }
constexpr int minOf(int a, int b) { return a < b ? a : b; }

template <int Bits, bool S> struct NativeInt;
template <> struct NativeInt<8, true> { typedef std::int8_t type; };
template <> struct NativeInt<8, false> { typedef std::uint8_t type; };
template <> struct NativeInt<16, true> { typedef std::int16_t type; };
template <> struct NativeInt<16, false> { typedef std::uint16_t type; };
template <> struct NativeInt<32, true> { typedef std::int32_t type; };
template <> struct NativeInt<32, false> { typedef std::uint32_t type; };
template <> struct NativeInt<64, true> { typedef std::int64_t type; };
template <> struct NativeInt<64, false> { typedef std::uint64_t type; };
template <> struct NativeInt<128, true> { typedef I128 type; };
template <> struct NativeInt<128, false> { typedef U128 type; };

/// Widest value a native integer computes; limb arrays take over above.
constexpr int kNativeBits = 128;

/// Bits of the smallest native integer (or limb array) that holds `width` bits.
constexpr int slotBits(int width) {
  return width <= 8     ? 8
         : width <= 16  ? 16
         : width <= 32  ? 32
         : width <= 64  ? 64
         : width <= 128 ? 128
                        : (width + 63) / 64 * 64;
}

template <int Limbs, bool S> struct Wide;

template <int W, bool S, bool IsNative> struct ValOf {
  typedef typename NativeInt<slotBits(W), S>::type type;
};
template <int W, bool S> struct ValOf<W, S, false> { typedef Wide<(W + 63) / 64, S> type; };

/// The type that computes with W-bit values: right-justified, sign- or zero-extended.
template <int W, bool S> using Val = typename ValOf<(W > 0 ? W : 1), S, (W <= kNativeBits)>::type;

template <class T> struct BitsOf { static const int value = static_cast<int>(sizeof(T)) * 8; };

/// Unsigned type of at least 32 bits to shift a T in: shifts of narrower types would promote to int.
template <class T> struct ShiftType {
  typedef typename NativeInt<(sizeof(T) < 4 ? 32 : static_cast<int>(sizeof(T)) * 8), false>::type type;
};

/// v << k modulo the type, 0 <= k; all bits may be shifted out.
template <class T> constexpr T asl(T v, int k) {
  return k >= BitsOf<T>::value ? static_cast<T>(0)
                               : static_cast<T>(static_cast<typename ShiftType<T>::type>(v) << k);
}
/// floor(v / 2^k), 0 <= k; k may exceed the type.
template <class T> constexpr T asr(T v, int k) {
  return k >= BitsOf<T>::value ? static_cast<T>(v < static_cast<T>(0) ? -1 : 0) : static_cast<T>(v >> k);
}

/// What an operand is. `valid`: takes part in our operators. `ap`: makes an expression ours.
/// `Value` is the canonical value type, worth value * 2^-(width - iwidth).
template <class T, class = void> struct Info {
  static const bool valid = false;
  static const bool fixed = false;
  static const bool ap = false;
};

template <int W, int I, bool S, bool Ap, bool Fixed> struct InfoBase {
  static const bool valid = true;
  static const bool ap = Ap;
  static const bool fixed = Fixed;
  static const bool sgn = S;
  static const int width = W;
  static const int iwidth = I;
  typedef Val<W, S> Value;
};

template <class T>
struct NativeInfo
    : InfoBase<(std::is_same<T, bool>::value ? 1 : BitsOf<T>::value),
               (std::is_same<T, bool>::value ? 1 : BitsOf<T>::value), (T(-1) < T(1)), false, false> {
  static constexpr typename NativeInfo::Value value(T x) {
    return static_cast<typename NativeInfo::Value>(x);
  }
};

template <> struct Info<bool> : NativeInfo<bool> {};
template <> struct Info<char> : NativeInfo<char> {};
template <> struct Info<signed char> : NativeInfo<signed char> {};
template <> struct Info<unsigned char> : NativeInfo<unsigned char> {};
template <> struct Info<short> : NativeInfo<short> {};
template <> struct Info<unsigned short> : NativeInfo<unsigned short> {};
template <> struct Info<int> : NativeInfo<int> {};
template <> struct Info<unsigned> : NativeInfo<unsigned> {};
template <> struct Info<long> : NativeInfo<long> {};
template <> struct Info<unsigned long> : NativeInfo<unsigned long> {};
template <> struct Info<long long> : NativeInfo<long long> {};
template <> struct Info<unsigned long long> : NativeInfo<unsigned long long> {};

template <class T> struct Exists { typedef void type; };
/// Our classes, and classes derived from them, name their Info themselves.
template <class T> struct Info<T, typename Exists<typename T::ApInfo>::type> : T::ApInfo {};
/// An unscoped enum is the integer it promotes to.
template <class T>
struct Info<T, typename std::enable_if<std::is_enum<T>::value && std::is_convertible<T, int>::value>::type>
    : NativeInfo<decltype(+T())> {};

/// Tag of the constructors that take a stored bit pattern.
struct RawTag {};

template <bool B> using Bool = std::integral_constant<bool, B>;
template <bool B> using EnableIf = typename std::enable_if<B>::type;
/// void if T is a number, native or of ours, or a reference into one.
template <class T> using IfNumber = EnableIf<Info<T>::valid>;

} // namespace ap_detail
