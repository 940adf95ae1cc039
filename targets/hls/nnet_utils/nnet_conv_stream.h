// Convolutions on streams of pixels (one beat = all channels of one pixel, row by row): the window slides,
// and a dense kernel works on it. Padding is a layer of its own before this one; dilation, groups and padding
// inside the convolution are braid::conv2d's.
#pragma once

#include "../braid/braid_conv_window.h"
#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_types.h"

namespace nnet {

/// Configs name one; only linebuffer exists here, as in the Vitis flavour of the library this one stands in
/// for.
enum class conv_implementation { linebuffer = 0, encoded = 1 };

/// The members `scale_index` of a config name one of these two. The encoded implementation would look up the
/// instruction of column (or row) `idx` through it; the line buffer never asks.
template <unsigned K, unsigned S, unsigned W> class scale_index_unscaled {
public:
  static unsigned scale_index(const unsigned idx) {
#pragma HLS INLINE
    return idx;
  }
};

/// Folds the index of one of W columns onto the few that differ for a filter of K and a stride of S: the ramp
/// at the left edge, one period of the middle, the ramp at the right edge, and the columns no window reaches.
template <unsigned K, unsigned S, unsigned W> class scale_index_regular {
public:
  static unsigned scale_index(const unsigned idx) {
#pragma HLS INLINE
    const unsigned ramp = K >= S ? K - S : S - K;
    const unsigned used = (W - K) / S * S + K;
    const unsigned folded = ((K >= S ? DIV_ROUNDUP(K, S) : DIV_ROUNDUP(S, K)) - 1) * S + K;
    if (idx < ramp)
      return idx;
    if (idx >= used)
      return folded;
    if (used - idx <= ramp)
      return folded - (used - idx);
    return ramp + (idx - ramp) % S;
  }
};

namespace detail {

template <class CONFIG_T> struct StreamShape2d {
  static const unsigned height = CONFIG_T::in_height;
  static const unsigned width = CONFIG_T::in_width;
  static const unsigned channels = CONFIG_T::n_chan;
  static const unsigned groups = 1;
  static const unsigned filtHeight = CONFIG_T::filt_height;
  static const unsigned filtWidth = CONFIG_T::filt_width;
  static const unsigned dilationHeight = 1;
  static const unsigned dilationWidth = 1;
  static const unsigned strideHeight = CONFIG_T::stride_height;
  static const unsigned strideWidth = CONFIG_T::stride_width;

  static_assert(CONFIG_T::pad_top == 0 && CONFIG_T::pad_bottom == 0 && CONFIG_T::pad_left == 0 &&
                    CONFIG_T::pad_right == 0,
                "a streamed convolution does not pad: put zeropad2d_cl before it, or use braid::conv2d");
  static_assert(CONFIG_T::dilation_height == 1 && CONFIG_T::dilation_width == 1,
                "dilation: use braid::conv2d");
  static_assert(CONFIG_T::out_height == (height - filtHeight) / strideHeight + 1 &&
                    CONFIG_T::out_width == (width - filtWidth) / strideWidth + 1,
                "out_height and out_width must be (in - filt) / stride + 1");
};

template <class CONFIG_T> struct StreamShape1d {
  static const unsigned height = 1;
  static const unsigned width = CONFIG_T::in_width;
  static const unsigned channels = CONFIG_T::n_chan;
  static const unsigned groups = 1;
  static const unsigned filtHeight = 1;
  static const unsigned filtWidth = CONFIG_T::filt_width;
  static const unsigned dilationHeight = 1;
  static const unsigned dilationWidth = 1;
  static const unsigned strideHeight = 1;
  static const unsigned strideWidth = CONFIG_T::stride_width;

  static_assert(CONFIG_T::pad_left == 0 && CONFIG_T::pad_right == 0,
                "a streamed convolution does not pad: put zeropad1d_cl before it, or use braid::conv2d");
  static_assert(CONFIG_T::dilation == 1, "dilation: use braid::conv2d");
  static_assert(CONFIG_T::out_width == (width - filtWidth) / strideWidth + 1,
                "out_width must be (in - filt) / stride + 1");
};

/// Takes one pixel; sends one if a wanted window ends here.
template <class data_T, class res_T, typename CONFIG_T, class Shape, class Window, class Counter>
void convolvePixel(hls::stream<data_T> &data, hls::stream<res_T> &res, Window &lines, Counter &counter,
                   unsigned row, unsigned column, typename CONFIG_T::weight_t *weights,
                   typename CONFIG_T::bias_t *biases) {
#pragma HLS INLINE
  typedef typename data_T::value_type Input;
  typedef typename res_T::value_type Output;
  const data_T pixel = data.read();
  lines.push(pixel, row, column);
  if (!counter.wants(row, column, column + 1 == Shape::width))
    return;
  Input window[Window::kSize];
#pragma HLS ARRAY_PARTITION variable = window complete
  lines.read(row, column, window);
  Output sums[CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = sums complete
  CONFIG_T::mult_config::template kernel<Input, Output, typename CONFIG_T::mult_config>::dense(
      window, sums, weights, biases);
  res_T result;
  PRAGMA_DATA_PACK(result)
  for (unsigned f = 0; f < CONFIG_T::n_filt; f++) {
#pragma HLS UNROLL
    result[f] = sums[f];
  }
  res.write(result);
}

/// One frame. Nothing is kept between frames. The two loops differ in who pipelines: with Latency the pixels
/// are the pipeline, with Resource the kernel is one inside each pixel.
template <class data_T, class res_T, typename CONFIG_T, class Shape>
void convolveStream(hls::stream<data_T> &data, hls::stream<res_T> &res, typename CONFIG_T::weight_t *weights,
                    typename CONFIG_T::bias_t *biases) {
#pragma HLS INLINE
  static_assert(CONFIG_T::implementation == conv_implementation::linebuffer,
                "only linebuffer is implemented");
  static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_filt,
                "a beat is one pixel; for several a pixel use braid::conv2d");
  typedef braid::SlidingWindow<typename data_T::value_type, Shape> Window;
  typedef braid::StrideCounter<Shape::filtHeight, Shape::filtWidth, Shape::strideHeight, Shape::strideWidth>
      Counter;
  Window lines;
  Counter counter;

  if (CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic) {
  ReadInputHeight:
    for (unsigned row = 0; row < Shape::height; row++) {
    ReadInputWidth:
      for (unsigned column = 0; column < Shape::width; column++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
        convolvePixel<data_T, res_T, CONFIG_T, Shape>(data, res, lines, counter, row, column, weights,
                                                      biases);
      }
    }
  } else {
  ReadInputHeightSerial:
    for (unsigned row = 0; row < Shape::height; row++) {
    ReadInputWidthSerial:
      for (unsigned column = 0; column < Shape::width; column++) {
#pragma HLS LOOP_FLATTEN
        convolvePixel<data_T, res_T, CONFIG_T, Shape>(data, res, lines, counter, row, column, weights,
                                                      biases);
      }
    }
  }
}

} // namespace detail
} // namespace nnet
