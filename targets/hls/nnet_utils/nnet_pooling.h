// Max pooling, io_parallel. Averages and padded windows of unsigned values are in braid/braid_pool.h.
#pragma once

#include "ap_fixed.h"
#include "nnet_common.h"
#include "nnet_helpers.h"

namespace nnet {

/// The operation of a pooling's config. Only Max is carried out here: see braid/braid_pool_mean.h for
/// averages.
enum Pool_Op { Max, Average };

struct pooling1d_config {
  // IO size
  static const unsigned n_in = 10;
  static const unsigned pool_width = 2;
  static const unsigned stride_width = 2;
  static const unsigned n_out = (n_in - pool_width) / stride_width + 1;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const bool count_pad = false;
  static const Pool_Op pool_op = Max;
};

struct pooling2d_config {
  // IO size
  static const unsigned in_height = 10;
  static const unsigned in_width = 10;
  static const unsigned n_filt = 4;
  static const unsigned stride_height = 2;
  static const unsigned stride_width = 2;
  static const unsigned pool_height = 2;
  static const unsigned pool_width = 2;
  static const unsigned out_height = (in_height - pool_height) / stride_height + 1;
  static const unsigned out_width = (in_width - pool_width) / stride_width + 1;
  // Padding
  static const unsigned pad_top = 0;
  static const unsigned pad_bottom = 0;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const bool count_pad = false;
  static const Pool_Op pool_op = Max;
  // Reuse factor
  static const unsigned reuse_factor = 1;

  // Internal data type definitions
  typedef float accum_t;
};

namespace detail {

/// The largest value of each channel over the rows [y0, y0 + high) and columns [x0, x0 + wide) of a map
/// [height][width][channels]; cells outside the map do not count, and at least one is inside.
template <class data_T, class accum_T, class res_T>
void maxOfWindow(const data_T *map, res_T *res, unsigned height, unsigned width, unsigned channels, int y0,
                 int x0, unsigned high, unsigned wide) {
#pragma HLS INLINE
  for (unsigned c = 0; c < channels; c++) {
    data_T best = 0;
    bool found = false;
    for (unsigned h = 0; h < high; h++) {
      for (unsigned w = 0; w < wide; w++) {
        const int y = y0 + static_cast<int>(h), x = x0 + static_cast<int>(w);
        if (y < 0 || y >= static_cast<int>(height) || x < 0 || x >= static_cast<int>(width))
          continue;
        const data_T value =
            map[(static_cast<unsigned>(y) * width + static_cast<unsigned>(x)) * channels + c];
        if (!found || value > best)
          best = value;
        found = true;
      }
    }
    res[c] = static_cast<accum_T>(best);
  }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void pooling1d_cl(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt],
                  res_T res[CONFIG_T::n_out * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::averagePool1d");
  for (unsigned i = 0; i < CONFIG_T::n_out; i++)
    detail::maxOfWindow<data_T, typename CONFIG_T::accum_t>(
        data, res + i * CONFIG_T::n_filt, 1, CONFIG_T::n_in, CONFIG_T::n_filt, 0,
        static_cast<int>(i * CONFIG_T::stride_width) - static_cast<int>(CONFIG_T::pad_left), 1,
        CONFIG_T::pool_width);
}

template <class data_T, class res_T, typename CONFIG_T>
void pooling2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                  res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::averagePool2d");
  for (unsigned y = 0; y < CONFIG_T::out_height; y++)
    for (unsigned x = 0; x < CONFIG_T::out_width; x++)
      detail::maxOfWindow<data_T, typename CONFIG_T::accum_t>(
          data, res + (y * CONFIG_T::out_width + x) * CONFIG_T::n_filt, CONFIG_T::in_height,
          CONFIG_T::in_width, CONFIG_T::n_filt,
          static_cast<int>(y * CONFIG_T::stride_height) - static_cast<int>(CONFIG_T::pad_top),
          static_cast<int>(x * CONFIG_T::stride_width) - static_cast<int>(CONFIG_T::pad_left),
          CONFIG_T::pool_height, CONFIG_T::pool_width);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling1d_cl(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt], res_T res[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::globalAveragePool1d");
  detail::maxOfWindow<data_T, typename CONFIG_T::accum_t>(data, res, 1, CONFIG_T::n_in, CONFIG_T::n_filt, 0,
                                                          0, 1, CONFIG_T::n_in);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                         res_T res[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  static_assert(CONFIG_T::pool_op == Max, "averages are braid::globalAveragePool2d");
  detail::maxOfWindow<data_T, typename CONFIG_T::accum_t>(data, res, CONFIG_T::in_height, CONFIG_T::in_width,
                                                          CONFIG_T::n_filt, 0, 0, CONFIG_T::in_height,
                                                          CONFIG_T::in_width);
}

} // namespace nnet
