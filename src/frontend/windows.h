// Windows of Conv and pool nodes: kernel, strides, dilations, and the many ways ONNX tells padding.
#pragma once

#include "lower.h"

namespace braid::frontend {

struct NodeWindow {
  ir::Window window;
  bool ceilEnlarged = false; ///< ceil_mode added cells to padEnd that no `pads` asked for.
};

/// A batch of one of [N, C, W] or [N, C, H, W], or what is wrong with it.
llvm::Error checkFeatureMap(const Lowered &in);

/// The window of a node over `in`; `kernel` as in the file, one or two dimensions. Reads strides, pads,
/// auto_pad, dilations and, if `isPool`, ceil_mode.
llvm::Expected<NodeWindow> readWindow(OpContext &context, const Lowered &in, llvm::ArrayRef<int64_t> kernel,
                                      bool isPool);

/// `count` numbers of a node's attribute, one per spatial dimension, `ifAbsent` where it is left out; fails
/// where one is below `least` or beyond any network's.
llvm::Expected<std::vector<int64_t>> readSizes(OpContext &context, const char *name, size_t count,
                                               int64_t ifAbsent, int64_t least);

/// Sets the output to a layer over `in` as [H, W, C] that gives [H', W', channels].
llvm::Error emitFeatureMap(OpContext &context, const Lowered &in, ir::Op op);

} // namespace braid::frontend
