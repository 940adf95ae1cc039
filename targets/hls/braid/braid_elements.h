// Loops over the elements of a layer: arrays (io_parallel) and streams (io_stream) of any number of elements
// per beat.
#pragma once

#include "hls_stream.h"

namespace braid {
namespace detail {

/// res[i] = Op::of<res_T, CONFIG_T>(data[i], args...) for the n_in elements of a layer.
template <class Op, class CONFIG_T, class data_T, class res_T, class... Args>
void mapArray(const data_T *data, res_T *res, Args... args) {
#pragma HLS INLINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
#pragma HLS UNROLL
    res[i] = Op::template of<res_T, CONFIG_T>(data[i], args...);
  }
}

/// The same, beat by beat.
template <class Op, class CONFIG_T, class data_T, class res_T, class... Args>
void mapBeats(hls::stream<data_T> &data, hls::stream<res_T> &res, Args... args) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "elementwise layers keep the number of elements per beat");
  static_assert(CONFIG_T::n_in % data_T::size == 0, "beats hold whole layers");
  for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
    const data_T in = data.read();
    res_T out;
#pragma HLS DATA_PACK variable = out
    for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
      out[j] = Op::template of<typename res_T::value_type, CONFIG_T>(in[j], args...);
    }
    res.write(out);
  }
}

/// Per channel: Op::of<res_T>(x, channel, args...). n_filt channels; -1 where each element is its own.
template <class CONFIG_T> constexpr unsigned channelsOf() {
  return CONFIG_T::n_filt == static_cast<unsigned>(-1) ? CONFIG_T::n_in : CONFIG_T::n_filt;
}

template <class Op, class CONFIG_T, class data_T, class res_T, class... Args>
void mapChannels(const data_T *data, res_T *res, Args... args) {
#pragma HLS INLINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
#pragma HLS UNROLL
    res[i] = Op::template of<res_T>(data[i], i % channelsOf<CONFIG_T>(), args...);
  }
}

/// A beat is a part of a pixel, a pixel, or several pixels.
template <class Op, class CONFIG_T, class data_T, class res_T, class... Args>
void mapChannelBeats(hls::stream<data_T> &data, hls::stream<res_T> &res, Args... args) {
#pragma HLS INLINE
  constexpr unsigned channels = channelsOf<CONFIG_T>();
  static_assert(data_T::size == res_T::size, "elementwise layers keep the number of elements per beat");
  static_assert(channels % data_T::size == 0 || data_T::size % channels == 0, "a beat cuts pixels evenly");
  unsigned first = 0; // channel of the beat's first element
  for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
    const data_T in = data.read();
    res_T out;
#pragma HLS DATA_PACK variable = out
    for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
      out[j] = Op::template of<typename res_T::value_type>(in[j], first + j % channels, args...);
    }
    res.write(out);
    first = first + data_T::size >= channels ? 0 : first + data_T::size;
  }
}

} // namespace detail
} // namespace braid
