// The dense kernels of a depthwise convolution: n_in = taps * n_out values, n_out channels, weights
// [taps][n_out].
#pragma once

#include "nnet_common.h"
#include "nnet_function_stubs.h"
#include "nnet_mac.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void depthwise_product_latency(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                               typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                               typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
#pragma HLS function_instantiate variable = weights
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::multiplier_limit
  typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
#pragma HLS ARRAY_PARTITION variable = acc complete
  detail::startFromBiases<CONFIG_T::n_out>(biases, acc);
  braid::mac::addLanes<typename detail::ProductOf<data_T, CONFIG_T>::Type, CONFIG_T::n_in / CONFIG_T::n_out,
                       CONFIG_T::n_out, 1>(data, weights, acc);
  detail::castResults<CONFIG_T::n_out, data_T, res_T, CONFIG_T>(acc, res);
}

namespace detail {

/// The three functions below differ in the reuse factors they are meant for; the walk follows from it.
template <class data_T, class res_T, typename CONFIG_T>
void depthwiseResource(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                       typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                       typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
  const unsigned rufactor = MIN(CONFIG_T::reuse_factor, CONFIG_T::n_in);
  const unsigned block_factor = DIV_ROUNDUP(CONFIG_T::n_in, rufactor);
  (void)block_factor; // read by the pragmas alone
#pragma HLS function_instantiate variable = weights, biases
#pragma HLS ARRAY_RESHAPE variable = weights block factor = block_factor
#pragma HLS ARRAY_RESHAPE variable = data block factor = block_factor
#pragma HLS ARRAY_PARTITION variable = biases complete
  typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
#pragma HLS ARRAY_PARTITION variable = acc complete
  startFromBiases<CONFIG_T::n_out>(biases, acc);
  braid::mac::addLanes<typename ProductOf<data_T, CONFIG_T>::Type, CONFIG_T::n_in / CONFIG_T::n_out,
                       CONFIG_T::n_out, rufactor>(data, weights, acc);
  castResults<CONFIG_T::n_out, data_T, res_T, CONFIG_T>(acc, res);
}

} // namespace detail

/// reuse_factor <= n_out.
template <class data_T, class res_T, typename CONFIG_T>
void depthwise_product_resource_rf_leq_nout(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                                            typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                                            typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::depthwiseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

/// reuse_factor > n_out and a multiple of it.
template <class data_T, class res_T, typename CONFIG_T>
void depthwise_product_resource_rf_gt_nout_rem0(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                                                typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                                                typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::depthwiseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

/// reuse_factor > n_out and no multiple of it.
template <class data_T, class res_T, typename CONFIG_T>
void depthwise_product_resource_gt_nout(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                                        typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                                        typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::depthwiseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseLatency : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
public:
  static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
    depthwise_product_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseResource_rf_leq_nout : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
public:
  static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
    depthwise_product_resource_rf_leq_nout<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseResource_rf_gt_nout_rem0 : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
public:
  static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
    depthwise_product_resource_rf_gt_nout_rem0<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseResource_rf_gt_nout : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
public:
  static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
    depthwise_product_resource_gt_nout<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

} // namespace nnet
