// AXI-stream words of a DMA: frames of several streams one behind the other, TLAST with the last word of a
// frame. For boards whose processor moves the frames (PYNQ).
#pragma once

#include "braid_words.h"

#include "ap_axi_sdata.h"

namespace braid {

/// What an AXI DMA of `Bits` sends and takes.
template <int Bits> struct Axis { typedef ap_axiu<Bits, 0, 0, 0> Word; };

/// The words of one stream's frame out of the DMA's stream. Where TLAST stands is the DMA's business: lengths
/// count.
template <class Layout>
void takeWords(hls::stream<typename Axis<Layout::wordBits>::Word> &in,
               hls::stream<typename Layout::Word> &words) {
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    words.write(in.read().data);
  }
}

/// The words of one stream's frame into the DMA's stream; `isLast`: nothing of this frame follows.
template <class Layout>
void giveWords(hls::stream<typename Layout::Word> &words,
               hls::stream<typename Axis<Layout::wordBits>::Word> &out, bool isLast) {
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    typename Axis<Layout::wordBits>::Word word;
    word.data = words.read();
    word.keep = ~ap_uint<Layout::wordBits / 8>(0);
    word.strb = ~ap_uint<Layout::wordBits / 8>(0);
    word.last = isLast && w + 1 == Layout::words;
    out.write(word);
  }
}

} // namespace braid
