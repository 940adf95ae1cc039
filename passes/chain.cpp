#include "chain.h"

#include "braid/num/levels.h"
#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace braid::pass {

using num::Rational;

namespace {

/// The numbers x on one side of a place: all, none, or those from `at` on (below it, where `isBelow`).
struct Side {
  enum class Kind : uint8_t { All, None, Bounded } kind = Kind::Bounded;
  bool isBelow = false;
  Rational at;
  bool isOpen = false; ///< `at` itself is outside
  Rational slack = 0;  ///< The true place is within this of `at`
};

Side sideOf(Side::Kind kind) {
  Side side;
  side.kind = kind;
  return side;
}
Side all() { return sideOf(Side::Kind::All); }
Side none() { return sideOf(Side::Kind::None); }

Side complement(Side side) {
  if (side.kind != Side::Kind::Bounded)
    return side.kind == Side::Kind::All ? none() : all();
  side.isBelow = !side.isBelow, side.isOpen = !side.isOpen;
  return side;
}

Side allOrNone(bool isAll) { return isAll ? all() : none(); }

const Rational &numberOf(const std::vector<Rational> &numbers, size_t channel) {
  return numbers[numbers.size() == 1 ? 0 : channel];
}
Rational numberOf(const ir::Weights &numbers, size_t channel, double ifEmpty) {
  return Rational::exactly(
      numbers.empty() ? ifEmpty : numbers.real(numbers.rows() == 1 ? 0 : static_cast<int64_t>(channel)));
}

/// Whether a number lies on a side.
bool contains(const Side &side, const Rational &x) {
  if (side.kind != Side::Kind::Bounded)
    return side.kind == Side::Kind::All;
  if (x == side.at)
    return !side.isOpen;
  return side.isBelow ? x < side.at : x > side.at;
}

/// The x with scale * x + bias on the side.
Side before(const AffinePiece &piece, size_t channel, Side side) {
  const Rational &scale = numberOf(piece.scale, channel), &bias = numberOf(piece.bias, channel);
  if (scale.sign() == 0)
    return allOrNone(contains(side, bias));
  side.at = (side.at - bias) / scale;
  side.slack = scale.sign() < 0 ? -(side.slack / scale) : side.slack / scale;
  if (scale.sign() < 0)
    side.isBelow = !side.isBelow;
  return side;
}

/// The x with min(max(x, lo), hi) on the side; no bound where absent.
Side beforeClip(const std::optional<Rational> &lo, const std::optional<Rational> &hi, const Side &side) {
  if (lo && contains(side, *lo) && !side.isBelow)
    return all();
  if (hi && !contains(side, *hi) && !side.isBelow)
    return none();
  if (lo && !contains(side, *lo) && side.isBelow)
    return none();
  if (hi && contains(side, *hi) && side.isBelow)
    return all();
  return side;
}

std::optional<Rational> bound(double value) {
  return std::isinf(value) ? std::nullopt : std::optional(Rational::exactly(value));
}

/// The inverse of a transcendental activation, and how far it may be off: libm's error is a few units in the
/// last place, and the argument is rounded once.
Side beforeCurve(const ir::Activation &op, Side side) {
  using Kind = ir::ActivationKind;
  const double alpha = op.alpha, beta = op.beta;
  const Rational low = op.kind == Kind::Sigmoid ? Rational(0)
                       : op.kind == Kind::Tanh  ? Rational(-1)
                       : op.kind == Kind::Elu   ? -Rational::exactly(alpha)
                                                : -(Rational::exactly(alpha) * Rational::exactly(beta));
  const bool isBounded = op.kind == Kind::Sigmoid || op.kind == Kind::Tanh;
  if (side.at <= low)
    return allOrNone(!side.isBelow);
  if (isBounded && side.at >= Rational(1))
    return allOrNone(side.isBelow);
  // Where the function is a line, the inverse is exact.
  if (!isBounded && side.at.sign() >= 0) {
    if (op.kind == Kind::Selu)
      side.at = side.at / Rational::exactly(beta);
    return side;
  }
  if ((op.kind == Kind::Tanh && side.at.sign() == 0) ||
      (op.kind == Kind::Sigmoid && side.at == Rational(1) / Rational(2))) {
    side.at = 0;
    return side;
  }
  const double y = side.at.nearly();
  const double x = op.kind == Kind::Sigmoid ? std::log(y / (1 - y))
                   : op.kind == Kind::Tanh  ? std::atanh(y)
                   : op.kind == Kind::Elu   ? std::log1p(y / alpha)
                                            : std::log1p(y / (alpha * beta));
  side.at = Rational::exactly(x);
  side.slack = Rational::exactly((std::fabs(x) + 1) * 0x1p-36);
  return side;
}

Side before(const ir::Activation &op, size_t channel, Side side) {
  switch (op.kind) {
  case ir::ActivationKind::Relu:
    return beforeClip(Rational(0), std::nullopt, side);
  case ir::ActivationKind::Clip:
    return beforeClip(bound(op.alpha), bound(op.beta), side);
  case ir::ActivationKind::LeakyRelu:
  case ir::ActivationKind::PRelu: {
    const Rational slope =
        op.kind == ir::ActivationKind::PRelu ? numberOf(op.slopes, channel, 0) : Rational::exactly(op.alpha);
    if (slope.sign() == 0)
      return beforeClip(Rational(0), std::nullopt, side);
    if (side.at.sign() < 0)
      side.at = side.at / slope;
    return side;
  }
  case ir::ActivationKind::Sigmoid:
  case ir::ActivationKind::Tanh:
  case ir::ActivationKind::Selu:
  case ir::ActivationKind::Elu:
    return beforeCurve(op, side);
  case ir::ActivationKind::HardSigmoid:
    break; // pushed as what it is made of
  }
  BRAID_CHECK(false, "unknown activation");
}

/// The x on level `level` or above.
Side fromLevel(const ir::Quantize &op, size_t channel, int64_t level) {
  if (level <= op.lo)
    return all();
  if (level > op.hi)
    return none();
  Side side;
  if (!op.thresholds.empty()) {
    const int64_t row = op.thresholds.rows() == 1 ? 0 : static_cast<int64_t>(channel);
    const int64_t at = level - op.lo - 1;
    if (at >= op.thresholds.channels())
      return none();
    side.at = Rational::exactly(op.thresholds.real(row, 0, at));
    return side;
  }
  const Rational scale = numberOf(op.scale, channel, 1), zero = numberOf(op.zeroPoint, channel, 0);
  if (op.roundsFirst) {
    const num::LevelEdge edge = num::edgeOf((Rational(level) - zero).ceil(), op.rounding);
    side.at = Rational(edge.halves) / Rational(2) * scale;
    side.isOpen = edge.isOpen;
  } else {
    const num::LevelEdge edge = num::edgeOf(level, op.rounding);
    side.at = (Rational(edge.halves) / Rational(2) - zero) * scale;
    side.isOpen = edge.isOpen;
  }
  return side;
}

Side before(const ir::Quantize &op, size_t channel, const Side &side) {
  const Rational scale = numberOf(op.outScale, channel, 1), bias = numberOf(op.outBias, channel, 0);
  if (scale.sign() == 0)
    return allOrNone(contains(side, bias));
  // Which levels lie on the side: those from k on, or those up to k.
  const Rational edge = (side.at - bias) / scale;
  const bool isBelow = side.isBelow != (scale.sign() < 0);
  const int64_t from = side.isOpen ? edge.floor() + 1 : edge.ceil(),
                upTo = side.isOpen ? edge.ceil() - 1 : edge.floor();
  return isBelow ? complement(fromLevel(op, channel, upTo + 1)) : fromLevel(op, channel, from);
}

Side before(const Chain::Piece &piece, size_t channel, const Side &side) {
  if (side.kind != Side::Kind::Bounded)
    return side;
  return std::visit([&](const auto &own) { return before(own, channel, side); }, piece);
}

} // namespace

