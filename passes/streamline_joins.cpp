// Streamlining where tensors meet: sums and concatenations on one scale, rankings.
#include "grid.h"
#include "streamline.h"

#include "braid/support/math.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::pass {

using namespace ir;
using num::Rational;

namespace {

bool isAlike(const std::vector<Rational> &numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [&](const Rational &n) { return n == numbers[0]; });
}

std::vector<Rational> filled(const std::vector<Rational> &numbers, size_t count) {
  return numbers.size() == count ? numbers : std::vector<Rational>(count, numbers[0]);
}

} // namespace

bool fits(const Interval &range, const std::vector<int64_t> &factors) {
  const Int128 limit = Int128{1} << (kMostStreamBits - 2);
  for (int64_t factor : factors)
    for (int64_t end : {range.lo, range.hi})
      if (Int128{end} * factor > limit || Int128{end} * factor < -limit)
        return false;
  return true;
}

llvm::Expected<std::vector<Rep>> Streamliner::aligned(const Layer &layer, std::vector<Rep> inputs,
                                                      bool sameUnitForAll, bool sameBias) {
  std::vector<AffinePiece> affine;
  size_t channels = 1;
  for (const Rep &input : inputs) {
    affine.push_back(input.chain.affine());
    channels = std::max(channels, affine.back().channels());
  }
  std::vector<Rational> units;
  for (size_t c = 0; c < channels; ++c) {
    std::vector<Rational> scales;
    for (const AffinePiece &own : affine)
      scales.push_back(own.scaleOf(own.scale.size() == 1 ? 0 : c));
    const auto unit = commonUnit(scales, kMostAlignBits);
    if (!unit)
      return faultAt(layer,
                     fmt::format("the scales of its inputs ({} and {}) have no common unit within {} bits; "
                                 "scales that are multiples of each other would work",
                                 scales.front().nearly(), scales.back().nearly(), kMostAlignBits));
    units.push_back(*unit);
  }
  if (sameUnitForAll && !isAlike(units)) {
    const auto unit = commonUnit(units, kMostAlignBits);
    if (!unit)
      return faultAt(layer, "the scales of its channels have no common unit; one scale for all would work");
    std::fill(units.begin(), units.end(), *unit);
  }
  if (isAlike(units))
    units.resize(1);
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> factors, summands;
    const size_t own = std::max(affine[i].channels(), units.size());
    AffinePiece made;
    for (size_t c = 0; c < own; ++c) {
      const Rational &unit = units[units.size() == 1 ? 0 : c];
      factors.push_back((affine[i].scaleOf(c) / unit).floor());
      const Rational wanted = sameBias ? affine[0].biasOf(0) : affine[i].biasOf(c);
      const Rational shift = (affine[i].biasOf(c) - wanted) / unit;
      if (!shift.isInteger())
        return faultAt(layer,
                       "the zero points of its inputs differ by no whole number of levels; one zero point "
                       "for all would work");
      summands.push_back(shift.floor());
      made.scale.push_back(unit);
      made.bias.push_back(wanted);
    }
    if (!fits(inputs[i].range, factors))
      return faultAt(layer,
                     fmt::format("its inputs on one scale would need more than {} bits", kMostStreamBits));
    inputs[i] = scaled(layer, std::move(inputs[i]), std::move(factors), std::move(summands), "aligned");
    inputs[i].chain = Chain();
    inputs[i].chain.push(std::move(made));
  }
  return inputs;
}

Streamliner::Result Streamliner::binary(const Layer &layer, const Binary &op) {
  std::vector<Rep> inputs;
  for (size_t i : {size_t{0}, size_t{1}}) {
    auto in = affineInput(layer, i);
    if (!in)
      return in.takeError();
    inputs.push_back(std::move(*in));
  }
  if (op.kind == BinaryKind::Div)
    return faultAt(layer,
                   "a quotient of two integer tensors is no integer; a product with a constant would be");
  AffinePiece made;

  std::vector<int64_t> corners;
  if (op.kind == BinaryKind::Mul) {
    // (a q + b)(c r + d) = a c (q + b/a)(r + d/c)
    for (Rep &input : inputs) {
      const AffinePiece affine = input.chain.affine();
      std::vector<int64_t> summands;
      for (size_t c = 0; c < affine.channels(); ++c) {
        if (affine.scaleOf(c).sign() == 0 || !(affine.biasOf(c) / affine.scaleOf(c)).isInteger())
          return faultAt(layer, "a factor whose 0 lies between two levels; a whole zero point would work");
        summands.push_back((affine.biasOf(c) / affine.scaleOf(c)).floor());
      }
      input = scaled(layer, std::move(input), {1}, std::move(summands), "shifted");
      input.chain = Chain();
      input.chain.push(AffinePiece{affine.scale, {Rational(0)}});
    }
    const AffinePiece a = inputs[0].chain.affine(), b = inputs[1].chain.affine();
    for (size_t c = 0; c < std::max(a.channels(), b.channels()); ++c)
      made.scale.push_back(a.scaleOf(a.scale.size() == 1 ? 0 : c) * b.scaleOf(b.scale.size() == 1 ? 0 : c));
    made.bias = {Rational(0)};
    for (int64_t x : {inputs[0].range.lo, inputs[0].range.hi}) {
      if (!fits(inputs[1].range, {x}))
        return faultAt(layer, fmt::format("its products would need more than {} bits", kMostStreamBits));
      for (int64_t y : {inputs[1].range.lo, inputs[1].range.hi})
        corners.push_back(x * y);
    }
  } else {
    auto joined = aligned(layer, std::move(inputs), false, false);
    if (!joined)
      return joined.takeError();
    inputs = std::move(*joined);
    const int64_t sign = op.kind == BinaryKind::Sub ? -1 : 1;
    const AffinePiece a = inputs[0].chain.affine(), b = inputs[1].chain.affine();
    for (size_t c = 0; c < std::max(a.channels(), b.channels()); ++c) {
      made.scale.push_back(a.scaleOf(a.scale.size() == 1 ? 0 : c));
      made.bias.push_back(a.biasOf(a.bias.size() == 1 ? 0 : c) +
                          Rational(sign) * b.biasOf(b.bias.size() == 1 ? 0 : c));
    }
    for (int64_t x : {inputs[0].range.lo, inputs[0].range.hi})
      for (int64_t y : {inputs[1].range.lo, inputs[1].range.hi})
        corners.push_back(x + sign * y);
  }
  Rep out;
  out.range = {*std::min_element(corners.begin(), corners.end()),
               *std::max_element(corners.begin(), corners.end())};
  std::vector<std::string> nodes = inputs[0].nodes;
  nodes.insert(nodes.end(), inputs[1].nodes.begin(), inputs[1].nodes.end());
  out.stream = emit(layer, op, {inputs[0].stream, inputs[1].stream}, source_.stream(layer.output).name,
                    layer.name, std::move(nodes));
  out.chain.push(std::move(made));
  return out;
}

Streamliner::Result Streamliner::concat(const Layer &layer, const Concat &op) {
  std::vector<Rep> inputs;
  std::vector<std::string> nodes;
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    auto in = affineInput(layer, i);
    if (!in)
      return in.takeError();
    nodes.insert(nodes.end(), in->nodes.begin(), in->nodes.end());
    inputs.push_back(std::move(*in));
  }
  const bool alongChannels = op.axis + 1 == static_cast<int64_t>(shapeOf(layer.output).size());
  Rep out;
  AffinePiece made;
  if (!alongChannels) {
    auto joined = aligned(layer, std::move(inputs), false, true);
    if (!joined)
      return joined.takeError();
    inputs = std::move(*joined);
    made = inputs[0].chain.affine();
  } else {
    // Scales stay with their channels.
    for (size_t i = 0; i < inputs.size(); ++i) {
      const auto count = static_cast<size_t>(shapeOf(layer.inputs[i]).back());
      const AffinePiece own = inputs[i].chain.affine();
      const std::vector<Rational> scale = filled(own.scale, count), bias = filled(own.bias, count);
      made.scale.insert(made.scale.end(), scale.begin(), scale.end());
      made.bias.insert(made.bias.end(), bias.begin(), bias.end());
    }
  }
  std::vector<StreamId> streams;
  out.range = inputs[0].range;
  for (const Rep &input : inputs) {
    streams.push_back(input.stream);
    out.range.lo = std::min(out.range.lo, input.range.lo),
    out.range.hi = std::max(out.range.hi, input.range.hi);
  }
  out.stream = emit(layer, op, streams, source_.stream(layer.output).name, layer.name, std::move(nodes));
  out.chain.push(std::move(made));
  return out;
}

Streamliner::Result Streamliner::argMax(const Layer &layer) {
  Rep in = rep(layer);
  for (const Op &step : in.tail)
    if (!std::holds_alternative<Softmax>(step))
      return faultAt(layer, "it ranks what the host computes; ranking the layer before works");
  in.tail.clear(); // the largest stays the largest
  if (in.isHost) {
    auto levels = quantisedByHost(layer, std::move(in));
    if (!levels)
      return levels;
    in = std::move(*levels);
  }
  if (in.chain.channels() > 1) {
    auto whole = integers(layer, std::move(in));
    if (!whole)
      return whole.takeError();
    std::vector<Rep> alone;
    alone.push_back(std::move(*whole));
    // Biases per channel become summands: all channels on one scale with one bias.
    AffinePiece affine = alone[0].chain.affine();
    std::vector<Rational> numbers = affine.scale;
    for (const Rational &bias : affine.bias)
      numbers.push_back(bias - affine.biasOf(0));
    const auto unit = commonUnit(numbers, kMostAlignBits);
    if (!unit)
      return faultAt(layer, "the scales and biases of the classes have no common unit that fits; without the "
                            "ranking at its end the network works, and the host ranks");
    std::vector<int64_t> factors, summands;
    for (size_t c = 0; c < affine.channels(); ++c) {
      factors.push_back((affine.scaleOf(c) / *unit).floor());
      summands.push_back(((affine.biasOf(c) - affine.biasOf(0)) / *unit).floor());
    }
    if (!fits(alone[0].range, factors))
      return faultAt(layer,
                     fmt::format("the classes on one scale would need more than {} bits", kMostStreamBits));
    in = scaled(layer, std::move(alone[0]), std::move(factors), std::move(summands), "aligned");
    in.chain = Chain();
  }
  auto up = rising(layer, std::move(in));
  if (!up)
    return up.takeError();
  Rep out;
  out.range = {0, shapeOf(layer.inputs[0]).back() - 1};
  out.stream = emit(layer, ArgMax{}, {up->stream}, source_.stream(layer.output).name, layer.name,
                    std::move(up->nodes));
  return out;
}

} // namespace braid::pass
