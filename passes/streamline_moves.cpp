// Streamlining where numbers move: each takes the function of its channel along. Padding is a level of its
// own.
#include "grid.h"
#include "streamline.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::pass {

using namespace ir;
using num::Rational;

namespace {

/// Whether a channel of a stream is 0 for all inputs: no weight of its sum is another number.
bool isZero(const Model &model, StreamId stream, int64_t channel) {
  const LayerId producer = model.stream(stream).producer;
  if (producer == LayerId::None)
    return false;
  const Layer &layer = model.layer(producer);
  if (const auto *concat = std::get_if<Concat>(&layer.op);
      concat && concat->axis + 1 == static_cast<int64_t>(model.stream(stream).shape.size())) {
    for (StreamId input : layer.inputs) {
      const int64_t own = model.stream(input).shape.back();
      if (channel < own)
        return isZero(model, input, channel);
      channel -= own;
    }
  }
  const auto *conv = std::get_if<Conv>(&layer.op);
  return conv && conv->weights.rowSlice(channel, channel + 1).range() == std::pair(0.0, 0.0);
}

} // namespace

Streamliner::Result Streamliner::folded(const Layer &layer, Rep in, size_t count) {
  auto whole = integers(layer, std::move(in));
  if (!whole)
    return whole;
  if (!whole->chain.isAffine())
    return faultAt(layer, "an activation that differs between channels it joins; one for all would work");
  const AffinePiece own = whole->chain.affine();
  const auto channels = static_cast<size_t>(shapeOf(layer.inputs[0]).back());
  AffinePiece made;
  std::vector<int64_t> factors(channels, 1), summands(channels, 0);
  for (size_t c = 0; c < count; ++c) {
    std::vector<Rational> scales;
    for (size_t place = c; place < channels; place += count)
      if (!isZero(out_, whole->stream, static_cast<int64_t>(place)))
        scales.push_back(own.scaleOf(place));
    const auto unit = commonUnit(scales, kMostAlignBits);
    if (!unit)
      return faultAt(layer,
                     "it joins channels whose scales have no common unit; one scale for all would work");
    for (size_t place = c; place < channels; place += count) {
      const Rational shift = (own.biasOf(place) - own.biasOf(c)) / *unit;
      if (!shift.isInteger())
        return faultAt(layer,
                       "it joins channels whose zeros differ by no whole number of levels; one bias for "
                       "all would work");
      if (!isZero(out_, whole->stream, static_cast<int64_t>(place)))
        factors[place] = (own.scaleOf(place) / *unit).floor();
      summands[place] = shift.floor();
    }
    made.scale.push_back(*unit);
    made.bias.push_back(own.biasOf(c));
  }
  if (!fits(whole->range, factors))
    return faultAt(layer, fmt::format("the channels it joins would need more than {} bits on one scale",
                                      kMostStreamBits));
  Rep out = scaled(layer, std::move(*whole), std::move(factors), std::move(summands), "aligned");
  out.chain = Chain();
  out.chain.push(std::move(made));
  return out;
}

Streamliner::Result Streamliner::moved(const Layer &layer) {
  Rep out = rep(layer);
  const Shape &from = shapeOf(layer.inputs[0]), &to = shapeOf(layer.output);
  const size_t channels = out.chain.channels();
  const bool isReshape = std::holds_alternative<Reshape>(layer.op);
  bool staysLast = std::holds_alternative<Upsample>(layer.op);
  if (isReshape || std::holds_alternative<Crop>(layer.op))
    staysLast = from.back() == to.back();
  if (const auto *transpose = std::get_if<Transpose>(&layer.op))
    staysLast = transpose->perm.back() == static_cast<int64_t>(from.size()) - 1;
  if (channels > 1 && !staysLast) {
    // A vector of all elements has each channel's function at each of its places.
    auto in = to.size() == 1 && !out.isHost ? integers(layer, out) : Result(out);
    if (!in)
      return in.takeError();
    const bool isFlat = isReshape && to.size() == 1 && in->chain.isAffine();
    const bool isFold = isReshape && !out.isHost && from.back() % to.back() == 0;
    if (!isFlat && !isFold)
      return faultAt(layer, "it moves channels that have different scales; one scale for all would work");
    if (isFlat) {
      out = std::move(*in);
      const AffinePiece own = out.chain.affine();
      AffinePiece spread;
      for (int64_t i = 0; i < to[0]; ++i) {
        spread.scale.push_back(own.scaleOf(static_cast<size_t>(i % from.back())));
        spread.bias.push_back(own.biasOf(static_cast<size_t>(i % from.back())));
      }
      out.chain = Chain();
      out.chain.push(std::move(spread));
    } else {
      auto joined = folded(layer, std::move(out), static_cast<size_t>(to.back()));
      if (!joined)
        return joined;
      out = std::move(*joined);
    }
  }
  std::vector<std::string> nodes = std::move(out.nodes);
  out.nodes.clear();
  out.stream =
      emit(layer, layer.op, {out.stream}, source_.stream(layer.output).name, layer.name, std::move(nodes));
  return out;
}

Streamliner::Result Streamliner::padded(const Layer &layer, const Pad &op) {
  auto in = affineInput(layer, 0);
  if (!in)
    return in.takeError();
  const AffinePiece affine = in->chain.affine();
  std::optional<int64_t> value;
  for (size_t c = 0; c < affine.channels(); ++c) {
    const Rational level = affine.scaleOf(c).sign() == 0
                               ? Rational(1) / Rational(2)
                               : (Rational::exactly(op.value) - affine.biasOf(c)) / affine.scaleOf(c);
    if (!level.isInteger() || (value && *value != level.floor()))
      return faultAt(layer,
                     fmt::format("its value {} is no level of its input; a value that its quantisation can "
                                 "say would work",
                                 op.value));
    value = level.floor();
  }
  Pad pad = op;
  pad.value = static_cast<double>(*value);
  Rep out = std::move(*in);
  out.range.lo = std::min(out.range.lo, *value), out.range.hi = std::max(out.range.hi, *value);
  std::vector<std::string> nodes = std::move(out.nodes);
  out.nodes.clear();
  out.stream =
      emit(layer, pad, {out.stream}, source_.stream(layer.output).name, layer.name, std::move(nodes));
  return out;
}

} // namespace braid::pass
