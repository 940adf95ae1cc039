// QOperator nodes of ONNX and the com.microsoft ones that onnxruntime's quantiser writes: each is a float
// operator on dequantised values, quantised again.

#include "expand.h"

namespace braid::frontend {
namespace {

/// x, scale, zero, w, scale, zero, y scale, y zero, bias in steps of x scale * w scale.
void qLinearConv(Expansion &e) {
  const ValueId x = e.dequantised(e.input(0), e.input(1), e.input(2));
  const ValueId w = e.dequantised(e.input(3), e.input(4), e.input(5), 0);
  std::vector<ValueId> inputs = {x, w};
  if (e.input(8) != ValueId::None)
    inputs.push_back(e.dequantised(e.input(8), e.exactProduct(e.input(1), e.input(4)), ValueId::None, 0));
  e.finish("QuantizeLinear",
           {e.add("Conv", std::move(inputs), e.attributesWithout({})), e.input(6), e.input(7)});
}

void qLinearMatMul(Expansion &e) {
  const ValueId a = e.dequantised(e.input(0), e.input(1), e.input(2), 0);
  const ValueId b = e.dequantised(e.input(3), e.input(4), e.input(5), -1);
  e.finish("QuantizeLinear", {e.add("MatMul", {a, b}), e.input(6), e.input(7)});
}

int64_t integerAttribute(const Node &node, const char *name) {
  for (const Attribute &attribute : node.attributes)
    if (attribute.name == name)
      if (const auto *value = std::get_if<int64_t>(&attribute.value))
        return *value;
  return 0;
}

/// a, scale, zero, b, scale, zero, [c in steps of alpha * a scale * b scale], [y scale, y zero]; without y
/// scale the result is real.
void qGemm(Expansion &e) {
  const ValueId a = e.dequantised(e.input(0), e.input(1), e.input(2));
  const ValueId b =
      e.dequantised(e.input(3), e.input(4), e.input(5), integerAttribute(e.node(), "transB") ? 0 : 1);
  std::vector<ValueId> inputs = {a, b};
  if (e.input(6) != ValueId::None) {
    ValueId step = e.exactProduct(e.input(1), e.input(4));
    for (const Attribute &attribute : e.node().attributes)
      if (const auto *alpha = std::get_if<float>(&attribute.value); alpha && attribute.name == "alpha")
        step = e.exactProduct(step, e.constant(Tensor::ofReals(ElementType::Double, {}, {*alpha}), "alpha"));
    inputs.push_back(e.dequantised(e.input(6), step, ValueId::None, 0));
  }
  if (e.input(7) == ValueId::None)
    return e.finish("Gemm", std::move(inputs), e.attributesWithout({}));
  e.finish("QuantizeLinear",
           {e.add("Gemm", std::move(inputs), e.attributesWithout({})), e.input(7), e.input(8)});
}

/// a, scale, zero, b, scale, zero, y scale, y zero.
void qLinearPair(Expansion &e, const char *op) {
  const ValueId a = e.dequantised(e.input(0), e.input(1), e.input(2));
  const ValueId b = e.dequantised(e.input(3), e.input(4), e.input(5));
  e.finish("QuantizeLinear", {e.add(op, {a, b}), e.input(6), e.input(7)});
}
void qLinearAdd(Expansion &e) { qLinearPair(e, "Add"); }
void qLinearMul(Expansion &e) { qLinearPair(e, "Mul"); }

/// x, scale, zero, y scale, y zero.
void qLinearSingle(Expansion &e, const char *op) {
  ValueId x = e.dequantised(e.input(0), e.input(1), e.input(2));
  const bool channelsLast = integerAttribute(e.node(), "channels_last") != 0;
  auto moved = [&](ValueId value, std::vector<int64_t> perm) {
    return channelsLast ? e.add("Transpose", {value}, {{"perm", std::move(perm)}}) : value;
  };
  x = moved(x, {0, 3, 1, 2});
  const ValueId y = e.add(op, {x}, e.attributesWithout({"channels_last", "opset"}));
  e.finish("QuantizeLinear", {moved(y, {0, 2, 3, 1}), e.input(3), e.input(4)});
}
void qLinearAveragePool(Expansion &e) { qLinearSingle(e, "AveragePool"); }
void qLinearGlobalAveragePool(Expansion &e) { qLinearSingle(e, "GlobalAveragePool"); }
void qLinearLeakyRelu(Expansion &e) { qLinearSingle(e, "LeakyRelu"); }
void qLinearSigmoid(Expansion &e) { qLinearSingle(e, "Sigmoid"); }
void qLinearSoftmax(Expansion &e) { qLinearSingle(e, "Softmax"); }

/// y scale, y zero, then x, scale, zero of each part.
void qLinearConcat(Expansion &e) {
  std::vector<ValueId> parts;
  for (size_t i = 2; i + 2 < e.node().inputs.size() + 1; i += 3)
    parts.push_back(e.dequantised(e.input(i), e.input(i + 1), e.input(i + 2)));
  e.finish("QuantizeLinear",
           {e.add("Concat", std::move(parts), e.attributesWithout({})), e.input(0), e.input(1)});
}

/// x, w, [x zero], [w zero]: sums of the integers themselves.
void integerProduct(Expansion &e, const char *op, int64_t weightAxis) {
  const ValueId step = e.constant(Tensor::ofReals(ElementType::Double, {}, {1.0}), "step");
  const ValueId x = e.dequantised(e.input(0), step, e.input(2));
  const ValueId w = e.dequantised(e.input(1), step, e.input(3), weightAxis);
  e.finish(op, {x, w}, e.attributesWithout({}));
}
void convInteger(Expansion &e) { integerProduct(e, "Conv", 0); }
void matMulInteger(Expansion &e) { integerProduct(e, "MatMul", -1); }

constexpr ExpandRule kRules[] = {
    {"ConvInteger", 2, convInteger},
    {"MatMulInteger", 2, matMulInteger},
    {"QGemm", 6, qGemm},
    {"QLinearAdd", 7, qLinearAdd},
    {"QLinearAveragePool", 4, qLinearAveragePool},
    {"QLinearConcat", 5, qLinearConcat},
    {"QLinearConv", 8, qLinearConv},
    {"QLinearGlobalAveragePool", 4, qLinearGlobalAveragePool},
    {"QLinearLeakyRelu", 4, qLinearLeakyRelu},
    {"QLinearMatMul", 8, qLinearMatMul},
    {"QLinearMul", 7, qLinearMul},
    {"QLinearSigmoid", 4, qLinearSigmoid},
    {"QLinearSoftmax", 4, qLinearSoftmax},
};

} // namespace

llvm::ArrayRef<ExpandRule> integerExpansions() { return kRules; }

} // namespace braid::frontend
