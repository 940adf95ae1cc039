// Sizes that a file leaves open and a user gives.
#pragma once

#include "graph.h"

#include "braid/frontend/onnx.h"

namespace braid::frontend {

/// Fixes the shapes of inputs; fails for names that are none and for sizes that the file fixes otherwise.
llvm::Error setInputShapes(Graph &graph, const InputShapes &shapes);

} // namespace braid::frontend
