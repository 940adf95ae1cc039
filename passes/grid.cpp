#include "grid.h"

#include "braid/support/error.h"

#include <algorithm>
#include <cmath>

namespace braid::pass {
namespace {

using num::Rational;

/// value / unit, if that is a whole number of at most kMostWeightBits and a sign.
std::optional<int64_t> multipleOf(double value, double unit) {
  constexpr double kMost = 1 << kMostWeightBits;
  const double quotient = std::nearbyint(value / unit);
  if (std::fabs(quotient) > kMost || std::fma(quotient, unit, -value) != 0)
    return std::nullopt;
  return static_cast<int64_t>(quotient);
}

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
  for (double value : row) {
    if (value == 0 || (unit != 0 && multipleOf(value, unit)))
      continue;
    const auto next = unit == 0 ? std::fabs(value) : commonDouble(unit, std::fabs(value));
    if (!next)
      return std::nullopt;
    unit = *next;
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
    for (double value : rowOf(weights, static_cast<int64_t>(r), columns)) {
      const auto whole = multipleOf(value, unit);
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
