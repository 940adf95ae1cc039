// 1-D convolution on arrays, strategy Latency: weights [filt_width][n_chan][n_filt].
#pragma once

#include "nnet_common.h"
#include "nnet_conv_parallel.h"
#include "nnet_mult.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void conv_1d_latency_cl(
    data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
    typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
    typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE
  detail::convLatency<CONFIG_T::filt_width * CONFIG_T::n_chan, data_T, res_T, CONFIG_T>(data, res, weights,
                                                                                        biases);
}

/// One turn of a filter of width 1: out_width / n_partitions pixels side by side, without windows to lay out.
/// CONFIG_T::mult_config describes the whole turn as one matrix, hence the dimensions from CONFIG_T.
template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_1d_latency_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan / CONFIG_T::n_partitions],
                                  res_T res[CONFIG_T::out_width * CONFIG_T::n_filt / CONFIG_T::n_partitions],
                                  typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                                  typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  static_assert(CONFIG_T::filt_width == 1, "for filters of width 1");
  typedef typename CONFIG_T::mult_config Mult;
#pragma HLS function_instantiate variable = weights, biases
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
#pragma HLS ARRAY_PARTITION variable = weights complete dim = 0
#pragma HLS ARRAY_PARTITION variable = biases complete dim = 0
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::mult_config::multiplier_limit
PixelLoop:
  for (unsigned p = 0; p < CONFIG_T::out_width / CONFIG_T::n_partitions; p++) {
#pragma HLS UNROLL
    const unsigned column = p * CONFIG_T::stride_width;
    const bool inside = column >= CONFIG_T::pad_left && column < CONFIG_T::pad_left + CONFIG_T::in_width;
    data_T pixel[CONFIG_T::n_chan];
#pragma HLS ARRAY_PARTITION variable = pixel complete
    for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
      pixel[c] = inside ? data[(column - CONFIG_T::pad_left) * CONFIG_T::n_chan + c] : data_T(0);
    }
    typename CONFIG_T::accum_t acc[CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = acc complete
    detail::startFromBiases<CONFIG_T::n_filt>(biases, acc);
    braid::mac::addColumns<typename Mult::template product<data_T, typename CONFIG_T::weight_t>,
                           CONFIG_T::n_chan, CONFIG_T::n_filt>(pixel, weights, acc);
    detail::castResults<CONFIG_T::n_filt, data_T, res_T, Mult>(acc, res + p * CONFIG_T::n_filt);
  }
}

} // namespace nnet
