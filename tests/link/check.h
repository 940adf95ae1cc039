// What the programs of this folder share: random numbers that are the same everywhere, and counted checks.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace test {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(next() % n); }

private:
  std::uint64_t state_;
};

inline unsigned &failures() {
  static unsigned count = 0;
  return count;
}
inline unsigned &checks() {
  static unsigned count = 0;
  return count;
}
inline void check(bool holds, const std::string &what) {
  checks()++;
  if (holds)
    return;
  failures()++;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
}
inline int report(const char *program) {
  std::printf("%s: %u checks, %u failed\n", program, checks(), failures());
  return failures() ? 1 : 0;
}

} // namespace test
