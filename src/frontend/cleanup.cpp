// Rewrites of a freshly lowered model that ONNX's way of writing makes necessary; anything cleverer is a
// pass.

#include "lower.h"

#include <numeric>

namespace braid::frontend {
namespace {

std::vector<bool> outputStreams(const ir::Model &model) {
  std::vector<bool> out(model.streams.size(), false);
  for (const ir::Port &port : model.outputs)
    out[index(port.stream)] = true;
  return out;
}

/// Whether an Affine layer only adds one number per row of weights with `rows`.
bool isBias(const ir::Affine &affine, int64_t rows) {
  if (affine.bias.rows() != rows)
    return false;
  for (int64_t i = 0; i < affine.scale.rows(); ++i)
    if (affine.scale.real(i) != 1)
      return false;
  return true;
}

/// Weights and bias of a linear layer.
template <class Model> auto linearParts(Model &layer) {
  using Weights = std::remove_reference_t<decltype((std::get_if<ir::Dense>(&layer.op)->weights))>;
  std::pair<Weights *, Weights *> parts = {nullptr, nullptr};
  if (auto *dense = std::get_if<ir::Dense>(&layer.op))
    parts = {&dense->weights, &dense->bias};
  else if (auto *conv = std::get_if<ir::Conv>(&layer.op))
    parts = {&conv->weights, &conv->bias};
  return parts;
}

} // namespace

/// MatMul + Add: the constant summand becomes the bias of the layer before.
void fuseBiases(ir::Model &model) {
  const auto readers = readersOf(model);
  const std::vector<bool> isOutput = outputStreams(model);
  for (ir::Layer &layer : model.layers) {
    auto [weights, bias] = linearParts(layer);
    if (!weights || !bias->empty() || isOutput[index(layer.output)] ||
        readers[index(layer.output)].size() != 1)
      continue;
    ir::Layer &reader = model.layer(readers[index(layer.output)][0]);
    const auto *affine = std::get_if<ir::Affine>(&reader.op);
    if (!affine || !isBias(*affine, weights->rows()))
      continue;
    *bias = affine->bias;
    layer.nodes.insert(layer.nodes.end(), reader.nodes.begin(), reader.nodes.end());
    // The Affine layer keeps the stream between, which nobody reads any more, and so is dead.
    std::swap(layer.output, reader.output);
    reader.inputs = {layer.output};
    model.stream(layer.output).producer = layer.id;
    model.stream(reader.output).producer = reader.id;
  }
}

namespace {

/// Rows (or, of a vector, elements) of `weights` at new places: element i moves to to[i].
ir::Weights movedElements(const ir::Weights &weights, llvm::ArrayRef<int64_t> to) {
  std::vector<double> values = weights.reals(), out(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    out[at(to[i])] = values[i];
  const auto count = static_cast<int64_t>(out.size());
  return ir::Weights::fromReals(std::move(out), count);
}

ir::Weights movedColumns(const ir::Weights &weights, llvm::ArrayRef<int64_t> to) {
  const std::vector<double> values = weights.reals();
  std::vector<double> out(values.size());
  const size_t columns = to.size();
  for (size_t row = 0; row < values.size(); row += columns)
    for (size_t column = 0; column < columns; ++column)
      out[row + at(to[column])] = values[row + column];
  return ir::Weights::fromReals(std::move(out), weights.rows(), 1, weights.channels());
}

/// The layers that see the order of a flat stream, up to and with the Dense layers that can undo a change of
/// it. Nothing if one of them cannot.
std::optional<std::vector<ir::LayerId>>
orderSinks(const ir::Model &model, const std::vector<llvm::SmallVector<ir::LayerId, 2>> &readers,
           const std::vector<bool> &isOutput, ir::StreamId flat) {
  std::vector<ir::LayerId> found;
  std::vector<ir::StreamId> todo = {flat};
  while (!todo.empty()) {
    const ir::StreamId stream = todo.back();
    todo.pop_back();
    if (isOutput[index(stream)] || model.stream(stream).shape.size() != 1)
      return std::nullopt;
    for (ir::LayerId reader : readers[index(stream)]) {
      const ir::Op &op = model.layer(reader).op;
      if (!std::holds_alternative<ir::Dense>(op) && !ir::isElementwise(op))
        return std::nullopt;
      found.push_back(reader);
      if (!std::holds_alternative<ir::Dense>(op))
        todo.push_back(model.layer(reader).output);
    }
  }
  return found;
}

void moveOrder(ir::Layer &layer, llvm::ArrayRef<int64_t> to) {
  if (auto *dense = std::get_if<ir::Dense>(&layer.op)) {
    dense->weights = movedColumns(dense->weights, to);
  } else if (auto *affine = std::get_if<ir::Affine>(&layer.op)) {
    affine->scale = movedElements(affine->scale, to);
    affine->bias = movedElements(affine->bias, to);
  } else if (auto *activation = std::get_if<ir::Activation>(&layer.op);
             activation && !activation->slopes.empty()) {
    activation->slopes = movedElements(activation->slopes, to);
  }
}

} // namespace

/// Transpose + Reshape to a vector + Dense, the flattening of a feature map: the columns of the Dense layer
/// change their order instead, so that hardware moves nothing. Element-wise layers between go along.
void sinkTransposes(ir::Model &model) {
  const auto readers = readersOf(model);
  const std::vector<bool> isOutput = outputStreams(model);
  for (const ir::Layer &layer : model.layers) {
    const auto *transpose = std::get_if<ir::Transpose>(&layer.op);
    if (!transpose || isOutput[index(layer.output)])
      continue;
    for (ir::LayerId reader : readers[index(layer.output)]) {
      ir::Layer &flatten = model.layer(reader);
      if (!std::holds_alternative<ir::Reshape>(flatten.op))
        continue;
      const auto sinks = orderSinks(model, readers, isOutput, flatten.output);
      if (!sinks || sinks->empty())
        continue;
      const Shape &from = model.stream(layer.inputs[0]).shape;
      const std::vector<int64_t> own = rowMajorStrides(from);
      std::vector<int64_t> strides;
      for (int64_t dim : transpose->perm)
        strides.push_back(own[at(dim)]);
      // By element after the Transpose, its place before it.
      const std::vector<int64_t> to = strided(model.stream(layer.output).shape, strides);
      for (ir::LayerId sink : *sinks)
        moveOrder(model.layer(sink), to);
      flatten.inputs[0] = layer.inputs[0];
    }
  }
}

} // namespace braid::frontend
