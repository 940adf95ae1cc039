// Pooling, io_stream: as braid_pool.h, for pixels of one beat or several; the beat size divides the channels.
#pragma once

#include "braid_pool_window.h"
#include "hls_stream.h"

namespace braid {
namespace detail {

/// All windows of W, each given out when its last pixel has come. The cells of the input and those of the
/// padding are visited row by row. A window's columns are reduced first, over line buffers of the last high -
/// 1 rows; then its rows, over registers of the last wide - 1 columns.
template <class W, class Pooling, class data_T, class res_T>
void poolStream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "pooling keeps the number of elements per beat");
  static_assert(W::channels % data_T::size == 0, "a pixel is a whole number of beats");
  static_assert(W::top < W::high && W::left < W::wide, "every window has a cell of the input");
  typedef typename data_T::value_type value_T;
  typedef typename Pooling::Partial Partial;
  constexpr unsigned size = data_T::size;
  constexpr unsigned beats = W::channels / size;
  constexpr int lineCount = W::high - 1, columnCount = W::wide - 1;
  constexpr int yEnd = maxOf(W::height, (W::outHeight - 1) * W::strideY - W::top + W::high);
  constexpr int xEnd = maxOf(W::width, (W::outWidth - 1) * W::strideX - W::left + W::wide);

  value_T lines[maxOf(lineCount, 1)][W::width * beats][size];
  Partial columns[maxOf(columnCount, 1)][beats][size];
#pragma HLS ARRAY_PARTITION variable = lines complete dim = 1
#pragma HLS ARRAY_RESHAPE variable = lines complete dim = 3
#pragma HLS ARRAY_PARTITION variable = columns complete dim = 1
#pragma HLS ARRAY_PARTITION variable = columns complete dim = 3
#ifndef __SYNTHESIS__
  // Hardware need not clear what no window shows; a simulation should not compare what was never written.
  for (unsigned j = 0; j < size; j++) {
    for (int i = 0; i < maxOf(lineCount, 1); i++)
      for (unsigned b = 0; b < W::width * beats; b++)
        lines[i][b][j] = 0;
    for (int i = 0; i < maxOf(columnCount, 1); i++)
      for (unsigned b = 0; b < beats; b++)
        columns[i][b][j] = 0;
  }
#endif

  int rowsToGo = W::high - 1; // rows after this one until windows end; their number so far is outY
  int outY = 0;
  for (int y = -W::top; y < yEnd; y++) {
    int columnsToGo = W::wide - 1, outX = 0;
    for (int x = -W::left; x < xEnd; x++) {
      for (unsigned b = 0; b < beats; b++) {
#pragma HLS PIPELINE
        const bool inRow = x >= 0 && x < W::width;
        const bool inside = inRow && y >= 0 && y < W::height;
        const bool ends = rowsToGo == 0 && outY < W::outHeight && columnsToGo == 0 && outX < W::outWidth;
        const unsigned at = inRow ? static_cast<unsigned>(x) * beats + b : 0;
        const unsigned count = cellsOfWindow<W>(y - W::high + 1, x - W::wide + 1);
        data_T in;
        if (inside)
          in = data.read();
        res_T out;
#pragma HLS DATA_PACK variable = out
        for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
          const value_T value = inside ? in[j] : Pooling::padding();
          Partial column = Pooling::of(value);
          for (int i = 0; i < lineCount; i++) {
#pragma HLS UNROLL
            const value_T above = inRow ? lines[i][at][j] : Pooling::padding();
            column = Pooling::join(column, Pooling::of(above));
            if (inRow)
              lines[i][at][j] = i + 1 < lineCount ? lines[i + 1][at][j] : value;
          }
          Partial window = column;
          for (int i = 0; i < columnCount; i++) {
#pragma HLS UNROLL
            window = Pooling::join(window, columns[i][b][j]);
            columns[i][b][j] = i + 1 < columnCount ? columns[i + 1][b][j] : column;
          }
          if (ends)
            out[j] = Pooling::result(window, count);
        }
        if (ends)
          res.write(out);
      }
      outX += columnsToGo == 0;
      columnsToGo = columnsToGo == 0 ? W::strideX - 1 : columnsToGo - 1;
    }
    outY += rowsToGo == 0;
    rowsToGo = rowsToGo == 0 ? W::strideY - 1 : rowsToGo - 1;
  }
}

