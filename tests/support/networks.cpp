#include "networks.h"

#include "passes.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>

namespace braid::test {

using namespace ir;

Weights randomWeights(Random &random, int64_t rows, int64_t taps, int64_t channels, double scale) {
  std::vector<float> values(static_cast<size_t>(rows * taps * channels));
  for (float &v : values)
    v = static_cast<float>((static_cast<double>(random() >> 11) / static_cast<double>(1ull << 53) * 2 - 1) *
                           scale);
  return Weights::fromFloats(std::move(values), rows, taps, channels);
}

Builder::Builder(Shape input) {
  model_.name = "random";
  const StreamId id = model_.addStream("input", input);
  model_.inputs.push_back({id, "input", input, {}});
}

StreamId Builder::add(Op op, std::vector<StreamId> inputs) {
  std::vector<Shape> shapes;
  for (StreamId id : inputs)
    shapes.push_back(model_.stream(id).shape);
  auto shape = inferShape(op, shapes);
  BRAID_CHECK(static_cast<bool>(shape), "a test network has layers that do not fit");
  Layer layer;
  layer.name = fmt::format("layer{}", model_.layers.size());
  layer.op = std::move(op);
  layer.inputs.assign(inputs.begin(), inputs.end());
  layer.output = model_.addStream(fmt::format("stream{}", model_.streams.size()), *shape);
  model_.addLayer(std::move(layer));
  return model_.layers.back().output;
}

Model Builder::finish(StreamId output) {
  model_.outputs.push_back({output, "output", model_.stream(output).shape, {}});
  compact(model_);
  return std::move(model_);
}

namespace {

StreamId dense(Builder &b, Random &random, StreamId in, int64_t outputs) {
  const int64_t n = b.shapeOf(in)[0];
  Dense op{randomWeights(random, outputs, 1, n, 1.5 / std::sqrt(static_cast<double>(n))), {}, {}};
  if (random() % 4)
    op.bias = randomWeights(random, outputs, 1, 1, 0.5);
  return b.add(std::move(op), {in});
}

StreamId conv(Builder &b, Random &random, StreamId in, int64_t filters, bool same, bool depthwise) {
  const Shape shape = b.shapeOf(in);
  Conv op;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = std::min<int64_t>(shape[static_cast<size_t>(axis)], draw(random, 1, 3));
    if (same) {
      op.window.padBegin[axis] = (op.window.kernel[axis] - 1) / 2;
      op.window.padEnd[axis] = op.window.kernel[axis] - 1 - op.window.padBegin[axis];
    } else {
      op.window.padBegin[axis] = draw(random, 0, op.window.kernel[axis] - 1);
      op.window.padEnd[axis] = draw(random, 0, op.window.kernel[axis] - 1);
      op.window.stride[axis] = draw(random, 1, 2);
    }
  }
  op.groups = depthwise ? shape[2] : 1;
  const int64_t rows = depthwise ? shape[2] : filters, channels = shape[2] / op.groups;
  op.weights = randomWeights(random, rows, op.window.taps(), channels,
                             1.5 / std::sqrt(static_cast<double>(op.window.taps() * channels)));
  if (random() % 4)
    op.bias = randomWeights(random, rows, 1, 1, 0.5);
  return b.add(std::move(op), {in});
}

StreamId activation(Builder &b, Random &random, StreamId in) {
  Activation op;
  op.kind = static_cast<ActivationKind>(draw(random, 0, 8));
  op.alpha = op.kind == ActivationKind::Clip ? -0.5 : op.kind == ActivationKind::Selu ? 1.6732632 : 0.2;
  op.beta = op.kind == ActivationKind::Clip ? 1.25 : op.kind == ActivationKind::Selu ? 1.0507010 : 0.5;
  if (op.kind == ActivationKind::PRelu)
    op.slopes = randomWeights(random, b.shapeOf(in).back(), 1, 1, 0.5);
  return b.add(std::move(op), {in});
}

StreamId pool(Builder &b, Random &random, StreamId in) {
  Pool op;
  op.kind = random() % 2 ? PoolKind::Max : PoolKind::Average;
  op.countIncludePad = random() % 2;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = std::min<int64_t>(b.shapeOf(in)[static_cast<size_t>(axis)], draw(random, 1, 3));
    op.window.stride[axis] = draw(random, 1, 2);
    op.window.padBegin[axis] = draw(random, 0, op.window.kernel[axis] - 1);
  }
  return b.add(op, {in});
}

StreamId affine(Builder &b, Random &random, StreamId in) {
  const int64_t n = b.shapeOf(in).back();
  return b.add(Affine{randomWeights(random, n, 1, 1, 1), randomWeights(random, n, 1, 1, 0.5), {}, {}}, {in});
}

