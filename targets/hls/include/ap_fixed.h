#pragma once
// ap_fixed<W, I, Q, O, N>, ap_ufixed<...>: fixed-point numbers, simulated. A value is mantissa * 2^-(W - I).
#include "ap_int.h"

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
struct ap_fixed_base : ap_detail::Root<W, S> {
  typedef ap_detail::Root<W, S> Base;
  typedef typename Base::St St;
  typedef typename Base::Raw Raw;
  typedef typename Base::Value Value;
  typedef typename std::conditional<S, ap_fixed<W, I, Q, O, N>, ap_ufixed<W, I, Q, O, N>>::type Self;
  typedef ap_detail::RangeRef<W, S, true> Range;

  static const int width = W;
  static const int iwidth = I;
  static const bool sign_flag = S;
  static const int storedShift =
      W <= 64 ? St::pad : -1; ///< Not in the vendor's: how far left raw_ holds the mantissa
  static const ap_q_mode qmode = Q;
  static const ap_o_mode omode = O;
  struct ApInfo : ap_detail::InfoBase<W, I, S, true, true> {
    static constexpr Value value(const ap_fixed_base &x) { return x.value(); }
  };

  constexpr ap_fixed_base() : Base() {}
  constexpr ap_fixed_base(ap_detail::RawTag, const Raw &raw) : Base(raw) {}
  /// From any number, native or of ours: rounded by Q, then fitted by O.
  template <class T, class = ap_detail::IfNumber<T>>
  constexpr ap_fixed_base(const T &x)
      : Base(ap_detail::Fit<W, I, S, Q, O, N, ap_detail::Info<T>::width, ap_detail::Info<T>::iwidth,
                            ap_detail::Info<T>::sgn>::raw(ap_detail::Info<T>::value(x))) {}
  constexpr ap_fixed_base(double x) : Base(ap_detail::FitDouble<W, I, S, Q, O, N>::raw(x)) {}
  constexpr ap_fixed_base(float x) : ap_fixed_base(static_cast<double>(x)) {}
  ap_fixed_base(const char *s, int radix = 0) : Base(parse(s, radix)) {}

  /// The mantissa, given as bits.
  ap_fixed_base &setBits(ap_ulong bits) {
    this->raw_ = St::save(bits);
    return *this;
  }
  static Self bitsToFixed(ap_ulong bits) { return Self(ap_detail::RawTag(), St::save(bits)); }
  ap_ulong bits_to_uint64() const { return static_cast<ap_ulong>(this->value()); }

  template <class T, class = typename std::enable_if<std::is_arithmetic<T>::value>::type> operator T() const {
    return nativeOf(static_cast<T *>(nullptr));
  }

  /// The integer part: toward zero as a C conversion, or (Cnative = false) floor.
  ap_int_base<AP_MAX(I, 1), S> to_ap_int_base(bool Cnative = true) const {
    typedef ap_int_base<AP_MAX(I, 1), S> R;
    typedef ap_detail::Fit<AP_MAX(I, 1), AP_MAX(I, 1), S, AP_TRN, AP_WRAP, 0, W, I, S> Floor;
    return Cnative ? R(*this) : R(ap_detail::RawTag(), Floor::raw(this->value()));
  }
  char to_char() const { return static_cast<char>(to_int64()); }
  int to_int() const { return static_cast<int>(to_int64()); }
  unsigned to_uint() const { return static_cast<unsigned>(to_int64()); }
  ap_slong to_int64() const { return to_ap_int_base().to_int64(); }
  ap_ulong to_uint64() const { return to_ap_int_base().to_uint64(); }
  double to_double() const { return ap_detail::toFloat<double>(this->value(), W - I); }
  float to_float() const { return ap_detail::toFloat<float>(this->value(), W - I); }
  std::string to_string(int radix = 2, bool sign = S) const {
    return ap_detail::textOfFixed(ap_detail::limbsOf<W + 1>(this->value()), W, I, S && sign && radix != 2,
                                  radix);
  }

  bool is_zero() const { return !*this; }
  bool is_neg() const { return S && this->bitAt(W - 1); }
  int wl() const { return W; }
  int iwl() const { return I; }
  ap_q_mode q_mode() const { return Q; }
  ap_o_mode o_mode() const { return O; }
  int n_bits() const { return N; }

  ap_bit_ref<W, S> operator[](ap_detail::Index i) { return {*this, i.at}; }
  ap_bit_ref<W, S> bit(ap_detail::Index i) { return {*this, i.at}; }
  bool operator[](ap_detail::Index i) const { return this->bitChecked(i.at); }
  bool bit(ap_detail::Index i) const { return this->bitChecked(i.at); }
  /// Indexed from the binary point: get_bit(0) is worth one.
  bool get_bit(int i) const { return this->bitChecked(i + W - I); }
  Range range(ap_detail::Index hi, ap_detail::Index lo) const { return {*this, hi.at, lo.at}; }
  Range range() const { return {*this, W - 1, 0}; }
  Range operator()(ap_detail::Index hi, ap_detail::Index lo) const { return {*this, hi.at, lo.at}; }

