// Layers with weights: whatever arithmetic the interpreter takes for the ranges at hand, the numbers are
// those of sums in 128 bits, term by term.
#include "support/networks.h"

#include "braid/exec/interpreter.h"
#include "braid/num/fixed.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::test;

namespace {

/// A mantissa of `type`: an end of its range as often as one between.
int64_t drawMantissa(Random &random, const num::FixedType &type) {
  const auto lo = static_cast<int64_t>(num::minMantissa(type)),
             hi = static_cast<int64_t>(num::maxMantissa(type));
  switch (draw(random, 0, 3)) {
  case 0:
    return lo;
  case 1:
    return hi;
  default:
    return lo + static_cast<int64_t>(random() % (static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1));
  }
}

ir::Weights drawWeights(Random &random, const num::FixedType &type, int64_t rows, int64_t taps,
                        int64_t channels) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < rows * taps * channels; ++i)
    values.push_back(drawMantissa(random, type));
  return ir::Weights::fromIntegers(values, rows, taps, channels);
}

num::FixedType drawType(Random &random, int width) {
  const int intBits = static_cast<int>(draw(random, 0, width));
  return draw(random, 0, 1) ? num::signedFixed(width, intBits) : num::unsignedFixed(width, intBits);
}

/// A layer of one convolution; all sums fit the accumulator, which keeps every bit of a product.
ir::Model drawLayer(Random &random, int inputBits, int weightBits) {
  ir::Conv conv;
  conv.groups = draw(random, 0, 2) ? 1 : draw(random, 2, 4);
  const int64_t in = conv.groups * draw(random, 1, 20);
  const int64_t out = conv.groups * draw(random, 1, 40);
  ir::Window &w = conv.window;
  for (int axis : {0, 1}) {
    w.kernel[axis] = draw(random, 1, 3), w.stride[axis] = draw(random, 1, 2),
    w.dilation[axis] = draw(random, 1, 2);
    w.padBegin[axis] = draw(random, 0, 2), w.padEnd[axis] = draw(random, 0, 2);
  }
  if (draw(random, 0, 2) == 0)
    w = {};
  const num::FixedType input = drawType(random, inputBits),
                       weight = num::signedFixed(weightBits, weightBits / 2);
  conv.weights = drawWeights(random, weight, out, w.taps(), in / conv.groups);
  const int frac = input.fracBits() + weight.fracBits(), width = inputBits + weightBits + 12;
  const num::FixedType accum = num::signedFixed(width, width - frac);
  conv.types = {weight, weight, accum};
  if (draw(random, 0, 1))
    conv.bias = drawWeights(random, weight, out, 1, 1);
  num::FixedType result = accum;
  if (width > 60 || draw(random, 0, 1))
    result = drawType(random, static_cast<int>(draw(random, 4, 40)));
  ir::Model model;
  model.name = "layer";
  const ir::Shape shape = {draw(random, 5, 9), draw(random, 5, 9), in};
  const ir::StreamId from = model.addStream("x", shape, input);
  const ir::StreamId to = model.addStream("y", llvm::cantFail(ir::inferShape(conv, {shape})), result);
  ir::Layer layer;
  layer.name = "conv", layer.op = conv, layer.inputs = {from}, layer.output = to;
  model.addLayer(std::move(layer));
  model.inputs = {{from, "x", shape, {}, {}}};
  model.outputs = {{to, "y", model.stream(to).shape, {}, {}}};
  return model;
}

exec::Mantissas inLongIntegers(const ir::Model &model, const exec::Mantissas &x) {
  const auto &conv = std::get<ir::Conv>(model.layers[0].op);
  const ir::Window &w = conv.window;
  const ir::Shape &in = model.streams[0].shape, &out = model.streams[1].shape;
  const num::FixedType accum = conv.types.accum.fixed(), to = model.streams[1].type.fixed();
  const int64_t groupIn = in[2] / conv.groups, groupOut = out[2] / conv.groups;
  exec::Mantissas y;
  for (int64_t oy = 0; oy < out[0]; ++oy)
    for (int64_t ox = 0; ox < out[1]; ++ox)
      for (int64_t c = 0; c < out[2]; ++c) {
        Int128 sum = 0;
        for (int64_t tap = 0; tap < w.taps(); ++tap) {
          const int64_t iy = oy * w.stride[0] - w.padBegin[0] + tap / w.kernel[1] * w.dilation[0];
          const int64_t ix = ox * w.stride[1] - w.padBegin[1] + tap % w.kernel[1] * w.dilation[1];
          if (iy < 0 || iy >= in[0] || ix < 0 || ix >= in[1])
            continue;
          for (int64_t i = 0; i < groupIn; ++i)
            sum += Int128{x[static_cast<size_t>((iy * in[1] + ix) * in[2] + c / groupOut * groupIn + i)]} *
                   conv.weights.integer(c, tap, i);
        }
        if (!conv.bias.empty())
          sum += num::castMantissa(conv.bias.integer(c), conv.types.bias.fixed().fracBits(), accum);
        y.push_back(static_cast<int64_t>(num::castMantissa(sum, accum.fracBits(), to)));
      }
  return y;
}

} // namespace

TEST_CASE("sums-are-exact-in-every-arithmetic", "[exec]") {
  Random random(20);
  // Below, about and above the 24 bits of float, the 53 of double and the 64 of integers, with the ends of
  // all ranges.
  const std::pair<int, int> widths[] = {{2, 2},  {4, 4},   {8, 8},   {9, 8},   {10, 9},  {12, 12},
                                        {16, 8}, {20, 20}, {24, 18}, {26, 20}, {30, 30}, {40, 18}};
  for (const auto &[inputBits, weightBits] : widths)
    for (int i = 0; i < 20; ++i) {
      const ir::Model model = drawLayer(random, inputBits, weightBits);
      INFO(ir::print(model));
      exec::Batch x{2, exec::Mantissas()};
      auto &values = std::get<exec::Mantissas>(x.values);
      const num::FixedType &type = model.streams[0].type.fixed();
      for (int64_t k = 0; k < 2 * ir::elements(model.streams[0].shape); ++k)
        values.push_back(drawMantissa(random, type));
      const exec::StreamValues made = exec::Interpreter(model).run({x});
      exec::Mantissas expected;
      for (int64_t half : {0, 1}) {
        const auto size = ir::elements(model.streams[0].shape);
        const exec::Mantissas frame =
            inLongIntegers(model, {values.begin() + half * size, values.begin() + (half + 1) * size});
        expected.insert(expected.end(), frame.begin(), frame.end());
      }
      REQUIRE(made.at(model.outputs[0].stream).mantissas() == expected);
    }
}
