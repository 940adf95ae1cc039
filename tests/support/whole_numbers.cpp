#include "support/whole_numbers.h"

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/plan/realise.h"
#include "braid/support/error.h"
#include "braid/targets/finn.h"

#include "passes.h"

#include <algorithm>

namespace braid::test {

using namespace ir;

Model typedIntegers(Model source, int64_t lo, int64_t hi) {
  source.isInteger = true;
  Quantize levels;
  levels.lo = lo, levels.hi = hi;
  for (Port &port : source.inputs)
    port.host.push_back(levels);
  return llvm::cantFail(pass::typeIntegers(source));
}

Weights randomIntegers(Random &random, int64_t rows, int64_t taps, int64_t channels, int64_t lo, int64_t hi) {
  std::vector<int64_t> values(static_cast<size_t>(rows * taps * channels));
  for (int64_t &value : values)
    value = draw(random, lo, hi);
  return Weights::fromIntegers(values, rows, taps, channels);
}

Threshold randomThresholds(Random &random, int64_t channels, int64_t steps, int64_t base) {
  std::vector<int64_t> values;
  for (int64_t channel = 0; channel < channels; ++channel) {
    for (int64_t k = 0; k < steps; ++k)
      values.push_back(draw(random, -60, 60));
    std::sort(values.end() - steps, values.end());
  }
  return {Weights::fromIntegers(values, channels, 1, steps), base};
}

Dense integerDense(Random &random, int64_t rows, int64_t columns, int64_t lo, int64_t hi) {
  Dense op;
  op.weights = randomIntegers(random, rows, 1, columns, lo, hi);
  return op;
}

Conv integerConv(Random &random, const Shape &in, int64_t rows, bool pads, int64_t groups) {
  Conv op;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = std::min<int64_t>(in[static_cast<size_t>(axis)], draw(random, 1, 3));
    op.window.stride[axis] = pads ? 1 : draw(random, 1, 2);
    op.window.padBegin[axis] = pads ? (op.window.kernel[axis] - 1) / 2 : 0;
    op.window.padEnd[axis] = pads ? op.window.kernel[axis] - 1 - op.window.padBegin[axis] : 0;
  }
  op.groups = groups;
  op.weights = randomIntegers(random, rows, op.window.taps(), in[2] / groups, -3, 3);
  return op;
}

namespace {

/// Levels of 0 to 15: what convolutions and pools read.
StreamId levels(Builder &b, Random &random, StreamId at) {
  return b.add(randomThresholds(random, b.shapeOf(at).back(), 15, 0), {at});
}

StreamId pool(Builder &b, Random &random, StreamId at) {
  Pool op;
  op.kind = random() % 2 ? PoolKind::Max : PoolKind::Sum;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = std::min<int64_t>(b.shapeOf(at)[static_cast<size_t>(axis)], draw(random, 1, 3));
    op.window.stride[axis] = random() % 2 ? op.window.kernel[axis] : 1;
  }
  return b.add(op, {at});
}

StreamId step(Builder &b, Random &random, StreamId at) {
  const Shape shape = b.shapeOf(at);
  switch (draw(random, 0, 6)) {
  case 0:
    return levels(b, random, b.add(integerConv(random, shape, draw(random, 1, 6), false), {at}));
  case 1:
    return levels(b, random, b.add(integerConv(random, shape, shape[2], random() % 2, shape[2]), {at}));
  case 2:
    return levels(b, random, pool(b, random, at));
  case 3: { // both ways round a convolution
    const StreamId side = levels(b, random, b.add(integerConv(random, shape, shape[2], true), {at}));
    return levels(b, random, b.add(Binary{static_cast<BinaryKind>(draw(random, 0, 2))}, {side, at}));
  }
  case 4: {
    const StreamId left =
                       levels(b, random, b.add(integerConv(random, shape, draw(random, 1, 4), true), {at})),
                   right =
                       levels(b, random, b.add(integerConv(random, shape, draw(random, 1, 4), true), {at}));
    return b.add(Concat{2}, {left, right});
  }
  case 5:
    return b.add(Upsample{{draw(random, 1, 2), draw(random, 1, 2)}}, {at});
  default: {
    Requantize op;
    op.factor = randomIntegers(random, shape[2], 1, 1, 1, 90),
    op.offset = randomIntegers(random, shape[2], 1, 1, -90, 90);
    op.shift = 5, op.lo = 0, op.hi = 15;
    return b.add(op, {at});
  }
  }
}

} // namespace

Model randomIntegerNetwork(Random &random) {
  Builder b({draw(random, 3, 6), draw(random, 3, 6), draw(random, 1, 4)});
  StreamId at = b.input();
  for (int64_t steps = draw(random, 1, 4); steps > 0; --steps)
    at = step(b, random, at);
  if (random() % 3 == 0)
    at = levels(b, random, b.add(GlobalPool{random() % 2 ? PoolKind::Max : PoolKind::Sum}, {at}));
  at = b.add(Reshape{{elements(b.shapeOf(at))}}, {at});
  at = levels(b, random, b.add(integerDense(random, draw(random, 1, 12), b.shapeOf(at)[0]), {at}));
  at = b.add(integerDense(random, draw(random, 1, 12), b.shapeOf(at)[0]), {at});
  return typedIntegers(b.finish(at), 0, 15);
}

kernel::Implementation folded(int64_t pe, int64_t simd, kernel::MemMode mode) {
  kernel::Implementation out{.style = kernel::Style::Finn, .io = kernel::IoMode::Stream, .folding = {}};
  out.folding.pe = pe, out.folding.simd = simd, out.folding.memMode = mode;
  return out;
}

std::map<std::string, std::string> finnFiles(const Model &model,
                                             const std::vector<kernel::Implementation> &foldings) {
  const device::Cluster cluster = llvm::cantFail(device::readCluster("u280"));
  plan::Plan plan;
  plan.style = kernel::Style::Finn, plan.io = kernel::IoMode::Stream;
  for (const Layer &layer : model.layers) {
    plan::Placement placement;
    placement.layer = layer.id;
    placement.slice = kernel::wholeSlice(model, layer);
    placement.implementation = foldings.at(index(layer.id));
    plan.placements.push_back(placement);
  }
  const std::vector<plan::Partition> partitions = plan::realise(model, plan);
  const plan::Evaluation evaluation;
  const emit::Context context{model,      cluster,    plan,
                              evaluation, partitions, emit::describeProjects(model, plan, partitions),
                              nullptr,    {}};
  std::map<std::string, std::string> out;
  const emit::Emission emission = targets::emitFinn(context, 0);
  for (const auto &[path, file] : emission.files()) {
    llvm::raw_string_ostream text(out[path]);
    file.write(text);
  }
  return out;
}

} // namespace braid::test
