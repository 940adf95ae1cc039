// The arithmetic behind streamlining: rationals, edges of levels, ladders and grids, each against brute
// force.
#include "grid.h"
#include "ladder.h"

#include "braid/num/levels.h"
#include "braid/num/rational.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace braid;
using num::LevelRounding;
using num::Rational;
using pass::AffinePiece;
using pass::Chain;
using pass::Interval;

namespace {

constexpr LevelRounding kModes[] = {
    LevelRounding::HalfEven,     LevelRounding::HalfAwayFromZero, LevelRounding::HalfTowardsZero,
    LevelRounding::AwayFromZero, LevelRounding::TowardsZero,      LevelRounding::Ceil,
    LevelRounding::Floor};

ir::Weights one(double value) { return ir::Weights::fromReals({value}, 1); }

struct Levels {
  double scale = 1, zero = 0;
  int64_t lo = 0, hi = 0;
  LevelRounding mode = LevelRounding::HalfEven;
  bool roundsFirst = false;

  ir::Quantize op() const {
    ir::Quantize out;
    out.scale = one(scale), out.zeroPoint = one(zero);
    out.lo = lo, out.hi = hi, out.rounding = mode, out.roundsFirst = roundsFirst;
    out.outScale = one(1), out.outBias = one(0);
    return out;
  }
  int64_t of(double y) const {
    const double level =
        roundsFirst ? num::rounded(y / scale, mode) + zero : num::rounded(y / scale + zero, mode);
    return static_cast<int64_t>(std::clamp(level, static_cast<double>(lo), static_cast<double>(hi)));
  }
};

ir::Activation activation(ir::ActivationKind kind, double alpha = 0, double beta = 0) {
  ir::Activation op;
  op.kind = kind, op.alpha = alpha, op.beta = beta;
  return op;
}

/// What the ladder's layer gives for x.
int64_t levelBy(const pass::Ladder &ladder, int64_t x, size_t channel) {
  if (ladder.isIdentity)
    return x;
  if (const auto *steps = std::get_if<ir::Threshold>(&ladder.op)) {
    int64_t level = steps->base;
    const int64_t row = steps->thresholds.rows() == 1 ? 0 : static_cast<int64_t>(channel);
    for (int64_t k = 0; k < steps->thresholds.channels(); ++k)
      level += x >= steps->thresholds.integer(row, 0, k);
    return level;
  }
  const auto &shift = std::get<ir::Requantize>(ladder.op);
  const int64_t row = shift.factor.rows() == 1 ? 0 : static_cast<int64_t>(channel);
  const Int128 raised = Int128{x} * shift.factor.integer(row) + shift.offset.integer(row);
  return std::clamp(static_cast<int64_t>(raised >> shift.shift), shift.lo, shift.hi);
}

} // namespace

TEST_CASE("rationals compute exactly and round as their names say", "[num]") {
  std::mt19937_64 draw(1);
  // Small dyadics: doubles hold their sums and products exactly.
  auto number = [&] {
    return std::ldexp(static_cast<double>(static_cast<int64_t>(draw() % 4001) - 2000),
                      -static_cast<int>(draw() % 12));
  };
  for (int i = 0; i < 5000; ++i) {
    const double a = number(), b = number();
    const Rational x = Rational::exactly(a), y = Rational::exactly(b);
    REQUIRE((x + y) == Rational::exactly(a + b));
    REQUIRE((x * y) == Rational::exactly(a * b));
    REQUIRE((x < y) == (a < b));
    REQUIRE(x.floor() == static_cast<int64_t>(std::floor(a)));
    REQUIRE(x.ceil() == static_cast<int64_t>(std::ceil(a)));
    REQUIRE(x.isInteger() == (std::floor(a) == a));
    if (b != 0) {
      REQUIRE(((x / y) * y) == x);
      const Rational unit = commonDivisor(x, y);
      REQUIRE((x / unit).isInteger());
      REQUIRE((y / unit).isInteger());
    }
  }
  const Rational tiny = Rational::exactly(0x1p-140), huge = Rational(1) / (tiny * tiny);
  REQUIRE(huge.floor() == Rational::kMostWhole);
  REQUIRE((-huge).ceil() == -Rational::kMostWhole);
  REQUIRE((Rational(1) / Rational(3)).nearly() == 1.0 / 3);
  REQUIRE((Rational(1) / Rational(3) + Rational(2) / Rational(3)) == Rational(1));
}