/// One window over all `pixels` pixels.
template <unsigned pixels, unsigned channels, class Pooling, class data_T, class res_T>
void poolAllOfStream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "pooling keeps the number of elements per beat");
  static_assert(channels % data_T::size == 0, "a pixel is a whole number of beats");
  constexpr unsigned size = data_T::size;
  constexpr unsigned beats = channels / size;
  typename Pooling::Partial partial[beats][size];
#pragma HLS ARRAY_PARTITION variable = partial complete dim = 2
  for (unsigned i = 0; i < pixels; i++) {
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
      const data_T in = data.read();
      for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
        partial[b][j] = i == 0 ? Pooling::of(in[j]) : Pooling::join(partial[b][j], Pooling::of(in[j]));
      }
    }
  }
  for (unsigned b = 0; b < beats; b++) {
#pragma HLS PIPELINE
    res_T out;
#pragma HLS DATA_PACK variable = out
    for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
      out[j] = Pooling::result(partial[b][j], pixels);
    }
    res.write(out);
  }
}

template <class data_T, class res_T>
using MaxPoolingOfBeats = MaxPooling<typename data_T::value_type, typename res_T::value_type>;
template <class data_T, class res_T, class W>
using MeanOverOfBeats = MeanOver<typename data_T::value_type, typename res_T::value_type, W>;
template <class data_T, class res_T, unsigned count>
using SumPoolingOfBeats = SumPooling<typename data_T::value_type, typename res_T::value_type, count>;
template <class data_T, class res_T, unsigned count>
using MeanPoolingOfBeats = MeanPooling<typename data_T::value_type, typename res_T::value_type, count, count>;

} // namespace detail

template <class data_T, class res_T, class CONFIG_T>
void maxPool1d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  detail::poolStream<detail::Window1d<CONFIG_T>, detail::MaxPoolingOfBeats<data_T, res_T>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void maxPool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  detail::poolStream<detail::Window2d<CONFIG_T>, detail::MaxPoolingOfBeats<data_T, res_T>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void averagePool1d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::Window1d<CONFIG_T> Window;
  detail::poolStream<Window, detail::MeanOverOfBeats<data_T, res_T, Window>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void averagePool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::Window2d<CONFIG_T> Window;
  detail::poolStream<Window, detail::MeanOverOfBeats<data_T, res_T, Window>>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void sumPool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::Window2d<CONFIG_T> Window;
  detail::poolStream<Window, detail::SumPoolingOfBeats<data_T, res_T, Window::high * Window::wide>>(data,
                                                                                                    res);
}

// Over all pixels. CONFIG_T: n_in or in_height and in_width; n_filt.

template <class data_T, class res_T, class CONFIG_T>
void globalMaxPool1d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::MaxPoolingOfBeats<data_T, res_T> Pooling;
  detail::poolAllOfStream<CONFIG_T::n_in, CONFIG_T::n_filt, Pooling>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void globalMaxPool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::MaxPoolingOfBeats<data_T, res_T> Pooling;
  detail::poolAllOfStream<CONFIG_T::in_height * CONFIG_T::in_width, CONFIG_T::n_filt, Pooling>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void globalAveragePool1d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typedef detail::MeanPoolingOfBeats<data_T, res_T, CONFIG_T::n_in> Pooling;
  detail::poolAllOfStream<CONFIG_T::n_in, CONFIG_T::n_filt, Pooling>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void globalAveragePool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  constexpr unsigned pixels = CONFIG_T::in_height * CONFIG_T::in_width;
  typedef detail::MeanPoolingOfBeats<data_T, res_T, pixels> Pooling;
  detail::poolAllOfStream<pixels, CONFIG_T::n_filt, Pooling>(data, res);
}

template <class data_T, class res_T, class CONFIG_T>
void globalSumPool2d(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  constexpr unsigned pixels = CONFIG_T::in_height * CONFIG_T::in_width;
  detail::poolAllOfStream<pixels, CONFIG_T::n_filt, detail::SumPoolingOfBeats<data_T, res_T, pixels>>(data,
                                                                                                      res);
}

} // namespace braid
