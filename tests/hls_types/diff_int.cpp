// Differential test of ap_int and ap_uint; see harness.h. Configurations come from configs.py.
#include "harness.h"

using namespace difftest;

namespace {

const char *wanted = "";

template <class A, class B> void arithmetic(const char *config, int count) {
  Probe p("int-arithmetic", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    p.start();
    p.bits(a);
    p.bits(b);
    p.integer(a + b);
    p.integer(a - b);
    p.integer(a * b);
    p.integer(a & b);
    p.integer(a | b);
    p.integer(a ^ b);
  }
}

/// A divisor that AMD's model gets right: above 64 bits its long division fails, so one 32-bit digit there.
template <class A, class B> void randomDivisor(B &b, Random &random) {
  randomise(b, random);
  if (A::width <= 63 && B::width <= 63)
    return;
  for (int i = 31; i < B::width; ++i)
    setPart(b, i, 1, 0);
  if (std::is_base_of<ap_int_base<B::width, true>, B>::value && (random.next() & 1))
    b = -b;
}

template <class A, class B> void division(const char *config, int count) {
  Probe p("int-division", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomDivisor<A>(b, p.random);
    if (b == 0)
      continue;
    p.start();
    p.bits(a);
    p.bits(b);
    p.integer(a / b);
    p.integer(a % b);
  }
}

template <class A, class B> void comparison(const char *config, int count) {
  Probe p("int-comparison", config, wanted);
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
  Probe p("int-assignment", config, wanted);
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
    if (A::width <= 64 || B::width <= A::width) // AMD's long product reads a wider factor wrongly
      p.bits(x *= b);
    x = a;
    p.bits(x &= b);
    p.bits(x |= b);
    p.bits(x ^= a);
    randomDivisor<A>(b, p.random);
    if (b != 0) {
      x = a;
      p.bits(x /= b);
      x = a;
      p.bits(x %= b);
    }
  }
}

/// One operand of a native type on either side.
template <class A, class N> void native(Probe &p, const A &a, N n) {
  p.integer(a + n);
  p.integer(n - a);
  p.integer(a * n);
  p.integer(n & a);
  p.integer(a | n);
  p.integer(n ^ a);
  const bool narrow = A::width <= 63;
  if (n != 0 && (narrow || sizeof n < 4)) {
    p.integer(a / n);
    p.integer(a % n);
  }
  if (a != 0 && narrow) {
    p.integer(n / a);
    p.integer(n % a);
  }
  p.number((a < n) + (n <= a) * 2 + (a > n) * 4 + (n >= a) * 8 + (a == n) * 16 + (n != a) * 32);
  A x = a;
  p.bits(x += n);
  p.bits(x *= n);
  p.bits(x ^= n);
  x = n;
  p.bits(x);
}

template <class A> void natives(const char *config, int count) {
  Probe p("int-native", config, wanted);
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
    native(p, a, static_cast<unsigned short>(n));
    native(p, a, static_cast<int>(n));
    native(p, a, static_cast<unsigned>(n));
    native(p, a, static_cast<long>(n));
    native(p, a, static_cast<unsigned long long>(n));
  }
}

template <class A> void unary(const char *config, int count) {
  const int w = A::width;
  Probe p("int-unary", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    randomise(a, p.random);
    p.start();
    p.bits(a);
    p.integer(-a);
    p.integer(~a);
    p.integer(+a);
    p.number(!a);
    A x = a;
    p.bits(++x);
    p.bits(x++);
    p.bits(--x);
    p.bits(x--);
    p.bits(x);
    p.number(a.and_reduce() + a.or_reduce() * 2 + a.nor_reduce() * 4);
    if (w <= 64)
      p.number(a.nand_reduce());
    if (!a.sign())
      p.number(a.xor_reduce() + a.xnor_reduce() * 2);
    p.number(static_cast<std::uint64_t>(x.countLeadingZeros()));
    p.number(static_cast<std::uint64_t>(a.length()));
    p.number(a.sign() + a.is_zero() * 2);
    x = a;
    p.bits(x.reverse());
    int n = p.random.between(0, w - 1);
    if (w > 64 && std::is_base_of<ap_int_base<A::width, true>, A>::value)
      n = 0; // AMD's rotation of a wide signed number drags the sign along
    x = a;
    x.lrotate(n);
    p.bits(x);
    if (n > 0) {
      x.rrotate(n);
      p.bits(x);
    }
    p.number(a.to_uint64());
    p.number(static_cast<std::uint64_t>(a.to_int()) + a.to_ushort() +
             static_cast<unsigned char>(a.to_char()));
    if (w <= 64) {
      p.real(a.to_double());
      p.real(a.to_float());
      p.real(a * 0.375);
      p.real(2.5f - a);
      p.number((a < 3.5) + (1.0f <= a) * 2 + (a == 1.0) * 4);
    }
  }
}

template <class A> void shifts(const char *config, int count) {
  const int w = A::width;
  Probe p("int-shift", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    randomise(a, p.random);
    const int n = p.random.between(-w - 2, w + 2);
    const ap_int<14> sn = n;
    const ap_uint<13> un = n < 0 ? -n : n;
    p.start();
    p.bits(a);
    p.number(static_cast<std::uint64_t>(n));
    p.integer(a << n);
    p.integer(a >> n);
    p.integer(a << sn);
    p.integer(a >> sn);
    p.integer(a << un);
    p.integer(a >> un);
    p.integer(a >> static_cast<unsigned>(n < 0 ? -n : n));
    A x = a;
    p.bits(x <<= sn);
    p.bits(x >>= un);
    x = a;
    p.bits(x >>= n);
  }
}

