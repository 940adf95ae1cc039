// Work shared by the machine's cores; results never depend on how many there are.
#pragma once

#include <cstdint>
#include <functional>

namespace braid {

/// How many threads parallelFor uses; 0 (the start value) means one per core.
void setThreads(unsigned count);
unsigned threads();

/// Calls body(i) for each i in [0, count), in any order, from several threads. Bodies must write disjoint
/// results.
void parallelFor(int64_t count, const std::function<void(int64_t)> &body);

} // namespace braid
