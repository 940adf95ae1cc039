// What the structural estimates of FINN-style units share.
#pragma once

#include "formulas.h"

#include <algorithm>

namespace braid::cost {

/// FINN-hlslib's loops are pipelined to this depth, the tree of adders aside.
constexpr int64_t kPipelineDepth = 5;

/// A unit's state machine, its counters and the registers of its streams' handshakes.
inline Estimate startedUnit(const char *model) {
  constexpr int64_t kControlLut = 120, kControlFf = 150;
  Estimate estimate;
  estimate.basis = Basis::Structural;
  estimate.error = 1.0;
  estimate.model = model;
  estimate.resources[Resource::Lut] = kControlLut;
  estimate.resources[Resource::Ff] = kControlFf;
  return estimate;
}

/// A frame takes `cycles`, and its first result comes after `fill` of them.
inline void setCycles(Estimate &estimate, int64_t cycles, int64_t fill) {
  estimate.interval = std::max<int64_t>(1, cycles);
  estimate.fill = fill;
  estimate.latency = estimate.interval + kPipelineDepth + std::max<int64_t>(0, fill - cycles);
}

Estimate finnWindow(const Question &question); ///< Window

} // namespace braid::cost
