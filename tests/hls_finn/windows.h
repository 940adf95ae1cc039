// Sliding windows and downsampling against loops over [y][x][c].
#pragma once

#include "images.h"

namespace test {

/// Three frames through one call, so that a state that one leaves behind shows in the next.
constexpr unsigned kFrames = 3;

enum Kind { Square, SquareDws, NonSquare, NonSquareDws };

template <Kind kind, bool whole> struct Generator;
#define GENERATOR(kind, whole, name)                                                                         \
  template <> struct Generator<kind, whole> {                                                                \
    template <unsigned K, unsigned C, unsigned W, unsigned I, unsigned O, unsigned S, unsigned St, class In, \
              class R>                                                                                       \
    static void run(In &in, In &out, R r) {                                                                  \
      name<K, C, W, I, O, S, St>(in, out, kFrames, r);                                                       \
    }                                                                                                        \
  };
GENERATOR(Square, true, ConvolutionInputGenerator)
GENERATOR(Square, false, ConvolutionInputGenerator_kernel_stride)
GENERATOR(SquareDws, true, ConvolutionInputGenerator_dws)
GENERATOR(SquareDws, false, ConvolutionInputGenerator_kernel_stride_dws)

template <Kind kind, unsigned K, unsigned C, class Lane, unsigned I, unsigned SIMD, unsigned Stride, class R>
void square(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, I, I, C);
  const Axis axis = {K, Stride, 1, windowsIn(I, K, Stride)};
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(name, images.values, asBits<Lane>(windowsOf(images, axis, axis, SIMD, kind == SquareDws)),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  Generator<kind, K % Stride == 0>::template run<K, C, Lane::width, I,
                                                                 windowsIn(I, K, Stride), SIMD, Stride>(
                      in, out, R());
                });
}

template <bool depthwise, unsigned Kx, unsigned Ky, unsigned C, class Lane, unsigned Ix, unsigned Iy,
          unsigned SIMD, unsigned Sx, unsigned Sy, class R>
void nonSquare(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, Iy, Ix, C);
  constexpr unsigned outX = windowsIn(Ix, Kx, Sx), outY = windowsIn(Iy, Ky, Sy);
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(
      name, images.values,
      asBits<Lane>(windowsOf(images, {Ky, Sy, 1, outY}, {Kx, Sx, 1, outX}, SIMD, depthwise)),
      [](typename Through::Source &in, typename Through::Sink &out) {
        if (depthwise)
          ConvolutionInputGenerator_NonSquare_dws<Kx, Ky, C, Lane::width, Ix, Iy, outX, outY, SIMD, Sx, Sy>(
              in, out, kFrames, R());
        else
          ConvolutionInputGenerator_NonSquare<Kx, Ky, C, Lane::width, Ix, Iy, outX, outY, SIMD, Sx, Sy>(
              in, out, kFrames, R());
      });
}

/// Dilation of x.
template <unsigned Kx, unsigned Ky, unsigned C, class Lane, unsigned Ix, unsigned Iy, unsigned SIMD,
          unsigned Dx, class R>
void dilated(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, Iy, Ix, C);
  const Axis y = {Ky, 1, 1, windowsIn(Iy, Ky, 1)}, x = {Kx, 1, Dx, windowsIn(Ix, Kx, 1, Dx)};
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(
      name, images.values, asBits<Lane>(windowsOf(images, y, x, SIMD, false)),
      [](typename Through::Source &in, typename Through::Sink &out) {
        ConvolutionInputGenerator_NonSquare_Dilated<Kx, Ky, C, Lane::width, Ix, Iy, windowsIn(Ix, Kx, 1, Dx),
                                                    windowsIn(Iy, Ky, 1), SIMD, 1, 1, Dx, 1>(in, out, kFrames,
                                                                                             R());
      });
}

enum Kind1d { Plain, Dws, DwsStride, DwsNaive };
template <Kind1d> struct Generator1d;
template <> struct Generator1d<Plain> {
  template <unsigned K, unsigned C, unsigned W, unsigned I, unsigned St, unsigned D, unsigned S, class In,
            class R>
  static void run(In &in, In &out, R r) {
    ConvolutionInputGenerator_1D<K, C, W, I, windowsIn(I, K, St), St, S>(in, out, kFrames, r);
  }
};
template <> struct Generator1d<Dws> {
  template <unsigned K, unsigned C, unsigned W, unsigned I, unsigned St, unsigned D, unsigned S, class In,
            class R>
  static void run(In &in, In &out, R r) {
    ConvolutionInputGenerator_1D_dws<K, C, W, I, windowsIn(I, K, 1), S>(in, out, kFrames, r);
  }
};
template <> struct Generator1d<DwsStride> {
  template <unsigned K, unsigned C, unsigned W, unsigned I, unsigned St, unsigned D, unsigned S, class In,
            class R>
  static void run(In &in, In &out, R r) {
    ConvolutionInputGenerator_1D_dws_stride<K, C, W, I, windowsIn(I, K, St), St, S>(in, out, kFrames, r);
  }
};
template <> struct Generator1d<DwsNaive> {
  template <unsigned K, unsigned C, unsigned W, unsigned I, unsigned St, unsigned D, unsigned S, class In,
            class R>
  static void run(In &in, In &out, R r) {
    // finn-hlslib's loses its place in the buffer after the first frame.
    for (unsigned frame = 0; frame < kFrames; frame++)
      ConvolutionInputGenerator_1D_dws_naive<K, C, W, I, windowsIn(I, K, St, D), St, D, S>(in, out, 1, r);
  }
};

template <Kind1d kind, unsigned K, unsigned C, class Lane, unsigned I, unsigned Stride, unsigned Dilation,
          unsigned SIMD, class R>
void line(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, 1, I, C);
  const Axis x = {K, Stride, Dilation, windowsIn(I, K, Stride, Dilation)};
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(name, images.values, asBits<Lane>(windowsOf(images, {1, 1, 1, 1}, x, SIMD, kind != Plain)),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  Generator1d<kind>::template run<K, C, Lane::width, I, Stride, Dilation, SIMD>(in, out, R());
                });
}

/// A window is a word: the same values as without.
template <unsigned K, unsigned C, class Lane, unsigned I>
void parallel(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, 1, I, C);
  typedef Flow<Lane, C, Lane, K * C> Through;
  Through().run(name, images.values,
                asBits<Lane>(windowsOf(images, {1, 1, 1, 1}, {K, 1, 1, I - K + 1}, C, false)),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  ConvolutionInputGenerator_1D_parallel<K, C, Lane::width, I, I - K + 1, 1, C>(
                      in, out, kFrames, ap_resource_dflt());
                });
}

template <bool twoDimensions, unsigned C, class Lane, unsigned I, unsigned SIMD, unsigned Stride>
void downsample(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, twoDimensions ? I : 1, I, C);
  const Axis x = {1, Stride, 1, windowsIn(I, 1, Stride)}, y = twoDimensions ? x : Axis{1, 1, 1, 1};
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(name, images.values, asBits<Lane>(windowsOf(images, y, x, SIMD, false)),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  if (twoDimensions)
                    ConvolutionInputGenerator_2D_kernel1<C, Lane::width, I, SIMD, Stride>(in, out, kFrames);
                  else
                    ConvolutionInputGenerator_1D_kernel1<C, Lane::width, I, SIMD, Stride>(in, out, kFrames);
                });
}

} // namespace test
