// Differential test of ap_fixed and ap_ufixed; see harness.h. Configurations come from configs.py.
#include "harness.h"

#include <sstream>

using namespace difftest;

namespace {

const char *wanted = "";

template <class T> bool isSigned() {
  return std::is_base_of<ap_fixed_base<T::width, T::iwidth, true>, T>::value;
}

template <class A, class B> void arithmetic(const char *config, int count) {
  Probe p("fixed-arithmetic", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    p.start();
    p.bits(a);
    p.bits(b);
    p.fixed(a + b);
    p.fixed(a - b);
    p.fixed(a * b);
    p.fixed(a & b);
    p.fixed(a | b);
    p.fixed(a ^ b);
  }
}

template <class A, class B> void division(const char *config, int count) {
  Probe p("fixed-division", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    if (A::width + B::width > 60) // AMD's long division fails above one 32-bit digit
      for (int k = 31; k < B::width; ++k)
        setPart(b, k, 1, 0);
    if (b == 0 || (isSigned<A>() && isSigned<B>() && a.is_neg() && b.is_neg()))
      continue; // the quotient of the two least values overflows in AMD's model
    p.start();
    p.bits(a);
    p.bits(b);
    p.fixed(a / b);
  }
}

template <class A, class B> void comparison(const char *config, int count) {
  Probe p("fixed-comparison", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    if (i % 4 == 0)
      b = a;
    p.start();
    p.bits(a);
    p.bits(b);
    p.number((a < b) + (a <= b) * 2 + (a > b) * 4 + (a >= b) * 8 + (a == b) * 16 + (a != b) * 32);
  }
}

template <class A, class B> void assignment(const char *config, int count) {
  Probe p("fixed-assignment", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    p.start();
    p.bits(a);
    p.bits(b);
    A x = a;
    p.bits(x += b);
    p.bits(x = b);
    x = a;
    p.bits(x -= b);
    x = a;
    p.bits(x *= b);
    x = a;
    p.bits(x &= b);
    p.bits(x |= b);
    p.bits(x ^= a);
  }
}

template <int W, bool S> int fraction(const ap_int_base<W, S> &) { return 0; }
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
int fraction(const ap_fixed_base<W, I, S, Q, O, N> &) {
  return W - I;
}

/// Casts to T, of one rounding and one overflow mode, from narrower, wider, finer and coarser types.
template <class T, class S> void castFrom(Probe &p, int count) {
  for (int i = 0; i < count; ++i) {
    S s;
    randomise(s, p.random);
    p.start();
    p.bits(s);
    const T t = s;
    p.bits(t);
    T u = 0;
    u = s;
    p.bits(u);
    // One third of the cases aim at the bounds of the target and at ties.
    const int drop = fraction(s) - fraction(t);
    if (drop > 0 && drop < S::width && i % 3 == 0) {
      for (int k = 0; k + 1 < drop; ++k)
        setPart(s, k, 1, 0);
      setPart(s, drop - 1, 1, i & 1);
      p.bits(s);
      p.bits(T(s));
    }
  }
}

template <class T> double randomDouble(Random &random) {
  const int frac = T::width - T::iwidth;
  double d = static_cast<double>(random.next() >> random.between(11, 60)); // up to 53 bits
  int scale = -frac - random.between(0, 12) + (random.next() % 4 == 0 ? random.between(0, 20) : 0);
  if (random.next() % 3 == 0) { // a tie
    d = static_cast<double>(random.next() >> (64 - (T::width < 40 ? T::width : 40))) + 0.5;
    scale = -frac;
  }
  for (int k = 0; k < scale; ++k)
    d *= 2;
  for (int k = 0; k > scale; --k)
    d /= 2;
  return random.next() & 1 ? -d : d;
}

template <class T, class Source, bool Smart> void cast(const char *config, int count) {
  {
    Probe p("fixed-cast", config, wanted);
    castFrom<T, Source>(p, count);
    castFrom<T, Fixed<T::width + 9, T::iwidth + 6, true>>(p, count);
  }
  if (!Smart)
    return;
  Probe p("fixed-double", config, wanted);
  for (int i = 0; i < count; ++i) {
    const double d = randomDouble<T>(p.random);
    p.start();
    p.real(d);
    p.bits(T(d));
    p.bits(T(static_cast<float>(d)));
    T t = 0;
    t = d;
    t += T(0.25);
    p.bits(t);
  }
}

template <class A> void one(const char *config, int count) {
  const int w = A::width;
  {
    Probe p("fixed-unary", config, wanted);
    for (int i = 0; i < count; ++i) {
      A a;
      randomise(a, p.random);
      p.start();
      p.bits(a);
      p.fixed(-a);
      p.fixed(~a);
      p.number(!a);
      A x = a;
      if (A::iwidth > 0 && A::iwidth <= w) {
        p.bits(++x);
        p.bits(x++);
        p.bits(--x);
        p.bits(x--);
        p.bits(x);
      }
      p.number(a.is_zero() + a.is_neg() * 2 + (w <= 64 && a) * 4);
      p.number(static_cast<std::uint64_t>(a.length()));
      p.real(a.to_double());
      p.real(a.to_float());
      const double d = a;
      const float f = a;
      p.real(d + f);
      if (A::iwidth > 0) {
        p.integer(a.to_ap_int_base());
        p.integer(a.to_ap_int_base(false));
        p.number(static_cast<std::uint64_t>(a.to_int()));
        p.number(a.to_uint64());
        const int n = a;
        const unsigned char c = a;
        const long l = a;
        p.number(static_cast<std::uint64_t>(n) + c + static_cast<std::uint64_t>(l));
        p.bits(ap_int<9>(a));
        p.bits(ap_uint<70>(a));
      }
      p.number((a < 1.25) + (0.5 >= a) * 2 + (a == 0.0) * 4);
      p.bits(a.getNeg());
      p.number(static_cast<std::uint64_t>(x.countLeadingZeros()));
      x.setBits(p.random.next() >> 1);
      if (w <= 60)
        p.bits(x);
    }
  }
  {
    Probe p("fixed-shift", config, wanted);
    for (int i = 0; i < count; ++i) {
      A a;
      randomise(a, p.random);
      const int n = p.random.between(-w - 2, w + 2);
      const ap_int<12> sn = n;
      const ap_uint<11> un = n < 0 ? -n : n;
      p.start();
      p.bits(a);
      p.number(static_cast<std::uint64_t>(n));
      p.bits(a << n);
      p.bits(a >> n);
      p.bits(a << sn);
      p.bits(a >> un);
      A x = a;
      p.bits(x <<= sn);
      p.bits(x >>= n);
      p.bits(x <<= 1u);
    }
  }
  {
    Probe p("fixed-references", config, wanted);
    for (int i = 0; i < count; ++i) {
      A a, x;
      randomise(a, p.random);
      randomise(x, p.random);
      const int i1 = p.random.between(0, w - 1), i2 = p.random.between(0, w - 1);
      const int hi = i1 > i2 ? i1 : i2, lo = i1 > i2 ? i2 : i1;
      p.start();
      p.bits(a);
      p.number(a[hi] + a.bit(lo) * 2);
      const A &constant = a;
      p.number(constant[lo]);
      p.number(constant.get_bit(hi + A::iwidth - w));
      p.bits(ap_uint<20>(a(hi, lo)));
      p.bits(Int<w, false>(a.range()));
      p.bits(Int<w, false>(a(lo, hi)));
      x.range(hi, lo) = a.range(hi, lo);
      p.bits(x);
      x(hi, lo) = static_cast<unsigned>(p.random.next());
      p.bits(x);
      x.range() = a;
      p.bits(x);
      x[lo] = a[hi];
      x[hi] = !x[lo];
      p.bits(x);
      const Int<w + 1, false> both = (a(hi, lo), a[hi]);
      p.bits(both);
    }
  }
  if (A::iwidth <= w) {
    Probe p("fixed-text", config, wanted);
    for (int i = 0; i < count / 4; ++i) {
      A a;
      randomise(a, p.random);
      p.start();
      p.bits(a);
      p.text(a.to_string());
      p.text(a.to_string(8));
      p.text(a.to_string(10));
      p.text(a.to_string(16));
      double bound = 1; // 10^precision: AMD's model cuts instead of rounding where integer digits are dropped
      for (int precision = 1; precision <= 12; ++precision) {
        bound *= 10;
        std::ostringstream out;
        out.precision(precision);
        if (a.to_double() < bound && a.to_double() > -bound)
          out << a;
        if (i % 12 == precision - 1 || precision == 6)
          p.text(out.str());
      }
      if (A::iwidth <= 60) // above, AMD's text of a zero integer part has no prefix, and cannot be read back
        p.bits(A(a.to_string(16).c_str()));
      p.bits(A(a.to_string(10).c_str()));
    }
  }
}

template <class A, class N> void native(Probe &p, const A &a, N n) {
  p.fixed(a + n);
  p.fixed(n - a);
  p.fixed(a * n);
  p.fixed(n & a);
  p.fixed(a | n);
  p.fixed(n ^ a);
  if (n != 0)
    p.fixed(a / n);
  if (a != 0)
    p.fixed(n / a);
  p.number((a < n) + (n <= a) * 2 + (a > n) * 4 + (n >= a) * 8 + (a == n) * 16 + (n != a) * 32);
  A x = a;
  p.bits(x += n);
  p.bits(x *= n);
  p.bits(x -= n);
  x = n;
  p.bits(x);
}

template <class A, class N> void withInteger(Probe &p, const A &a, N n) {
  p.fixed(a + n);
  p.fixed(n - a);
  p.fixed(a * n);
  p.fixed(n & a);
  if (n != 0)
    p.fixed(a / n);
  if (a != 0)
    p.fixed(n / a);
  p.number((a < n) + (n <= a) * 2 + (a > n) * 4 + (n >= a) * 8 + (a == n) * 16 + (n != a) * 32);
  A x = a;
  p.bits(x += n);
  p.bits(x *= n);
  n += a;
  p.bits(n);
  n -= a;
  p.bits(n);
  n = a;
  p.bits(n);
}

template <class A> void natives(const char *config, int count) {
  Probe p("fixed-native", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    randomise(a, p.random);
    const std::uint64_t n = p.random.next() >> p.random.between(0, 63);
    p.start();
    p.bits(a);
    p.number(n);
    native(p, a, static_cast<bool>(n & 1));
    native(p, a, static_cast<signed char>(n));
    native(p, a, static_cast<unsigned char>(n));
    native(p, a, static_cast<short>(n));
    native(p, a, static_cast<int>(n));
    native(p, a, static_cast<unsigned>(n));
    withInteger(p, a, ap_int<7>(n));
    withInteger(p, a, ap_uint<13>(n));
  }
}

} // namespace

