// Elementwise activations of io_stream layers: any number of elements per beat, the same on both sides.
#pragma once

#include "ap_fixed.h"
#include "hls_stream.h"
#include "nnet_activation.h"
#include "nnet_common.h"
#include "nnet_stream.h"
#include "nnet_types.h"

namespace nnet {

/// The cast from data_T's elements to res_T's.
template <class data_T, class res_T, typename CONFIG_T>
void linear(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "an activation keeps the number of elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_in / res_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      out[j] = in[j];
    }
    res.write(out);
  }
}

template <class data_T, class res_T, typename CONFIG_T>
void relu(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "an activation keeps the number of elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_in / res_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      if (in[j] > 0)
        out[j] = in[j];
      else
        out[j] = 0;
    }
    res.write(out);
  }
}

/// x < 0 ? cast(alpha * x) : cast(x); the product is exact.
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void leaky_relu(hls::stream<data_T> &data, param_T alpha, hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "an activation keeps the number of elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_in / res_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      if (in[j] > 0)
        out[j] = in[j];
      else
        out[j] = alpha * in[j];
    }
    res.write(out);
  }
}

/// leaky_relu with one alpha per element of the frame.
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void prelu(hls::stream<data_T> &data, const param_T alpha[CONFIG_T::n_in], hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "an activation keeps the number of elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_in / res_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      if (in[j] > 0)
        out[j] = in[j];
      else
        out[j] = alpha[i * res_T::size + j] * in[j];
    }
    res.write(out);
  }
}

/// slope * x + shift, exact, held between 0 and 1. CONFIG_T has `slope` and `shift` as static constants.
template <class data_T, class res_T, typename CONFIG_T>
void hard_sigmoid(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "an activation keeps the number of elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_in / res_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      const auto line = CONFIG_T::slope * in[j] + CONFIG_T::shift;
      if (line > 1)
        out[j] = 1;
      else if (line < 0)
        out[j] = 0;
      else
        out[j] = line;
    }
    res.write(out);
  }
}

} // namespace nnet
