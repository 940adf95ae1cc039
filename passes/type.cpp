// Float model to typed model, layer for layer: every stream, weight, accumulator and table gets its
// fixed-point type, and from here on nothing rounds by surprise.
//
// Streams have the base precision unless overridden; layers that only move elements keep their input's type.
// Weights are cast with the stated mode (Precision) and narrowed to the bits their values use. Accumulators
// are made just wide enough for the extreme sum of the actual weights over the whole range of the input's
// type.
#include "passes.h"
#include "tables.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/parallel.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace braid::pass {
namespace {

using namespace ir;
using num::FixedType;

class Typer {
public:
  Typer(const Model &source, const Precision &precision)
      : precision_(precision), typed_(source), widened_(source.layers.size()) {}

  llvm::Expected<Model> run() {
    if (llvm::Error error = checkOverrides())
      return error;
    for (const Port &port : typed_.inputs) {
      auto own = precision_.inputs.find(port.name);
      typed_.stream(port.stream).type = own == precision_.inputs.end() ? precision_.base : own->second;
    }
    for (Layer &layer : typed_.layers)
      typed_.stream(layer.output).type = resultType(layer);
    // Weights are the bulk of the work, and independent.
    parallelFor(static_cast<int64_t>(typed_.layers.size()),
                [&](int64_t i) { typeLayer(typed_.layers[static_cast<size_t>(i)]); });
    for (const Layer &layer : typed_.layers)
      checkAccumulator(layer);
    if (llvm::Error error = found_.take())
      return error;
    return std::move(typed_);
  }

  /// What was widened, by layer.
  std::vector<std::string> notes() const {
    std::vector<std::string> out = widened_;
    out.erase(std::remove(out.begin(), out.end(), ""), out.end());
    return out;
  }

private:
  const Precision::Layer &overrides(const Layer &layer) const {
    static const Precision::Layer kNone;
    auto own = precision_.layers.find(layer.name);
    return own == precision_.layers.end() ? kNone : own->second;
  }

  llvm::Error checkOverrides() {
    std::vector<std::string> names, inputs;
    for (const Layer &layer : typed_.layers)
      names.push_back(layer.name);
    for (const Port &port : typed_.inputs)
      inputs.push_back(port.name);
    for (const auto &entry : precision_.layers) {
      const auto at = std::find(names.begin(), names.end(), entry.first);
      if (at == names.end())
        return badUsage(fmt::format("the precision file names layer '{}', which the model has not{}",
                                    printable(entry.first), suggestion(entry.first, names)));
      if (llvm::Error error =
              checkFields(typed_.layers[static_cast<size_t>(at - names.begin())], entry.second))
        return error;
    }
    for (const auto &entry : precision_.inputs)
      if (std::find(inputs.begin(), inputs.end(), entry.first) == inputs.end())
        return badUsage(fmt::format("the precision file names input '{}', which the model has not{}",
                                    printable(entry.first), suggestion(entry.first, inputs)));
    return llvm::Error::success();
  }

  /// A type that no number of the layer would have is a slip, not a wish.
  static llvm::Error checkFields(const Layer &layer, const Precision::Layer &own) {
    const bool isAffine = std::holds_alternative<Affine>(layer.op);
    const bool hasWeights = isLinear(layer.op) || isAffine,
               hasParameters = isAffine || std::holds_alternative<Activation>(layer.op);
    const std::tuple<const char *, bool, bool> kFields[] = {
        {"weight", own.weight.has_value(), hasWeights},
        {"bias", own.bias.has_value(), hasWeights},
        {"accum", own.accum.has_value(), isLinear(layer.op)},
        {"param", own.param.has_value(), hasParameters}};
    std::string known = "result";
    for (const auto &[name, isGiven, fits] : kFields)
      known += fits ? fmt::format(", {}", name) : "";
    for (const auto &[name, isGiven, fits] : kFields)
      if (isGiven && !fits)
        return badUsage(fmt::format("the precision file gives layer '{}' ({}) a type for {}; it has {}",
                                    printable(layer.name), kindName(layer.op), name, known));
    return llvm::Error::success();
  }

  FixedType inputType(const Layer &layer, size_t i = 0) const {
    return typed_.stream(layer.inputs[i]).type.fixed();
  }
  FixedType outputType(const Layer &layer) const { return typed_.stream(layer.output).type.fixed(); }

