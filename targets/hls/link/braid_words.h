// Frames as words of a link or a DMA: floor(word / element) elements per word, first element in the lowest
// bits, in the order of the stream; no element stands in two words; what is left over is zero. The last word
// of a frame may be partial and is sent all the same.
#pragma once

#include "ap_int.h"
#include "hls_stream.h"

namespace braid {

/// How the frames of one stream lie in words.
template <int WordBits, int ElementBits, unsigned Elements> struct WordLayout {
  static_assert(ElementBits >= 1 && ElementBits <= WordBits, "an element must fit in a word");
  static const int wordBits = WordBits;
  static const int elementBits = ElementBits;
  static const unsigned elements = Elements; ///< per frame
  static const unsigned perWord = static_cast<unsigned>(WordBits / ElementBits);
  static const unsigned words = (Elements + perWord - 1) / perWord; ///< per frame
  static const unsigned inLast = Elements - (words - 1) * perWord;  ///< elements in the last word
  typedef ap_uint<WordBits> Word;
  typedef ap_uint<ElementBits> Bits;
};
template <int B, int E, unsigned N> const int WordLayout<B, E, N>::wordBits;
template <int B, int E, unsigned N> const int WordLayout<B, E, N>::elementBits;
template <int B, int E, unsigned N> const unsigned WordLayout<B, E, N>::elements;
template <int B, int E, unsigned N> const unsigned WordLayout<B, E, N>::perWord;
template <int B, int E, unsigned N> const unsigned WordLayout<B, E, N>::words;
template <int B, int E, unsigned N> const unsigned WordLayout<B, E, N>::inLast;

/// The bits of an element, whatever its type makes of them.
template <class Layout, class T> typename Layout::Bits bitsOf(T element) {
#pragma HLS INLINE
  return element.range(Layout::elementBits - 1, 0);
}
template <class Layout, class T> T elementOf(const typename Layout::Bits &bits) {
#pragma HLS INLINE
  T element;
  element.range(Layout::elementBits - 1, 0) = bits;
  return element;
}

/// Element `slot` of a word.
template <class Layout> typename Layout::Bits slotOf(const typename Layout::Word &word, unsigned slot) {
#pragma HLS INLINE
  const int low = static_cast<int>(slot) * Layout::elementBits;
  return word.range(low + Layout::elementBits - 1, low);
}
template <class Layout>
void setSlot(typename Layout::Word &word, unsigned slot, const typename Layout::Bits &bits) {
#pragma HLS INLINE
  const int low = static_cast<int>(slot) * Layout::elementBits;
  word.range(low + Layout::elementBits - 1, low) = bits;
}

/// The elements of a beat: of nnet::array<T, N>, or of an ap_uint that holds them, the first one lowest.
template <class Layout, class Beat> struct BeatOf {
  static const unsigned size = Beat::size;
  static typename Layout::Bits get(Beat &beat, unsigned i) {
#pragma HLS INLINE
    return bitsOf<Layout, typename Beat::value_type>(beat[i]);
  }
  static void set(Beat &beat, unsigned i, const typename Layout::Bits &bits) {
#pragma HLS INLINE
    beat[i] = elementOf<Layout, typename Beat::value_type>(bits);
  }
};
template <class Layout, int W> struct BeatOf<Layout, ap_uint<W>> {
  static const unsigned size = static_cast<unsigned>(W / Layout::elementBits);
  static typename Layout::Bits get(const ap_uint<W> &beat, unsigned i) {
#pragma HLS INLINE
    const int low = static_cast<int>(i) * Layout::elementBits;
    return beat.range(low + Layout::elementBits - 1, low);
  }
  static void set(ap_uint<W> &beat, unsigned i, const typename Layout::Bits &bits) {
#pragma HLS INLINE
    const int low = static_cast<int>(i) * Layout::elementBits;
    beat.range(low + Layout::elementBits - 1, low) = bits;
  }
};

/// One frame of words to beats of an io_stream, whose number of elements divides those of a frame. Takes a
/// word and gives a beat in the same cycle where both are due.
template <class Layout, class Beat>
void unpackWords(hls::stream<typename Layout::Word> &words, hls::stream<Beat> &beats) {
  typedef BeatOf<Layout, Beat> Elements;
  static const unsigned perBeat = Elements::size;
  static const unsigned room = Layout::perWord + perBeat;
  static_assert(Layout::elements % perBeat == 0, "a frame is a whole number of beats");

  typename Layout::Bits waiting[room];
#pragma HLS ARRAY_PARTITION variable = waiting complete
  unsigned have = 0, taken = 0, given = 0;
  while (given < Layout::elements / perBeat) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = Layout::words max = Layout::words + Layout::elements / perBeat
    if (have >= perBeat) {
      Beat beat;
#pragma HLS DATA_PACK variable = beat
      for (unsigned i = 0; i < perBeat; i++) {
#pragma HLS UNROLL
        Elements::set(beat, i, waiting[i]);
      }
      for (unsigned i = 0; i + perBeat < room; i++) {
#pragma HLS UNROLL
        waiting[i] = waiting[i + perBeat];
      }
      beats.write(beat);
      have -= perBeat;
      given++;
    }
    if (have < perBeat && taken < Layout::words) {
      const typename Layout::Word word = words.read();
      for (unsigned i = 0; i < Layout::perWord; i++) {
#pragma HLS UNROLL
        waiting[have + i] = slotOf<Layout>(word, i);
      }
      have += Layout::perWord;
      taken++;
    }
  }
}

