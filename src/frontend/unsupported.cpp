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
constexpr const char *kQuantised =
    "quantised models are not supported; export the model in float32 and give the "
    "precision here";
constexpr const char *kRanking =
    "the operator is not supported; end the model before it and find the largest outputs on "
    "the host";

} // namespace

llvm::Error unsupportedOperator(const Node &node) {
  const char *advice = llvm::StringSwitch<const char *>(node.op)
                           .Cases("If", "Loop", "Scan", kControlFlow)
                           .Cases("LSTM", "GRU", "RNN", kRecurrent)
                           .Cases("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
                                  "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", kQuantised)
                           .Cases("Quant", "BipolarQuant", "Trunc", "MultiThreshold", kQuantised)
                           .Cases("ArgMax", "TopK", kRanking)
                           .Default(nullptr);
  if (advice)
    return fault("{}", advice);
  if (!node.domain.empty())
    return fault("its domain '{}' is unknown; only operators of ONNX itself are supported",
                 printable(node.domain));
  return fault("the operator is not supported");
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
