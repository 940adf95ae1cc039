#pragma once
// ap_int<W>, ap_uint<W>: integers of any width, simulated. Value semantics of AMD's ap_int.
#include "etc/ap_bits.h"

template <int W, bool S> struct ap_int_base : ap_detail::Root<W, S> {
  typedef ap_detail::Root<W, S> Base;
  typedef typename Base::St St;
  typedef typename Base::Raw Raw;
  typedef typename Base::Value Value;
  typedef typename std::conditional<S, ap_slong, ap_ulong>::type RetType;
  typedef typename std::conditional<S, ap_int<W>, ap_uint<W>>::type Self; ///< what operators return
  typedef ap_detail::RangeRef<W, S, false> ApPart;

  static const int width = W;
  static const int iwidth = W;
  static const bool sign_flag = S;
  static const int storedShift =
      W <= 64 ? St::pad : -1; ///< Not in the vendor's: how far left raw_ holds the value
  struct ApInfo : ap_detail::InfoBase<W, W, S, true, false> {
    static constexpr Value value(const ap_int_base &x) { return x.value(); }
  };

  constexpr ap_int_base() : Base() {}
  constexpr ap_int_base(ap_detail::RawTag, const Raw &raw) : Base(raw) {}
  /// From any number, native or of ours: modulo 2^W; a fixed-point number loses its fraction toward zero.
  template <class T, class = ap_detail::IfNumber<T>>
  constexpr ap_int_base(const T &x) : Base(rawOf(x, ap_detail::Bool<ap_detail::Info<T>::fixed>())) {}
  template <int W2, bool S2, bool Fixed>
  ap_int_base(const ap_detail::RangeRef<W2, S2, Fixed> &x)
      : Base(rawOfRange(x, ap_detail::Bool<(W <= 64)>())) {}
  constexpr ap_int_base(double x) : Base(ap_detail::FitDouble<W, W, S, AP_TRN_ZERO, AP_WRAP, 0>::raw(x)) {}
  constexpr ap_int_base(float x) : ap_int_base(static_cast<double>(x)) {}
  ap_int_base(const char *s, int radix = 0) : Base(parse(s, radix)) {}

  constexpr operator RetType() const { return static_cast<RetType>(this->value()); }

  constexpr bool to_bool() const { return !(this->raw_ == Raw(0)); }
  constexpr char to_char() const { return static_cast<char>(this->value()); }
  constexpr signed char to_schar() const { return static_cast<signed char>(this->value()); }
  constexpr unsigned char to_uchar() const { return static_cast<unsigned char>(this->value()); }
  constexpr short to_short() const { return static_cast<short>(this->value()); }
  constexpr unsigned short to_ushort() const { return static_cast<unsigned short>(this->value()); }
  constexpr int to_int() const { return static_cast<int>(this->value()); }
  constexpr unsigned to_uint() const { return static_cast<unsigned>(this->value()); }
  constexpr long to_long() const { return static_cast<long>(this->value()); }
  constexpr unsigned long to_ulong() const { return static_cast<unsigned long>(this->value()); }
  constexpr ap_slong to_int64() const { return static_cast<ap_slong>(this->value()); }
  constexpr ap_ulong to_uint64() const { return static_cast<ap_ulong>(this->value()); }
  double to_double() const { return ap_detail::toFloat<double>(this->value(), 0); }
  float to_float() const { return ap_detail::toFloat<float>(this->value(), 0); }
  std::string to_string(int radix = 2, bool sign = S) const {
    return ap_detail::textOfInt(ap_detail::limbsOf<W>(this->value()), W,
                                S && (sign || radix == 10) && radix != 2, radix);
  }

  bool is_zero() const { return !to_bool(); }
  bool iszero() const { return !to_bool(); }
  bool sign() const { return S && this->bitAt(W - 1); }

  bool test(int i) const { return this->bitChecked(i); }
  bool get_bit(int i) const { return this->bitChecked(i); }
  void set_bit(int i, bool v) { (*this)[i] = v; }
  void set(int i, bool v = true) { (*this)[i] = v; }
  void clear(int i) { (*this)[i] = false; }
  void invert(int i) { (*this)[i] = !test(i); }
  template <int W2> void set(const ap_int_base<W2, false> &x) { *this = ap_int_base(x); }
  ap_int_base &get() { return *this; }
  void b_not() { *this = ~*this; }
  ap_int_base &reverse() { return *this = ap_int_base(range(0, W - 1)); }
  ap_int_base &lrotate(int n) {
    const ap_uint<W> u(*this);
    return *this = ap_int_base((u << n) | (u >> (W - n)));
  }
  ap_int_base &rrotate(int n) { return lrotate(n ? W - n : 0); }

  ap_bit_ref<W, S> operator[](ap_detail::Index i) { return {*this, i.at}; }
  ap_bit_ref<W, S> bit(ap_detail::Index i) { return {*this, i.at}; }
  bool operator[](ap_detail::Index i) const { return this->bitChecked(i.at); }
  bool bit(ap_detail::Index i) const { return this->bitChecked(i.at); }
  ApPart range(ap_detail::Index hi, ap_detail::Index lo) const { return {*this, hi.at, lo.at}; }
  ApPart range() const { return {*this, W - 1, 0}; }
  ApPart operator()(ap_detail::Index hi, ap_detail::Index lo) const { return {*this, hi.at, lo.at}; }
  template <class T> auto concat(const T &low) const -> decltype((std::declval<const ap_int_base &>(), low)) {
    return (*this, low);
  }

  constexpr Self operator+() const { return Self(ap_detail::RawTag(), this->raw_); }
  ap_int<AP_MAX(W, 1 + int(S)) + 1> operator-() const { return ap_int_base<1, false>() - *this; }
  constexpr bool operator!() const { return this->raw_ == Raw(0); }
  constexpr Self operator~() const { return Self(ap_detail::RawTag(), this->flipped()); }

  ap_int_base &operator++() { return *this += true; }
  ap_int_base &operator--() { return *this -= true; }
  const Self operator++(int) {
    const Self old = +*this;
    ++*this;
    return old;
  }
  const Self operator--(int) {
    const Self old = +*this;
    --*this;
    return old;
  }

  template <class T, class = ap_detail::IfNumber<T>> ap_int_base &operator+=(const T &x) {
    this->raw_ = St::add(this->raw_, ap_int_base(x).raw_);
    return *this;
  }
  template <class T, class = ap_detail::IfNumber<T>> ap_int_base &operator-=(const T &x) {
    this->raw_ = St::sub(this->raw_, ap_int_base(x).raw_);
    return *this;
  }
#define AP_INT_ASSIGN(op)                                                                                    \
  template <class T, class = ap_detail::IfNumber<T>> ap_int_base &operator op##=(const T &x) {               \
    return *this = ap_int_base(*this op ap_detail::integerOf(x));                                            \
  }
  AP_INT_ASSIGN(*)
  AP_INT_ASSIGN(/)
  AP_INT_ASSIGN(%)
  AP_INT_ASSIGN(&)
  AP_INT_ASSIGN(|)
  AP_INT_ASSIGN(^)
