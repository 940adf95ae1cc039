#include "grid.h"

#include "braid/support/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace braid::pass {
namespace {

using num::Rational;

/// Whole multiples of a unit above zero.
class Multiples {
public:
  explicit Multiples(double unit) : unit_(unit), inverse_(1 / unit) {
    // The bits of quotients and of the unit: together few enough, products are exact by themselves.
    constexpr int kBits = std::numeric_limits<double>::digits - kMostWeightBits - 1;
    int exponent = 0;
    const double scaled = std::ldexp(std::frexp(unit, &exponent), kBits);
    isShort_ = scaled == std::floor(scaled) && exponent > std::numeric_limits<double>::min_exponent + kBits;
  }

  /// value / unit, if that is a whole number of at most kMostWeightBits and a sign.
  std::optional<int64_t> operator()(double value) const {
    constexpr double kMost = 1 << kMostWeightBits, kToWhole = 0x1.8p52; // whose neighbours are whole
    if (isShort_) {
      const double scaled = value * inverse_;
      const double quotient = scaled + kToWhole - kToWhole;
      if (!(std::fabs(scaled) < kMost + 0.5) || quotient * unit_ != value)
        return std::nullopt;
      return static_cast<int64_t>(quotient);
    }
    const double quotient = std::nearbyint(value / unit_);
    if (std::fabs(quotient) > kMost || std::fma(quotient, unit_, -value) != 0)
      return std::nullopt;
    return static_cast<int64_t>(quotient);
  }

private:
  double unit_, inverse_;
  bool isShort_ = false;
};

/// The largest double that divides both as a whole number; both above zero. Nothing if the quotients get out
/// of hand. Euclid's steps are exact: a remainder of doubles is a double.
std::optional<double> commonDouble(double a, double b) {
  const double least = std::max(a, b) / (1 << (kMostWeightBits + 1));
  while (b != 0) {
    if (b < least)
      return std::nullopt;
    a = std::fmod(a, b);
    std::swap(a, b);
  }
  return a;
}

/// Unit of the row's numbers; 0 where all are zero, nothing where there is none.
std::optional<double> unitOf(const std::vector<double> &row) {
  double unit = 0;
  Multiples multiples(1);
  for (double value : row) {
    if (value == 0 || (unit != 0 && multiples(value)))
      continue;
    const auto next = unit == 0 ? std::fabs(value) : commonDouble(unit, std::fabs(value));
    if (!next)
      return std::nullopt;
    unit = *next;
    multiples = Multiples(unit);
  }
  return unit;
}

std::vector<double> rowOf(const ir::Weights &weights, int64_t row, llvm::ArrayRef<int64_t> columns) {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(weights.taps() * weights.channels()));
  for (int64_t tap = 0; tap < weights.taps(); ++tap)
    weights.visitTap(row, tap, [&](const auto *at) {
      for (int64_t c = 0; c < weights.channels(); ++c)
        out.push_back(static_cast<double>(at[c]) *
                      static_cast<double>(columns.empty() ? 1 : columns[static_cast<size_t>(c)]));
    });
  return out;
}

/// One unit for all rows, if the integers stay narrow.
std::optional<double> unitOfAll(const std::vector<double> &units, const std::vector<double> &most) {
  const auto unit = unitOf(units);
  if (!unit)
    return std::nullopt;
  for (double value : most)
    if (*unit != 0 && value / *unit > (1 << (kMostWeightBits - 1)))
      return std::nullopt;
  return unit;
}

} // namespace

std::optional<Grid> findGrid(const ir::Weights &weights, llvm::ArrayRef<int64_t> columns) {
  const auto rows = static_cast<size_t>(weights.rows());
  std::vector<double> units(rows), most(rows, 0);
  for (size_t r = 0; r < rows; ++r) {
    const std::vector<double> row = rowOf(weights, static_cast<int64_t>(r), columns);
    const auto unit = unitOf(row);
    if (!unit)
      return std::nullopt;
    units[r] = *unit;
    for (double value : row)
      most[r] = std::max(most[r], std::fabs(value));
  }
  if (const auto all = unitOfAll(units, most))
    std::fill(units.begin(), units.end(), *all);
  Grid grid;
  grid.integers.reserve(static_cast<size_t>(weights.size()));
  for (size_t r = 0; r < rows; ++r) {
    const double unit = units[r] == 0 ? 1 : units[r];
    grid.units.push_back(Rational::exactly(unit));
    const Multiples multiples(unit);
    for (double value : rowOf(weights, static_cast<int64_t>(r), columns)) {
      const auto whole = multiples(value);
      if (!whole)
        return std::nullopt;
      grid.integers.push_back(*whole);
    }
  }
  return grid;
}

std::optional<Rational> commonUnit(llvm::ArrayRef<Rational> values, int mostBits) {
  Rational unit = 0;
  for (const Rational &value : values)
    if (value.sign() != 0)
      unit = commonDivisor(unit, value);
  if (unit.sign() == 0)
    return Rational(1);
  const Rational bound = Rational(int64_t{1} << mostBits) * unit;
  for (const Rational &value : values)
    if (value > bound || -value > bound)
      return std::nullopt;
  return unit;
}

} // namespace braid::pass