  FixedType resultType(const Layer &layer) const {
    if (const auto &own = overrides(layer).result)
      return *own;
    const bool moves = std::visit(Overloaded{
                                      [](const Transpose &) { return true; },
                                      [](const Reshape &) { return true; },
                                      [](const Pad &) { return true; },
                                      [](const Upsample &) { return true; },
                                      [](const Crop &) { return true; },
                                      [](const Concat &) { return true; },
                                      [](const Pool &op) { return op.kind == PoolKind::Max; },
                                      [](const GlobalPool &op) { return op.kind == PoolKind::Max; },
                                      [](const auto &) { return false; },
                                  },
                                  layer.op);
    if (!moves)
      return precision_.base;
    const bool same = std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](StreamId id) {
      return typed_.stream(id).type == typed_.stream(layer.inputs[0]).type;
    });
    return same ? inputType(layer) : precision_.base;
  }

  /// Numbers cast to `type` by the stated mode; `type` comes back narrowed to the bits in use.
  Weights quantised(const Weights &weights, FixedType type, num::DataType &used) const {
    FixedType cast = type;
    cast.rounding = precision_.weightRounding;
    cast.overflow = precision_.weightOverflow;
    std::vector<int64_t> out;
    out.reserve(static_cast<size_t>(weights.size()));
    int64_t lo = 0, hi = 0;
    for (float value : weights.floats()) {
      const int64_t m = num::quantise(value, cast);
      lo = std::min(lo, m), hi = std::max(hi, m);
      out.push_back(m);
    }
    FixedType narrow = num::narrowestFor(lo, hi, type.fracBits());
    // hls4ml's multipliers take signed weights; one more bit costs nothing where all are positive.
    if (type.isSigned && !narrow.isSigned && narrow.width < num::kMaxWidth)
      ++narrow.width, ++narrow.intBits, narrow.isSigned = true;
    used = narrow;
    return Weights::fromIntegers(out, weights.rows(), weights.taps(), weights.channels());
  }

  /// The base width with as many fraction bits as the largest of these constants leaves room for.
  FixedType parameterType(const Layer &layer, const std::vector<double> &values) const {
    if (const auto &own = overrides(layer).param)
      return *own;
    double most = 0;
    for (double v : values)
      if (std::isfinite(v))
        most = std::max(most, std::abs(v));
    int exponent = 0;
    if (most > 0)
      std::frexp(most * (1 + std::ldexp(1.0, -precision_.base.width)), &exponent);
    return num::signedFixed(precision_.base.width, std::clamp(exponent + 1, -32, 48));
  }

  void typeLinear(Layer &layer, Weights &weights, Weights &bias, LinearTypes &types) {
    const Precision::Layer &own = overrides(layer);
    weights = quantised(weights, own.weight.value_or(precision_.base), types.weight);
    types.bias = own.bias.value_or(precision_.base);
    if (!bias.empty())
      bias = quantised(bias, own.bias.value_or(precision_.base), types.bias);
    types.accum = own.accum ? *own.accum : accumulatorType(layer, weights, bias, types);
    if (!own.accum || !precision_.widenAccum)
      return;
    const FixedType needed = accumulatorType(layer, weights, bias, types);
    if (num::holdsAll(*own.accum, needed))
      return;
    types.accum = needed;
    widened_[index(layer.id)] =
        fmt::format("--widen-accum: layer '{}' adds in {}; {} could overflow or round", printable(layer.name),
                    num::toString(needed), num::toString(*own.accum));
  }

  /// Just wide enough for every partial sum, whatever the input.
  FixedType accumulatorType(const Layer &layer, const Weights &weights, const Weights &bias,
                            const LinearTypes &types) const {
    const FixedType in = inputType(layer);
    const Int128 least = num::minMantissa(in), most = num::maxMantissa(in);
    const int productFrac = in.fracBits() + types.weight.fixed().fracBits();
    const int frac = std::max(productFrac, bias.empty() ? productFrac : types.bias.fixed().fracBits());
    Int128 lo = 0, hi = 0;
    for (int64_t r = 0; r < weights.rows(); ++r) {
      Int128 positive = 0, negative = 0; // sums of the positive and of the negative weights
      for (int64_t t = 0; t < weights.taps(); ++t)
        weights.visitTap(r, t, [&](const auto *at) {
          int64_t up = 0, down = 0;
          for (int64_t c = 0; c < weights.channels(); ++c) {
            const auto w = static_cast<int64_t>(at[c]);
            up += w > 0 ? w : 0;
            down += w < 0 ? w : 0;
          }
          positive += up, negative += down;
        });
      Int128 high = positive * most + negative * least, low = positive * least + negative * most;
      high = high * (Int128{1} << (frac - productFrac)), low = low * (Int128{1} << (frac - productFrac));
      if (!bias.empty()) {
        const Int128 b = Int128{bias.integer(r)} * (Int128{1} << (frac - types.bias.fixed().fracBits()));
        high += b > 0 ? b : 0, low += b < 0 ? b : 0;
      }
      hi = std::max(hi, high), lo = std::min(lo, low);
    }
    FixedType accum = num::narrowestFor(std::min(lo, Int128{-1}), hi, frac);
    accum.width = std::max(accum.width, 2);
    accum.intBits = accum.width - frac;
    return accum;
  }

  void typeActivation(Layer &layer, Activation &op) {
    const FixedType in = inputType(layer), out = outputType(layer);
    std::vector<double> constants = {op.alpha, op.beta};
    if (!op.slopes.empty())
      for (float slope : op.slopes.floats())
        constants.push_back(slope);
    const FixedType param =
        op.kind == ActivationKind::Clip ? clipType(op, in) : parameterType(layer, constants);
    op.paramType = param;
    FixedType cast = param;
    cast.rounding = precision_.weightRounding, cast.overflow = num::Overflow::Sat;
    op.alphaQ = num::quantise(op.alpha, cast);
    op.betaQ = num::quantise(op.beta, cast);
    if (!op.slopes.empty()) {
      num::DataType unused;
      op.slopes = quantised(op.slopes, param, unused);
    }
    op.table = makeTable(op, in, out, precision_.tableSize);
  }

  /// Bounds at the input's scale: a bound beyond its range never acts.
  static FixedType clipType(const Activation &, const FixedType &in) {
    FixedType type = in;
    if (!type.isSigned)
      ++type.width, ++type.intBits, type.isSigned = true;
    type.rounding = num::Rounding::Trn, type.overflow = num::Overflow::Wrap;
    return type;
  }

  void typeAffine(Layer &layer, Affine &op) {
    auto values = [](const Weights &w) {
      std::vector<double> out;
      for (float v : w.floats())
        out.push_back(v);
      return out;
    };
    const Precision::Layer &own = overrides(layer);
    op.scale = quantised(op.scale, own.weight.value_or(parameterType(layer, values(op.scale))), op.scaleType);
    op.bias = quantised(op.bias, own.bias.value_or(parameterType(layer, values(op.bias))), op.biasType);
  }

  void typeLayer(Layer &layer) {
    std::visit(Overloaded{
                   [&](Dense &op) { typeLinear(layer, op.weights, op.bias, op.types); },
                   [&](Conv &op) { typeLinear(layer, op.weights, op.bias, op.types); },
                   [&](Activation &op) { typeActivation(layer, op); },
                   [&](Softmax &op) { makeSoftmaxTables(op, inputType(layer), precision_.tableSize); },
                   [&](Affine &op) { typeAffine(layer, op); },
                   [](Quantize &) {},
                   [](Threshold &) {},
                   [](Requantize &) {},
                   [](ArgMax &) {},
                   [](Pool &) {},
                   [](GlobalPool &) {},
                   [](Binary &) {},
                   [](Concat &) {},
                   [](Transpose &) {},
                   [](Reshape &) {},
                   [](Pad &) {},
                   [](Upsample &) {},
                   [](Sum &) {},
                   [](Crop &) {},
                   [](Send &) {},
                   [](Receive &) {},
               },
               layer.op);
  }

  void checkAccumulator(const Layer &layer) {
    const LinearTypes *types = nullptr;
    const Weights *weights = nullptr, *bias = nullptr;
    if (const auto *dense = std::get_if<Dense>(&layer.op))
      types = &dense->types, weights = &dense->weights, bias = &dense->bias;
    else if (const auto *conv = std::get_if<Conv>(&layer.op))
      types = &conv->types, weights = &conv->weights, bias = &conv->bias;
    else
      return;
    const FixedType &accum = types->accum.fixed();
    auto fault = [&](std::string message) {
      found_.add({.file = {},
                  .node = printable(layer.name),
                  .op = kindName(layer.op),
                  .message = std::move(message),
                  .notes = {}});
    };
    if (accum.width > num::kMaxAccumWidth)
      fault(fmt::format(
          "its accumulator would need {} bits, more than {}; narrower inputs or weights would fit",
          accum.width, num::kMaxAccumWidth));
    else if (accum.overflow != num::Overflow::Wrap)
      if (const FixedType needed = accumulatorType(layer, *weights, *bias, *types);
          !num::holdsAll(accum, needed))
        fault(fmt::format("accumulator {} may saturate (the sums need {}), and then its result depends on "
                          "the order of the terms; "
                          "AP_WRAP, {} or --widen-accum would work",
                          num::toString(accum), num::toString(needed), num::toString(needed)));
  }

  const Precision &precision_;
  Model typed_;
  std::vector<std::string> widened_; ///< By layer, empty where nothing is
  Diagnostics found_;
};

} // namespace

llvm::Error type(Design &design) {
  if (design.source.isInteger) {
    if (!design.precision.layers.empty())
      return badUsage(
          fmt::format("the precision file gives layer '{}' types; this network is quantised, and its types "
                      "follow from the file: only inputs that it does not quantise take some",
                      printable(design.precision.layers.begin()->first)));
    auto typed = typeIntegers(design.source);
    if (!typed)
      return typed.takeError();
    design.typed = std::move(*typed);
    return llvm::Error::success();
  }
  Typer typer(design.source, design.precision);
  auto typed = typer.run();
  if (!typed)
    return typed.takeError();
  for (std::string &note : typer.notes())
    design.notes.push_back(std::move(note));
  design.typed = std::move(*typed);
  return llvm::Error::success();
}

} // namespace braid::pass
