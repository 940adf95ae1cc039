// Streams that are copied or change their number of elements per beat. Any number of copies:
// braid/braid_reshape.h.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_types.h"

namespace nnet {

namespace detail {

/// The beat with every element cast to the result's type.
template <class res_T, class data_T> res_T castBeat(const data_T &in) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "a clone keeps the number of elements per beat");
  res_T out;
  PRAGMA_DATA_PACK(out)
  for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
    out[j] = in[j];
  }
  return out;
}

} // namespace detail

// Every beat of `data` goes to each of the results; N is the number of elements.

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
  }
}

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<res_T> &res3) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
    res3.write(out);
  }
}

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<res_T> &res3, hls::stream<res_T> &res4) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
    res3.write(out);
    res4.write(out);
  }
}

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<res_T> &res3, hls::stream<res_T> &res4, hls::stream<res_T> &res5) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
    res3.write(out);
    res4.write(out);
    res5.write(out);
  }
}

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<res_T> &res3, hls::stream<res_T> &res4, hls::stream<res_T> &res5,
                  hls::stream<res_T> &res6) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
    res3.write(out);
    res4.write(out);
    res5.write(out);
    res6.write(out);
  }
}

template <class data_T, class res_T, int N>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<res_T> &res3, hls::stream<res_T> &res4, hls::stream<res_T> &res5,
                  hls::stream<res_T> &res6, hls::stream<res_T> &res7) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    const res_T out = detail::castBeat<res_T>(data.read());
    res1.write(out);
    res2.write(out);
    res3.write(out);
    res4.write(out);
    res5.write(out);
    res6.write(out);
    res7.write(out);
  }
}

/// The same N elements in beats of another size, one size a multiple of the other (braid::repack takes any
/// two).
template <class data_T, class res_T, int N>
void repack_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(data_T::size % res_T::size == 0 || res_T::size % data_T::size == 0,
                "one beat size divides the other");
  constexpr unsigned wide = data_T::size > res_T::size ? data_T::size : res_T::size;
  constexpr unsigned narrow = data_T::size > res_T::size ? res_T::size : data_T::size;
  constexpr unsigned ii = wide / narrow;
  (void)ii; // only a pragma reads it
  for (unsigned i = 0; i < N / wide; i++) {
#pragma HLS PIPELINE II = ii
    typename data_T::value_type word[wide];
#pragma HLS ARRAY_PARTITION variable = word complete
    for (unsigned k = 0; k < wide / data_T::size; k++) {
      const data_T in = data.read();
      for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
        word[k * data_T::size + j] = in[j];
      }
    }
    for (unsigned k = 0; k < wide / res_T::size; k++) {
      res_T out;
      PRAGMA_DATA_PACK(out)
      for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
        out[j] = word[k * res_T::size + j];
      }
      res.write(out);
    }
  }
}

} // namespace nnet
