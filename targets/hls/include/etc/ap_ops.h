#pragma once
// The binary operators: result types by AMD's growth rules, so that no sum, product or bitwise result is cut.
#include "../ap_fixed.h"

namespace ap_detail {

template <bool Fixed, int W, int I, bool S> struct Make { typedef ap_fixed<W, I> type; };
template <int W, int I> struct Make<true, W, I, false> { typedef ap_ufixed<W, I> type; };
template <int W, int I> struct Make<false, W, I, true> { typedef ap_int<W> type; };
template <int W, int I> struct Make<false, W, I, false> { typedef ap_uint<W> type; };

/// Numbers proper, as against references into them.
template <class T, class = void> struct IsNumber { static const bool value = false; };
template <class T> struct IsNumber<T, typename Exists<typename T::Self>::type> {
  static const bool value = true;
};
template <class T, class = void> struct IsIntNumber { static const bool value = false; };
template <class T> struct IsIntNumber<T, typename Exists<typename T::ApPart>::type> {
  static const bool value = true;
};

template <class A, class B, bool Ours = (Info<A>::valid && Info<B>::valid && (Info<A>::ap || Info<B>::ap))>
struct Pair {};

template <class A, class B> struct Pair<A, B, true> {
  static const int w1 = Info<A>::width, i1 = Info<A>::iwidth, f1 = w1 - i1;
  static const int w2 = Info<B>::width, i2 = Info<B>::iwidth, f2 = w2 - i2;
  static const bool s1 = Info<A>::sgn, s2 = Info<B>::sgn, sgn = s1 || s2;
  static const bool fixed = Info<A>::fixed || Info<B>::fixed;
  static const int frac = f1 > f2 ? f1 : f2;
  static const int whole = maxOf(i1 + int(s2 && !s1), i2 + int(s1 && !s2));
  static const int divUp = f2 > 0 ? f2 : 0; ///< places the dividend moves up

  typedef typename Make<fixed, whole + 1 + frac, whole + 1, sgn>::type Plus;
  typedef typename Make<fixed, whole + 1 + frac, whole + 1, true>::type Minus;
  typedef typename Make<fixed, whole + frac, whole, sgn>::type Logic;
  typedef typename Make<fixed, w1 + w2, i1 + i2, sgn>::type Mult;
  typedef typename Make<fixed, int(s2) + w1 + divUp, int(s2) + i1 + f2, sgn>::type Quotient;
  /// AMD's types return native / ours, and native % ours, in the type of ours / native.
  static const bool turned = !Info<A>::ap && IsNumber<B>::value;
  typedef typename std::conditional<
      turned, typename Make<fixed, int(s1) + w2 + maxOf(f1, 0), int(s1) + i2 + f1, sgn>::type, Quotient>::type
      Div;
  typedef bool Compare;

  /// Both operands with `frac` fraction bits, as a V.
  template <class V> static constexpr V lhs(const A &a) {
    return asl(static_cast<V>(Info<A>::value(a)), frac - f1);
  }
  template <class V> static constexpr V rhs(const B &b) {
    return asl(static_cast<V>(Info<B>::value(b)), frac - f2);
  }
  template <class R, class V> static constexpr R make(const V &v) { return R(RawTag(), R::St::save(v)); }

  // Division. Two integers follow C's mixed-sign rule on the wider operand, as in AMD's model.
  static const int wider = maxOf(w1, w2) + int(sgn);
  static const bool intSigned = w1 > w2 ? s1 : w2 > w1 ? s2 : sgn;
  typedef typename Store<wider, intSigned>::Value IntCalc;
  typedef Val<maxOf(w1 + divUp, w2) + 2, sgn> FixedCalc;
  template <class V> static const V &nonzero(const V &v) {
    if (v == V(0))
      fail("ap_int: division by zero");
    return v;
  }
  template <int W, bool S, class V> static typename Store<W, S>::Value wrapped(const V &v) {
    return Store<W, S>::load(Store<W, S>::save(v));
  }
  static Quotient divide(const A &a, const B &b, std::true_type) {
    return make<Quotient>(asl(static_cast<FixedCalc>(Info<A>::value(a)), divUp) /
                          nonzero(static_cast<FixedCalc>(Info<B>::value(b))));
  }
  static Quotient divide(const A &a, const B &b, std::false_type) {
    return make<Quotient>(wrapped<wider, intSigned>(Info<A>::value(a)) /
                          nonzero(wrapped<wider, intSigned>(Info<B>::value(b))));
  }

  // Comparison. Of two operands of different sign, AMD's model compares as C does (the signed one taken as
  // unsigned) unless the signed one is wider, or both are below 32 bits. The widths are those of the aligned
  // operands.
  static const int cw1 = f1 >= f2 ? w1 : maxOf(w1 + f2 - f1 + 1, 1);
  static const int cw2 = f1 > f2 ? maxOf(w2 + f1 - f2, 1) : w2;
  static const int signedWidth = s1 ? cw1 : cw2, unsignedWidth = s1 ? cw2 : cw1;
  static const bool mixed = s1 != s2 && signedWidth <= unsignedWidth;
  static const bool orderAsC = mixed && !(cw1 < 32 && cw2 < 32);
  static const bool equalAsC = mixed && unsignedWidth >= 32 && (cw1 != cw2 || cw1 >= 64);
  static const int compareWidth =
      maxOf(w1 + int(sgn && !s1) + frac - f1, w2 + int(sgn && !s2) + frac - f2) + int(orderAsC);
  typedef Val<compareWidth, sgn && !orderAsC> Ordered;
  typedef Store<maxOf(unsignedWidth, 1), false> EqualStore;
  typedef Val<compareWidth, sgn> Equal;
  static constexpr bool less(const A &a, const B &b) { return lhs<Ordered>(a) < rhs<Ordered>(b); }
  static constexpr bool greater(const A &a, const B &b) { return rhs<Ordered>(b) < lhs<Ordered>(a); }
  static constexpr bool equal(const A &a, const B &b) {
    return equalAsC ? EqualStore::save(lhs<Equal>(a)) == EqualStore::save(rhs<Equal>(b))
                    : lhs<Equal>(a) == rhs<Equal>(b);
  }
};

/// Remainder, of integers only; it has the dividend's sign.
template <class A, class B, bool Ok> struct ModOf {};
template <class A, class B> struct ModOf<A, B, true> {
  typedef Pair<A, B> P;
  typedef typename Make<false, minOf(P::w1, P::w2 + int(!P::s2 && P::s1)), 0, P::s1>::type Rest;
  typedef typename std::conditional<
      P::turned, typename Make<false, minOf(P::w2, P::w1 + int(!P::s1 && P::s2)), 0, P::s2>::type, Rest>::type
      type;
  // An unsigned dividend takes a negative divisor as unsigned too.
  static const bool sgn = P::intSigned && P::s1;
  static type mod(const A &a, const B &b) {
    return P::template make<Rest>(P::template wrapped<P::wider, sgn>(Info<A>::value(a)) %
                                  P::nonzero(P::template wrapped<P::wider, sgn>(Info<B>::value(b))));
  }
};
template <class T, bool Valid> struct IsInteger { static const bool value = false; };
template <class T> struct IsInteger<T, true> { static const bool value = !Info<T>::fixed; };
template <class A, class B>
struct Mod : ModOf<A, B,
                   IsInteger<A, Info<A>::valid>::value && IsInteger<B, Info<B>::valid>::value &&
                       (Info<A>::ap || Info<B>::ap)> {};

} // namespace ap_detail

