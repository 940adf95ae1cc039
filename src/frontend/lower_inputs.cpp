// Ends of the graph: which layout an input's stream gets, and what an output's stream means in ONNX's order.

#include "lower.h"

#include "fold.h"

#include "braid/support/text.h"

#include <array>

namespace braid::frontend {
namespace {

/// Readers that want [.., C] of a value in ONNX's channels-first order.
constexpr std::array kChannelsFirst = {
    "AveragePool",       "BatchNormalization", "Conv",    "ConvTranspose", "DepthToSpace",
    "GlobalAveragePool", "GlobalMaxPool",      "MaxPool", "Resize",        "Upsample"};
/// Readers that want the value's last axis last.
constexpr std::array kRowMajor = {"Flatten", "Gemm", "MatMul", "Reshape", "Softmax"};
/// Readers that do not care and hand the value on.
constexpr std::array kIndifferent = {"Add",
                                     "BipolarQuant",
                                     "Cast",
                                     "Clip",
                                     "Concat",
                                     "DequantizeLinear",
                                     "Div",
                                     "Dropout",
                                     "Elu",
                                     "HardSigmoid",
                                     "HardSwish",
                                     "Identity",
                                     "IntQuant",
                                     "LeakyRelu",
                                     "Max",
                                     "Min",
                                     "Mul",
                                     "MultiThreshold",
                                     "Neg",
                                     "PRelu",
                                     "Pad",
                                     "Quant",
                                     "QuantizeLinear",
                                     "Relu",
                                     "Selu",
                                     "Sigmoid",
                                     "Sub",
                                     "Sum",
                                     "Tanh",
                                     "Trunc"};

template <size_t n> bool isIn(const std::array<const char *, n> &ops, const std::string &op) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

/// Follows an input through nodes that do not care about layout to those that do.
class LayoutWish {
public:
  LayoutWish(const Graph &graph, Shape shape) : graph_(graph), shape_(std::move(shape)) {}

  Axes find(ValueId input) {
    Axes identity;
    for (size_t i = 0; i < shape_.size(); ++i)
      identity.push_back(static_cast<int64_t>(i));
    follow(input, identity);
    if (strong_)
      return *strong_;
    const bool isFeatureMap = shape_.size() == 4 && shape_[0] == 1;
    const Axes usual = isFeatureMap ? channelsLast(4) : rowMajorLayout(shape_);
    if (!weak_)
      return usual;
    // A picture of one channel is the same in both orders; [H, W, 1] says what it is.
    return wide(usual) == wide(*weak_) && wide(usual).size() > 1 ? usual : *weak_;
  }

private:
  Axes wide(llvm::ArrayRef<int64_t> axes) const {
    Axes out;
    for (int64_t axis : axes)
      if (axis != kNoAxis && shape_[at(axis)] != 1)
        out.push_back(axis);
    return out;
  }

  bool isComplete(const Axes &layout) const {
    return wide(layout).size() == wide(rowMajorLayout(shape_)).size();
  }

  /// `origin`: by axis of `value`, the axis of the input that it is.
  void follow(ValueId value, const Axes &origin) {
    for (size_t reader : graph_.value(value).readers) {
      if (strong_ || ++steps_ > kMostSteps)
        return;
      visit(graph_.nodes[reader], value, origin);
    }
  }

  void visit(const Node &node, ValueId value, const Axes &origin) {
    if (node.channelsLast || !node.domain.empty() || node.outputs.empty() || node.outputs[0] == ValueId::None)
      return;
    const bool isData = node.inputs[0] == value;
    if (isIn(kChannelsFirst, node.op) && isData && origin.size() >= 2 && origin.size() <= 4) {
      Axes layout;
      for (int64_t axis : channelsLast(static_cast<int64_t>(origin.size())))
        layout.push_back(axis == kNoAxis ? kNoAxis : origin[at(axis)]);
      if (isComplete(layout))
        strong_ = layout;
    } else if (isIn(kRowMajor, node.op)) {
      if (const Axes layout = layoutOf(wide(origin)); !weak_ && isComplete(layout))
        weak_ = layout;
    } else if (isIn(kIndifferent, node.op)) {
      follow(node.outputs[0], origin);
    } else if (node.op == "Transpose") {
      Attributes attributes(node);
      auto perm = normalPerm(attributes.integers("perm"), static_cast<int64_t>(origin.size()),
                             !attributes.has("perm"));
      if (!perm)
        return llvm::consumeError(perm.takeError());
      Axes moved;
      for (int64_t axis : *perm)
        moved.push_back(origin[at(axis)]);
      follow(node.outputs[0], moved);
    } else if (node.op == "Unsqueeze" || node.op == "Squeeze") {
      followSqueeze(node, origin);
    }
  }

