// Dense layer, strategy Latency: all products in one pipeline stage, weights [n_in][n_out].
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_helpers.h"
#include "nnet_mac.h"
#include "nnet_mult.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void dense_latency(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                   typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                   typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
#pragma HLS function_instantiate variable = weights, biases
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
#pragma HLS ARRAY_PARTITION variable = biases complete
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::multiplier_limit

  typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
#pragma HLS ARRAY_PARTITION variable = acc complete
  detail::startFromBiases<CONFIG_T::n_out>(biases, acc);
  braid::mac::addColumns<typename detail::ProductOf<data_T, CONFIG_T>::Type, CONFIG_T::n_in, CONFIG_T::n_out>(
      data, weights, acc);
  detail::castResults<CONFIG_T::n_out, data_T, res_T, CONFIG_T>(acc, res);
}

} // namespace nnet
