// Convolutions on arrays, shared by 1-D and 2-D. The output pixels are worked on in n_partitions turns of
// n_pixels at a time; CONFIG_T::fill_buffer, which a project generates, lays out the windows of a turn.
#pragma once

#include "nnet_common.h"
#include "nnet_mac.h"
#include "nnet_mult.h"

namespace nnet {
namespace detail {

/// Weights [nIn][n_filt]; nIn = values of a window.
template <unsigned nIn, class data_T, class res_T, typename CONFIG_T>
void convLatency(data_T *data, res_T *res, typename CONFIG_T::weight_t weights[nIn * CONFIG_T::n_filt],
                 typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  typedef typename CONFIG_T::mult_config Mult;
  data_T data_buf[CONFIG_T::n_pixels][nIn];
#pragma HLS ARRAY_PARTITION variable = data_buf complete dim = 0
#pragma HLS ARRAY_PARTITION variable = weights complete
#pragma HLS ARRAY_PARTITION variable = biases complete
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::mult_config::multiplier_limit

PartitionLoop:
  for (unsigned part = 0; part < CONFIG_T::n_partitions; part++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor rewind
    CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, data_buf, part);
  PixelLoop:
    for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
      typename CONFIG_T::accum_t acc[CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = acc complete
      startFromBiases<CONFIG_T::n_filt>(biases, acc);
      braid::mac::addColumns<typename ProductOf<data_T, Mult>::Type, nIn, CONFIG_T::n_filt>(data_buf[p],
                                                                                            weights, acc);
      castResults<CONFIG_T::n_filt, data_T, res_T, Mult>(acc, res + (part * CONFIG_T::n_pixels + p) *
                                                                        CONFIG_T::n_filt);
    }
  }
}

/// Weights [n_filt][nIn].
template <unsigned nIn, class data_T, class res_T, typename CONFIG_T>
void convResource(data_T *data, res_T *res, typename CONFIG_T::weight_t weights[nIn * CONFIG_T::n_filt],
                  typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  typedef typename CONFIG_T::mult_config Mult;
  const unsigned rufactor = MIN(CONFIG_T::reuse_factor, nIn * CONFIG_T::n_filt);
  const unsigned block_factor = DIV_ROUNDUP(nIn * CONFIG_T::n_filt, rufactor);
  (void)block_factor; // read by the pragma alone
#pragma HLS ARRAY_RESHAPE variable = weights block factor = block_factor
#pragma HLS ARRAY_PARTITION variable = biases complete
  data_T data_buf[CONFIG_T::n_pixels][nIn];
#pragma HLS ARRAY_PARTITION variable = data_buf complete dim = 0
  typename CONFIG_T::accum_t acc[CONFIG_T::n_pixels][CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = acc complete dim = 0

PartitionLoop:
  for (unsigned part = 0; part < CONFIG_T::n_partitions; part++) {
    CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, data_buf, part);
    for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
      startFromBiases<CONFIG_T::n_filt>(biases, acc[p]);
    }
    braid::mac::addPixelRows<typename ProductOf<data_T, Mult>::Type, nIn, CONFIG_T::n_filt, 1, rufactor,
                             CONFIG_T::n_pixels>(data_buf, weights, acc);
    for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
      castResults<CONFIG_T::n_filt, data_T, res_T, Mult>(acc[p], res + (part * CONFIG_T::n_pixels + p) *
                                                                           CONFIG_T::n_filt);
    }
  }
}

/// Depthwise: weights [taps][n_chan], n_filt = n_chan. `rufactor` cycles per turn.
template <unsigned taps, unsigned rufactor, class data_T, class res_T, typename CONFIG_T>
void convDepthwise(data_T *data, res_T *res, typename CONFIG_T::weight_t weights[taps * CONFIG_T::n_chan],
                   typename CONFIG_T::bias_t biases[CONFIG_T::n_chan]) {
  static_assert(CONFIG_T::n_filt == CONFIG_T::n_chan,
                "a channel multiplier: use braid::conv2d with groups = n_chan");
  typedef typename CONFIG_T::mult_config Mult;
  data_T data_buf[CONFIG_T::n_pixels][taps * CONFIG_T::n_chan];
#pragma HLS ARRAY_PARTITION variable = data_buf complete dim = 0
#pragma HLS ARRAY_PARTITION variable = weights complete
#pragma HLS ARRAY_PARTITION variable = biases complete
#pragma HLS ALLOCATION operation instances = mul limit = CONFIG_T::mult_config::multiplier_limit

PartitionLoop:
  for (unsigned part = 0; part < CONFIG_T::n_partitions; part++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor rewind
    CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, data_buf, part);
  PixelLoop:
    for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
      typename CONFIG_T::accum_t acc[CONFIG_T::n_chan];
#pragma HLS ARRAY_PARTITION variable = acc complete
      startFromBiases<CONFIG_T::n_chan>(biases, acc);
      braid::mac::addLanes<typename ProductOf<data_T, Mult>::Type, taps, CONFIG_T::n_chan, rufactor>(
          data_buf[p], weights, acc);
      castResults<CONFIG_T::n_chan, data_T, res_T, Mult>(acc, res + (part * CONFIG_T::n_pixels + p) *
                                                                        CONFIG_T::n_chan);
    }
  }
}

} // namespace detail
} // namespace nnet
