// Sliding windows and downsampling: what every ConvolutionInputGenerator is, over a line buffer of the rows
// that a row of windows shows and of those that come in meanwhile.
#pragma once

#include "braid_axis.hpp"
#include "utils.hpp"

#include <hls_stream.h>

// Where a line buffer is kept.
template <typename T> void memory_resource(T inputBuf, const ap_resource_dflt &) {
#pragma HLS INLINE
#pragma HLS BIND_STORAGE variable = inputBuf type = RAM_2P
  (void)inputBuf;
}
template <typename T> void memory_resource(T inputBuf, const ap_resource_bram &) {
#pragma HLS INLINE
#pragma HLS BIND_STORAGE variable = inputBuf type = RAM_S2P impl = BRAM
  (void)inputBuf;
}
template <typename T> void memory_resource(T inputBuf, const ap_resource_uram &) {
#pragma HLS INLINE
#pragma HLS BIND_STORAGE variable = inputBuf type = RAM_S2P impl = URAM
  (void)inputBuf;
}
template <typename T> void memory_resource(T inputBuf, const ap_resource_lutram &) {
#pragma HLS INLINE
#pragma HLS BIND_STORAGE variable = inputBuf type = RAM_S2P impl = LUTRAM
  (void)inputBuf;
}

namespace braid {
namespace finn {

/// Words of a frame: rows of X::in pixels of `folds` words. All positions of one fold of the channels follow
/// one another (depthwise), or all folds of one position. Y, X: WindowAxis.
template <class Y, class X, unsigned folds, bool depthwise> struct Windows {
  static const unsigned rowWords = X::in * folds;
  static const unsigned rows = Y::span + Y::stride; ///< shown, and coming in
  static const unsigned bufferWords = rows * rowWords;
  static const unsigned fillWords = Y::span * rowWords;                      ///< before the first window
  static const unsigned shownWords = X::out * Y::kernel * X::kernel * folds; ///< by a row of windows
  static const unsigned readWords = Y::stride * rowWords;                    ///< beside a row of windows
  static const unsigned rowCycles = shownWords > readWords ? shownWords : readWords;
  static const unsigned cycles = fillWords + Y::out * rowCycles; ///< of a frame

  // The loops of a window, the innermost first: how often, and by how many words it moves on in the buffer.
  static const unsigned lanes0 = depthwise ? X::kernel : folds;
  static const unsigned lanes1 = depthwise ? Y::kernel : X::kernel;
  static const unsigned lanes2 = depthwise ? folds : Y::kernel;
  static const unsigned step0 = depthwise ? X::dilation * folds : 1;
  static const unsigned step1 = depthwise ? Y::dilation * rowWords : X::dilation * folds;
  static const unsigned step2 = depthwise ? 1 : Y::dilation * rowWords;

  /// All words of `numReps` frames are read, also those of rows and columns that no window shows.
  template <class Word, class R>
  static void run(hls::stream<Word> &in, hls::stream<Word> &out, unsigned numReps, const R &r) {
#pragma HLS INLINE
    Word lines[bufferWords];
    memory_resource(lines, r);
    for (unsigned rep = 0; rep < numReps; rep++) {
      unsigned writeAt = 0, rowWord = 0, rowsIn = 0; // the next word in: its place, and that in its row
      unsigned top = 0;                              // of the windows' row: place in the buffer
      unsigned left = 0, x = 0;                      // of the window: its first word in the row, its number
      unsigned i0 = 0, i1 = 0, i2 = 0, at0 = 0, at1 = 0, at2 = 0;
      unsigned cycle = 0; // of a row of windows
      for (unsigned i = 0; i < cycles; i++) {
#pragma HLS PIPELINE II = 1 style = flp
#pragma HLS DEPENDENCE variable = lines intra false
        const bool filling = i < fillWords;
        const bool reads = filling || (cycle < readWords && rowsIn < Y::in);
        if (!filling && cycle < shownWords) {
          const unsigned place = top + left + at0 + at1 + at2; // below two rounds of the buffer
          out.write(lines[place >= bufferWords ? place - bufferWords : place]);
          const bool end0 = i0 == lanes0 - 1, end1 = end0 && i1 == lanes1 - 1,
                     end2 = end1 && i2 == lanes2 - 1;
          i0 = end0 ? 0 : i0 + 1;
          at0 = end0 ? 0 : at0 + step0;
          if (end0) {
            i1 = end1 ? 0 : i1 + 1;
            at1 = end1 ? 0 : at1 + step1;
          }
          if (end1) {
            i2 = end2 ? 0 : i2 + 1;
            at2 = end2 ? 0 : at2 + step2;
          }
          if (end2) {
            const bool endX = x == X::out - 1;
            x = endX ? 0 : x + 1;
            left = endX ? 0 : left + X::stride * folds;
            if (endX) {
              const unsigned next = top + Y::stride * rowWords;
              top = next >= bufferWords ? next - bufferWords : next;
            }
          }
        }
        if (reads) {
          lines[writeAt] = in.read();
          writeAt = writeAt + 1 == bufferWords ? 0 : writeAt + 1;
          rowsIn += rowWord == rowWords - 1;
          rowWord = rowWord == rowWords - 1 ? 0 : rowWord + 1;
        }
        if (!filling)
          cycle = cycle == rowCycles - 1 ? 0 : cycle + 1;
      }
    }
  }
};

/// Of height x width pixels of `folds` words those at multiples of strideY and strideX.
template <unsigned strideY, unsigned strideX, unsigned height, unsigned width, unsigned folds, class Word>
void keepEvery(hls::stream<Word> &in, hls::stream<Word> &out, unsigned numReps) {
#pragma HLS INLINE
  for (unsigned rep = 0; rep < numReps; rep++) {
    unsigned x = 0, fold = 0, skipY = 0, skipX = 0; // rows and pixels until one is kept
    for (unsigned i = 0; i < height * width * folds; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      const Word word = in.read();
      if (skipY == 0 && skipX == 0)
        out.write(word);
      const bool endPixel = fold == folds - 1, endRow = endPixel && x == width - 1;
      fold = endPixel ? 0 : fold + 1;
      if (endPixel) {
        x = endRow ? 0 : x + 1;
        skipX = endRow || skipX == strideX - 1 ? 0 : skipX + 1;
      }
      if (endRow)
        skipY = skipY == strideY - 1 ? 0 : skipY + 1;
    }
  }
}

} // namespace finn
} // namespace braid
