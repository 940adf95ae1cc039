// Types of a streamlined model: every stream the narrowest integer that holds what can come, from the actual
// weights and thresholds.
#include "ladder.h"
#include "passes.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::pass {

using namespace ir;

namespace {

Interval hull(const Interval &a, const Interval &b) { return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)}; }
Interval withZero(const Interval &a) { return hull(a, {0, 0}); }

num::FixedType integerType(const Interval &range) {
  num::FixedType type = num::narrowestFor(range.lo, range.hi, 0);
  if (type.width == 0)
    type.width = type.intBits = 1;
  return type;
}

/// hls4ml's multipliers take signed weights.
num::FixedType signedType(const Weights &numbers) {
  const auto [lo, hi] = numbers.range();
  return integerType({std::min<int64_t>(static_cast<int64_t>(lo), -1), static_cast<int64_t>(hi)});
}

/// Ranges of streams, layer by layer; sums are worked out from the weights themselves.
struct RangeOf {
  llvm::ArrayRef<Interval> in;
  const Model &model;
  const Layer &layer;

  static Interval sums(const Weights &weights, const Interval &in) {
    Interval out;
    for (int64_t r = 0; r < weights.rows(); ++r) {
      int64_t up = 0, down = 0;
      for (int64_t t = 0; t < weights.taps(); ++t)
        weights.visitTap(r, t, [&](const auto *at) {
          for (int64_t c = 0; c < weights.channels(); ++c)
            (at[c] > 0 ? up : down) += static_cast<int64_t>(at[c]);
        });
      const Interval row{up * in.lo + down * in.hi, up * in.hi + down * in.lo};
      out = r ? hull(out, row) : row;
    }
    return out;
  }

  Interval operator()(const Dense &op) const { return sums(op.weights, in[0]); }
  Interval operator()(const Conv &op) const {
    return sums(op.weights, op.window.hasPadding() ? withZero(in[0]) : in[0]);
  }
  Interval pooled(PoolKind kind, int64_t cells, bool pads) const {
    if (kind == PoolKind::Max)
      return in[0];
    const Interval sum{in[0].lo * cells, in[0].hi * cells};
    return pads ? withZero(sum) : sum;
  }
  Interval operator()(const Pool &op) const {
    return pooled(op.kind, op.window.taps(), op.window.hasPadding());
  }
  Interval operator()(const GlobalPool &op) const {
    const Shape &shape = model.stream(layer.inputs[0]).shape;
    return pooled(op.kind, shape[0] * shape[1], false);
  }
  Interval operator()(const Activation &op) const {
    const bool isRelu = op.kind == ActivationKind::Relu;
    auto bounded = [&](int64_t x) {
      const auto value = static_cast<double>(x);
      return static_cast<int64_t>(isRelu ? std::max(value, 0.0) : std::clamp(value, op.alpha, op.beta));
    };
    return {bounded(in[0].lo), bounded(in[0].hi)};
  }
  Interval operator()(const Affine &op) const {
    Interval out;
    for (int64_t r = 0; r < op.scale.rows(); ++r)
      for (int64_t end : {in[0].lo, in[0].hi}) {
        const int64_t value = end * op.scale.integer(r) + op.bias.integer(r);
        out = r || end != in[0].lo ? hull(out, {value, value}) : Interval{value, value};
      }
    return out;
  }
  Interval operator()(const Threshold &op) const {
    Interval out{op.base + op.thresholds.channels(), op.base};
    for (int64_t r = 0; r < op.thresholds.rows(); ++r) {
      int64_t first = 0, last = 0;
      for (int64_t k = 0; k < op.thresholds.channels(); ++k)
        first += op.thresholds.integer(r, 0, k) <= in[0].lo,
            last += op.thresholds.integer(r, 0, k) <= in[0].hi;
      out = hull(out, {op.base + first, op.base + last});
    }
    return out;
  }
  Interval operator()(const Requantize &op) const { return {op.lo, op.hi}; }
  Interval operator()(const ArgMax &) const { return {0, model.stream(layer.inputs[0]).shape.back() - 1}; }
  Interval operator()(const Binary &op) const {
    Interval out;
    bool first = true;
    for (int64_t a : {in[0].lo, in[0].hi})
      for (int64_t b : {in[1].lo, in[1].hi}) {
        const int64_t value = op.kind == BinaryKind::Add ? a + b : op.kind == BinaryKind::Sub ? a - b : a * b;
        out = first ? Interval{value, value} : hull(out, {value, value});
        first = false;
      }
    return out;
  }
  Interval operator()(const Concat &) const {
    Interval out = in[0];
    for (const Interval &part : in)
      out = hull(out, part);
    return out;
  }
  Interval operator()(const Pad &op) const {
    const auto value = static_cast<int64_t>(op.value);
    return hull(in[0], {value, value});
  }
  Interval operator()(const Transpose &) const { return in[0]; }
  Interval operator()(const Reshape &) const { return in[0]; }
  Interval operator()(const Upsample &) const { return in[0]; }
  Interval operator()(const Crop &) const { return in[0]; }
  template <class Other> Interval operator()(const Other &) const {
    BRAID_CHECK(false, "no layer of a streamlined model");
  }
};

