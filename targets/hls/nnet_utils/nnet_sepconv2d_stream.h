// 2-D depthwise, pointwise and separable convolution on streams.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_conv2d_stream.h"
#include "nnet_sepconv_stream.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void depthwise_conv_2d_cl(
    hls::stream<data_T> &data, hls::stream<res_T> &res,
    typename CONFIG_T::weight_t weights[CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan],
    typename CONFIG_T::bias_t biases[CONFIG_T::n_chan]) {
#pragma HLS INLINE recursive
  detail::depthwiseStream<data_T, res_T, CONFIG_T, detail::StreamShape2d<CONFIG_T>>(data, res, weights,
                                                                                    biases);
}

/// A filter of one pixel.
template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res,
                          typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  static_assert(CONFIG_T::filt_height == 1 && CONFIG_T::filt_width == 1, "for filters of one pixel");
#pragma HLS INLINE recursive
  detail::convolveStream<data_T, res_T, CONFIG_T, detail::StreamShape2d<CONFIG_T>>(data, res, weights,
                                                                                   biases);
}

/// Depthwise, then a filter of one pixel. CONFIG_T has a config for each.
template <class data_T, class dw_res_T, class res_T, typename CONFIG_T>
void separable_conv_2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res,
                          typename CONFIG_T::depthwise_config::weight_t *depthwise_weights,
                          typename CONFIG_T::pointwise_config::weight_t *pointwise_weights,
                          typename CONFIG_T::depthwise_config::bias_t *depthwise_biases,
                          typename CONFIG_T::pointwise_config::bias_t *pointwise_biases) {
#pragma HLS DATAFLOW
  typedef typename CONFIG_T::depthwise_config Depthwise;
  typedef typename CONFIG_T::pointwise_config Pointwise;
  hls::stream<dw_res_T> depthwise_res("depthwise_res");
  const unsigned res_depth = Depthwise::out_height * Depthwise::out_width;
  (void)res_depth; // read by the pragma alone
#pragma HLS STREAM variable = depthwise_res depth = res_depth
  depthwise_conv_2d_cl<data_T, dw_res_T, Depthwise>(data, depthwise_res, depthwise_weights, depthwise_biases);
  pointwise_conv_2d_cl<dw_res_T, res_T, Pointwise>(depthwise_res, res, pointwise_weights, pointwise_biases);
}

} // namespace nnet
