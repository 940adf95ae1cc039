// Goes through a graph node by node: constants are folded, the others become layers by their rules.

#include "lower.h"

#include "faults.h"
#include "fold.h"
#include "unsupported.h"

#include "braid/support/text.h"

#include <map>

namespace braid::frontend {

const Tensor *OpContext::constant(size_t i) const {
  const Lowered *value = input(i);
  return value && value->constant ? &*value->constant : nullptr;
}

llvm::Expected<const Lowered *> OpContext::anyStream(size_t i) const {
  const Lowered *value = input(i);
  if (!value)
    return fault("input {} is left out", i);
  if (value->constant)
    return fault("input {} is a constant; a stream is expected", i);
  return value;
}

llvm::Expected<const Lowered *> OpContext::stream(size_t i) const {
  auto value = anyStream(i);
  // Sums in int32 are taken not to wrap: they are those of products in 8 bits.
  if (value && !isReal((*value)->type) && (*value)->type != ElementType::Int32)
    return fault("input {} is {}; only streams of floats (and sums in int32) are supported here", i,
                 toString((*value)->type));
  return value;
}

llvm::Expected<const Tensor *> OpContext::parameter(size_t i, llvm::StringRef what) const {
  const Lowered *value = input(i);
  if (!value)
    return fault("{} (input {}) are left out", what, i);
  if (!value->constant)
    return fault("{} (input {}) come at run time; they must be constant", what, i);
  return &*value->constant;
}

llvm::Expected<std::vector<int64_t>> OpContext::attributeOrConstant(const char *name, size_t i) {
  if (input(i) && !constant(i))
    return fault("{} (input {}) come at run time; they must be constant", name, i);
  return attributeOrInput(attributes, name, constant(i));
}

llvm::Expected<ir::StreamId> OpContext::emit(ir::Op op, llvm::ArrayRef<ir::StreamId> in) {
  return builder.emit(node, std::move(op), in, outputNames[0]);
}

llvm::Expected<ir::StreamId> OpContext::emitPart(ir::Op op, llvm::ArrayRef<ir::StreamId> in,
                                                 llvm::StringRef suffix) {
  return builder.emit(node, std::move(op), in, fmt::format("{}_{}", outputNames[0], suffix),
                      /*invented=*/true);
}

llvm::Error OpContext::emitSame(const Lowered &in, ir::Op op) {
  auto out = emit(std::move(op), {in.stream});
  if (!out)
    return out.takeError();
  outputs[0] = in;
  outputs[0].stream = *out;
  return llvm::Error::success();
}

namespace {

const LowerRule *lowerRule(llvm::StringRef op) {
  for (auto rules : {linearRules(), windowRules(), transposedRules(), poolRules(), elementwiseRules(),
                     activationRules(), shapeRules(), resizeRules(), quantiseRules()})
    for (const LowerRule &rule : rules)
      if (op == rule.op)
        return &rule;
  return nullptr;
}

/// ONNX's order of the axes of a value whose channels come last.
std::vector<int64_t> channelsFirstPerm(int64_t rank) {
  std::vector<int64_t> perm = {0, rank - 1};
  for (int64_t axis = 1; axis + 1 < rank; ++axis)
    perm.push_back(axis);
  return perm;
}

/// The same numbers, their axes in another order.
Tensor transposedTensor(const Tensor &tensor, llvm::ArrayRef<int64_t> perm) {
  const std::vector<int64_t> own = rowMajorStrides(tensor.dims());
  Shape dims;
  std::vector<int64_t> strides;
  for (int64_t axis : perm) {
    dims.push_back(tensor.dims()[at(axis)]);
    strides.push_back(own[at(axis)]);
  }
  return tensor.gathered(dims, strided(dims, strides));
}

/// The rule for ONNX's order, between views that move the channels.
llvm::Error lowerChannelsLast(OpContext &context, const LowerRule &rule) {
  const bool hasKernel = context.node.op == "Conv";
  std::vector<Lowered> moved;
  moved.reserve(2);
  for (size_t i = 0; i < (hasKernel ? 2U : 1U) && i < context.inputs.size(); ++i) {
    const Lowered *value = context.inputs[i];
    if (!value || value->rank() < 3)
      return fault("input {} has no channels behind spatial dimensions", i);
    const std::vector<int64_t> perm = channelsFirstPerm(value->rank());
    if (value->constant) {
      moved.push_back(*value);
      moved.back().constant = transposedTensor(*value->constant, perm);
      moved.back().shape = moved.back().constant->dims();
    } else {
      auto view = transposedView(*value, perm);
      if (!view)
        return view.takeError();
      moved.push_back(std::move(*view));
    }
    context.inputs[i] = &moved.back();
  }
  if (auto error = rule.lower(context))
    return error;
  const int64_t rank = context.outputs[0].rank();
  std::vector<int64_t> back = {0};
  for (int64_t axis = 2; axis < rank; ++axis)
    back.push_back(axis);
  back.push_back(1);
  auto view = transposedView(context.outputs[0], back);
  if (!view)
    return view.takeError();
  context.outputs[0] = std::move(*view);
  return llvm::Error::success();
}

class Lowering {
public:
  Lowering(const Graph &graph, bool leadingIsBatch)
      : graph_(graph), leadingIsBatch_(leadingIsBatch), builder_(graph), faults_(graph.file),
        values_(graph.values.size()) {}

  llvm::Expected<ir::Model> run();
  /// Whether an input has a fixed batch above 1, which may be no batch at all.
  bool hasBigBatch() const { return hasBigBatch_; }

private:
  void lowerInputs();
  void lowerNode(const Node &node);
  void lowerOutputs();
  llvm::Error foldOrLower(const Node &node);
  llvm::Error fold(const Node &node, const FoldRule &rule);
  llvm::Error shapeOfStream(const Node &node);
  llvm::Error lower(const Node &node, const LowerRule &rule);
  void carryOnAfterFault(const Node &node);
  const Lowered *valueOf(ValueId id) const { return id == ValueId::None ? nullptr : &values_[index(id)]; }
  bool isRead(ValueId id) const;

  const Graph &graph_;
  bool leadingIsBatch_, hasBigBatch_ = false;
  Builder builder_;
  FaultList faults_;
  std::vector<Lowered> values_;
  int64_t budget_ = kMaxConstantElements;
};

bool Lowering::isRead(ValueId id) const {
  return !graph_.value(id).readers.empty() || graph_.value(id).isOutput;
}

void Lowering::lowerInputs() {
  for (size_t i = 0; i < graph_.values.size(); ++i)
    if (const auto &constant = graph_.values[i].constant) {
      values_[i].constant = *constant;
      values_[i].type = constant->type();
      values_[i].shape = constant->dims();
    }
  for (ValueId input : graph_.inputs) {
    if (!isRead(input))
      continue;
    auto lowered = lowerInput(graph_, input, leadingIsBatch_, builder_);
    if (!lowered) {
      faults_.add(lowered.takeError());
      continue;
    }
    hasBigBatch_ = hasBigBatch_ || lowered->value.batch > 1;
    values_[index(input)] = std::move(lowered->value);
    builder_.model.inputs.push_back(std::move(lowered->port));
  }
}

llvm::Error Lowering::fold(const Node &node, const FoldRule &rule) {
  FoldContext context{node, {}, graph_.opset, Attributes(node), budget_};
  for (ValueId input : node.inputs)
    context.inputs.push_back(input == ValueId::None ? nullptr : &*values_[index(input)].constant);
  auto results = foldNode(rule, context);
  if (!results)
    return results.takeError();
  for (size_t i = 0; i < results->size() && i < node.outputs.size(); ++i) {
    if (node.outputs[i] == ValueId::None)
      continue;
    Lowered &out = values_[index(node.outputs[i])];
    out.type = (*results)[i].type();
    out.shape = (*results)[i].dims();
    out.constant = std::move((*results)[i]);
  }
  return llvm::Error::success();
}

/// Shape and Size need no elements.
llvm::Error Lowering::shapeOfStream(const Node &node) {
  if (node.inputs.size() != 1 || node.outputs.empty() || node.outputs[0] == ValueId::None)
    return fault("one input and one output are expected");
  const Shape &shape = valueOf(node.inputs[0])->shape;
  Attributes attributes(node);
  Lowered &out = values_[index(node.outputs[0])];
  out.constant = node.op == "Shape" ? shapeTensor(shape, attributes)
                                    : Tensor::ofIntegers(ElementType::Int64, {}, {ir::elements(shape)});
  out.type = ElementType::Int64;
  out.shape = out.constant->dims();
  return attributes.finish();
}

llvm::Error Lowering::lower(const Node &node, const LowerRule &rule) {
  if (node.inputs.size() < rule.fewest || node.inputs.size() > rule.most)
    return fault("{} inputs; {} to {} are expected", node.inputs.size(), rule.fewest, rule.most);
  if (node.outputs.empty() || node.outputs[0] == ValueId::None)
    return fault("its first output is left out");
  OpContext context{builder_, node, graph_.opset, {}, {}, Attributes(node), {}};
  for (ValueId input : node.inputs)
    context.inputs.push_back(valueOf(input));
  for (ValueId output : node.outputs)
    context.outputNames.push_back(output == ValueId::None ? "" : graph_.value(output).name);
  context.outputs.resize(node.outputs.size());
  if (auto error = node.channelsLast ? lowerChannelsLast(context, rule) : rule.lower(context))
    return error;
  if (auto error = context.attributes.finish())
    return error;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == ValueId::None)
      continue;
    if (!context.outputs[i].isKnown() && isRead(node.outputs[i]))
      return fault("its output '{}' is used, but only the first output is supported",
                   printable(graph_.value(node.outputs[i]).name));
    values_[index(node.outputs[i])] = std::move(context.outputs[i]);
  }
  return llvm::Error::success();
}

