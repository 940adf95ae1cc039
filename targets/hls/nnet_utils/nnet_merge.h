// Layers of two inputs, io_parallel: arithmetic element by element, and concatenation along any axis.
#pragma once

#include "ap_fixed.h"
#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_mult.h"

namespace nnet {

struct merge_config {
  static const unsigned n_elem1 = 10;
  static const unsigned n_elem2 = 10;
  static const unsigned reuse_factor = 1;
};

struct concat_config {
  static const unsigned n_elem1_0 = 10;
  static const unsigned n_elem1_1 = 10;
  static const unsigned n_elem1_2 = 10;
  static const unsigned n_elem2_0 = 10;
  static const unsigned n_elem2_1 = 10;
  static const unsigned n_elem2_2 = 10;

  static const int axis = -1;
};

// Each result is exact before its one cast to res_T. An operand of fewer elements than the result starts over
// at its end: broadcast along the leading axes.

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void add(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++)
    res[i] = data1[i % CONFIG_T::n_elem1] + data2[i % CONFIG_T::n_elem2];
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void subtract(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
              res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++)
    res[i] = data1[i % CONFIG_T::n_elem1] - data2[i % CONFIG_T::n_elem2];
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void multiply(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
              res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++)
    res[i] = data1[i % CONFIG_T::n_elem1] * data2[i % CONFIG_T::n_elem2];
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void average(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
             res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++)
    res[i] = (data1[i % CONFIG_T::n_elem1] + data2[i % CONFIG_T::n_elem2]) * ap_ufixed<1, 0>(0.5);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void maximum(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
             res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
    const input1_T a = data1[i % CONFIG_T::n_elem1];
    const input2_T b = data2[i % CONFIG_T::n_elem2];
    res[i] = a > b ? static_cast<res_T>(a) : static_cast<res_T>(b);
  }
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void minimum(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
             res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
    const input1_T a = data1[i % CONFIG_T::n_elem1];
    const input2_T b = data2[i % CONFIG_T::n_elem2];
    res[i] = a < b ? static_cast<res_T>(a) : static_cast<res_T>(b);
  }
}

namespace detail {

/// `outer` times: the next `run1` elements of data1, then the next `run2` of data2. Every concatenation is
/// this one, with the axes before the joined one as `outer` and the rest of each input as its run.
template <class input1_T, class input2_T, class res_T>
void interleave(const input1_T *data1, const input2_T *data2, res_T *res, unsigned outer, unsigned run1,
                unsigned run2) {
#pragma HLS INLINE
  for (unsigned o = 0; o < outer; o++) {
    for (unsigned i = 0; i < run1; i++)
      res[o * (run1 + run2) + i] = data1[o * run1 + i];
    for (unsigned i = 0; i < run2; i++)
      res[o * (run1 + run2) + run1 + i] = data2[o * run2 + i];
  }
}

} // namespace detail

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate1d(input1_T data1[CONFIG_T::n_elem1_0], input2_T data2[CONFIG_T::n_elem2_0],
                   res_T res[CONFIG_T::n_elem1_0 + CONFIG_T::n_elem2_0]) {
#pragma HLS PIPELINE
  detail::interleave(data1, data2, res, 1, CONFIG_T::n_elem1_0, CONFIG_T::n_elem2_0);
}

/// axis: 1 or -2 joins along the first dimension, 2 or -1 along the second.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate2d(
    input1_T data1[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1],
    input2_T data2[CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1],
    res_T res[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 + CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1]) {
#pragma HLS PIPELINE
  const int axis = CONFIG_T::axis;
  const unsigned size1 = CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1;
  const unsigned size2 = CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1;
  const unsigned outer = axis == 2 || axis == -1 ? CONFIG_T::n_elem1_0 : 1u;
  detail::interleave(data1, data2, res, outer, size1 / outer, size2 / outer);
}

/// axis: 1 or -3 joins along the first dimension, 2 or -2 along the second, 3 or -1 along the third.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate3d(input1_T data1[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2],
                   input2_T data2[CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2],
                   res_T res[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2 +
                             CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2]) {
#pragma HLS PIPELINE
  const int axis = CONFIG_T::axis;
  const unsigned size1 = CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2;
  const unsigned size2 = CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2;
  const unsigned outer = axis == 3 || axis == -1   ? CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1
                         : axis == 2 || axis == -2 ? CONFIG_T::n_elem1_0
                                                   : 1u;
  detail::interleave(data1, data2, res, outer, size1 / outer, size2 / outer);
}

} // namespace nnet
