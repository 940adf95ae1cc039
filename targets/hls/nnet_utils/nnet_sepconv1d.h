// 1-D depthwise and separable convolution on arrays.
#pragma once

#include "nnet_common.h"
#include "nnet_conv1d.h"
#include "nnet_depthwise_product.h"
#include "nnet_sepconv1d_latency.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void depthwise_conv_1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                          res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                          typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_chan]) {
#pragma HLS INLINE recursive
  if (CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic)
    depthwise_conv_1d_latency_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  else
    detail::convDepthwise<CONFIG_T::filt_width,
                          MIN(CONFIG_T::reuse_factor, CONFIG_T::filt_width * CONFIG_T::n_chan), data_T, res_T,
                          CONFIG_T>(data, res, weights, biases);
}

/// Depthwise, then a filter of one pixel. CONFIG_T has a config for each.
template <class data_T, class dw_res_T, class res_T, typename CONFIG_T>
void separable_conv_1d_cl(data_T *data, res_T *res,
                          typename CONFIG_T::depthwise_config::weight_t *depthwise_weights,
                          typename CONFIG_T::pointwise_config::weight_t *pointwise_weights,
                          typename CONFIG_T::depthwise_config::bias_t *depthwise_biases,
                          typename CONFIG_T::pointwise_config::bias_t *pointwise_biases) {
#pragma HLS INLINE recursive
  typedef typename CONFIG_T::depthwise_config Depthwise;
  typedef typename CONFIG_T::pointwise_config Pointwise;
  dw_res_T depthwise_res[Depthwise::out_width * Depthwise::n_filt];
  depthwise_conv_1d_cl<data_T, dw_res_T, Depthwise>(data, depthwise_res, depthwise_weights, depthwise_biases);
  pointwise_conv_1d_cl<dw_res_T, res_T, Pointwise>(depthwise_res, res, pointwise_weights, pointwise_biases);
}

} // namespace nnet
