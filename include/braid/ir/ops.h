// The kinds of layers. A layer of a source model holds floats; typing fills in the types and integer weights.
//
// Every op is one struct here; `Op` lists them. Code that treats them all visits the variant without a
// catch-all, so that the compiler names each place a new op must be thought about.
#pragma once

#include "braid/ir/weights.h"
#include "braid/num/data_type.h"
#include "braid/num/levels.h"

#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <variant>
#include <vector>

namespace braid::ir {

using Shape = llvm::SmallVector<int64_t, 4>;
int64_t elements(llvm::ArrayRef<int64_t> shape);
std::string toString(llvm::ArrayRef<int64_t> shape);

/// Types inside a layer with weights; float32 before typing.
struct LinearTypes {
  num::DataType weight, bias, accum;
};

/// y[mh] = W[mh, mw] x[mw] + b[mh].
struct Dense {
  Weights weights; ///< [mh, 1, mw], row per neuron
  Weights bias;    ///< [mh, 1, 1] or empty
  LinearTypes types;
};

/// A window that slides over [H, W, C]. Order of pairs: height, width. 1-D layers have height 1.
struct Window {
  int64_t kernel[2] = {1, 1};
  int64_t stride[2] = {1, 1};
  int64_t padBegin[2] = {0, 0};
  int64_t padEnd[2] = {0, 0};
  int64_t dilation[2] = {1, 1};

  int64_t taps() const { return kernel[0] * kernel[1]; }
  bool hasPadding() const { return padBegin[0] || padBegin[1] || padEnd[0] || padEnd[1]; }
  bool hasDilation() const { return dilation[0] != 1 || dilation[1] != 1; }
  /// Output size along axis 0 (height) or 1 (width) for an input size; below 1 where the window does not fit.
  int64_t outputSize(int axis, int64_t input) const;
};

/// Cross-correlation over [H, W, C] with groups; output [H', W', mh].
struct Conv {
  Window window;
  int64_t groups = 1;
  Weights weights; ///< [mh, kh*kw, C/groups]
  Weights bias;    ///< [mh, 1, 1] or empty
  LinearTypes types;

