// Packets: packetizer, arbiter, demultiplexer and depacketizer on end; loss, repetition and damage on the
// way.
#include "braid_movers.h"
#include "check.h"

#include <string>
#include <vector>

namespace {

using braid::FrameWord;
using braid::PacketIn;
using braid::PacketOut;

typedef std::vector<PacketOut> Packet;

FrameWord frameWord(unsigned value, bool last, bool marked = false) {
  FrameWord word;
  word.data = value;
  word.keep = ~ap_uint<64>(0);
  word.strb = ~ap_uint<64>(0);
  word.user = marked;
  word.last = last;
  return word;
}

PacketIn received(const PacketOut &beat, unsigned row) {
  PacketIn in;
  in.data = beat.data;
  in.keep = beat.keep;
  in.strb = beat.strb;
  in.last = beat.last;
  in.dest = row;
  in.user = 0;
  return in;
}

unsigned valueOf(unsigned stream, unsigned frame, unsigned word) {
  return stream * 1000000u + frame * 1000u + word + 1;
}

/// All packets of some frames of a stream.
template <class Layout>
std::vector<Packet> packetsOf(unsigned frames, unsigned row = 0, unsigned replica = 0) {
  hls::stream<FrameWord> in("in");
  hls::stream<PacketOut> out("out");
  for (unsigned f = 0; f < frames; f++)
    for (unsigned w = 0; w < Layout::words; w++)
      in.write(frameWord(valueOf(Layout::stream, f, w), w + 1 == Layout::words));
  std::vector<Packet> packets;
  for (unsigned p = 0; p < frames * Layout::packets; p++) {
    braid::packetize<Layout>(in, out, row, replica);
    packets.push_back(Packet());
    while (!out.empty())
      packets.back().push_back(out.read());
  }
  test::check(in.empty(), "a packetizer takes whole frames");
  return packets;
}

void sendTo(hls::stream<PacketIn> &in, const Packet &packet) {
  for (std::size_t b = 0; b < packet.size(); b++)
    in.write(received(packet[b], 0));
}

/// What a frame looks like at the receiver.
struct Arrived {
  bool marked = false, ends = false;
  std::vector<unsigned> values;
};
template <class Layout> std::vector<Arrived> framesIn(hls::stream<FrameWord> &out) {
  std::vector<Arrived> frames;
  while (!out.empty()) {
    Arrived frame;
    while (!out.empty() && !frame.ends) {
      const FrameWord word = out.read();
      frame.values.push_back(word.data.to_uint());
      frame.marked = frame.marked || word.user != 0;
      frame.ends = word.last;
    }
    frames.push_back(frame);
  }
  return frames;
}

/// Layout of a packet, by hand: 64-byte header, whole beats, TLAST once.
void layoutOnTheWire() {
  typedef braid::PacketLayout<7, 50, 21> Layout; // 50 words = 21 + 21 + 8
  const std::vector<Packet> packets = packetsOf<Layout>(2, 3, 5);
  test::check(packets.size() == 6, "50 words are three packets");
  const std::size_t beats[] = {22, 22, 9};
  for (std::size_t p = 0; p < packets.size(); p++) {
    const Packet &packet = packets[p];
    test::check(packet.size() == beats[p % 3], "beats of a packet");
    for (std::size_t b = 0; b < packet.size(); b++) {
      test::check(packet[b].last == (b + 1 == packet.size()), "TLAST ends a packet, once");
      test::check(packet[b].keep == ~ap_uint<64>(0) && packet[b].dest == 3, "TKEEP all ones, TDEST the row");
    }
    const ap_uint<512> head = packet[0].data;
    test::check(head.range(31, 0).to_uint() == 0x44495242, "magic");
    test::check(head.range(47, 32).to_uint() == 1 && head.range(63, 48).to_uint() == 7, "version, stream");
    test::check(head.range(95, 64).to_uint() == p / 3 && head.range(127, 96).to_uint() == p % 3,
                "frame, sequence");
    test::check(head.range(159, 128).to_uint() == 64 * (packet.size() - 1), "bytes of data");
    test::check(head.range(223, 160) == 0 && head.range(255, 224).to_uint() == 5, "credits, mark, replica");
    test::check(ap_uint<256>(head.range(511, 256)) == 0, "the rest");
  }
}

template <class Layout> void cleanTrip(unsigned frames) {
  hls::stream<PacketIn> in("in");
  hls::stream<FrameWord> out("out");
  const std::vector<Packet> packets = packetsOf<Layout>(frames);
  braid::LinkErrors errors = {0, 0};
  for (std::size_t p = 0; p < packets.size(); p++) {
    sendTo(in, packets[p]);
    errors = braid::depacketize<Layout>(in, out, 0);
  }
  const std::vector<Arrived> arrived = framesIn<Layout>(out);
  bool same = arrived.size() == frames && errors.lost == 0 && errors.refused == 0;
  for (unsigned f = 0; same && f < frames; f++) {
    same = arrived[f].ends && !arrived[f].marked && arrived[f].values.size() == Layout::words;
    for (unsigned w = 0; same && w < Layout::words; w++)
      same = arrived[f].values[w] == valueOf(Layout::stream, f, w);
  }
  test::check(same, "clean trip of " + std::to_string(Layout::words) + " words");
}

/// Packet 1 of frame 1 is lost, packet 2 of frame 2 comes twice, the whole of frame 3 is lost.
void lossAndRepetition() {
  typedef braid::PacketLayout<100, 5, 2> Layout;
  hls::stream<PacketIn> in("in");
  hls::stream<FrameWord> out("out");
  const std::vector<Packet> packets = packetsOf<Layout>(6);
  braid::LinkErrors errors = {0, 0};
  for (unsigned p = 0; p < packets.size(); p++) {
    const unsigned frame = p / 3, sequence = p % 3;
    if ((frame == 1 && sequence == 1) || frame == 3)
      continue;
    for (int copies = frame == 2 && sequence == 2 ? 2 : 1; copies > 0; copies--) {
      sendTo(in, packets[p]);
      errors = braid::depacketize<Layout>(in, out, 0);
    }
  }
  const std::vector<Arrived> arrived = framesIn<Layout>(out);
  test::check(arrived.size() == 6, "frames stay in step after a loss");
  test::check(errors.lost == 4 && errors.refused == 1, "one and three packets lost, one refused");
  for (unsigned f = 0; f < arrived.size(); f++) {
    test::check(arrived[f].marked == (f == 1 || f == 3), "frames with losses are marked, no others");
    for (unsigned w = 0; w < arrived[f].values.size(); w++) {
      const bool lost = f == 3 || (f == 1 && (w == 2 || w == 3));
      test::check(arrived[f].values[w] == (lost ? 0 : valueOf(100, f, w)),
                  "zeros where data is lost, only there");
    }
  }
}

/// Foreign, damaged, cut and overlong packets.
void damage() {
  typedef braid::PacketLayout<101, 4, 4> Layout;
  hls::stream<PacketIn> in("in");
  hls::stream<FrameWord> out("out");
  const std::vector<Packet> packets = packetsOf<Layout>(5);
  struct {
    int low, high;
    unsigned value;
  } const wrong[] = {{0, 31, 1}, {32, 47, 9}, {48, 63, 5}, {64, 95, 100000}, {96, 127, 1}, {128, 159, 64}};
  braid::LinkErrors errors = {0, 0};
  for (unsigned i = 0; i < 6; i++) {
    Packet packet = packets[0];
    packet[0].data.range(wrong[i].high, wrong[i].low) = ap_uint<32>(wrong[i].value);
    sendTo(in, packet);
    errors = braid::depacketize<Layout>(in, out, 0);
    test::check(out.empty() && in.empty() && errors.refused == i + 1,
                "a wrong header is refused, its data dropped");
  }
  for (unsigned p = 0; p < packets.size(); p++) {
    Packet packet = packets[p];
    if (p == 1) // cut after two of four words
      packet.resize(3), packet.back().last = 1;
    if (p == 2) // one word too many
      packet.back().last = 0, packet.push_back(packets[0].back());
    sendTo(in, packet);
    errors = braid::depacketize<Layout>(in, out, 0);
    test::check(in.empty(), "nothing of a packet stays behind");
  }
  const std::vector<Arrived> arrived = framesIn<Layout>(out);
  test::check(arrived.size() == 5 && errors.refused == 8 && errors.lost == 0,
              "cut and overlong packets are counted");
  for (unsigned f = 0; f < arrived.size(); f++)
    for (unsigned w = 0; w < 4; w++)
      test::check(arrived[f].values[w] == (f == 1 && w >= 2 ? 0 : valueOf(101, f, w)),
                  "what is left of a cut packet");
  test::check(arrived[1].marked && !arrived[0].marked && !arrived[3].marked, "a cut frame is marked");
}

/// Frames of another copy, or for one, are refused; after them come those that are due.
void otherReplicas() {
  typedef braid::PacketLayout<103, 2, 2> Layout;
  hls::stream<PacketIn> in("in");
  hls::stream<FrameWord> out("out");
  const std::vector<Packet> wrong = packetsOf<Layout>(1, 0, 1), right = packetsOf<Layout>(2, 0, 2);
  braid::LinkErrors errors = {0, 0};
  sendTo(in, wrong[0]);
  errors = braid::depacketize<Layout>(in, out, 2);
  test::check(errors.refused == 1 && out.empty(), "a packet of another copy");
  for (const Packet &packet : {right[0], right[1]}) {
    sendTo(in, packet);
    errors = braid::depacketize<Layout>(in, out, 2);
  }
  // The packetizer counts on from the first call: its frames are numbers 1 and 2, and 0 is missing.
  test::check(errors.refused == 1 && errors.lost == 1 && framesIn<Layout>(out).size() == 3,
              "then those of this one");
}

/// A mark on the way in is a mark on the way out, over two hops.
void marksTravel() {
  typedef braid::PacketLayout<102, 3, 2> Layout;
  hls::stream<FrameWord> in("in"), out("out");
  hls::stream<PacketOut> sent("sent");
  hls::stream<PacketIn> arriving("arriving");
  for (unsigned f = 0; f < 3; f++)
    for (unsigned w = 0; w < 3; w++)
      in.write(frameWord(w, w == 2, f == 1 && w == 2));
  for (unsigned p = 0; p < 6; p++)
    braid::packetize<Layout>(in, sent, 0, 0);
  while (!sent.empty())
    arriving.write(received(sent.read(), 0));
  while (!arriving.empty())
    braid::depacketize<Layout>(arriving, out, 0);
  const std::vector<Arrived> arrived = framesIn<Layout>(out);
  for (unsigned f = 0; f < 3; f++)
    test::check(arrived[f].marked == (f == 1), "the mark of a frame travels");
}

/// Three streams over one port, in a random order of turns.
void throughOnePort() {
  typedef braid::PacketLayout<20, 1, 21> A;
  typedef braid::PacketLayout<21, 47, 21> B;
  typedef braid::PacketLayout<22, 5, 2> C;
  const std::vector<Packet> packets[] = {packetsOf<A>(9, 0), packetsOf<B>(4, 1), packetsOf<C>(6, 2)};
  hls::stream<PacketOut> in[3], port("port");
  std::size_t next[3] = {0, 0, 0};
  test::Random random(5);
  for (int turn = 0; turn < 4000; turn++) {
    const unsigned i = random.below(3);
    if (random.below(2) && next[i] < packets[i].size()) {
      for (std::size_t b = 0; b < packets[i][next[i]].size(); b++)
        in[i].write(packets[i][next[i]][b]);
      next[i]++;
    }
    braid::forwardPacket(in[random.below(3)], port);
  }
  hls::stream<PacketIn> arriving("arriving"), to[3];
  hls::stream<FrameWord> out[3];
  while (!port.empty()) {
    const PacketOut beat = port.read();
    arriving.write(received(beat, 4 + beat.dest.to_uint())); // rows differ at the receiver
  }
  while (!arriving.empty()) {
    const PacketIn first = arriving.read();
    braid::deliverPacket(first, arriving, to[first.dest.to_uint() - 4]);
  }
  while (!to[0].empty())
    braid::depacketize<A>(to[0], out[0], 0);
  while (!to[1].empty())
    braid::depacketize<B>(to[1], out[1], 0);
  while (!to[2].empty())
    braid::depacketize<C>(to[2], out[2], 0);
  const std::vector<Arrived> arrived[] = {framesIn<A>(out[0]), framesIn<B>(out[1]), framesIn<C>(out[2])};
  const unsigned frames[] = {9, 4, 6};
  for (unsigned i = 0; i < 3; i++) {
    test::check(arrived[i].size() == frames[i], "frames of each stream");
    for (unsigned f = 0; f < arrived[i].size(); f++)
      for (unsigned w = 0; w < arrived[i][f].values.size(); w++)
        test::check(arrived[i][f].values[w] == valueOf(20 + i, f, w) && !arrived[i][f].marked,
                    "streams do not mix");
  }
}

void movers() {
  ap_uint<512> memory[6], back[6];
  ap_uint<32> marks[2];
  for (unsigned w = 0; w < 6; w++)
    memory[w] = w + 10;
  hls::stream<FrameWord> stream("stream");
  braid::readFrames(memory, 3, 2, 7, stream);
  braid::writeFrames(stream, back, marks, 3, 2);
  for (unsigned w = 0; w < 6; w++)
    test::check(back[w] == memory[w] && marks[w / 3] == 0, "memory to stream to memory");
}

} // namespace

int main() {
  layoutOnTheWire();
  cleanTrip<braid::PacketLayout<1, 1, 21>>(3);
  cleanTrip<braid::PacketLayout<2, 21, 21>>(3);
  cleanTrip<braid::PacketLayout<3, 22, 21>>(3);
  cleanTrip<braid::PacketLayout<4, 43, 21>>(2);
  cleanTrip<braid::PacketLayout<5, 7, 1>>(4);
  cleanTrip<braid::PacketLayout<6, 500, 21>>(2);
  lossAndRepetition();
  damage();
  otherReplicas();
  marksTravel();
  throughOnePort();
  movers();
  return test::report("packets");
}
