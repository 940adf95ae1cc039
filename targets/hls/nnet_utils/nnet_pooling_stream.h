// Max pooling without padding, io_stream: one pixel per beat, results as soon as their last pixel has come.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_conv_stream.h"
#include "nnet_pooling.h"
#include "nnet_types.h"

namespace nnet {

namespace detail {

template <class value_T> value_T larger(const value_T &a, const value_T &b) {
#pragma HLS INLINE
  return a > b ? a : b;
}

/// Whether a window of `size` cells ends at `at`, windows beginning at 0, stride, 2 * stride, ...
inline bool endsWindow(unsigned at, unsigned size, unsigned stride) {
#pragma HLS INLINE
  return at + 1 >= size && (at + 1 - size) % stride == 0;
}

/// Windows of [high][wide] pixels over [height][width] pixels. The rows of a window are reduced first, by
/// line buffers of its last high - 1 rows, then its columns, in registers.
template <unsigned height, unsigned width, unsigned high, unsigned wide, unsigned strideY, unsigned strideX,
          class data_T, class res_T, class accum_T>
void maxOfStream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "pooling keeps the channels of a pixel in one beat");
  typedef typename data_T::value_type value_T;
  value_T rows[MAX(high - 1, 1)][width][data_T::size];
  value_T columns[MAX(wide - 1, 1)][data_T::size];
#pragma HLS ARRAY_PARTITION variable = rows complete dim = 1
#pragma HLS ARRAY_RESHAPE variable = rows complete dim = 3
#pragma HLS ARRAY_PARTITION variable = columns complete dim = 0
#ifndef __SYNTHESIS__
  // Hardware need not clear what no window shows; a simulation should not compare what was never written.
  for (unsigned c = 0; c < data_T::size; c++) {
    for (unsigned i = 0; i < MAX(high - 1, 1) * width; i++)
      rows[i / width][i % width][c] = 0;
    for (unsigned i = 0; i < MAX(wide - 1, 1); i++)
      columns[i][c] = 0;
  }
#endif

  for (unsigned y = 0; y < height; y++) {
    for (unsigned x = 0; x < width; x++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
      const data_T in = data.read();
      res_T out;
      PRAGMA_DATA_PACK(out)
      for (unsigned c = 0; c < data_T::size; c++) {
#pragma HLS UNROLL
        value_T column = in[c];
        for (unsigned h = 0; h + 1 < high; h++) {
          column = larger(column, rows[h][x][c]);
          rows[h][x][c] = h + 2 < high ? rows[h + 1][x][c] : in[c];
        }
        value_T best = column;
        for (unsigned w = 0; w + 1 < wide; w++) {
          best = larger(best, columns[w][c]);
          columns[w][c] = w + 2 < wide ? columns[w + 1][c] : column;
        }
        out[c] = static_cast<accum_T>(best);
      }
      if (endsWindow(y, high, strideY) && endsWindow(x, wide, strideX))
        res.write(out);
    }
  }
}

/// The largest value of each channel over `pixels` pixels.
template <unsigned pixels, class data_T, class res_T, class accum_T>
void maxOfAll(hls::stream<data_T> &data, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "pooling keeps the channels of a pixel in one beat");
  data_T best = data.read();
  for (unsigned i = 1; i < pixels; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    for (unsigned c = 0; c < data_T::size; c++) {
#pragma HLS UNROLL
      best[c] = larger(best[c], in[c]);
    }
  }
  res_T out;
  PRAGMA_DATA_PACK(out)
  for (unsigned c = 0; c < data_T::size; c++) {
#pragma HLS UNROLL
    out[c] = static_cast<accum_T>(best[c]);
  }
  res.write(out);
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void pooling1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::averagePool1d");
  static_assert(CONFIG_T::pad_left == 0 && CONFIG_T::pad_right == 0, "padded maxima are braid::maxPool1d");
  static_assert(data_T::size == CONFIG_T::n_filt, "pixels of several beats are pooled by braid::maxPool1d");
  detail::maxOfStream<1, CONFIG_T::n_in, 1, CONFIG_T::pool_width, 1, CONFIG_T::stride_width, data_T, res_T,
                      typename CONFIG_T::accum_t>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void pooling2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::averagePool2d");
  static_assert(CONFIG_T::pad_top == 0 && CONFIG_T::pad_bottom == 0 && CONFIG_T::pad_left == 0 &&
                    CONFIG_T::pad_right == 0,
                "padded maxima are braid::maxPool2d");
  static_assert(data_T::size == CONFIG_T::n_filt, "pixels of several beats are pooled by braid::maxPool2d");
  detail::maxOfStream<CONFIG_T::in_height, CONFIG_T::in_width, CONFIG_T::pool_height, CONFIG_T::pool_width,
                      CONFIG_T::stride_height, CONFIG_T::stride_width, data_T, res_T,
                      typename CONFIG_T::accum_t>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::globalAveragePool1d");
  static_assert(data_T::size == CONFIG_T::n_filt,
                "pixels of several beats are pooled by braid::globalMaxPool1d");
  detail::maxOfAll<CONFIG_T::n_in, data_T, res_T, typename CONFIG_T::accum_t>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::globalAveragePool2d");
  static_assert(data_T::size == CONFIG_T::n_filt,
                "pixels of several beats are pooled by braid::globalMaxPool2d");
  detail::maxOfAll<CONFIG_T::in_height * CONFIG_T::in_width, data_T, res_T, typename CONFIG_T::accum_t>(data,
                                                                                                        res);
}

} // namespace nnet
