// Units that finn-hlslib has not: words of any width to any other, pixels with more or fewer channels, sums
// and maxima over maps of any shape, requantisation, sums of many streams, and what moves pixels about. One
// call is one frame; a word holds its lanes lowest first.
#pragma once

#include "braid_taps.hpp"

#include <ap_int.h>
#include <hls_stream.h>

namespace braid {
namespace finn {

/// Lane `i` of a word, as T.
template <class T, class Word> T laneOf(const Word &word, unsigned i) {
#pragma HLS INLINE
  const ap_uint<T::width> bits = word((i + 1) * T::width - 1, i * T::width);
  return T(bits);
}
template <class T, class Word> void setLane(Word &word, unsigned i, const T &value) {
#pragma HLS INLINE
  word((i + 1) * T::width - 1, i * T::width) = value;
}

/// Lanes of another type that holds their numbers.
template <class TI, class TO, unsigned lanes>
ap_uint<lanes * TO::width> castLanes(const ap_uint<lanes * TI::width> &word) {
#pragma HLS INLINE
  ap_uint<lanes * TO::width> out;
  for (unsigned i = 0; i < lanes; i++) {
#pragma HLS UNROLL
    setLane<TO>(out, i, TO(laneOf<TI>(word, i)));
  }
  return out;
}

/// `Elements` of `Bits` each, `InLanes` a word, as words of `OutLanes`: neither need divide the other.
template <unsigned Bits, unsigned InLanes, unsigned OutLanes, unsigned Elements>
void regroup(hls::stream<ap_uint<InLanes * Bits>> &in, hls::stream<ap_uint<OutLanes * Bits>> &out) {
  static_assert(Elements % InLanes == 0 && Elements % OutLanes == 0, "a frame is a whole number of words");
  ap_uint<(InLanes + OutLanes) *Bits> waiting = 0;
  unsigned have = 0;
  // Every turn takes a narrow word or gives one.
  for (unsigned i = 0; i < Elements / (InLanes < OutLanes ? InLanes : OutLanes); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    if (have < OutLanes) {
      ap_uint<(InLanes + OutLanes) *Bits> word = in.read();
      waiting = waiting | (word << (have * Bits));
      have += InLanes;
    }
    if (have >= OutLanes) {
      out.write(ap_uint<OutLanes * Bits>(waiting(OutLanes * Bits - 1, 0)));
      waiting = waiting >> (OutLanes * Bits);
      have -= OutLanes;
    }
  }
}

/// Pixels of InChannels to pixels of OutChannels, zeros behind them. InLanes divides OutLanes.
template <unsigned Bits, unsigned InLanes, unsigned OutLanes, unsigned InChannels, unsigned OutChannels,
          unsigned Pixels>
void fillChannels(hls::stream<ap_uint<InLanes * Bits>> &in, hls::stream<ap_uint<OutLanes * Bits>> &out) {
  static_assert(InChannels % InLanes == 0 && OutChannels % OutLanes == 0 && OutLanes % InLanes == 0,
                "pixels are whole numbers of words");
  ap_uint<OutLanes *Bits> word = 0;
  unsigned step = 0, part = 0; // of the pixel, of the word
  for (unsigned i = 0; i < Pixels * (OutChannels / InLanes); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    ap_uint<InLanes *Bits> lanes = 0;
    if (step < InChannels / InLanes)
      lanes = in.read();
    word((part + 1) * InLanes * Bits - 1, part * InLanes * Bits) = lanes;
    const bool full = part == OutLanes / InLanes - 1;
    if (full)
      out.write(word);
    part = full ? 0 : part + 1;
    step = step == OutChannels / InLanes - 1 ? 0 : step + 1;
  }
}

/// Pixels of InChannels to their first OutChannels. OutLanes divides InLanes.
template <unsigned Bits, unsigned InLanes, unsigned OutLanes, unsigned InChannels, unsigned OutChannels,
          unsigned Pixels>
void dropChannels(hls::stream<ap_uint<InLanes * Bits>> &in, hls::stream<ap_uint<OutLanes * Bits>> &out) {
  static_assert(InChannels % InLanes == 0 && OutChannels % OutLanes == 0 && InLanes % OutLanes == 0,
                "pixels are whole numbers of words");
  ap_uint<InLanes *Bits> word = 0;
  unsigned step = 0, part = 0; // of the pixel, of the word
  for (unsigned i = 0; i < Pixels * (InChannels / OutLanes); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    if (part == 0)
      word = in.read();
    if (step < OutChannels / OutLanes)
      out.write(ap_uint<OutLanes * Bits>(word((part + 1) * OutLanes * Bits - 1, part * OutLanes * Bits)));
    part = part == InLanes / OutLanes - 1 ? 0 : part + 1;
    step = step == InChannels / OutLanes - 1 ? 0 : step + 1;
  }
}

struct SumOf {
  template <class T> static T join(const T &a, const T &b) { return T(a + b); }
};
struct LargestOf {
  template <class T> static T join(const T &a, const T &b) { return a > b ? a : b; }
};

/// The sum, or the largest, of every channel over all pixels, in TO.
template <class Join, unsigned Pixels, unsigned Channels, unsigned PE, class TI, class TO>
void reduceMap(hls::stream<ap_uint<PE * TI::width>> &in, hls::stream<ap_uint<PE * TO::width>> &out) {
  static_assert(Channels % PE == 0, "PE divides the channels");
  ap_uint<PE * TO::width> held[Channels / PE];
  for (unsigned pixel = 0; pixel < Pixels; pixel++) {
    for (unsigned fold = 0; fold < Channels / PE; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
      const ap_uint<PE *TO::width> values = castLanes<TI, TO, PE>(in.read());
      ap_uint<PE *TO::width> joined = held[fold];
      for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
        setLane<TO>(joined, pe,
                    pixel == 0 ? laneOf<TO>(values, pe)
                               : Join::join(laneOf<TO>(joined, pe), laneOf<TO>(values, pe)));
      }
      held[fold] = joined;
      if (pixel == Pixels - 1)
        out.write(joined);
    }
  }
}

/// clamp(floor((x * factor + offset) / 2^Shift)) to the numbers of TO, `Symmetric`: but its least; parameters
/// [PE][Channels / PE], or one for all.
template <unsigned Pixels, unsigned Channels, unsigned PE, unsigned Shift, bool Symmetric, class TI, class TO,
          class TF, class TP, unsigned Lanes, unsigned Folds>
void requantise(hls::stream<ap_uint<PE * TI::width>> &in, hls::stream<ap_uint<PE * TO::width>> &out,
                const TF (&factor)[Lanes][Folds], const TP (&offset)[Lanes][Folds]) {
  static_assert(Channels % PE == 0, "PE divides the channels");
  static_assert((Lanes == PE && Folds == Channels / PE) || (Lanes == 1 && Folds == 1),
                "a row a channel, or one");
  constexpr unsigned product = TI::width + TF::width + 1;
  typedef ap_int<(product > TP::width ? product : TP::width) + 1> Exact;
  const Exact least = TO(-1) < TO(0) ? Exact((Symmetric ? 1 : 0) - (Exact(1) << (TO::width - 1))) : Exact(0);
  const Exact most =
      TO(-1) < TO(0) ? Exact((Exact(1) << (TO::width - 1)) - 1) : Exact((Exact(1) << TO::width) - 1);
  for (unsigned pixel = 0; pixel < Pixels; pixel++) {
    for (unsigned fold = 0; fold < Channels / PE; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
      const ap_uint<PE *TI::width> word = in.read();
      ap_uint<PE * TO::width> result;
      for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
        const unsigned row = Lanes == 1 ? 0 : pe, column = Folds == 1 ? 0 : fold;
        const Exact exact =
            Exact(laneOf<TI>(word, pe)) * Exact(factor[row][column]) + Exact(offset[row][column]);
        const Exact level = exact >> Shift;
        setLane<TO>(result, pe, TO(level < least ? least : level > most ? most : level));
      }
      out.write(result);
    }
  }
}