TEST_CASE("edges of levels are where rounding changes, in every mode", "[num]") {
  for (LevelRounding mode : kModes)
    for (int64_t level = -6; level <= 6; ++level) {
      const num::LevelEdge edge = num::edgeOf(level, mode);
      for (int eighth = -80; eighth <= 80; ++eighth) {
        const double x = eighth / 8.0, halves = static_cast<double>(edge.halves);
        CAPTURE(num::name(mode), level, x);
        REQUIRE((edge.isOpen ? 2 * x > halves : 2 * x >= halves) ==
                (num::rounded(x, mode) >= static_cast<double>(level)));
      }
    }
}

TEST_CASE("ladders take every step where the function of the file does", "[passes]") {
  std::mt19937_64 draw(2);
  auto pick = [&](std::initializer_list<double> values) { return values.begin()[draw() % values.size()]; };
  int64_t ladders = 0, shifts = 0, falling = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    // Dyadic numbers, so that doubles compute the chain exactly; ties are frequent.
    const double scale = pick({0.25, 0.5, -0.125, 1.0, 0.75, -1.5, 0.0}), bias = pick({0.0, 1.5, -2.25, 0.5});
    Levels levels{pick({0.5, 1.0, 0.25, 2.0}),        pick({0.0, 3.0, -1.0}), 0, 0,
                  kModes[draw() % std::size(kModes)], draw() % 2 == 0};
    const int bits = static_cast<int>(pick({1, 2, 4, 6}));
    levels.lo = draw() % 2 ? -(int64_t{1} << (bits - 1)) : 0;
    levels.hi = levels.lo + (int64_t{1} << bits) - 1;
    const auto kind = draw() % 4;
    Chain chain;
    chain.push(AffinePiece{{Rational::exactly(scale)}, {Rational::exactly(bias)}});
    if (kind == 1)
      REQUIRE(!chain.push(activation(ir::ActivationKind::Relu)));
    if (kind == 2)
      REQUIRE(!chain.push(activation(ir::ActivationKind::LeakyRelu, 0.25)));
    if (kind == 3)
      REQUIRE(!chain.push(activation(ir::ActivationKind::Clip, -1.5, 2.25)));
    chain.push(levels.op());
    auto real = [&](double x) {
      const double y = scale * x + bias;
      return levels.of(kind == 1   ? std::max(y, 0.0)
                       : kind == 2 ? (y >= 0 ? y : 0.25 * y)
                       : kind == 3 ? std::clamp(y, -1.5, 2.25)
                                   : y);
    };
    const bool turns = chain.falls(0, chain.pieces().size() - 1);
    if (turns)
      chain = chain.turned(), ++falling;
    const Interval range{-200, 200};
    auto ladder = pass::makeLadder(chain, range);
    REQUIRE(static_cast<bool>(ladder));
    (std::holds_alternative<ir::Requantize>(ladder->op) ? shifts : ladders) += !ladder->isIdentity;
    for (int64_t x = range.lo; x <= range.hi; ++x) {
      CAPTURE(trial, scale, bias, levels.scale, levels.zero, num::name(levels.mode), levels.roundsFirst, kind,
              x);
      const int64_t level = levelBy(*ladder, x, 0);
      REQUIRE(level == real(static_cast<double>(turns ? -x : x)));
      REQUIRE(level >= ladder->made.lo);
      REQUIRE(level <= ladder->made.hi);
    }
  }
  REQUIRE(ladders > 200);
  REQUIRE(shifts > 50);
  REQUIRE(falling > 100);
}

