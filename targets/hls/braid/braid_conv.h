// Convolution over channels-last maps with what the layer library the projects are modelled on cannot do:
// dilation, groups (depthwise with a channel multiplier is groups = n_chan), padding inside the convolution,
// different on each side, any reuse factor, pixels of several beats. 1-D is 2-D with a height of 1.
// Weights [n_filt][filt_height][filt_width][n_chan / groups]; filter f reads group f / (n_filt / groups).
#pragma once

#include "braid_conv_mac.h"
#include "braid_conv_window.h"
#include "hls_stream.h"

namespace braid {

/// What a layer's config derives from and overrides.
struct ConvConfig {
  static const unsigned in_height = 1;
  static const unsigned in_width = 1;
  static const unsigned n_chan = 1;
  static const unsigned out_height = 1;
  static const unsigned out_width = 1;
  static const unsigned n_filt = 1;
  static const unsigned groups = 1;
  static const unsigned filt_height = 1;
  static const unsigned filt_width = 1;
  static const unsigned stride_height = 1;
  static const unsigned stride_width = 1;
  static const unsigned dilation_height = 1;
  static const unsigned dilation_width = 1;
  static const unsigned pad_top = 0;
  static const unsigned pad_bottom = 0;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  /// Cycles per output pixel. Cheap are divisors of filt_height * filt_width * n_chan / groups and multiples
  /// of it that divide all weights.
  static const unsigned reuse_factor = 1;
};

namespace detail {

template <class CONFIG_T> struct ConvShape {
  static const unsigned width = CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right;
  static const unsigned height = CONFIG_T::pad_top + CONFIG_T::in_height + CONFIG_T::pad_bottom;
  static const unsigned channels = CONFIG_T::n_chan;
  static const unsigned groups = CONFIG_T::groups;
  static const unsigned filtHeight = CONFIG_T::filt_height;
  static const unsigned filtWidth = CONFIG_T::filt_width;
  static const unsigned dilationHeight = CONFIG_T::dilation_height;
  static const unsigned dilationWidth = CONFIG_T::dilation_width;
  static const unsigned reachY = (filtHeight - 1) * dilationHeight + 1;
  static const unsigned reachX = (filtWidth - 1) * dilationWidth + 1;
  /// Weights of one filter.
  static const unsigned nIn = filtHeight * filtWidth * channels / groups;

  static_assert(channels % groups == 0 && CONFIG_T::n_filt % groups == 0,
                "groups must divide n_chan and n_filt");
  static_assert(height >= reachY && width >= reachX, "the dilated filter must fit into the padded map");
  static_assert(CONFIG_T::out_height == (height - reachY) / CONFIG_T::stride_height + 1,
                "out_height must be (padded height - reach) / stride_height + 1");
  static_assert(CONFIG_T::out_width == (width - reachX) / CONFIG_T::stride_width + 1,
                "out_width must be (padded width - reach) / stride_width + 1");
};

/// One output pixel from one window, [groups][filt_height][filt_width][n_chan / groups].
template <class data_T, class res_T, class CONFIG_T>
void convPixel(const data_T window[], res_T result[CONFIG_T::n_filt],
               const typename CONFIG_T::weight_t weights[],
               const typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
#pragma HLS INLINE
  typename CONFIG_T::accum_t acc[CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = acc complete
  for (unsigned f = 0; f < CONFIG_T::n_filt; f++) {
#pragma HLS UNROLL
    acc[f] = static_cast<typename CONFIG_T::accum_t>(biases[f]);
  }
  mac::addRows<mac::Multiply, ConvShape<CONFIG_T>::nIn, CONFIG_T::n_filt, CONFIG_T::groups,
               CONFIG_T::reuse_factor>(window, weights, acc);
  for (unsigned f = 0; f < CONFIG_T::n_filt; f++) {
#pragma HLS UNROLL
    result[f] = static_cast<res_T>(acc[f]);
  }
}

} // namespace detail

/// Streams: a pixel comes in n_chan / data_T::size beats and goes out in n_filt / res_T::size, channels in
/// order. Nothing is kept between frames.
template <class data_T, class res_T, class CONFIG_T>
void conv2d(
    hls::stream<data_T> &data, hls::stream<res_T> &res,
    const typename CONFIG_T::weight_t weights[CONFIG_T::n_filt * CONFIG_T::filt_height *
                                              CONFIG_T::filt_width * (CONFIG_T::n_chan / CONFIG_T::groups)],
    const typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  typedef detail::ConvShape<CONFIG_T> Shape;
  typedef typename data_T::value_type Value;
  typedef typename res_T::value_type Result;
  static_assert(CONFIG_T::n_chan % data_T::size == 0 && CONFIG_T::n_filt % res_T::size == 0,
                "the size of a beat must divide the channels of a pixel");
  typedef SlidingWindow<Value, Shape, data_T::size> Window;
  const unsigned block_factor = ceilDiv(Shape::nIn * CONFIG_T::n_filt, CONFIG_T::reuse_factor);
  (void)block_factor; // read by the pragma alone
#pragma HLS ARRAY_RESHAPE variable = weights block factor = block_factor
#pragma HLS ARRAY_PARTITION variable = biases complete

  Window lines;
  StrideCounter<Shape::reachY, Shape::reachX, CONFIG_T::stride_height, CONFIG_T::stride_width> counter;
  Value window[Window::kSize];
#pragma HLS ARRAY_PARTITION variable = window complete
  Result result[CONFIG_T::n_filt];
#pragma HLS ARRAY_PARTITION variable = result complete

RowLoop:
  for (unsigned row = 0; row < Shape::height; row++) {
  ColumnLoop:
    for (unsigned column = 0; column < Shape::width; column++) {
#pragma HLS LOOP_FLATTEN
      const bool inside = row >= CONFIG_T::pad_top && row < CONFIG_T::pad_top + CONFIG_T::in_height &&
                          column >= CONFIG_T::pad_left && column < CONFIG_T::pad_left + CONFIG_T::in_width;
    ReadLoop:
      for (unsigned beat = 0; beat < Window::kBeats; beat++) {
#pragma HLS PIPELINE II = 1
        data_T values;
#pragma HLS DATA_PACK variable = values
        if (inside) {
          values = data.read();
        } else {
          for (unsigned lane = 0; lane < data_T::size; lane++) {
#pragma HLS UNROLL
            values[lane] = Value(0);
          }
        }
        lines.push(values, row, column, beat);
      }
      if (!counter.wants(row, column, column + 1 == Shape::width))
        continue;
      lines.read(row, column, window);
      detail::convPixel<Value, Result, CONFIG_T>(window, result, weights, biases);
    WriteLoop:
      for (unsigned beat = 0; beat < CONFIG_T::n_filt / res_T::size; beat++) {
#pragma HLS PIPELINE II = 1
        res_T values;
#pragma HLS DATA_PACK variable = values
        for (unsigned lane = 0; lane < res_T::size; lane++) {
#pragma HLS UNROLL
          values[lane] = result[beat * res_T::size + lane];
        }
        res.write(values);
      }
    }
  }
}

/// Whole maps in arrays, [in_height][in_width][n_chan] to [out_height][out_width][n_filt].
template <class data_T, class res_T, class CONFIG_T>
void conv2d(
    const data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
    res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
    const typename CONFIG_T::weight_t weights[CONFIG_T::n_filt * CONFIG_T::filt_height *
                                              CONFIG_T::filt_width * (CONFIG_T::n_chan / CONFIG_T::groups)],
    const typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
  typedef detail::ConvShape<CONFIG_T> Shape;
  const unsigned block_factor = ceilDiv(Shape::nIn * CONFIG_T::n_filt, CONFIG_T::reuse_factor);
  (void)block_factor; // read by the pragma alone
#pragma HLS ARRAY_RESHAPE variable = weights block factor = block_factor
#pragma HLS ARRAY_PARTITION variable = biases complete

PixelRowLoop:
  for (unsigned oy = 0; oy < CONFIG_T::out_height; oy++) {
  PixelLoop:
    for (unsigned ox = 0; ox < CONFIG_T::out_width; ox++) {
      data_T window[Shape::nIn * CONFIG_T::groups];
#pragma HLS ARRAY_PARTITION variable = window complete
      for (unsigned ky = 0; ky < CONFIG_T::filt_height; ky++) {
#pragma HLS UNROLL
        const int y =
            int(oy * CONFIG_T::stride_height + ky * CONFIG_T::dilation_height) - int(CONFIG_T::pad_top);
        for (unsigned kx = 0; kx < CONFIG_T::filt_width; kx++) {
#pragma HLS UNROLL
          const int x =
              int(ox * CONFIG_T::stride_width + kx * CONFIG_T::dilation_width) - int(CONFIG_T::pad_left);
          const bool inside = y >= 0 && y < int(CONFIG_T::in_height) && x >= 0 && x < int(CONFIG_T::in_width);
          const unsigned from =
              inside ? (unsigned(y) * CONFIG_T::in_width + unsigned(x)) * CONFIG_T::n_chan : 0;
          for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
            window[SlidingWindow<data_T, Shape>::place(ky, kx, c)] = inside ? data[from + c] : data_T(0);
          }
        }
      }
      detail::convPixel<data_T, res_T, CONFIG_T>(
          window, res + (oy * CONFIG_T::out_width + ox) * CONFIG_T::n_filt, weights, biases);
    }
  }
}

} // namespace braid
