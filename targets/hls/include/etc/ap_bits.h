#pragma once
// The stored bits of a value, and the references into them: x[i], x(hi, lo), (a, b).
#include "ap_cast.h"
#include "ap_text.h"
#include <string>

template <int W, bool S> struct ap_bit_ref;
template <class A, class B> struct ap_concat_ref;

namespace ap_detail {

/// A canonical value as limbs, sign-extended to at least one bit more than W.
template <int W, class V> Limbs limbsOf(const V &v) {
  const Wide<W / 64 + 2, true> wide(v);
  return Limbs(wide.w, wide.w + W / 64 + 2);
}
template <int W, bool S> Val<W, S> valueOf(const Limbs &limbs) {
  Wide<W / 64 + 2, S> wide;
  for (int i = 0; i < W / 64 + 2 && i < static_cast<int>(limbs.size()); ++i)
    wide.w[i] = limbs[static_cast<std::size_t>(i)];
  return static_cast<Val<W, S>>(wide);
}

/// A shift count as an int; counts beyond every width stay beyond every width.
template <class T> int shiftCount(const T &x, std::false_type) {
  typedef Val<maxOf(Info<T>::width + 1, 32), true> V;
  const V v(static_cast<V>(Info<T>::value(x)));
  const int limit = 1 << 20;
  return v > V(limit) ? limit : v < V(-limit) ? -limit : static_cast<int>(v);
}
template <class T> int shiftCount(const T &x, std::true_type) { return x.to_int(); }
template <class T> int shiftCount(const T &x) { return shiftCount(x, Bool<Info<T>::fixed>()); }

/// A bit position, given as any integer.
struct Index {
  int at;
  template <class T, class = EnableIf<Info<T>::valid && !Info<T>::fixed>>
  Index(const T &x) : at(static_cast<int>(Info<T>::value(x))) {}
};

/// `ap_int op= x` sees the integer part of a fixed-point x.
template <class T> const T &integerOf(const T &x, std::false_type) { return x; }
template <class T> auto integerOf(const T &x, std::true_type) -> decltype(x.to_ap_int_base()) {
  return x.to_ap_int_base();
}
template <class T> auto integerOf(const T &x) -> decltype(integerOf(x, Bool<Info<T>::fixed>())) {
  return integerOf(x, Bool<Info<T>::fixed>());
}

/// Bits [lo, lo + len) of a limb array, 1 <= len <= 64.
inline std::uint64_t limbBits(const std::uint64_t *w, int lo, int len) {
  const int i = lo / 64, s = lo % 64;
  std::uint64_t v = w[i] >> s;
  if (s + len > 64)
    v |= w[i + 1] << (64 - s);
  return len == 64 ? v : v & ((std::uint64_t(1) << len) - 1);
}
inline void setLimbBits(std::uint64_t *w, int lo, int len, std::uint64_t v) {
  const int i = lo / 64, s = lo % 64;
  const std::uint64_t mask = len == 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << len) - 1;
  v &= mask;
  w[i] = (w[i] & ~(mask << s)) | v << s;
  if (s + len > 64)
    w[i + 1] = (w[i + 1] & ~(mask >> (64 - s))) | v >> (64 - s);
}

template <int W, bool S, bool Fixed> struct RangeRef;

