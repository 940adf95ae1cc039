#include "evaluate.h"
#include "host.h"
#include "move.h"

#include "braid/num/fixed.h"
#include "braid/num/typed_functions.h"
#include "braid/support/error.h"

#include <algorithm>

namespace braid::exec {
namespace {

using ir::ActivationKind;

int64_t cast(Int128 mantissa, int frac, const num::FixedType &to) {
  return static_cast<int64_t>(num::castMantissa(mantissa, frac, to));
}

int64_t lookUp(const ir::Table &table, int64_t x) {
  const int64_t half = table.shift ? int64_t{1} << (table.shift - 1) : 0;
  const Int128 at = (Int128{x} - table.lo + half) >> table.shift;
  const auto last = static_cast<Int128>(table.values->size() - 1);
  return (*table.values)[static_cast<size_t>(std::clamp<Int128>(at, 0, last))];
}

/// alpha, beta and slopes are mantissas of paramType.
int64_t activate(const ir::Activation &op, int64_t x, int64_t slope, const num::FixedType &from,
                 const num::FixedType &to) {
  const int f = from.fracBits();
  const int p = op.paramType.isFixed() ? op.paramType.fixed().fracBits() : 0;
  switch (op.kind) {
  case ActivationKind::Relu:
    return cast(std::max<int64_t>(x, 0), f, to);
  case ActivationKind::LeakyRelu:
    return x >= 0 ? cast(x, f, to) : cast(Int128{x} * op.alphaQ, f + p, to);
  case ActivationKind::PRelu:
    return x >= 0 ? cast(x, f, to) : cast(Int128{x} * slope, f + p, to);
  case ActivationKind::Clip: {
    // Compared at the finer of the two scales.
    const int fine = std::max(f, p);
    const Int128 v = Int128{x} * (Int128{1} << (fine - f));
    const Int128 lo = Int128{op.alphaQ} * (Int128{1} << (fine - p)),
                 hi = Int128{op.betaQ} * (Int128{1} << (fine - p));
    return cast(std::min(std::max(v, lo), hi), fine, to);
  }
  case ActivationKind::Sigmoid:
  case ActivationKind::Tanh:
    return lookUp(op.table, x);
  case ActivationKind::HardSigmoid: {
    const Int128 v = Int128{x} * op.alphaQ + Int128{op.betaQ} * (Int128{1} << f);
    return cast(std::clamp<Int128>(v, 0, Int128{1} << (f + p)), f + p, to);
  }
  case ActivationKind::Selu:
    return x >= 0 ? cast(Int128{x} * op.betaQ, f + p, to) : lookUp(op.table, x);
  case ActivationKind::Elu:
    return x >= 0 ? cast(x, f, to) : lookUp(op.table, x);
  }
  BRAID_CHECK(false, "unknown activation");
}

void pool(const ir::Pool &op, const ir::Shape &in, const ir::Shape &out, const num::FixedType &from,
          const num::FixedType &to, const int64_t *x, int64_t *y) {
  const int64_t channels = in[2];
  for (int64_t oy = 0; oy < out[0]; ++oy)
    for (int64_t ox = 0; ox < out[1]; ++ox, y += channels) {
      const auto [y0, y1] = validCells(op.window, 0, oy, in[0]);
      const auto [x0, x1] = validCells(op.window, 1, ox, in[1]);
      const int64_t cells =
          op.countIncludePad ? op.window.taps() : std::max<int64_t>(1, (y1 - y0) * (x1 - x0));
      for (int64_t c = 0; c < channels; ++c) {
        Int128 sum = 0;
        int64_t most = 0;
        bool first = true;
        for (int64_t ky = y0; ky < y1; ++ky)
          for (int64_t kx = x0; kx < x1; ++kx) {
            const int64_t iy = oy * op.window.stride[0] - op.window.padBegin[0] + ky * op.window.dilation[0];
            const int64_t ix = ox * op.window.stride[1] - op.window.padBegin[1] + kx * op.window.dilation[1];
            const int64_t v = x[(iy * in[1] + ix) * channels + c];
            most = first ? v : std::max(most, v);
            first = false;
            sum += v;
          }
        y[c] = op.kind == ir::PoolKind::Average ? num::typedAverage(sum, cells, from.fracBits(), to)
               : op.kind == ir::PoolKind::Max
                   ? cast(most, from.fracBits(), to)
                   : static_cast<int64_t>(num::castMantissa(sum, from.fracBits(), to));
      }
    }
}

} // namespace

void evaluate(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<const int64_t *> in,
              int64_t *out) {
  const ir::Shape &shape = model.stream(layer.output).shape;
  const num::FixedType &to = model.stream(layer.output).type.fixed();
  const ir::Shape &inShape = layer.inputs.empty() ? shape : model.stream(layer.inputs[0]).shape;
  const num::FixedType &from = layer.inputs.empty() ? to : model.stream(layer.inputs[0]).type.fixed();
  const int64_t n = ir::elements(shape), channels = shape.empty() ? 1 : shape.back();
  const int f = from.fracBits();
  auto castAll = [&] {
    for (int64_t i = 0; i < n; ++i)
      out[i] = cast(out[i], f, to);
  };
  std::visit(
      ir::Overloaded{
          [&](const ir::Pool &op) { pool(op, inShape, shape, from, to, in[0], out); },
          [&](const ir::GlobalPool &op) {
            ir::Pool whole{.kind = op.kind, .window = {}, .countIncludePad = false};
            whole.window.kernel[0] = inShape[0], whole.window.kernel[1] = inShape[1];
            pool(whole, inShape, shape, from, to, in[0], out);
          },
          [&](const ir::Activation &op) {
            const std::vector<int64_t> slopes =
                op.slopes.empty() ? std::vector<int64_t>{0} : op.slopes.integers();
            for (int64_t i = 0; i < n; ++i)
              out[i] = activate(op, in[0][i], slopes[static_cast<size_t>(i) % slopes.size()], from, to);
          },
          [&](const ir::Softmax &op) {
            for (int64_t row = 0; row < n; row += channels)
              num::typedSoftmax({in[0] + row, static_cast<size_t>(channels)}, op.expShift, *op.expTable,
                                *op.invTable, to, out + row);
          },
          [&](const ir::Affine &op) {
            const std::vector<int64_t> scale = op.scale.integers(), bias = op.bias.integers();
            const int sf = f + op.scaleType.fixed().fracBits(), bf = op.biasType.fixed().fracBits(),
                      fine = std::max(sf, bf);
            for (int64_t i = 0; i < n; ++i) {
              const Int128 product = Int128{in[0][i]} * scale[static_cast<size_t>(i) % scale.size()] *
                                     (Int128{1} << (fine - sf));
              out[i] = cast(product + Int128{bias[static_cast<size_t>(i) % bias.size()]} *
                                          (Int128{1} << (fine - bf)),
                            fine, to);
            }
          },
          [&](const ir::Quantize &) { BRAID_CHECK(false, "a typed model has no quantisers"); },
          [&](const ir::Requantize &) { BRAID_CHECK(false, "a typed model has an Affine instead"); },
          [&](const ir::Threshold &op) {
            const Ladders ladders(op.thresholds);
            for (int64_t i = 0; i < n; i += channels)
              for (int64_t c = 0; c < channels; ++c)
                out[i + c] = op.base + ladders.reached(in[0][i + c], c);
          },
          [&](const ir::ArgMax &) { argMax(n, inShape.back(), in[0], out); },
          [&](const ir::Binary &op) {
            const int g = model.stream(layer.inputs[1]).type.fixed().fracBits(), fine = std::max(f, g);
            binary(in[0], inShape, in[1], model.stream(layer.inputs[1]).shape, shape, out,
                   [&](int64_t a, int64_t b) {
                     const Int128 x = Int128{a} * (Int128{1} << (fine - f)),
                                  y = Int128{b} * (Int128{1} << (fine - g));
                     switch (op.kind) {
                     case ir::BinaryKind::Add:
                       return cast(x + y, fine, to);
                     case ir::BinaryKind::Sub:
                       return cast(x - y, fine, to);
                     case ir::BinaryKind::Mul:
                       return cast(Int128{a} * b, f + g, to);
                     case ir::BinaryKind::Div:
                       return num::typedQuotient(a, f, b, g, to);
                     }
                     BRAID_CHECK(false, "unknown binary operation");
                   });
          },
          [&](const ir::Concat &op) {
            std::vector<ir::Shape> shapes;
            std::vector<std::vector<int64_t>> cast1;
            llvm::SmallVector<const int64_t *, 4> parts;
            for (size_t k = 0; k < layer.inputs.size(); ++k) {
              const ir::Stream &s = model.stream(layer.inputs[k]);
              shapes.push_back(s.shape);
              cast1.emplace_back(in[k], in[k] + ir::elements(s.shape));
              for (int64_t &v : cast1.back())
                v = cast(v, s.type.fixed().fracBits(), to);
              parts.push_back(cast1.back().data());
            }
            concatenate<int64_t>(parts, shapes, static_cast<size_t>(op.axis), out);
          },
          [&](const ir::Transpose &op) { transpose(in[0], inShape, op.perm, out), castAll(); },
          [&](const ir::Reshape &) { std::copy_n(in[0], n, out), castAll(); },
          [&](const ir::Pad &op) {
            // The value may lie outside the input's type: the cast to the output's decides.
            pad(in[0], inShape, op,
                num::quantise(op.value, num::signedFixed(num::kMaxWidth, num::kMaxWidth - f)), out);
            castAll();
          },
          [&](const ir::Upsample &op) { upsample(in[0], inShape, op, out), castAll(); },
          [&](const ir::Sum &op) {
            const num::FixedType &accum = op.accum.fixed();
            const int frac = accum.fracBits();
            std::vector<Int128> bias = {0};
            if (!op.bias.empty()) {
              bias.clear();
              for (int64_t value : op.bias.integers())
                bias.push_back(num::castMantissa(value, op.biasType.fixed().fracBits(), accum));
            }
            for (int64_t i = 0; i < n; ++i) {
              Int128 sum = in[0][i];
              for (size_t k = 1; k < in.size(); ++k)
                sum = num::castMantissa(sum + in[k][i], frac, accum);
              out[i] = cast(num::castMantissa(sum + bias[static_cast<size_t>(i) % bias.size()], frac, accum),
                            frac, to);
            }
          },
          [&](const ir::Crop &op) { crop(in[0], inShape, op, out), castAll(); },
          [&](const ir::Dense &) { BRAID_CHECK(false, "layers with weights are run by Linear"); },
          [&](const ir::Conv &) { BRAID_CHECK(false, "layers with weights are run by Linear"); },
          [&](const ir::Send &) { BRAID_CHECK(false, "a send layer has no output"); },
          [&](const ir::Receive &) { BRAID_CHECK(false, "a receive layer takes its values from outside"); },
      },
      layer.op);
}

} // namespace braid::exec
