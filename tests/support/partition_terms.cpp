#include "support/partition_terms.h"

#include <algorithm>

namespace braid::test {

using namespace partition;

namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// What README's table says about a stream and a part.
struct Passage {
  bool received, sent, forwarded, fromHost, toHost, made, inside;
};

Passage passageOf(const Spot &at, const Stream &s) {
  const Span &span = at.span();
  const auto someReader = [&](auto is) { return std::any_of(s.to.begin(), s.to.end(), is); };
  const int n = at.problem.cuts();
  const bool isReadHere = someReader([&](int t) { return span.has(t); }),
             isReadBehind = someReader([&](int t) { return span.end <= t && t < n; }),
             isReadByHost = someReader([&](int t) { return t == n; });
  const bool isEarlier = 0 <= s.from && s.from < span.begin, isMade = span.has(s.from),
             isTeam = at.kind().of >= 0, hops = at.problem.hops;
  return {.received = isEarlier && (isReadHere || (hops && isReadBehind)),
          .sent = isMade && isReadBehind,
          .forwarded = hops && isEarlier && isReadBehind,
          .fromHost = s.from == -1 && isReadHere,
          .toHost = isMade && isReadByHost,
          .made = isTeam && isMade,
          .inside = isTeam && isMade && isReadHere};
}

/// FPGAs that each have something else of what a part has: a team's slices.
int64_t slicesOf(const Kind &kind) { return kind.takesTurns ? 1 : kind.members; }

int64_t receiveFs(const Problem &problem, const Stream &s, int kind) {
  return problem.kinds[kind].of < 0 ? s.linkFs : s.ends[kind].receiveFs;
}

/// Other parts that read a stream; with hops, only the next one.
std::vector<Span> readersOf(const Spot &at, const Stream &s) {
  std::vector<Span> readers;
  for (size_t q = 0; q < at.parts.size(); ++q)
    if (q != at.part && std::any_of(s.to.begin(), s.to.end(), [&](int t) { return at.parts[q].has(t); }))
      readers.push_back(at.parts[q]);
  return readers;
}

int64_t receiversOf(const Spot &at, const Stream &s) {
  if (at.problem.hops)
    return 1;
  int64_t receivers = 0;
  for (const Span &reader : readersOf(at, s))
    receivers += slicesOf(at.problem.kinds[reader.kind]);
  return receivers;
}

int64_t sendersOf(const Spot &at, const Stream &s) {
  for (const Span &maker : at.parts)
    if (maker.has(s.from))
      return slicesOf(at.problem.kinds[maker.kind]);
  return 0;
}

/// Of all that a part's FPGAs send of a stream, in a frame.
int64_t sentFs(const Spot &at, const Stream &s) {
  if (at.problem.hops)
    return s.linkFs;
  int64_t sum = 0;
  for (const Span &reader : readersOf(at, s))
    sum += slicesOf(at.problem.kinds[reader.kind]) * receiveFs(at.problem, s, reader.kind);
  return sum;
}

} // namespace

Needs plus(Needs a, const Needs &b, int64_t times) {
  for (size_t r = 0; r < kResources; ++r)
    a[r] += times * b[r];
  return a;
}

bool fits(const Needs &needs, const Needs &room) {
  for (size_t r = 0; r < kResources; ++r)
    if (needs[r] > room[r])
      return false;
  return true;
}

int64_t framesAtOnce(const Kind &kind) { return kind.takesTurns ? kind.members : 1; }

int memberKind(const Problem &problem, int kind) {
  const int of = problem.kinds[kind].of;
  return of < 0 ? kind : of;
}

int64_t cyclesFs(const Kind &kind, int64_t cycles) {
  return ceilDiv(cycles * kind.cycleFs, framesAtOnce(kind));
}

int64_t largest(const Terms &terms) {
  int64_t most = 0;
  for (const auto &[name, value] : terms)
    most = std::max(most, value);
  return most;
}

Terms streamTerms(const Spot &at) {
  const Kind &kind = at.kind();
  const int64_t frames = framesAtOnce(kind), members = kind.members;
  // In femtoseconds of an FPGA: of each of its frames; `sent` of the whole part, and of each frame.
  int64_t in = 0, out = 0, sent = 0, hostIn = 0, hostOut = 0, mover = 0;
  for (const Stream &s : at.problem.streams) {
    const Stream::Ends &ends = s.ends[at.span().kind];
    const Passage is = passageOf(at, s);
    const int64_t hostFs = kind.of < 0 ? s.hostFs : ends.hostFs;
    if (is.received)
      in += receiveFs(at.problem, s, at.span().kind);
    if (is.sent)
      sent += sentFs(at, s);
    if (is.forwarded)
      out += s.linkFs;
    if (is.fromHost)
      hostIn += hostFs;
    if (is.toHost)
      hostOut += hostFs;
    for (const auto &[isThere, exchange] : {std::pair(is.made, ends.made), std::pair(is.inside, ends.inside)})
      if (isThere) {
        in += exchange.inFs;
        out += exchange.outFs;
      }
    if (is.received || is.sent || is.forwarded || is.fromHost || is.toHost)
      mover = std::max(mover, cyclesFs(kind, ends.cycles));
  }
  // sent / members + more / frames
  const auto outFs = [&](int64_t more) { return ceilDiv(sent * frames + more * members, members * frames); };
  Terms terms{{"link", std::max(ceilDiv(in, frames), outFs(out))},
              {"host", ceilDiv(std::max(hostIn, hostOut), frames)},
              {"mover", mover}};
  if (kind.hostSharesPort)
    terms["shared port"] = std::max(ceilDiv(in + hostIn, frames), outFs(out + hostOut));
  return terms;
}

