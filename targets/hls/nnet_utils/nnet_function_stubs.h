// Base classes of what a project generates per layer or picks by name in a config.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_helpers.h"
#include "nnet_mult.h"

namespace nnet {

/// io_parallel: copies the windows of one partition of the output pixels into `buffer`.
template <class data_T, typename CONFIG_T> class FillConv1DBuffer {
public:
  static void fill_buffer(data_T[CONFIG_T::in_width * CONFIG_T::n_chan],
                          data_T[CONFIG_T::n_pixels][CONFIG_T::filt_width * CONFIG_T::n_chan],
                          const unsigned) {}
};

template <class data_T, typename CONFIG_T> class FillConv2DBuffer {
public:
  static void
  fill_buffer(data_T[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
              data_T[CONFIG_T::n_pixels][CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan],
              const unsigned) {}
};

template <class data_T, class res_T, typename CONFIG_T> class DenseKernel {
public:
  static void dense(data_T[CONFIG_T::n_in], res_T[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t[CONFIG_T::n_in * CONFIG_T::n_out],
                    typename CONFIG_T::bias_t[CONFIG_T::n_out]) {}
};

template <class data_T, class res_T, typename CONFIG_T> class DepthwiseDenseKernel {
public:
  static void dense(data_T[CONFIG_T::n_in], res_T[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t[CONFIG_T::n_in * CONFIG_T::n_out],
                    typename CONFIG_T::bias_t[CONFIG_T::n_out]) {}
};

template <class data_T, class res_T, typename CONFIG_T> class Conv1DKernel {
public:
  static void conv(data_T[CONFIG_T::in_width * CONFIG_T::n_chan],
                   res_T[CONFIG_T::out_width * CONFIG_T::n_filt],
                   typename CONFIG_T::weight_t[CONFIG_T::n_chan * CONFIG_T::n_filt],
                   typename CONFIG_T::bias_t[CONFIG_T::n_filt]) {}
};

// x * 2^s without a change of bits: the binary point moves. For generated adder graphs.
template <int s, int b, int i, ap_q_mode Q, ap_o_mode O, int N>
ap_fixed<b, i + s> bit_shift(ap_fixed<b, i, Q, O, N> x) {
#pragma HLS INLINE
  ap_fixed<b, i + s> shifted;
  shifted.range(b - 1, 0) = x.range(b - 1, 0);
  return shifted;
}

template <int s, int b, int i, ap_q_mode Q, ap_o_mode O, int N>
ap_ufixed<b, i + s> bit_shift(ap_ufixed<b, i, Q, O, N> x) {
#pragma HLS INLINE
  ap_ufixed<b, i + s> shifted;
  shifted.range(b - 1, 0) = x.range(b - 1, 0);
  return shifted;
}

// For integers s is the integer width of the result, not the shift.
template <int s, int b> ap_fixed<b, s> bit_shift(ap_int<b> x) {
#pragma HLS INLINE
  ap_fixed<b, s> shifted;
  shifted.range(b - 1, 0) = x.range(b - 1, 0);
  return shifted;
}

template <int s, int b> ap_ufixed<b, s> bit_shift(ap_uint<b> x) {
#pragma HLS INLINE
  ap_ufixed<b, s> shifted;
  shifted.range(b - 1, 0) = x.range(b - 1, 0);
  return shifted;
}

} // namespace nnet