TEST_CASE("multiply-shifts for odd scales take every step of the exact function", "[passes]") {
  std::mt19937_64 draw(3);
  auto spread = [&](double divisor, double from) {
    return std::exp(static_cast<double>(draw() % 1000) / divisor - from);
  };
  int64_t shifts = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const double scale = spread(200, 8);
    AffinePiece affine;
    for (uint64_t c = 0, channels = 1 + draw() % 3; c < channels; ++c) {
      affine.scale.push_back(Rational::exactly(scale * static_cast<double>(1 + c)));
      affine.bias.push_back(Rational::exactly(static_cast<double>(draw() % 100) / 37 - 1));
    }
    Chain chain;
    chain.push(affine);
    if (draw() % 2)
      REQUIRE(!chain.push(activation(ir::ActivationKind::Relu)));
    chain.push(Levels{static_cast<double>(static_cast<float>(spread(300, 3))), 0, -128, 127}.op());
    const Interval range{-3000, 3000};
    auto ladder = pass::makeLadder(chain, range);
    REQUIRE(static_cast<bool>(ladder));
    shifts += std::holds_alternative<ir::Requantize>(ladder->op);
    for (size_t c = 0; c < affine.channels(); ++c)
      for (int64_t x = range.lo; x <= range.hi; x += 7) {
        auto level = chain.levelOf(x, c);
        REQUIRE(static_cast<bool>(level));
        REQUIRE(levelBy(*ladder, x, c) == *level);
      }
  }
  REQUIRE(shifts > 20);
}

TEST_CASE("a scale near nothing leaves its channel on one level", "[passes]") {
  // A batch norm that training switched off: its scale is a denormal float, and edges lie beyond any integer.
  Chain chain;
  chain.push(AffinePiece{{Rational::exactly(1e-41)}, {Rational::exactly(-0.047)}});
  REQUIRE(!chain.push(activation(ir::ActivationKind::Relu)));
  chain.push(Levels{0.046, 0, 0, 15}.op());
  for (int64_t x : {-1000000, 0, 1000000}) {
    auto level = chain.levelOf(x, 0);
    REQUIRE(static_cast<bool>(level));
    REQUIRE(*level == 0);
  }
}

TEST_CASE("what falls and rises has no ladder, and says so", "[passes]") {
  Chain chain;
  llvm::Error error = chain.push(activation(ir::ActivationKind::LeakyRelu, -0.5));
  REQUIRE(messageOf(std::move(error)).find("falls and rises") != std::string::npos);
}

TEST_CASE("grids are found again behind scaled integers", "[passes]") {
  std::mt19937_64 draw(4);
  for (int trial = 0; trial < 200; ++trial) {
    const int64_t rows = 1 + static_cast<int64_t>(draw() % 4),
                  channels = 1 + static_cast<int64_t>(draw() % 20);
    const bool perRow = draw() % 2;
    std::vector<double> values;
    double scale = 0;
    for (int64_t r = 0; r < rows; ++r) {
      if (r == 0 || perRow)
        scale =
            static_cast<double>(static_cast<float>(std::exp(static_cast<double>(draw() % 999) / 100 - 8)));
      for (int64_t c = 0; c < channels; ++c)
        values.push_back(static_cast<double>(static_cast<int64_t>(draw() % 255) - 127) * scale);
    }
    const auto grid = pass::findGrid(ir::Weights::fromReals(values, rows, 1, channels));
    REQUIRE(grid);
    for (size_t i = 0; i < values.size(); ++i) {
      REQUIRE(Rational(grid->integers[i]) * grid->units[i / static_cast<size_t>(channels)] ==
              Rational::exactly(values[i]));
      REQUIRE(std::abs(grid->integers[i]) <= 65536);
    }
  }
  std::vector<double> reals;
  for (int i = 0; i < 50; ++i)
    reals.push_back(std::sin(i));
  REQUIRE(!pass::findGrid(ir::Weights::fromReals(reals, 5, 1, 10)));
}
