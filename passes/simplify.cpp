// Drops layers that change nothing and joins neighbours that only move elements:
//
//   x -> Transpose [1,2,0] -> Transpose [2,0,1] -> y     becomes     x -> y
//   x -> Reshape -> Reshape -> y                          becomes     x -> Reshape -> y
#include "passes.h"

#include <algorithm>

namespace braid::pass {
namespace {

using namespace ir;

bool isIdentity(const Model &model, const Layer &layer) {
  const bool sameShape = layer.inputs.size() == 1 && layer.output != StreamId::None &&
                         model.stream(layer.inputs[0]).shape == model.stream(layer.output).shape;
  if (!sameShape)
    return std::holds_alternative<Concat>(layer.op) && layer.inputs.size() == 1;
  if (const auto *op = std::get_if<Transpose>(&layer.op)) {
    // Dimensions of size one may stand anywhere.
    std::vector<int64_t> order;
    for (int64_t p : op->perm)
      if (model.stream(layer.inputs[0]).shape[static_cast<size_t>(p)] != 1)
        order.push_back(p);
    return std::is_sorted(order.begin(), order.end());
  }
  if (const auto *op = std::get_if<Upsample>(&layer.op))
    return op->factor[0] == 1 && op->factor[1] == 1;
  return std::holds_alternative<Reshape>(layer.op) || std::holds_alternative<Pad>(layer.op) ||
         std::holds_alternative<Concat>(layer.op);
}

/// A transpose that moves only dimensions of size one keeps the order of elements.
bool isReshape(const Model &model, const Layer &layer) {
  const auto *op = std::get_if<Transpose>(&layer.op);
  if (!op)
    return std::holds_alternative<Reshape>(layer.op);
  std::vector<int64_t> order;
  for (int64_t p : op->perm)
    if (model.stream(layer.inputs[0]).shape[static_cast<size_t>(p)] != 1)
      order.push_back(p);
  return std::is_sorted(order.begin(), order.end());
}

/// Lets all readers of `from`, and the model's outputs, read `to`.
void redirect(Model &model, StreamId from, StreamId to) {
  for (Layer &layer : model.layers)
    std::replace(layer.inputs.begin(), layer.inputs.end(), from, to);
  for (Port &port : model.outputs)
    if (port.stream == from)
      port.stream = to;
}

bool isModelInput(const Model &model, StreamId id) { return model.stream(id).producer == LayerId::None; }

} // namespace

llvm::Error simplify(Design &design) {
  Model &model = design.source;
  for (bool changed = true; changed;) {
    changed = false;
    for (Layer &layer : model.layers) {
      if (isReshape(model, layer) && std::holds_alternative<Transpose>(layer.op))
        layer.op = Reshape{model.stream(layer.output).shape};
      const bool isOutput = std::any_of(model.outputs.begin(), model.outputs.end(),
                                        [&](const Port &port) { return port.stream == layer.output; });
      // A model whose input is its output keeps a layer between them: there must be something to build.
      if (isIdentity(model, layer) && !(isOutput && isModelInput(model, layer.inputs[0]))) {
        redirect(model, layer.output, layer.inputs[0]);
        changed = true;
      }
      if (layer.inputs.size() != 1 || isModelInput(model, layer.inputs[0]))
        continue;
      const Layer &before = model.layer(model.stream(layer.inputs[0]).producer);
      if (isReshape(model, layer) && isReshape(model, before)) {
        layer.op = Reshape{model.stream(layer.output).shape};
        layer.inputs[0] = before.inputs[0];
        changed = true;
      }
      auto *second = std::get_if<Transpose>(&layer.op);
      const auto *first = std::get_if<Transpose>(&before.op);
      if (second && first) {
        for (int64_t &p : second->perm)
          p = first->perm[static_cast<size_t>(p)];
        layer.inputs[0] = before.inputs[0];
        changed = true;
      }
    }
    const size_t layers = model.layers.size();
    compact(model);
    changed = changed && layers != model.layers.size();
  }
  return llvm::Error::success();
}

} // namespace braid::pass