  void followSqueeze(const Node &node, const Axes &origin) {
    Attributes attributes(node);
    const Tensor *input = nullptr;
    if (node.inputs.size() > 1 && node.inputs[1] != ValueId::None) {
      const auto &constant = graph_.value(node.inputs[1]).constant;
      if (!constant)
        return;
      input = &*constant;
    }
    auto axes = attributeOrInput(attributes, "axes", input);
    if (!axes)
      return llvm::consumeError(axes.takeError());
    const bool widens = node.op == "Unsqueeze";
    const size_t rank = origin.size() + (widens ? axes->size() : 0);
    auto normal = normalAxes(*axes, static_cast<int64_t>(rank));
    if (!normal)
      return llvm::consumeError(normal.takeError());
    Axes moved;
    size_t next = 0;
    for (size_t axis = 0; axis < rank; ++axis) {
      const bool named =
          std::find(normal->begin(), normal->end(), static_cast<int64_t>(axis)) != normal->end();
      if (widens)
        moved.push_back(named ? kNoAxis : origin[next++]);
      else if (!named)
        moved.push_back(origin[axis]);
    }
    follow(node.outputs[0], moved);
  }

  static constexpr int kMostSteps = 64;
  const Graph &graph_;
  Shape shape_;
  std::optional<Axes> strong_, weak_;
  int steps_ = 0;
};

/// How a stream's elements stand in ONNX's order: see Port::perm. `dropped`: leading axes that are not in
/// onnxShape.
ir::Port portOf(const std::string &name, const Lowered &value, int64_t dropped) {
  ir::Port port;
  port.stream = value.stream;
  port.name = name;
  port.onnxShape.assign(value.shape.begin() + dropped, value.shape.end());
  const Axes order = wideAxes(value);
  if (std::is_sorted(order.begin(), order.end()))
    return port;
  for (int64_t axis = dropped; axis < value.rank(); ++axis)
    if (std::find(value.axes.begin(), value.axes.end(), axis) == value.axes.end())
      port.perm.push_back(axis - dropped);
  for (int64_t axis : value.axes)
    if (axis >= dropped)
      port.perm.push_back(axis - dropped);
  return port;
}

} // namespace

llvm::Expected<InputStream> lowerInput(const Graph &graph, ValueId input, bool leadingIsBatch,
                                       Builder &builder) {
  const Value &value = graph.value(input);
  const std::string name = printable(value.name);
  const Declared &declared = *value.declared;
  const auto type = elementTypeOf(declared.elementType);
  if (!declared.ranked || !type)
    return fault("input '{}' is no tensor of known rank and type; give it a shape", name);
  if (declared.dims.size() > 6)
    return fault("input '{}' has {} dimensions", name, declared.dims.size());

  InputStream out;
  Lowered &lowered = out.value;
  lowered.type = *type;
  lowered.shape = declared.dims;
  const bool hasBatch = lowered.rank() >= 2 && (leadingIsBatch || lowered.shape[0] <= 1);
  if (hasBatch) {
    lowered.batch = std::max<int64_t>(lowered.shape[0], 1); // 0 and -1 both stand for "any"
    lowered.shape[0] = 1;
  }
  for (size_t i = 0; i < lowered.shape.size(); ++i)
    if (lowered.shape[i] < 1)
      return fault(
          "input '{}': dimension {} has no fixed size; only the batch (dimension 0 of two or more) may be "
          "open",
          name, i);
  if (!checkedElements(lowered.shape))
    return fault("input '{}' {} is larger than any network's", name, ir::toString(lowered.shape));
  lowered.axes = LayoutWish(graph, lowered.shape).find(input);
  const Shape stream = streamShape(lowered, lowered.axes);
  BRAID_CHECK(ir::elements(stream) == ir::elements(lowered.shape), "a layout names every axis above 1");
  lowered.stream = builder.model.addStream(value.name, stream);
  out.port = portOf(value.name, lowered, hasBatch ? 1 : 0);
  return out;
}

llvm::Expected<ir::Port> lowerOutput(const Graph &graph, ValueId output, const Lowered &value,
                                     const Lowered *source, Builder &builder) {
  const std::string name = printable(graph.value(output).name);
  if (value.constant)
    return fault("output '{}' is a constant; only outputs that depend on an input are supported", name);
  Lowered end = value;
  if (source) {
    if (source->shape == value.shape && source->axes == value.axes)
      return fault("output '{}' is an input of the model, unchanged; there is nothing to compute", name);
    // Only moved about: a layer that moves it, so that there is something to build.
    Node node;
    node.name = graph.value(output).name;
    end.axes = rowMajorLayout(value.shape);
    auto stream = builder.inLayout(node, value, end.axes);
    if (stream && *stream == value.stream)
      stream = builder.emit(node, ir::Reshape{builder.model.stream(value.stream).shape}, {value.stream},
                            graph.value(output).name);
    if (!stream)
      return stream.takeError();
    end.stream = *stream;
  }
  return portOf(graph.value(output).name, end, end.rank() >= 2 && end.shape[0] == 1 ? 1 : 0);
}

} // namespace braid::frontend
