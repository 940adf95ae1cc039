// Small integer arithmetic used everywhere.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

namespace braid {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Smallest integer not below a / b, for a >= 0, b > 0.
constexpr int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Smallest multiple of b not below a, for a >= 0, b > 0.
constexpr int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

/// Largest integer not above a / b, for any a, b > 0.
template <class Int> constexpr Int floorDiv(Int a, Int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Smallest k with 2^k >= n, for n >= 1.
constexpr int ceilLog2(uint64_t n) { return n <= 1 ? 0 : 64 - std::countl_zero(n - 1); }

/// a * b, or nothing if it does not fit.
constexpr std::optional<int64_t> checkedMul(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    return std::nullopt;
  return product;
}

} // namespace braid