std::vector<Needs> streamNeeds(const Spot &at) {
  const Kind &kind = at.kind();
  std::vector<Needs> dies(kind.dies.size(), Needs{});
  bool in = false, out = false;
  for (const Stream &s : at.problem.streams) {
    const Stream::Ends &ends = s.ends[at.span().kind];
    const Passage is = passageOf(at, s);
    Needs &port = dies[kind.portDie], &host = dies[kind.hostDie];
    if (is.received)
      port = plus(port, ends.receive, sendersOf(at, s));
    if (is.sent)
      port = plus(port, ends.send, receiversOf(at, s));
    if (is.forwarded)
      port = plus(port, ends.send);
    if (is.fromHost)
      host = plus(host, ends.fromHost);
    if (is.toHost)
      host = plus(host, ends.toHost);
    in = in || is.received;
    out = out || is.sent || is.forwarded;
    for (const auto &[isThere, exchange] : {std::pair(is.made, ends.made), std::pair(is.inside, ends.inside)})
      if (isThere && exchange != Stream::Exchange{}) {
        port = plus(port, exchange.needs);
        in = out = true;
      }
  }
  const int64_t stacks = kind.hasPortPerSide ? int64_t(in) + int64_t(out) : int64_t(in || out);
  dies[kind.portDie] = plus(dies[kind.portDie], kind.stack, stacks);
  return dies;
}

std::optional<int64_t> wiresTerm(const Spot &at, const std::vector<int> &dieOf) {
  const Kind &kind = at.kind();
  const int dies = static_cast<int>(kind.dies.size());
  if (kind.wires == 0)
    return 0;
  int64_t term = 0;
  for (int d = 0; d + 1 < dies; ++d) {
    std::vector<const Stream *> crossing;
    for (const Stream &s : at.problem.streams) {
      bool below = false, above = false;
      const auto place = [&](int die) { (die <= d ? below : above) = true; };
      const Passage is = passageOf(at, s);
      if (is.made || at.span().has(s.from))
        place(dieOf[s.from]);
      for (int t : s.to)
        if (at.span().has(t))
          place(dieOf[t]);
      if (is.received || is.sent || is.forwarded)
        place(kind.portDie);
      if (is.fromHost || is.toHost)
        place(kind.hostDie);
      if (below && above)
        crossing.push_back(&s);
    }
    if (crossing.empty())
      continue;
    int64_t most = 1, cycles = 1;
    for (const Stream *s : crossing)
      most = std::max(most, s->elements);
    const auto wires = [&] {
      int64_t sum = 0;
      for (const Stream *s : crossing)
        sum += s->elementBits * ceilDiv(s->elements, cycles);
      return sum;
    };
    while (cycles <= most && wires() > kind.wires)
      ++cycles;
    if (wires() > kind.wires)
      return std::nullopt;
    term = std::max(term, cyclesFs(kind, cycles));
  }
  return term;
}

Needs layerNeeds(const Spot &at, const std::vector<int> &dieOf, const std::vector<int32_t> &choices,
                 int layer) {
  const Layer &l = at.problem.layers[layer];
  const int kind = at.span().kind;
  const Choice &choice = at.problem.table(layer, kind)[choices[layer]];
  Needs needs = choice.needs;
  if (layer > at.span().begin && dieOf[layer - 1] == dieOf[layer] && !l.words.empty() && l.words[kind] >= 0)
    needs =
        plus(needs, at.problem.words[l.words[kind]][at.problem.table(layer - 1, kind)[choices[layer - 1]].out]
                                    [choice.in]);
  return needs;
}

std::vector<int> diesOf(const Problem &problem, const Part &part) {
  const int dies = static_cast<int>(problem.kinds[part.kind].dies.size());
  std::vector<int> dieOf(problem.layers.size(), -1);
  for (int l = part.begin; l < part.end; ++l) {
    int d = 0;
    while (part.ends[d] <= l)
      ++d;
    dieOf[l] = part.fromLast ? dies - 1 - d : d;
  }
  return dieOf;
}

bool mayStand(const Spot &at, const std::vector<int> &dieOf) {
  for (int l = at.span().begin; l < at.span().end; ++l) {
    const Layer &layer = at.problem.layers[l];
    if (!at.problem.mayBeOn(l, at.span().kind) || (layer.die >= 0 && layer.die != dieOf[l]))
      return false;
  }
  return true;
}

} // namespace braid::test
