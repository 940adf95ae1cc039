// Choices of layers next to each other by partial choices: what is left where weights alone do not decide.
#pragma once

#include "sequence.h"

#include <optional>

namespace braid::partition {

/// Choices with which a range fits its room, by layer; nothing where none are found. Exact, as long as not
/// too many partial choices are kept. `weights`, up to kResources + 1 of them, exclude and rank those.
std::optional<std::vector<int32_t>> searchLabels(const Range &range, const Rows &rows,
                                                 const std::vector<Weights> &weights);

} // namespace braid::partition
