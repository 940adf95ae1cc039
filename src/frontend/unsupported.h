// Operators there is no rule for: what to tell, and how to go on checking after them.
#pragma once

#include "graph.h"

namespace braid::frontend {

/// Why `node` cannot be lowered and, where that is known, what to do instead.
llvm::Error unsupportedOperator(const Node &node);

/// Whether an operator that is not supported has the shape of its first input as output.
bool keepsShape(llvm::StringRef op);

} // namespace braid::frontend
