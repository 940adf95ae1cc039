// Casts against their definition in rational arithmetic, and against the carried ap types.
#include "braid/num/elementary.h"
#include "braid/num/fixed.h"
#include "braid/num/typed_functions.h"

#include "ap_fixed.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace braid;
using namespace braid::num;

namespace {

/// The cast by its definition on numbers small enough for exact doubles.
int64_t byDefinition(int64_t mantissa, int frac, const FixedType &to) {
  const double x =
      std::ldexp(static_cast<double>(mantissa), to.fracBits() - frac); // in units of the last place
  const double floor = std::floor(x), rest = x - floor;
  double r = floor;
  switch (to.rounding) {
  case Rounding::Trn:
    break;
  case Rounding::TrnZero:
    r = std::trunc(x);
    break;
  case Rounding::Rnd:
    r = std::floor(x + 0.5);
    break;
  case Rounding::RndMinInf:
    r = std::ceil(x - 0.5);
    break;
  case Rounding::RndZero:
    r = x < 0 ? std::floor(x + 0.5) : std::ceil(x - 0.5);
    break;
  case Rounding::RndInf:
    r = x < 0 ? std::ceil(x - 0.5) : std::floor(x + 0.5);
    break;
  case Rounding::RndConv:
    r = rest != 0.5 ? std::round(x) : (std::fmod(floor, 2) == 0 ? floor : floor + 1);
    break;
  }
  const double hi = std::ldexp(1.0, to.width - (to.isSigned ? 1 : 0)) - 1, lo = to.isSigned ? -hi - 1 : 0;
  const bool below = r < lo || (to.overflow == Overflow::SatSym && to.isSigned && r == lo), above = r > hi;
  if (below || above)
    switch (to.overflow) {
    case Overflow::Sat:
      r = below ? lo : hi;
      break;
    case Overflow::SatZero:
      r = 0;
      break;
    case Overflow::SatSym:
      r = below ? (to.isSigned ? -hi : 0) : hi;
      break;
    case Overflow::Wrap: {
      const double span = std::ldexp(1.0, to.width);
      r = r - span * std::floor(r / span);
      if (to.isSigned && r > hi)
        r -= span;
      break;
    }
    }
  return static_cast<int64_t>(r);
}

template <int W, int I, ap_q_mode Q, ap_o_mode O>
void againstApTypes(Rounding q, Overflow o, std::mt19937_64 &random) {
  const FixedType to{.width = W, .intBits = I, .isSigned = true, .rounding = q, .overflow = o};
  for (int i = 0; i < 2000; ++i) {
    const auto m = static_cast<int64_t>(random()) >> (20 + random() % 30);
    ap_fixed<44, 24> x;
    x.range() = static_cast<unsigned long long>(m);
    const ap_fixed<W, I, Q, O> y = x;
    INFO(m << " to " << toString(to));
    REQUIRE(static_cast<int64_t>(castMantissa(m, 20, to)) ==
            static_cast<int64_t>(std::ldexp(y.to_double(), W - I)));
  }
}

} // namespace

TEST_CASE("casts follow the definition of every rounding and overflow mode") {
  std::mt19937_64 random(1);
  for (int q = 0; q < 7; ++q)
    for (int o = 0; o < 4; ++o)
      for (int i = 0; i < 3000; ++i) {
        const int width = 1 + static_cast<int>(random() % 20), intBits = static_cast<int>(random() % 24) - 4,
                  frac = static_cast<int>(random() % 16);
        const bool isSigned = random() % 2 && width > 1;
        const FixedType to{.width = width,
                           .intBits = intBits,
                           .isSigned = isSigned,
                           .rounding = static_cast<Rounding>(q),
                           .overflow = static_cast<Overflow>(o)};
        const auto m = static_cast<int64_t>(random() % 200000) - 100000;
        INFO(m << " * 2^-" << frac << " to " << toString(to));
        REQUIRE(static_cast<int64_t>(castMantissa(m, frac, to)) == byDefinition(m, frac, to));
      }
}

TEST_CASE("casts equal those of the carried ap types") {
  std::mt19937_64 random(2);
  againstApTypes<16, 6, AP_TRN, AP_WRAP>(Rounding::Trn, Overflow::Wrap, random);
  againstApTypes<12, 5, AP_RND, AP_SAT>(Rounding::Rnd, Overflow::Sat, random);
  againstApTypes<9, 9, AP_RND_CONV, AP_SAT_SYM>(Rounding::RndConv, Overflow::SatSym, random);
  againstApTypes<20, 30, AP_RND_ZERO, AP_SAT_ZERO>(Rounding::RndZero, Overflow::SatZero, random);
  againstApTypes<7, -2, AP_RND_MIN_INF, AP_WRAP>(Rounding::RndMinInf, Overflow::Wrap, random);
}

TEST_CASE("wide and far casts lose nothing they should keep") {
  const FixedType wide = signedFixed(64, 32);
  CHECK(castMantissa(1, 100, wide) == 0);
  CHECK(castMantissa(-1, 100, wide) == -1); // AP_TRN goes to minus infinity
  CHECK(castMantissa(-1, 200, wide) == -1);
  FixedType rounded = wide;
  rounded.rounding = Rounding::Rnd;
  CHECK(castMantissa(-1, 200, rounded) == 0);
  CHECK(castMantissa(3, -60, signedFixed(8, 8)) == 0); // 3 * 2^60 wrapped to 8 bits
  FixedType saturating = signedFixed(8, 8);
  saturating.overflow = Overflow::Sat;
  CHECK(castMantissa(3, -60, saturating) == 127);
  CHECK(castMantissa(-3, -150, saturating) == -128);
  CHECK(castMantissa(Int128{1} << 100, 90, signedFixed(20, 16)) == (1 << 14));
}

