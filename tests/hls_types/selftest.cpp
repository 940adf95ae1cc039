// Self-test of the carried types: expected values come from 128-bit integers, from identities, or from hand
// counts. Needs neither an oracle nor a test library. Prints what fails, and a count.
#include <ap_axi_sdata.h>
#include <ap_fixed.h>
#include <ap_int.h>
#include <ap_shift_reg.h>
#include <hls_stream.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

__extension__ typedef __int128 Int128;

int checks = 0, failures = 0;

void check(bool ok, const char *what, int line) {
  ++checks;
  if (!ok && ++failures <= 20)
    std::printf("selftest.cpp:%d: FAILED %s\n", line, what);
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __LINE__)

std::uint64_t state = 88172645463325252ull;
std::uint64_t next() {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}
/// A signed number of up to `bits` bits, often near a bound.
long long number(int bits) {
  const long long top = 1ll << (bits - 1);
  switch (next() % 6) {
  case 0:
    return -top + static_cast<long long>(next() % 3);
  case 1:
    return top - 1 - static_cast<long long>(next() % 3);
  case 2:
    return static_cast<long long>(next() % 5) - 2;
  default:
    return static_cast<long long>(next() % (2 * static_cast<std::uint64_t>(top))) - top;
  }
}

Int128 floorShift(Int128 v, int k) { return v >> k; }

/// The mantissa of v * 2^-drop, rounded.
Int128 roundedAway(Int128 v, int drop, ap_q_mode q) {
  const Int128 one = Int128(1) << drop, low = floorShift(v, drop), rest = v - low * one;
  const bool up = [&] {
    switch (q) {
    case AP_TRN:
      return false;
    case AP_TRN_ZERO:
      return v < 0 && rest != 0;
    case AP_RND:
      return 2 * rest >= one;
    case AP_RND_MIN_INF:
      return 2 * rest > one;
    case AP_RND_ZERO:
      return 2 * rest > one || (2 * rest == one && v < 0);
    case AP_RND_INF:
      return 2 * rest > one || (2 * rest == one && v > 0);
    case AP_RND_CONV:
      return 2 * rest > one || (2 * rest == one && (low & 1) != 0);
    }
    return false;
  }();
  return low + (up ? 1 : 0);
}

Int128 fitted(Int128 v, int width, bool isSigned, ap_o_mode o) {
  const Int128 high = (Int128(1) << (width - (isSigned ? 1 : 0))) - 1;
  const Int128 low = isSigned ? (o == AP_SAT_SYM ? -high : -high - 1) : 0;
  if (o != AP_WRAP)
    return v > high ? (o == AP_SAT_ZERO ? 0 : high) : v < low ? (o == AP_SAT_ZERO ? 0 : low) : v;
  const Int128 bits = v & ((Int128(1) << width) - 1);
  return bits > high ? bits - (Int128(1) << width) : bits;
}

template <class T, class From> void castsFrom(ap_q_mode q, ap_o_mode o, bool isSigned) {
  const int drop = (From::width - From::iwidth) - (T::width - T::iwidth);
  const int up = drop < 0 ? -drop : 0, down = drop > 0 ? drop : 0;
  for (int i = 0; i < 400; ++i) {
    const long long m = number(From::width);
    From x;
    x.range(From::width - 1, 0) = m;
    const T t = x;
    const Int128 whole = down == 0 ? Int128(m) * (Int128(1) << up) : roundedAway(m, down, q);
    const Int128 expected = fitted(whole, T::width, isSigned, o);
    const std::uint64_t bits = static_cast<std::uint64_t>(expected) & (~0ull >> (64 - T::width));
    check(t.range(T::width - 1, 0).to_uint64() == bits, "cast to a fixed-point type", __LINE__);
    T d = x.to_double();
    check(d == t, "cast of a double", __LINE__);
  }
}

template <ap_q_mode Q, ap_o_mode O> void casts() {
  castsFrom<ap_fixed<9, 4, Q, O>, ap_fixed<20, 8>>(Q, O, true);
  castsFrom<ap_ufixed<8, 1, Q, O>, ap_fixed<24, 4>>(Q, O, false);
  castsFrom<ap_fixed<33, 20, Q, O>, ap_fixed<40, 22>>(Q, O, true);
  castsFrom<ap_fixed<16, 6, Q, O>, ap_fixed<12, 9>>(Q, O, true);
}
template <ap_q_mode Q> void castsOf() {
  casts<Q, AP_SAT>();
  casts<Q, AP_SAT_ZERO>();
  casts<Q, AP_SAT_SYM>();
  casts<Q, AP_WRAP>();
}