/// One frame of beats of an io_stream to words.
template <class Layout, class Beat>
void packWords(hls::stream<Beat> &beats, hls::stream<typename Layout::Word> &words) {
  typedef BeatOf<Layout, Beat> Elements;
  static const unsigned perBeat = Elements::size;
  static const unsigned room = Layout::perWord + perBeat;
  static_assert(Layout::elements % perBeat == 0, "a frame is a whole number of beats");

  typename Layout::Bits waiting[room];
#pragma HLS ARRAY_PARTITION variable = waiting complete
  unsigned have = 0, taken = 0, given = 0;
  while (given < Layout::words) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = Layout::words max = Layout::words + Layout::elements / perBeat
    const unsigned due = given + 1 < Layout::words ? Layout::perWord : Layout::inLast;
    if (have >= due) {
      typename Layout::Word word = 0;
      for (unsigned i = 0; i < Layout::perWord; i++) {
#pragma HLS UNROLL
        if (i < due)
          setSlot<Layout>(word, i, waiting[i]);
      }
      for (unsigned i = 0; i + Layout::perWord < room; i++) {
#pragma HLS UNROLL
        waiting[i] = waiting[i + Layout::perWord];
      }
      words.write(word);
      have -= due;
      given++;
    }
    if (have < Layout::perWord && taken < Layout::elements / perBeat) {
      Beat beat = beats.read();
      for (unsigned i = 0; i < perBeat; i++) {
#pragma HLS UNROLL
        waiting[have + i] = Elements::get(beat, i);
      }
      have += perBeat;
      taken++;
    }
  }
}

/// One frame of words to the array that an io_parallel project takes.
template <class Layout, class T>
void unpackWords(hls::stream<typename Layout::Word> &words, T frame[Layout::elements]) {
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    const typename Layout::Word word = words.read();
    for (unsigned i = 0; i < Layout::perWord; i++) {
#pragma HLS UNROLL
      if (w * Layout::perWord + i < Layout::elements)
        frame[w * Layout::perWord + i] = elementOf<Layout, T>(slotOf<Layout>(word, i));
    }
  }
}

template <class Layout, class T>
void packWords(T frame[Layout::elements], hls::stream<typename Layout::Word> &words) {
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    typename Layout::Word word = 0;
    for (unsigned i = 0; i < Layout::perWord; i++) {
#pragma HLS UNROLL
      if (w * Layout::perWord + i < Layout::elements)
        setSlot<Layout>(word, i, bitsOf<Layout, T>(frame[w * Layout::perWord + i]));
    }
    words.write(word);
  }
}

} // namespace braid
