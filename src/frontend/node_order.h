// Which nodes of a graph are needed, and in what order they can run.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace braid::frontend {

struct NodeOrder {
  std::vector<size_t>
      nodes; ///< Each after those it reads from; where that leaves a choice, the lowest first.
  std::optional<size_t> onCycle; ///< A node that can never run.
};

/// `sources`: by node, the nodes it reads from (one may stand twice). `roots`: nodes whose outputs are
/// wanted.
NodeOrder liveOrder(const std::vector<std::vector<size_t>> &sources, const std::vector<size_t> &roots);

} // namespace braid::frontend
