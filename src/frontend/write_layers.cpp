// Layers as ONNX nodes.

#include "write_graph.h"

#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace braid::frontend {
namespace {

struct LayerWriter {
  GraphWriter &graph;
  const ir::Layer &layer;

  ir::StreamId in(size_t i = 0) const { return layer.inputs[i]; }
  /// A node with the layer's name that reads its input and makes its output, both in `form`.
  proto::NodeProto &map(const char *op, Form form, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), graph.value(in(), form));
    return graph.node(layer.name, op, more, graph.define(layer.output, form));
  }
  Form form() const { return graph.commonForm(layer.inputs); }
  std::string named(const char *part) const { return layer.name + "_" + part; }

  void operator()(const ir::Dense &op) const {
    std::vector<std::string> parameters = {
        graph.floats(named("weight"), {op.weights.rows(), op.weights.channels()}, op.weights.floats())};
    if (!op.bias.empty())
      parameters.push_back(graph.floats(named("bias"), {op.bias.rows()}, op.bias.floats()));
    setInt(map("Gemm", Form::AsStream, parameters), "transB", 1);
  }

  void operator()(const ir::Conv &op) const {
    // [out, taps, in] as ONNX's [out, in, kh, kw].
    const ir::Weights &w = op.weights;
    std::vector<float> values;
    values.reserve(static_cast<size_t>(w.size()));
    for (int64_t row = 0; row < w.rows(); ++row)
      for (int64_t channel = 0; channel < w.channels(); ++channel)
        for (int64_t tap = 0; tap < w.taps(); ++tap)
          values.push_back(static_cast<float>(w.real(row, tap, channel)));
    std::vector<std::string> parameters = {graph.floats(
        named("weight"), {w.rows(), w.channels(), op.window.kernel[0], op.window.kernel[1]}, values)};
    if (!op.bias.empty())
      parameters.push_back(graph.floats(named("bias"), {op.bias.rows()}, op.bias.floats()));
    proto::NodeProto &node = map("Conv", Form::ChannelsFirst, parameters);
    setWindow(node, op.window);
    setInt(node, "group", op.groups);
  }

  void operator()(const ir::Pool &op) const {
    const bool isMax = op.kind == ir::PoolKind::Max, isSum = op.kind == ir::PoolKind::Sum;
    const std::string from = graph.value(in(), Form::ChannelsFirst),
                      to = isSum ? graph.unique(named("mean"))
                                 : graph.define(layer.output, Form::ChannelsFirst);
    proto::NodeProto &node = graph.node(layer.name, isMax ? "MaxPool" : "AveragePool", {from}, to);
    setWindow(node, op.window);
    if (!isMax) {
      setInt(node, "count_include_pad", isSum || op.countIncludePad);
      if (op.window.hasDilation())
        graph.require(19);
    }
    if (isSum)
      sumOfMean(to, op.window.taps());
  }

  /// Sums as means times the number of cells: whole numbers, so rounding finds them again.
  void sumOfMean(const std::string &mean, int64_t cells) const {
    const std::string sum = graph.unique(named("sum"));
    const std::string factor = graph.floats(named("cells"), {}, {static_cast<float>(cells)});
    graph.node(named("sum"), "Mul", {mean, factor}, sum);
    graph.node(named("round"), "Round", {sum}, graph.define(layer.output, Form::ChannelsFirst));
  }

  static void setWindow(proto::NodeProto &node, const ir::Window &w) {
    setInts(node, "kernel_shape", w.kernel);
    setInts(node, "strides", w.stride);
    setInts(node, "pads", {w.padBegin[0], w.padBegin[1], w.padEnd[0], w.padEnd[1]});
    if (w.hasDilation())
      setInts(node, "dilations", w.dilation);
  }

  void operator()(const ir::GlobalPool &op) const {
    if (op.kind == ir::PoolKind::Sum) {
      const ir::Shape &shape = graph.shape(in());
      const std::string mean = graph.unique(named("mean"));
      graph.node(layer.name, "GlobalAveragePool", {graph.value(in(), Form::ChannelsFirst)}, mean);
      return sumOfMean(mean, shape[0] * shape[1]);
    }
    map(op.kind == ir::PoolKind::Max ? "GlobalMaxPool" : "GlobalAveragePool", Form::ChannelsFirst);
  }

  void operator()(const ir::Activation &op) const {
    using Kind = ir::ActivationKind;
    switch (op.kind) {
    case Kind::Relu:
    case Kind::Sigmoid:
    case Kind::Tanh:
      map(ir::kindName(op.kind), form());
      return;
    case Kind::LeakyRelu:
    case Kind::Elu:
      setFloat(map(ir::kindName(op.kind), form()), "alpha", op.alpha);
      return;
    case Kind::HardSigmoid:
    case Kind::Selu: {
      proto::NodeProto &node = map(ir::kindName(op.kind), form());
      setFloat(node, "alpha", op.alpha);
      setFloat(node, op.kind == Kind::Selu ? "gamma" : "beta", op.beta);
      return;
    }
    case Kind::Clip: {
      auto bound = [&](const char *name, double value) {
        return std::isinf(value) ? std::string() : graph.floats(named(name), {}, {static_cast<float>(value)});
      };
      const std::string low = bound("min", op.alpha), high = bound("max", op.beta);
      map("Clip", form(), {low, high});
      return;
    }
    case Kind::PRelu: {
      const std::string slopes =
          graph.floats(named("slope"), perChannel(op.slopes.rows()), op.slopes.floats());
      map("PRelu", form(), {slopes});
      return;
    }
    }
    BRAID_CHECK(false, "unknown activation");
  }

  /// Dimensions of numbers per channel in the layer's form.
  std::vector<int64_t> perChannel(int64_t channels) const {
    return form() == Form::ChannelsFirst ? std::vector<int64_t>{channels, 1, 1}
                                         : std::vector<int64_t>{channels};
  }

  void operator()(const ir::Softmax &) const {
    const Form shown = form();
    setInt(map("Softmax", shown), "axis", shown == Form::ChannelsFirst ? 1 : -1);
  }

  void operator()(const ir::Affine &op) const {
    const ir::Shape &shape = graph.shape(in());
    const bool isPerChannel = op.scale.rows() == shape.back();
    const Form shown = isPerChannel ? form() : Form::AsStream;
    const std::vector<int64_t> dims =
        isPerChannel ? perChannel(op.scale.rows()) : std::vector<int64_t>(shape.begin(), shape.end());
    auto isAll = [](const ir::Weights &weights, float number) {
      const std::vector<float> values = weights.floats();
      return std::all_of(values.begin(), values.end(), [number](float value) { return value == number; });
    };
    const bool scales = !isAll(op.scale, 1), shifts = !isAll(op.bias, 0);
    const std::string to = graph.define(layer.output, shown);
    std::string from = graph.value(in(), shown);
    if (scales) {
      const std::string product = shifts ? graph.unique(named("scaled")) : to;
      const std::string factors = graph.floats(named("scale"), dims, op.scale.floats());
      graph.node(shifts ? named("scale") : layer.name, "Mul", {from, factors}, product);
      from = product;
    }
    if (shifts) {
      const std::string summands = graph.floats(named("bias"), dims, op.bias.floats());
      graph.node(layer.name, "Add", {from, summands}, to);
    }
    if (!scales && !shifts)
      graph.node(layer.name, "Identity", {from}, to);
  }

  void operator()(const ir::Quantize &) const {
    BRAID_CHECK(false, "streamlining leaves no quantisers in a model that is written");
  }

  /// The comparisons with each threshold, counted: [1, ..., C, 1] >= [C, n].
  void operator()(const ir::Threshold &op) const {
    const ir::Weights &t = op.thresholds;
    const auto rank = static_cast<int64_t>(graph.shape(in()).size()) + 1;
    const std::string wide = graph.unique(named("wide")), reached = graph.unique(named("reached")),
                      ones = graph.unique(named("ones")), count = graph.unique(named("count"));
    const std::string last = graph.integers(named("last"), {rank});
    graph.node(named("wide"), "Unsqueeze", {graph.value(in(), Form::AsStream), last}, wide);
    const std::string steps = graph.floats(named("thresholds"), {t.rows(), t.channels()}, t.floats());
    graph.node(named("reached"), "GreaterOrEqual", {wide, steps}, reached);
    setInt(graph.node(named("ones"), "Cast", {reached}, ones), "to", proto::TensorProto::FLOAT);
    const std::string to = graph.define(layer.output, Form::AsStream);
    setInt(graph.node(op.base ? named("count") : layer.name, "ReduceSum", {ones, last}, op.base ? count : to),
           "keepdims", 0);
    if (op.base)
      graph.node(layer.name, "Add", {count, graph.floats(named("base"), {}, {static_cast<float>(op.base)})},
                 to);
  }

  /// In double precision, which holds every product.
  void operator()(const ir::Requantize &op) const {
    const Form shown = op.factor.rows() == 1 && op.offset.rows() == 1 ? form() : Form::AsStream;
    auto step = [&](const char *part, const char *name, std::vector<std::string> inputs) {
      const std::string out = graph.unique(named(part));
      graph.node(named(part), name, inputs, out);
      return out;
    };
    auto scaled = [&](const ir::Weights &numbers) {
      std::vector<double> values = numbers.reals();
      for (double &value : values)
        value = std::ldexp(value, -op.shift);
      return values;
    };
    const std::string wide = graph.unique(named("wide"));
    setInt(graph.node(named("wide"), "Cast", {graph.value(in(), shown)}, wide), "to",
           proto::TensorProto::DOUBLE);
    const std::string factor = graph.doubles(named("factor"), {op.factor.rows()}, scaled(op.factor)),
                      offset = graph.doubles(named("offset"), {op.offset.rows()}, scaled(op.offset)),
                      lo = graph.doubles(named("lo"), {}, {static_cast<double>(op.lo)}),
                      hi = graph.doubles(named("hi"), {}, {static_cast<double>(op.hi)});
    const std::string product = step("scale", "Mul", {wide, factor}),
                      sum = step("offset", "Add", {product, offset}), whole = step("floor", "Floor", {sum}),
                      bound = step("clip", "Clip", {whole, lo, hi});
    setInt(graph.node(layer.name, "Cast", {bound}, graph.define(layer.output, shown)), "to",
           proto::TensorProto::FLOAT);
  }

  void operator()(const ir::ArgMax &) const {
    const std::string place = graph.unique(named("place"));
    proto::NodeProto &node = graph.node(named("place"), "ArgMax", {graph.value(in(), Form::AsStream)}, place);
    setInt(node, "axis", -1);
    setInt(node, "keepdims", 1);
    setInt(graph.node(layer.name, "Cast", {place}, graph.define(layer.output, Form::AsStream)), "to",
           proto::TensorProto::FLOAT);
  }

  void operator()(const ir::Binary &op) const {
    const Form shown = form();
    const std::string left = graph.value(in(0), shown), right = graph.value(in(1), shown);
    graph.node(layer.name, ir::kindName(op.kind), {left, right}, graph.define(layer.output, shown));
  }

  void operator()(const ir::Concat &op) const {
    const Form shown = form();
    std::vector<std::string> parts;
    for (ir::StreamId stream : layer.inputs)
      parts.push_back(graph.value(stream, shown));
    const int64_t axis = shown == Form::AsStream ? op.axis + 1 : op.axis == 2 ? 1 : op.axis + 2;
    setInt(graph.node(layer.name, "Concat", parts, graph.define(layer.output, shown)), "axis", axis);
  }

  void operator()(const ir::Transpose &op) const {
    std::vector<int64_t> perm = {0};
    for (int64_t dim : op.perm)
      perm.push_back(dim + 1);
    setInts(map("Transpose", Form::AsStream), "perm", perm);
  }

  void operator()(const ir::Reshape &op) const {
    std::vector<int64_t> shape = {1};
    shape.insert(shape.end(), op.shape.begin(), op.shape.end());
    const std::string target = graph.integers(named("shape"), shape);
    map("Reshape", Form::AsStream, {target});
  }

  void operator()(const ir::Pad &op) const {
    const bool first = form() == Form::ChannelsFirst;
    std::vector<int64_t> pads;
    for (const auto *ends : {&op.begin, &op.end}) {
      pads.push_back(0);
      if (first)
        pads.push_back(ends->back());
      pads.insert(pads.end(), ends->begin(), ends->end() - (first ? 1 : 0));
    }
    const std::string cells = graph.integers(named("pads"), pads);
    const std::string value = graph.floats(named("value"), {}, {static_cast<float>(op.value)});
    map("Pad", form(), {cells, value});
  }

  void operator()(const ir::Upsample &op) const {
    const std::string scales = graph.floats(
        named("scales"), {4}, {1, 1, static_cast<float>(op.factor[0]), static_cast<float>(op.factor[1])});
    proto::NodeProto &node = map("Resize", Form::ChannelsFirst, {"", scales});
    setText(node, "mode", "nearest");
    setText(node, "coordinate_transformation_mode", "asymmetric");
    setText(node, "nearest_mode", "floor");
  }

  void operator()(const ir::Sum &op) const {
    const Form shown = form();
    std::vector<std::string> parts;
    for (ir::StreamId stream : layer.inputs)
      parts.push_back(graph.value(stream, shown));
    const std::string to = graph.define(layer.output, shown);
    const bool shifts = !op.bias.empty();
    const std::string sum = shifts ? graph.unique(named("sum")) : to;
    graph.node(shifts ? named("sum") : layer.name, "Sum", parts, sum);
    if (shifts) {
      // With all dimensions of the stream, as [..., C] alone does not broadcast to channels that come first.
      std::vector<int64_t> dims = {op.bias.rows()};
      if (graph.shape(layer.output).size() == 3)
        dims = perChannel(op.bias.rows());
      graph.node(layer.name, "Add", {sum, graph.floats(named("bias"), dims, op.bias.floats())}, to);
    }
  }

  void operator()(const ir::Crop &op) const {
    const Form shown = form();
    std::vector<int64_t> begin(op.begin.begin(), op.begin.end()), end(op.end.begin(), op.end.end()), axes;
    if (shown == Form::ChannelsFirst)
      for (std::vector<int64_t> *ends : {&begin, &end})
        std::rotate(ends->begin(), ends->end() - 1, ends->end());
    for (size_t d = 0; d < begin.size(); ++d)
      axes.push_back(static_cast<int64_t>(d) + 1);
    map("Slice", shown,
        {graph.integers(named("starts"), begin), graph.integers(named("ends"), end),
         graph.integers(named("axes"), axes)});
  }

  void operator()(const ir::Send &) const { crossing(); }
  void operator()(const ir::Receive &) const { crossing(); }
  [[noreturn]] static void crossing() {
    BRAID_CHECK(false, "crossings are inputs and outputs of the model that is written");
    std::abort();
  }
};

} // namespace

void writeLayer(GraphWriter &graph, const ir::Layer &layer) {
  std::visit(LayerWriter{graph, layer}, layer.op);
}

} // namespace braid::frontend
