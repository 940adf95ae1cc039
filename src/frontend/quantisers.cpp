#include "quantisers.h"

#include <cmath>

namespace braid::frontend {
namespace {

/// Wider levels than a quantiser's have no use here, and their ends must be whole numbers in double.
constexpr double kMostBits = 32;
/// Levels of the first step of Trunc, which has no ends of its own.
constexpr int64_t kUnbounded = int64_t{1} << 40;

llvm::Expected<double> bitWidth(const Tensor &tensor, llvm::StringRef what) {
  const std::vector<double> values = tensor.reals();
  if (values.empty())
    return fault("{} is an empty tensor", what);
  for (double value : values)
    if (value != values.front())
      return fault("{} of {} and {} in one tensor; one width for all channels is supported", what,
                   values.front(), value);
  if (!(values.front() > 0) || values.front() > kMostBits)
    return fault("{} of {} bits is not supported; widths above 0 and up to {} are", what, values.front(),
                 kMostBits);
  return values.front();
}

llvm::Error checkZero(const Tensor &zero) {
  for (double value : zero.reals())
    if (!std::isfinite(value) || std::fabs(value) > std::ldexp(1, 31))
      return fault("a zero point of {}; finite numbers are needed", value);
  return llvm::Error::success();
}

llvm::Expected<num::LevelRounding> roundingMode(Attributes &attributes, llvm::StringRef ifAbsent) {
  const std::string mode = attributes.text("rounding_mode", ifAbsent);
  if (auto rounding = num::levelRounding(mode))
    return *rounding;
  return fault(
      "rounding mode '{}' is unknown; ROUND, HALF_EVEN, HALF_UP, HALF_DOWN, UP, DOWN, CEIL, FLOOR and "
      "ROUND_TO_ZERO are supported",
      mode);
}

/// The ends of a ladder of `bits`, which may be broken, as QONNX gives them before rounding.
std::pair<double, double> ends(double bits, bool isSigned, bool isNarrow) {
  const double half = std::exp2(bits - 1), all = std::exp2(bits);
  if (isSigned)
    return {isNarrow ? 1 - half : -half, half - 1};
  return {0, isNarrow ? all - 2 : all - 1};
}

struct Levels {
  int64_t lo, hi;
};

/// Of an integer type that quantised tensors have; nothing for others.
std::optional<Levels> levelsOf(ElementType type) {
  switch (type) {
  case ElementType::Int4:
    return Levels{-8, 7};
  case ElementType::UInt4:
    return Levels{0, 15};
  case ElementType::Int8:
    return Levels{-128, 127};
  case ElementType::UInt8:
    return Levels{0, 255};
  case ElementType::Int16:
    return Levels{-32768, 32767};
  case ElementType::UInt16:
    return Levels{0, 65535};
  default:
    return std::nullopt;
  }
}

/// A parameter of QuantizeLinear and DequantizeLinear, one number or one along `axis`, shaped to broadcast.
llvm::Expected<Tensor> alongAxis(const Tensor &tensor, int64_t axis, llvm::ArrayRef<int64_t> shape,
                                 llvm::StringRef what) {
  if (tensor.size() == 1)
    return tensor.reshaped({});
  auto normal = normalAxis(axis, static_cast<int64_t>(shape.size()));
  if (!normal)
    return normal.takeError();
  if (tensor.rank() != 1 || tensor.size() != shape[at(*normal)])
    return fault("{} {} does not fit axis {} of {}; quantisation in blocks is not supported", what,
                 ir::toString(tensor.dims()), *normal, ir::toString(shape));
  Shape dims(shape.size(), 1);
  dims[at(*normal)] = tensor.size();
  return tensor.reshaped(dims);
}

llvm::Error checkScale(const Tensor &scale, llvm::StringRef what) {
  if (scale.size() == 0)
    return fault("{} is an empty tensor", what);
  for (double value : scale.reals())
    if (!(value > 0) || !std::isfinite(value))
      return fault("{} of {}; finite numbers above zero are needed", what, value);
  return llvm::Error::success();
}

Tensor one(double value) { return Tensor::ofReals(ElementType::Double, {}, {value}); }

struct LinearParameters {
  Tensor scale, zero;
  std::optional<ElementType> zeroType;
};

llvm::Expected<LinearParameters> linearParameters(Attributes &attributes, ParameterOf parameter, bool hasZero,
                                                  llvm::ArrayRef<int64_t> shape) {
  const int64_t axis = attributes.integer("axis", 1);
  if (attributes.integer("block_size", 0) != 0)
    return fault("quantisation in blocks is not supported; per tensor and per axis are");
  auto scale = parameter(1, "scales");
  if (!scale)
    return scale.takeError();
  if (auto error = checkScale(**scale, "a scale"))
    return error;
  LinearParameters out;
  auto placed = alongAxis(**scale, axis, shape, "scale");
  if (!placed)
    return placed.takeError();
  out.scale = std::move(*placed);
  out.zero = one(0);
  if (!hasZero)
    return out;
  auto zero = parameter(2, "zero points");
  if (!zero)
    return zero.takeError();
  out.zeroType = (*zero)->type();
  auto placedZero = alongAxis(**zero, axis, shape, "zero point");
  if (!placedZero)
    return placedZero.takeError();
  out.zero = std::move(*placedZero);
  return out;
}

/// Scales and zero points of QONNX: inputs 1 and 2.
llvm::Error readScaleAndZero(ParameterOf parameter, Quantiser &out) {
  auto scale = parameter(1, "scales");
  if (!scale)
    return scale.takeError();
  if (auto error = checkScale(**scale, "a scale"))
    return error;
  auto zero = parameter(2, "zero points");
  if (!zero)
    return zero.takeError();
  if (auto error = checkZero(**zero))
    return error;
  out.scale = out.outScale = **scale;
  out.zero = out.outZero = **zero;
  return llvm::Error::success();
}

llvm::Expected<double> readWidth(ParameterOf parameter, size_t i, llvm::StringRef what) {
  auto width = parameter(i, what);
  if (!width)
    return width.takeError();
  return bitWidth(**width, what);
}

/// The ladder of `bits`, with its broken ends rounded.
llvm::Error setLevels(Quantiser &out, double bits, bool isSigned, bool isNarrow) {
  const auto [lo, hi] = ends(bits, isSigned, isNarrow);
  out.lo = static_cast<int64_t>(num::rounded(lo, out.rounding));
  out.hi = static_cast<int64_t>(num::rounded(hi, out.rounding));
  return out.lo > out.hi ? fault("a bit width of {} leaves no level", bits) : llvm::Error::success();
}

} // namespace

double quantisedValue(const Quantiser &quantiser, const QuantiserAt &at, double x) {
  const double scaled = x / at.scale;
  double level = 0;
  if (quantiser.isBipolar)
    level = scaled + at.zero >= 0 ? 1 : -1;
  else
    level = std::clamp(quantiser.roundsFirst ? num::rounded(scaled, quantiser.rounding) + at.zero
                                             : num::rounded(scaled + at.zero, quantiser.rounding),
                       static_cast<double>(quantiser.lo), static_cast<double>(quantiser.hi));
  return (level - at.outZero) * at.outScale;
}

llvm::Expected<Quantiser> readQuant(Attributes &attributes, ParameterOf parameter) {
  Quantiser out;
  const bool isSigned = attributes.integer("signed", 1) != 0, isNarrow = attributes.integer("narrow", 0) != 0;
  auto rounding = roundingMode(attributes, "ROUND");
  if (!rounding)
    return rounding.takeError();
  out.rounding = *rounding;
  if (auto error = readScaleAndZero(parameter, out))
    return error;
  auto bits = readWidth(parameter, 3, "bit widths");
  if (!bits)
    return bits.takeError();
  out.isBipolar = isSigned && *bits == 1; // as QONNX reads one signed bit
  if (auto error = setLevels(out, *bits, isSigned, isNarrow); error && !out.isBipolar)
    return error;
  else
    llvm::consumeError(std::move(error));
  return out;
}

llvm::Expected<Quantiser> readBipolarQuant(Attributes &, ParameterOf parameter) {
  auto scale = parameter(1, "scales");
  if (!scale)
    return scale.takeError();
  if (auto error = checkScale(**scale, "a scale"))
    return error;
  Quantiser out;
  out.scale = out.outScale = **scale;
  out.zero = out.outZero = one(0);
  out.isBipolar = true;
  return out;
}

llvm::Expected<Quantiser> readQuantizeLinear(Attributes &attributes, ParameterOf parameter, bool hasZero,
                                             llvm::ArrayRef<int64_t> shape) {
  attributes.ignore("saturate"); // of 8-bit floats only
  attributes.ignore("precision");
  const auto wanted = static_cast<int32_t>(attributes.integer("output_dtype", 0));
  auto linear = linearParameters(attributes, parameter, hasZero, shape);
  if (!linear)
    return linear.takeError();
  Quantiser out;
  out.scale = std::move(linear->scale), out.zero = std::move(linear->zero);
  out.outScale = one(1), out.outZero = one(0);
  out.roundsFirst = true;
  out.type = linear->zeroType.value_or(wanted ? elementTypeOf(wanted).value_or(ElementType::Float)
                                              : ElementType::UInt8);
  const auto levels = levelsOf(out.type);
  if (!levels)
    return fault("a quantisation to {} is not supported; to int4, uint4, int8, uint8, int16 and uint16 it is",
                 toString(out.type));
  out.lo = levels->lo, out.hi = levels->hi;
  return out;
}

llvm::Expected<Dequantiser> readDequantizeLinear(Attributes &attributes, ParameterOf parameter, bool hasZero,
                                                 ElementType type, llvm::ArrayRef<int64_t> shape) {
  attributes.ignore("output_dtype");
  auto linear = linearParameters(attributes, parameter, hasZero, shape);
  if (!linear)
    return linear.takeError();
  if (linear->zeroType && *linear->zeroType != type)
    return fault("its input is {}, its zero point {}; they must be of one type", toString(type),
                 toString(*linear->zeroType));
  return Dequantiser{std::move(linear->scale), std::move(linear->zero)};
}

llvm::Expected<TruncSteps> readTrunc(Attributes &attributes, ParameterOf parameter, bool hasOutputScale) {
  auto rounding = roundingMode(attributes, "FLOOR");
  if (!rounding)
    return rounding.takeError();
  const bool isSigned = attributes.integer("signed", 1) != 0, isNarrow = attributes.integer("narrow", 0) != 0;
  TruncSteps out;
  if (auto error = readScaleAndZero(parameter, out.round))
    return error;
  auto from = readWidth(parameter, 3, "input widths");
  if (!from)
    return from.takeError();
  // Version 2 has the output's scale before the output's width.
  auto to = readWidth(parameter, hasOutputScale ? 5 : 4, "output widths");
  if (!to)
    return to.takeError();
  const Tensor scale = out.round.scale, zero = out.round.zero;
  out.round.outScale = one(1), out.round.outZero = one(0);
  out.round.lo = -kUnbounded, out.round.hi = kUnbounded;
  out.truncate.rounding = *rounding;
  out.truncate.zero = one(0);
  if (!hasOutputScale) {
    out.truncate.scale = one(std::exp2(*from - *to));
    out.truncate.outScale = scale, out.truncate.outZero = zero;
    out.truncate.lo = -kUnbounded, out.truncate.hi = kUnbounded;
    return out;
  }
  auto outputScale = parameter(4, "output scales");
  if (!outputScale)
    return outputScale.takeError();
  if (auto error = checkScale(**outputScale, "an output scale"))
    return error;
  if ((*outputScale)->size() != 1 || scale.size() != 1 || zero.size() != 1)
    return fault("scales and zero points per channel are not supported here; one for all channels is");
  const double step = std::exp2(std::nearbyint(std::log2((*outputScale)->real(0) / scale.real(0))));
  out.truncate.scale = one(step);
  out.truncate.outScale = **outputScale, out.truncate.outZero = one(zero.real(0) / step);
  if (auto error = setLevels(out.truncate, *to, isSigned, isNarrow))
    return error;
  return out;
}

} // namespace braid::frontend
