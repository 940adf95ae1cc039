#include "loads.h"

namespace braid::partition {

Streams::Streams(const Problem &problem) : problem_(&problem), at_(problem.layers.size()) {
  for (const Stream &stream : problem.streams) {
    int last = -1;
    const auto add = [&](int layer) {
      if (layer < 0 || layer >= problem.cuts())
        return;
      at_[static_cast<size_t>(layer)].push_back({&stream, last});
      last = layer;
    };
    add(stream.from);
    for (int layer : stream.to) // ascending, and behind `from`
      add(layer);
  }
}

void Streams::forEach(int begin, int end, llvm::function_ref<void(const Stream &)> use) const {
  if (problem_->hops) { // any may pass over
    for (const Stream &stream : problem_->streams)
      use(stream);
    return;
  }
  for (int layer = begin; layer < end; ++layer)
    for (const At &at : at_[static_cast<size_t>(layer)])
      if (at.last < begin)
        use(*at.stream);
}

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

Loads loadsOf(const Streams &streams, int kindIndex, int begin, int end,
              llvm::function_ref<Others(const Stream &)> others) {
  const Problem &problem = streams.problem();
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
  streams.forEach(begin, end, [&](const Stream &stream) {
    const Stream::Ends &ends = stream.ends[static_cast<size_t>(kindIndex)];
    if (kind.of >= 0 && stream.from >= begin && stream.from < end) {
      exchange(ends.made);
      if (std::any_of(stream.to.begin(), stream.to.end(), [&](int layer) { return layer < end; }))
        exchange(ends.inside);
    }
    const Passage way = passageOf(problem, stream, begin, end);
    if (!way.received && !way.sent && !way.fromHost && !way.toHost)
      return;
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
  });
  for (int ports = kind.hasPortPerSide ? comes + goes : comes || goes; ports > 0; --ports)
    port = port + kind.stack;
  if (kind.hostSharesPort)
    in += hostIn, sent += hostOut, hostIn = hostOut = 0;
  const int64_t longest = std::max({in, sent, hostIn, hostOut});
  out.fs = std::max((longest + members - 1) / members, periodOfCycles(kind, cycles));
  return out;
}

namespace {

/// Where a boundary may be so that something lies on both sides of it: from `first` to `last`.
struct Reach {
  int first = 0, last = -1;
  bool any() const { return first <= last; }
};

/// Adds at each place of a reach, and sums up at the end.
template <class Amount> class Sums {
public:
  Sums(int begin, int end) : begin_(begin), changes_(static_cast<size_t>(end - begin) + 2) {}
  void add(const Reach &reach, Amount amount) {
    changes_[static_cast<size_t>(reach.first - begin_)] += amount;
    changes_[static_cast<size_t>(reach.last + 1 - begin_)] -= amount;
  }
  std::vector<Amount> take() {
    for (size_t i = 1; i < changes_.size(); ++i)
      changes_[i] += changes_[i - 1];
    changes_.pop_back();
    return std::move(changes_);
  }

private:
  int begin_;
  std::vector<Amount> changes_;
};

/// Calls `use` with each stream that has a place here, and its reach: that of its layers and the port's die,
/// and that with the host's die, too.
void forEachAcross(const Streams &streams, int kindIndex, int begin, int end, Boundary boundary,
                   llvm::function_ref<void(const Stream &, const Reach &, const Reach &)> use) {
  const Problem &problem = streams.problem();
  const Kind &kind = problem.kind(kindIndex);
  const auto isFilledFirst = [&](int die) {
    return static_cast<size_t>(boundary.fromLast ? static_cast<int>(kind.dies.size()) - 1 - die : die) <=
           boundary.step;
  };
  const bool isPortBefore = isFilledFirst(kind.portDie), isHostBefore = isFilledFirst(kind.hostDie);
  streams.forEach(begin, end, [&](const Stream &stream) {
    int first = end, last = begin - 1; // its layers here
    const auto place = [&](int layer) {
      if (layer >= begin && layer < end)
        first = std::min(first, layer), last = std::max(last, layer);
    };
    place(stream.from);
    for (int layer : stream.to)
      if (layer != problem.cuts())
        place(layer);
    const Passage way = passageOf(problem, stream, begin, end);
    const bool hasPort = way.received || way.sent, hasHost = way.fromHost || way.toHost;
    bool isBefore = hasPort && isPortBefore, isBehind = hasPort && !isPortBefore;
    const auto reach = [&] { return Reach{isBefore ? begin : first + 1, isBehind ? end : last}; };
    const Reach own = reach();
    isBefore = isBefore || (hasHost && isHostBefore), isBehind = isBehind || (hasHost && !isHostBefore);
    use(stream, own, reach());
  });
}

} // namespace

std::vector<int64_t> wiresAcross(const Streams &streams, int kind, int begin, int end, Boundary boundary,
                                 int64_t periodFs) {
  const int64_t cycles = std::max<int64_t>(1, cyclesWithin(streams.problem().kind(kind), periodFs));
  Sums<int64_t> sums(begin, end);
  forEachAcross(streams, kind, begin, end, boundary,
                [&](const Stream &stream, const Reach &, const Reach &reach) {
                  if (reach.any())
                    sums.add(reach, widthOf(stream, cycles));
                });
  return sums.take();
}

std::vector<Crossed> streamsAcross(const Streams &streams, int kind, int begin, int end, Boundary boundary) {
  Sums<Crossed> sums(begin, end);
  forEachAcross(streams, kind, begin, end, boundary,
                [&](const Stream &stream, const Reach &own, const Reach &all) {
                  const bool isOfLayers = stream.from >= 0 && own.any();
                  if (isOfLayers)
                    sums.add(own, {1, -1}); // counted for the host below, too
                  if (all.any())
                    sums.add(all, {0, 1});
                });
  return sums.take();
}

} // namespace braid::partition
