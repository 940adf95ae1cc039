// What the stand-ins for XRT's classes remember: registers, calls in order, and memory that a design without
// layers would copy from its source to its sink.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace xrt_stub {

struct World {
  std::mutex mutex;
  std::vector<std::string> calls;
  std::map<std::string, std::map<uint32_t, uint32_t>> registers; ///< By device and IP
  std::vector<char> carried;                                     ///< By the last source
  std::map<std::string, std::vector<char>> carriedBy;            ///< By the last source of each device
  uint32_t sourcePeriod = 0;
  bool linkUp = true, hangs = false;

  void call(const std::string &what) {
    const std::lock_guard<std::mutex> lock(mutex);
    calls.push_back(what);
  }
};
inline World &world() {
  static World theWorld;
  return theWorld;
}

} // namespace xrt_stub
