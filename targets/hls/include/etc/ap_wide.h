#pragma once
// Integers above 128 bits: an array of 64-bit limbs, least significant first, modulo 2^(64 * Limbs).
#include "ap_native.h"

namespace ap_detail {

template <class T> struct IsWide { static const bool value = false; };
template <int L, bool S> struct IsWide<Wide<L, S>> { static const bool value = true; };

/// q = u / v and r = u % v, unsigned, of `n` 32-bit digits each, least significant first (Knuth's algorithm
/// D).
inline void divideDigits(const std::uint32_t *u, const std::uint32_t *v, int n, std::uint32_t *q,
                         std::uint32_t *r, std::uint32_t *scratch) {
  int nv = n, nu = n;
  while (nv > 0 && v[nv - 1] == 0)
    --nv;
  while (nu > 0 && u[nu - 1] == 0)
    --nu;
  for (int i = 0; i < n; ++i)
    q[i] = r[i] = 0;
  if (nv == 0)
    fail("ap_int: division by zero");
  if (nu < nv) {
    for (int i = 0; i < nu; ++i)
      r[i] = u[i];
    return;
  }
  if (nv == 1) {
    std::uint64_t rest = 0;
    for (int i = nu - 1; i >= 0; --i) {
      rest = rest << 32 | u[i];
      q[i] = static_cast<std::uint32_t>(rest / v[0]);
      rest %= v[0];
    }
    r[0] = static_cast<std::uint32_t>(rest);
    return;
  }
  // With the high bit of the divisor's top digit set, an estimated digit is at most two too large.
  const int s = __builtin_clz(v[nv - 1]);
  std::uint32_t *a = scratch, *b = scratch + n + 1; // a: nu + 1 digits, b: nv digits
  for (int i = nv - 1; i > 0; --i)
    b[i] = static_cast<std::uint32_t>((static_cast<std::uint64_t>(v[i]) << 32 | v[i - 1]) << s >> 32);
  b[0] = v[0] << s;
  a[nu] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(u[nu - 1]) << s >> 32);
  for (int i = nu - 1; i > 0; --i)
    a[i] = static_cast<std::uint32_t>((static_cast<std::uint64_t>(u[i]) << 32 | u[i - 1]) << s >> 32);
  a[0] = u[0] << s;
  for (int j = nu - nv; j >= 0; --j) {
    const std::uint64_t top = static_cast<std::uint64_t>(a[j + nv]) << 32 | a[j + nv - 1];
    std::uint64_t guess = top / b[nv - 1], rest = top % b[nv - 1];
    while (guess >> 32 || guess * b[nv - 2] > (rest << 32 | a[j + nv - 2])) {
      --guess;
      rest += b[nv - 1];
      if (rest >> 32)
        break;
    }
    std::int64_t borrow = 0;
    for (int i = 0; i < nv; ++i) {
      const std::uint64_t p = guess * b[i];
      const std::int64_t t =
          static_cast<std::int64_t>(a[i + j]) - borrow - static_cast<std::int64_t>(p & 0xffffffffu);
      a[i + j] = static_cast<std::uint32_t>(t);
      borrow = static_cast<std::int64_t>(p >> 32) - (t >> 32);
    }
    const std::int64_t t = static_cast<std::int64_t>(a[j + nv]) - borrow;
    a[j + nv] = static_cast<std::uint32_t>(t);
    if (t < 0) { // the estimate was one too large: add the divisor back
      --guess;
      std::uint64_t carry = 0;
      for (int i = 0; i < nv; ++i) {
        carry += static_cast<std::uint64_t>(a[i + j]) + b[i];
        a[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
      a[j + nv] += static_cast<std::uint32_t>(carry);
    }
    q[j] = static_cast<std::uint32_t>(guess);
  }
  for (int i = 0; i < nv; ++i)
    r[i] = static_cast<std::uint32_t>((static_cast<std::uint64_t>(a[i + 1]) << 32 | a[i]) >> s);
}

template <int L, bool S> struct Wide {
  std::uint64_t w[L];

  constexpr Wide() : w() {}
  /// From a native integer or another Wide: extended by the sign of the source, or cut.
  template <class T, class = EnableIf<!IsWide<T>::value>> explicit Wide(T v) {
    const U128 bits = static_cast<U128>(v);
    const std::uint64_t ext = v < static_cast<T>(0) ? ~std::uint64_t(0) : 0;
    w[0] = static_cast<std::uint64_t>(bits);
    for (int i = 1; i < L; ++i)
      w[i] = i == 1 ? static_cast<std::uint64_t>(bits >> 64) : ext;
  }
  template <int L2, bool S2> explicit Wide(const Wide<L2, S2> &v) {
    const std::uint64_t ext = v.negative() ? ~std::uint64_t(0) : 0;
    for (int i = 0; i < L; ++i)
      w[i] = i < L2 ? v.w[i < L2 ? i : 0] : ext;
  }
  template <class T, class = EnableIf<!IsWide<T>::value>> explicit operator T() const {
    return static_cast<T>(static_cast<U128>(w[1]) << 64 | w[0]);
  }

  bool topBit() const { return w[L - 1] >> 63; }
  bool negative() const { return S && topBit(); }
  bool zero() const {
    std::uint64_t any = 0;
    for (int i = 0; i < L; ++i)
      any |= w[i];
    return any == 0;
  }

  friend Wide operator+(const Wide &a, const Wide &b) {
    Wide r;
    U128 carry = 0;
    for (int i = 0; i < L; ++i) {
      carry += static_cast<U128>(a.w[i]) + b.w[i];
      r.w[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return r;
  }
  friend Wide operator-(const Wide &a, const Wide &b) {
    Wide r;
    std::uint64_t borrow = 0;
    for (int i = 0; i < L; ++i) {
      const std::uint64_t t = a.w[i] - b.w[i];
      r.w[i] = t - borrow;
      borrow = static_cast<std::uint64_t>(a.w[i] < b.w[i]) | static_cast<std::uint64_t>(t < borrow);
    }
    return r;
  }
  friend Wide operator-(const Wide &a) { return Wide() - a; }
  friend Wide operator*(const Wide &a, const Wide &b) {
    Wide r;
    for (int i = 0; i < L; ++i) {
      U128 carry = 0;
      for (int j = 0; i + j < L; ++j) {
        carry += static_cast<U128>(a.w[i]) * b.w[j] + r.w[i + j];
        r.w[i + j] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
    }
    return r;
  }
  friend Wide operator/(const Wide &a, const Wide &b) { return divide(a, b, true); }
  friend Wide operator%(const Wide &a, const Wide &b) { return divide(a, b, false); }

#define AP_WIDE_BITWISE(op)                                                                                  \
  friend Wide operator op(const Wide &a, const Wide &b) {                                                    \
    Wide r;                                                                                                  \
    for (int i = 0; i < L; ++i)                                                                              \
      r.w[i] = a.w[i] op b.w[i];                                                                             \
    return r;                                                                                                \
  }
  AP_WIDE_BITWISE(&)
  AP_WIDE_BITWISE(|)
  AP_WIDE_BITWISE(^)
#undef AP_WIDE_BITWISE
  friend Wide operator~(const Wide &a) {
    Wide r;
    for (int i = 0; i < L; ++i)
      r.w[i] = ~a.w[i];
    return r;
  }

  friend bool operator==(const Wide &a, const Wide &b) { return (a ^ b).zero(); }
  friend bool operator!=(const Wide &a, const Wide &b) { return !(a == b); }
  friend bool operator<(const Wide &a, const Wide &b) {
    if (a.negative() != b.negative())
      return a.negative();
    for (int i = L - 1; i > 0; --i)
      if (a.w[i] != b.w[i])
        return a.w[i] < b.w[i];
    return a.w[0] < b.w[0];
  }
  friend bool operator>(const Wide &a, const Wide &b) { return b < a; }

  /// Truncated toward zero, the remainder has the dividend's sign, as for native integers.
  static Wide divide(const Wide &a, const Wide &b, bool wantQuotient) {
    const Wide ua = a.negative() ? -a : a, ub = b.negative() ? -b : b;
    std::uint32_t u[2 * L], v[2 * L], q[2 * L], r[2 * L], scratch[4 * L + 1];
    for (int i = 0; i < 2 * L; ++i) {
      u[i] = static_cast<std::uint32_t>(ua.w[i / 2] >> (i % 2 * 32));
      v[i] = static_cast<std::uint32_t>(ub.w[i / 2] >> (i % 2 * 32));
    }
    divideDigits(u, v, 2 * L, q, r, scratch);
    const std::uint32_t *from = wantQuotient ? q : r;
    Wide x;
    for (int i = 0; i < L; ++i)
      x.w[i] = static_cast<std::uint64_t>(from[2 * i + 1]) << 32 | from[2 * i];
    return (wantQuotient ? a.negative() != b.negative() : a.negative()) ? -x : x;
  }
};

template <int L, bool S> Wide<L, S> asl(const Wide<L, S> &v, int k) {
  Wide<L, S> r;
  const int limbs = k / 64, bits = k % 64;
  for (int i = L - 1; i >= limbs; --i) {
    const std::uint64_t low = bits && i > limbs ? v.w[i - limbs - 1] >> (64 - bits) : 0;
    r.w[i] = v.w[i - limbs] << bits | low;
  }
  return r;
}
template <int L, bool S> Wide<L, S> asr(const Wide<L, S> &v, int k) {
  Wide<L, S> r;
  const std::uint64_t ext = v.negative() ? ~std::uint64_t(0) : 0;
  const int limbs = k / 64, bits = k % 64;
  for (int i = 0; i < L; ++i) {
    const std::uint64_t here = i + limbs < L ? v.w[i + limbs] : ext;
    const std::uint64_t next = i + limbs + 1 < L ? v.w[i + limbs + 1] : ext;
    r.w[i] = bits ? here >> bits | next << (64 - bits) : here;
  }
  return r;
}

} // namespace ap_detail
