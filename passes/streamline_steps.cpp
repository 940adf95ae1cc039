// Streamlining of quantisers, and of what must be whole numbers before a layer can go on with it.
#include "streamline.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::pass {

using namespace ir;
using num::Rational;

namespace {

/// Quantisers with more levels are steps on the way (Trunc), no tensors of their own.
constexpr int64_t kMostLevels = int64_t{1} << 16;

bool isQuantiser(const Chain::Piece &piece) { return std::holds_alternative<Quantize>(piece); }

Chain chainOf(llvm::ArrayRef<Chain::Piece> pieces) {
  Chain out;
  for (const Chain::Piece &piece : pieces)
    std::visit(Overloaded{
                   [&](const AffinePiece &own) { out.push(own); },
                   [&](const Activation &own) { llvm::cantFail(out.push(own)); },
                   [&](const Quantize &own) { out.push(own); },
               },
               piece);
  return out;
}

AffinePiece valuesOf(const Quantize &op) {
  auto numbers = [](const Weights &weights, int64_t ifEmpty) {
    return weights.empty() ? std::vector<Rational>{Rational(ifEmpty)} : rationals(weights);
  };
  return {numbers(op.outScale, 1), numbers(op.outBias, 0)};
}

bool sameNumbers(const Weights &a, const Weights &b) {
  return a.rows() == b.rows() && a.channels() == b.channels() && a.reals() == b.reals();
}

/// Whether two host steps are the same function.
bool sameStep(const Op &a, const Op &b) {
  const auto *left = std::get_if<Quantize>(&a), *right = std::get_if<Quantize>(&b);
  if (left && right)
    return left->lo == right->lo && left->hi == right->hi && left->rounding == right->rounding &&
           left->roundsFirst == right->roundsFirst && sameNumbers(left->scale, right->scale) &&
           sameNumbers(left->zeroPoint, right->zeroPoint) && sameNumbers(left->thresholds, right->thresholds);
  const auto *first = std::get_if<Affine>(&a), *second = std::get_if<Affine>(&b);
  return first && second && sameNumbers(first->scale, second->scale) &&
         sameNumbers(first->bias, second->bias);
}

} // namespace

Streamliner::Result Streamliner::quantize(const Layer &layer, const Quantize &op) {
  Rep in = rep(layer);
  in.chain.push(op);
  if (op.hi - op.lo > kMostLevels && !in.isHost) {
    in.nodes.insert(in.nodes.end(), layer.nodes.begin(), layer.nodes.end());
    return in;
  }
  return in.isHost ? hostLevels(layer, std::move(in)) : integers(layer, std::move(in));
}

/// The chain of a model input, which ends with a quantiser: the host brings the input to its levels.
Streamliner::Result Streamliner::hostLevels(const Layer &layer, Rep in) {
  const auto input =
      static_cast<size_t>(std::find_if(out_.inputs.begin(), out_.inputs.end(),
                                       [&](const Port &port) { return port.stream == in.input; }) -
                          out_.inputs.begin());
  std::vector<Op> steps = hostSteps(in.chain);
  Port &port = out_.inputs[input];
  if (quantisedInputs_[input]) {
    bool same = steps.size() == port.host.size();
    for (size_t i = 0; same && i < steps.size(); ++i)
      same = sameStep(steps[i], port.host[i]);
    if (!same)
      return faultAt(layer,
                     fmt::format("input '{}' is quantised in two different ways; one quantiser that all "
                                 "branches read would work",
                                 printable(port.name)));
  }
  if (in.stream != in.input && in.chain.channels() > 1)
    return faultAt(layer,
                   "its input is moved about before it is quantised per channel; quantising first works");
  port.host = std::move(steps);
  quantisedInputs_[input] = true;
  const Quantize &last = in.chain.last();
  Rep out;
  out.stream = in.stream;
  out.range = {last.lo, last.hi};
  out.chain.push(valuesOf(last));
  return out;
}

