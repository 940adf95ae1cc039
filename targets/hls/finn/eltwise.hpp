// Two streams, element by element.
#pragma once

#include "interpret.hpp"

#include <hls_stream.h>

/// out = f(in0, in1) of N pixels of Channels / PE words. SliceIn0, SliceIn1, SliceOut: Slice<type>.
template <unsigned Channels, unsigned PE, unsigned N, typename SliceIn0, typename SliceIn1, typename SliceOut,
          typename TStrmIn0, typename TStrmIn1, typename TStrmOut, typename Fxn>
void StreamingEltwise(hls::stream<TStrmIn0> &in0, hls::stream<TStrmIn1> &in1, hls::stream<TStrmOut> &out,
                      Fxn &&f) {
  static_assert(Channels % PE == 0, "PE divides the channels");
  for (unsigned i = 0; i < N * (Channels / PE); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const auto lanes0 = SliceIn0()(in0.read(), 0);
    const auto lanes1 = SliceIn1()(in1.read(), 0);
    auto result = SliceOut().template operator()<TStrmOut>();
    for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
      result(pe, 0, 1) = f(lanes0(pe, 0), lanes1(pe, 0));
    }
    out.write(result);
  }
}
