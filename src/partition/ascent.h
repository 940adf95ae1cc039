// Multi-choice packing into one room: weights that exclude it, or a selection, by multiplicative weights.
#pragma once

#include "prepared.h"

#include <optional>

namespace braid::partition {

/// Layers that have the same rows to choose from.
struct Group {
  std::vector<Row> rows; ///< Each alone fits the room
  std::vector<int> layers;
};

struct Ascent {
  std::optional<Weights> excludes; ///< No selection fits
  std::optional<std::vector<const Row *>>
      selection;             ///< By layer from the first on; fits, converters not counted
  Weights last = {};         ///< Where neither was found: the weights it came to,
  size_t group = 0;          ///< the group that wavered most,
  std::vector<int32_t> side; ///< and those of its choices that are on one side
};

/// Looks for either, for layers [begin, end). `rounds`: of weights. Groups without rows are excluded by any
/// weights.
Ascent ascend(const std::vector<Group> &groups, int begin, int end, const Needs &room, int rounds);

/// The next shares of each resource in the weights, after a selection that needs `sum`: what is short weighs
/// more.
void reweigh(std::array<int64_t, kResources> &shares, const Needs &sum, const Needs &room, int round);

} // namespace braid::partition
