#include "boxes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::plan {

using ir::Shape;

namespace {

/// The box of a flat range; nothing where the range is no box.
std::optional<Box> boxOfRange(int64_t begin, int64_t end, llvm::ArrayRef<int64_t> shape) {
  int64_t inner = ir::elements(shape);
  if (begin == 0 && end == inner)
    return wholeBox(shape);
  for (size_t d = 0; d < shape.size(); ++d) {
    inner /= shape[d];
    if (shape[d] == 1)
      continue;
    if (begin % inner || end % inner)
      return std::nullopt;
    Box box = wholeBox(shape);
    box.begin[d] = begin / inner, box.end[d] = end / inner;
    return box;
  }
  return std::nullopt;
}

} // namespace

int64_t Box::elements() const { return ir::elements(shape()); }

Shape Box::shape() const {
  Shape out;
  for (size_t d = 0; d < begin.size(); ++d)
    out.push_back(end[d] - begin[d]);
  return out;
}

Box wholeBox(llvm::ArrayRef<int64_t> shape) {
  return {Shape(shape.size(), 0), Shape(shape.begin(), shape.end())};
}

std::optional<Box> intersection(const Box &a, const Box &b) {
  Box out = a;
  for (size_t d = 0; d < a.begin.size(); ++d) {
    out.begin[d] = std::max(a.begin[d], b.begin[d]);
    out.end[d] = std::min(a.end[d], b.end[d]);
    if (out.begin[d] >= out.end[d])
      return std::nullopt;
  }
  return out;
}

Box hull(const Box &a, const Box &b) {
  Box out = a;
  for (size_t d = 0; d < a.begin.size(); ++d) {
    out.begin[d] = std::min(a.begin[d], b.begin[d]);
    out.end[d] = std::max(a.end[d], b.end[d]);
  }
  return out;
}

std::string toString(const Box &box) {
  std::vector<std::string> ranges;
  for (size_t d = 0; d < box.begin.size(); ++d)
    ranges.push_back(fmt::format("{}:{}", box.begin[d], box.end[d]));
  return fmt::format("[{}]", fmt::join(ranges, ", "));
}

std::optional<std::pair<int64_t, int64_t>> flatRange(const Box &box, llvm::ArrayRef<int64_t> shape) {
  int64_t begin = 0, stride = 1;
  bool isPart = false; // a dimension has been cut: those before it must be single
  for (size_t d = shape.size(); d-- > 0;) {
    const int64_t size = box.end[d] - box.begin[d];
    if (isPart && size != 1)
      return std::nullopt;
    begin += box.begin[d] * stride;
    isPart = isPart || size != shape[d];
    stride *= shape[d];
  }
  return std::pair(begin, begin + box.elements());
}

std::optional<Box> reshapedBox(const Box &box, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  const auto range = flatRange(box, from);
  return range ? boxOfRange(range->first, range->second, to) : std::nullopt;
}

} // namespace braid::plan