bool AffinePiece::isUniform() const {
  auto alike = [](const std::vector<Rational> &numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [&](const Rational &n) { return n == numbers[0]; });
  };
  return alike(scale) && alike(bias);
}

void AffinePiece::shorten() {
  if (isUniform())
    scale.resize(1, Rational(1)), bias.resize(1, Rational(0));
}

std::vector<Rational> rationals(const ir::Weights &weights) {
  std::vector<Rational> out;
  for (double value : weights.reals())
    out.push_back(Rational::exactly(value));
  return out;
}

void Chain::push(AffinePiece affine) {
  affine.shorten();
  auto *last = pieces_.empty() ? nullptr : std::get_if<AffinePiece>(&pieces_.back());
  if (!last) {
    pieces_.emplace_back(std::move(affine));
    return;
  }
  AffinePiece joined;
  const size_t channels = std::max(last->channels(), affine.channels());
  for (size_t c = 0; c < channels; ++c) {
    joined.scale.push_back(last->scaleOf(c) * affine.scaleOf(c));
    joined.bias.push_back(last->biasOf(c) * affine.scaleOf(c) + affine.biasOf(c));
  }
  joined.shorten();
  *last = std::move(joined);
}

llvm::Error Chain::push(const ir::Activation &op) {
  using Kind = ir::ActivationKind;
  auto refused = [](std::string message) { return badInput("", std::move(message)); };
  if (op.kind == Kind::HardSigmoid) {
    push(AffinePiece{{Rational::exactly(op.alpha)}, {Rational::exactly(op.beta)}});
    ir::Activation clip;
    clip.kind = Kind::Clip;
    clip.alpha = 0, clip.beta = 1;
    return push(clip);
  }
  const bool slopes = op.kind == Kind::LeakyRelu || op.kind == Kind::PRelu;
  if (slopes)
    for (double slope : op.slopes.empty() ? std::vector<double>{op.alpha} : op.slopes.reals())
      if (slope < 0)
        return refused(
            fmt::format("a slope of {} below zero makes an activation that falls and rises: it has no "
                        "thresholds; slopes from 0 on have",
                        slope));
  if ((op.kind == Kind::Elu && !(op.alpha > 0)) || (op.kind == Kind::Selu && !(op.alpha > 0 && op.beta > 0)))
    return refused(fmt::format("parameters {} and {} make an activation that falls somewhere: it has no "
                               "thresholds; numbers above 0 do not",
                               op.alpha, op.beta));
  pieces_.emplace_back(op);
  return llvm::Error::success();
}

