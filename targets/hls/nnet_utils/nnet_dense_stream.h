// Dense layer on streams: the vector comes and goes in beats of any size that divides it.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_types.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void dense_latency_wrapper(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                           typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                           typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  dense_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_wrapper(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                            typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                            typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
  dense_resource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

/// Collects the beats of one input vector.
template <class data_T, typename CONFIG_T>
void data_prepare(hls::stream<data_T> &data_stream, typename data_T::value_type data[CONFIG_T::n_in]) {
#pragma HLS INLINE
  static_assert(CONFIG_T::n_in % data_T::size == 0, "the beat size must divide n_in");
DataPrepare:
  for (unsigned beat = 0; beat < CONFIG_T::n_in / data_T::size; beat++) {
#pragma HLS PIPELINE
    const data_T pack = data_stream.read();
    for (unsigned i = 0; i < data_T::size; i++) {
#pragma HLS UNROLL
      data[beat * data_T::size + i] = pack[i];
    }
  }
}

/// Sends one output vector as beats.
template <class res_T, typename CONFIG_T>
void res_write(typename res_T::value_type res[CONFIG_T::n_out], hls::stream<res_T> &res_stream) {
#pragma HLS INLINE
  static_assert(CONFIG_T::n_out % res_T::size == 0, "the beat size must divide n_out");
ResWrite:
  for (unsigned beat = 0; beat < CONFIG_T::n_out / res_T::size; beat++) {
#pragma HLS PIPELINE
    res_T pack;
    PRAGMA_DATA_PACK(pack)
    for (unsigned i = 0; i < res_T::size; i++) {
#pragma HLS UNROLL
      pack[i] = res[beat * res_T::size + i];
    }
    res_stream.write(pack);
  }
}

template <class data_T, class res_T, typename CONFIG_T>
void dense(hls::stream<data_T> &data_stream, hls::stream<res_T> &res_stream,
           typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
           typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE recursive
  typedef typename data_T::value_type Input;
  typedef typename res_T::value_type Output;
  Input data[CONFIG_T::n_in];
#pragma HLS ARRAY_PARTITION variable = data complete
  Output res[CONFIG_T::n_out];
#pragma HLS ARRAY_PARTITION variable = res complete

  data_prepare<data_T, CONFIG_T>(data_stream, data);
  // By strategy, not by CONFIG_T::kernel: here the pipeline belongs to the wrapper.
  if (CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic)
    dense_latency_wrapper<Input, Output, CONFIG_T>(data, res, weights, biases);
  else
    dense_resource_wrapper<Input, Output, CONFIG_T>(data, res, weights, biases);
  res_write<res_T, CONFIG_T>(res, res_stream);
}

} // namespace nnet
