// ConvolutionInputGenerator: the windows of a convolution, one after the other, from an image that comes
// pixel by pixel, row by row, IFMChannels / SIMD words a pixel. In a window the elements follow one another
// row by row:
//   as named     element (ky, kx): all words of its channels
//   ..._dws      SIMD channels: their words of all elements (ky, kx); then the next SIMD channels (depthwise)
//   ..._parallel one word a window: element k in lanes [k * SIMD, (k + 1) * SIMD)
// `Input_precision` is bits per channel, `r` where lines are kept. A frame takes IFMDim_x * span_y * F +
// OFMDim_y * max(OFMDim_x * K_y * K_x * F, Stride_y * IFMDim_x * F) cycles, F = IFMChannels / SIMD, span_y =
// (K_y - 1) * Dilation_y + 1. Every word of a frame is read.
#pragma once

#include "braid_window.hpp"

/// Square, Kernel % Stride == 0; `_kernel_stride` where it is not. Here both take either.
template <unsigned int ConvKernelDim, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim, unsigned int OFMDim, unsigned int SIMD, unsigned int Stride, typename R>
void ConvolutionInputGenerator(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                               hls::stream<ap_uint<SIMD * Input_precision>> &out, const unsigned int numReps,
                               const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim, IFMDim, OFMDim, Stride> Axis;
  braid::finn::Windows<Axis, Axis, IFMChannels / SIMD, false>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim, unsigned int OFMDim, unsigned int SIMD, unsigned int Stride, typename R>
void ConvolutionInputGenerator_kernel_stride(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                             hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                             const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim, IFMDim, OFMDim, Stride> Axis;
  braid::finn::Windows<Axis, Axis, IFMChannels / SIMD, false>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim, unsigned int OFMDim, unsigned int SIMD, unsigned int Stride, typename R>
void ConvolutionInputGenerator_dws(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                   hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                   const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim, IFMDim, OFMDim, Stride> Axis;
  braid::finn::Windows<Axis, Axis, IFMChannels / SIMD, true>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim, unsigned int OFMDim, unsigned int SIMD, unsigned int Stride, typename R>
void ConvolutionInputGenerator_kernel_stride_dws(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                                 hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                                 const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim, IFMDim, OFMDim, Stride> Axis;
  braid::finn::Windows<Axis, Axis, IFMChannels / SIMD, true>::run(in, out, numReps, r);
}

/// x is the width, y the height. finn-hlslib's are right only where both strides are 1 or the image is square
/// and both strides are equal, and know no Dilation_y; these are right everywhere.
template <unsigned int ConvKernelDim_x, unsigned int ConvKernelDim_y, unsigned int IFMChannels,
          unsigned int Input_precision, unsigned int IFMDim_x, unsigned int IFMDim_y, unsigned int OFMDim_x,
          unsigned int OFMDim_y, unsigned int SIMD, unsigned int Stride_x, unsigned int Stride_y, typename R>
void ConvolutionInputGenerator_NonSquare(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                         hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                         const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_y, IFMDim_y, OFMDim_y, Stride_y> Y;
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x> X;
  braid::finn::Windows<Y, X, IFMChannels / SIMD, false>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim_x, unsigned int ConvKernelDim_y, unsigned int IFMChannels,
          unsigned int Input_precision, unsigned int IFMDim_x, unsigned int IFMDim_y, unsigned int OFMDim_x,
          unsigned int OFMDim_y, unsigned int SIMD, unsigned int Stride_x, unsigned int Stride_y, typename R>
void ConvolutionInputGenerator_NonSquare_dws(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                             hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                             const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_y, IFMDim_y, OFMDim_y, Stride_y> Y;
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x> X;
  braid::finn::Windows<Y, X, IFMChannels / SIMD, true>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim_x, unsigned int ConvKernelDim_y, unsigned int IFMChannels,
          unsigned int Input_precision, unsigned int IFMDim_x, unsigned int IFMDim_y, unsigned int OFMDim_x,
          unsigned int OFMDim_y, unsigned int SIMD, unsigned int Stride_x, unsigned int Stride_y,
          unsigned int Dilation_x, unsigned int Dilation_y, typename R>
void ConvolutionInputGenerator_NonSquare_Dilated(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                                 hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                                 const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_y, IFMDim_y, OFMDim_y, Stride_y, Dilation_y> Y;
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x, Dilation_x> X;
  braid::finn::Windows<Y, X, IFMChannels / SIMD, false>::run(in, out, numReps, r);
}

/// Not in finn-hlslib: depthwise with dilation.
template <unsigned int ConvKernelDim_x, unsigned int ConvKernelDim_y, unsigned int IFMChannels,
          unsigned int Input_precision, unsigned int IFMDim_x, unsigned int IFMDim_y, unsigned int OFMDim_x,
          unsigned int OFMDim_y, unsigned int SIMD, unsigned int Stride_x, unsigned int Stride_y,
          unsigned int Dilation_x, unsigned int Dilation_y, typename R>
void ConvolutionInputGenerator_NonSquare_Dilated_dws(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                                     hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                                     const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_y, IFMDim_y, OFMDim_y, Stride_y, Dilation_y> Y;
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x, Dilation_x> X;
  braid::finn::Windows<Y, X, IFMChannels / SIMD, true>::run(in, out, numReps, r);
}

// One dimension: a pixel is a row of its own, so that only the pixels of a window are kept.

template <unsigned int ConvKernelDim_x, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim_x, unsigned int OFMDim_x, unsigned int Stride_x, unsigned int SIMD, typename R>
void ConvolutionInputGenerator_1D(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                  hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                  const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x> X;
  typedef braid::finn::WindowAxis<1, 1, 1, 1> One;
  braid::finn::Windows<X, One, IFMChannels / SIMD, false>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim_x, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim_x, unsigned int OFMDim_x, unsigned int Stride_x, unsigned int Dilation_x,
          unsigned int SIMD, typename R>
void ConvolutionInputGenerator_1D_dws_naive(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                            hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                            const unsigned int numReps, const R &r) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  typedef braid::finn::WindowAxis<ConvKernelDim_x, IFMDim_x, OFMDim_x, Stride_x, Dilation_x> X;
  typedef braid::finn::WindowAxis<1, 1, 1, 1> One;
  braid::finn::Windows<X, One, IFMChannels / SIMD, true>::run(in, out, numReps, r);
}

template <unsigned int ConvKernelDim_x, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim_x, unsigned int OFMDim_x, unsigned int Stride_x, unsigned int SIMD, typename R>
void ConvolutionInputGenerator_1D_dws_stride(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                             hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                             const unsigned int numReps, const R &r) {
  ConvolutionInputGenerator_1D_dws_naive<ConvKernelDim_x, IFMChannels, Input_precision, IFMDim_x, OFMDim_x,
                                         Stride_x, 1, SIMD>(in, out, numReps, r);
}

template <unsigned int ConvKernelDim_x, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim_x, unsigned int OFMDim_x, unsigned int SIMD, typename R>
void ConvolutionInputGenerator_1D_dws(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                      hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                      const unsigned int numReps, const R &r) {
  ConvolutionInputGenerator_1D_dws_naive<ConvKernelDim_x, IFMChannels, Input_precision, IFMDim_x, OFMDim_x, 1,
                                         1, SIMD>(in, out, numReps, r);
}

/// SIMD is all channels, Stride 1. The window is a shift register. A frame takes IFMDim cycles.
template <unsigned int ConvKernelDim, unsigned int IFMChannels, unsigned int Input_precision,
          unsigned int IFMDim, unsigned int OFMDim, unsigned int Stride, unsigned int SIMD, typename R>
void ConvolutionInputGenerator_1D_parallel(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                           hls::stream<ap_uint<ConvKernelDim * SIMD * Input_precision>> &out,
                                           const unsigned int numReps, const R &) {
  static_assert(Stride == 1 && IFMChannels == SIMD, "the parallel window takes a whole pixel at a time");
  static_assert(OFMDim == IFMDim - ConvKernelDim + 1, "OFMDim is the number of windows in IFMDim");
  ap_uint<ConvKernelDim *SIMD *Input_precision> window = 0;
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned x = 0; x < IFMDim; x++) {
#pragma HLS PIPELINE II = 1 style = flp
      window = window >> (SIMD * Input_precision);
      window(ConvKernelDim * SIMD * Input_precision - 1, (ConvKernelDim - 1) * SIMD * Input_precision) =
          in.read();
      if (x >= ConvKernelDim - 1)
        out.write(window);
    }
  }
}

// Every Stride-th pixel of every Stride-th row, from the first one on. IFMDim * IFMDim * F cycles a frame.

template <unsigned int IFMChannels, unsigned int Input_precision, unsigned int IFMDim, unsigned int SIMD,
          unsigned int Stride>
void ConvolutionInputGenerator_2D_kernel1(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                          hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                          const unsigned int numReps) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  braid::finn::keepEvery<Stride, Stride, IFMDim, IFMDim, IFMChannels / SIMD>(in, out, numReps);
}

template <unsigned int IFMChannels, unsigned int Input_precision, unsigned int IFMDim, unsigned int SIMD,
          unsigned int Stride>
void ConvolutionInputGenerator_1D_kernel1(hls::stream<ap_uint<SIMD * Input_precision>> &in,
                                          hls::stream<ap_uint<SIMD * Input_precision>> &out,
                                          const unsigned int numReps) {
  static_assert(IFMChannels % SIMD == 0, "SIMD divides the channels");
  braid::finn::keepEvery<1, Stride, 1, IFMDim, IFMChannels / SIMD>(in, out, numReps);
}
