// What a host computes between the numbers of an ONNX tensor and those of a stream, as the hosts' programs
// read it.
#pragma once

#include "braid/ir/ops.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace braid::targets {

/// One step, over the elements of a frame in stream order; lists hold one number for all or one per channel.
///   affine      x * first + second
///   quantize    clamp(round(x / first + second), lo, hi), or round(x / first) + second with roundsFirst
///   thresholds  lo + the number of thresholds not above x; first: all rows, one behind the other; second:
///   {rows} leaky_relu  x >= 0 ? x : first * x at_least, at_most  a bound: first sigmoid, tanh, elu (first),
///   selu (first, second), softmax (over the channels)
struct HostStep {
  std::string kind;
  std::vector<double> first, second;
  int64_t lo = 0, hi = 0;
  std::string rounding; ///< QONNX's name
  bool roundsFirst = false;
};
std::vector<HostStep> hostSteps(llvm::ArrayRef<ir::Op> ops);

} // namespace braid::targets
