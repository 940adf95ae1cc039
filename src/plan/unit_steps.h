// What a unit of the FINN style does in a frame, step by step: which word of which stream moves when. The
// truth is what the headers in targets/hls/finn do.
#pragma once

#include "braid/plan/unit_graph.h"

#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace braid::plan {

/// Words at even distances: word i of them moves at `from` + floor(i * (to - from) / words).
struct Run {
  int64_t words = 0;
  int64_t from = 0, to = 0;
  int64_t first = 0; ///< Words before it

  bool operator==(const Run &) const = default;
};

/// A frame of one stream, in steps of a unit or in cycles.
struct Moves {
  std::vector<Run> runs;       ///< In order; empty ones are left out
  int64_t early = 0, late = 0; ///< By how much a word may move before its place in a run, or behind it

  void add(int64_t words, int64_t from, int64_t to) {
    if (words > 0)
      runs.push_back({words, from, to, this->words()});
  }
  int64_t words() const { return runs.empty() ? 0 : runs.back().first + runs.back().words; }
};

/// A frame of one unit: steps -fill ... steps - fill - 1, a cycle or more each. One step reads at most one
/// word of each input and writes at most one of each output.
struct UnitSteps {
  int64_t steps = 1;
  int64_t fill = 0; ///< Steps at the beginning in which nothing is written: a window's first rows come in
  llvm::SmallVector<Moves, 2> inputs, outputs;
};

UnitSteps stepsOf(const Unit &unit);

} // namespace braid::plan
