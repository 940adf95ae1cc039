// Frames over VNx (UDP, 100GbE): packets of one header beat and whole 64-byte beats of data, one kernel per
// stream. UDP loses packets and the network layer cannot be stopped while it receives, so that the receiver
// counts: what is missing becomes zeros and the frame carries a mark to the very end of the design.
//
// Header beat, little endian: magic 4 bytes | version 2 | stream 2 | frame 4 | sequence 4 (packet of the
// frame) | data bytes 4 | credits 4 (none granted: 0) | mark 4 (bit 0: this frame holds zeros for lost data)
// | replica 4 | 0 ...
//
// Where a part of the network has copies, frames take turns: each way from or to a copy has a packetizer and
// a depacketizer of its own, which count that way's frames. Its row (TDEST) and the copy's number are
// registers, so that all copies are made of one image.
#pragma once

#include "braid_words.h"

#include "ap_axi_sdata.h"

namespace braid {

/// Between kernels of one FPGA: frames, TLAST with their last word, TUSER bit 0: the frame is marked.
typedef ap_axiu<512, 1, 0, 0> FrameWord;
/// To and from VNx's network layer: TLAST with the last beat of a packet, TDEST: row of the socket table.
/// What comes in carries addresses and ports in TUSER.
typedef ap_axiu<512, 0, 0, 16> PacketOut;
typedef ap_axiu<512, 96, 0, 16> PacketIn;

static const unsigned kPacketMagic = 0x44495242; ///< "BRID"
static const unsigned kPacketVersion = 1;
/// Frames that a receiver fills with zeros after one gap; a header further ahead is taken as damaged.
static const int kMostLostFrames = 1024;

/// Packets of a stream: its number in the plan, its words per frame and per packet. Where several copies send
/// it or take it, each lane has a layout, and so a state, of its own.
template <unsigned Stream, unsigned Words, unsigned WordsPerPacket, unsigned Lane = 0> struct PacketLayout {
  static const unsigned stream = Stream;
  static const unsigned words = Words;
  static const unsigned wordsPerPacket = WordsPerPacket;
  static const unsigned packets = (Words + WordsPerPacket - 1) / WordsPerPacket;
  static const unsigned inLast = Words - (packets - 1) * WordsPerPacket; ///< words of the frame's last packet
};
template <unsigned S, unsigned W, unsigned P, unsigned L> const unsigned PacketLayout<S, W, P, L>::stream;
template <unsigned S, unsigned W, unsigned P, unsigned L> const unsigned PacketLayout<S, W, P, L>::words;
template <unsigned S, unsigned W, unsigned P, unsigned L>
const unsigned PacketLayout<S, W, P, L>::wordsPerPacket;
template <unsigned S, unsigned W, unsigned P, unsigned L> const unsigned PacketLayout<S, W, P, L>::packets;
template <unsigned S, unsigned W, unsigned P, unsigned L> const unsigned PacketLayout<S, W, P, L>::inLast;

/// The header beat.
struct PacketHeader {
  ap_uint<32> magic;
  ap_uint<16> version, stream;
  ap_uint<32> frame, sequence, bytes, credits, mark, replica;