bool Chain::isAffine() const {
  return pieces_.empty() || (pieces_.size() == 1 && std::holds_alternative<AffinePiece>(pieces_[0]));
}

AffinePiece Chain::affine() const {
  BRAID_CHECK(isAffine(), "the chain is more than a scale and a bias");
  return pieces_.empty() ? AffinePiece{{Rational(1)}, {Rational(0)}} : std::get<AffinePiece>(pieces_[0]);
}

size_t Chain::channels() const {
  size_t most = 1;
  auto rows = [&](const ir::Weights &numbers) { most = std::max(most, static_cast<size_t>(numbers.rows())); };
  for (const Piece &piece : pieces_)
    std::visit(ir::Overloaded{
                   [&](const AffinePiece &own) { most = std::max(most, own.channels()); },
                   [&](const ir::Activation &own) { rows(own.slopes); },
                   [&](const ir::Quantize &own) {
                     for (const ir::Weights *numbers :
                          {&own.scale, &own.zeroPoint, &own.thresholds, &own.outScale, &own.outBias})
                       rows(*numbers);
                   },
               },
               piece);
  return most;
}

bool Chain::falls(size_t channel, size_t count) const {
  bool falls = false;
  for (size_t i = 0; i < count; ++i) {
    const Piece &piece = pieces_[i];
    int sign = 1;
    if (const auto *affine = std::get_if<AffinePiece>(&piece))
      sign = affine->scaleOf(channel).sign();
    else if (const auto *quantize = std::get_if<ir::Quantize>(&piece))
      sign = numberOf(quantize->outScale, channel, 1).sign();
    falls = falls != (sign < 0);
  }
  return falls;
}

