// Affine layers of io_stream networks: y = x * scale + bias, per channel or per element.
#pragma once

#include "hls_stream.h"
#include "nnet_batchnorm.h"
#include "nnet_common.h"
#include "nnet_mult.h"
#include "nnet_types.h"

namespace nnet {

/// Product and sum are exact; one cast to res_T's elements. Where scale and bias are per channel a beat holds
/// whole pixels; braid::affine takes pixels of several beats.
template <class data_T, class res_T, typename CONFIG_T>
void normalize(hls::stream<data_T> &data, hls::stream<res_T> &res,
               typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias],
               typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias]) {
#pragma HLS ARRAY_PARTITION variable = scale complete
#pragma HLS ARRAY_PARTITION variable = bias complete
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::multiplier_limit

  typedef typename CONFIG_T::template product<typename data_T::value_type, typename CONFIG_T::scale_t>
      Product;
  const bool perElement = CONFIG_T::n_filt == static_cast<unsigned>(-1);
  static_assert(data_T::size == res_T::size, "normalize keeps the number of elements per beat");
  static_assert(CONFIG_T::n_filt == static_cast<unsigned>(-1) || data_T::size % CONFIG_T::n_filt == 0,
                "a beat of normalize holds whole pixels");

  constexpr unsigned ii = CONFIG_T::n_in / CONFIG_T::multiplier_limit;
  (void)ii; // only a pragma reads it
  for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
#pragma HLS PIPELINE II = ii
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
      const unsigned k = perElement ? i * data_T::size + j : j % CONFIG_T::n_filt;
      out[j] = Product::product(in[j], scale[k]) + bias[k];
    }
    res.write(out);
  }
}

} // namespace nnet
