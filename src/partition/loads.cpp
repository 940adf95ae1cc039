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

Others othersOf(const Problem &problem, const Stream &stream, int begin, llvm::ArrayRef<Stretch> parts) {
  Others out{1, 0, 0};
  for (const Stretch &part : parts) {
    if (part.begin == begin)
      continue;
    const Kind &kind = problem.kind(part.kind);
    const int64_t ends = kind.takesTurns ? 1 : kind.members;
    if (stream.from >= part.begin && stream.from < part.end) {
      out.senders = ends;
    } else if (std::any_of(stream.to.begin(), stream.to.end(),
                           [&](int layer) { return layer >= part.begin && layer < part.end; })) {
      out.receivers += ends;
      out.fs += ends * problem.receiveFs(stream, part.kind);
    }
  }
  return out;
}

Loads loadsOf(const Problem &problem, int kindIndex, int begin, int end,
              llvm::function_ref<Others(const Stream &)> others) {
  const Kind &kind = problem.kind(kindIndex);
  const auto times = [](const Needs &needs, int64_t count) {
    Needs out = {};
    for (size_t r = 0; r < kResources; ++r)
      out[r] = needs[r] * count;
    return out;
  };
  Loads out;
  out.charges.assign(kind.dies.size(), {});
  Needs &port = out.charges[static_cast<size_t>(kind.portDie)],
        &host = out.charges[static_cast<size_t>(kind.hostDie)];
  // Times of all members together, of as many frames as they work on at a time.
  int64_t in = 0, sent = 0, hostIn = 0, hostOut = 0, cycles = 0;
  const int64_t members = kind.members, each = kind.takesTurns ? 1 : members;
  bool comes = false, goes = false;
  const auto exchange = [&](const Stream::Exchange &own) {
    if (own == Stream::Exchange())
      return;
    port = port + own.needs;
    in += members * own.inFs, sent += members * own.outFs;
    comes = goes = true;
  };
  for (const Stream &stream : problem.streams) {
    const Stream::Ends &ends = stream.ends[static_cast<size_t>(kindIndex)];
    if (kind.of >= 0 && stream.from >= begin && stream.from < end) {
      exchange(ends.made);
      if (std::any_of(stream.to.begin(), stream.to.end(), [&](int layer) { return layer < end; }))
        exchange(ends.inside);
    }
    const Passage way = passageOf(problem, stream, begin, end);
    if (!way.received && !way.sent && !way.fromHost && !way.toHost)
      continue;
    const Others rest = others && !problem.hops ? others(stream) : Others{1, 1, stream.linkFs};
    cycles = std::max(cycles, ends.cycles);
    if (way.received) {
      port = port + times(ends.receive, rest.senders);
      in += each * problem.receiveFs(stream, kindIndex);
      comes = true;
    }
    if (way.sent) {
      port = port + times(ends.send, rest.receivers);
      sent += rest.fs;
      goes = true;
    }
    if (way.fromHost) {
      host = host + ends.fromHost;
      hostIn += each * problem.hostFs(stream, kindIndex);
    }
    if (way.toHost) {
      host = host + ends.toHost;
      hostOut += each * problem.hostFs(stream, kindIndex);
    }
  }
  for (int ports = kind.hasPortPerSide ? comes + goes : comes || goes; ports > 0; --ports)
    port = port + kind.stack;
  if (kind.hostSharesPort)
    in += hostIn, sent += hostOut, hostIn = hostOut = 0;
  const int64_t longest = std::max({in, sent, hostIn, hostOut});
  out.fs = std::max((longest + members - 1) / members, periodOfCycles(kind, cycles));
  return out;
}

std::vector<int64_t> sumsAcross(const Problem &problem, int kindIndex, int begin, int end, Boundary boundary,
                                bool withHost, llvm::function_ref<int64_t(const Stream &)> amount) {
  const Kind &kind = problem.kind(kindIndex);
  std::vector<int64_t> sums(static_cast<size_t>(end - begin) + 2); // changes first
  const auto isFilledFirst = [&](int die) {
    return static_cast<size_t>(boundary.fromLast ? static_cast<int>(kind.dies.size()) - 1 - die : die) <=
           boundary.step;
  };
  for (const Stream &stream : problem.streams) {
    if (stream.from < 0 && !withHost)
      continue;
    // Its first and last layer here, and whether ports hold a place on either side.
    int first = end, last = begin - 1;
    bool isBefore = false, isBehind = false;
    const auto placeLayer = [&](int layer) {
      if (layer >= begin && layer < end)
        first = std::min(first, layer), last = std::max(last, layer);
    };
    const auto placeDie = [&](int die) { (isFilledFirst(die) ? isBefore : isBehind) = true; };
    const Passage way = passageOf(problem, stream, begin, end);
    placeLayer(stream.from);
    for (int layer : stream.to)
      if (layer != problem.cuts())
        placeLayer(layer);
    if (way.received || way.sent)
      placeDie(kind.portDie);
    if (withHost && (way.fromHost || way.toHost))
      placeDie(kind.hostDie);
    const int from = isBefore ? begin : first + 1, to = isBehind ? end : last;
    if (from > to)
      continue;
    const int64_t own = amount(stream);
    sums[static_cast<size_t>(from - begin)] += own;
    sums[static_cast<size_t>(to + 1 - begin)] -= own;
  }
  for (size_t i = 1; i < sums.size(); ++i)
    sums[i] += sums[i - 1];
  sums.pop_back();
  return sums;
}

std::vector<int64_t> wiresAcross(const Problem &problem, int kind, int begin, int end, Boundary boundary,
                                 int64_t periodFs) {
  const int64_t cycles = std::max<int64_t>(1, cyclesWithin(problem.kind(kind), periodFs));
  return sumsAcross(problem, kind, begin, end, boundary, true,
                    [&](const Stream &stream) { return widthOf(stream, cycles); });
}

std::vector<Crossed> streamsAcross(const Problem &problem, int kind, int begin, int end, Boundary boundary) {
  const auto one = [](const Stream &) { return 1; };
  const std::vector<int64_t> all = sumsAcross(problem, kind, begin, end, boundary, true, one),
                             layers = sumsAcross(problem, kind, begin, end, boundary, false, one);
  std::vector<Crossed> out;
  for (size_t i = 0; i < all.size(); ++i)
    out.push_back({layers[i], all[i] - layers[i]});
  return out;
}

} // namespace braid::partition
