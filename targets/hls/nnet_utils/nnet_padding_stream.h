// Zero padding of streamed maps: one beat per pixel. A map whose pixels travel in several beats is one of as
// many times the columns, with as many times the padding left and right.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"

namespace nnet {

template <class res_T, typename CONFIG_T> void fill_zero(hls::stream<res_T> &res) {
#pragma HLS INLINE
  res_T beat;
#pragma HLS DATA_PACK variable = beat
  for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
    beat[c] = typename res_T::value_type(0);
  }
  res.write(beat);
}

template <class data_T, class res_T, typename CONFIG_T>
void fill_data(hls::stream<data_T> &data, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a beat is one pixel");
  const data_T from = data.read();
  res_T beat;
#pragma HLS DATA_PACK variable = beat
  for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
    beat[c] = static_cast<typename res_T::value_type>(from[c]);
  }
  res.write(beat);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
PadWidth:
  for (unsigned x = 0; x < CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right; x++) {
#pragma HLS PIPELINE II = 1
    if (x >= CONFIG_T::pad_left && x < CONFIG_T::pad_left + CONFIG_T::in_width)
      fill_data<data_T, res_T, CONFIG_T>(data, res);
    else
      fill_zero<res_T, CONFIG_T>(res);
  }
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
PadHeight:
  for (unsigned y = 0; y < CONFIG_T::pad_top + CONFIG_T::in_height + CONFIG_T::pad_bottom; y++) {
  PadWidth:
    for (unsigned x = 0; x < CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right; x++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE II = 1
      if (y >= CONFIG_T::pad_top && y < CONFIG_T::pad_top + CONFIG_T::in_height && x >= CONFIG_T::pad_left &&
          x < CONFIG_T::pad_left + CONFIG_T::in_width)
        fill_data<data_T, res_T, CONFIG_T>(data, res);
      else
        fill_zero<res_T, CONFIG_T>(res);
    }
  }
}

} // namespace nnet
