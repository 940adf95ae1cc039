// Small typed models for the tests of kernels and costs.
#pragma once

#include "braid/ir/model.h"
#include "braid/kernel/kernel.h"

#include <catch2/catch.hpp>

namespace kernels {

using namespace braid;

inline num::DataType fixed16() { return num::signedFixed(16, 6); }

inline ir::LinearTypes linearTypes(int weightBits) {
  return {num::signedFixed(weightBits, 2), num::signedFixed(16, 6), num::signedFixed(30, 14)};
}

/// Weights 1, 2, 3, 0, 1, 2, 3, 0, ...: three of four are not zero.
inline ir::Weights weights(int64_t rows, int64_t taps, int64_t channels) {
  std::vector<int64_t> values(static_cast<size_t>(rows * taps * channels));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<int64_t>((i + 1) % 4);
  return ir::Weights::fromIntegers(values, rows, taps, channels);
}

/// A model of one layer with these inputs; its output is the model's.
inline ir::Model modelOf(ir::Op op, const std::vector<ir::Shape> &inputs, num::DataType type = fixed16()) {
  ir::Model model;
  ir::Layer layer;
  layer.name = "layer";
  for (size_t i = 0; i < inputs.size(); ++i)
    layer.inputs.push_back(model.addStream("in" + std::to_string(i), inputs[i], type));
  auto shape = ir::inferShape(op, inputs);
  REQUIRE(static_cast<bool>(shape));
  layer.output = model.addStream("out", *shape, type);
  model.outputs.push_back({layer.output, "out", *shape, {}});
  layer.op = std::move(op);
  model.addLayer(std::move(layer));
  return model;
}

inline ir::Dense dense(int64_t outputs, int64_t inputs, int weightBits = 8) {
  ir::Dense op;
  op.weights = weights(outputs, 1, inputs);
  op.bias = weights(outputs, 1, 1);
  op.types = linearTypes(weightBits);
  return op;
}

inline ir::Conv conv(int64_t outputs, int64_t inputs, int64_t window, int64_t pad, int64_t groups = 1) {
  ir::Conv op;
  op.window.kernel[0] = op.window.kernel[1] = window;
  op.window.padBegin[0] = op.window.padBegin[1] = op.window.padEnd[0] = op.window.padEnd[1] = pad;
  op.groups = groups;
  op.weights = weights(outputs, window * window, inputs / groups);
  op.bias = weights(outputs, 1, 1);
  op.types = linearTypes(8);
  return op;
}

inline llvm::SmallVector<kernel::Kernel, 2> lowered(const ir::Model &model,
                                                    kernel::Implementation implementation) {
  auto out =
      kernel::lowerLayer(model, model.layers[0], kernel::wholeSlice(model, model.layers[0]), implementation);
  if (!out)
    FAIL(llvm::toString(out.takeError()));
  return *out;
}

inline constexpr kernel::Implementation kParallel = {.io = kernel::IoMode::Parallel};
inline constexpr kernel::Implementation kStream = {.io = kernel::IoMode::Stream};
inline kernel::Implementation resource(kernel::IoMode io, int64_t reuse) {
  return {.io = io, .strategy = kernel::Strategy::Resource, .reuse = reuse};
}

} // namespace kernels
