// What the nodes that quantise say, of constants and of streams alike: parameters read and checked once.
#pragma once

#include "lower.h"

#include "llvm/ADT/STLExtras.h"

namespace braid::frontend {

/// level = clamp(round(x / scale + zero), lo, hi), or round(x / scale) + zero with `roundsFirst`, or, of a
/// bipolar one, 1 for x / scale + zero >= 0 and else -1. The value that goes on is (level - outZero) *
/// outScale.
struct Quantiser {
  Tensor scale, zero, outScale, outZero;
  int64_t lo = 0, hi = 0;
  num::LevelRounding rounding = num::LevelRounding::HalfEven;
  bool roundsFirst = false, isBipolar = false;
  ElementType type = ElementType::Float; ///< Of what it gives
};
/// The value of x for parameters of one element.
struct QuantiserAt {
  double scale, zero, outScale, outZero;
};
double quantisedValue(const Quantiser &quantiser, const QuantiserAt &at, double x);

/// The inputs of a node that are constants, whoever asks; fails where one comes at run time.
using ParameterOf = llvm::function_ref<llvm::Expected<const Tensor *>(size_t i, llvm::StringRef what)>;

/// Quant and IntQuant of QONNX.
llvm::Expected<Quantiser> readQuant(Attributes &attributes, ParameterOf parameter);
/// BipolarQuant of QONNX.
llvm::Expected<Quantiser> readBipolarQuant(Attributes &attributes, ParameterOf parameter);
/// QuantizeLinear; `shape` is that of its input, hasZero whether its third input is there.
llvm::Expected<Quantiser> readQuantizeLinear(Attributes &attributes, ParameterOf parameter, bool hasZero,
                                             llvm::ArrayRef<int64_t> shape);
/// DequantizeLinear: scale and zero, shaped to broadcast over its input of `type` and `shape`.
struct Dequantiser {
  Tensor scale, zero;
};
llvm::Expected<Dequantiser> readDequantizeLinear(Attributes &attributes, ParameterOf parameter, bool hasZero,
                                                 ElementType type, llvm::ArrayRef<int64_t> shape);
/// Trunc of QONNX: two quantisers, one after the other.
struct TruncSteps {
  Quantiser round, truncate;
};
llvm::Expected<TruncSteps> readTrunc(Attributes &attributes, ParameterOf parameter, bool hasOutputScale);
} // namespace braid::frontend
