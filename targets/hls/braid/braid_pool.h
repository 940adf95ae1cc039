// Pooling, io_parallel: maxima and means with any padding, stride and partial windows. Padding never wins a
// maximum; it counts in a mean with count_pad only. Takes hls4ml's pooling configs; accum_t, pool_op and
// implementation are not needed.
#pragma once

#include "braid_pool_window.h"

namespace braid {
namespace detail {

/// All windows of W over data [height][width][channels].
template <class W, class Pooling, class data_T, class res_T> void poolArray(const data_T *data, res_T *res) {
#pragma HLS INLINE
  static_assert(W::top < W::high && W::left < W::wide, "every window has a cell of the input");
  for (int oy = 0; oy < W::outHeight; oy++) {
    for (int ox = 0; ox < W::outWidth; ox++) {
      const int y0 = oy * W::strideY - W::top, x0 = ox * W::strideX - W::left;
      const unsigned count = cellsOfWindow<W>(y0, x0);
      for (unsigned c = 0; c < W::channels; c++) {
        typename Pooling::Partial partial = Pooling::of(Pooling::padding());
        for (int y = y0; y < y0 + W::high; y++) {
          for (int x = x0; x < x0 + W::wide; x++) {
            if (y >= 0 && y < W::height && x >= 0 && x < W::width)
              partial = Pooling::join(
                  partial, Pooling::of(data[static_cast<unsigned>(y * W::width + x) * W::channels + c]));
          }
        }
        res[static_cast<unsigned>(oy * W::outWidth + ox) * W::channels + c] = Pooling::result(partial, count);
      }
    }
  }
}

/// One window over all `pixels` pixels.
template <unsigned pixels, unsigned channels, class Pooling, class data_T, class res_T>
void poolAllOfArray(const data_T *data, res_T *res) {
#pragma HLS INLINE
  for (unsigned c = 0; c < channels; c++) {
    typename Pooling::Partial partial = Pooling::of(Pooling::padding());
    for (unsigned i = 0; i < pixels; i++)
      partial = Pooling::join(partial, Pooling::of(data[i * channels + c]));
    res[c] = Pooling::result(partial, pixels);
  }
}

} // namespace detail

template <class data_T, class res_T, class CONFIG_T>
void maxPool1d(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt],
               res_T res[CONFIG_T::n_out * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::poolArray<detail::Window1d<CONFIG_T>, detail::MaxPooling<data_T, res_T>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void maxPool2d(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
               res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::poolArray<detail::Window2d<CONFIG_T>, detail::MaxPooling<data_T, res_T>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void averagePool1d(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt],
                   res_T res[CONFIG_T::n_out * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  typedef detail::Window1d<CONFIG_T> Window;
  detail::poolArray<Window, detail::MeanOver<data_T, res_T, Window>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void averagePool2d(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                   res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  typedef detail::Window2d<CONFIG_T> Window;
  detail::poolArray<Window, detail::MeanOver<data_T, res_T, Window>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void sumPool2d(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
               res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  typedef detail::Window2d<CONFIG_T> Window;
  detail::poolArray<Window, detail::SumPooling<data_T, res_T, Window::high * Window::wide>>(data, res);
}

/// CONFIG_T: n_in (pixels), n_filt, reuse_factor.
template <class data_T, class res_T, class CONFIG_T>
void globalAveragePool1d(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt], res_T res[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  typedef detail::MeanPooling<data_T, res_T, CONFIG_T::n_in, CONFIG_T::n_in> Pooling;
  detail::poolAllOfArray<CONFIG_T::n_in, CONFIG_T::n_filt, Pooling>(data, res);
}

/// CONFIG_T: in_height, in_width, n_filt, reuse_factor.
template <class data_T, class res_T, class CONFIG_T>
void globalAveragePool2d(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                         res_T res[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  constexpr unsigned pixels = CONFIG_T::in_height * CONFIG_T::in_width;
  typedef detail::MeanPooling<data_T, res_T, pixels, pixels> Pooling;
  detail::poolAllOfArray<pixels, CONFIG_T::n_filt, Pooling>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void globalSumPool2d(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                     res_T res[CONFIG_T::n_filt]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  constexpr unsigned pixels = CONFIG_T::in_height * CONFIG_T::in_width;
  detail::poolAllOfArray<pixels, CONFIG_T::n_filt, detail::SumPooling<data_T, res_T, pixels>>(data, res);
}

} // namespace braid
