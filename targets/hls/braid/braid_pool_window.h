// Where the windows of a pooling lie, and what they compute. Configs have the members of hls4ml's pooling
// configs.
#pragma once

#include "braid_fixed.h"
#include "braid_pool_mean.h"

namespace braid {
namespace detail {

/// A pooling over [height][width][channels]; the windows of a one-dimensional one are one row high.
/// Windows may reach beyond the bottom and right padding (ceil mode).
template <class CONFIG_T> struct Window2d {
  static const int height = CONFIG_T::in_height, width = CONFIG_T::in_width;
  static const int outHeight = CONFIG_T::out_height, outWidth = CONFIG_T::out_width;
  static const int high = CONFIG_T::pool_height, wide = CONFIG_T::pool_width;
  static const int strideY = CONFIG_T::stride_height, strideX = CONFIG_T::stride_width;
  static const int top = CONFIG_T::pad_top, bottom = CONFIG_T::pad_bottom;
  static const int left = CONFIG_T::pad_left, right = CONFIG_T::pad_right;
  static const unsigned channels = CONFIG_T::n_filt;
  static const bool countPad = CONFIG_T::count_pad;
};

template <class CONFIG_T> struct Window1d {
  static const int height = 1, width = CONFIG_T::n_in;
  static const int outHeight = 1, outWidth = CONFIG_T::n_out;
  static const int high = 1, wide = CONFIG_T::pool_width;
  static const int strideY = 1, strideX = CONFIG_T::stride_width;
  static const int top = 0, bottom = 0;
  static const int left = CONFIG_T::pad_left, right = CONFIG_T::pad_right;
  static const unsigned channels = CONFIG_T::n_filt;
  static const bool countPad = CONFIG_T::count_pad;
};

/// How many cells a window of `size` cells from `start` on counts along one axis of `cells` cells: those of
/// the input, and with countPad those of the padding as well.
constexpr int countedCells(int start, int size, int cells, int padBefore, int padAfter, bool countPad) {
  return maxOf(0, minOf(start + size, cells + (countPad ? padAfter : 0)) -
                      maxOf(start, countPad ? -padBefore : 0));
}

/// Whether all windows along an axis count as many cells.
constexpr bool allWhole(int outputs, int size, int stride, int cells, int padBefore, int padAfter,
                        bool countPad) {
  return (padBefore == 0 || countPad) &&
         (outputs - 1) * stride - padBefore + size <= cells + (countPad ? padAfter : 0);
}

/// What a window computes: values are taken in by `of`, joined by `join`, and given out by `result`.
template <class data_T, class res_T> struct MaxPooling {
  typedef data_T Partial;
  static data_T padding() { return lowest<data_T>(); }
  static Partial of(const data_T &value) { return value; }
  static Partial join(const Partial &a, const Partial &b) {
#pragma HLS INLINE
    return a > b ? a : b;
  }
  static res_T result(const Partial &best, unsigned) { return static_cast<res_T>(best); }
};

template <class data_T, class res_T, unsigned minCount, unsigned maxCount> struct MeanPooling {
  typedef detail::Mean<data_T, res_T, minCount, maxCount> Mean;
  typedef typename Mean::Sum Partial;
  static data_T padding() { return 0; }
  static Partial of(const data_T &value) { return mantissa(value); }
  static Partial join(const Partial &a, const Partial &b) {
#pragma HLS INLINE
    return a + b;
  }
  static res_T result(const Partial &sum, unsigned count) {
#pragma HLS INLINE
    return Mean::of(sum, count);
  }
};

/// The exact sum of at most maxCount values.
template <class data_T, class res_T, unsigned maxCount> struct SumPooling {
  static const int sumBits = mantissaBits<data_T>() + growth(maxCount);
  typedef Integer<sumBits> Partial;
  static data_T padding() { return 0; }
  static Partial of(const data_T &value) { return mantissa(value); }
  static Partial join(const Partial &a, const Partial &b) {
#pragma HLS INLINE
    return a + b;
  }
  static res_T result(const Partial &sum, unsigned) {
#pragma HLS INLINE
    return exact<sumBits, Fixed<data_T>::fraction>(sum);
  }
};

/// Whether all windows count as many cells.
template <class W> constexpr bool allAlike() {
  return allWhole(W::outHeight, W::high, W::strideY, W::height, W::top, W::bottom, W::countPad) &&
         allWhole(W::outWidth, W::wide, W::strideX, W::width, W::left, W::right, W::countPad);
}

/// The mean over the windows of W: a division by one constant where all are alike.
template <class data_T, class res_T, class W>
using MeanOver = MeanPooling<data_T, res_T, allAlike<W>() ? W::high * W::wide : 1, W::high * W::wide>;

/// The count of the window that begins at (y, x); 1 where it lies in the padding and its sum is 0.
template <class W> unsigned cellsOfWindow(int y, int x) {
#pragma HLS INLINE
  return static_cast<unsigned>(
      maxOf(1, countedCells(y, W::high, W::height, W::top, W::bottom, W::countPad) *
                   countedCells(x, W::wide, W::width, W::left, W::right, W::countPad)));
}

} // namespace detail
} // namespace braid
