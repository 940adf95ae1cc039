// Depthwise convolution on streams, shared by 1-D and 2-D: the window of nnet_conv_stream.h with a depthwise
// kernel.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_conv_stream.h"
#include "nnet_depthwise_product.h"

namespace nnet {
namespace detail {

template <class data_T, class res_T, typename CONFIG_T, class Shape>
void depthwiseStream(hls::stream<data_T> &data, hls::stream<res_T> &res, typename CONFIG_T::weight_t *weights,
                     typename CONFIG_T::bias_t *biases) {
#pragma HLS INLINE
  static_assert(CONFIG_T::n_filt == CONFIG_T::n_chan,
                "a channel multiplier: use braid::conv2d with groups = n_chan");
  convolveStream<data_T, res_T, CONFIG_T, Shape>(data, res, weights, biases);
}

} // namespace detail
} // namespace nnet
