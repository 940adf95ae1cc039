#include "expand.h"

#include "llvm/ADT/StringSet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace braid::frontend {
namespace {

constexpr std::array kQuantiserDomains = {"onnx.brevitas", "qonnx.custom_op.general",
                                          "finn.custom_op.general"};
constexpr std::array kQuantisers = {"Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold"};
constexpr const char *kChannelsLastDomain = "qonnx.custom_op.channels_last";
constexpr const char *kMicrosoft = "com.microsoft";

template <class List> bool isIn(const List &list, const std::string &text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// A known operator of another domain becomes one of the default domain.
void adopt(Node &node) {
  if (isIn(kQuantiserDomains, node.domain) && isIn(kQuantisers, node.op))
    node.domain.clear();
  if (node.domain == kMicrosoft && (node.op == "QuantizeLinear" || node.op == "DequantizeLinear"))
    node.domain.clear();
  if (node.domain == kChannelsLastDomain) {
    node.domain.clear();
    node.channelsLast = true;
  }
}

const ExpandRule *ruleFor(const Node &node) {
  if (!node.domain.empty() && node.domain != kMicrosoft)
    return nullptr;
  for (const ExpandRule &rule : integerExpansions())
    if (node.op == rule.op && node.inputs.size() >= rule.fewest && !node.outputs.empty())
      return &rule;
  return nullptr;
}

std::string freshName(const Graph &graph, const std::string &base) {
  auto isTaken = [&](const std::string &name) {
    return std::any_of(graph.values.begin(), graph.values.end(),
                       [&](const Value &value) { return value.name == name; });
  };
  std::string name = base;
  for (int i = 2; isTaken(name); ++i)
    name = fmt::format("{}_{}", base, i);
  return name;
}

Attribute number(const char *name, int64_t value) { return {name, value}; }

void countReaders(Graph &graph) {
  for (Value &value : graph.values)
    value.readers.clear();
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (ValueId input : graph.nodes[i].inputs)
      if (input != ValueId::None)
        if (auto &readers = graph.values[index(input)].readers; readers.empty() || readers.back() != i)
          readers.push_back(i);
}

} // namespace

ValueId Expansion::value(llvm::StringRef what) {
  const std::string base = fmt::format("{}_{}", graph_.value(node_.outputs[0]).name, what.str());
  graph_.values.push_back({freshName(graph_, base), std::nullopt, std::nullopt, {}, false});
  return static_cast<ValueId>(graph_.values.size() - 1);
}

ValueId Expansion::constant(Tensor tensor, llvm::StringRef what) {
  const ValueId id = value(what);
  graph_.values[index(id)].constant = std::move(tensor);
  return id;
}

ValueId Expansion::add(llvm::StringRef op, std::vector<ValueId> inputs, std::vector<Attribute> attributes) {
  const ValueId out = value(op.lower());
  out_.push_back({node_.name, op.str(), "", std::move(attributes), std::move(inputs), {out}});
  return out;
}

void Expansion::finish(llvm::StringRef op, std::vector<ValueId> inputs, std::vector<Attribute> attributes) {
  out_.push_back({node_.name, op.str(), "", std::move(attributes), std::move(inputs), node_.outputs});
}

std::vector<Attribute> Expansion::attributesWithout(std::initializer_list<const char *> names) const {
  std::vector<Attribute> out;
  for (const Attribute &attribute : node_.attributes)
    if (!isIn(names, attribute.name))
      out.push_back(attribute);
  return out;
}

ValueId Expansion::dequantised(ValueId value, ValueId scale, ValueId zero, int64_t axis) {
  return add("DequantizeLinear", {value, scale, zero}, {number("axis", axis)});
}

ValueId Expansion::exactProduct(ValueId a, ValueId b) {
  const auto isDouble = number("to", onnxNumber(ElementType::Double));
  return add("Mul", {add("Cast", {a}, {isDouble}), add("Cast", {b}, {isDouble})});
}

void expandOperators(Graph &graph) {
  std::vector<Node> nodes = std::move(graph.nodes), out;
  bool changed = false;
  for (Node &node : nodes) {
    adopt(node);
    if (const ExpandRule *rule = ruleFor(node)) {
      Expansion expansion(graph, node, out);
      rule->expand(expansion);
      changed = true;
    } else {
      out.push_back(std::move(node));
    }
  }
  graph.nodes = std::move(out);
  if (changed)
    countReaders(graph);
}

} // namespace braid::frontend
