// Nearest-neighbour upsampling of images and vectors of NumChannels lanes of type In_t; a word is a pixel.
#pragma once

#include "utils.hpp"

#include <hls_stream.h>

namespace braid {
namespace finn {

/// One axis: which position is shown, and for how long. `extra` more of the first and last ones, the odd one
/// first.
template <unsigned out, unsigned in> struct NearestAxis {
  static const unsigned scale = out / in, extra = out % in;
  unsigned at, toGo;
  bool fresh; ///< shown for the first time

  NearestAxis() { begin(); }
  void begin() {
#pragma HLS INLINE
    at = 0;
    toGo = scale + extra - extra / 2;
    fresh = true;
  }
  void next() {
#pragma HLS INLINE
    fresh = toGo == 1 && at != in - 1;
    at += fresh;
    toGo = fresh ? scale : toGo - 1;
  }
};

} // namespace finn
} // namespace braid

/// Every pixel OFMDim / IFMDim times in either direction. OFMDim * OFMDim cycles a frame.
template <unsigned int OFMDim, unsigned int IFMDim, unsigned int NumChannels, typename In_t>
void UpsampleNearestNeighbour_Batch(hls::stream<ap_uint<NumChannels * In_t::width>> &in,
                                    hls::stream<ap_uint<NumChannels * In_t::width>> &out,
                                    unsigned int numReps) {
  static_assert(OFMDim > IFMDim, "the output is larger than the input");
  ap_uint<NumChannels * In_t::width> row[IFMDim];
  braid::finn::NearestAxis<OFMDim, IFMDim> column, line;
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned y = 0; y < OFMDim; y++) {
      for (unsigned x = 0; x < OFMDim; x++) {
#pragma HLS PIPELINE II = 1 style = flp
        if (x == 0)
          column.begin();
        if (x == 0 && y == 0)
          line.begin();
        ap_uint<NumChannels * In_t::width> pixel;
        if (line.fresh && column.fresh) {
          pixel = in.read();
          row[column.at] = pixel;
        } else {
          pixel = row[column.at];
        }
        out.write(pixel);
        column.next();
        if (x == OFMDim - 1)
          line.next();
      }
    }
  }
}
template <unsigned int OFMDim, unsigned int IFMDim, unsigned int NumChannels, typename In_t>
void UpsampleNearestNeighbour(hls::stream<ap_uint<NumChannels * In_t::width>> &in,
                              hls::stream<ap_uint<NumChannels * In_t::width>> &out) {
  UpsampleNearestNeighbour_Batch<OFMDim, IFMDim, NumChannels, In_t>(in, out, 1);
}

/// One dimension, a whole factor.
template <unsigned OFMDim, unsigned IFMDim, unsigned NumChannels, typename In_t>
void UpsampleNearestNeighbour_1D(hls::stream<ap_uint<NumChannels * In_t::width>> &src,
                                 hls::stream<ap_uint<NumChannels * In_t::width>> &dst) {
  static_assert(OFMDim % IFMDim == 0, "OFMDim is a multiple of IFMDim");
  for (unsigned x = 0; x < IFMDim; x++) {
    ap_uint<NumChannels * In_t::width> pixel;
    for (unsigned i = 0; i < OFMDim / IFMDim; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      if (i == 0)
        pixel = src.read();
      dst.write(pixel);
    }
  }
}