Streamliner::Result Streamliner::quantisedByHost(const Layer &layer, Rep in) {
  const auto port = std::find_if(out_.inputs.begin(), out_.inputs.end(),
                                 [&](const Port &own) { return own.stream == in.input; });
  const auto given = precision_.inputs.find(port->name);
  const num::FixedType type = given == precision_.inputs.end() ? precision_.base : given->second;
  const auto number = [](double value) { return Weights::fromReals({value}, 1); };
  const double step = std::ldexp(1.0, -type.fracBits());
  Quantize op;
  op.scale = op.outScale = number(step);
  op.zeroPoint = op.outBias = number(0);
  op.lo = static_cast<int64_t>(num::minMantissa(type)), op.hi = static_cast<int64_t>(num::maxMantissa(type));
  in.chain.push(op);
  if (!quantisedInputs_[static_cast<size_t>(port - out_.inputs.begin())])
    notes_.push_back(fmt::format("input '{}' is not quantised in the file: the host rounds it to {}{}",
                                 printable(port->name), num::toString(type),
                                 in.chain.pieces().size() > 1
                                     ? " after the layers that stand before the first "
                                       "integer"
                                     : ""));
  if (in.chain.pieces().size() == 1) { // the stream's numbers are those of the input itself
    Stream &stream = out_.stream(in.input);
    stream.realScale = {step}, stream.realBias = {0};
  }
  return hostLevels(layer, std::move(in));
}

Streamliner::Result Streamliner::laddered(const Layer &layer, Rep in, const std::string &name) {
  auto turned = rising(layer, std::move(in));
  if (!turned)
    return turned.takeError();
  auto ladder = makeLadder(turned->chain, turned->range);
  if (!ladder)
    return faultAt(layer, messageOf(ladder.takeError()));
  Rep out;
  out.chain.push(valuesOf(turned->chain.last()));
  out.range = ladder->made;
  out.stream = turned->stream;
  if (ladder->isIdentity)
    return out;
  out.stream =
      emit(layer, std::move(ladder->op), {turned->stream}, name, layer.name, std::move(turned->nodes));
  return out;
}

Streamliner::Result Streamliner::integers(const Layer &layer, Rep in) {
  auto levels = lastLevels(layer, std::move(in));
  if (!levels || levels->chain.isAffine())
    return levels;
  return clipped(layer, std::move(*levels));
}

Streamliner::Result Streamliner::lastLevels(const Layer &layer, Rep in) {
  const std::vector<Chain::Piece> pieces = in.chain.pieces();
  const auto last = std::find_if(pieces.rbegin(), pieces.rend(), isQuantiser).base();
  if (last != pieces.begin()) {
    const auto count = static_cast<size_t>(last - pieces.begin());
    Rep prefix = in;
    prefix.chain = chainOf(llvm::ArrayRef<Chain::Piece>(pieces).take_front(count));
    const bool isOwn = std::holds_alternative<Quantize>(layer.op);
    const std::string name =
        isOwn ? source_.stream(layer.output).name : source_.stream(layer.output).name + "_levels";
    auto made = laddered(layer, std::move(prefix), name);
    if (!made)
      return made;
    for (const Chain::Piece &piece : llvm::ArrayRef<Chain::Piece>(pieces).drop_front(count))
      std::visit(Overloaded{
                     [&](const AffinePiece &own) { made->chain.push(own); },
                     [&](const Activation &own) { llvm::cantFail(made->chain.push(own)); },
                     [&](const Quantize &own) { made->chain.push(own); },
                 },
                 piece);
    in = std::move(*made);
  }
  return in;
}