  ap_uint<512> beat() const {
#pragma HLS INLINE
    ap_uint<512> bits = 0;
    bits.range(31, 0) = magic;
    bits.range(47, 32) = version;
    bits.range(63, 48) = stream;
    bits.range(95, 64) = frame;
    bits.range(127, 96) = sequence;
    bits.range(159, 128) = bytes;
    bits.range(191, 160) = credits;
    bits.range(223, 192) = mark;
    bits.range(255, 224) = replica;
    return bits;
  }
  static PacketHeader of(const ap_uint<512> &bits) {
#pragma HLS INLINE
    PacketHeader header;
    header.magic = bits.range(31, 0);
    header.version = bits.range(47, 32);
    header.stream = bits.range(63, 48);
    header.frame = bits.range(95, 64);
    header.sequence = bits.range(127, 96);
    header.bytes = bits.range(159, 128);
    header.credits = bits.range(191, 160);
    header.mark = bits.range(223, 192);
    header.replica = bits.range(255, 224);
    return header;
  }
};

template <class Layout> unsigned wordsOfPacket(unsigned sequence) {
#pragma HLS INLINE
  return sequence + 1 < Layout::packets ? Layout::wordsPerPacket : Layout::inLast;
}

/// Gathers the words of one packet and then says whether they are marked: a packet that has begun to leave
/// never waits for data, so that it cannot hold back other streams of the port.
template <class Layout>
void gatherPacket(hls::stream<FrameWord> &in, hls::stream<ap_uint<512>> &words, hls::stream<bool> &marks) {
  static unsigned sequence = 0;
  static bool marked = false; // of the frame so far
#pragma HLS RESET variable = sequence
#pragma HLS RESET variable = marked
  for (unsigned w = 0; w < wordsOfPacket<Layout>(sequence); w++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = Layout::wordsPerPacket
    const FrameWord word = in.read();
    marked = marked || word.user != 0;
    words.write(word.data);
  }
  marks.write(marked);
  sequence = sequence + 1 < Layout::packets ? sequence + 1 : 0;
  if (sequence == 0)
    marked = false;
}

inline PacketOut packetBeat(const ap_uint<512> &data, const ap_uint<16> &row, bool last) {
#pragma HLS INLINE
  PacketOut beat;
  beat.data = data;
  beat.keep = ~ap_uint<64>(0);
  beat.strb = ~ap_uint<64>(0);
  beat.dest = row;
  beat.last = last;
  return beat;
}

template <class Layout>
void sendPacket(hls::stream<ap_uint<512>> &words, hls::stream<bool> &marks, const ap_uint<16> &row,
                const ap_uint<16> &replica, hls::stream<PacketOut> &out) {
  static unsigned sequence = 0;
  static ap_uint<32> frame = 0;
#pragma HLS RESET variable = sequence
#pragma HLS RESET variable = frame
  const unsigned count = wordsOfPacket<Layout>(sequence);
  PacketHeader header;
  header.magic = kPacketMagic;
  header.version = kPacketVersion;
  header.stream = Layout::stream;
  header.frame = frame;
  header.sequence = sequence;
  header.bytes = 64 * count;
  header.credits = 0;
  header.mark = marks.read() ? 1 : 0;
  header.replica = replica;
  out.write(packetBeat(header.beat(), row, false));
  for (unsigned w = 0; w < count; w++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = Layout::wordsPerPacket
    out.write(packetBeat(words.read(), row, w + 1 == count));
  }
  sequence = sequence + 1 < Layout::packets ? sequence + 1 : 0;
  if (sequence == 0)
    frame++;
}

/// One packet of a stream, to a row of the socket table.
template <class Layout>
void packetize(hls::stream<FrameWord> &in, hls::stream<PacketOut> &out, const ap_uint<16> &row,
               const ap_uint<16> &replica) {
#pragma HLS DATAFLOW
  hls::stream<ap_uint<512>> words("words");
  hls::stream<bool> marks("marks");
#pragma HLS STREAM variable = words depth = 2 * Layout::wordsPerPacket
#pragma HLS STREAM variable = marks depth = 2
  gatherPacket<Layout>(in, words, marks);
  sendPacket<Layout>(words, marks, row, replica, out);
}

/// What a receiver has met since its reset.
struct LinkErrors {
  ap_uint<32> lost;    ///< packets that never came: filled with zeros
  ap_uint<32> refused; ///< packets with a wrong header or length, and those that came late or twice
};

/// One packet of a stream, and zeros for those that should have come before it.
template <class Layout>
LinkErrors depacketize(hls::stream<PacketIn> &in, hls::stream<FrameWord> &out, const ap_uint<16> &replica) {
  static LinkErrors errors = {0, 0};
  static ap_uint<32> frame = 0; // the packet that is due
  static unsigned sequence = 0;
  static bool marked = false; // the frame so far
#pragma HLS RESET variable = errors
#pragma HLS RESET variable = frame
#pragma HLS RESET variable = sequence
#pragma HLS RESET variable = marked

  const PacketIn first = in.read();
  const PacketHeader header = PacketHeader::of(first.data);
  const ap_int<32> framesAhead = header.frame - frame;
  bool ended = first.last;
  const bool isOurs = header.magic == kPacketMagic && header.version == kPacketVersion &&
                      header.stream == Layout::stream && header.replica == replica &&
                      header.sequence < Layout::packets &&
                      header.bytes == 64 * wordsOfPacket<Layout>(header.sequence) && !ended;
  const bool isDue =
      framesAhead >= 0 && framesAhead <= kMostLostFrames && (framesAhead > 0 || header.sequence >= sequence);
  bool takes = isOurs && isDue;
  if (!takes)
    errors.refused++;

  // Packets up to and with the one that came; where it is refused, none.
  bool isThis = false;
  while (takes && !isThis) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 1
    isThis = frame == header.frame && sequence == header.sequence;
    if (!isThis)
      errors.lost++;
    marked = marked || !isThis || header.mark != 0;
    const unsigned count = wordsOfPacket<Layout>(sequence);
    const bool endsFrame = sequence + 1 == Layout::packets;
    for (unsigned w = 0; w < count; w++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = Layout::wordsPerPacket
      FrameWord word;
      word.data = 0;
      if (isThis && !ended) {
        const PacketIn beat = in.read();
        word.data = beat.data;
        ended = beat.last;
        if (ended && w + 1 < count) { // cut short on its way
          marked = true;
          errors.refused++;
        }
      }
      word.keep = ~ap_uint<64>(0);
      word.strb = ~ap_uint<64>(0);
      word.user = marked ? 1 : 0;
      word.last = endsFrame && w + 1 == count;
      out.write(word);
    }
    sequence = endsFrame ? 0 : sequence + 1;
    if (endsFrame) {
      frame++;
      marked = false;
    }
  }
  if (takes && !ended) // longer than it says
    errors.refused++;
  while (!ended) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 22
    ended = in.read().last;
  }
  return errors;
}

