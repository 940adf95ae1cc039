#include "braid/plan/surroundings.h"

#include "braid/support/math.h"

#include <algorithm>
#include <map>
#include <utility>

namespace braid::plan {
namespace {

using kernel::IoMode;
using kernel::Kernel;
using kernel::KernelKind;
using kernel::KernelPort;

class Surroundings {
public:
  Surroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends)
      : device_(device), wiring_(wiring), ends_(ends) {}

  std::vector<Node> ofProject() {
    if (isCard())
      addCard();
    else
      addBoard();
    return std::move(out_);
  }

  std::vector<Node> shared() {
    if (isCard())
      for (const auto &[port, streams] : ports()) {
        addReceives(streams);
        addSends(streams);
      }
    for (const Passing &passing : ends_.passing)
      addForwarder(passing);
    return std::move(out_);
  }

private:
  bool isCard() const { return !device_.platform.empty(); }
  int64_t wordBits(const End &end) const {
    return end.link ? end.link->wordBits : hostLink(device_).wordBits;
  }

  Node &add(KernelKind kind, const char *name, const End *end, KernelPort in, KernelPort out) {
    Node node;
    node.kernel.kind = kind;
    node.kernel.name = name;
    node.kernel.implementation.io = IoMode::Stream;
    node.kernel.inputs = {in};
    node.kernel.outputs = {out};
    if (end) {
      node.kernel.elements = ir::elements(end->stream->shape);
      node.kernel.inputBits = node.kernel.outputBits = end->stream->type.bits();
      node.stream = end->id;
      node.crossing = end->crossing;
    }
    out_.push_back(std::move(node));
    return out_.back();
  }
  Node &addFifo(const char *name, const End *end, KernelPort port, int64_t depth) {
    Node &node = add(KernelKind::Fifo, name, end, port, port);
    node.kernel.depth = depth;
    return node;
  }

  KernelPort wordsOf(const End &end) const {
    return {wordBits(end), wordsPerFrame(*end.stream, wordBits(end)), end.stream->type.bits()};
  }

  /// Words to beats or back, and the FIFO of beats.
  void addConverter(const End &end, bool isInput) {
    const KernelPort words = wordsOf(end), beats = portOf(*end.stream, wiring_);
    Node &node = add(isInput ? KernelKind::Unpack : KernelKind::Pack, isInput ? "unpack" : "pack", &end,
                     isInput ? words : beats, isInput ? beats : words);
    node.kernel.implementation.io = wiring_.io;
    if (wiring_.io == IoMode::Stream)
      addFifo("beats", &end, beats, kBeatsDepth);
  }

  /// Whether whole frames wait at an input: one that may come before others; on cards also one from the
  /// network, which cannot be stopped: a frame that is sent faster than it is taken.
  bool holdsFrames(const End &end) const { return ends_.inputs.size() > 1 || (isCard() && end.link); }

  /// FIFO of words and converter of every end. How many frames an input holds on a card, evaluate() knows.
  void addWrapper() {
    for (const End &end : ends_.inputs) {
      const KernelPort words = wordsOf(end);
      addFifo("words", &end, words, holdsFrames(end) ? words.beatsPerFrame : kWordsDepth).holdsEarly =
          holdsFrames(end) && isCard();
      addConverter(end, true);
    }
    for (const End &end : ends_.outputs) {
      addConverter(end, false);
      const KernelPort words = wordsOf(end);
      addFifo("words", &end, words,
              isCard() || ends_.outputs.size() == 1 ? kWordsDepth : words.beatsPerFrame);
    }
  }

  void addBoard() {
    // One DMA moves the frames of all streams one behind the other.
    KernelPort in{hostLink(device_).wordBits, 0, 1}, out = in;
    for (const End &end : ends_.inputs)
      in.beatsPerFrame += wordsOf(end).beatsPerFrame;
    for (const End &end : ends_.outputs)
      out.beatsPerFrame += wordsOf(end).beatsPerFrame;
    add(KernelKind::Dma, "dma", nullptr, in, out);
    Node &take = add(KernelKind::Demux, "take", nullptr, in, in);
    take.kernel.outputs.assign(std::max<size_t>(1, ends_.inputs.size()), in);
    addWrapper();
    Node &give = add(KernelKind::Arbiter, "give", nullptr, out, out);
    give.kernel.inputs.assign(std::max<size_t>(1, ends_.outputs.size()), out);
  }

