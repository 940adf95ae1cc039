// Layers that only move elements: the same code for reals and mantissas.
#pragma once

#include "braid/ir/model.h"

#include <algorithm>
#include <vector>

namespace braid::exec {

/// Row-major strides of a shape.
inline std::vector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

/// Calls f(offset) for each position of `shape` in row-major order, the offset by the given strides.
template <class F> void forEachOffset(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides, F &&f) {
  std::vector<int64_t> at(shape.size(), 0);
  int64_t offset = 0;
  for (int64_t count = ir::elements(shape); count > 0; --count) {
    f(offset);
    for (size_t d = shape.size(); d-- > 0;) {
      offset += strides[d];
      if (++at[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      at[d] = 0;
    }
  }
}

template <class T>
void transpose(const T *in, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> perm, T *out) {
  const std::vector<int64_t> from = stridesOf(shape);
  std::vector<int64_t> outShape, strides;
  for (int64_t p : perm) {
    outShape.push_back(shape[static_cast<size_t>(p)]);
    strides.push_back(from[static_cast<size_t>(p)]);
  }
  forEachOffset(outShape, strides, [&](int64_t offset) { *out++ = in[offset]; });
}

template <class T>
void concatenate(llvm::ArrayRef<const T *> ins, llvm::ArrayRef<ir::Shape> shapes, size_t axis, T *out) {
  int64_t outer = 1;
  for (size_t d = 0; d < axis; ++d)
    outer *= shapes[0][d];
  for (int64_t o = 0; o < outer; ++o)
    for (size_t i = 0; i < ins.size(); ++i) {
      const int64_t run = ir::elements(shapes[i]) / outer;
      out = std::copy_n(ins[i] + o * run, run, out);
    }
}

template <class T> void pad(const T *in, llvm::ArrayRef<int64_t> shape, const ir::Pad &op, T value, T *out) {
  std::vector<int64_t> outShape;
  for (size_t d = 0; d < shape.size(); ++d)
    outShape.push_back(shape[d] + op.begin[d] + op.end[d]);
  std::fill_n(out, ir::elements(outShape), value);
  const std::vector<int64_t> strides = stridesOf(outShape);
  int64_t start = 0;
  for (size_t d = 0; d < shape.size(); ++d)
    start += op.begin[d] * strides[d];
  forEachOffset(shape, strides, [&](int64_t offset) { out[start + offset] = *in++; });
}

template <class T> void crop(const T *in, llvm::ArrayRef<int64_t> shape, const ir::Crop &op, T *out) {
  const std::vector<int64_t> strides = stridesOf(shape);
  std::vector<int64_t> box;
  int64_t start = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    start += op.begin[d] * strides[d];
    box.push_back(op.end[d] - op.begin[d]);
  }
  forEachOffset(box, strides, [&](int64_t offset) { *out++ = in[start + offset]; });
}

template <class T> void upsample(const T *in, llvm::ArrayRef<int64_t> shape, const ir::Upsample &op, T *out) {
  for (int64_t y = 0; y < shape[0] * op.factor[0]; ++y)
    for (int64_t x = 0; x < shape[1] * op.factor[1]; ++x)
      out = std::copy_n(in + ((y / op.factor[0]) * shape[1] + x / op.factor[1]) * shape[2], shape[2], out);
}

/// out[i] = f(a, b) with broadcasting of size-one dimensions.
template <class A, class F>
void binary(const A *a, const ir::Shape &shapeA, const A *b, const ir::Shape &shapeB, const ir::Shape &shape,
            A *out, F &&f) {
  auto stridesFor = [&](const ir::Shape &from) {
    std::vector<int64_t> strides = stridesOf(from);
    for (size_t d = 0; d < from.size(); ++d)
      if (from[d] == 1)
        strides[d] = 0;
    return strides;
  };
  if (shapeA == shapeB) {
    for (int64_t i = 0, n = ir::elements(shape); i < n; ++i)
      out[i] = f(a[i], b[i]);
    return;
  }
  std::vector<int64_t> atA;
  forEachOffset(shape, stridesFor(shapeA), [&](int64_t offset) { atA.push_back(offset); });
  size_t i = 0;
  forEachOffset(shape, stridesFor(shapeB), [&](int64_t offset) {
    out[i] = f(a[atA[i]], b[offset]);
    ++i;
  });
}

/// The cells of a window along one axis that lie in the input: kernel indices [first, last).
inline std::pair<int64_t, int64_t> validCells(const ir::Window &w, int axis, int64_t out, int64_t size) {
  const int64_t start = out * w.stride[axis] - w.padBegin[axis];
  int64_t first = 0, last = w.kernel[axis];
  while (first < last && start + first * w.dilation[axis] < 0)
    ++first;
  while (last > first && start + (last - 1) * w.dilation[axis] >= size)
    --last;
  return {first, last};
}

} // namespace braid::exec