template <class A, class B> void references(const char *config, int count) {
  const int wa = A::width, wb = B::width;
  Probe p("int-references", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    B b;
    randomise(a, p.random);
    randomise(b, p.random);
    const int i1 = p.random.between(0, wa - 1), i2 = p.random.between(0, wa - 1),
              j = p.random.between(0, wb - 1);
    const int hi = i1 > i2 ? i1 : i2, lo = i1 > i2 ? i2 : i1;
    p.start();
    p.bits(a);
    p.bits(b);
    p.number(static_cast<std::uint64_t>(hi * 65536 + lo));
    p.bits(A(a.range(hi, lo)));
    p.bits(B(a(lo, hi))); // reversed
    p.number(a[hi] + b[j] * 2 + a.bit(lo) * 4 + a.test(lo) * 8 + a.get_bit(hi) * 16);
    p.number(static_cast<std::uint64_t>(a.range(hi, lo).length()));
    p.text(a.range(hi, lo).to_string(16));
    p.number(static_cast<std::uint64_t>(a(hi, lo).to_int()));
    p.number((a(hi, lo) == b) + (a(hi, lo) < b) * 2 + (a(hi, lo) == a(hi, 0)) * 4 + (a(hi, lo) > 5) * 8);
    p.integer(a(hi, lo) * 3);
    p.integer(a(hi, lo) - 7u);
    A x = a;
    x.range(hi, lo) = b;
    p.bits(x);
    x(lo, hi) = b;
    p.bits(x);
    x = a;
    x[lo] = b[j];
    x[hi] = !x[lo];
    x.set_bit(lo, true);
    x.invert(hi);
    x.clear(lo);
    p.bits(x);
    const Int<wa + wb, false> whole = (a, b);
    p.bits(whole);
    B y = b;
    (y, x) = whole;
    p.bits(x);
    p.bits(y);
    const Int<wa + wb + 1, false> three = (b[j], a, b);
    p.bits(three);
    const Int<wa + wb, false> parts = (a(hi, lo), b(j, 0));
    p.bits(parts);
    (x(hi, lo), y[j]) = b;
    p.bits(x);
    p.bits(y);
    const Int<wa + 8, false> tail = (a, static_cast<unsigned char>(lo));
    p.bits(tail);
  }
}

template <class A> void text(const char *config, int count) {
  const int w = A::width;
  Probe p("int-text", config, wanted);
  for (int i = 0; i < count; ++i) {
    A a;
    randomise(a, p.random);
    p.start();
    p.bits(a);
    p.text(a.to_string());
    p.text(a.to_string(8));
    p.text(a.to_string(10));
    p.text(a.to_string(16));
    p.text(a.to_string(16, false));
    p.bits(A(a.to_string(16).c_str(), 16));
    if (w <= 64) {
      p.bits(A(a.to_string(10).c_str()));
      p.bits(A(a.to_string(8).c_str(), 8));
      p.bits(A(a.to_string(2).c_str()));
    }
  }
}

template <class A> void reals(const char *config, int count) {
  Probe p("int-double", config, wanted);
  for (int i = 0; i < count; ++i) {
    const int magnitude = p.random.between(0, A::width + 8 < 120 ? A::width + 8 : 120);
    double d = static_cast<double>(p.random.next() >> 12) / 4503599627370496.0;
    for (int k = 0; k < magnitude; ++k)
      d *= 2;
    if (d < 0.5)
      d += 0.5; // below 0.25 a negative number trips AMD's model
    if (p.random.next() & 1)
      d = -d;
    p.start();
    p.real(d);
    p.bits(A(d));
    p.bits(A(static_cast<float>(d)));
  }
}

} // namespace

#define INT_PAIR(w1, s1, w2, s2, n)                                                                          \
  {                                                                                                          \
    typedef Int<w1, s1> A;                                                                                   \
    typedef Int<w2, s2> B;                                                                                   \
    const char *config = #w1 "," #s1 "/" #w2 "," #s2;                                                        \
    arithmetic<A, B>(config, n);                                                                             \
    division<A, B>(config, n);                                                                               \
    comparison<A, B>(config, n);                                                                             \
    assignment<A, B>(config, n);                                                                             \
  }
#define INT_REFERENCES(w1, s1, w2, s2, n)                                                                    \
  references<Int<w1, s1>, Int<w2, s2>>(#w1 "," #s1 "/" #w2 "," #s2, n);
#define INT_ONE(w, s, n)                                                                                     \
  {                                                                                                          \
    typedef Int<w, s> A;                                                                                     \
    const char *config = #w "," #s;                                                                          \
    unary<A>(config, n);                                                                                     \
    shifts<A>(config, n);                                                                                    \
    text<A>(config, n / 4);                                                                                  \
    reals<A>(config, n);                                                                                     \
  }
#define INT_NATIVE(w, s, n) natives<Int<w, s>>(#w "," #s, n);

int main(int argc, char **argv) {
  if (argc > 1)
    wanted = argv[1];
#include "configs_int.inc"
  return 0;
}