Chain Chain::turned() const {
  const size_t count = channels();
  AffinePiece signs;
  signs.bias = {Rational(0)};
  for (size_t c = 0; c < count; ++c)
    signs.scale.push_back(falls(c) ? Rational(-1) : Rational(1));
  Chain out;
  out.push(std::move(signs));
  for (const Piece &piece : pieces_)
    if (const auto *affine = std::get_if<AffinePiece>(&piece))
      out.push(*affine);
    else
      out.pieces_.push_back(piece);
  return out;
}

const ir::Quantize &Chain::last() const {
  BRAID_CHECK(!pieces_.empty() && std::holds_alternative<ir::Quantize>(pieces_.back()),
              "levels are those of a quantiser at the end");
  return std::get<ir::Quantize>(pieces_.back());
}

std::optional<double> Chain::slope(size_t channel) const {
  double slope = 1;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (const auto *affine = std::get_if<AffinePiece>(&pieces_[i])) {
      slope *= affine->scaleOf(channel).nearly();
    } else if (const auto *quantize = std::get_if<ir::Quantize>(&pieces_[i])) {
      if (!quantize->thresholds.empty())
        return std::nullopt;
      slope /= numberOf(quantize->scale, channel, 1).nearly();
      if (i + 1 < pieces_.size())
        slope *= numberOf(quantize->outScale, channel, 1).nearly();
    } else {
      const ir::ActivationKind kind = std::get<ir::Activation>(pieces_[i]).kind;
      if (kind != ir::ActivationKind::Relu && kind != ir::ActivationKind::Clip)
        return std::nullopt;
    }
  }
  return slope;
}

llvm::Expected<Reached> Chain::reaching(int64_t level, size_t channel, int64_t lo, int64_t hi) const {
  const bool falling = falls(channel, pieces_.size() - 1);
  Side side = fromLevel(last(), channel, level);
  for (size_t i = pieces_.size() - 1; i-- > 0;)
    side = before(pieces_[i], channel, side);
  const int64_t noneEdge = falling ? lo - 1 : hi + 1, allEdge = falling ? hi : lo;
  if (side.kind != Side::Kind::Bounded)
    return Reached{falling, side.kind == Side::Kind::All ? allEdge : noneEdge};
  // A side of the same direction as the function; for the rounding see Reached.
  auto edgeAt = [&](const Rational &at) {
    const int64_t edge = side.isBelow ? (side.isOpen ? at.ceil() - 1 : at.floor())
                                      : (side.isOpen ? at.floor() + 1 : at.ceil());
    return side.isBelow ? std::clamp(edge, lo - 1, hi) : std::clamp(edge, lo, hi + 1);
  };
  const int64_t edge = edgeAt(side.at);
  if (side.slack.sign() != 0 && edgeAt(side.at - side.slack) != edgeAt(side.at + side.slack))
    return badInput("",
                    fmt::format("level {} begins closer to the whole number {} than its activation can be "
                                "worked out; another scale would do",
                                level, edge));
  return Reached{side.isBelow, edge};
}

llvm::Expected<int64_t> Chain::levelOf(int64_t x, size_t channel) const {
  int64_t lo = last().lo, hi = last().hi; // the largest level that x reaches
  while (lo < hi) {
    const int64_t middle = lo + (hi - lo + 1) / 2;
    auto reached = reaching(middle, channel, x, x);
    if (!reached)
      return reached.takeError();
    const bool isReached = reached->falls ? x <= reached->edge : x >= reached->edge;
    isReached ? lo = middle : hi = middle - 1;
  }
  return lo;
}

} // namespace braid::pass