/// Sources of casts: finer, finer and larger, coarser, far finer, integer.
template <int W, int I> struct From {
  typedef Fixed<W + 5, I, true> Finer;
  typedef Fixed<W + 4, I + 2, false> Larger;
  typedef Fixed<W - W / 2, I, true> Coarser;
  typedef Fixed<12, I - W / 2, true> Tiny;
  typedef ap_int<11> Integer;
};

#define FIXED_PAIR(w1, i1, s1, w2, i2, s2, n)                                                                \
  {                                                                                                          \
    typedef Fixed<w1, i1, s1> A;                                                                             \
    typedef Fixed<w2, i2, s2> B;                                                                             \
    const char *config = #w1 "," #i1 "," #s1 "/" #w2 "," #i2 "," #s2;                                        \
    arithmetic<A, B>(config, n);                                                                             \
    division<A, B>(config, n);                                                                               \
    comparison<A, B>(config, n);                                                                             \
    assignment<A, B>(config, n);                                                                             \
  }
#define FIXED_CAST(w, i, s, q, o, nbits, source, n)                                                          \
  cast<Fixed<w, i, s, q, o, nbits>, From<w, i>::source, (nbits == 0 && o != AP_WRAP_SM)>(                    \
      #w "," #i "," #s "," #q "," #o "," #nbits "/" #source, n);
#define FIXED_ONE(w, i, s, n) one<Fixed<w, i, s>>(#w "," #i "," #s, n);
#define FIXED_NATIVE(w, i, s, n) natives<Fixed<w, i, s>>(#w "," #i "," #s, n);

int main(int argc, char **argv) {
  if (argc > 1)
    wanted = argv[1];
#include "configs_fixed.inc"
  return 0;
}
