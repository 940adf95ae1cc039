// Layers that stand where another layer is cut: sums of partial sums, and parts of tensors.
#pragma once

#include "braid_common.h"
#include "hls_stream.h"

namespace braid {

/// Bases of the configs of this header.
struct SumConfig {};
struct CropConfig {};

namespace detail {

/// Sum of one element of all inputs, in the accumulator's type: its low bits are the same in any order.
template <class accum_T, class T> accum_T sumOf(const T &x) {
#pragma HLS INLINE
  return static_cast<accum_T>(x);
}
template <class accum_T, class T, class... Rest> accum_T sumOf(const T &x, const Rest &...rest) {
#pragma HLS INLINE
  return static_cast<accum_T>(static_cast<accum_T>(x) + sumOf<accum_T>(rest...));
}

template <class res_T, class CONFIG_T, class accum_T>
res_T finishSum(const accum_T &sum, const typename CONFIG_T::bias_t &bias) {
#pragma HLS INLINE
  return static_cast<res_T>(static_cast<accum_T>(sum + static_cast<accum_T>(bias)));
}

/// One beat of every input to one beat of the result; `bias` is that of its first element.
template <class res_T, class CONFIG_T, class... Beats>
res_T sumBeats(const typename CONFIG_T::bias_t *bias, const Beats &...beats) {
#pragma HLS INLINE
  res_T out;
#pragma HLS DATA_PACK variable = out
  for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
    out[j] = finishSum<typename res_T::value_type, CONFIG_T>(sumOf<typename CONFIG_T::accum_t>(beats[j]...),
                                                             bias[j]);
  }
  return out;
}

} // namespace detail

// Partial sums of a layer that is cut by input, then its bias, then the cast to its result. CONFIG_T: n_elem,
// n_chan (element i has bias i % n_chan), accum_t, bias_t. In streams, all beats have the same number of
// elements.

template <class res_T, class CONFIG_T, class... Parts>
void sum(res_T res[CONFIG_T::n_elem], const typename CONFIG_T::bias_t bias[CONFIG_T::n_chan],
         const Parts *...parts) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
#pragma HLS UNROLL
    res[i] = detail::finishSum<res_T, CONFIG_T>(detail::sumOf<typename CONFIG_T::accum_t>(parts[i]...),
                                                bias[i % CONFIG_T::n_chan]);
  }
}

template <class res_T, class CONFIG_T, class... Parts>
void sum(hls::stream<res_T> &res, const typename CONFIG_T::bias_t bias[CONFIG_T::n_chan],
         hls::stream<Parts> &...parts) {
  static_assert(CONFIG_T::n_chan % res_T::size == 0, "a pixel is a whole number of beats");
  const unsigned beats = CONFIG_T::n_chan / res_T::size;
#pragma HLS ARRAY_RESHAPE variable = bias cyclic factor = res_T::size
  for (unsigned i = 0; i < CONFIG_T::n_elem / CONFIG_T::n_chan; i++) {
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
      res.write(detail::sumBeats<res_T, CONFIG_T>(bias + b * res_T::size, parts.read()...));
    }
  }
}

// The box [first, last) of a tensor. CONFIG_T: height, width, n_chan (of the input), and first_ and last_ of
// row, col and chan.

template <class data_T, class res_T, class CONFIG_T>
void crop(data_T data[CONFIG_T::height * CONFIG_T::width * CONFIG_T::n_chan],
          res_T res[(CONFIG_T::last_row - CONFIG_T::first_row) * (CONFIG_T::last_col - CONFIG_T::first_col) *
                    (CONFIG_T::last_chan - CONFIG_T::first_chan)]) {
#pragma HLS INLINE
  unsigned to = 0;
  for (unsigned y = CONFIG_T::first_row; y < CONFIG_T::last_row; y++) {
#pragma HLS UNROLL
    for (unsigned x = CONFIG_T::first_col; x < CONFIG_T::last_col; x++) {
#pragma HLS UNROLL
      for (unsigned c = CONFIG_T::first_chan; c < CONFIG_T::last_chan; c++) {
#pragma HLS UNROLL
        res[to++] = data[(y * CONFIG_T::width + x) * CONFIG_T::n_chan + c];
      }
    }
  }
}

namespace detail {

/// A beat of the result out of one of the input, from element `first` on.
template <class res_T, class data_T> res_T partOf(const data_T &in, unsigned first) {
#pragma HLS INLINE
  res_T out;
#pragma HLS DATA_PACK variable = out
  for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
    out[j] = in[first + j];
  }
  return out;
}

} // namespace detail

/// Beats are whole pixels on both sides, or of the same size on both sides, which divides the channels'
/// bounds.
template <class data_T, class res_T, class CONFIG_T>
void crop(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  const unsigned beats = CONFIG_T::n_chan / data_T::size;
  const bool isPixel =
      data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::last_chan - CONFIG_T::first_chan;
  static_assert(CONFIG_T::n_chan % data_T::size == 0, "a pixel is a whole number of beats");
  static_assert(
      (data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::last_chan - CONFIG_T::first_chan) ||
          (data_T::size == res_T::size && CONFIG_T::first_chan % data_T::size == 0 &&
           CONFIG_T::last_chan % data_T::size == 0),
      "beats are pixels, or keep their size and are kept or dropped whole");
  for (unsigned y = 0; y < CONFIG_T::height; y++) {
    for (unsigned x = 0; x < CONFIG_T::width; x++) {
      for (unsigned b = 0; b < beats; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
        const data_T beat = data.read();
        const unsigned chan = b * data_T::size;
        const bool isKept = y >= CONFIG_T::first_row && y < CONFIG_T::last_row && x >= CONFIG_T::first_col &&
                            x < CONFIG_T::last_col &&
                            (isPixel || (chan >= CONFIG_T::first_chan && chan < CONFIG_T::last_chan));
        if (isKept)
          res.write(detail::partOf<res_T>(beat, isPixel ? CONFIG_T::first_chan : 0));
      }
    }
  }
}

} // namespace braid
