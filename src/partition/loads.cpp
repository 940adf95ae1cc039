#include "loads.h"

namespace braid::partition {

Passage passageOf(const Problem &problem, const Stream &stream, int begin, int end) {
  const int host = problem.cuts();
  bool taken = false, behind = false;
  for (int layer : stream.to)
    if (layer != host)
      taken = taken || (layer >= begin && layer < end), behind = behind || layer >= end;
  const bool made = stream.from >= begin && stream.from < end;
  Passage out;
  if (made) {
    out.sent = behind;
    out.toHost = !stream.to.empty() && stream.to.back() == host;
  } else if (stream.from < 0) {
    out.fromHost = taken;
  } else if (stream.from < begin) {
    out.sent = problem.hops && behind;
    out.received = taken || out.sent;
  }
  return out;
}

Loads loadsOf(const Problem &problem, int kindIndex, int begin, int end,
              llvm::function_ref<int64_t(const Stream &)> receivers) {
  const Kind &kind = problem.kinds[static_cast<size_t>(kindIndex)];
  Loads out;
  out.charges.assign(kind.dies.size(), {});
  Needs &port = out.charges[static_cast<size_t>(kind.portDie)],
        &host = out.charges[static_cast<size_t>(kind.hostDie)];
  int64_t in = 0, sent = 0, hostIn = 0, hostOut = 0, cycles = 0;
  bool comes = false, goes = false;
  for (const Stream &stream : problem.streams) {
    const Passage way = passageOf(problem, stream, begin, end);
    if (!way.received && !way.sent && !way.fromHost && !way.toHost)
      continue;
    const Stream::Ends &ends = stream.ends[static_cast<size_t>(kindIndex)];
    cycles = std::max(cycles, ends.cycles);
    if (way.received) {
      port = port + ends.receive;
      in += stream.linkFs;
      comes = true;
    }
    if (way.sent)
      for (int64_t i = 0, copies = receivers && !problem.hops ? receivers(stream) : 1; i < copies; ++i) {
        port = port + ends.send;
        sent += stream.linkFs;
        goes = true;
      }
    if (way.fromHost) {
      host = host + ends.fromHost;
      hostIn += stream.hostFs;
    }
    if (way.toHost) {
      host = host + ends.toHost;
      hostOut += stream.hostFs;
    }
  }
  for (int ports = kind.hasPortPerSide ? comes + goes : comes || goes; ports > 0; --ports)
    port = port + kind.stack;
  if (kind.hostSharesPort)
    in += hostIn, sent += hostOut, hostIn = hostOut = 0;
  out.fs = std::max({in, sent, hostIn, hostOut, cycles * kind.cycleFs});
  return out;
}

int64_t wiresAcross(const Problem &problem, int kindIndex, int begin, int end, int die, int64_t periodFs,
                    llvm::function_ref<bool(int)> isBelow) {
  const Kind &kind = problem.kinds[static_cast<size_t>(kindIndex)];
  const int64_t cycles = std::max<int64_t>(1, periodFs / kind.cycleFs);
  int64_t wires = 0;
  for (const Stream &stream : problem.streams) {
    bool below = false, above = false;
    const auto place = [&](bool isHere) { (isHere ? below : above) = true; };
    const auto placeLayer = [&](int layer) {
      if (layer >= begin && layer < end)
        place(isBelow(layer));
    };
    const Passage way = passageOf(problem, stream, begin, end);
    placeLayer(stream.from);
    for (int layer : stream.to)
      if (layer != problem.cuts())
        placeLayer(layer);
    if (way.received || way.sent)
      place(kind.portDie <= die);
    if (way.fromHost || way.toHost)
      place(kind.hostDie <= die);
    if (below && above)
      wires += widthOf(stream, cycles);
  }
  return wires;
}

} // namespace braid::partition
