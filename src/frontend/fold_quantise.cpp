// Folding of quantisers on constants: quantised weights and biases, as the exact reals they are.
//
// Results are float64, so that a level times its scale stays exact: streamlining finds the levels again.

#include "quantisers.h"

#include "fold.h"

namespace braid::frontend {
namespace {

using Results = llvm::Expected<std::vector<Tensor>>;

auto parametersOf(FoldContext &context) {
  return [&context](size_t i, llvm::StringRef what) -> llvm::Expected<const Tensor *> {
    if (const Tensor *tensor = context.input(i))
      return tensor;
    return fault("{} (input {}) are left out", what, i);
  };
}

llvm::Expected<Tensor> quantised(FoldContext &context, const Tensor &in, const Quantiser &quantiser) {
  if (auto error = context.afford(in.dims()))
    return error;
  std::vector<std::vector<int64_t>> from;
  for (const Tensor *tensor : {&quantiser.scale, &quantiser.zero, &quantiser.outScale, &quantiser.outZero}) {
    auto dims = broadcastShape(tensor->dims(), in.dims());
    if (!dims)
      return dims.takeError();
    if (*dims != in.dims() && in.size() != ir::elements(*dims))
      return fault("parameters {} do not fit a constant {}", ir::toString(tensor->dims()),
                   ir::toString(in.dims()));
    from.push_back(tensor->size() == 1 ? std::vector<int64_t>() : broadcastIndices(tensor->dims(), *dims));
  }
  const std::vector<double> scale = quantiser.scale.reals(), zero = quantiser.zero.reals(),
                            outScale = quantiser.outScale.reals(), outZero = quantiser.outZero.reals();
  auto pick = [&](const std::vector<double> &numbers, size_t which, size_t i) {
    return from[which].empty() ? numbers[0] : numbers[at(from[which][i])];
  };
  std::vector<double> values = in.reals();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = quantisedValue(
        quantiser, {pick(scale, 0, i), pick(zero, 1, i), pick(outScale, 2, i), pick(outZero, 3, i)},
        values[i]);
  return Tensor::ofReals(isReal(quantiser.type) ? ElementType::Double : quantiser.type, in.dims(), values);
}

Results oneOf(llvm::Expected<Tensor> tensor) {
  if (!tensor)
    return tensor.takeError();
  return std::vector<Tensor>{std::move(*tensor)};
}

template <llvm::Expected<Quantiser> (*read)(Attributes &, ParameterOf)> Results quant(FoldContext &context) {
  auto quantiser = read(context.attributes, parametersOf(context));
  if (!quantiser)
    return quantiser.takeError();
  return oneOf(quantised(context, *context.input(0), *quantiser));
}

Results trunc(FoldContext &context) {
  auto steps = readTrunc(context.attributes, parametersOf(context), context.inputs.size() > 5);
  if (!steps)
    return steps.takeError();
  auto rounded = quantised(context, *context.input(0), steps->round);
  if (!rounded)
    return rounded.takeError();
  return oneOf(quantised(context, *rounded, steps->truncate));
}

Results quantizeLinear(FoldContext &context) {
  const Tensor &in = *context.input(0);
  auto quantiser =
      readQuantizeLinear(context.attributes, parametersOf(context), context.input(2) != nullptr, in.dims());
  if (!quantiser)
    return quantiser.takeError();
  return oneOf(quantised(context, in, *quantiser));
}

Results dequantizeLinear(FoldContext &context) {
  const Tensor &in = *context.input(0);
  auto linear = readDequantizeLinear(context.attributes, parametersOf(context), context.input(2) != nullptr,
                                     in.type(), in.dims());
  if (!linear)
    return linear.takeError();
  // (x - zero) * scale: a quantiser that leaves every integer where it is.
  Quantiser keeps;
  keeps.scale = Tensor::ofReals(ElementType::Double, {}, {1.0});
  keeps.zero = Tensor::ofReals(ElementType::Double, {}, {0.0});
  keeps.outScale = linear->scale, keeps.outZero = linear->zero;
  keeps.lo = std::numeric_limits<int32_t>::min(), keeps.hi = std::numeric_limits<uint32_t>::max();
  return oneOf(quantised(context, in, keeps));
}

constexpr FoldRule kRules[] = {
    {"BipolarQuant", 2, 2, quant<readBipolarQuant>},
    {"DequantizeLinear", 2, 3, dequantizeLinear},
    {"IntQuant", 4, 4, quant<readQuant>},
    {"Quant", 4, 4, quant<readQuant>},
    {"QuantizeLinear", 2, 3, quantizeLinear},
    {"Trunc", 5, 6, trunc},
};

} // namespace

llvm::ArrayRef<FoldRule> quantiseFolds() { return kRules; }

} // namespace braid::frontend
