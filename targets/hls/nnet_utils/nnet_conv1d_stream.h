// 1-D convolution on streams.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_conv_stream.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void conv_1d_cl(
    hls::stream<data_T> &data, hls::stream<res_T> &res,
    typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
    typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE recursive
  detail::convolveStream<data_T, res_T, CONFIG_T, detail::StreamShape1d<CONFIG_T>>(data, res, weights,
                                                                                   biases);
}

} // namespace nnet
