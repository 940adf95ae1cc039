// Whole numbers behind reals: quantised weights are multiples of a unit, whatever wrote them.
#pragma once

#include "braid/ir/weights.h"
#include "braid/num/rational.h"

#include <optional>
#include <vector>

namespace braid::pass {

/// Wider whole numbers than these are no quantised weights, but reals that happen to be dyadic.
inline constexpr int kMostWeightBits = 16;

/// Real weights as integers times a unit, one for all rows or one per row.
struct Grid {
  std::vector<int64_t> integers;    ///< [rows][taps][channels]
  std::vector<num::Rational> units; ///< By row; equal where one unit serves all
};

/// The coarsest grid: one unit for all rows where the integers stay within kMostWeightBits, else one per row.
/// Nothing where a row has no such unit. `columns`: a factor for each channel of a row (of all rows alike),
/// applied first; empty: none.
std::optional<Grid> findGrid(const ir::Weights &weights, llvm::ArrayRef<int64_t> columns = {});

/// The largest unit that makes whole numbers of all values; nothing if the largest would need more bits.
/// Zeros are multiples of anything; 1 if all are.
std::optional<num::Rational> commonUnit(llvm::ArrayRef<num::Rational> values, int mostBits);

} // namespace braid::pass