#undef AP_INT_ASSIGN

  /// Shifts keep the type; a negative count shifts the other way.
  template <class T, class = ap_detail::IfNumber<T>> Self operator<<(const T &n) const {
    return {ap_detail::RawTag(), this->shifted(ap_detail::shiftCount(n))};
  }
  template <class T, class = ap_detail::IfNumber<T>> Self operator>>(const T &n) const {
    return {ap_detail::RawTag(), this->shifted(-ap_detail::shiftCount(n))};
  }
  template <class T, class = ap_detail::IfNumber<T>> ap_int_base &operator<<=(const T &n) {
    return *this = *this << n;
  }
  template <class T, class = ap_detail::IfNumber<T>> ap_int_base &operator>>=(const T &n) {
    return *this = *this >> n;
  }

private:
  template <class T> static constexpr Raw rawOf(const T &x, std::false_type) {
    return St::save(ap_detail::Info<T>::value(x));
  }
  template <class T> static constexpr Raw rawOf(const T &x, std::true_type) {
    typedef ap_detail::Info<T> In;
    return ap_detail::Fit<W, W, S, AP_TRN_ZERO, AP_WRAP, 0, In::width, In::iwidth, In::sgn>::raw(
        In::value(x));
  }
  template <class R> static Raw rawOfRange(const R &x, std::true_type) { return St::save(x.low64()); }
  template <class R> static Raw rawOfRange(const R &x, std::false_type) { return St::save(x.bits()); }
  static Raw parse(const char *s, int radix) {
    const ap_detail::Parsed p = ap_detail::parseNumber(s, radix, 0, W / 64 + 2);
    const Raw magnitude = St::save(ap_detail::valueOf<W, S>(p.magnitude));
    return p.negative ? St::sub(Raw(0), magnitude) : magnitude;
  }
};
template <int W, bool S> const int ap_int_base<W, S>::width;
template <int W, bool S> const int ap_int_base<W, S>::iwidth;
template <int W, bool S> const bool ap_int_base<W, S>::sign_flag;
template <int W, bool S> const int ap_int_base<W, S>::storedShift;

#define AP_INT_CLASS(Name, S)                                                                                \
  template <int W> struct Name : ap_int_base<W, S> {                                                         \
    typedef ap_int_base<W, S> Base;                                                                          \
    constexpr Name() : Base() {}                                                                             \
    template <class T, class = ap_detail::IfNumber<T>> constexpr Name(const T &x) : Base(x) {}               \
    constexpr Name(double x) : Base(x) {}                                                                    \
    constexpr Name(float x) : Base(x) {}                                                                     \
    Name(const char *s, int radix = 0) : Base(s, radix) {}                                                   \
    constexpr Name(ap_detail::RawTag tag, const typename Base::Raw &raw) : Base(tag, raw) {}                 \
  };
AP_INT_CLASS(ap_int, true)
AP_INT_CLASS(ap_uint, false)
#undef AP_INT_CLASS

#include "ap_fixed.h"
