// Sequences of choices of layers next to each other on one die, with the converters between them.
#pragma once

#include "prepared.h"

#include <optional>

namespace braid::partition {

/// Layers on a die, each with the rows that alone fit its room.
struct Range {
  const Prepared &prepared;
  int kind, begin, end;
  const Needs &room;
};

std::vector<Row> fittingRows(const Range &range, int layer);

/// By layer from the first on.
using Rows = std::vector<std::vector<Row>>;

Needs needsOf(const Range &range, llvm::ArrayRef<const Row *> rows);

/// The least weighted needs of all sequences of rows, and one that has them. `more`: what each row costs
/// beside, by layer.
int64_t leastSequence(const Range &range, const Rows &rows, const Weights &weights,
                      std::vector<const Row *> *picked = nullptr,
                      llvm::ArrayRef<std::vector<int64_t>> more = {});

/// Weights that exclude all sequences, or one that fits, or neither.
struct SequenceAscent {
  std::optional<Weights> excludes;
  std::optional<std::vector<const Row *>> selection;
  Weights last = {};
};
SequenceAscent ascendSequence(const Range &range, const Rows &rows, const Weights &first, int rounds);

} // namespace braid::partition