/// min(max(x, Least), Most) of `Words` words.
template <unsigned Words, unsigned PE, class TI, class TO>
void clampLanes(hls::stream<ap_uint<PE * TI::width>> &in, hls::stream<ap_uint<PE * TO::width>> &out,
                const ap_int<66> &least, const ap_int<66> &most) {
  for (unsigned i = 0; i < Words; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const ap_uint<PE *TI::width> word = in.read();
    ap_uint<PE * TO::width> result;
    for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
      const ap_int<66> value = laneOf<TI>(word, pe);
      setLane<TO>(result, pe, TO(value < least ? least : value > most ? most : value));
    }
    out.write(result);
  }
}

/// a - b and a * b, for StreamingEltwise.
struct Difference {
  template <class A, class B> auto operator()(const A &a, const B &b) const -> decltype(a - b) {
    return a - b;
  }
};
struct Product {
  template <class A, class B> auto operator()(const A &a, const B &b) const -> decltype(a * b) {
    return a * b;
  }
};

template <class TA, class Word> TA sumLanes(unsigned pe, const Word &word) {
#pragma HLS INLINE
  return laneOf<TA>(word, pe);
}
template <class TA, class Word, class... Words>
TA sumLanes(unsigned pe, const Word &word, const Words &...words) {
#pragma HLS INLINE
  return TA(laneOf<TA>(word, pe) + sumLanes<TA>(pe, words...));
}

