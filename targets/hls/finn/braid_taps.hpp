// Sliding windows of which several taps leave at a time: for units that multiply more than a pixel, or,
// depthwise, more than one tap of a channel (FINN's parallel_window).
#pragma once

#include "braid_axis.hpp"

#include <ap_int.h>
#include <hls_stream.h>

namespace braid {
namespace finn {

/// Cycles that `words` of which none ends a window take beside the beats of the window before them, of which
/// the first leaves with its last word.
constexpr unsigned beside(unsigned beats, unsigned words) { return words < beats ? 0 : words - (beats - 1); }

/// Rows of X::in pixels of `Folds` words each. Every word that comes moves a window of registers on by one
/// place; the rows above come out of a chain of line buffers. Where a window is whole, its taps leave in
/// all / Taps words, (ky, kx) after (ky, kx - 1), tap t of a word in its lanes from t * Bits on; of several
/// folds each has a window of its own (depthwise). Y, X: WindowAxis; Bits: of a word that comes.
template <class Y, class X, unsigned Folds, unsigned Bits, unsigned Taps> struct TapWindows {
  static const unsigned all = Y::kernel * X::kernel, beats = all / Taps;
  static_assert(all % Taps == 0, "a window is a whole number of words");
  static const unsigned rowWords = X::in * Folds, lines = Y::span - 1;
  static_assert(lines == 0 || rowWords > 1, "rows of one word are one row");
  static const unsigned step = X::dilation * Folds;         ///< words from a tap to the next in its row
  static const unsigned reach = (X::kernel - 1) * step + 1; ///< of a row of taps

  // Words before the first window, between two of a row, between two rows of them, and behind the last one.
  static const unsigned before = lines * rowWords + (X::span - 1) * Folds;
  static const unsigned skipped = (X::stride - 1) * Folds;
  static const unsigned between = Y::stride * rowWords - ((X::out - 1) * X::stride + 1) * Folds;
  static const unsigned behind = Y::rest * rowWords + X::rest * Folds;
  static const unsigned cycles =
      before + Y::out * (X::out * Folds * beats + (X::out - 1) * beside(beats, skipped)) +
      (Y::out - 1) * beside(beats, between) + beside(beats, behind); ///< of a frame

  typedef ap_uint<Bits> Word;
  typedef ap_uint<Taps * Bits> Beat;

  /// The first `Taps` of those that wait; the others move up.
  static Beat leaving(Word (&waiting)[all]) {
#pragma HLS INLINE
    Beat beat;
    for (unsigned tap = 0; tap < all; tap++) {
#pragma HLS UNROLL
      if (tap < Taps)
        beat((tap + 1) * Bits - 1, tap * Bits) = waiting[tap];
      if (tap + Taps < all)
        waiting[tap] = waiting[tap + Taps];
    }
    return beat;
  }

  /// A frame; all its words are read, also those of rows and columns that no window shows.
  static void run(hls::stream<Word> &in, hls::stream<Beat> &out) {
#pragma HLS INLINE
    Word rows[lines + 1][rowWords]; // row r: of lines - r rows above the word that comes
    Word above[lines + 1]; // what they hold at its place, read a word ahead: no write waits for a read
    Word window[Y::kernel][reach];
    Word waiting[all];
#pragma HLS ARRAY_PARTITION variable = rows complete dim = 1
#pragma HLS ARRAY_PARTITION variable = above complete dim = 0
#pragma HLS ARRAY_PARTITION variable = window complete dim = 0
#pragma HLS ARRAY_PARTITION variable = waiting complete dim = 0
    unsigned place = 0, fold = 0;                        // of the word that comes: in its row, in its pixel
    unsigned untilY = Y::span - 1, untilX = X::span - 1; // rows and pixels to the next that ends windows
    unsigned unread = Y::in * rowWords, unwritten = 0;   // words of the frame, beats of the window
    for (unsigned i = 0; i < cycles; i++) {
#pragma HLS PIPELINE II = 1 style = flp
#pragma HLS DEPENDENCE variable = rows intra false
      const bool ends = untilY == 0 && untilX == 0;
      const bool reads = unread != 0 && (!ends || unwritten == 0);
      if (reads) {
        above[lines] = in.read();
        const bool endPixel = fold == Folds - 1, endRow = place == rowWords - 1;
        const unsigned next = endRow ? 0 : place + 1;
        for (unsigned ky = 0; ky < Y::kernel; ky++) {
#pragma HLS UNROLL
          for (unsigned i0 = 0; i0 + 1 < reach; i0++) {
#pragma HLS UNROLL
            window[ky][i0] = window[ky][i0 + 1];
          }
          window[ky][reach - 1] = above[ky * Y::dilation];
        }
        for (unsigned line = 0; line < lines; line++) {
#pragma HLS UNROLL
          const Word ahead = rows[line][next];
          rows[line][place] = above[line + 1];
          above[line] = ahead;
        }
        place = next;
        fold = endPixel ? 0 : fold + 1;
        if (endPixel)
          untilX = endRow ? X::span - 1 : untilX == 0 ? X::stride - 1 : untilX - 1;
        if (endRow)
          untilY = untilY == 0 ? Y::stride - 1 : untilY - 1;
        unread--;
        if (ends) {
          for (unsigned tap = 0; tap < all; tap++) {
#pragma HLS UNROLL
            waiting[tap] = window[tap / X::kernel][tap % X::kernel * step];
          }
          unwritten = beats;
        }
      }
      if (unwritten != 0) {
        out.write(leaving(waiting));
        unwritten--;
      }
    }
  }
};

/// Of an image of InY x InX pixels the windows; `Lanes` channels of `Bits` come at a time, and `Taps` times
/// as many leave.
template <unsigned Bits, unsigned Channels, unsigned Lanes, unsigned Taps, unsigned KernelY, unsigned KernelX,
          unsigned InY, unsigned InX, unsigned OutY, unsigned OutX, unsigned StrideY, unsigned StrideX,
          unsigned DilationY, unsigned DilationX>
void windowTaps(hls::stream<ap_uint<Lanes * Bits>> &in, hls::stream<ap_uint<Taps * Lanes * Bits>> &out) {
#pragma HLS INLINE
  static_assert(Channels % Lanes == 0, "SIMD divides the channels");
  typedef WindowAxis<KernelY, InY, OutY, StrideY, DilationY> Y;
  typedef WindowAxis<KernelX, InX, OutX, StrideX, DilationX> X;
  TapWindows<Y, X, Channels / Lanes, Lanes * Bits, Taps>::run(in, out);
}

} // namespace finn
} // namespace braid
