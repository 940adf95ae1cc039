// 1-D convolution on arrays: config, entry points, and the kernel classes that a config picks from.
#pragma once

#include "nnet_common.h"
#include "nnet_conv1d_latency.h"
#include "nnet_conv1d_resource.h"
#include "nnet_function_stubs.h"

namespace nnet {

/// What a layer's config derives from and overrides.
struct conv1d_config {
  typedef float bias_t;
  typedef float weight_t;
  typedef float accum_t;

  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const unsigned in_width = 10;
  static const unsigned n_chan = 0;
  static const unsigned filt_width = 1;
  static const unsigned kernel_size = filt_width;
  static const unsigned n_filt = 1;
  static const unsigned stride_width = 1;
  static const unsigned dilation = 1;
  static const unsigned out_width = 10;

  static const unsigned reuse_factor = 1;
  static const bool store_weights_in_bram = false;
  static const unsigned n_zeros = 0;
};

template <class data_T, class res_T, typename CONFIG_T>
void conv_1d_cl(
    data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
    typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
    typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE recursive
  CONFIG_T::template conv_kernel<data_T, res_T, CONFIG_T>::conv(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                          res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                          typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  static_assert(CONFIG_T::filt_width == 1, "for filters of width 1");
#pragma HLS INLINE recursive
  CONFIG_T::template conv_kernel<data_T, res_T, CONFIG_T>::conv(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
class Conv1DLatency : public Conv1DKernel<data_T, res_T, CONFIG_T> {
public:
  static void
  conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
       typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
       typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    conv_1d_latency_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

template <class data_T, class res_T, typename CONFIG_T>
class Conv1DResource : public Conv1DKernel<data_T, res_T, CONFIG_T> {
public:
  static void
  conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
       typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
       typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    conv_1d_resource_cl<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

/// Filters of width 1, strategy Latency: a turn is one matrix for all its pixels.
template <class data_T, class res_T, typename CONFIG_T>
class BatchedDenseForConv1D : public Conv1DKernel<data_T, res_T, CONFIG_T> {
public:
  static void conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                   res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                   typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                   typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor * CONFIG_T::n_partitions
#pragma HLS INLINE recursive
    const unsigned inputs = CONFIG_T::in_width * CONFIG_T::n_chan / CONFIG_T::n_partitions;
    const unsigned outputs = CONFIG_T::out_width * CONFIG_T::n_filt / CONFIG_T::n_partitions;
    data_T data_part[CONFIG_T::n_partitions][inputs];
#pragma HLS ARRAY_PARTITION variable = data_part complete dim = 0
    res_T res_part[CONFIG_T::n_partitions][outputs];
#pragma HLS ARRAY_PARTITION variable = res_part complete dim = 0

    for (unsigned part = 0; part < CONFIG_T::n_partitions; part++) {
#pragma HLS UNROLL
      for (unsigned i = 0; i < inputs; i++) {
#pragma HLS UNROLL
        data_part[part][i] = data[part * inputs + i];
      }
    }
    for (unsigned part = 0; part < CONFIG_T::n_partitions; part++)
      pointwise_conv_1d_latency_cl<data_T, res_T, CONFIG_T>(data_part[part], res_part[part], weights, biases);
    for (unsigned part = 0; part < CONFIG_T::n_partitions; part++) {
#pragma HLS UNROLL
      for (unsigned i = 0; i < outputs; i++) {
#pragma HLS UNROLL
        res[part * outputs + i] = res_part[part][i];
      }
    }
  }
};

} // namespace nnet
