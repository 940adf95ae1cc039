// Computes nodes whose inputs are all constants: shape arithmetic of exporters, weights made by nodes.
#pragma once

#include "attributes.h"
#include "graph.h"

namespace braid::frontend {

/// One node to compute.
struct FoldContext {
  const Node &node;
  std::vector<const Tensor *> inputs; ///< Null where left out.
  int64_t opset;
  Attributes attributes;
  int64_t &budget; ///< Elements that may still be made; hostile files double tensors again and again.

  const Tensor *input(size_t i) const { return i < inputs.size() ? inputs[i] : nullptr; }
  /// Takes `shape`'s elements from the budget.
  llvm::Error afford(llvm::ArrayRef<int64_t> shape);
};

using Fold = llvm::Expected<std::vector<Tensor>> (*)(FoldContext &);

struct FoldRule {
  const char *op;
  size_t fewest, most; ///< Inputs
  Fold fold;
};

/// The rule for an operator of the default domain; null if there is none.
const FoldRule *foldRule(llvm::StringRef op);
llvm::Expected<std::vector<Tensor>> foldNode(const FoldRule &rule, FoldContext &context);

/// Integers of a tensor that gives axes, a shape and the like.
llvm::Expected<std::vector<int64_t>> integersOf(const Tensor &tensor, llvm::StringRef what);
/// A list that was an attribute first and is input `tensor` (may be null) since some opset.
llvm::Expected<std::vector<int64_t>> attributeOrInput(Attributes &attributes, const char *name,
                                                      const Tensor *tensor);

/// `start` and `end` of a Shape node applied to a shape.
Tensor shapeTensor(llvm::ArrayRef<int64_t> shape, Attributes &attributes);
/// Value of a Constant node, in all its spellings.
llvm::Expected<Tensor> constantNode(Attributes &attributes);

// The rules, by file.
llvm::ArrayRef<FoldRule> shapeFolds();
llvm::ArrayRef<FoldRule> arithmeticFolds();
llvm::ArrayRef<FoldRule> quantiseFolds();

} // namespace braid::frontend
