#include "braid/num/rational.h"

#include "braid/support/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace braid::num {

using llvm::APInt;

namespace {

APInt narrow(const APInt &value) { return value.sextOrTrunc(std::max(value.getMinSignedBits(), 2U)); }

APInt product(const APInt &a, const APInt &b) {
  const unsigned bits = a.getBitWidth() + b.getBitWidth();
  return narrow(a.sext(bits) * b.sext(bits));
}

APInt sum(const APInt &a, const APInt &b) {
  const unsigned bits = std::max(a.getBitWidth(), b.getBitWidth()) + 1;
  return narrow(a.sext(bits) + b.sext(bits));
}

APInt shiftedLeft(const APInt &a, unsigned by) { return narrow(a.sext(a.getBitWidth() + by + 1) << by); }

int64_t saturated(const APInt &value) {
  constexpr int64_t kMost = Rational::kMostWhole;
  if (value.getMinSignedBits() <= 62)
    return value.getSExtValue();
  return value.isNegative() ? -kMost : kMost;
}

/// Largest integer not above a / b, b > 0.
APInt flooredQuotient(const APInt &a, const APInt &b) {
  const unsigned bits = std::max(a.getBitWidth(), b.getBitWidth()) + 1;
  APInt quotient(bits, 0), rest(bits, 0);
  APInt::sdivrem(a.sext(bits), b.sext(bits), quotient, rest);
  if (rest.isNegative())
    --quotient;
  return quotient;
}

APInt greatestCommonDivisor(APInt a, APInt b) {
  const unsigned bits = std::max(a.getBitWidth(), b.getBitWidth()) + 1;
  return narrow(llvm::APIntOps::GreatestCommonDivisor(a.sext(bits).abs(), b.sext(bits).abs()));
}

} // namespace

Rational::Rational(int64_t value)
    : numerator_(narrow(APInt(64, static_cast<uint64_t>(value), true))), denominator_(2, 1) {}

Rational::Rational(APInt numerator, APInt denominator)
    : numerator_(std::move(numerator)), denominator_(std::move(denominator)) {
  if (numerator_.isZero()) {
    numerator_ = APInt(2, 0), denominator_ = APInt(2, 1);
    return;
  }
  const unsigned twos = std::min(numerator_.countTrailingZeros(), denominator_.countTrailingZeros());
  if (twos == 0)
    return;
  numerator_ = narrow(numerator_.ashr(twos));
  denominator_ = narrow(denominator_.ashr(twos));
}

Rational Rational::exactly(double value) {
  BRAID_CHECK(std::isfinite(value), "no rational number is infinite");
  int exponent = 0;
  const auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  exponent -= 53;
  const APInt whole(64, static_cast<uint64_t>(mantissa), true);
  if (exponent >= 0)
    return {shiftedLeft(whole, static_cast<unsigned>(exponent)), APInt(2, 1)};
  return {narrow(whole), shiftedLeft(APInt(2, 1), static_cast<unsigned>(-exponent))};
}

int Rational::sign() const { return numerator_.isNegative() ? -1 : numerator_.isZero() ? 0 : 1; }
int64_t Rational::floor() const { return saturated(flooredQuotient(numerator_, denominator_)); }

int64_t Rational::ceil() const {
  const APInt negated = -(numerator_.sext(numerator_.getBitWidth() + 1));
  const APInt quotient = flooredQuotient(negated, denominator_);
  return saturated(-(quotient.sext(quotient.getBitWidth() + 1)));
}

bool Rational::isInteger() const {
  const unsigned bits = std::max(numerator_.getBitWidth(), denominator_.getBitWidth());
  return numerator_.sext(bits).srem(denominator_.sext(bits)).isZero();
}

double Rational::nearly() const {
  // Both as 2^e * a number of at most 53 bits.
  auto parts = [](const APInt &value) {
    const int drop = std::max(0, static_cast<int>(value.getMinSignedBits()) - 54);
    return std::pair(static_cast<double>(value.ashr(static_cast<unsigned>(drop)).getSExtValue()), drop);
  };
  const auto [above, up] = parts(numerator_);
  const auto [below, down] = parts(denominator_);
  return std::ldexp(above / below, up - down);
}

Rational Rational::operator-() const {
  Rational out = *this;
  out.numerator_ = narrow(-(numerator_.sext(numerator_.getBitWidth() + 1)));
  return out;
}

Rational operator+(const Rational &a, const Rational &b) {
  if (a.denominator_.getBitWidth() == b.denominator_.getBitWidth() && a.denominator_ == b.denominator_)
    return {sum(a.numerator_, b.numerator_), a.denominator_};
  return {sum(product(a.numerator_, b.denominator_), product(b.numerator_, a.denominator_)),
          product(a.denominator_, b.denominator_)};
}

Rational operator*(const Rational &a, const Rational &b) {
  return {product(a.numerator_, b.numerator_), product(a.denominator_, b.denominator_)};
}

Rational operator/(const Rational &a, const Rational &b) {
  BRAID_CHECK(b.sign() != 0, "division by zero");
  const Rational above = b.sign() < 0 ? -a : a, below = b.sign() < 0 ? -b : b;
  return {product(above.numerator_, below.denominator_), product(above.denominator_, below.numerator_)};
}

std::strong_ordering operator<=>(const Rational &a, const Rational &b) {
  const int sign = (a - b).sign();
  return sign < 0   ? std::strong_ordering::less
         : sign > 0 ? std::strong_ordering::greater
                    : std::strong_ordering::equal;
}

Rational commonDivisor(const Rational &a, const Rational &b) {
  return {greatestCommonDivisor(product(a.numerator_, b.denominator_), product(b.numerator_, a.denominator_)),
          product(a.denominator_, b.denominator_)};
}

} // namespace braid::num
