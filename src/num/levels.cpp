#include "braid/num/levels.h"

#include "braid/support/error.h"

#include <cmath>

namespace braid::num {
namespace {

struct ModeRow {
  LevelRounding rounding;
  const char *name;
};

constexpr ModeRow kModes[] = {
    {LevelRounding::HalfEven, "ROUND"},
    {LevelRounding::HalfEven, "HALF_EVEN"},
    {LevelRounding::HalfAwayFromZero, "HALF_UP"},
    {LevelRounding::HalfTowardsZero, "HALF_DOWN"},
    {LevelRounding::AwayFromZero, "UP"},
    {LevelRounding::TowardsZero, "DOWN"},
    {LevelRounding::TowardsZero, "ROUND_TO_ZERO"},
    {LevelRounding::Ceil, "CEIL"},
    {LevelRounding::Floor, "FLOOR"},
};

/// To the nearest; `ifTie` picks the level of a number halfway between `below` and the next.
template <class F> double nearest(double value, F &&ifTie) {
  const double below = std::floor(value), rest = value - below;
  return rest < 0.5 ? below : rest > 0.5 ? below + 1 : ifTie(below);
}

} // namespace

const char *name(LevelRounding rounding) {
  for (const ModeRow &row : kModes)
    if (row.rounding == rounding)
      return row.name;
  BRAID_CHECK(false, "unknown rounding mode");
}

std::optional<LevelRounding> levelRounding(llvm::StringRef name) {
  for (const ModeRow &row : kModes)
    if (name.equals_insensitive(row.name))
      return row.rounding;
  return std::nullopt;
}

double rounded(double value, LevelRounding rounding) {
  switch (rounding) {
  case LevelRounding::HalfEven:
    return nearest(value, [](double below) { return std::fmod(below, 2) == 0 ? below : below + 1; });
  case LevelRounding::HalfAwayFromZero:
    return nearest(value, [](double below) { return below < 0 ? below : below + 1; });
  case LevelRounding::HalfTowardsZero:
    return nearest(value, [](double below) { return below < 0 ? below + 1 : below; });
  case LevelRounding::AwayFromZero:
    return value < 0 ? std::floor(value) : std::ceil(value);
  case LevelRounding::TowardsZero:
    return std::trunc(value);
  case LevelRounding::Ceil:
    return std::ceil(value);
  case LevelRounding::Floor:
    return std::floor(value);
  }
  BRAID_CHECK(false, "unknown rounding mode");
}

LevelEdge edgeOf(int64_t level, LevelRounding rounding) {
  const int64_t between = 2 * level - 1, below = 2 * (level - 1), own = 2 * level;
  switch (rounding) {
  case LevelRounding::HalfEven:
    return {between, level % 2 != 0}; // the tie goes to the even one
  case LevelRounding::HalfAwayFromZero:
    return {between, level <= 0};
  case LevelRounding::HalfTowardsZero:
    return {between, level > 0};
  case LevelRounding::AwayFromZero:
    return level > 0 ? LevelEdge{below, true} : LevelEdge{own, false};
  case LevelRounding::TowardsZero:
    return level > 0 ? LevelEdge{own, false} : LevelEdge{below, true};
  case LevelRounding::Ceil:
    return {below, true};
  case LevelRounding::Floor:
    return {own, false};
  }
  BRAID_CHECK(false, "unknown rounding mode");
}

} // namespace braid::num
