// MatMul and Gemm: Dense where there is one position, a 1x1 convolution where there are many.

#include "lower.h"

#include <bit>
#include <cmath>

namespace braid::frontend {

namespace {

bool isFinite(float value) { return (std::bit_cast<uint32_t>(value) & 0x7f800000U) != 0x7f800000U; }
bool isFinite(double value) { return std::isfinite(value); }

template <class T>
llvm::Expected<std::vector<T>> finite(std::vector<T> values, llvm::StringRef what, float factor) {
  if (factor != 1)
    for (T &value : values)
      value *= factor;
  bool all = true;
  for (T value : values)
    all &= isFinite(value);
  if (!all)
    return fault("{} hold NaN or infinity", what);
  return values;
}

llvm::Error checkSize(const Tensor &tensor, llvm::StringRef what) {
  return tensor.size() > kMaxConstantElements
             ? fault("{} {} are larger than any weights", what, ir::toString(tensor.dims()))
             : llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<float>> finiteFloats(const Tensor &tensor, llvm::StringRef what, float factor) {
  if (auto error = checkSize(tensor, what))
    return error;
  return finite(tensor.floats(), what, factor);
}

llvm::Expected<std::vector<double>> finiteReals(const Tensor &tensor, llvm::StringRef what, float factor) {
  if (auto error = checkSize(tensor, what))
    return error;
  return finite(tensor.reals(), what, factor);
}

llvm::Expected<ir::Weights> finiteVector(const Tensor &tensor, llvm::StringRef what, float factor) {
  auto values = finiteReals(tensor, what, factor);
  if (!values)
    return values.takeError();
  return ir::Weights::fromReals(std::move(*values), tensor.size());
}

namespace {

ir::Weights weightsOf(std::vector<float> values, int64_t rows, int64_t columns) {
  return ir::Weights::fromFloats(std::move(values), rows, 1, columns);
}
ir::Weights weightsOf(std::vector<double> values, int64_t rows, int64_t columns) {
  return ir::Weights::fromReals(std::move(values), rows, 1, columns);
}

template <class T>
llvm::Expected<ir::Weights> arranged(llvm::Expected<std::vector<T>> values, int64_t rows, int64_t columns,
                                     bool flipped) {
  if (!values)
    return values.takeError();
  if (flipped && rows > 1 && columns > 1) {
    std::vector<T> turned(values->size());
    constexpr int64_t kTile = 32; // both sides stay in the cache
    for (int64_t r0 = 0; r0 < rows; r0 += kTile)
      for (int64_t c0 = 0; c0 < columns; c0 += kTile)
        for (int64_t r = r0; r < std::min(r0 + kTile, rows); ++r)
          for (int64_t c = c0; c < std::min(c0 + kTile, columns); ++c)
            turned[at(r * columns + c)] = (*values)[at(c * rows + r)];
    *values = std::move(turned);
  }
  return weightsOf(std::move(*values), rows, columns);
}

/// [rows, columns] from the same, or from [columns, rows] if `flipped`; times `factor`.
llvm::Expected<ir::Weights> matrix(const Tensor &tensor, int64_t rows, int64_t columns, bool flipped,
                                   float factor) {
  if (tensor.type() == ElementType::Double)
    return arranged(finiteReals(tensor, "weights", factor), rows, columns, flipped);
  return arranged(finiteFloats(tensor, "weights", factor), rows, columns, flipped);
}

/// Sets the output to `in` with its `axis` multiplied by weights [rows, size of axis]; to a part of the
/// output if `part` says which.
llvm::Error lowerMatrix(OpContext &context, const Lowered &in, int64_t axis, ir::Weights weights,
                        ir::Weights bias, llvm::StringRef part = {}) {
  if (weights.rows() == 0 || weights.channels() != in.shape[at(axis)])
    return fault("weights [{}, {}] do not fit axis {} of {}", weights.rows(), weights.channels(), axis,
                 ir::toString(in.shape));
  Lowered out = in;
  out.shape[at(axis)] = weights.rows();
  Axes positions;
  for (int64_t other : wideAxes(in))
    if (other != axis)
      positions.push_back(other);
  if (positions.size() > 2)
    return fault("a product at positions of {} dimensions of {}; one or two are supported", positions.size(),
                 ir::toString(in.shape));
  out.axes = positions;
  out.axes.push_back(axis);
  out.axes = layoutOf(out.axes);
  auto from = context.builder.inLayout(context.node, in, out.axes);
  if (!from)
    return from.takeError();
  ir::Op op = ir::Dense{std::move(weights), std::move(bias), {}};
  if (auto &dense = std::get<ir::Dense>(op); !positions.empty())
    op = ir::Conv{{}, 1, std::move(dense.weights), std::move(dense.bias), {}};
  auto stream =
      part.empty() ? context.emit(std::move(op), {*from}) : context.emitPart(std::move(op), {*from}, part);
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

/// A constant operand of MatMul without ones in front; fails if it is a stack of several matrices.
llvm::Expected<Tensor> asMatrix(const Tensor &tensor) {
  Shape dims = tensor.dims();
  while (dims.size() > 2 && dims[0] == 1)
    dims.erase(dims.begin());
  if (dims.size() > 2)
    return fault("a product with a stack of matrices {}; one matrix is supported",
                 ir::toString(tensor.dims()));
  if (dims.empty())
    return fault("a product with a single number");
  return tensor.reshaped(dims);
}

/// The value without an axis of 1.
Lowered withoutAxis(const Lowered &value, int64_t axis) {
  Lowered out = value;
  out.shape.erase(out.shape.begin() + axis);
  for (int64_t &named : out.axes)
    named = named == axis ? kNoAxis : named > axis ? named - 1 : named;
  if (axis == 0)
    out.batch = 0;
  return out;
}

llvm::Error matMul(OpContext &context) {
  const bool weightsFirst = context.constant(0) != nullptr;
  auto in = context.stream(weightsFirst ? 1 : 0);
  if (!in)
    return in.takeError();
  auto parameter = context.parameter(weightsFirst ? 0 : 1, "weights");
  if (!parameter)
    return parameter.takeError();
  auto weights = asMatrix(**parameter);
  if (!weights)
    return weights.takeError();
  const bool isVector = weights->rank() == 1;
  if ((*in)->rank() == 0)
    return fault("a product with a single number");
  Lowered wide = isVector ? **in : widenedView(**in, (*parameter)->rank());
  // x[.., K] W[K, N] contracts the last axis; W[M, K] x[.., K, N] the one before, if there is one.
  const int64_t axis = weightsFirst && wide.rank() > 1 ? wide.rank() - 2 : wide.rank() - 1;
  const Shape &dims = weights->dims();
  const bool flipped = !weightsFirst && !isVector;
  const int64_t rows = isVector ? 1 : flipped ? dims[1] : dims[0];
  auto made = matrix(*weights, rows, isVector || flipped ? dims[0] : dims[1], flipped, 1);
  if (!made)
    return made.takeError();
  if (auto error = lowerMatrix(context, wide, axis, std::move(*made), {}))
    return error;
  if (isVector)
    context.outputs[0] = withoutAxis(context.outputs[0], axis);
  return llvm::Error::success();
}

/// C of Gemm as a vector of `columns`, times beta.
llvm::Expected<ir::Weights> gemmBias(const Tensor &tensor, int64_t rows, int64_t columns, float beta) {
  auto shape = broadcastShape(tensor.dims(), {rows, columns});
  if (!shape || *shape != Shape{rows, columns}) {
    if (!shape)
      llvm::consumeError(shape.takeError());
    return fault("a bias of shape {} does not fit outputs [{}, {}]", ir::toString(tensor.dims()), rows,
                 columns);
  }
  if (tensor.rank() == 2 && tensor.dims()[0] > 1)
    return fault("a bias of shape {} differs from row to row", ir::toString(tensor.dims()));
  auto values = finiteReals(tensor, "biases", beta);
  if (!values)
    return values.takeError();
  if (values->size() == 1)
    values->assign(at(columns), values->front());
  return ir::Weights::fromReals(std::move(*values), columns);
}

llvm::Error gemm(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto weights = context.parameter(1, "weights");
  if (!weights)
    return weights.takeError();
  const float alpha = context.attributes.real("alpha", 1), beta = context.attributes.real("beta", 1);
  const bool transA = context.attributes.integer("transA", 0) != 0;
  const bool transB = context.attributes.integer("transB", 0) != 0;
  if (context.opset < 7)
    context.attributes.ignore("broadcast"); // shapes alone say what is broadcast
  if ((*in)->rank() != 2 || (*weights)->rank() != 2)
    return fault("operands {} and {}; matrices are expected", ir::toString((*in)->shape),
                 ir::toString((*weights)->dims()));
  auto rows = transA ? transposedView(**in, {1, 0}) : **in;
  if (!rows)
    return rows.takeError();
  const Shape &dims = (*weights)->dims();
  const int64_t outputs = transB ? dims[0] : dims[1], inputs = transB ? dims[1] : dims[0];
  if (inputs != rows->shape[1])
    return fault("operands {} and {} ({}) do not fit", ir::toString(rows->shape), ir::toString(dims),
                 transB ? "transposed" : "as it is");
  auto made = matrix(**weights, outputs, inputs, /*flipped=*/!transB, alpha);
  if (!made)
    return made.takeError();
  const Lowered *summand = context.input(2);
  if (summand && !summand->constant) {
    auto stream = context.stream(2);
    if (!stream)
      return stream.takeError();
    if (beta != 1)
      return fault("a factor beta of {} for an input that comes at run time; 1 is supported", beta);
    if (auto error = lowerMatrix(context, *rows, 1, std::move(*made), {}, "product"))
      return error;
    auto sum = combineStreams(context, ir::BinaryKind::Add, context.outputs[0], **stream, {});
    if (!sum)
      return sum.takeError();
    context.outputs[0] = std::move(*sum);
    return llvm::Error::success();
  }
  ir::Weights bias;
  if (summand) {
    auto vector = gemmBias(*summand->constant, rows->shape[0], outputs, beta);
    if (!vector)
      return vector.takeError();
    bias = std::move(*vector);
  }
  return lowerMatrix(context, *rows, 1, std::move(*made), std::move(bias));
}

constexpr LowerRule kRules[] = {
    {"Gemm", 2, 3, gemm},
    {"MatMul", 2, 2, matMul},
};

} // namespace

llvm::ArrayRef<LowerRule> linearRules() { return kRules; }

} // namespace braid::frontend
