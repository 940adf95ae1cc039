// Frames between memory, the kernel that computes and the packets' kernels of an Alveo card.
#pragma once

#include "braid_packets.h"

namespace braid {

/// Words of all frames, in bursts.
inline void loadWords(const ap_uint<512> *memory, unsigned words, unsigned frames,
                      hls::stream<ap_uint<512>> &out) {
  for (unsigned f = 0; f < frames; f++) {
    for (unsigned w = 0; w < words; w++) {
#pragma HLS PIPELINE II = 1
      out.write(memory[static_cast<unsigned long long>(f) * words + w]);
    }
  }
}

/// Lets a frame begin every `period` cycles at most: UDP has no way to stop a sender, so that a design whose
/// first part is faster than a later one would lose packets there.
inline void paceFrames(hls::stream<ap_uint<512>> &in, unsigned words, unsigned frames, unsigned period,
                       hls::stream<FrameWord> &out) {
  const unsigned cycles = period > words ? period : words;
  for (unsigned f = 0; f < frames; f++) {
    for (unsigned c = 0; c < cycles; c++) {
#pragma HLS PIPELINE II = 1
      if (c < words) {
        FrameWord word;
        word.data = in.read();
        word.keep = ~ap_uint<64>(0);
        word.strb = ~ap_uint<64>(0);
        word.user = 0;
        word.last = c + 1 == words;
        out.write(word);
      }
    }
  }
}

/// Frames from memory to a stream.
inline void readFrames(const ap_uint<512> *memory, unsigned words, unsigned frames, unsigned period,
                       hls::stream<FrameWord> &out) {
#pragma HLS DATAFLOW
  hls::stream<ap_uint<512>> loaded("loaded");
#pragma HLS STREAM variable = loaded depth = 64
  loadWords(memory, words, frames, loaded);
  paceFrames(loaded, words, frames, period, out);
}

/// Frames from a stream to memory, and for each whether it is marked.
inline void writeFrames(hls::stream<FrameWord> &in, ap_uint<512> *memory, ap_uint<32> *marks, unsigned words,
                        unsigned frames) {
  for (unsigned f = 0; f < frames; f++) {
    bool marked = false;
    for (unsigned w = 0; w < words; w++) {
#pragma HLS PIPELINE II = 1
      const FrameWord word = in.read();
      memory[static_cast<unsigned long long>(f) * words + w] = word.data;
      marked = marked || word.user != 0;
    }
    marks[f] = marked ? 1 : 0;
  }
}

/// One frame into the kernel that computes; whether it is marked is known only at its end and goes its own
/// way.
template <class Layout>
void takeFrame(hls::stream<FrameWord> &in, hls::stream<typename Layout::Word> &words,
               hls::stream<bool> &marks) {
  bool marked = false;
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    const FrameWord word = in.read();
    marked = marked || word.user != 0;
    words.write(word.data);
  }
  marks.write(marked);
}

/// One frame out of the kernel that computes. The mark is read with the last word: no output waits for an
/// input that it does not need.
template <class Layout>
void giveFrame(hls::stream<typename Layout::Word> &words, hls::stream<bool> &marks,
               hls::stream<FrameWord> &out) {
  for (unsigned w = 0; w < Layout::words; w++) {
#pragma HLS PIPELINE II = 1
    const bool isLast = w + 1 == Layout::words;
    FrameWord word;
    word.data = words.read();
    word.keep = ~ap_uint<64>(0);
    word.strb = ~ap_uint<64>(0);
    word.user = isLast && marks.read() ? 1 : 0;
    word.last = isLast;
    out.write(word);
  }
}

} // namespace braid
