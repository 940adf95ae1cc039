// Exact rational numbers of any size: what decides which integers cross a threshold.
#pragma once

#include "braid/support/math.h"

#include "llvm/ADT/APInt.h"

#include <compare>
#include <cstdint>

namespace braid::num {

/// numerator / denominator, the denominator above zero. Powers of two are cancelled, other factors may stay.
class Rational {
public:
  Rational(int64_t value = 0);
  /// The number a finite double is.
  static Rational exactly(double value);

  int sign() const;
  /// Beyond this a whole number is this: far from the ends of int64, so that a step more does no harm.
  static constexpr int64_t kMostWhole = int64_t{1} << 61;
  /// Largest integer not above, smallest not below; at most kMostWhole in size.
  int64_t floor() const;
  int64_t ceil() const;
  bool isInteger() const;
  /// To within a few units in the last place; for people and for search, never for a decision.
  double nearly() const;

  Rational operator-() const;
  friend Rational operator+(const Rational &a, const Rational &b);
  friend Rational operator-(const Rational &a, const Rational &b) { return a + -b; }
  friend Rational operator*(const Rational &a, const Rational &b);
  /// b is not zero.
  friend Rational operator/(const Rational &a, const Rational &b);
  friend bool operator==(const Rational &a, const Rational &b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Rational &a, const Rational &b);
  /// The largest number that both are whole multiples of (of zero and x: |x|).
  friend Rational commonDivisor(const Rational &a, const Rational &b);

private:
  Rational(llvm::APInt numerator, llvm::APInt denominator);

  llvm::APInt numerator_, denominator_; ///< Signed, as narrow as they can be
};

} // namespace braid::num
