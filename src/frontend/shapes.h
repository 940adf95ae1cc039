// What ONNX says about shapes, as functions of numbers alone: shared by constant folding and lowering.
#pragma once

#include "tensor.h"

#include "braid/support/error.h"

#include "llvm/Support/Error.h"

#include <fmt/format.h>

namespace braid::frontend {

/// A fault of the node at hand; who lowers the node adds its name.
template <class... Args> llvm::Error fault(fmt::format_string<Args...> format, Args &&...args) {
  return badInput("", fmt::format(format, std::forward<Args>(args)...));
}

/// `axis` of a tensor of `rank` dimensions, counted from the end if negative.
llvm::Expected<int64_t> normalAxis(int64_t axis, int64_t rank);
/// All of them, none twice.
llvm::Expected<std::vector<int64_t>> normalAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

/// Shape that two operands make together (aligned at the last dimension).
llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// For each element of `to`, the element of a tensor of shape `from` that stands there.
std::vector<int64_t> broadcastIndices(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Reshape: 0 keeps a dimension (unless allowZero), one -1 takes what is left.
llvm::Expected<Shape> reshapeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> target,
                                   bool allowZero);
llvm::Expected<Shape> flattenShape(llvm::ArrayRef<int64_t> shape, int64_t axis);
/// `axes` empty: every dimension of 1 goes.
llvm::Expected<Shape> squeezeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes);
llvm::Expected<Shape> unsqueezeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes);

/// A permutation of [0, rank), or what is wrong with it; `perm` absent reverses.
llvm::Expected<std::vector<int64_t>> normalPerm(llvm::ArrayRef<int64_t> perm, int64_t rank, bool absent);

/// One dimension of a Slice, clamped as ONNX says: elements start, start + step, ... (`count` of them).
struct SliceRange {
  int64_t start = 0, step = 1, count = 0;
};
llvm::Expected<SliceRange> sliceRange(int64_t size, int64_t start, int64_t end, int64_t step);

/// Steps through the positions of a shape in row-major order, carrying a sum of index * stride.
std::vector<int64_t> strided(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides,
                             int64_t offset = 0);
/// Strides of a row-major tensor.
std::vector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);

} // namespace braid::frontend