StreamId convolutional(Builder &b, Random &random, StreamId at) {
  for (int64_t step = draw(random, 1, 4); step > 0; --step)
    switch (draw(random, 0, 6)) {
    case 0:
      at = conv(b, random, at, draw(random, 1, 5), false, false);
      break;
    case 1:
      at = conv(b, random, at, 0, random() % 2, true);
      break;
    case 2:
      at = pool(b, random, at);
      break;
    case 3: { // residual
      const StreamId side = activation(b, random, conv(b, random, at, b.shapeOf(at)[2], true, false));
      at = b.add(Binary{static_cast<BinaryKind>(draw(random, 0, 2))}, {side, at});
      break;
    }
    case 4: { // concat
      const StreamId left = conv(b, random, at, draw(random, 1, 4), true, false),
                     right = conv(b, random, at, draw(random, 1, 4), true, false);
      at = b.add(Concat{2}, {left, right});
      break;
    }
    case 5:
      at = activation(b, random, at);
      break;
    default:
      at = affine(b, random, at);
      break;
    }
  if (random() % 2)
    at = b.add(GlobalPool{random() % 2 ? PoolKind::Max : PoolKind::Average}, {at});
  return b.add(Reshape{{elements(b.shapeOf(at))}}, {at});
}

} // namespace

Model randomNetwork(Random &random) {
  const bool spatial = random() % 3 != 0;
  Builder b(spatial ? Shape{draw(random, 3, 8), draw(random, 3, 8), draw(random, 1, 3)}
                    : Shape{draw(random, 2, 20)});
  StreamId at = spatial ? convolutional(b, random, b.input()) : b.input();
  for (int64_t step = draw(random, 1, 3); step > 0; --step) {
    at = dense(b, random, at, draw(random, 1, 12));
    if (random() % 2)
      at = activation(b, random, at);
  }
  if (random() % 3 == 0)
    at = b.add(Softmax{}, {at});
  return b.finish(at);
}

Model typed(const Model &source, const pass::Precision &precision) {
  pass::Design design;
  design.source = source;
  design.precision = precision;
  for (auto *step : {pass::verifySource, pass::simplify, pass::fuse, pass::type, pass::verifyTyped})
    if (llvm::Error error = step(design))
      BRAID_CHECK(false, llvm::toString(std::move(error)));
  return std::move(design.typed);
}

namespace {

class SimpleCosts : public cost::CostModel {
public:
  std::string name() const override { return "simple"; }
  kernel::Style style() const override { return kernel::Style::Hls4ml; }
  llvm::Expected<cost::Estimate> estimate(const kernel::Kernel &k, const device::Device &,
                                          cost::Stage) const override {
    cost::Estimate e;
    const int64_t reuse = std::max<int64_t>(1, k.implementation.reuse);
    const bool linear = k.kind == kernel::KernelKind::Dense || k.kind == kernel::KernelKind::Conv ||
                        k.kind == kernel::KernelKind::DepthwiseConv;
    e.resources[device::Resource::Lut] =
        linear ? ceilDiv(k.weights * std::max<int64_t>(1, k.weightBits), reuse) + 10 : 5;
    e.resources[device::Resource::Dsp] = linear ? ceilDiv(k.weights, reuse) : 0;
    e.resources[device::Resource::Bram18] = linear && reuse > 1 ? 1 : 0;
    e.interval = linear ? reuse * k.positions : std::max<int64_t>(1, k.positions);
    e.latency = e.interval + 2;
    e.fill = 2;
    e.model = "simple";
    return e;
  }
};

} // namespace

std::shared_ptr<const cost::CostModel> simpleCosts() { return std::make_shared<SimpleCosts>(); }

device::Cluster simpleCluster(int fpgas, device::Resources each, double gbps) {
  auto device = std::make_shared<device::Device>();
  device->name = "test-card", device->part = "none", device->family = "test", device->clockMhz = 100;
  device->dies = {{"PL", each, {}}};
  device->ports = {{"p0", "test-link", 0}};
  auto link = std::make_shared<device::LinkType>();
  link->name = "test-link", link->transport = "test", link->gbps = gbps, link->latencyUs = 1,
  link->wordBits = 64;
  device::Cluster cluster;
  cluster.name = fmt::format("test-card x{}", fpgas);
  cluster.topology = device::Topology::Star;
  cluster.hosts = {{"host0", 0}};
  for (int i = 0; i < fpgas; ++i) {
    cluster.fpgas.push_back({fmt::format("fpga{}", i), device, 100, 0});
    for (int j = 0; j < i; ++j)
      cluster.links.push_back({j, i, link, true});
  }
  return cluster;
}

pass::Precision randomPrecision(Random &random) {
  pass::Precision precision;
  const int width = static_cast<int>(draw(random, 6, 18));
  precision.base = num::signedFixed(width, static_cast<int>(draw(random, 2, std::min(width, 8))));
  precision.base.rounding = static_cast<num::Rounding>(draw(random, 0, 6));
  precision.base.overflow = static_cast<num::Overflow>(draw(random, 0, 3));
  precision.tableSize = 64;
  return precision;
}

} // namespace braid::test