Interval rangeOfInput(const Port &port) {
  BRAID_CHECK(!port.host.empty() && std::holds_alternative<Quantize>(port.host.back()),
              "the inputs of a streamlined model are quantised");
  const auto &quantize = std::get<Quantize>(port.host.back());
  return {quantize.lo, quantize.hi};
}

/// The types inside a layer, for streams that have theirs.
void setTypes(Model &model, Layer &layer) {
  auto setLinear = [&](const Weights &weights, LinearTypes &types) {
    types.weight = signedType(weights);
    types.bias = num::signedFixed(2, 2);
    num::FixedType accum = model.stream(layer.output).type.fixed();
    if (!accum.isSigned)
      ++accum.width, ++accum.intBits, accum.isSigned = true;
    accum.width = accum.intBits = std::max(accum.width, 2);
    types.accum = accum;
  };
  if (auto *dense = std::get_if<Dense>(&layer.op))
    setLinear(dense->weights, dense->types);
  else if (auto *conv = std::get_if<Conv>(&layer.op))
    setLinear(conv->weights, conv->types);
  else if (auto *affine = std::get_if<Affine>(&layer.op))
    affine->scaleType = signedType(affine->scale), affine->biasType = signedType(affine->bias);
  else if (auto *activation = std::get_if<Activation>(&layer.op)) {
    num::FixedType type = model.stream(layer.inputs[0]).type.fixed();
    if (!type.isSigned)
      ++type.width, ++type.intBits, type.isSigned = true;
    num::FixedType cast = type;
    cast.overflow = num::Overflow::Sat; // a bound beyond the range never acts
    activation->paramType = type;
    activation->alphaQ = num::quantise(activation->alpha, cast);
    activation->betaQ = num::quantise(activation->beta, cast);
  }
}

/// A multiply-shift as an Affine whose factors have `shift` places behind the point: the cast of its result
/// rounds down and saturates.
void setRequantize(Model &model, Layer &layer, const Requantize &op) {
  Affine affine;
  const int64_t rows = model.stream(layer.output).shape.back();
  auto spread = [&](const Weights &numbers) {
    std::vector<int64_t> values = numbers.integers();
    values.resize(static_cast<size_t>(rows), values[0]);
    return Weights::fromIntegers(values, rows);
  };
  affine.scale = spread(op.factor), affine.bias = spread(op.offset);
  auto shifted = [&](const Weights &numbers) {
    num::FixedType type = signedType(numbers);
    type.intBits -= op.shift;
    return type;
  };
  affine.scaleType = shifted(affine.scale), affine.biasType = shifted(affine.bias);
  num::FixedType type = integerType({op.lo, op.hi});
  type.rounding = num::Rounding::Trn;
  type.overflow = op.lo == -op.hi ? num::Overflow::SatSym : num::Overflow::Sat;
  model.stream(layer.output).type = type;
  layer.op = std::move(affine);
}

} // namespace

llvm::Expected<Model> typeIntegers(const Model &source) {
  Model model = source;
  std::vector<Interval> ranges(model.streams.size());
  for (const Port &port : model.inputs) {
    ranges[index(port.stream)] = rangeOfInput(port);
    model.stream(port.stream).type = integerType(ranges[index(port.stream)]);
  }
  for (Layer &layer : model.layers) {
    std::vector<Interval> in;
    for (StreamId input : layer.inputs)
      in.push_back(ranges[index(input)]);
    const Interval range = std::visit(RangeOf{in, model, layer}, layer.op);
    ranges[index(layer.output)] = range;
    model.stream(layer.output).type = integerType(range);
    if (const auto *requantize = std::get_if<Requantize>(&layer.op))
      setRequantize(model, layer, Requantize(*requantize));
    else
      setTypes(model, layer);
  }
  return model;
}

} // namespace braid::pass