#define AP_BINARY(op, Result)                                                                                \
  template <class A, class B>                                                                                \
  constexpr typename ap_detail::Pair<A, B>::Result operator op(const A &a, const B &b) {                     \
    typedef ap_detail::Pair<A, B> P;                                                                         \
    typedef typename P::Result R;                                                                            \
    typedef typename R::Value V;                                                                             \
    return P::template make<R>(P::template lhs<V>(a) op P::template rhs<V>(b));                              \
  }
AP_BINARY(+, Plus)
AP_BINARY(-, Minus)
AP_BINARY(&, Logic)
AP_BINARY(|, Logic)
AP_BINARY(^, Logic)
#undef AP_BINARY

template <class A, class B> constexpr typename ap_detail::Pair<A, B>::Mult operator*(const A &a, const B &b) {
  typedef typename ap_detail::Pair<A, B>::Mult R;
  typedef typename R::Value V;
  return R(ap_detail::RawTag(), R::St::save(static_cast<V>(ap_detail::Info<A>::value(a)) *
                                            static_cast<V>(ap_detail::Info<B>::value(b))));
}
template <class A, class B> typename ap_detail::Pair<A, B>::Div operator/(const A &a, const B &b) {
  typedef ap_detail::Pair<A, B> P;
  return P::divide(a, b, ap_detail::Bool<P::fixed>());
}
template <class A, class B> typename ap_detail::Mod<A, B>::type operator%(const A &a, const B &b) {
  return ap_detail::Mod<A, B>::mod(a, b);
}