  constexpr Self operator+() const { return Self(ap_detail::RawTag(), this->raw_); }
  ap_fixed<W + 1, I + 1> operator-() const {
    typedef ap_fixed<W + 1, I + 1> R;
    return R(ap_detail::RawTag(), R::St::sub(typename R::Raw(0), R(*this).raw_));
  }
  ap_fixed_base<W, I, true, Q, O, N> getNeg() const { return ap_fixed_base<W, I, true, Q, O, N>(-*this); }
  constexpr bool operator!() const { return this->raw_ == Raw(0); }
  typename std::conditional<S, ap_fixed<W, I>, ap_ufixed<W, I>>::type operator~() const {
    return {ap_detail::RawTag(), this->flipped()};
  }

  ap_fixed_base &operator++() { return *this += true; }
  ap_fixed_base &operator--() { return *this -= true; }
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

  // In a wrapping, truncating type floor(a + b) = a + floor(b): no wider sum is needed.
  template <class T, class = ap_detail::IfNumber<T>> ap_fixed_base &operator+=(const T &x) {
    return accumulate(x, ap_detail::Bool<(Q == AP_TRN && O == AP_WRAP && N == 0)>());
  }
#define AP_FIXED_ASSIGN(op)                                                                                  \
  template <class T, class = ap_detail::IfNumber<T>> ap_fixed_base &operator op##=(const T &x) {             \
    return *this = ap_fixed_base(*this op x);                                                                \
  }
  AP_FIXED_ASSIGN(-)
  AP_FIXED_ASSIGN(*)
  AP_FIXED_ASSIGN(/)
  AP_FIXED_ASSIGN(&)
  AP_FIXED_ASSIGN(|)
  AP_FIXED_ASSIGN(^)
#undef AP_FIXED_ASSIGN

  /// Shifts keep the type: neither rounding nor saturation; a negative count shifts the other way.
  template <class T, class = ap_detail::IfNumber<T>> Self operator<<(const T &n) const {
    return {ap_detail::RawTag(), this->shifted(ap_detail::shiftCount(n))};
  }
  template <class T, class = ap_detail::IfNumber<T>> Self operator>>(const T &n) const {
    return {ap_detail::RawTag(), this->shifted(-ap_detail::shiftCount(n))};
  }
  template <class T, class = ap_detail::IfNumber<T>> ap_fixed_base &operator<<=(const T &n) {
    return *this = *this << n;
  }
  template <class T, class = ap_detail::IfNumber<T>> ap_fixed_base &operator>>=(const T &n) {
    return *this = *this >> n;
  }
  /// Moves the binary point instead of the bits.
  template <int K> ap_fixed_base<W, I + K, S> lshift() const { return {ap_detail::RawTag(), this->raw_}; }
  template <int K> ap_fixed_base<W, I - K, S> rshift() const { return {ap_detail::RawTag(), this->raw_}; }

private:
  template <class T> ap_fixed_base &accumulate(const T &x, std::true_type) {
    this->raw_ = St::add(this->raw_, ap_fixed_base(x).raw_);
    return *this;
  }
  template <class T> ap_fixed_base &accumulate(const T &x, std::false_type) {
    return *this = ap_fixed_base(*this + x);
  }
  template <class T> T nativeOf(T *) const { return static_cast<T>(to_int64()); }
  bool nativeOf(bool *) const { return !!*this; }
  float nativeOf(float *) const { return to_float(); }
  double nativeOf(double *) const { return to_double(); }
  long double nativeOf(long double *) const { return to_double(); }

  static Raw parse(const char *s, int radix) {
    const int frac = W - I + 2; // two guard bits, the lower one sticky: enough for every rounding
    const int wide = W + AP_ABS(I) + 64;
    const ap_detail::Parsed p = ap_detail::parseNumber(s, radix, frac, (wide + 63) / 64);
    typedef ap_detail::Val<wide, true> V;
    const V m = static_cast<V>(ap_detail::valueOf<wide, true>(p.magnitude));
    return ap_detail::Fit<W, I, S, Q, O, N, wide, wide - frac, true>::raw(p.negative ? static_cast<V>(-m)
                                                                                     : m);
  }
};
#define AP_FIXED_STATIC(Type, name)                                                                          \
  template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>                                           \
  const Type ap_fixed_base<W, I, S, Q, O, N>::name;
AP_FIXED_STATIC(int, width)
AP_FIXED_STATIC(int, iwidth)
AP_FIXED_STATIC(bool, sign_flag)
AP_FIXED_STATIC(int, storedShift)
AP_FIXED_STATIC(ap_q_mode, qmode)
AP_FIXED_STATIC(ap_o_mode, omode)
#undef AP_FIXED_STATIC

#define AP_FIXED_CLASS(Name, S)                                                                              \
  template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct Name : ap_fixed_base<W, I, S, Q, O, N> {   \
    typedef ap_fixed_base<W, I, S, Q, O, N> Base;                                                            \
    constexpr Name() : Base() {}                                                                             \
    template <class T, class = ap_detail::IfNumber<T>> constexpr Name(const T &x) : Base(x) {}               \
    constexpr Name(double x) : Base(x) {}                                                                    \
    constexpr Name(float x) : Base(x) {}                                                                     \
    Name(const char *s, int radix = 0) : Base(s, radix) {}                                                   \
    constexpr Name(ap_detail::RawTag tag, const typename Base::Raw &raw) : Base(tag, raw) {}                 \
  };
AP_FIXED_CLASS(ap_fixed, true)
AP_FIXED_CLASS(ap_ufixed, false)
#undef AP_FIXED_CLASS

#include "etc/ap_ops.h"
