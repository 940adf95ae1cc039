#include "evaluate.h"
#include "host.h"
#include "move.h"

#include "braid/support/error.h"

#include <cmath>
#include <limits>

namespace braid::exec {
namespace {

using ir::ActivationKind;

float activate(const ir::Activation &op, float x, int64_t channel) {
  const auto alpha = static_cast<float>(op.alpha), beta = static_cast<float>(op.beta);
  switch (op.kind) {
  case ActivationKind::Relu:
    return std::max(x, 0.0f);
  case ActivationKind::LeakyRelu:
    return x >= 0 ? x : alpha * x;
  case ActivationKind::PRelu:
    return x >= 0 ? x : static_cast<float>(op.slopes.real(channel)) * x;
  case ActivationKind::Clip:
    return std::min(std::max(x, alpha), beta);
  case ActivationKind::Sigmoid:
    return 1.0f / (1.0f + std::exp(-x));
  case ActivationKind::Tanh:
    return std::tanh(x);
  case ActivationKind::HardSigmoid:
    return std::min(std::max(alpha * x + beta, 0.0f), 1.0f);
  case ActivationKind::Selu:
    return beta * (x > 0 ? x : alpha * std::expm1(x));
  case ActivationKind::Elu:
    return x >= 0 ? x : alpha * std::expm1(x);
  }
  BRAID_CHECK(false, "unknown activation");
}

void pool(const ir::Pool &op, const ir::Shape &in, const ir::Shape &out, const float *x, float *y) {
  const int64_t channels = in[2];
  for (int64_t oy = 0; oy < out[0]; ++oy)
    for (int64_t ox = 0; ox < out[1]; ++ox, y += channels) {
      const auto [y0, y1] = validCells(op.window, 0, oy, in[0]);
      const auto [x0, x1] = validCells(op.window, 1, ox, in[1]);
      const bool isMax = op.kind == ir::PoolKind::Max;
      for (int64_t c = 0; c < channels; ++c) {
        float result = isMax ? -std::numeric_limits<float>::infinity() : 0;
        for (int64_t ky = y0; ky < y1; ++ky)
          for (int64_t kx = x0; kx < x1; ++kx) {
            const int64_t iy = oy * op.window.stride[0] - op.window.padBegin[0] + ky * op.window.dilation[0];
            const int64_t ix = ox * op.window.stride[1] - op.window.padBegin[1] + kx * op.window.dilation[1];
            const float v = x[(iy * in[1] + ix) * channels + c];
            result = isMax ? std::max(result, v) : result + v;
          }
        if (op.kind == ir::PoolKind::Average)
          result /= static_cast<float>(op.countIncludePad ? op.window.taps()
                                                          : std::max<int64_t>(1, (y1 - y0) * (x1 - x0)));
        y[c] = result;
      }
    }
}

void softmax(int64_t rows, int64_t n, const float *x, float *y) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float most = *std::max_element(x, x + n);
    float sum = 0;
    for (int64_t i = 0; i < n; ++i)
      sum += y[i] = std::exp(x[i] - most);
    for (int64_t i = 0; i < n; ++i)
      y[i] /= sum;
  }
}

} // namespace

void evaluate(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<const float *> in, float *out) {
  const ir::Shape &shape = model.stream(layer.output).shape;
  const ir::Shape &inShape = layer.inputs.empty() ? shape : model.stream(layer.inputs[0]).shape;
  const int64_t n = ir::elements(shape), channels = shape.empty() ? 1 : shape.back();
  std::visit(
      ir::Overloaded{
          [&](const ir::Pool &op) { pool(op, inShape, shape, in[0], out); },
          [&](const ir::GlobalPool &op) {
            ir::Pool whole{.kind = op.kind, .window = {}, .countIncludePad = false};
            whole.window.kernel[0] = inShape[0], whole.window.kernel[1] = inShape[1];
            pool(whole, inShape, shape, in[0], out);
          },
          [&](const ir::Activation &op) {
            for (int64_t i = 0; i < n; ++i)
              out[i] = activate(op, in[0][i], i % channels);
          },
          [&](const ir::Softmax &) { softmax(n / channels, channels, in[0], out); },
          [&](const ir::Affine &op) {
            const std::vector<float> scale = op.scale.floats(), bias = op.bias.floats();
            for (int64_t i = 0; i < n; ++i)
              out[i] = in[0][i] * scale[static_cast<size_t>(i) % scale.size()] +
                       bias[static_cast<size_t>(i) % bias.size()];
          },
          [&](const ir::Quantize &op) {
            for (int64_t i = 0; i < n; ++i)
              out[i] = static_cast<float>(quantised(op, in[0][i], i % channels));
          },
          [&](const ir::Threshold &op) {
            for (int64_t i = 0; i < n; ++i)
              out[i] = static_cast<float>(
                  op.base + thresholdsReached(op.thresholds, static_cast<double>(in[0][i]), i % channels));
          },
          [&](const ir::Requantize &op) {
            for (int64_t i = 0; i < n; ++i)
              out[i] = static_cast<float>(requantised(op, static_cast<double>(in[0][i]), i % channels));
          },
          [&](const ir::ArgMax &) { argMax(n, inShape.back(), in[0], out); },
          [&](const ir::Binary &op) {
            binary(in[0], inShape, in[1], model.stream(layer.inputs[1]).shape, shape, out,
                   [&](float a, float b) {
                     switch (op.kind) {
                     case ir::BinaryKind::Add:
                       return a + b;
                     case ir::BinaryKind::Sub:
                       return a - b;
                     case ir::BinaryKind::Mul:
                       return a * b;
                     case ir::BinaryKind::Div:
                       return a / b;
                     }
                     BRAID_CHECK(false, "unknown binary operation");
                   });
          },
          [&](const ir::Concat &op) {
            std::vector<ir::Shape> shapes;
            for (ir::StreamId id : layer.inputs)
              shapes.push_back(model.stream(id).shape);
            concatenate<float>(in, shapes, static_cast<size_t>(op.axis), out);
          },
          [&](const ir::Transpose &op) { transpose(in[0], inShape, op.perm, out); },
          [&](const ir::Reshape &) { std::copy_n(in[0], n, out); },
          [&](const ir::Pad &op) { pad(in[0], inShape, op, static_cast<float>(op.value), out); },
          [&](const ir::Upsample &op) { upsample(in[0], inShape, op, out); },
          [&](const ir::Sum &op) {
            const std::vector<float> bias = op.bias.empty() ? std::vector<float>{0} : op.bias.floats();
            for (int64_t i = 0; i < n; ++i) {
              out[i] = in[0][i];
              for (size_t k = 1; k < in.size(); ++k)
                out[i] += in[k][i];
              out[i] += bias[static_cast<size_t>(i) % bias.size()];
            }
          },
          [&](const ir::Crop &op) { crop(in[0], inShape, op, out); },
          [&](const ir::Dense &) { BRAID_CHECK(false, "layers with weights are run by Linear"); },
          [&](const ir::Conv &) { BRAID_CHECK(false, "layers with weights are run by Linear"); },
          [&](const ir::Send &) { BRAID_CHECK(false, "a send layer has no output"); },
          [&](const ir::Receive &) { BRAID_CHECK(false, "a receive layer takes its values from outside"); },
      },
      layer.op);
}

} // namespace braid::exec