#define AP_COMPARE(op, expression)                                                                           \
  template <class A, class B>                                                                                \
  constexpr typename ap_detail::Pair<A, B>::Compare operator op(const A &a, const B &b) {                    \
    return expression;                                                                                       \
  }
AP_COMPARE(==, (ap_detail::Pair<A, B>::equal(a, b)))
AP_COMPARE(!=, (!ap_detail::Pair<A, B>::equal(a, b)))
AP_COMPARE(<, (ap_detail::Pair<A, B>::less(a, b)))
AP_COMPARE(>=, (!ap_detail::Pair<A, B>::less(a, b)))
AP_COMPARE(>, (ap_detail::Pair<A, B>::greater(a, b)))
AP_COMPARE(<=, (!ap_detail::Pair<A, B>::greater(a, b)))
#undef AP_COMPARE

// With a floating operand: comparisons of every number, arithmetic of integers only (as in AMD's types).
#define AP_FLOAT(op, Result, Test, Convert)                                                                  \
  template <class A, class F>                                                                                \
  typename std::enable_if<ap_detail::Test<A>::value && std::is_floating_point<F>::value, Result>::type       \
  operator op(const A &a, F b) {                                                                             \
    return ap_detail::toFloat<Convert>(a.value(), A::width - A::iwidth) op static_cast<Convert>(b);          \
  }                                                                                                          \
  template <class F, class A>                                                                                \
  typename std::enable_if<ap_detail::Test<A>::value && std::is_floating_point<F>::value, Result>::type       \
  operator op(F a, const A &b) {                                                                             \
    return static_cast<Convert>(a) op ap_detail::toFloat<Convert>(b.value(), A::width - A::iwidth);          \
  }
AP_FLOAT(+, F, IsIntNumber, F)
AP_FLOAT(-, F, IsIntNumber, F)
AP_FLOAT(*, F, IsIntNumber, F)
AP_FLOAT(/, F, IsIntNumber, F)
AP_FLOAT(==, bool, IsNumber, double)
AP_FLOAT(!=, bool, IsNumber, double)
AP_FLOAT(<, bool, IsNumber, double)
AP_FLOAT(>=, bool, IsNumber, double)
AP_FLOAT(>, bool, IsNumber, double)
AP_FLOAT(<=, bool, IsNumber, double)
#undef AP_FLOAT

template <class Traits, int W, bool S>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out,
                                             const ap_int_base<W, S> &x) {
  typedef std::basic_ostream<char, Traits> Out;
  const auto base = out.flags() & Out::basefield;
  return out << x.to_string(base == Out::hex ? 16 : base == Out::oct ? 8 : 10);
}
template <class Traits, int W, bool S, bool Fixed>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out,
                                             const ap_detail::RangeRef<W, S, Fixed> &x) {
  return out << ap_uint<W>(x);
}
template <class Traits, int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
std::basic_ostream<char, Traits> &operator<<(std::basic_ostream<char, Traits> &out,
                                             const ap_fixed_base<W, I, S, Q, O, N> &x) {
  return out << ap_detail::rounded(x.to_string(10), static_cast<int>(out.precision()));
}
template <class Traits, int W, bool S>
std::basic_istream<char, Traits> &operator>>(std::basic_istream<char, Traits> &in, ap_int_base<W, S> &x) {
  typedef std::basic_istream<char, Traits> In;
  std::string text;
  if (in >> text) {
    const auto base = in.flags() & In::basefield;
    x = ap_int_base<W, S>(text.c_str(), base == In::hex ? 16 : base == In::oct ? 8 : 0);
  }
  return in;
}
template <class Traits, int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
std::basic_istream<char, Traits> &operator>>(std::basic_istream<char, Traits> &in,
                                             ap_fixed_base<W, I, S, Q, O, N> &x) {
  double d = 0;
  if (in >> d)
    x = ap_fixed_base<W, I, S, Q, O, N>(d);
  return in;
}