template <unsigned PE, class TA, class TO, class TB, class... Words>
ap_uint<PE * TO::width> sumWords(const TB *bias, const Words &...words) {
#pragma HLS INLINE
  ap_uint<PE * TO::width> result;
  for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
    setLane<TO>(result, pe, TO(TA(sumLanes<TA>(pe, words...) + bias[pe])));
  }
  return result;
}

/// Partial sums in TA of many streams, and a bias for each channel, in TO.
template <unsigned Pixels, unsigned Channels, unsigned PE, class TA, class TO, class TB, class... Parts>
void sumStreams(const TB (&bias)[Channels / PE][PE], hls::stream<ap_uint<PE * TO::width>> &out,
                hls::stream<Parts> &...parts) {
  for (unsigned pixel = 0; pixel < Pixels; pixel++) {
    for (unsigned fold = 0; fold < Channels / PE; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
      out.write(sumWords<PE, TA, TO, TB>(bias[fold], parts.read()...));
    }
  }
}

/// The box [Y0, Y1) x [X0, X1) x [C0, C1) of a map of Height x Width x Channels.
template <unsigned Bits, unsigned PE, unsigned Height, unsigned Width, unsigned Channels, unsigned Y0,
          unsigned Y1, unsigned X0, unsigned X1, unsigned C0, unsigned C1>
void cropMap(hls::stream<ap_uint<PE * Bits>> &in, hls::stream<ap_uint<PE * Bits>> &out) {
  static_assert(Channels % PE == 0 && C0 % PE == 0 && C1 % PE == 0, "PE divides the channels");
  for (unsigned y = 0; y < Height; y++) {
    for (unsigned x = 0; x < Width; x++) {
      for (unsigned fold = 0; fold < Channels / PE; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
        const ap_uint<PE *Bits> word = in.read();
        if (y + 1 > Y0 && y < Y1 && x + 1 > X0 && x < X1 && fold + 1 > C0 / PE && fold < C1 / PE)
          out.write(word);
      }
    }
  }
}

/// `value` around a map of InHeight x InWidth x Channels.
template <class TI, class TO, unsigned PE, unsigned InHeight, unsigned InWidth, unsigned OutHeight,
          unsigned OutWidth, unsigned Top, unsigned Left, unsigned Channels>
void padMap(hls::stream<ap_uint<PE * TI::width>> &in, hls::stream<ap_uint<PE * TO::width>> &out,
            const TO &value) {
  static_assert(Channels % PE == 0, "PE divides the channels");
  ap_uint<PE * TO::width> around;
  for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
    setLane<TO>(around, pe, value);
  }
  for (unsigned y = 0; y < OutHeight; y++) {
    for (unsigned x = 0; x < OutWidth; x++) {
      for (unsigned fold = 0; fold < Channels / PE; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
        ap_uint<PE *TO::width> word = around;
        if (y + 1 > Top && y < Top + InHeight && x + 1 > Left && x < Left + InWidth)
          word = castLanes<TI, TO, PE>(in.read());
        out.write(word);
      }
    }
  }
}

/// Every pixel FactorY x FactorX times.
template <unsigned Height, unsigned Width, unsigned Folds, unsigned FactorY, unsigned FactorX, class Word>
void repeatPixels(hls::stream<Word> &in, hls::stream<Word> &out) {
  Word line[Width * Folds];
  for (unsigned y = 0; y < Height * FactorY; y++) {
    for (unsigned x = 0; x < Width * FactorX; x++) {
      for (unsigned fold = 0; fold < Folds; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
        const unsigned at = x / FactorX * Folds + fold;
        Word word = line[at];
        if (y % FactorY == 0 && x % FactorX == 0)
          word = in.read();
        line[at] = word;
        out.write(word);
      }
    }
  }
}

/// A frame of `Words` words in another order: output index by index, dimension 0 slowest, read at the sum of
/// index * stride.
template <unsigned Words, unsigned Rank, class Word>
void reorderWords(hls::stream<Word> &in, hls::stream<Word> &out, const unsigned (&size)[Rank],
                  const unsigned (&stride)[Rank]) {
  Word frame[Words];
  for (unsigned i = 0; i < Words; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    frame[i] = in.read();
  }
  unsigned index[Rank] = {};
#pragma HLS ARRAY_PARTITION variable = index complete
  unsigned at = 0;
  for (unsigned i = 0; i < Words; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out.write(frame[at]);
    bool carry = true;
    for (unsigned d = Rank; d-- > 0;) {
#pragma HLS UNROLL
      const bool ends = index[d] == size[d] - 1;
      if (carry) {
        at = ends ? at - index[d] * stride[d] : at + stride[d];
        index[d] = ends ? 0 : index[d] + 1;
      }
      carry = carry && ends;
    }
  }
}

} // namespace finn
} // namespace braid
