// The parts of a layer around its multiply-accumulate, which is braid's: bias first, cast last.
#pragma once

#include "../braid/braid_conv_mac.h"
#include "nnet_common.h"
#include "nnet_mult.h"

namespace braid {
namespace mac {
template <class x_T, class w_T> struct IsMultiply<nnet::product::mult<x_T, w_T>> {
  static const bool value = true;
};
} // namespace mac
} // namespace braid

namespace nnet {
namespace detail {

template <unsigned n, class bias_T, class acc_T> void startFromBiases(const bias_T biases[n], acc_T acc[n]) {
#pragma HLS INLINE
  for (unsigned i = 0; i < n; i++) {
#pragma HLS UNROLL
    acc[i] = static_cast<acc_T>(biases[i]);
  }
}

template <unsigned n, class data_T, class res_T, class CONFIG_T, class acc_T>
void castResults(const acc_T acc[n], res_T res[n]) {
#pragma HLS INLINE
  for (unsigned i = 0; i < n; i++) {
#pragma HLS UNROLL
    res[i] = static_cast<res_T>(cast<data_T, res_T, CONFIG_T>(acc[i]));
  }
}

/// The product class that a config names, for one pair of types.
template <class data_T, class CONFIG_T> struct ProductOf {
  typedef typename CONFIG_T::template product<data_T, typename CONFIG_T::weight_t> Type;
};

} // namespace detail
} // namespace nnet
