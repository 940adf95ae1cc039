// Quantisers on streams, and what ranks outputs.

#include "quantisers.h"

#include <algorithm>
#include <cmath>

namespace braid::frontend {
namespace {

ir::Weights vectorOf(std::vector<double> values) {
  if (!values.empty() && std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; }))
    values.resize(1);
  const auto count = static_cast<int64_t>(values.size());
  return ir::Weights::fromReals(std::move(values), count);
}

/// Emits one quantiser; `part` names a step on the way to the output.
llvm::Error emitQuantiser(OpContext &context, const Lowered &value, const Quantiser &quantiser,
                          llvm::StringRef part = {}) {
  auto spread = spreadOver(context, value,
                           {{&quantiser.scale, "scales", 1},
                            {&quantiser.zero, "zero points", 0},
                            {&quantiser.outScale, "scales", 1},
                            {&quantiser.outZero, "zero points", 0}});
  if (!spread)
    return spread.takeError();
  if (spread->perElement && spread->numbers[0].size() > 1)
    return fault("a quantisation that differs from position to position is not supported; per tensor and per "
                 "channel are");
  std::vector<double> &scale = spread->numbers[0], &zero = spread->numbers[1], &outScale = spread->numbers[2],
                      &outZero = spread->numbers[3];
  ir::Quantize op;
  op.lo = quantiser.lo, op.hi = quantiser.hi;
  op.rounding = quantiser.rounding, op.roundsFirst = quantiser.roundsFirst;
  std::vector<double> outBias(outScale.size());
  for (size_t i = 0; i < outBias.size(); ++i)
    outBias[i] = -outZero[i] * outScale[i];
  if (quantiser.isBipolar) {
    // Levels 0 and 1 stand for -1 and 1.
    std::vector<double> edges(scale.size());
    for (size_t i = 0; i < edges.size(); ++i) {
      edges[i] = -zero[i] * scale[i];
      outBias[i] -= outScale[i];
      outScale[i] *= 2;
    }
    op.lo = 0, op.hi = 1;
    op.thresholds = vectorOf(std::move(edges));
  } else {
    op.scale = vectorOf(std::move(scale)), op.zeroPoint = vectorOf(std::move(zero));
  }
  op.outScale = vectorOf(std::move(outScale)), op.outBias = vectorOf(std::move(outBias));
  if (part.empty())
    return context.emitSame(spread->in, std::move(op));
  auto stream = context.emitPart(std::move(op), {spread->in.stream}, part);
  if (!stream)
    return stream.takeError();
  context.outputs[0] = spread->in;
  context.outputs[0].stream = *stream;
  return llvm::Error::success();
}

auto parametersOf(OpContext &context) {
  return [&context](size_t i, llvm::StringRef what) { return context.parameter(i, what); };
}

template <llvm::Expected<Quantiser> (*read)(Attributes &, ParameterOf)>
llvm::Error quant(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto quantiser = read(context.attributes, parametersOf(context));
  if (!quantiser)
    return quantiser.takeError();
  return emitQuantiser(context, **in, *quantiser);
}

llvm::Error trunc(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto steps = readTrunc(context.attributes, parametersOf(context), context.inputs.size() > 5);
  if (!steps)
    return steps.takeError();
  if (auto error = emitQuantiser(context, **in, steps->round, "rounded"))
    return error;
  const Lowered rounded = context.outputs[0];
  return emitQuantiser(context, rounded, steps->truncate);
}

llvm::Error quantizeLinear(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto quantiser = readQuantizeLinear(context.attributes, parametersOf(context), context.input(2) != nullptr,
                                      (*in)->shape);
  if (!quantiser)
    return quantiser.takeError();
  if (auto error = emitQuantiser(context, **in, *quantiser))
    return error;
  context.outputs[0].type = quantiser->type;
  return llvm::Error::success();
}

llvm::Error dequantizeLinear(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  auto linear = readDequantizeLinear(context.attributes, parametersOf(context), context.input(2) != nullptr,
                                     (*in)->type, (*in)->shape);
  if (!linear)
    return linear.takeError();
  auto spread = spreadOver(context, **in, {{&linear->scale, "scales", 1}, {&linear->zero, "zero points", 0}});
  if (!spread)
    return spread.takeError();
  std::vector<double> &scale = spread->numbers[0], &bias = spread->numbers[1];
  for (size_t i = 0; i < bias.size(); ++i)
    bias[i] *= -scale[i];
  const auto count = static_cast<int64_t>(scale.size());
  ir::Affine op{ir::Weights::fromReals(std::move(scale), count),
                ir::Weights::fromReals(std::move(bias), count),
                {},
                {}};
  spread->in.type = ElementType::Float;
  return context.emitSame(spread->in, std::move(op));
}

/// FINN's MultiThreshold: out_bias + out_scale * the number of thresholds [C or 1, n] not above x.
llvm::Error multiThreshold(OpContext &context) {
  auto in = context.stream();
  if (!in)
    return in.takeError();
  auto thresholds = context.parameter(1, "thresholds");
  if (!thresholds)
    return thresholds.takeError();
  context.attributes.ignore("out_dtype"); // the levels say it
  const float outScale = context.attributes.real("out_scale", 1),
              outBias = context.attributes.real("out_bias", 0);
  std::string layout = context.attributes.text("data_layout", "");
  const int64_t rank = (*in)->rank();
  if (layout.empty())
    layout = rank == 3 ? "NWC" : rank == 4 ? "NCHW" : "NC"; // QONNX's reading of a rank
  const auto axis = static_cast<int64_t>(layout.find('C'));
  if (static_cast<int64_t>(layout.size()) != rank || axis < 0 || axis >= rank)
    return fault("data_layout '{}' does not fit an input {}", layout, ir::toString((*in)->shape));
  const Shape &dims = (*thresholds)->dims();
  if (dims.size() != 2 || dims[1] < 1 || (dims[0] != 1 && dims[0] != (*in)->shape[at(axis)]))
    return fault("thresholds {} do not fit {} channels", ir::toString(dims), (*in)->shape[at(axis)]);
  auto numbers = finiteReals(**thresholds, "thresholds");
  if (!numbers)
    return numbers.takeError();
  for (int64_t c = 0; c < dims[0]; ++c)
    if (const auto first = numbers->begin() + c * dims[1]; !std::is_sorted(first, first + dims[1]))
      return fault("thresholds of channel {} do not ascend", c);
  Lowered placed = **in;
  if (dims[0] > 1) {
    // A vector along the channels finds the layout in which they come last.
    Shape along(at(rank), 1);
    along[at(axis)] = dims[0];
    const Tensor channels =
        Tensor::ofReals(ElementType::Double, along, std::vector<double>(at(dims[0]), 1.0));
    auto spread = spreadOver(context, **in, {{&channels, "channels", 1}});
    if (!spread)
      return spread.takeError();
    if (spread->perElement)
      return fault("thresholds along axis {} of {} are not supported here", axis, ir::toString((*in)->shape));
    placed = spread->in;
  }
  ir::Quantize op;
  op.thresholds = ir::Weights::fromReals(std::move(*numbers), dims[0], 1, dims[1]);
  op.lo = 0, op.hi = dims[1];
  op.outScale = vectorOf({static_cast<double>(outScale)});
  op.outBias = vectorOf({static_cast<double>(outBias)});
  return context.emitSame(placed, std::move(op));
}

/// Indices of the largest numbers along the last wide axis.
llvm::Error emitArgMax(OpContext &context, const Lowered &in, int64_t axis, bool keepsAxis, size_t output) {
  auto normal = normalAxis(axis, in.rank());
  if (!normal)
    return normal.takeError();
  for (int64_t other : wideAxes(in))
    if (other != *normal)
      return fault("largest numbers along axis {} of {} are not supported; those of a vector are", axis,
                   ir::toString(in.shape));
  auto from = context.builder.inLayout(context.node, in, layoutOf({*normal}));
  if (!from)
    return from.takeError();
  auto stream = context.builder.emit(context.node, ir::ArgMax{}, {*from}, context.outputNames[output]);
  if (!stream)
    return stream.takeError();
  Lowered out = in;
  out.stream = *stream;
  out.axes = layoutOf({*normal});
  out.shape[at(*normal)] = 1;
  out.type = ElementType::Int64;
  if (!keepsAxis && out.rank() > 1) {
    out.shape.erase(out.shape.begin() + *normal);
    out.axes = {kNoAxis};
    if (*normal == 0)
      out.batch = 0;
  }
  context.outputs[output] = std::move(out);
  return llvm::Error::success();
}

llvm::Error argMax(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  if (context.attributes.integer("select_last_index", 0) != 0)
    return fault("select_last_index 1 is not supported; the first of several largest numbers is taken");
  return emitArgMax(context, **in, context.attributes.integer("axis", 0),
                    context.attributes.integer("keepdims", 1) != 0, 0);
}

llvm::Error topK(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  int64_t k = context.attributes.integer("k", 1);
  if (context.input(1)) {
    auto given = context.parameter(1, "k");
    if (!given)
      return given.takeError();
    k = (*given)->size() == 1 ? (*given)->integer(0) : 0;
  }
  context.attributes.ignore("sorted");
  if (k != 1 || context.attributes.integer("largest", 1) != 1)
    return fault("the {} largest or the smallest numbers are not supported; the largest one is (k 1)", k);
  if (context.outputs.size() < 2)
    return fault("its indices are left out; they are what is supported");
  return emitArgMax(context, **in, context.attributes.integer("axis", -1), true, 1);
}

constexpr LowerRule kRules[] = {
    {"ArgMax", 1, 1, argMax},
    {"BipolarQuant", 2, 2, quant<readBipolarQuant>},
    {"DequantizeLinear", 2, 3, dequantizeLinear},
    {"IntQuant", 4, 4, quant<readQuant>},
    {"MultiThreshold", 2, 2, multiThreshold},
    {"Quant", 4, 4, quant<readQuant>},
    {"QuantizeLinear", 2, 3, quantizeLinear},
    {"TopK", 1, 2, topK},
    {"Trunc", 5, 6, trunc},
};

} // namespace

llvm::ArrayRef<LowerRule> quantiseRules() { return kRules; }

} // namespace braid::frontend
