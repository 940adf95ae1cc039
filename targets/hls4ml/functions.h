// Which function computes a layer with weights: hls4ml's where it has one that is right, else ours.
#pragma once

#include "braid/ir/ops.h"
#include "braid/kernel/kernel.h"
#include "braid/targets/hls4ml.h"

#include <string>

namespace braid::targets::hls4ml {

/// A convolution as the choice of its function needs it.
struct ConvSite {
  kernel::Implementation implementation;
  ir::Shape in, out; ///< [H, W, C]
  ir::Window window;
  int64_t groups = 1;
  int64_t perBeatIn = 0, perBeatOut = 0; ///< Elements in a beat; read in io_stream only.

  bool isStream() const { return implementation.io == kernel::IoMode::Stream; }
  bool isLatency() const { return implementation.strategy == kernel::Strategy::Latency; }
  /// One filter per channel.
  bool isDepthwise() const { return groups > 1 && groups == in[2] && out[2] == in[2]; }
  /// Whether hls4ml's function, if it is that, is the one for maps and filters of one row.
  bool is1d() const;
  /// Weights that a filter multiplies one window with.
  int64_t windowSize() const { return window.taps() * (in[2] / groups); }
};

/// The row of the function table that the layer falls under. Its `name` is the function to call, its `reason`
/// is empty where that is hls4ml's; else the function is braid::conv2d, a dense layer being a convolution of
/// one pixel.
const FunctionRow &denseFunction(const kernel::Implementation &implementation, int64_t inputs,
                                 int64_t outputs);
const FunctionRow &convFunction(const ConvSite &site);

/// Pooling windows, not over the whole map. `isOnePixelBeat`: io_parallel, or a beat of the map is a pixel.
const FunctionRow &poolFunction(kernel::IoMode io, const ir::Pool &pool, bool isOnePixelBeat);

inline bool isUpstream(const FunctionRow &row) { return row.reason[0] == '\0'; }

/// The class that hls4ml's config of a layer names as its `kernel`.
std::string denseKernel(const kernel::Implementation &implementation, int64_t inputs);
std::string depthwiseKernel(const kernel::Implementation &implementation, int64_t channels);

} // namespace braid::targets::hls4ml
