// Units that move or reduce images, against loops over [y][x][c].
#pragma once

#include "harness.h"

namespace test {

/// values[y][x][c] of `frames` images.
struct Images {
  unsigned frames, height, width, channels;
  Values values;

  std::int64_t at(unsigned frame, unsigned y, unsigned x, unsigned c) const {
    return values[((frame * height + y) * width + x) * channels + c];
  }
};

template <class Lane>
Images drawnImages(Random &random, unsigned frames, unsigned height, unsigned width, unsigned channels) {
  return {frames, height, width, channels,
          drawn<Lane>(random, static_cast<std::size_t>(frames) * height * width * channels)};
}

/// Kernel, stride and dilation of one axis, and how many whole windows fit.
struct Axis {
  unsigned kernel, stride, dilation, out;
};
constexpr unsigned windowsIn(unsigned in, unsigned kernel, unsigned stride, unsigned dilation = 1) {
  return (in - (kernel - 1) * dilation - 1) / stride + 1;
}

/// The elements of all windows. depthwise: SIMD channels at a time, all their elements; otherwise all
/// channels of an element.
inline Values windowsOf(const Images &images, const Axis &y, const Axis &x, unsigned SIMD, bool depthwise) {
  Values values;
  const unsigned folds = images.channels / SIMD;
  for (unsigned frame = 0; frame < images.frames; frame++)
    for (unsigned oy = 0; oy < y.out; oy++)
      for (unsigned ox = 0; ox < x.out; ox++)
        for (unsigned outer = 0; outer < (depthwise ? folds : 1); outer++)
          for (unsigned ky = 0; ky < y.kernel; ky++)
            for (unsigned kx = 0; kx < x.kernel; kx++)
              for (unsigned inner = 0; inner < (depthwise ? 1 : folds); inner++)
                for (unsigned i = 0; i < SIMD; i++)
                  values.push_back(images.at(frame, oy * y.stride + ky * y.dilation,
                                             ox * x.stride + kx * x.dilation,
                                             (depthwise ? outer : inner) * SIMD + i));
  return values;
}

/// A case of one stream in and one out: InLanes lanes In a word, OutLanes lanes Out.
template <class In, unsigned InLanes, class Out, unsigned OutLanes> class Flow {
public:
  typedef hls::stream<ap_uint<InLanes * In::width>> Source;
  typedef hls::stream<ap_uint<OutLanes * Out::width>> Sink;

  template <class Call>
  void run(const std::string &name, const Values &values, const Values &want, Call call) {
    Source in("in");
    Sink out("out");
    send<In>(in, values, InLanes);
    call(in, out);
    const Values got = receive<typename Out::Type>(out, OutLanes);
    report(name, got, want, in.empty());
    while (!in.empty())
      in.read();
  }
};

/// As lanes hold them: bipolar values as bits.
template <class Lane> Values asBits(Values values) {
  for (std::int64_t &value : values)
    value = Lane::bits(value);
  return values;
}

} // namespace test
