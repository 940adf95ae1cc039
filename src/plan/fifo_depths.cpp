#include "fifo_depths.h"

#include "unit_steps.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <utility>

namespace braid::plan {

namespace {

using kernel::KernelKind;

/// Cycles from the step that makes a word until the word leaves the unit: stages of its pipeline, beside the
/// adders.
constexpr int64_t kUnitLatency = 16;
/// A word that is written can be read in the next cycle.
constexpr int64_t kHandover = 1;
/// Depth of the units' own registers: no FIFO.
constexpr int64_t kRegisters = 2;
/// A FIFO gives a word some cycles after it took it, and even flows are rounded to whole cycles.
constexpr int64_t kFifoSlack = 4;

int64_t latencyOf(const kernel::Kernel &kernel) {
  const bool adds = kernel.kind == KernelKind::MatrixVector || kernel.kind == KernelKind::VectorVector;
  return kUnitLatency + (adds ? ceilLog2(static_cast<uint64_t>(kernel.simd)) : 0);
}

/// (a * b + more) / by, towards zero; most often without 128 bits.
int64_t scaled(int64_t a, int64_t b, int64_t by, int64_t more = 0) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(product, more, &product))
    return product / by;
  return static_cast<int64_t>((Int128{a} * b + more) / by);
}

/// Where in a run word i of it is.
int64_t placeOf(const Run &run, int64_t i) { return run.from + scaled(i, run.to - run.from, run.words); }

/// Counts words of a frame, at best at one place after the other.
class Counter {
public:
  explicit Counter(const Moves &moves) : runs_(moves.runs) {}

  /// Words with a place of at most `at`.
  int64_t until(int64_t at) {
    if (at < runs_.front().from)
      return 0;
    if (!isIn(at) && !isInNext(at))
      last_ = static_cast<size_t>(
                  std::upper_bound(runs_.begin(), runs_.end(), at,
                                   [](int64_t place, const Run &run) { return place < run.from; }) -
                  runs_.begin()) -
              1;
    const Run &run = runs_[last_];
    const int64_t length = run.to - run.from;
    if (length == 0 || at - run.from + 1 >= length)
      return run.first + run.words;
    return run.first + scaled(at - run.from + 1, run.words, length, length - 1);
  }

private:
  bool isIn(int64_t at) const {
    return runs_[last_].from <= at && (last_ + 1 == runs_.size() || at < runs_[last_ + 1].from);
  }

  bool isInNext(int64_t at) {
    if (last_ + 1 == runs_.size())
      return false;
    ++last_;
    return isIn(at);
  }

  const std::vector<Run> &runs_;
  size_t last_ = 0; ///< The run that was asked for
};

Moves shifted(Moves moves, int64_t by) {
  for (Run &run : moves.runs)
    run.from += by, run.to += by;
  return moves;
}

/// Steps as cycles: `clock` says when each step is, as runs of steps from number `first` on.
Moves timed(const Moves &steps, const std::vector<Run> &clock, int64_t first) {
  Moves out;
  const auto slackOf = [&](int64_t slack) {
    int64_t most = 0;
    for (const Run &run : clock)
      most = std::max(most, scaled(slack, run.to - run.from, run.words, run.words - 1));
    return most;
  };
  out.early = slackOf(steps.early), out.late = slackOf(steps.late);
  size_t at = 0;
  int64_t begin = first; // of the clock's run
  for (const Run &run : steps.runs) {
    for (int64_t word = 0; word < run.words;) {
      const int64_t step = placeOf(run, word);
      while (at + 1 < clock.size() && step >= begin + clock[at].words)
        begin += clock[at++].words;
      // The words up to the end of the clock's run, or all that are left.
      const int64_t end = begin + clock[at].words, length = run.to - run.from;
      int64_t next = run.words;
      if (at + 1 < clock.size() && length > 0)
        next = std::min(next, scaled(end - run.from, run.words, length, length - 1));
      const auto cycleOf = [&](Int128 place, int64_t by) { // place / by: a step, or a part of one
        return clock[at].from +
               static_cast<int64_t>((place - Int128{begin} * by) * (clock[at].to - clock[at].from) /
                                    (Int128{clock[at].words} * by));
      };
      const auto exact = [&](int64_t w) { return Int128{run.from} * run.words + Int128{w} * length; };
      out.add(next - word, cycleOf(exact(word), run.words), cycleOf(exact(next), run.words));
      word = next;
    }
  }
  return out;
}

