#include "box_tree.h"

#include <algorithm>

namespace braid::plan {

std::optional<BoxTree> BoxTree::make(std::vector<Leaf> leaves) {
  BoxTree out;
  out.box = leaves[0].box;
  int64_t elements = 0;
  for (const Leaf &leaf : leaves) {
    out.box = hull(out.box, leaf.box);
    elements += leaf.box.elements();
  }
  if (elements != out.box.elements())
    return std::nullopt;
  if (leaves.size() == 1) {
    out.leaf = leaves[0].leaf;
    return out;
  }
  // The first axis along which a cut goes through no box; groups between cuts become children.
  for (size_t axis = 0; axis < out.box.begin.size(); ++axis) {
    std::sort(leaves.begin(), leaves.end(), [&](const Leaf &a, const Leaf &b) {
      return std::tie(a.box.begin[axis], a.box, a.leaf) < std::tie(b.box.begin[axis], b.box, b.leaf);
    });
    std::vector<std::vector<Leaf>> groups;
    int64_t reach = 0;
    for (const Leaf &leaf : leaves) {
      if (groups.empty() || leaf.box.begin[axis] >= reach)
        groups.emplace_back();
      groups.back().push_back(leaf);
      reach = std::max(reach, leaf.box.end[axis]);
    }
    if (groups.size() == 1)
      continue;
    out.axis = axis;
    for (std::vector<Leaf> &group : groups) {
      auto child = make(std::move(group));
      if (!child)
        return std::nullopt;
      out.children.push_back(std::move(*child));
    }
    return out;
  }
  return std::nullopt;
}

} // namespace braid::plan