  void addCard() {
    for (const End &end : ends_.inputs)
      if (!end.link && !end.isLocal)
        add(KernelKind::Dma, "mm2s", &end, wordsOf(end), wordsOf(end));
    for (const End &end : ends_.inputs) {
      if (end.link)
        addLanes(end, false);
      addFifo("marks", &end, {1, 1, 1}, kMarksDepth);
    }
    addWrapper();
    const KernelPort mark{1, 1, 1};
    Node &join = add(KernelKind::Clone, "marks", nullptr, mark, mark);
    join.kernel.copies = static_cast<int>(ends_.inputs.size() + ends_.outputs.size());
    for (const End &end : ends_.outputs) {
      addFifo("marks", &end, mark, kMarksDepth);
      if (end.link)
        addLanes(end, true);
    }
    for (const End &end : ends_.outputs)
      if (!end.link && !end.isLocal)
        add(KernelKind::Dma, "s2mm", &end, wordsOf(end), wordsOf(end));
  }

  /// What makes or takes the packets of each lane, and who deals frames out to them or collects them.
  void addLanes(const End &end, bool sends) {
    const size_t lanes = end.ports.size();
    const KernelPort words = wordsOf(end);
    if (sends && lanes > 1)
      add(KernelKind::Demux, "dealer", &end, words, words).kernel.outputs.assign(lanes, words);
    for (size_t lane = 0; lane < lanes; ++lane) {
      if (sends) {
        addFifo("packet", &end, words, kGatheredPackets * wordsPerPacket(*end.link));
        addFifo("packet marks", &end, {1, 1, 1}, kGatheredPackets);
      }
      addPacketKernel(end, sends);
      if (!sends && lanes > 1) // copies overlap: the next one's frame comes while this one's still does
        addFifo("turn", &end, words, words.beatsPerFrame);
    }
    if (!sends && lanes > 1)
      add(KernelKind::Arbiter, "collector", &end, words, words).kernel.inputs.assign(lanes, words);
  }

  static KernelPort packetsOf(const ir::Stream &stream, const device::LinkType &link) {
    return {link.wordBits, wordsPerFrame(stream, link.wordBits) + packetsPerFrame(stream, link),
            stream.type.bits()};
  }
  static KernelPort packetsOf(const End &end) { return packetsOf(*end.stream, *end.link); }

  void addForwarder(const Passing &passing) {
    const KernelPort packets = packetsOf(*passing.stream, *passing.in);
    Node &node = add(KernelKind::Arbiter, "forwarder", nullptr, packets, packets);
    node.kernel.packets = packetsPerFrame(*passing.stream, *passing.in);
    node.crossing = passing.crossing;
    const int64_t beats = 1 + wordsPerPacket(*passing.in);
    addFifo("packet", nullptr, packets, kGatheredPackets * beats).crossing = passing.crossing;
    addFifo("packet sizes", nullptr, {16, 1, 16}, kGatheredPackets).crossing = passing.crossing;
  }

  void addPacketKernel(const End &end, bool sends) {
    const KernelPort words = wordsOf(end), packets = packetsOf(end);
    add(sends ? KernelKind::Packetizer : KernelKind::Depacketizer, sends ? "packetizer" : "depacketizer",
        &end, sends ? words : packets, sends ? packets : words)
        .kernel.packets = packetsPerFrame(*end.stream, *end.link);
  }

  /// What one port carries.
  struct Load {
    const void *end; ///< Lanes of one end share its frames
    KernelPort packets;
    int64_t count;
  };
  struct Shared {
    std::vector<Load> receives, sends;
  };
  static Load loadOf(const End &end) {
    return {&end, packetsOf(end), packetsPerFrame(*end.stream, *end.link)};
  }
  std::map<int, Shared> ports() const {
    std::map<int, Shared> out;
    for (const End &end : ends_.inputs)
      for (int port : end.ports)
        out[port].receives.push_back(loadOf(end));
    for (const End &end : ends_.outputs)
      for (int port : end.ports)
        out[port].sends.push_back(loadOf(end));
    for (const Passing &p : ends_.passing) {
      out[p.portIn].receives.push_back({&p, packetsOf(*p.stream, *p.in), packetsPerFrame(*p.stream, *p.in)});
      out[p.portOut].sends.push_back({&p, packetsOf(*p.stream, *p.out), packetsPerFrame(*p.stream, *p.out)});
    }
    return out;
  }
  /// All streams of a port together; of the lanes of one stream, each frame takes one.
  static KernelPort sumOf(const std::vector<Load> &loads, int64_t &packets) {
    KernelPort sum;
    const void *before = nullptr;
    for (const Load &load : loads) {
      if (load.end == std::exchange(before, load.end))
        continue;
      sum = {load.packets.widthBits, sum.beatsPerFrame + load.packets.beatsPerFrame, load.packets.widthBits};
      packets += load.count;
    }
    return sum;
  }

