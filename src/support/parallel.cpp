#include "braid/support/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace braid {
namespace {
std::atomic<unsigned> gThreads{0};
}

void setThreads(unsigned count) { gThreads = count; }

unsigned threads() {
  unsigned set = gThreads;
  return set ? set : std::max(1u, std::thread::hardware_concurrency());
}

void parallelFor(int64_t count, const std::function<void(int64_t)> &body) {
  const int64_t workers = std::min<int64_t>(threads(), count);
  if (workers <= 1) {
    for (int64_t i = 0; i < count; ++i)
      body(i);
    return;
  }
  std::atomic<int64_t> next{0};
  auto work = [&] {
    for (int64_t i = next++; i < count; i = next++)
      body(i);
  };
  std::vector<std::thread> pool;
  for (int64_t w = 1; w < workers; ++w)
    pool.emplace_back(work);
  work();
  for (std::thread &thread : pool)
    thread.join();
}

} // namespace braid
