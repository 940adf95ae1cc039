// Dense layer, strategy Resource: one multiplier does reuse_factor products, weights [n_out][n_in].
// Reuse factors: cheap are divisors of n_in, and multiples of n_in that divide n_in * n_out.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_mac.h"
#include "nnet_mult.h"

namespace nnet {

namespace detail {

/// The three functions below differ in the reuse factors they are meant for; the walk over the weights
/// follows from the reuse factor itself.
template <class data_T, class res_T, typename CONFIG_T>
void denseResource(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                   typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                   typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
  const unsigned rufactor = MIN(CONFIG_T::reuse_factor, CONFIG_T::n_in * CONFIG_T::n_out);
  const unsigned block_factor = DIV_ROUNDUP(CONFIG_T::n_in * CONFIG_T::n_out, rufactor);
  (void)block_factor; // read by the pragma alone
#pragma HLS function_instantiate variable = weights, biases
#pragma HLS ARRAY_RESHAPE variable = weights block factor = block_factor
#pragma HLS ARRAY_PARTITION variable = biases complete
  if (CONFIG_T::reuse_factor > 1) {
#pragma HLS RESOURCE variable = weights core = ROM_nP_BRAM
  }

  typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
#pragma HLS ARRAY_PARTITION variable = acc complete
  startFromBiases<CONFIG_T::n_out>(biases, acc);
  braid::mac::addRows<typename ProductOf<data_T, CONFIG_T>::Type, CONFIG_T::n_in, CONFIG_T::n_out, 1,
                      rufactor>(data, weights, acc);
  castResults<CONFIG_T::n_out, data_T, res_T, CONFIG_T>(acc, res);
}

} // namespace detail

/// reuse_factor <= n_in.
template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_leq_nin(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                               typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                               typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::denseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

/// reuse_factor > n_in and a multiple of it.
template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_gt_nin_rem0(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                                   typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                                   typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::denseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

/// reuse_factor > n_in and no multiple of it.
template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_gt_nin(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                              typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                              typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE
  detail::denseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS INLINE recursive
  detail::denseResource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet
