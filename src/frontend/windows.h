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

/// Sets the output to a layer over `in` as [H, W, C] that gives [H', W', channels].
llvm::Error emitFeatureMap(OpContext &context, const Lowered &in, ir::Op op);

} // namespace braid::frontend
