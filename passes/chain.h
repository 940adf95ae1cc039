// What stands between an integer tensor and a quantiser, as an exact function of each channel: scales, biases
// and activations in turn. Its thresholds are found backwards, from a level's edge to the integers that reach
// it, so that nothing is ever rounded on the way.
#pragma once

#include "braid/ir/ops.h"
#include "braid/num/rational.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace braid::pass {

/// y = scale * x + bias, one for all channels or one for each.
struct AffinePiece {
  std::vector<num::Rational> scale, bias;

  const num::Rational &scaleOf(size_t channel) const { return scale[scale.size() == 1 ? 0 : channel]; }
  const num::Rational &biasOf(size_t channel) const { return bias[bias.size() == 1 ? 0 : channel]; }
  size_t channels() const { return std::max(scale.size(), bias.size()); }
  bool isUniform() const;
  /// One number of each, where all channels have the same.
  void shorten();
};

/// The integers x of one channel for which F(x) is at or above a level: from `edge` on, or, where F falls, up
/// to it.
struct Reached {
  bool falls = false;
  int64_t edge = 0;
};

/// A function of the integers of a tensor, channel by channel.
class Chain {
public:
  using Piece = std::variant<AffinePiece, ir::Activation, ir::Quantize>;

  /// The number itself.
  Chain() = default;

  void push(AffinePiece affine);
  /// Fails, in words, for what does not rise or fall throughout.
  llvm::Error push(const ir::Activation &activation);
  void push(const ir::Quantize &quantize) { pieces_.emplace_back(quantize); }

  const std::vector<Piece> &pieces() const { return pieces_; }
  /// One scale and bias at most.
  bool isAffine() const;
  /// Of an affine chain.
  AffinePiece affine() const;
  /// 1 where all channels have the same function.
  size_t channels() const;
  /// Whether F falls with x in a channel.
  bool falls(size_t channel) const { return falls(channel, pieces_.size()); }
  /// Without what follows the first `count` pieces.
  bool falls(size_t channel, size_t count) const;
  /// The function of -x in the channels where F falls.
  Chain turned() const;
  /// The quantiser at the end.
  const ir::Quantize &last() const;
  /// dF/dx where no activation bends it and levels count as numbers; nothing where a curve stands between.
  std::optional<double> slope(size_t channel) const;
  /// The integers of [lo, hi] whose last level (that of the quantiser at the end) is `level` or above; an
  /// edge outside [lo, hi] means none or all of them. Fails where the edge is closer to an integer than
  /// transcendental functions are known.
  llvm::Expected<Reached> reaching(int64_t level, size_t channel, int64_t lo, int64_t hi) const;
  /// The level that F gives the integer x, for the quantiser at the end.
  llvm::Expected<int64_t> levelOf(int64_t x, size_t channel) const;

private:
  std::vector<Piece> pieces_;
};

/// The numbers of a layer as rationals.
std::vector<num::Rational> rationals(const ir::Weights &weights);

} // namespace braid::pass
