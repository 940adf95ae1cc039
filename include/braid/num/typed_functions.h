// Functions of fixed-point numbers that are more than a cast: their one definition, which interpreter and
// carried HLS headers follow, and the tables they look up.
#pragma once

#include "braid/num/data_type.h"
#include "braid/support/math.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace braid::num {

/// The mean of `cells` numbers with that exact sum, cast as the rational number it is: two guard bits and a
/// sticky bit decide as the exact quotient would.
int64_t typedAverage(Int128 sum, int64_t cells, int fracBits, const FixedType &to);

/// a * 2^-aFrac / (b * 2^-bFrac), cast as the rational number it is; x / 0 is the largest or smallest
/// mantissa by the sign of x, 0 / 0 is 0.
int64_t typedQuotient(int64_t a, int aFrac, int64_t b, int bFrac, const FixedType &to);

/// Fraction bits of both softmax tables: ap_ufixed<18,1>.
inline constexpr int kSoftmaxFrac = 17;

/// One row of a softmax. d = max - x; e = expTable[min((d + half) >> expShift, last)], half = expShift ?
/// 2^(expShift-1) : 0; s = sum of e; k = place of the leading one of s (at least 17, since the largest e is
/// one); inv = invTable[the log2(size) bits of s below the leading one]; y = cast(e * inv * 2^-(k - 17)).
void typedSoftmax(llvm::ArrayRef<int64_t> x, int expShift, const std::vector<int64_t> &expTable,
                  const std::vector<int64_t> &invTable, const FixedType &to, int64_t *y);

} // namespace braid::num
