// Damages protobuf messages in ways that leave them well formed, so that damage reaches past the parser.
#pragma once

#include <cstdint>
#include <string>

namespace braid::test {

/// The same numbers on every machine (SplitMix64).
class Random {
public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// In [0, count); count must be at least 1.
  uint64_t below(uint64_t count) { return next() % count; }

private:
  uint64_t state_;
};

/// One to four changes: fields dropped, doubled, swapped, numbers replaced by telling ones, bytes flipped,
/// the end cut.
std::string mutated(const std::string &message, Random &random);

} // namespace braid::test