/// Storage of every number type. Indices count from the least significant stored bit.
template <int W, bool S> struct Root {
  static_assert(W >= 1, "an arbitrary-precision type needs at least one bit");
  static_assert(W <= (AP_INT_MAX_W + 1023) / 1024 * 1024,
                "width exceeds AP_INT_MAX_W: define it to the widest type before the first include");
  typedef Store<W, S> St;
  typedef typename St::Raw Raw;
  typedef typename St::Value Value;
  typedef typename St::Bits Bits;
  typedef Bool<(W <= kNativeBits)> Native;

  Raw raw_;

  constexpr Root() : raw_() {}
  constexpr explicit Root(const Raw &raw) : raw_(raw) {}
  constexpr Value value() const { return St::load(raw_); }

  bool bitAt(int i) const { return rangeAt(i, 1) != 0; }
  void setBitAt(int i, bool b) { setRangeAt(i, 1, b); }
  /// Up to 64 bits from bit `lo` on.
  std::uint64_t rangeAt(int lo, int len) const { return rangeAt(lo, len, Native()); }
  void setRangeAt(int lo, int len, std::uint64_t v) { setRangeAt(lo, len, v, Native()); }

  bool and_reduce() const { return flipped() == Raw(0); }
  bool nand_reduce() const { return !and_reduce(); }
  bool or_reduce() const { return !(raw_ == Raw(0)); }
  bool nor_reduce() const { return !or_reduce(); }
  bool xor_reduce() const {
    unsigned ones = 0;
    for (int lo = 0; lo < W; lo += 64)
      ones += static_cast<unsigned>(__builtin_popcountll(rangeAt(lo, minOf(64, W - lo))));
    return ones & 1;
  }
  bool xnor_reduce() const { return !xor_reduce(); }

  constexpr int length() const { return W; }
  int countLeadingZeros() const {
    int n = 0;
    for (int hi = W; hi > 0; hi -= 64) {
      const int len = minOf(64, hi);
      const std::uint64_t v = rangeAt(hi - len, len);
      if (v)
        return n + __builtin_clzll(v) - (64 - len);
      n += len;
    }
    return n;
  }

protected:
  constexpr Raw flipped() const { return St::save(static_cast<Bits>(~static_cast<Bits>(value()))); }
  /// Shifted left by n, or right by -n, within the type.
  Raw shifted(int n) const {
    return St::save(n >= 0 ? asl(value(), n) : static_cast<Value>(asr(value(), -n)));
  }
  bool bitChecked(int i) const {
    require(i >= 0 && i < W, "bit index out of range");
    return bitAt(i);
  }

private:
  std::uint64_t rangeAt(int lo, int len, std::true_type) const {
    const Bits shifted = static_cast<Bits>(static_cast<Bits>(raw_) >> (St::pad + lo));
    return static_cast<std::uint64_t>(shifted) & (~std::uint64_t(0) >> (64 - len));
  }
  std::uint64_t rangeAt(int lo, int len, std::false_type) const { return limbBits(raw_.w, lo, len); }
  void setRangeAt(int lo, int len, std::uint64_t v, std::true_type) {
    const Bits mask = asl(static_cast<Bits>(~std::uint64_t(0) >> (64 - len)), St::pad + lo);
    const Bits bits = asl(static_cast<Bits>(v), St::pad + lo);
    raw_ = static_cast<Raw>(static_cast<Bits>((static_cast<Bits>(raw_) & ~mask) | (bits & mask)));
  }
  void setRangeAt(int lo, int len, std::uint64_t v, std::false_type) {
    setLimbBits(raw_.w, lo, len, v);
    if (S && lo + len == W)
      raw_ = St::save(raw_);
  }
};

