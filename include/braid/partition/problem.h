// The partitioning problem in whole numbers, by itself: what may be chosen for each layer, what that takes,
// and what there is. Knows no networks, no kernels and no devices; solvers, the MILP, problem.json and its
// checker read it. What each number means, and what a legal plan is: src/partition/README.md.
#pragma once

#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace braid::partition {

/// LUT, FF, BRAM18, URAM, DSP, HBM, in the order of device::kResources.
inline constexpr size_t kResources = 6;
/// Channels of high-bandwidth memory: few dies have any, and few choices take one.
inline constexpr size_t kChannels = kResources - 1;
using Needs = std::array<int64_t, kResources>;

/// One way to make a layer.
struct Choice {
  int64_t cycles = 1; ///< Between frames
  Needs needs = {};
  int32_t in = 0, out = 0; ///< Classes of the words it takes and gives, for converters
  int64_t fill = 0; ///< Cycles until the first of a frame leaves it: hasten() goes by it, no limit does
  auto operator<=>(const Choice &) const = default;
};
using Table = std::vector<Choice>;

/// What converters of words between a layer and the one before it take: [class given][class taken].
using Words = std::vector<std::vector<Needs>>;

struct Die {
  std::string name;
  Needs capacity = {};
};

/// FPGAs that are alike: same dies, same clock, same limits; or teams of such FPGAs, that hold layers
/// together.
struct Kind {
  std::string name;
  int of = -1;             ///< Of a team: the kind of its members; -1: single FPGAs
  int members = 1;         ///< FPGAs of a team
  bool takesTurns = false; ///< Members hold the same and work on a frame each; else on slices of every frame
  int64_t cycleFs = 1;     ///< Femtoseconds of a cycle
  std::vector<Die> dies;
  int64_t wires = 0;           ///< Across each boundary of two neighbouring dies; 0: any number
  int portDie = 0;             ///< Where streams to and from other FPGAs begin and end
  int hostDie = 0;             ///< The same of streams to and from the host
  Needs stack = {};            ///< Network stack of a port in use, on the port's die
  bool hasPortPerSide = false; ///< What comes and what goes use ports of their own
  bool hostSharesPort = false; ///< The host's streams go over the port
};

struct Fpga {
  std::string name;
  int kind = 0; ///< Not of a team
};

struct Layer {
  std::string name;
  std::vector<int32_t> tables; ///< By kind; -1: not there
  std::vector<int32_t> words;  ///< By kind: converters behind the layer before it; -1: none. May be empty.
  int die = -1;                ///< The only die it may be on; -1: any
  bool staysWithLast = false;  ///< On the FPGA of the layer before it
};

/// Numbers that one layer gives and others take.
struct Stream {
  /// Between the members of a team.
  struct Exchange {
    Needs needs = {};            ///< On the port's die of each member
    int64_t inFs = 0, outFs = 0; ///< On each member's links, per frame
    auto operator<=>(const Exchange &) const = default;
  };
  /// On an FPGA of one kind, or on each member of a team.
  struct Ends {
    Needs send = {}, receive = {};    ///< To and from another FPGA, on the port's die
    Needs fromHost = {}, toHost = {}; ///< On the host's die
    int64_t cycles = 0;               ///< Of whatever moves it, per frame
    // Of teams only:
    int64_t receiveFs = 0,
            hostFs = 0;    ///< Of a frame on a member's link and on its host's, in place of the stream's
    Exchange made, inside; ///< Where the team makes it; where it makes it and takes it, too
  };
  std::string name;
  int from = -1;       ///< Layer; -1: the host
  std::vector<int> to; ///< Layers, ascending; the number of layers: the host
  int64_t elements = 1, elementBits = 1;
  int64_t linkFs = 0, hostFs = 0; ///< Of a frame on a link between FPGAs, and between host and FPGA
  std::vector<Ends> ends;         ///< By kind
};

struct Problem {
  std::vector<Kind> kinds;
  std::vector<Fpga> fpgas;
  std::vector<std::vector<int>> walks; ///< Orders in which FPGAs may follow each other; empty: any order
  bool hops = false;                   ///< Streams go from each FPGA to the next, else directly
  std::vector<Table> tables;
  std::vector<Words> words;
  std::vector<Layer> layers; ///< In topological order
  std::vector<Stream> streams;
  int fewestFpgas = 1, mostFpgas = 1;

  int cuts() const { return static_cast<int>(layers.size()); }
  const Table &table(int layer, int kind) const {
    return tables[static_cast<size_t>(layers[static_cast<size_t>(layer)].tables[static_cast<size_t>(kind)])];
  }
  bool mayBeOn(int layer, int kind) const {
    return layers[static_cast<size_t>(layer)].tables[static_cast<size_t>(kind)] >= 0;
  }
  /// Whether the layers before `cut` and those from it on may be on different FPGAs.
  bool isCut(int cut) const {
    return cut == 0 || cut == cuts() || !layers[static_cast<size_t>(cut)].staysWithLast;
  }

  const Kind &kind(int index) const { return kinds[static_cast<size_t>(index)]; }
  /// Of a frame on the link of an FPGA of a kind that receives it.
  int64_t receiveFs(const Stream &stream, int index) const {
    return kind(index).of < 0 ? stream.linkFs : stream.ends[static_cast<size_t>(index)].receiveFs;
  }
  int64_t hostFs(const Stream &stream, int index) const {
    return kind(index).of < 0 ? stream.hostFs : stream.ends[static_cast<size_t>(index)].hostFs;
  }

  /// Nothing that is out of range; the first fault found.
  llvm::Error check() const;
};

/// Layers [begin, end) on one FPGA, or on the members of a team. Dies are filled one after the other, from
/// the first or from the last on.
struct Part {
  int kind = 0;
  std::vector<int> fpgas; ///< One, or a team's members
  int begin = 0, end = 0;
  bool fromLast = false;
  std::vector<int>
      ends; ///< Of the dies in that order: layers before it are on that die or one before; the last is `end`
  auto operator<=>(const Part &) const = default;
};

struct Solution {
  int64_t periodFs = 0;
  std::vector<Part> parts;
  std::vector<int32_t> choices; ///< By layer: row of its table
};

/// The period of a plan, in femtoseconds; an error that says what is not legal about it.
llvm::Expected<int64_t> periodOf(const Problem &problem, const Solution &solution);

} // namespace braid::partition
