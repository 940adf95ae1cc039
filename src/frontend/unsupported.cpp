#include "unsupported.h"

#include "shapes.h"

#include "braid/support/text.h"

#include "llvm/ADT/StringSwitch.h"

namespace braid::frontend {
namespace {

constexpr const char *kControlFlow =
    "control flow is not supported; export the model with its decisions fixed and its "
    "loops unrolled";
constexpr const char *kRecurrent = "recurrent networks are not supported";
constexpr const char *kDynamic =
    "quantisation that finds its scales at run time is not supported; quantise the model statically";
constexpr const char *kActivation =
    "the activation is not supported; Relu, LeakyRelu, PRelu, Clip, Sigmoid, Tanh, HardSigmoid, HardSwish, "
    "Elu, Selu and Softmax are";
constexpr const char *kLogarithm =
    "the operator is not supported; Softmax is, and its largest output is at the same place";
constexpr const char *kStatistics = "statistics that each sample makes anew are not supported; "
                                    "BatchNormalization, with those of the training, is";
constexpr const char *kParts = "the operator is not supported; layers of their own that give each of the "
                               "parts are, e.g. two convolutions";
constexpr const char *kProduct = "the operator is not supported; MatMul and Gemm with constant weights are";

} // namespace

llvm::Error unsupportedOperator(const Node &node) {
  const char *advice = llvm::StringSwitch<const char *>(node.op)
                           .Cases("If", "Loop", "Scan", kControlFlow)
                           .Cases("LSTM", "GRU", "RNN", kRecurrent)
                           .Cases("DynamicQuantizeLinear", "DynamicQuantizeMatMul", kDynamic)
                           .Cases("Celu", "Erf", "Exp", "Gelu", "Mish", "Softplus", kActivation)
                           .Cases("Softsign", "ThresholdedRelu", "Hardmax", kActivation)
                           .Case("LogSoftmax", kLogarithm)
                           .Cases("LayerNormalization", "InstanceNormalization", "GroupNormalization", "LRN",
                                  "LpNormalization", "MeanVarianceNormalization", kStatistics)
                           .Case("Split", kParts)
                           .Cases("Einsum", "Attention", kProduct)
                           .Default(nullptr);
  if (advice)
    return fault("{}", advice);
  if (!node.domain.empty())
    return fault("its domain '{}' is unknown; only operators of ONNX itself are supported",
                 printable(node.domain));
  return fault("the operator is not supported; README.md, \"Models\", lists those that are");
}

bool keepsShape(llvm::StringRef op) {
  return llvm::StringSwitch<bool>(op)
      .Cases("Abs", "Celu", "Cos", "Erf", "Exp", "Floor", "Gelu", "Log", "LogSoftmax", "Mish", true)
      .Cases("Reciprocal", "Round", "Sin", "Softplus", "Softsign", "Sqrt", "ThresholdedRelu", true)
      .Cases("InstanceNormalization", "LayerNormalization", "LpNormalization", "LRN", true)
      .Cases("QuantizeLinear", "DequantizeLinear", "Quant", "BipolarQuant", "Trunc", "MultiThreshold", true)
      .Default(false);
}

} // namespace braid::frontend