template <int W1, int W2> void integers() {
  for (int i = 0; i < 500; ++i) {
    const long long m = number(W1), n = number(W2);
    const ap_int<W1> a = m;
    const ap_int<W2> b = n;
    CHECK((a + b).to_int64() == m + n && (a - b).to_int64() == m - n && (a * b).to_int64() == m * n);
    CHECK((a & b).to_int64() == (m & n) && (a | b).to_int64() == (m | n) && (a ^ b).to_int64() == (m ^ n));
    CHECK((a < b) == (m < n) && (a == b) == (m == n) && (a >= b) == (m >= n));
    if (n != 0)
      CHECK((a / b).to_int64() == m / n && (a % b).to_int64() == m % n);
    CHECK((-a).to_int64() == -m && (~a).to_int64() == ~m);
    CHECK(static_cast<long long>(a) == m && a.to_double() == static_cast<double>(m));
    std::ostringstream out;
    out << a;
    CHECK(out.str() == std::to_string(m) && ap_int<W1>(out.str().c_str()) == a);
  }
}

/// Identities of numbers far beyond the machine's.
template <int W> void wide() {
  for (int i = 0; i < 60; ++i) {
    ap_uint<W> a = 0, b = 0;
    const int reach = static_cast<int>(next() % W), short_ = static_cast<int>(next() % W);
    for (int k = 0; k <= reach; k += 61)
      a = (a << 61) ^ ap_uint<W>(next());
    for (int k = 0; k <= short_; k += 61)
      b = (b << 61) ^ ap_uint<W>(next() >> (next() % 64));
    if (i % 5 == 0)
      b |= ~ap_uint<W>(0) << (W / 2);
    CHECK((a + b) - b == a);
    CHECK((a - b) + b == a);
    CHECK((a + b) * (a - b) == a * a - b * b);
    if (b != 0) {
      CHECK((a / b) * b + a % b == a);
      CHECK(a % b < b);
      const ap_int<W + 1> na = -ap_int<W + 1>(a), nb = -ap_int<W + 1>(b);
      CHECK((na / nb) * nb + na % nb == na && na / nb == a / b);
    }
    CHECK(ap_uint<W>(a.to_string(16).c_str(), 16) == a && ap_uint<W>(a.to_string(10).c_str(), 10) == a);
    const int k = static_cast<int>(next() % W);
    CHECK((a >> k) == a.range(W - 1, k));
    CHECK(((a >> k) << k) + (k ? ap_uint<W>(a.range(k - 1, 0)) : ap_uint<W>(0)) == a);
    ap_uint<W> r = a;
    r.reverse();
    CHECK(r == a(0, W - 1) && r.reverse() == a);
    ap_uint<W> joined = (ap_uint<W - 13>(a >> 13), ap_uint<13>(a));
    CHECK(joined == a);
    const double d = a.to_double();
    CHECK(std::isinf(d) || std::fabs((ap_fixed<W + 64, W + 1>(a) - ap_fixed<W + 64, W + 1>(d)).to_double()) <=
                               d / 9007199254740992.0);
  }
}

void constants() {
  constexpr ap_fixed<16, 6> third(1.0 / 3);
  static_assert(third == ap_fixed<16, 6>(341.0 / 1024), "constants are made by the compiler");
  constexpr ap_int<7> minus = -3;
  static_assert(minus * minus == 9 && minus + ap_uint<3>(5) == 2, "");
  static_assert(decltype(ap_int<8>() * ap_uint<5>())::width == 13, "");
  static_assert(decltype(ap_fixed<16, 6>() + ap_ufixed<8, 8>())::iwidth == 10, "");
  static_assert(decltype(ap_ufixed<16, 6>() - ap_ufixed<8, 8>())::sign_flag, "");
  static_assert(ap_fixed<16, 6, AP_RND, AP_SAT>::qmode == AP_RND, "");
  static_assert(sizeof(ap_fixed<16, 6>) == 2 && sizeof(ap_uint<512>) == 64, "");

  CHECK((ap_fixed<8, 3, AP_RND, AP_SAT>(100.0).to_double() == 3.96875));
  CHECK((ap_fixed<8, 3, AP_RND, AP_SAT>(-100.0).to_double() == -4));
  CHECK((ap_fixed<8, 3, AP_TRN, AP_WRAP>(4.0).to_double() == -4));
  CHECK((ap_fixed<8, 3>(-0.01).to_double() == -0.03125)); // floor
  CHECK((ap_fixed<16, 6>("-1.25") == -1.25) && (ap_fixed<16, 6>("0x1.8p1") == 3));
  CHECK((ap_fixed<16, 6>(-7.5).to_int() == -7)); // toward zero, as C
  CHECK(ap_int<8>(-2.9) == -2 && ap_int<8>(300) == 44);
  CHECK(ap_uint<8>("0xfF", 16) == 255 && ap_uint<8>("0b101") == 5 && ap_int<8>("-12") == -12);
  CHECK((ap_fixed<16, 6>(2.5) >> 1) == 1.25 && (ap_fixed<16, 6>(2.5) << -1) == 1.25);
  CHECK((ap_int<8>(-5) >> 1) == -3 && (ap_int<8>(100) << 1) == -56 && (ap_uint<8>(1) << 8) == 0);
  CHECK(ap_fixed<8, 4>(-1.5).to_string(10) == "-1.5" && ap_fixed<8, 4>(1.5).to_string(2) == "0b01.1000");
  std::ostringstream out;
  out << ap_fixed<16, 6>(0.1) << ' ' << ap_ufixed<40, 30>(123456789.5) << ' ' << ap_int<9>(-200);
  CHECK(out.str() == "0.0996094 1.23457e+08 -200");
  std::istringstream in("-1.5 0x1f");
  ap_fixed<16, 6> f;
  ap_int<9> n;
  in >> f >> n;
  CHECK(f == -1.5 && n == 31);
  CHECK((ap_ufixed<128, 64>(~ap_uint<128>(0) >> 64).to_float() == 18446744073709551616.0f));
  CHECK((ap_fixed<200, 4>(-3.5).to_float() == -3.5f) && (ap_fixed<200, 4>(-3.5).to_double() == -3.5));
  const bool yes = f;
  CHECK(yes && !ap_fixed<8, 4>(0.01) && (ap_uint<4>(3) == 3 ? true : false));
  enum { kSeven = 7 };
  CHECK(ap_int<8>(kSeven) + kSeven == 14);
  const ap_uint<4> high = 6, low = 5;
  ap_uint<8> indexed = 0x60;
  CHECK(indexed[low] && indexed(high, low) == 3 && !indexed[ap_int<5>(0)] && (1 << low) == 32);
  indexed[high] = 0;
  CHECK(indexed == 0x20);
  static const int table[] = {10, 11, 12};
  CHECK(table[ap_uint<2>(1)] == 11);
}

