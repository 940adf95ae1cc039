// Boxes as ranges of elements in row-major order.
#pragma once

#include "braid/plan/slices.h"

namespace braid::plan {

/// The flat range [begin, end) of a box whose elements lie one behind the other in row-major order; nothing
/// if they do not.
std::optional<std::pair<int64_t, int64_t>> flatRange(const Box &box, llvm::ArrayRef<int64_t> shape);

/// The same elements as a box of another shape; nothing where they are none there.
std::optional<Box> reshapedBox(const Box &box, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

} // namespace braid::plan
