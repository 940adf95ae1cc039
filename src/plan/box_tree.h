// Boxes that lie side by side, put together by straight cuts.
#pragma once

#include "braid/plan/slices.h"

#include <optional>
#include <vector>

namespace braid::plan {

/// A leaf is one box; any other node its children, one behind the other along `axis`.
struct BoxTree {
  struct Leaf {
    Box box;
    int leaf = 0;
  };
  Box box;
  int leaf = -1;
  size_t axis = 0;
  std::vector<BoxTree> children;

  /// Nothing where no straight cut separates the boxes, or where they leave a hole.
  static std::optional<BoxTree> make(std::vector<Leaf> leaves);
};

} // namespace braid::plan
