#include "node_order.h"

#include <functional>
#include <queue>

namespace braid::frontend {
namespace {

std::vector<bool> reachable(const std::vector<std::vector<size_t>> &sources, std::vector<size_t> todo) {
  std::vector<bool> live(sources.size(), false);
  while (!todo.empty()) {
    const size_t node = todo.back();
    todo.pop_back();
    if (live[node])
      continue;
    live[node] = true;
    todo.insert(todo.end(), sources[node].begin(), sources[node].end());
  }
  return live;
}

} // namespace

NodeOrder liveOrder(const std::vector<std::vector<size_t>> &sources, const std::vector<size_t> &roots) {
  const std::vector<bool> live = reachable(sources, roots);
  std::vector<size_t> waiting(sources.size(), 0);
  std::vector<std::vector<size_t>> readers(sources.size());
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t node = 0; node < sources.size(); ++node) {
    if (!live[node])
      continue;
    for (size_t source : sources[node])
      readers[source].push_back(node);
    waiting[node] = sources[node].size();
    if (waiting[node] == 0)
      ready.push(node);
  }
  NodeOrder out;
  while (!ready.empty()) {
    out.nodes.push_back(ready.top());
    ready.pop();
    for (size_t reader : readers[out.nodes.back()])
      if (--waiting[reader] == 0)
        ready.push(reader);
  }
  for (size_t node = 0; node < sources.size() && !out.onCycle; ++node)
    if (waiting[node] > 0)
      out.onCycle = node;
  return out;
}

} // namespace braid::frontend