llvm::Error Lowering::foldOrLower(const Node &node) {
  const FoldRule *folding = node.domain.empty() ? foldRule(node.op) : nullptr;
  const LowerRule *lowering = node.domain.empty() ? lowerRule(node.op) : nullptr;
  bool allConstant = true;
  for (ValueId input : node.inputs)
    if (input != ValueId::None) {
      const Lowered &value = values_[index(input)];
      // Its producer was reported. Operators nobody knows are reported all the same.
      if (!value.isKnown())
        return folding || lowering || node.op == "Shape" ? llvm::Error::success() : unsupportedOperator(node);
      allConstant = allConstant && value.constant;
    }
  if (allConstant && folding)
    return fold(node, *folding);
  if (node.domain.empty() && !allConstant && (node.op == "Shape" || node.op == "Size"))
    return shapeOfStream(node);
  if (!lowering && folding)
    return fault("the operator is supported on constants only, and an input is computed at run time");
  if (!lowering)
    return unsupportedOperator(node);
  if (allConstant)
    return fault("all its inputs are constants, and it is not computed in advance");
  return lower(node, *lowering);
}

/// The shape that the file itself states for a value, as a stream; nothing if it states none.
std::optional<Lowered> statedStream(const Value &value, Builder &builder) {
  if (!value.declared || !value.declared->ranked ||
      elementTypeOf(value.declared->elementType) != ElementType::Float)
    return std::nullopt;
  Lowered out;
  out.shape = value.declared->dims;
  if (out.rank() < 2 || out.rank() > 4)
    return std::nullopt;
  out.shape[0] = 1;
  out.batch = 1;
  out.axes = channelsLast(out.rank());
  if (checkedElements(out.shape).value_or(0) == 0)
    return std::nullopt;
  out.stream = builder.model.addStream(value.name, streamShape(out, out.axes));
  return out;
}

/// Gives the outputs of a node at fault the shape they have to have, so that the nodes after it can be
/// checked, too.
void Lowering::carryOnAfterFault(const Node &node) {
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == ValueId::None)
      continue;
    const Value &value = graph_.value(node.outputs[i]);
    Lowered &out = values_[index(node.outputs[i])];
    out = Lowered();
    const Lowered *in = node.inputs.empty() ? nullptr : valueOf(node.inputs[0]);
    if (i == 0 && keepsShape(node.op) && in && in->stream != ir::StreamId::None) {
      out = *in;
      out.stream = builder_.model.addStream(value.name, builder_.model.stream(in->stream).shape);
    } else if (auto stated = statedStream(value, builder_)) {
      out = std::move(*stated);
    }
  }
}

void Lowering::lowerNode(const Node &node) {
  if (auto error = foldOrLower(node)) {
    faults_.add(node, std::move(error));
    carryOnAfterFault(node);
  }
}

void Lowering::lowerOutputs() {
  std::map<ir::StreamId, const Lowered *> sources;
  for (ValueId input : graph_.inputs)
    sources.emplace(values_[index(input)].stream, &values_[index(input)]);
  for (ValueId output : graph_.outputs) {
    const Lowered &value = values_[index(output)];
    if (!value.isKnown())
      continue;
    const auto source = sources.find(value.stream);
    auto port =
        lowerOutput(graph_, output, value, source == sources.end() ? nullptr : source->second, builder_);
    if (port)
      builder_.model.outputs.push_back(std::move(*port));
    else
      faults_.add(port.takeError());
  }
}

llvm::Expected<ir::Model> Lowering::run() {
  lowerInputs();
  for (const Node &node : graph_.nodes)
    lowerNode(node);
  lowerOutputs();
  if (!faults_.empty())
    return faults_.take();
  ir::Model model = std::move(builder_.model);
  fuseBiases(model);
  sinkTransposes(model);
  ir::compact(model);
  if (auto error = ir::verify(model))
    return error;
  return model;
}

} // namespace

llvm::Expected<ir::Model> lowerGraph(const Graph &graph) {
  Lowering batched(graph, /*leadingIsBatch=*/true);
  auto model = batched.run();
  if (model || !batched.hasBigBatch())
    return model;
  // A leading dimension above 1 that is mixed into the sample is no batch: try it as part of the sample.
  auto whole = Lowering(graph, /*leadingIsBatch=*/false).run();
  if (!whole) {
    llvm::consumeError(whole.takeError());
    return model;
  }
  llvm::consumeError(model.takeError());
  return whole;
}

} // namespace braid::frontend
