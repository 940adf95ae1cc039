// A plan die by die: the layers there, what they take, and other choices for them.
#pragma once

#include "sequence.h"

#include "braid/partition/solve.h"

namespace braid::partition {

/// Layers of a part on one die.
struct OnDie {
  const Part &part;
  size_t die = 0;
  int begin = 0, end = 0;
};

std::vector<OnDie> diesOf(const Problem &problem, const Solution &solution);
llvm::ArrayRef<int32_t> choicesOn(const Solution &solution, const OnDie &on);
std::vector<int32_t> choicesOf(llvm::ArrayRef<const Row *> rows);

/// Each resource by its share of the largest die; a channel of memory as much as all of another.
Weights areaWeights(const Kind &kind);

/// Choices, and the converters between those next to each other.
Needs needsOf(const Problem &problem, const OnDie &on, llvm::ArrayRef<int32_t> choices);

/// What a part's streams take, by die.
llvm::SmallVector<Needs, 4> chargesOf(const Streams &streams, const Solution &solution, const Part &part);

/// Takes for each die what `better` makes of it and of the room there; nothing where that is empty. They must
/// fit, and be fast enough.
void replaceChoices(const Prepared &prepared, Solution &solution,
                    llvm::function_ref<std::vector<int32_t>(const OnDie &, const Needs &)> better);

} // namespace braid::partition
