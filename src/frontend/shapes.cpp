#include "shapes.h"

#include "braid/support/math.h"

#include <algorithm>

namespace braid::frontend {

llvm::Expected<int64_t> normalAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return fault("axis {} is outside a tensor of {} dimensions", axis, rank);
  return axis < 0 ? axis + rank : axis;
}

llvm::Expected<std::vector<int64_t>> normalAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) {
  std::vector<int64_t> out;
  std::vector<bool> seen(at(rank), false);
  for (int64_t axis : axes) {
    auto normal = normalAxis(axis, rank);
    if (!normal)
      return normal.takeError();
    if (seen[at(*normal)])
      return fault("axis {} is given twice", axis);
    seen[at(*normal)] = true;
    out.push_back(*normal);
  }
  return out;
}

llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  if (std::max(a.size(), b.size()) > kMaxRank)
    return fault("a shape of {} dimensions", std::max(a.size(), b.size()));
  Shape out(std::max(a.size(), b.size()), 1);
  for (size_t back = 1; back <= out.size(); ++back) {
    const int64_t left = back <= a.size() ? a[a.size() - back] : 1,
                  right = back <= b.size() ? b[b.size() - back] : 1;
    if (left != right && left != 1 && right != 1)
      return fault("shapes {} and {} do not broadcast", ir::toString(a), ir::toString(b));
    out[out.size() - back] = left == 1 ? right : left;
  }
  return out;
}

std::vector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

std::vector<int64_t> strided(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides, int64_t offset) {
  std::vector<int64_t> out;
  const int64_t count = ir::elements(shape);
  out.reserve(at(count));
  std::vector<int64_t> position(shape.size(), 0);
  for (int64_t n = 0; n < count; ++n) {
    out.push_back(offset);
    for (size_t dim = shape.size(); dim-- > 0;) {
      offset += strides[dim];
      if (++position[dim] < shape[dim])
        break;
      offset -= strides[dim] * shape[dim];
      position[dim] = 0;
    }
  }
  return out;
}

std::vector<int64_t> broadcastIndices(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  BRAID_CHECK(from.size() <= to.size(), "a broadcast never lowers the rank");
  const std::vector<int64_t> own = rowMajorStrides(from);
  std::vector<int64_t> strides(to.size(), 0);
  for (size_t i = 0; i < from.size(); ++i)
    strides[to.size() - from.size() + i] = from[i] == 1 ? 0 : own[i];
  return strided(to, strides);
}

llvm::Expected<Shape> reshapeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> target,
                                   bool allowZero) {
  Shape out(target.begin(), target.end());
  auto unfit = [&] {
    return fault("{} cannot be reshaped to {}", ir::toString(shape), ir::toString(target));
  };
  if (target.size() > kMaxRank)
    return fault("a shape of {} dimensions", target.size());
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && !allowZero) {
      if (i >= shape.size())
        return unfit();
      out[i] = shape[i];
    }
    if (out[i] < -1 || (out[i] == -1 && open >= 0))
      return unfit();
    if (out[i] == -1) {
      open = static_cast<int64_t>(i);
      continue;
    }
    auto product = checkedMul(known, out[i]);
    if (!product)
      return unfit();
    known = *product;
  }
  const int64_t elements = ir::elements(shape);
  if (open >= 0) {
    if (known == 0 || elements % known != 0)
      return unfit();
    out[at(open)] = elements / known;
  } else if (known != elements) {
    return unfit();
  }
  return out;
}

llvm::Expected<Shape> flattenShape(llvm::ArrayRef<int64_t> shape, int64_t axis) {
  const auto rank = static_cast<int64_t>(shape.size());
  if (axis < -rank || axis > rank)
    return fault("axis {} is outside a tensor of {} dimensions", axis, rank);
  const size_t split = at(axis < 0 ? axis + rank : axis);
  return Shape{ir::elements(shape.take_front(split)), ir::elements(shape.drop_front(split))};
}

llvm::Expected<Shape> squeezeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
  if (axes.size() > shape.size())
    return fault("{} axes of a tensor of {} dimensions", axes.size(), shape.size());
  auto normal = normalAxes(axes, static_cast<int64_t>(shape.size()));
  if (!normal)
    return normal.takeError();
  Shape out;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool named = std::find(normal->begin(), normal->end(), static_cast<int64_t>(i)) != normal->end();
    if (named && shape[i] != 1)
      return fault("axis {} of {} is not 1 and cannot be squeezed", i, ir::toString(shape));
    if (!named && !(axes.empty() && shape[i] == 1))
      out.push_back(shape[i]);
  }
  return out;
}

llvm::Expected<Shape> unsqueezeShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
  const size_t rank = shape.size() + axes.size();
  if (rank > kMaxRank)
    return fault("a shape of {} dimensions", rank);
  auto normal = normalAxes(axes, static_cast<int64_t>(rank));
  if (!normal)
    return normal.takeError();
  Shape out(rank, 0);
  for (int64_t axis : *normal)
    out[at(axis)] = -1; // marks a new dimension; old ones may be 0
  size_t next = 0;
  for (int64_t &dim : out)
    dim = dim == -1 ? 1 : shape[next++];
  return out;
}

llvm::Expected<std::vector<int64_t>> normalPerm(llvm::ArrayRef<int64_t> perm, int64_t rank, bool absent) {
  std::vector<int64_t> out(perm.begin(), perm.end());
  if (absent)
    for (int64_t axis = rank; axis-- > 0;)
      out.push_back(axis);
  std::vector<bool> seen(at(rank), false);
  for (int64_t axis : out) {
    if (axis < 0 || axis >= rank || seen[at(axis)])
      return fault("perm {} is no permutation of {} dimensions", ir::toString(perm), rank);
    seen[at(axis)] = true;
  }
  if (static_cast<int64_t>(out.size()) != rank)
    return fault("perm {} is no permutation of {} dimensions", ir::toString(perm), rank);
  return out;
}

llvm::Expected<SliceRange> sliceRange(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (step == 0)
    return fault("a slice step of 0 is not possible");
  const bool up = step > 0;
  auto bound = [size](int64_t position, int64_t low, int64_t high) {
    if (position < 0)
      position = position < -size ? low : position + size;
    return std::min(std::max(position, low), high);
  };
  // Going up, positions lie in [0, size]; going down, the end may stand before the first element.
  SliceRange out{up ? bound(start, 0, size) : bound(start, 0, size - 1), step, 0};
  const int64_t stop = up ? bound(end, 0, size) : bound(end, -1, size - 1);
  const int64_t distance = up ? stop - out.start : out.start - stop;
  if (distance > 0) {
    const uint64_t stride = up ? static_cast<uint64_t>(step) : uint64_t{0} - static_cast<uint64_t>(step);
    out.count = static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / stride + 1);
  }
  return out;
}

} // namespace braid::frontend