TEST_CASE("doubles are cast as the numbers they are") {
  CHECK(quantise(0.3, signedFixed(16, 6)) == 307); // floor(307.2)
  CHECK(quantise(-0.3, signedFixed(16, 6)) == -308);
  CHECK(quantise(40.0, signedFixed(16, 6)) == -24576); // wraps: 40960 - 65536
  CHECK(quantise(std::nan(""), signedFixed(16, 6)) == 0);
  CHECK(quantise(INFINITY, signedFixed(16, 6)) == 32767);
  CHECK(quantise(5e-324, signedFixed(16, 6)) == 0);
  CHECK(quantise(-5e-324, signedFixed(16, 6)) == -1);
}

TEST_CASE("decimals are exact") {
  CHECK(exactDecimal(-7, 4) == "-0.4375");
  CHECK(exactDecimal(0, 10) == "0");
  CHECK(exactDecimal(3, -2) == "12");
  CHECK(exactDecimal(INT64_MIN, 0) == "-9223372036854775808");
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const auto m = static_cast<int64_t>(random()) >> (11 + random() % 40);
    const int frac = static_cast<int>(random() % 52);
    REQUIRE(std::stod(exactDecimal(m, frac)) == std::ldexp(static_cast<double>(m), -frac));
  }
}

TEST_CASE("the narrowest type holds its range and no narrower one does") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 2000; ++i) {
    const auto a = static_cast<int64_t>(random()) >> (random() % 60),
               b = static_cast<int64_t>(random()) >> (random() % 60);
    const Int128 lo = std::min(a, b), hi = std::max(a, b);
    const FixedType type = narrowestFor(lo, hi, 3);
    REQUIRE(minMantissa(type) <= lo);
    REQUIRE(maxMantissa(type) >= hi);
    if (type.width > 1) {
      const FixedType less{.width = type.width - 1, .intBits = type.intBits - 1, .isSigned = type.isSigned};
      REQUIRE((minMantissa(less) > lo || maxMantissa(less) < hi));
    }
  }
}

TEST_CASE("types are read as they are written") {
  for (const char *text : {"ap_fixed<16,6>", "ap_ufixed<8,0,AP_RND,AP_SAT>", "ap_fixed<8,8>",
                           "ap_ufixed<64,64>", "ap_fixed<7,-2,AP_RND_CONV,AP_WRAP>"}) {
    auto type = parseFixedType(text);
    REQUIRE(static_cast<bool>(type));
    CHECK(toString(*type) == text);
  }
  for (const char *text : {"ap_fixed<16>", "ap_fixed<0,0>", "ap_fixed<65,6>", "ap_fixed<16,6,AP_UP>", "float",
                           "ap_fixed<16,6", "ap_int<8,8>"}) {
    auto type = parseFixedType(text);
    INFO(text);
    CHECK(!type);
    llvm::consumeError(type.takeError());
  }
}

TEST_CASE("table values are the nearest to the function") {
  for (int f : {0, 4, 10, 16, 24})
    for (int64_t m = -5000; m < 5000; m += 13) {
      const double x = std::ldexp(static_cast<double>(m), -10);
      auto near = [&](Function function, double value, double scale = 1) {
        const int64_t got = roundedFunction(function, m, 10, f, scale);
        REQUIRE(std::abs(static_cast<double>(got) - std::ldexp(value, f)) <= 0.5 + 1e-6);
      };
      near(Function::Sigmoid, 1 / (1 + std::exp(-x)));
      near(Function::Tanh, std::tanh(x));
      if (m >= 0)
        near(Function::ExpOfMinus, std::exp(-x));
      else
        near(Function::ScaledExpm1, 1.75 * std::expm1(x), 1.75);
    }
  CHECK(roundedFunction(Function::Sigmoid, 0, 10, 0) == 0); // 0.5, to even
}

TEST_CASE("averages and quotients are cast as the rational numbers they are") {
  FixedType even = signedFixed(12, 12);
  even.rounding = Rounding::RndConv;
  CHECK(typedAverage(2, 3, 0, even) == 1); // 2/3 is no tie
  CHECK(typedAverage(1, 2, 0, even) == 0); // 1/2 is
  CHECK(typedAverage(-2, 3, 0, even) == -1);
  CHECK(typedQuotient(5, 0, 3, 0, even) == 2);
  const FixedType out = signedFixed(12, 6); // 6 fraction bits; two more are kept
  for (int64_t sum = -300; sum <= 300; ++sum)
    for (int64_t n : {1, 3, 4, 7, 9}) {
      const double exact = std::ldexp(static_cast<double>(sum), -4) / static_cast<double>(n);
      CHECK(typedAverage(sum, n, 4, out) == static_cast<int64_t>(std::floor(exact * 64)));
    }
  CHECK(typedQuotient(5, 0, 0, 0, out) == 2047);
  CHECK(typedQuotient(-5, 0, 0, 0, out) == -2048);
  CHECK(typedQuotient(0, 0, 0, 0, out) == 0);
  CHECK(typedQuotient(-1, 0, 3, 0, out) == -22); // floor(-64/3)
}
