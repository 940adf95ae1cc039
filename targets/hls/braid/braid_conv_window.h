// The sliding window of a streamed convolution: takes one pixel (all channels) at a time in row order and
// holds the last rows of the map. A Shape gives it, as static constants,
//   width, channels             of the rows that are pushed (padding included)
//   filtHeight, filtWidth, dilationHeight, dilationWidth, groups
#pragma once

#include "braid_common.h"

namespace braid {

/// Rows or columns that a filter of `taps` with a dilation reaches over.
constexpr unsigned reach(unsigned taps, unsigned dilation) { return (taps - 1) * dilation + 1; }

template <class T, class Shape> class SlidingWindow {
public:
  static const unsigned kReachY = (Shape::filtHeight - 1) * Shape::dilationHeight + 1;
  static const unsigned kReachX = (Shape::filtWidth - 1) * Shape::dilationWidth + 1;
  static const unsigned kGroupChannels = Shape::channels / Shape::groups;
  /// Values of one window, in the order [groups][filtHeight][filtWidth][channels of a group].
  static const unsigned kSize = Shape::filtHeight * Shape::filtWidth * Shape::channels;

  static unsigned place(unsigned y, unsigned x, unsigned c) {
#pragma HLS INLINE
    return ((c / kGroupChannels * Shape::filtHeight + y) * Shape::filtWidth + x) * kGroupChannels +
           c % kGroupChannels;
  }

#ifdef __SYNTHESIS__
  SlidingWindow() {
#pragma HLS INLINE
// One memory per line and channel, as all channels move at once; the window itself in registers.
#pragma HLS ARRAY_PARTITION variable = lines_ complete dim = 1
#pragma HLS ARRAY_PARTITION variable = lines_ complete dim = 3
#pragma HLS ARRAY_PARTITION variable = columns_ complete dim = 0
  }

  template <class Beat> void push(const Beat &pixel, unsigned, unsigned column) {
#pragma HLS INLINE
    T above[kReachY][Shape::channels]; // above[r]: the pixel r rows up in this column
#pragma HLS ARRAY_PARTITION variable = above complete dim = 0
    for (unsigned c = 0; c < Shape::channels; c++) {
#pragma HLS UNROLL
      above[0][c] = pixel[c];
      for (unsigned r = 1; r < kReachY; r++) {
#pragma HLS UNROLL
        above[r][c] = lines_[r - 1][column][c];
        lines_[r - 1][column][c] = above[r - 1][c];
      }
      for (unsigned y = 0; y < Shape::filtHeight; y++) {
#pragma HLS UNROLL
        for (unsigned x = 1; x < kReachX; x++) {
#pragma HLS UNROLL
          columns_[y][x - 1][c] = columns_[y][x][c];
        }
        columns_[y][kReachX - 1][c] = above[(Shape::filtHeight - 1 - y) * Shape::dilationHeight][c];
      }
    }
  }

  /// The window whose last pixel is the one pushed last.
  void read(unsigned, unsigned, T window[kSize]) const {
#pragma HLS INLINE
    for (unsigned y = 0; y < Shape::filtHeight; y++) {
#pragma HLS UNROLL
      for (unsigned x = 0; x < Shape::filtWidth; x++) {
#pragma HLS UNROLL
        for (unsigned c = 0; c < Shape::channels; c++) {
#pragma HLS UNROLL
          window[place(y, x, c)] = columns_[y][x * Shape::dilationWidth][c];
        }
      }
    }
  }

private:
  T lines_[larger(kReachY - 1, 1)][Shape::width][Shape::channels];
  T columns_[Shape::filtHeight][kReachX][Shape::channels];
#else
  template <class Beat> void push(const Beat &pixel, unsigned row, unsigned column) {
    T *to = rows_[row % kReachY] + column * Shape::channels;
    for (unsigned c = 0; c < Shape::channels; c++)
      to[c] = pixel[c];
  }

  /// The window whose last pixel is (row, column), the one pushed last.
  void read(unsigned row, unsigned column, T window[kSize]) const {
    for (unsigned y = 0; y < Shape::filtHeight; y++) {
      const unsigned from = (row - (Shape::filtHeight - 1 - y) * Shape::dilationHeight) % kReachY;
      const T *pixel = rows_[from] + (column - (kReachX - 1)) * Shape::channels;
      for (unsigned x = 0; x < Shape::filtWidth; x++, pixel += Shape::dilationWidth * Shape::channels)
        for (unsigned g = 0; g < Shape::groups; g++)
          for (unsigned c = 0; c < kGroupChannels; c++)
            window[((g * Shape::filtHeight + y) * Shape::filtWidth + x) * kGroupChannels + c] =
                pixel[g * kGroupChannels + c];
    }
  }

private:
  // A ring of rows in place of lines that shift: nothing moves when a pixel comes.
  T rows_[kReachY][Shape::width * Shape::channels];
#endif
};

/// Says at which pixels, pushed in row order, a window is complete and wanted: every strideX-th column and
/// strideY-th row from the first complete one on.
template <unsigned reachY, unsigned reachX, unsigned strideY, unsigned strideX> class StrideCounter {
public:
  StrideCounter() : nextRow_(reachY - 1), nextColumn_(reachX - 1) {
#pragma HLS INLINE
  }

  /// True if the window that ends here is wanted. To be asked once per pixel.
  bool wants(unsigned row, unsigned column, bool lastOfRow) {
#pragma HLS INLINE
    const bool rowWanted = row == nextRow_, wanted = rowWanted && column == nextColumn_;
    if (lastOfRow) {
      nextColumn_ = reachX - 1;
      if (rowWanted)
        nextRow_ += strideY;
    } else if (column == nextColumn_) {
      nextColumn_ += strideX;
    }
    return wanted;
  }

private:
  unsigned nextRow_, nextColumn_;
};

} // namespace braid
