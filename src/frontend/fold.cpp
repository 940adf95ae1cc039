#include "fold.h"

#include "shapes.h"

#include "braid/support/text.h"

namespace braid::frontend {

llvm::Error FoldContext::afford(llvm::ArrayRef<int64_t> shape) {
  const auto elements = checkedElements(shape);
  if (!elements || *elements > kMaxConstantElements)
    return fault("a constant of shape {} is larger than any weight", ir::toString(shape));
  if (*elements > budget)
    return fault("computing the file's constants makes more than {} elements",
                 withThousands(kMaxConstantElements));
  budget -= *elements;
  return llvm::Error::success();
}

const FoldRule *foldRule(llvm::StringRef op) {
  for (llvm::ArrayRef<FoldRule> rules : {shapeFolds(), arithmeticFolds(), quantiseFolds()})
    for (const FoldRule &rule : rules)
      if (op == rule.op)
        return &rule;
  return nullptr;
}

llvm::Expected<std::vector<Tensor>> foldNode(const FoldRule &rule, FoldContext &context) {
  const size_t count = context.inputs.size();
  if (count < rule.fewest || count > rule.most)
    return fault("{} inputs; {} to {} are expected", count, rule.fewest, rule.most);
  for (size_t i = 0; i < rule.fewest; ++i)
    if (!context.inputs[i])
      return fault("input {} is left out", i);
  auto out = rule.fold(context);
  if (!out)
    return out.takeError();
  if (auto error = context.attributes.finish())
    return error;
  return out;
}

llvm::Expected<std::vector<int64_t>> integersOf(const Tensor &tensor, llvm::StringRef what) {
  // Far more than dimensions, far less than memory.
  constexpr int64_t kMost = 1 << 20;
  if (isReal(tensor.type()))
    return fault("{} must be integers, not {}", what, toString(tensor.type()));
  if (tensor.size() > kMost)
    return fault("{} of {} elements", what, tensor.size());
  return tensor.integers();
}

llvm::Expected<std::vector<int64_t>> attributeOrInput(Attributes &attributes, const char *name,
                                                      const Tensor *tensor) {
  std::vector<int64_t> fromAttribute = attributes.integers(name);
  if (tensor)
    return integersOf(*tensor, name);
  return fromAttribute;
}

Tensor shapeTensor(llvm::ArrayRef<int64_t> shape, Attributes &attributes) {
  const auto rank = static_cast<int64_t>(shape.size());
  auto bound = [&](int64_t axis) { return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank); };
  const int64_t start = bound(std::max(attributes.integer("start", 0), -rank));
  const int64_t end = bound(std::max(attributes.integer("end", rank), -rank));
  const auto part = shape.slice(at(start), at(std::max<int64_t>(end - start, 0)));
  return Tensor::ofIntegers(ElementType::Int64, {static_cast<int64_t>(part.size())}, part);
}

llvm::Expected<Tensor> constantNode(Attributes &attributes) {
  if (const Tensor *tensor = attributes.tensor("value"))
    return *tensor;
  if (attributes.has("value_float"))
    return Tensor::ofReals(ElementType::Float, {}, {attributes.real("value_float", 0)});
  if (attributes.has("value_int"))
    return Tensor::ofIntegers(ElementType::Int64, {}, {attributes.integer("value_int", 0)});
  if (attributes.has("value_floats")) {
    const std::vector<float> values = attributes.reals("value_floats");
    return Tensor::ofReals(ElementType::Float, {static_cast<int64_t>(values.size())},
                           std::vector<double>(values.begin(), values.end()));
  }
  if (attributes.has("value_ints")) {
    const std::vector<int64_t> values = attributes.integers("value_ints");
    return Tensor::ofIntegers(ElementType::Int64, {static_cast<int64_t>(values.size())}, values);
  }
  return fault("it has no value of a supported kind");
}

} // namespace braid::frontend