/// Runs f in a child; the text it leaves on stderr, or "" if it ended well.
template <class F> std::string deathOf(F f) {
  int ends[2];
  if (pipe(ends) != 0)
    return "";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 2);
    close(ends[0]);
    f();
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[256];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? text : "";
}

int drain(hls::stream<ap_uint<8>> &s) {
  int sum = 0;
  while (!s.empty())
    sum += s.read().to_int();
  return sum;
}

void streams() {
  hls::stream<ap_uint<8>, 4> s("pixels");
  int expected = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < round; ++i) {
      s.write(i);
      expected += i;
    }
    CHECK(s.size() == static_cast<std::size_t>(round) && !s.full());
    CHECK(drain(s) == expected);
    expected = 0;
  }
  CHECK(s.highWater() == 49 && s.written() == 1225 && s.name() == "pixels");
  ap_uint<8> x = 1;
  CHECK(!s.read_nb(x) && x == 1 && s.write_nb(9) && s.read_nb(x) && x == 9);
  s << ap_uint<8>(3);
  s >> x;
  CHECK(x == 3);
  const std::string death = deathOf([] {
    hls::stream<ap_uint<8>> empty("conv2_out");
    empty.read();
  });
  CHECK(death.find("'conv2_out' is read while empty") != std::string::npos);
#ifndef NDEBUG
  CHECK(deathOf([] { ap_uint<8>(1).range(8, 0).to_int(); }).find("range(hi, lo)") != std::string::npos);
#endif
  CHECK(deathOf([] { std::printf("%d", (ap_int<8>(1) / ap_int<8>(0)).to_int()); }).find("division by zero") !=
        std::string::npos);

  ap_shift_reg<ap_uint<8>, 5> taps;
  for (int i = 1; i <= 9; ++i)
    CHECK(taps.shift(i) == (i > 5 ? i - 5 : 0));
  CHECK(taps.read(0) == 9 && taps.read(4) == 5 && taps.shift(77, 2, false) == 7 && taps.read(0) == 9);

  ap_axiu<512, 0, 0, 16> word;
  word.data = 0;
  word.data(15, 0) = ap_fixed<16, 6>(-1).range();
  word.keep_all();
  word.dest = 5;
  CHECK(word.data.to_uint64() == 0xfc00 && word.keep.and_reduce() && decltype(word.dest)::width == 16);
}

} // namespace

int main() {
  castsOf<AP_RND>();
  castsOf<AP_RND_ZERO>();
  castsOf<AP_RND_MIN_INF>();
  castsOf<AP_RND_INF>();
  castsOf<AP_RND_CONV>();
  castsOf<AP_TRN>();
  castsOf<AP_TRN_ZERO>();
  integers<5, 9>();
  integers<8, 8>();
  integers<17, 31>();
  integers<32, 31>();
  wide<129>();
  wide<192>();
  wide<512>();
  constants();
  streams();
  std::printf("selftest : %d checks, %d failed\n", checks, failures);
  return failures != 0;
}
