// Units of the FINN style run cycle by cycle, with FIFOs of the depths of their graph: each unit's loops as
// its header writes them, words that only come and go.
#pragma once

#include "braid/ir/model.h"
#include "braid/plan/unit_graph.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace braid::test {

/// What an iteration of a unit's loops reads and writes: a bit for each input and output.
struct UnitStep {
  uint16_t reads = 0, writes = 0;
};
/// A frame of a unit of a model.
std::vector<UnitStep> unitSteps(const ir::Model &model, const plan::Unit &unit);

struct Simulated {
  std::vector<int64_t> done; ///< By frame: the cycle in which its last word left; up to a deadlock
  std::vector<int64_t> most; ///< By channel: words held at once
  int64_t slowest = 0;       ///< Iterations of a frame, of the unit with most
};
/// `latency`: cycles from an iteration to what it writes. Words come and go at the project's ends as fast as
/// they can.
Simulated simulate(const ir::Model &model, const plan::UnitGraph &graph, int frames, int64_t latency);

} // namespace braid::test
