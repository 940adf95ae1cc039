// Operators that are several others in one, and those of other domains than ONNX's own: rewritten, node by
// node, before anything is lowered.
#pragma once

#include "graph.h"

namespace braid::frontend {

/// Gives operators of QONNX and of onnxruntime's quantiser the default domain, and writes QOperator nodes as
/// DequantizeLinear, a float operator and QuantizeLinear. Nodes nobody knows stay as they are.
void expandOperators(Graph &graph);

/// What a rewriting rule gets: a node to replace, and a place for those that come instead.
class Expansion {
public:
  Expansion(Graph &graph, const Node &node, std::vector<Node> &out) : graph_(graph), node_(node), out_(out) {}

  const Node &node() const { return node_; }
  /// Input i of the node; None where it is left out.
  ValueId input(size_t i) const { return i < node_.inputs.size() ? node_.inputs[i] : ValueId::None; }
  /// A new value, named after the node's output.
  ValueId value(llvm::StringRef what);
  ValueId constant(Tensor tensor, llvm::StringRef what);
  /// A node of the default domain that stands for (a part of) the one at hand; its first output.
  ValueId add(llvm::StringRef op, std::vector<ValueId> inputs, std::vector<Attribute> attributes = {});
  /// One that makes the node's own output.
  void finish(llvm::StringRef op, std::vector<ValueId> inputs, std::vector<Attribute> attributes = {});
  /// The node's attributes except these.
  std::vector<Attribute> attributesWithout(std::initializer_list<const char *> names) const;

  /// The real numbers of a quantised value; along `axis` where its parameters are lists.
  ValueId dequantised(ValueId value, ValueId scale, ValueId zero, int64_t axis = 1);
  /// The product of constants in double precision.
  ValueId exactProduct(ValueId a, ValueId b);

private:
  Graph &graph_;
  const Node &node_;
  std::vector<Node> &out_;
};

using Expand = void (*)(Expansion &);
struct ExpandRule {
  const char *op;
  size_t fewest; ///< Inputs; a node with fewer stays as it is, and is reported
  Expand expand;
};
/// QOperator and com.microsoft.
llvm::ArrayRef<ExpandRule> integerExpansions();

} // namespace braid::frontend