/// x(hi, lo). With hi < lo the bits come in reversed order. As a value it is unsigned and as wide as x.
/// `Fixed`: a reference into a fixed-point number; assigning a fixed-point value to it copies the bits.
template <int W, bool S, bool Fixed> struct RangeRef {
  typedef InfoBase<W, W, false, true, false> InfoOf;
  struct ApInfo : InfoOf {
    static typename InfoOf::Value value(const RangeRef &r) { return r.bits(); }
  };
  typedef Val<W, false> Bits;

  Root<W, S> &root_;
  int hi_;
  int lo_;

  RangeRef(const Root<W, S> &root, int hi, int lo) : root_(const_cast<Root<W, S> &>(root)), hi_(hi), lo_(lo) {
    require(hi >= 0 && hi < W && lo >= 0 && lo < W, "range(hi, lo) outside of the value");
  }
  RangeRef(const RangeRef &) = default;

  int length() const { return hi_ >= lo_ ? hi_ - lo_ + 1 : lo_ - hi_ + 1; }

  /// The low 64 bits of the range.
  std::uint64_t low64() const {
    if (hi_ >= lo_)
      return root_.rangeAt(lo_, minOf(64, length()));
    std::uint64_t v = 0;
    for (int i = 0; i < length() && i < 64; ++i)
      v |= static_cast<std::uint64_t>(root_.bitAt(lo_ - i)) << i;
    return v;
  }
  Bits bits() const {
    if (W <= 64 || length() <= 64)
      return static_cast<Bits>(low64());
    Bits v(0);
    for (int i = 0; i < length(); i += 64) {
      const int len = minOf(64, length() - i);
      const std::uint64_t part =
          hi_ >= lo_ ? root_.rangeAt(lo_ + i, len) : RangeRef(root_, lo_ - i - len + 1, lo_ - i).low64();
      v = static_cast<Bits>(v | asl(static_cast<Bits>(part), i));
    }
    return v;
  }
  template <class V> void setBits(const V &v) {
    for (int i = 0; i < length(); i += 64) {
      const int len = minOf(64, length() - i);
      const std::uint64_t part = static_cast<std::uint64_t>(asr(v, i));
      if (hi_ >= lo_)
        root_.setRangeAt(lo_ + i, len, part);
      else
        for (int k = 0; k < len; ++k)
          root_.setBitAt(lo_ - i - k, part >> k & 1);
    }
  }

  RangeRef &operator=(const RangeRef &x) { return setBits(x.bits()), *this; }
  template <class T, class = IfNumber<T>> RangeRef &operator=(const T &x) {
    setBits(rangeSource(x, Bool<(Info<T>::fixed && !Fixed)>()));
    return *this;
  }
  RangeRef &operator=(double x) { return *this = ap_uint<W>(x); }
  RangeRef &operator=(const char *x) { return *this = ap_uint<W>(x); }

#define AP_REF_ASSIGN(op)                                                                                    \
  template <class T, class = IfNumber<T>> RangeRef &operator op##=(const T &x) { return *this = *this op x; }
  AP_REF_ASSIGN(+)
  AP_REF_ASSIGN(-)
  AP_REF_ASSIGN(*)
  AP_REF_ASSIGN(/)
  AP_REF_ASSIGN(%)
  AP_REF_ASSIGN(&)
  AP_REF_ASSIGN(|)
  AP_REF_ASSIGN(^)
  AP_REF_ASSIGN(<<)
  AP_REF_ASSIGN(>>)
#undef AP_REF_ASSIGN

  template <class T, class = IfNumber<T>> ap_uint<W> operator<<(const T &n) const {
    return ap_uint<W>(*this) << n;
  }
  template <class T, class = IfNumber<T>> ap_uint<W> operator>>(const T &n) const {
    return ap_uint<W>(*this) >> n;
  }

  operator ap_ulong() const { return low64(); }
  ap_uint<W> get() const { return ap_uint<W>(*this); }
  template <class T> void set(const T &x) { *this = x; }
  bool to_bool() const { return or_reduce(); }
  char to_char() const { return static_cast<char>(low64()); }
  int to_int() const { return static_cast<int>(low64()); }
  unsigned to_uint() const { return static_cast<unsigned>(low64()); }
  long to_long() const { return static_cast<long>(low64()); }
  unsigned long to_ulong() const { return low64(); }
  ap_slong to_int64() const { return static_cast<ap_slong>(low64()); }
  ap_ulong to_uint64() const { return low64(); }
  std::string to_string(int radix = 2) const { return get().to_string(radix); }

  bool or_reduce() const { return !(bits() == Bits(0)); }
  bool and_reduce() const {
    for (int i = minOf(hi_, lo_); i <= maxOf(hi_, lo_); ++i)
      if (!root_.bitAt(i))
        return false;
    return true;
  }
  bool xor_reduce() const { return get().xor_reduce(); }

private:
  template <class T> static typename Info<T>::Value rangeSource(const T &x, std::false_type) {
    return Info<T>::value(x);
  }
  template <class T>
  static Val<maxOf(Info<T>::iwidth, 1), Info<T>::sgn> rangeSource(const T &x, std::true_type) {
    return x.to_ap_int_base().value();
  }
};

} // namespace ap_detail

template <int W, bool S> using ap_range_ref = ap_detail::RangeRef<W, S, false>;

/// x[i]. Among native operands it is a bool; next to one of our numbers it is an unsigned bit.
template <int W, bool S> struct ap_bit_ref {
  struct ApInfo : ap_detail::InfoBase<1, 1, false, false, false> {
    static std::uint8_t value(const ap_bit_ref &b) { return b.to_bool(); }
  };
  ap_detail::Root<W, S> &root_;
  int index_;

  ap_bit_ref(const ap_detail::Root<W, S> &root, int i)
      : root_(const_cast<ap_detail::Root<W, S> &>(root)), index_(i) {
    ap_detail::require(i >= 0 && i < W, "bit index out of range");
  }
  ap_bit_ref(const ap_bit_ref &) = default;

  ap_bit_ref &operator=(const ap_bit_ref &x) { return *this = x.to_bool(); }
  ap_bit_ref &operator=(bool b) { return root_.setBitAt(index_, b), *this; }
  template <class T, class = ap_detail::IfNumber<T>> ap_bit_ref &operator=(const T &x) {
    typedef typename ap_detail::Info<T>::Value V;
    return *this = !(ap_detail::Info<T>::value(x) == V(0));
  }
#define AP_BIT_ASSIGN(op)                                                                                    \
  ap_bit_ref &operator op##=(bool x) { return *this = static_cast<bool>(to_bool() op x); }
  AP_BIT_ASSIGN(&)
  AP_BIT_ASSIGN(|)
  AP_BIT_ASSIGN(^)
#undef AP_BIT_ASSIGN

  operator bool() const { return root_.bitAt(index_); }
  bool to_bool() const { return root_.bitAt(index_); }
  bool get() const { return to_bool(); }
  template <class T> void set(const T &x) { *this = x; }
  bool operator~() const { return !to_bool(); }
  int length() const { return 1; }
  std::string to_string() const { return to_bool() ? "1" : "0"; }
};