  void addReceives(const Shared &shared) {
    if (shared.receives.empty()) {
      add(KernelKind::Idle, "drain", nullptr, {1, 1, 1}, {1, 1, 1});
      return;
    }
    int64_t packets = 0;
    const KernelPort all = sumOf(shared.receives, packets);
    addFifo("receive", nullptr, {all.widthBits + kReceiveSideBits, all.beatsPerFrame, all.widthBits},
            kReceiveDepth);
    if (shared.receives.size() == 1)
      return;
    Node &demux = add(KernelKind::Demux, "demux", nullptr, all, all);
    demux.kernel.packets = packets;
    demux.kernel.outputs.assign(shared.receives.size(), all);
  }

  void addSends(const Shared &shared) {
    if (shared.sends.empty()) {
      add(KernelKind::Idle, "silent", nullptr, {1, 1, 1}, {1, 1, 1});
      return;
    }
    if (shared.sends.size() == 1)
      return;
    int64_t packets = 0;
    const KernelPort all = sumOf(shared.sends, packets);
    Node &arbiter = add(KernelKind::Arbiter, "arbiter", nullptr, all, all);
    arbiter.kernel.packets = packets;
    arbiter.kernel.inputs.assign(shared.sends.size(), all);
  }

  const device::Device &device_;
  kernel::Wiring wiring_;
  const Ends &ends_;
  std::vector<Node> out_;
};

} // namespace

std::vector<Node> projectSurroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends) {
  return Surroundings(device, wiring, ends).ofProject();
}

std::vector<Node> sharedSurroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends) {
  return Surroundings(device, wiring, ends).shared();
}

std::vector<Node> surroundings(const device::Device &device, kernel::Wiring wiring, const Ends &ends) {
  std::vector<Node> all = projectSurroundings(device, wiring, ends),
                    more = sharedSurroundings(device, wiring, ends);
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

std::vector<Passing> passingThrough(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                                    int fpga) {
  std::vector<Passing> out;
  for (const Crossing &crossing : plan.crossings) {
    if (crossing.isLocal())
      continue;
    const std::vector<int> path = cluster.path(crossing.from, crossing.to);
    for (size_t i = 1; i + 1 < path.size(); ++i)
      if (path[i] == fpga) {
        const device::Link &in = *cluster.link(path[i - 1], fpga), &next = *cluster.link(fpga, path[i + 1]);
        out.push_back({&model.stream(crossing.stream), crossing.id, in.type.get(), next.type.get(),
                       cluster.portOf(in, fpga), cluster.portOf(next, fpga)});
      }
  }
  return out;
}

device::Resources stackCost(const Ends &ends) {
  std::map<int, const device::LinkType *> ports;
  for (const auto *side : {&ends.inputs, &ends.outputs})
    for (const End &end : *side)
      for (int port : end.ports)
        ports[port] = end.link;
  for (const Passing &passing : ends.passing)
    ports[passing.portIn] = passing.in, ports[passing.portOut] = passing.out;
  device::Resources sum;
  for (const auto &entry : ports)
    sum += entry.second->portCost;
  return sum;
}

int64_t wordsPerFrame(const ir::Stream &stream, int64_t wordBits) {
  return ceilDiv(ir::elements(stream.shape), std::max<int64_t>(1, wordBits / stream.type.bits()));
}

int64_t wordsPerPacket(const device::LinkType &link) {
  return std::max<int64_t>(1, link.maxPayloadBytes / std::max<int64_t>(1, link.wordBits / 8));
}

int64_t packetsPerFrame(const ir::Stream &stream, const device::LinkType &link) {
  return ceilDiv(wordsPerFrame(stream, link.wordBits), wordsPerPacket(link));
}

} // namespace braid::plan