  bool isDepthwise(int64_t channels) const { return groups == channels && groups > 1; }
};

enum class PoolKind : uint8_t { Max, Average, Sum };

/// Padding cells never win a maximum and add nothing to a sum; they count in an average only with
/// countIncludePad.
struct Pool {
  PoolKind kind = PoolKind::Max;
  Window window;
  bool countIncludePad = false;
};

/// Pooling over all positions: [H, W, C] -> [1, 1, C].
struct GlobalPool {
  PoolKind kind = PoolKind::Average;
};

/// y = values[clamp((x - lo + half) >> shift, 0, n - 1)], mantissas of the input and output types;
/// half = shift ? 1 << (shift - 1) : 0.
struct Table {
  int64_t lo = 0;
  int shift = 0;
  std::shared_ptr<const std::vector<int64_t>> values;
};

enum class ActivationKind : uint8_t { Relu, LeakyRelu, PRelu, Clip, Sigmoid, Tanh, HardSigmoid, Selu, Elu };

/// Element by element. Parameters by kind: LeakyRelu alpha; Elu alpha; Selu alpha, gamma (as beta);
/// HardSigmoid alpha x + beta; Clip from alpha to beta; PRelu slopes [C, 1, 1].
/// Sigmoid and Tanh are tables throughout, Elu and Selu for x < 0.
struct Activation {
  ActivationKind kind = ActivationKind::Relu;
  double alpha = 0, beta = 0;
  Weights slopes;
  // Typed:
  num::DataType paramType;       ///< Of slopes, alpha, beta where they take part in arithmetic.
  int64_t alphaQ = 0, betaQ = 0; ///< Their mantissas in paramType.
  Table table;
};

/// Over the last axis. Its tables are those of docs in include/braid/num/softmax.h.
struct Softmax {
  // Typed:
  int expShift = 0;
  std::shared_ptr<const std::vector<int64_t>> expTable, invTable; ///< ap_ufixed<18,1> mantissas
};

/// y = x * scale + bias, per channel (scale [C,1,1]) or per element (scale [elements,1,1]).
struct Affine {
  Weights scale, bias;
  num::DataType scaleType, biasType;
};

/// The level of a ladder that a number is on; source models only, streamlining turns it into integers.
/// level = clamp(round(x / scale + zeroPoint), lo, hi) (or round(x / scale) + zeroPoint, with `roundsFirst`);
/// or, with thresholds, level = lo + the number of thresholds not above x. y = outScale * level + outBias.
/// Numbers are one for all or one per channel.
struct Quantize {
  Weights scale, zeroPoint; ///< [1 or C, 1, 1], scale above zero
  Weights thresholds;       ///< [1 or C, 1, n], ascending, or empty
  int64_t lo = 0, hi = 0;
  num::LevelRounding rounding = num::LevelRounding::HalfEven;
  bool roundsFirst = false;
  Weights outScale, outBias; ///< [1 or C, 1, 1]
};

/// y = base + the number of thresholds not above x: what scales, biases, activations and quantisation between
/// two integer tensors come to. Thresholds [1 or C, 1, n], ascending, mantissas of the input's type (they may
/// lie outside its range).
struct Threshold {
  Weights thresholds;
  int64_t base = 0;
};

/// y = clamp(floor((x * factor + offset) / 2^shift), lo, hi), whole numbers throughout, one for all or one
/// per channel: a ladder of even steps. Streamlined source models only; a typed model has an Affine of these
/// numbers whose cast rounds and saturates.
struct Requantize {
  Weights factor, offset; ///< [1 or C, 1, 1]
  int shift = 0;
  int64_t lo = 0, hi = 0;
};

/// The index of the largest number along the last axis; the first of several. [..., C] -> [..., 1]
struct ArgMax {};

enum class BinaryKind : uint8_t { Add, Sub, Mul, Div };

/// Element by element of two streams; the second may have ones where the first has not (broadcast), or the
/// first.
struct Binary {
  BinaryKind kind = BinaryKind::Add;
};

/// Along one axis of the shape, any number of inputs.
struct Concat {
  int64_t axis = 0;
};

/// Output dimension i is input dimension perm[i].
struct Transpose {
  llvm::SmallVector<int64_t, 4> perm;
};

/// The same elements in the same order.
struct Reshape {
  Shape shape;
};

/// Constant padding, begin and end per dimension.
struct Pad {
  llvm::SmallVector<int64_t, 4> begin, end;
  double value = 0;
};

/// Nearest neighbour by whole factors: output (h, w) is input (h / factor, w / factor).
struct Upsample {
  int64_t factor[2] = {1, 1};
};

/// What joins a layer that is cut by input: y = cast(x_1 + ... + x_k + bias), summed in the accumulator's
/// type, which all inputs have. [..., C] each; bias [C, 1, 1] or empty. Made by splitting only.
struct Sum {
  Weights bias;
  num::DataType biasType, accum;
};

/// The box [begin, end) of the input, by dimension.
struct Crop {
  llvm::SmallVector<int64_t, 4> begin, end;
};

/// A crossing: the input leaves to another FPGA, or the output comes from one, as stream `crossing` of the
/// plan.
struct Send {
  int32_t crossing = 0;
};
struct Receive {
  int32_t crossing = 0;
};

using Op =
    std::variant<Dense, Conv, Pool, GlobalPool, Activation, Softmax, Affine, Quantize, Threshold, Requantize,
                 ArgMax, Binary, Concat, Transpose, Reshape, Pad, Upsample, Sum, Crop, Send, Receive>;

/// `Dense`, `Conv`, `MaxPool`, `Relu`, ...
const char *kindName(const Op &op);
const char *kindName(ActivationKind kind);
const char *kindName(BinaryKind kind);

/// Whether the layer has a weight matrix [mh, mw].
inline bool isLinear(const Op &op) {
  return std::holds_alternative<Dense>(op) || std::holds_alternative<Conv>(op);
}

/// Element by element, so that it can follow its producer anywhere.
bool isElementwise(const Op &op);

/// std::visit with one lambda per case.
template <class... Fs> struct Overloaded : Fs... { using Fs::operator()...; };
template <class... Fs> Overloaded(Fs...) -> Overloaded<Fs...>;

} // namespace braid::ir