/// A Relu or Clip whose bounds are whole numbers of the integers is one of them.
Streamliner::Result Streamliner::clipped(const Layer &layer, Rep in) {
  auto turned = rising(layer, std::move(in));
  if (!turned)
    return turned;
  const std::vector<Chain::Piece> pieces = turned->chain.pieces();
  AffinePiece affine{{Rational(1)}, {Rational(0)}};
  size_t at = 0;
  if (const auto *first = std::get_if<AffinePiece>(&pieces[0]))
    affine = *first, ++at;
  auto fault = [&](const char *what) {
    return faultAt(layer,
                   fmt::format("{} stands between integers and is not quantised again before this layer; a "
                               "Quant or QuantizeLinear node after it would work",
                               what));
  };
  const auto *activation = at < pieces.size() ? std::get_if<Activation>(&pieces[at]) : nullptr;
  if (!activation || (activation->kind != ActivationKind::Relu && activation->kind != ActivationKind::Clip))
    return fault(activation ? kindName(activation->kind) : "a quantiser");
  const bool isRelu = activation->kind == ActivationKind::Relu;
  std::optional<int64_t> bounds[2];
  for (int end : {0, 1}) {
    const double real = isRelu ? (end ? INFINITY : 0.0) : end ? activation->beta : activation->alpha;
    if (std::isinf(real))
      continue;
    for (size_t c = 0; c < affine.channels(); ++c) {
      if (affine.scaleOf(c).sign() == 0)
        return fault("a scale of 0 before an activation");
      const Rational level = (Rational::exactly(real) - affine.biasOf(c)) / affine.scaleOf(c);
      if (!level.isInteger() || (bounds[end] && *bounds[end] != level.floor()))
        return fault(isRelu ? "Relu of a number between two levels" : "Clip to a number between two levels");
      bounds[end] = level.floor();
    }
  }
  Activation op;
  op.kind = bounds[0] == 0 && !bounds[1] ? ActivationKind::Relu : ActivationKind::Clip;
  Rep out;
  out.range = turned->range;
  if (op.kind == ActivationKind::Clip) {
    op.alpha = bounds[0] ? static_cast<double>(*bounds[0]) : -INFINITY;
    op.beta = bounds[1] ? static_cast<double>(*bounds[1]) : INFINITY;
  }
  if (bounds[0])
    out.range.lo = std::max(out.range.lo, *bounds[0]), out.range.hi = std::max(out.range.hi, *bounds[0]);
  if (bounds[1])
    out.range.lo = std::min(out.range.lo, *bounds[1]), out.range.hi = std::min(out.range.hi, *bounds[1]);
  out.stream = emit(layer, op, {turned->stream}, source_.stream(layer.inputs[0]).name + "_bounded",
                    layer.name + "_bounded", std::move(turned->nodes));
  out.chain.push(std::move(affine));
  for (const Chain::Piece &piece : llvm::ArrayRef<Chain::Piece>(pieces).drop_front(at + 1))
    if (const auto *own = std::get_if<AffinePiece>(&piece))
      out.chain.push(*own);
    else
      return fault("more than one activation");
  return out;
}

Streamliner::Result Streamliner::affineInput(const Layer &layer, size_t i) {
  const Rep &in = rep(layer, i);
  return in.isHost ? quantisedByHost(layer, in) : integers(layer, in);
}

Streamliner::Result Streamliner::rising(const Layer &layer, Rep in) {
  const size_t channels = in.chain.channels();
  std::vector<int64_t> signs;
  for (size_t c = 0; c < channels; ++c)
    signs.push_back(in.chain.falls(c) ? -1 : 1);
  if (std::find(signs.begin(), signs.end(), -1) == signs.end())
    return in;
  Chain turned = in.chain.turned();
  Rep out = scaled(layer, std::move(in), std::move(signs), {0}, "sign");
  out.chain = std::move(turned);
  return out;
}

Rep Streamliner::scaled(const Layer &layer, Rep in, std::vector<int64_t> factors,
                        std::vector<int64_t> summands, const char *what) {
  const Shape &shape = out_.stream(in.stream).shape;
  const auto rows = static_cast<size_t>(shape.back());
  factors.resize(rows, factors[0]);
  summands.resize(rows, summands[0]);
  auto all = [](const std::vector<int64_t> &numbers, int64_t value) {
    return std::all_of(numbers.begin(), numbers.end(), [value](int64_t n) { return n == value; });
  };
  if (all(factors, 1) && all(summands, 0))
    return in;
  Interval range{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  for (size_t c = 0; c < rows; ++c)
    for (int64_t end : {in.range.lo, in.range.hi}) {
      const int64_t value = end * factors[c] + summands[c];
      range.lo = std::min(range.lo, value), range.hi = std::max(range.hi, value);
    }
  Affine op{
      Weights::fromIntegers(factors, shape.back()), Weights::fromIntegers(summands, shape.back()), {}, {}};
  in.stream = emit(layer, std::move(op), {in.stream}, fmt::format("{}_{}", out_.stream(in.stream).name, what),
                   fmt::format("{}_{}", layer.name, what), {});
  in.range = range;
  return in;
}

} // namespace braid::pass