/// Takes a packet from a port whole: one that has begun to leave by another port never waits for data.
template <unsigned WordsPerPacket>
void gatherForwarded(hls::stream<PacketIn> &in, hls::stream<ap_uint<512>> &beats,
                     hls::stream<ap_uint<16>> &sizes) {
  ap_uint<16> size = 0;
  bool last = false;
  while (!last) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 2 max = WordsPerPacket + 1
    const PacketIn beat = in.read();
    last = beat.last;
    if (size <= WordsPerPacket) { // longer than any of ours: cut here, refused where it is unpacked
      beats.write(beat.data);
      size++;
    }
  }
  sizes.write(size);
}

template <unsigned WordsPerPacket>
void sendForwarded(hls::stream<ap_uint<512>> &beats, hls::stream<ap_uint<16>> &sizes, const ap_uint<16> &row,
                   hls::stream<PacketOut> &out) {
  const ap_uint<16> size = sizes.read();
  for (unsigned b = 0; b < size; b++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 2 max = WordsPerPacket + 1
    out.write(packetBeat(beats.read(), row, b + 1 == size));
  }
}

/// One packet, as it is, from one port of a card to another: for FPGAs that no link joins.
template <unsigned WordsPerPacket>
void forwardThrough(hls::stream<PacketIn> &in, hls::stream<PacketOut> &out, const ap_uint<16> &row) {
#pragma HLS DATAFLOW
  hls::stream<ap_uint<512>> beats("beats");
  hls::stream<ap_uint<16>> sizes("sizes");
#pragma HLS STREAM variable = beats depth = 2 * (WordsPerPacket + 1)
#pragma HLS STREAM variable = sizes depth = 2
  gatherForwarded<WordsPerPacket>(in, beats, sizes);
  sendForwarded<WordsPerPacket>(beats, sizes, row, out);
}

/// One frame from a stream to another.
inline void passFrame(hls::stream<FrameWord> &in, unsigned words, hls::stream<FrameWord> &out) {
  for (unsigned w = 0; w < words; w++) {
#pragma HLS PIPELINE II = 1
    out.write(in.read());
  }
}

/// One packet from one of several streams to the port, if it has one. A packet is whole when it begins.
inline bool forwardPacket(hls::stream<PacketOut> &in, hls::stream<PacketOut> &out) {
  if (in.empty())
    return false;
  bool last = false;
  while (!last) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 22
    const PacketOut beat = in.read();
    last = beat.last;
    out.write(beat);
  }
  return true;
}

/// A packet whose first beat has been read, to the kernel of its stream; or nowhere.
inline void deliverPacket(PacketIn beat, hls::stream<PacketIn> &in, hls::stream<PacketIn> &out) {
  out.write(beat);
  while (!beat.last) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 21
    beat = in.read();
    out.write(beat);
  }
}
inline void dropPacket(PacketIn beat, hls::stream<PacketIn> &in) {
  while (!beat.last) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 21
    beat = in.read();
  }
}

} // namespace braid
