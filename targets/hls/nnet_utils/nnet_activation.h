// Elementwise activations of io_parallel layers. Tables and clips are in braid/braid_activation.h.
#pragma once

#include "ap_fixed.h"
#include "nnet_common.h"

namespace nnet {

struct activ_config {
  // IO size
  static const unsigned n_in = 10;
  static const unsigned table_size = 1024;

  // Resource reuse info
  static const unsigned io_type = io_parallel;
  static const unsigned reuse_factor = 1;

  // Internal data type definitions
  typedef ap_fixed<18, 8> table_t;
};

/// The cast from data_T to res_T.
template <class data_T, class res_T, typename CONFIG_T>
void linear(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++)
    res[i] = data[i];
}

template <class data_T, class res_T, typename CONFIG_T>
void relu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
    const data_T x = data[i];
    if (x > 0)
      res[i] = x;
    else
      res[i] = 0;
  }
}

/// x < 0 ? cast(alpha * x) : cast(x); the product is exact.
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void leaky_relu(data_T data[CONFIG_T::n_in], param_T alpha, res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
    const data_T x = data[i];
    if (x > 0)
      res[i] = x;
    else
      res[i] = alpha * x;
  }
}

/// leaky_relu with one alpha per element.
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void prelu(data_T data[CONFIG_T::n_in], param_T alpha[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
    const data_T x = data[i];
    if (x > 0)
      res[i] = x;
    else
      res[i] = alpha[i] * x;
  }
}

/// slope * x + shift, exact, held between 0 and 1. CONFIG_T has `slope` and `shift` as static constants.
template <class data_T, class res_T, typename CONFIG_T>
void hard_sigmoid(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
    const auto line = CONFIG_T::slope * data[i] + CONFIG_T::shift;
    if (line > 1)
      res[i] = 1;
    else if (line < 0)
      res[i] = 0;
    else
      res[i] = line;
  }
}

} // namespace nnet
