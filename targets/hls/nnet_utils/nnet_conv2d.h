// 2-D convolution on arrays: config and entry points.
#pragma once

#include "nnet_common.h"
#include "nnet_conv2d_latency.h"
#include "nnet_conv2d_resource.h"
#include "nnet_function_stubs.h"

namespace nnet {

/// What a layer's config derives from and overrides.
struct conv2d_config {
  typedef float bias_t;
  typedef float weight_t;
  typedef float accum_t;

  static const unsigned pad_top = 0;
  static const unsigned pad_bottom = 0;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const unsigned in_height = 10;
  static const unsigned in_width = 10;
  static const unsigned n_chan = 1;
  static const unsigned filt_height = 1;
  static const unsigned filt_width = 1;
  static const unsigned kernel_size = filt_height * filt_width;
  static const unsigned n_filt = 1;
  static const unsigned stride_height = 1;
  static const unsigned stride_width = 1;
  static const unsigned out_height = 10;
  static const unsigned out_width = 10;
  static const unsigned dilation_height = 1;
  static const unsigned dilation_width = 1;

  static const unsigned reuse_factor = 1;
  static const bool store_weights_in_bram = false;
  static const unsigned n_zeros = 0;
};

template <class data_T, class res_T, typename CONFIG_T>
void conv_2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
                typename CONFIG_T::weight_t weights[CONFIG_T::filt_height * CONFIG_T::filt_width *
                                                    CONFIG_T::n_chan * CONFIG_T::n_filt],
                typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE recursive
  if (CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic)
    conv_2d_latency_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  else
    conv_2d_resource_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                          res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
                          typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  static_assert(CONFIG_T::filt_height == 1 && CONFIG_T::filt_width == 1, "for filters of one pixel");
#pragma HLS INLINE recursive
  conv_2d_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet
