// What streams ask of one FPGA that has the layers [begin, end): src/partition/README.md, "Legal plans".
#pragma once

#include "braid/partition/problem.h"

#include "llvm/ADT/ArrayRef.h"
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

/// The streams of a problem by the layers that make or take them.
class Streams {
public:
  explicit Streams(const Problem &problem);

  const Problem &problem() const { return *problem_; }
  /// Those that a layer of [begin, end) makes or takes, once each; with `hops` all.
  void forEach(int begin, int end, llvm::function_ref<void(const Stream &)> use) const;

private:
  struct At {
    const Stream *stream = nullptr;
    int last = -1; ///< The layer before it that makes or takes the stream, too
  };
  const Problem *problem_;
  std::vector<llvm::SmallVector<At, 4>> at_; ///< By layer
};

struct Loads {
  llvm::SmallVector<Needs, 4> charges; ///< By die of each FPGA
  int64_t fs = 0;                      ///< The shortest period that links, host and movers allow
};

/// The other ends of a stream: what a part that sends it, or receives it, must know of the rest of a plan.
struct Others {
  int64_t senders = 1;   ///< Ends that a receiver takes it from
  int64_t receivers = 1; ///< Ends that a sender gives it to
  int64_t fs = 0;        ///< Of all of them together
};
/// Without `others`: one FPGA by itself at each end.
Loads loadsOf(const Streams &streams, int kind, int begin, int end,
              llvm::function_ref<Others(const Stream &)> others = nullptr);

/// A part, as far as others count it.
struct Stretch {
  int kind = 0, begin = 0, end = 0;
};
/// The other ends of a stream seen from the part that begins at `begin`.
Others othersOf(const Problem &problem, const Stream &stream, int begin, llvm::ArrayRef<Stretch> parts);

/// Frames that a part works on at a time.
inline int64_t framesOf(const Kind &kind) { return kind.takesTurns ? kind.members : 1; }

/// Cycles that each frame may take of an FPGA of a kind where the period is that.
inline int64_t cyclesWithin(const Kind &kind, int64_t periodFs) {
  constexpr int64_t kMost = int64_t{1} << 58; // no choice takes longer
  const int64_t frames = framesOf(kind);
  return (periodFs > kMost / frames ? kMost : periodFs * frames) / kind.cycleFs;
}
/// The shortest period of so many cycles of each frame.
inline int64_t periodOfCycles(const Kind &kind, int64_t cycles) {
  return (cycles * kind.cycleFs + framesOf(kind) - 1) / framesOf(kind);
}

/// Bits of a stream's word where a frame takes `cycles`.
inline int64_t widthOf(const Stream &stream, int64_t cycles) {
  return stream.elementBits * ((stream.elements + cycles - 1) / cycles);
}

/// The die that is filled in this step.
inline int dieAt(const Kind &kind, bool fromLast, size_t step) {
  return static_cast<int>(fromLast ? kind.dies.size() - 1 - step : step);
}

/// Between the dies filled up to a step and those filled after it.
struct Boundary {
  size_t step = 0;
  bool fromLast = false;
};
/// Streams over boundaries between dies.
struct Crossed {
  int64_t ofLayers = 0; ///< On the way from a layer to layers
  int64_t ofHost = 0;   ///< Only on the way from or to the host
  auto operator<=>(const Crossed &) const = default;
};
inline Crossed &operator+=(Crossed &a, const Crossed &b) {
  a.ofLayers += b.ofLayers, a.ofHost += b.ofHost;
  return a;
}
inline Crossed &operator-=(Crossed &a, const Crossed &b) {
  a.ofLayers -= b.ofLayers, a.ofHost -= b.ofHost;
  return a;
}
inline Crossed operator+(Crossed a, const Crossed &b) { return a += b; }

// Of the streams across a boundary on an FPGA with layers [begin, end), by where it is: entry i where layers
// [begin, begin + i) are on the dies filled up to it.
/// Sums of their widths.
std::vector<int64_t> wiresAcross(const Streams &streams, int kind, int begin, int end, Boundary boundary,
                                 int64_t periodFs);
/// How many they are.
std::vector<Crossed> streamsAcross(const Streams &streams, int kind, int begin, int end, Boundary boundary);

} // namespace braid::partition