/// The cycles by which reads must begin behind writes, so that no word is read before it has come.
int64_t lagOf(const Moves &writes, const Moves &reads) {
  int64_t most = INT64_MIN;
  size_t w = 0, r = 0;
  int64_t inW = 0, inR = 0; // words of the runs that are behind
  while (w < writes.runs.size() && r < reads.runs.size()) {
    const Run &from = writes.runs[w], &to = reads.runs[r];
    const int64_t words = std::min(from.words - inW, to.words - inR);
    const auto lag = [&](int64_t i) { return placeOf(from, inW + i) - placeOf(to, inR + i); };
    const bool isSame = (from.to - from.from) * to.words == (to.to - to.from) * from.words;
    most = std::max(most, std::max(lag(0), lag(words - 1)) + (isSame || words < 3 ? 0 : 1));
    inW += words, inR += words;
    if (inW == from.words)
      ++w, inW = 0;
    if (inR == to.words)
      ++r, inR = 0;
  }
  return most + writes.late + reads.early;
}

/// The most words that a channel holds, period by period; both sides in cycles from the same moment.
int64_t mostHeld(const Moves &writes, const Moves &reads, int64_t period) {
  const int64_t words = writes.words();
  const int64_t firstRead = reads.runs.front().from;
  const int64_t lastRead = placeOf(reads.runs.back(), reads.runs.back().words - 1);
  Counter written(writes), read(reads);
  int64_t most = 0;
  const auto look = [&](int64_t cycle) { // words of frame 0, and all before
    int64_t held = written.until(cycle + writes.early);
    if (held == 0)
      return;
    const int64_t at = cycle - 1 - reads.late; // a word leaves room in the next cycle
    const int64_t whole = floorDiv(at - lastRead, period), begun = floorDiv(at - firstRead, period);
    held -= words * (whole + 1); // frames that are read
    for (int64_t frame = whole + 1; frame <= begun; ++frame)
      held -= read.until(at - frame * period);
    most = std::max(most, held);
  };
  for (const Run &run : writes.runs) {
    look(run.from - writes.early);
    look(placeOf(run, run.words - 1) - writes.early);
  }
  // Where reads change their pace while writes go on.
  const int64_t first = writes.runs.front().from - writes.early, last = writes.runs.back().to - writes.early;
  int64_t looked = INT64_MIN;
  for (const Run &run : reads.runs)
    for (int64_t place : {run.from, run.to}) {
      if (std::exchange(looked, place) == place)
        continue;
      const int64_t cycle = place + reads.late, before = floorDiv(cycle - first, period);
      for (int64_t at = cycle - before * period; at <= last; at += period)
        look(at);
    }
  return most;
}

/// Bits of the memory that holds so many words: LUTs of 64 bits where it is shallow, else whole RAMB18 (AMD
/// UG573).
int64_t memoryBits(int64_t width, int64_t depth) {
  constexpr int64_t kShallow = 128, kLutDepth = 64, kBlockBits = 18 * 1024;
  if (depth <= kShallow)
    return width * roundUp(depth, kLutDepth);
  int64_t blocks = INT64_MAX;
  for (const auto &[bits, words] :
       {std::pair<int64_t, int64_t>{36, 512}, {18, 1024}, {9, 2048}, {4, 4096}, {2, 8192}, {1, 16384}})
    blocks = std::min(blocks, ceilDiv(width, bits) * ceilDiv(depth, words));
  return blocks * kBlockBits;
}

class Scheduler {
public:
  explicit Scheduler(UnitGraph &graph) : graph_(graph), plans_(graph.units.size()) {
    for (size_t u = 0; u < graph.units.size(); ++u) {
      plans_[u].steps = stepsOf(graph.units[u]);
      period_ = std::max(period_, plans_[u].steps.steps);
    }
  }

  /// With `leavesRest` as restOf() says. Whether some unit leaves cycles free.
  bool run(bool leavesRest) {
    leavesRest_ = leavesRest;
    for (size_t u = plans_.size(); u-- > 0;)
      setTimes(u);
    for (size_t u = 0; u < plans_.size(); ++u)
      if (!plans_[u].follows)
        setBegin(u);
    for (Channel &channel : graph_.channels)
      if (channel.to >= 0 && !isAsBefore(channel))
        channel.depth = channel.from < 0 ? depthBehindEnd(channel) : depthOf(channel);
    for (UnitPlan &plan : plans_)
      plan.beginBefore = plan.begin;
    bool rests = false;
    for (size_t u = 0; u < plans_.size(); ++u)
      rests = rests || (!plans_[u].follows && restOf(u) > 0);
    return rests;
  }

private:
  /// A unit's frame in cycles from its begin on.
  struct UnitPlan {
    UnitSteps steps;
    std::vector<Run> clock; ///< When its steps are
    std::vector<Moves> inputs, outputs;
    int64_t begin = 0, beginBefore = 0; ///< Now, and in the run before
    bool follows = false;               ///< It goes as the unit behind it reads, and begins with it
    bool isAsBefore = false;            ///< Its clock is that of the run before
  };

