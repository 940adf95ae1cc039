#include "braid/num/typed_functions.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"

#include <algorithm>
#include <bit>

namespace braid::num {

namespace {

/// floor(a / b), its last bit set where something was left over: with two bits to spare, rounding sees a tie
/// only where there is one.
Int128 stickyFloor(Int128 a, Int128 b) {
  const Int128 floor = floorDiv(a, b);
  return floor * b == a ? floor : floor | 1;
}

} // namespace

int64_t typedAverage(Int128 sum, int64_t cells, int fracBits, const FixedType &to) {
  const int guard = std::max(0, to.fracBits() - fracBits) + 2;
  return static_cast<int64_t>(
      castMantissa(stickyFloor(sum * (Int128{1} << guard), cells), fracBits + guard, to));
}

int64_t typedQuotient(int64_t a, int aFrac, int64_t b, int bFrac, const FixedType &to) {
  if (b == 0)
    return static_cast<int64_t>(a == 0 ? Int128{0} : a > 0 ? maxMantissa(to) : minMantissa(to));
  // (a / b) * 2^(bFrac - aFrac) at `frac` fraction bits.
  const int frac = std::max(to.fracBits(), 0) + 2, up = frac + bFrac - aFrac;
  Int128 numerator = a, denominator = b;
  if (up >= 0)
    numerator *= Int128{1} << std::min(up, 62);
  else
    denominator *= Int128{1} << std::min(-up, 62);
  if (denominator < 0)
    numerator = -numerator, denominator = -denominator;
  return static_cast<int64_t>(castMantissa(stickyFloor(numerator, denominator), frac, to));
}

void typedSoftmax(llvm::ArrayRef<int64_t> x, int expShift, const std::vector<int64_t> &expTable,
                  const std::vector<int64_t> &invTable, const FixedType &to, int64_t *y) {
  const int64_t most = *std::max_element(x.begin(), x.end());
  const Int128 half = expShift ? Int128{1} << (expShift - 1) : Int128{0};
  std::vector<int64_t> e(x.size());
  uint64_t sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Int128 at =
        std::min((Int128{most} - x[i] + half) >> expShift, static_cast<Int128>(expTable.size() - 1));
    e[i] = expTable[static_cast<size_t>(at)];
    sum += static_cast<uint64_t>(e[i]);
  }
  const int k = static_cast<int>(std::bit_width(sum)) - 1;
  const int bits = ceilLog2(invTable.size());
  BRAID_CHECK(k >= kSoftmaxFrac, "the largest exponential of a softmax is one");
  const uint64_t below = k >= bits ? sum >> (k - bits) : sum << (bits - k);
  const int64_t inv = invTable[below & ((uint64_t{1} << bits) - 1)];
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = static_cast<int64_t>(castMantissa(Int128{e[i]} * inv, 2 * kSoftmaxFrac + (k - kSoftmaxFrac), to));
}

} // namespace braid::num
