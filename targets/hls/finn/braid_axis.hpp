// One axis of a sliding window.
#pragma once

namespace braid {
namespace finn {

/// A kernel of `kernel` elements, `dilation` apart, moved by `stride` over `in` positions.
template <unsigned Kernel, unsigned In, unsigned Out, unsigned Stride, unsigned Dilation = 1>
struct WindowAxis {
  static_assert(Kernel > 0 && Stride > 0 && Dilation > 0, "kernel, stride and dilation are at least 1");
  static const unsigned kernel = Kernel, in = In, out = Out, stride = Stride, dilation = Dilation;
  static const unsigned span = (Kernel - 1) * Dilation + 1; ///< positions from a window's first to its last
  static_assert(span <= In, "the kernel fits into the image");
  static_assert(Out == (In - span) / Stride + 1, "OFMDim is the number of whole windows in IFMDim");
  static const unsigned rest = In - span - (Out - 1) * Stride; ///< positions behind the last window
};

} // namespace finn
} // namespace braid