  const Unit &unit(int u) const { return graph_.units[static_cast<size_t>(u)]; }
  const Channel &channel(int c) const { return graph_.channels[static_cast<size_t>(c)]; }
  UnitPlan &plan(int u) { return plans_[static_cast<size_t>(u)]; }
  static size_t placeIn(llvm::ArrayRef<int> channels, int c) {
    return static_cast<size_t>(std::find(channels.begin(), channels.end(), c) - channels.begin());
  }
  const Moves &writesOf(int c) {
    return plan(channel(c).from).outputs[placeIn(unit(channel(c).from).outputs, c)];
  }
  const Moves &readsOf(int c) { return plan(channel(c).to).inputs[placeIn(unit(channel(c).to).inputs, c)]; }
  /// What comes into the project.
  Moves evenly(const kernel::KernelPort &port) const {
    Moves out;
    out.add(port.beatsPerFrame, 0, period_);
    return out;
  }
  int idOf(const Channel &of) const { return static_cast<int>(&of - graph_.channels.data()); }

  /// What gives a word each step to a window, or to what gives to one; a window that has the time to fill
  /// itself between the last word of a frame that is taken from it and the first of the next.
  bool isFollower(size_t u) {
    const Unit &own = graph_.units[u];
    const UnitSteps &steps = plans_[u].steps;
    if (own.outputs.size() != 1 || steps.outputs[0].words() != steps.steps - steps.fill)
      return false;
    const int to = channel(own.outputs[0]).to;
    if (to < 0 || steps.inputs[0].early > 0 || steps.inputs[0].late > 0)
      return false;
    const Moves &taken = readsOf(own.outputs[0]);
    if (own.kernel.kind == KernelKind::Window) {
      const Run &last = taken.runs.back();
      return taken.early == 0 && taken.late == 0 &&
             taken.runs.front().from + period_ - placeOf(last, last.words - 1) > steps.fill;
    }
    return (own.kernel.kind == KernelKind::ZeroPad || own.kernel.kind == KernelKind::Convert) &&
           (unit(to).kernel.kind == KernelKind::Window || plan(to).follows);
  }

  /// Cycles that a unit leaves free behind its frame: behind a window that it reads as it comes, those in
  /// which the window fills itself, if it has the time. Then nothing waits between the two.
  int64_t restOf(size_t u) const {
    const UnitSteps &steps = plans_[u].steps;
    for (size_t i = 0; leavesRest_ && i < steps.inputs.size() && steps.fill == 0; ++i) {
      const int from = channel(graph_.units[u].inputs[i]).from;
      if (from < 0 || unit(from).kernel.kind != KernelKind::Window || steps.inputs[i].early > 0 ||
          steps.inputs[i].late > 0)
        continue;
      if (const int64_t fill = plans_[static_cast<size_t>(from)].steps.fill; steps.steps <= period_ - fill)
        return fill;
    }
    return 0;
  }

  void setTimes(size_t u) {
    UnitPlan &own = plans_[u];
    const UnitSteps &steps = own.steps;
    own.follows = isFollower(u);
    std::vector<Run> clock;
    const int64_t latency = latencyOf(graph_.units[u].kernel);
    if (own.follows) {
      const Moves &reads = readsOf(graph_.units[u].outputs[0]);
      clock = shifted(reads, -reads.early - kHandover - latency).runs;
      if (const int64_t begin = clock.front().from; steps.fill > 0)
        clock.insert(clock.begin(), {steps.fill, begin - steps.fill, begin});
    } else {
      if (steps.fill > 0)
        clock.push_back({steps.fill, -steps.fill, 0});
      if (steps.steps > steps.fill)
        clock.push_back({steps.steps - steps.fill, 0, period_ - steps.fill - restOf(u)});
    }
    own.isAsBefore = clock == own.clock;
    if (own.isAsBefore)
      return;
    own.clock = std::move(clock);
    own.inputs.clear(), own.outputs.clear();
    for (const Moves &reads : steps.inputs)
      own.inputs.push_back(timed(reads, own.clock, -steps.fill));
    for (const Moves &writes : steps.outputs)
      own.outputs.push_back(shifted(timed(writes, own.clock, -steps.fill), latency));
  }

