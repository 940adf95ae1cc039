// Zero padding of maps in arrays, channels last (_cl) and channels first (_cf).
#pragma once

#include "nnet_common.h"

namespace nnet {

struct padding1d_config {
  static const unsigned n_chan = 10;
  static const unsigned in_width = 10;
  static const unsigned out_width = 10;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
};

struct padding2d_config {
  static const unsigned n_chan = 10;
  static const unsigned in_height = 10;
  static const unsigned in_width = 10;
  static const unsigned out_height = 10;
  static const unsigned out_width = 10;
  static const unsigned pad_top = 0;
  static const unsigned pad_bottom = 0;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
};

namespace detail {

/// `planes` maps of height x width points of `depth` values each.
template <unsigned planes, unsigned height, unsigned width, unsigned depth, unsigned top, unsigned bottom,
          unsigned left, unsigned right, class data_T, class res_T>
void zeropad(const data_T *data, res_T *res) {
#pragma HLS INLINE
  for (unsigned plane = 0; plane < planes; plane++)
    for (unsigned y = 0; y < top + height + bottom; y++)
      for (unsigned x = 0; x < left + width + right; x++) {
        const bool inside = y >= top && y - top < height && x >= left && x - left < width;
        const unsigned from = inside ? ((plane * height + y - top) * width + x - left) * depth : 0;
        const unsigned to = ((plane * (top + height + bottom) + y) * (left + width + right) + x) * depth;
        for (unsigned c = 0; c < depth; c++)
          res[to + c] = inside ? static_cast<res_T>(data[from + c]) : res_T(0);
      }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void zeropad1d_cf(data_T data[CONFIG_T::n_chan * CONFIG_T::in_width],
                  res_T res[CONFIG_T::n_chan * CONFIG_T::out_width]) {
#pragma HLS PIPELINE
  detail::zeropad<CONFIG_T::n_chan, 1, CONFIG_T::in_width, 1, 0, 0, CONFIG_T::pad_left, CONFIG_T::pad_right>(
      data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad1d_cl(data_T data[CONFIG_T::n_chan * CONFIG_T::in_width],
                  res_T res[CONFIG_T::n_chan * CONFIG_T::out_width]) {
#pragma HLS PIPELINE
  detail::zeropad<1, 1, CONFIG_T::in_width, CONFIG_T::n_chan, 0, 0, CONFIG_T::pad_left, CONFIG_T::pad_right>(
      data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad2d_cf(data_T data[CONFIG_T::n_chan * CONFIG_T::in_height * CONFIG_T::in_width],
                  res_T res[CONFIG_T::n_chan * CONFIG_T::out_height * CONFIG_T::out_width]) {
#pragma HLS PIPELINE
  detail::zeropad<CONFIG_T::n_chan, CONFIG_T::in_height, CONFIG_T::in_width, 1, CONFIG_T::pad_top,
                  CONFIG_T::pad_bottom, CONFIG_T::pad_left, CONFIG_T::pad_right>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad2d_cl(data_T data[CONFIG_T::n_chan * CONFIG_T::in_height * CONFIG_T::in_width],
                  res_T res[CONFIG_T::n_chan * CONFIG_T::out_height * CONFIG_T::out_width]) {
#pragma HLS PIPELINE
  detail::zeropad<1, CONFIG_T::in_height, CONFIG_T::in_width, CONFIG_T::n_chan, CONFIG_T::pad_top,
                  CONFIG_T::pad_bottom, CONFIG_T::pad_left, CONFIG_T::pad_right>(data, res);
}

} // namespace nnet
