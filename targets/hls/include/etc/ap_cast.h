#pragma once
// How a value is stored, and the one cast from any value to any stored type: rounding, then overflow.
#include "../ap_common.h"
#include "ap_native.h"
#include "ap_wide.h"
#include <cmath>

namespace ap_detail {

/// A native slot keeps the value in its HIGH bits: wrapping is then the integer's own wrap-around, so that an
/// accumulation `acc += x` is a plain addition that compilers vectorise, and the sign needs no upkeep.
template <int W, bool S, bool IsNative> struct StoreOf {
  typedef Val<W, S> Raw;
  typedef Val<W, S> Value;
  typedef Val<W, false> Bits;
  static const int pad = slotBits(W) - W;

  static constexpr Value load(Raw raw) { return static_cast<Value>(raw >> pad); }
  /// Keeps v modulo 2^W.
  template <class T> static constexpr Raw save(T v) {
    return static_cast<Raw>(
        static_cast<Bits>(static_cast<typename ShiftType<Bits>::type>(static_cast<Bits>(v)) << pad));
  }
  static constexpr Raw add(Raw a, Raw b) {
    return static_cast<Raw>(static_cast<Bits>(static_cast<Bits>(a) + static_cast<Bits>(b)));
  }
  static constexpr Raw sub(Raw a, Raw b) {
    return static_cast<Raw>(static_cast<Bits>(static_cast<Bits>(a) - static_cast<Bits>(b)));
  }
};

/// Limb arrays keep the value sign- or zero-extended in the top limb.
template <int W, bool S> struct StoreOf<W, S, false> {
  typedef Val<W, S> Raw;
  typedef Val<W, S> Value;
  typedef Val<W, false> Bits;
  static const int pad = slotBits(W) - W;

  static const Value &load(const Raw &raw) { return raw; }
  template <class T> static Raw save(const T &v) {
    Raw r(v);
    std::uint64_t &top = r.w[(W + 63) / 64 - 1];
    top = S ? static_cast<std::uint64_t>(static_cast<std::int64_t>(top << pad) >> pad) : top << pad >> pad;
    return r;
  }
  static Raw add(const Raw &a, const Raw &b) { return save(a + b); }
  static Raw sub(const Raw &a, const Raw &b) { return save(a - b); }
};

template <int W, bool S> using Store = StoreOf<W, S, (W <= kNativeBits)>;

/// Casts canonical values of a (W2, I2, S2) type to the stored form of a (W, I, S, Q, O, N) type.
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N, int W2, int I2, bool S2> struct Fit {
  typedef Store<W, S> St;
  typedef typename St::Raw Raw;
  typedef typename St::Bits Bits;
  typedef Val<W2, S2> Source;

  static const int drop = (W2 - I2) - (W - I); ///< fraction bits the source has too many
  static const int shl = drop < 0 ? -drop : 0;
  static const int shr = drop > 0 ? drop : 0;
  static const bool rounds = drop > 0 && Q != AP_TRN && !(Q == AP_TRN_ZERO && !S2);
  static const bool checks =
      !(O == AP_WRAP && N == 0) &&
      ((!S && S2) || I - int(S) < I2 - int(S2) + int(rounds || (S2 && O == AP_SAT_SYM)));

  /// Signed type that holds the shifted source and both bounds of the target.
  typedef Val<maxOf(W2 + int(!S2) + shl, W + int(!S)), true> Calc;
  static const int magnitude = W - int(S); ///< bits of the largest value

  static constexpr Raw raw(const Source &v) { return raw(v, Bool<(rounds || checks)>()); }

  /// q counts units of the target's last place; `lost` is the bit above its top bit, before rounding.
  static constexpr Raw overflow(const Calc &q, bool lost = false) {
    return !checks                           ? St::save(q)
           : O == AP_WRAP || O == AP_WRAP_SM ? wrapBits(q, lost)
           : q > highest()                   ? St::save(O == AP_SAT_ZERO ? Calc(0) : highest())
           : q < lowest()                    ? St::save(O == AP_SAT_ZERO ? Calc(0) : lowest())
                                             : St::save(q);
  }

  /// floor(x) + roundUp(...) is x rounded: `half` is the first dropped bit, `rest` the or of the later ones.
  static constexpr bool roundUp(bool negative, bool odd, bool half, bool rest) {
    return Q == AP_RND           ? half
           : Q == AP_RND_ZERO    ? half && (negative || rest)
           : Q == AP_RND_MIN_INF ? half && rest
           : Q == AP_RND_INF     ? half && (!negative || rest)
           : Q == AP_RND_CONV    ? half && (odd || rest)
           : Q == AP_TRN_ZERO    ? negative && (half || rest)
                                 : false;
  }

private:
  static constexpr Raw raw(const Source &v, Bool<false>) {
    return St::save(drop <= 0 ? asl(static_cast<Bits>(v), shl) : static_cast<Bits>(asr(v, shr)));
  }
  static constexpr Raw raw(const Source &v, Bool<true>) {
    return overflow(rounded(asl(static_cast<Calc>(v), shl)), deletedBit(v));
  }
  static constexpr Calc rounded(const Calc &c) { return rounded(c, Bool<rounds>()); }
  static constexpr Calc rounded(const Calc &c, Bool<false>) { return asr(c, shr); }
  static constexpr Calc rounded(const Calc &c, Bool<true>) {
    return static_cast<Calc>(
        asr(c, shr) + static_cast<Calc>(roundUp(c < Calc(0), isOdd(asr(c, shr)), isOdd(asr(c, shr - 1)),
                                                asl(asr(c, shr - 1), shr - 1) != c)));
  }
  static constexpr bool isOdd(const Calc &c) { return (c & Calc(1)) != Calc(0); }
  static constexpr Calc highest() { return static_cast<Calc>(~asl(static_cast<Calc>(-1), magnitude)); }
  static constexpr Calc lowest() {
    return !S ? Calc(0)
              : static_cast<Calc>(asl(static_cast<Calc>(-1), magnitude) +
                                  static_cast<Calc>(O == AP_SAT_SYM && W > 1 ? 1 : 0));
  }

  static constexpr bool deletedBit(const Source &v) {
    return drop + W >= 0 && drop + W < W2 && (asr(v, drop + W >= 0 ? drop + W : 0) & Source(1)) != Source(0);
  }

  /// AP_WRAP with N saturated bits and AP_WRAP_SM.
  static Raw wrapBits(const Calc &q, bool lost) {
    if (!(q > highest()) && !(q < lowest()))
      return St::save(q);
    const bool negative = q < Calc(0);
    const Bits one(1);
    const Bits top = asl(one, W - 1);
    // The N - 1 bits below the sign (or, unsigned, the N top bits) that saturate.
    const Bits upper = static_cast<Bits>(asl(one, W - 1) - asl(one, W - N));
    Bits v = static_cast<Bits>(q);
    if (O == AP_WRAP && !S)
      return St::save(static_cast<Bits>(v | upper | top));
    const bool oldTop = (v & top) != Bits(0);
    if (O == AP_WRAP_SM && N == 0) {
      if (lost != oldTop)
        v = static_cast<Bits>((~v & ~top) | (lost ? top : Bits(0)));
      return St::save(v);
    }
    if (O == AP_WRAP_SM &&
        ((N == 1 && negative != oldTop) || (N > 1 && ((v & asl(one, W - N)) != Bits(0)) == negative)))
      v = static_cast<Bits>(~v);
    if (N > 1)
      v = static_cast<Bits>(negative ? v & ~upper : v | upper);
    v = static_cast<Bits>(negative ? v | top : v & ~top);
    return St::save(v);
  }
};

/// 2^e as a double, for |e| <= 1022.
constexpr double pow2(int e) {
  return __builtin_bit_cast(double, static_cast<std::uint64_t>(e + 1023) << 52);
}

/// Casts doubles to the stored form of a fixed type, with one rounding.
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> struct FitDouble {
  typedef typename Store<W, S>::Raw Raw;
  static const int frac = W - I;
  static const bool direct = W <= 64 && frac <= 1000 && frac >= -1000;
  // The scaled double as an integer of the target's last place, when it fits int64.
  typedef Fit<W, I, S, Q, O, N, 64, 64 - frac, true> Near;
  // The target with two guard bits, so that any double becomes an integer with a sticky bit.
  static const int guard = 2;
  static const int farWidth = W + 60;
  typedef Fit<W, I, S, Q, O, N, farWidth, farWidth - frac - guard, true> Far;

  static constexpr Raw raw(double d) {
    return direct && isNear(d * pow2(direct ? frac : 0)) ? scaled(d * pow2(direct ? frac : 0)) : far(d);
  }

private:
  static constexpr bool isNear(double s) { return s < pow2(62) && s > -pow2(62); }
  static constexpr std::int64_t floorOf(double s) {
    return static_cast<std::int64_t>(s) - (s < static_cast<double>(static_cast<std::int64_t>(s)) ? 1 : 0);
  }
  static constexpr Raw scaled(double s) { return scaled(s, floorOf(s), s - static_cast<double>(floorOf(s))); }
  static constexpr Raw scaled(double s, std::int64_t whole, double part) {
    return Near::overflow(static_cast<typename Near::Calc>(whole + carry(s, whole, part)));
  }
  static constexpr int carry(double s, std::int64_t whole, double part) {
    return Near::roundUp((s < 0), whole & 1, (part >= 0.5), part != 0 && part != 0.5) ? 1 : 0;
  }
  static Raw far(double d) {
    typedef Val<farWidth, true> Value;
    if (d != d || d == 0)
      return Store<W, S>::save(0);
    int exponent = 0;
    const double mantissa = std::isinf(d) ? (d > 0 ? 0.5 : -0.5) : std::frexp(d, &exponent);
    const Value v(static_cast<std::int64_t>(mantissa * pow2(53)));
    if (std::isinf(d))
      exponent = 4096 + W;
    const int shift = exponent - 53 + frac + guard;
    if (shift >= 0)
      return Far::raw(asl(v, minOf(shift, W + guard)));
    const Value q = asr(v, minOf(-shift, farWidth));
    const bool sticky = asl(q, minOf(-shift, farWidth)) != v;
    return Far::raw(sticky ? static_cast<Value>(q | Value(1)) : q);
  }
};

/// v * 2^-frac, rounded once to nearest even.
template <class F, int L, bool S> F wideToFloat(const Wide<L, S> &v, int frac) {
  const Wide<L, false> m(v.negative() ? -v : v);
  int top = L - 1;
  while (top > 0 && m.w[top] == 0)
    --top;
  const int length = m.w[top] ? 64 * top + 64 - __builtin_clzll(m.w[top]) : 0;
  // The highest 100 bits, which even a float can hold, with everything below in a sticky bit.
  const int cut = maxOf(length - 100, 0);
  const Wide<L, false> q = asr(m, cut);
  const U128 high = static_cast<U128>(q) | static_cast<U128>(asl(q, cut) != m);
  const F f = std::ldexp(static_cast<F>(high), cut - frac);
  return v.negative() ? -f : f;
}
/// The limb array with the value of a T.
template <class T, bool = IsWide<T>::value> struct AsWide { typedef T type; };
template <class T> struct AsWide<T, false> { typedef Wide<2, (T(-1) < T(0))> type; };

template <class F, class T> F toFloat(const T &v, int frac, std::false_type) {
  const F f = static_cast<F>(v);
  const bool scale = frac <= 120 && frac >= -120; // 2^-frac is then an exact float
  return scale ? f * static_cast<F>(pow2(scale ? -frac : 0)) : std::ldexp(f, -frac);
}
template <class F, class T> F toFloat(const T &v, int frac, std::true_type) {
  return wideToFloat<F>(static_cast<typename AsWide<T>::type>(v), frac);
}
template <class F, class T> F toFloat(const T &v, int frac) {
  return toFloat<F>(v, frac, Bool<(IsWide<T>::value || (BitsOf<T>::value > 64 && sizeof(F) < 8))>());
}

} // namespace ap_detail