namespace ap_detail {

// What a part of a concatenation is: its width as a type, its bits, and how to set them.
template <class T, class = void> struct PartOf {};
template <class T> struct PartOf<T, typename Exists<typename T::ApPart>::type> {
  typedef typename T::ApPart type; // a number: the range of all its bits
  static type of(const T &x) { return type(x, T::width - 1, 0); }
};
template <int W, bool S, bool Fixed> struct PartOf<RangeRef<W, S, Fixed>> {
  typedef RangeRef<W, S, Fixed> type;
  static type of(const type &x) { return x; }
};
template <int W, bool S> struct PartOf<ap_bit_ref<W, S>> {
  typedef ap_bit_ref<W, S> type;
  static type of(const type &x) { return x; }
};
template <class A, class B> struct PartOf<ap_concat_ref<A, B>> {
  typedef ap_concat_ref<A, B> type;
  static type of(const type &x) { return x; }
};

/// What a number or reference `Ours` makes with a native integer.
template <class Ours, class N, bool Native = (std::is_arithmetic<N>::value && Info<N>::valid)>
struct JoinNative {};
template <class Ours, class N> struct JoinNative<Ours, N, true> {
  typedef ap_uint<Info<typename PartOf<Ours>::type>::width + Info<N>::width> type;
};

} // namespace ap_detail

/// (a, b): a above b. Assigning to it sets both.
template <class A, class B> struct ap_concat_ref {
  static const int width = ap_detail::Info<A>::width + ap_detail::Info<B>::width;
  typedef ap_detail::InfoBase<width, width, false, true, false> InfoOf;
  struct ApInfo : InfoOf {
    static typename InfoOf::Value value(const ap_concat_ref &c) { return c.bits(); }
  };
  typedef ap_detail::Val<width, false> Bits;

  A high_;
  B low_;

  ap_concat_ref(const A &high, const B &low) : high_(high), low_(low) {}
  ap_concat_ref(const ap_concat_ref &) = default;

  int length() const { return high_.length() + low_.length(); }
  Bits bits() const {
    return static_cast<Bits>(
        ap_detail::asl(static_cast<Bits>(ap_detail::Info<A>::value(high_)), low_.length()) |
        static_cast<Bits>(ap_detail::Info<B>::value(low_)));
  }
  template <class T> void set(const T &x) { *this = x; }
  ap_concat_ref &operator=(const ap_concat_ref &x) { return *this = x.get(); }
  template <class T, class = ap_detail::IfNumber<T>> ap_concat_ref &operator=(const T &x) {
    const ap_uint<width> v(x);
    high_.set(ap_uint<width>(v >> low_.length()).range(high_.length() - 1, 0));
    low_.set(v.range(low_.length() - 1, 0));
    return *this;
  }
  ap_uint<width> get() const { return ap_uint<width>(*this); }
  operator ap_ulong() const { return get().to_uint64(); }
  template <class T> ap_uint<width> operator<<(const T &n) const { return get() << n; }
  template <class T> ap_uint<width> operator>>(const T &n) const { return get() >> n; }
  int to_int() const { return get().to_int(); }
  ap_ulong to_uint64() const { return get().to_uint64(); }
  std::string to_string(int radix = 2) const { return get().to_string(radix); }
};

template <class A, class B>
ap_concat_ref<typename ap_detail::PartOf<A>::type, typename ap_detail::PartOf<B>::type>
operator,(const A &a, const B &b) {
  return {ap_detail::PartOf<A>::of(a), ap_detail::PartOf<B>::of(b)};
}
/// With a native integer the concatenation is a value.
template <class A, class B> typename ap_detail::JoinNative<A, B>::type operator,(const A &a, const B &b) {
  ap_uint<ap_detail::Info<B>::width> low(b);
  return (a, low).get();
}
template <class A, class B> typename ap_detail::JoinNative<B, A>::type operator,(const A &a, const B &b) {
  ap_uint<ap_detail::Info<A>::width> high(a);
  return (high, b).get();
}
