// Affine layers of io_parallel networks: y = x * scale + bias, per channel or per element.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_mult.h"

namespace nnet {

struct batchnorm_config {
  // Internal data type definitions
  typedef float bias_t;
  typedef float scale_t;

  // Layer sizes; n_filt is the number of channels, or -1 where every element has its own scale and bias
  static const unsigned n_in = 10;
  static const unsigned n_filt = static_cast<unsigned>(-1);
  static const unsigned n_scale_bias = 10;

  // Resource reuse info
  static const unsigned io_type = io_parallel;
  static const unsigned reuse_factor = 1;
  static const bool store_weights_in_bram = false;
  static const unsigned n_zeros = 0;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

/// Product and sum are exact; one cast to res_T.
template <class data_T, class res_T, typename CONFIG_T>
void normalize(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
               typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias],
               typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias]) {
#pragma HLS function_instantiate variable = scale, bias
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
#pragma HLS ARRAY_PARTITION variable = scale complete
#pragma HLS ARRAY_PARTITION variable = bias complete
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::multiplier_limit

  typedef typename CONFIG_T::template product<data_T, typename CONFIG_T::scale_t> Product;
  const bool perElement = CONFIG_T::n_filt == static_cast<unsigned>(-1);
  const unsigned period = perElement ? CONFIG_T::n_in : CONFIG_T::n_filt;
  for (unsigned i = 0; i < CONFIG_T::n_in; i++)
    res[i] = Product::product(data[i], scale[i % period]) + bias[i % period];
}

} // namespace nnet
