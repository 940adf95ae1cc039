// What streams ask of one FPGA that has the layers [begin, end): src/partition/README.md, "Legal plans".
#pragma once

#include "braid/partition/problem.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>

namespace braid::partition {

inline Needs operator+(Needs a, const Needs &b) {
  for (size_t r = 0; r < kResources; ++r)
    a[r] += b[r];
  return a;
}
inline Needs operator-(Needs a, const Needs &b) {
  for (size_t r = 0; r < kResources; ++r)
    a[r] -= b[r];
  return a;
}
inline bool fitsIn(const Needs &a, const Needs &b) {
  for (size_t r = 0; r < kResources; ++r)
    if (a[r] > b[r])
      return false;
  return true;
}

/// A way that a stream comes to an FPGA or leaves it.
struct Passage {
  bool received = false, sent = false; ///< Both: forwarded, taken here or not
  bool fromHost = false, toHost = false;
};
Passage passageOf(const Problem &problem, const Stream &stream, int begin, int end);

struct Loads {
  llvm::SmallVector<Needs, 4> charges; ///< By die
  int64_t fs = 0;                      ///< The longest of links, host and movers
};
/// `receivers`: how many other FPGAs take a stream that is sent; without it: one.
Loads loadsOf(const Problem &problem, int kind, int begin, int end,
              llvm::function_ref<int64_t(const Stream &)> receivers = nullptr);

/// Bits of a stream's word where a frame takes `cycles`.
inline int64_t widthOf(const Stream &stream, int64_t cycles) {
  return stream.elementBits * ((stream.elements + cycles - 1) / cycles);
}

/// Widths of all streams across the boundary between dies `die` and `die` + 1, of an FPGA with layers [begin,
/// end) of which those for which `isBelow` are on dies up to `die`.
int64_t wiresAcross(const Problem &problem, int kind, int begin, int end, int die, int64_t periodFs,
                    llvm::function_ref<bool(int)> isBelow);

} // namespace braid::partition
