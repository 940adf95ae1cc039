// 1-D depthwise convolution on arrays, strategy Latency: weights [filt_width][n_chan].
#pragma once

#include "nnet_common.h"
#include "nnet_conv_parallel.h"
#include "nnet_mult.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void depthwise_conv_1d_latency_cl(
    data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
    typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_filt],
    typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE
  detail::convDepthwise<CONFIG_T::filt_width, 1, data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet
