// 2-D convolution on arrays, strategy Resource: weights [n_filt][filt_height][filt_width][n_chan].
#pragma once

#include "nnet_common.h"
#include "nnet_conv_parallel.h"
#include "nnet_dense.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void conv_2d_resource_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                         res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
                         typename CONFIG_T::weight_t weights[CONFIG_T::filt_height * CONFIG_T::filt_width *
                                                             CONFIG_T::n_chan * CONFIG_T::n_filt],
                         typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE
  detail::convResource<CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan, data_T, res_T,
                       CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet
