// The sliding window of a streamed convolution: takes one pixel at a time in row order, in one beat or
// several, and holds the last rows of the map. A Shape gives it, as static constants,
//   width, channels             of the rows that are pushed (padding included)
//   filtHeight, filtWidth, dilationHeight, dilationWidth, groups
#pragma once

#include "braid_common.h"

namespace braid {

/// Rows or columns that a filter of `taps` with a dilation reaches over.
constexpr unsigned reach(unsigned taps, unsigned dilation) { return (taps - 1) * dilation + 1; }

/// `lanes`: values in a beat, a divisor of the channels.
template <class T, class Shape, unsigned lanes = Shape::channels> class SlidingWindow {
public:
  static const unsigned kReachY = (Shape::filtHeight - 1) * Shape::dilationHeight + 1;
  static const unsigned kReachX = (Shape::filtWidth - 1) * Shape::dilationWidth + 1;
  static const unsigned kGroupChannels = Shape::channels / Shape::groups;
  /// Beats of one pixel.
  static const unsigned kBeats = Shape::channels / lanes;
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
// One memory per line and lane, as all lanes move at once; the window itself in registers.
#pragma HLS ARRAY_PARTITION variable = lines_ complete dim = 1
#pragma HLS ARRAY_PARTITION variable = lines_ complete dim = 3
#pragma HLS ARRAY_PARTITION variable = columns_ complete dim = 0
  }

  /// The beats of a pixel come one after the other, from 0.
  template <class Beat> void push(const Beat &values, unsigned, unsigned column, unsigned beat = 0) {
#pragma HLS INLINE
    T above[kReachY][lanes]; // above[r]: what came in this place r rows up
#pragma HLS ARRAY_PARTITION variable = above complete dim = 0
    for (unsigned lane = 0; lane < lanes; lane++) {
#pragma HLS UNROLL
      above[0][lane] = values[lane];
      for (unsigned r = 1; r < kReachY; r++) {
#pragma HLS UNROLL
        above[r][lane] = lines_[r - 1][column * kBeats + beat][lane];
        lines_[r - 1][column * kBeats + beat][lane] = above[r - 1][lane];
      }
    }
    for (unsigned b = 0; b < kBeats; b++) {
#pragma HLS UNROLL
      if (b != beat) // every register of the window has its own lane: an enable, no multiplexer
        continue;
      for (unsigned lane = 0; lane < lanes; lane++) {
#pragma HLS UNROLL
        const unsigned c = b * lanes + lane;
        for (unsigned y = 0; y < Shape::filtHeight; y++) {
#pragma HLS UNROLL
          for (unsigned x = 1; x < kReachX; x++) {
#pragma HLS UNROLL
            columns_[y][x - 1][c] = columns_[y][x][c];
          }
          columns_[y][kReachX - 1][c] = above[(Shape::filtHeight - 1 - y) * Shape::dilationHeight][lane];
        }
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
  T lines_[larger(kReachY - 1, 1)][Shape::width * kBeats][lanes];
  T columns_[Shape::filtHeight][kReachX][Shape::channels];
#else
  template <class Beat> void push(const Beat &values, unsigned row, unsigned column, unsigned beat = 0) {
    T *to = rows_[row % kReachY] + (column * kBeats + beat) * lanes;
    for (unsigned lane = 0; lane < lanes; lane++)
      to[lane] = values[lane];
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