  /// As early as all its inputs allow, those of the units that go with it too.
  void setBegin(size_t u) {
    std::vector<size_t> all = {u};
    int64_t begin = 0;
    for (size_t i = 0; i < all.size(); ++i)
      for (int input : graph_.units[all[i]].inputs) {
        const int from = channel(input).from;
        if (from < 0) {
          begin = std::max(begin, lagOf(evenly(channel(input).port), readsOf(input)) + kHandover);
          continue;
        }
        if (plan(from).follows)
          all.push_back(static_cast<size_t>(from));
        else
          begin = std::max(begin, plan(from).begin + lagOf(writesOf(input), readsOf(input)) + kHandover);
      }
    for (size_t one : all)
      plans_[one].begin = begin;
  }

  /// Whether its two ends move as in the run before, so that its depth is what it was.
  bool isAsBefore(const Channel &of) {
    const UnitPlan &to = plan(of.to);
    if (of.from < 0)
      return to.isAsBefore && to.begin == to.beginBefore;
    const UnitPlan &from = plan(of.from);
    return from.isAsBefore && to.isAsBefore && to.begin - from.begin == to.beginBefore - from.beginBefore;
  }

  int64_t depthOf(const Channel &of) {
    const int c = idOf(of);
    const Moves &writes = writesOf(c), &reads = readsOf(c);
    const int64_t most = mostHeld(writes, shifted(reads, plan(of.to).begin - plan(of.from).begin), period_);
    return most <= kRegisters ? kRegisters : most + kFifoSlack;
  }

  /// An input of several comes evenly, all from the same moment on, and a frame of it waits before the
  /// project: here waits what is more. One alone comes when it is asked for.
  int64_t depthBehindEnd(const Channel &of) {
    if (graph_.inputs.size() < 2)
      return kRegisters;
    const int64_t most = mostHeld(evenly(of.port), shifted(readsOf(idOf(of)), plan(of.to).begin), period_);
    return most <= of.port.beatsPerFrame ? kRegisters : most - of.port.beatsPerFrame + kFifoSlack;
  }

  UnitGraph &graph_;
  bool leavesRest_ = false;
  std::vector<UnitPlan> plans_;
  int64_t period_ = 1;
};

} // namespace

void setDepths(UnitGraph &graph) {
  const auto bits = [&] {
    int64_t sum = 0;
    for (const Channel &channel : graph.channels)
      sum += channel.depth <= kRegisters ? 0 : memoryBits(channel.port.widthBits, channel.depth);
    return sum;
  };
  Scheduler scheduler(graph);
  if (!scheduler.run(/*leavesRest=*/true))
    return;
  // What does not wait behind a window may wait elsewhere: the schedule that holds less.
  std::vector<int64_t> depths;
  for (const Channel &channel : graph.channels)
    depths.push_back(channel.depth);
  const int64_t held = bits();
  scheduler.run(/*leavesRest=*/false);
  if (bits() <= held)
    return;
  for (size_t c = 0; c < depths.size(); ++c)
    graph.channels[c].depth = depths[c];
}

std::vector<llvm::SmallVector<HeldElements, 2>> heldBefore(const ir::Model &model) {
  llvm::SmallVector<ir::StreamId, 2> inputs, outputs;
  for (const ir::Port &port : model.inputs)
    inputs.push_back(port.stream);
  for (const ir::Port &port : model.outputs)
    outputs.push_back(port.stream);
  const kernel::Implementation one{.style = kernel::Style::Finn, .io = kernel::IoMode::Stream};
  std::vector<llvm::SmallVector<HeldElements, 2>> out(model.layers.size());
  auto graph = unitGraph(model, inputs, outputs,
                         [&](const ir::Layer &) -> const kernel::Implementation & { return one; });
  if (!graph) {
    llvm::consumeError(graph.takeError());
    return out;
  }
  // Converters and copies belong to what they give to.
  std::vector<ir::LayerId> layers;
  for (const Unit &unit : graph->units)
    layers.push_back(unit.layer);
  for (size_t u = graph->units.size(); u-- > 0;)
    for (int channel : graph->units[u].outputs)
      if (const int to = graph->channels[static_cast<size_t>(channel)].to;
          layers[u] == ir::LayerId::None && to >= 0)
        layers[u] = layers[static_cast<size_t>(to)];
  for (const Channel &channel : graph->channels)
    if (channel.depth > kRegisters && channel.from >= 0 && channel.to >= 0)
      if (const ir::LayerId layer = layers[static_cast<size_t>(channel.to)]; layer != ir::LayerId::None)
        out[index(layer)].push_back(
            {channel.depth * (channel.port.widthBits / channel.port.elementBits), channel.port.elementBits});
  return out;
}

} // namespace braid::plan
