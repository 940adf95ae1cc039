// FINN's folding configurations (`--folding`).
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Adds the foldings of a file in FINN's schema, {"MVAU_hls_0": {"PE": 16, "SIMD": 4, ...}, ...}, to
/// options.foldings, by layer of a typed model. Units are counted by operator in topological order, as FINN
/// counts them; `_hls`, `_rtl` and the names of older versions mean the same. What is not used stands in a
/// note.
llvm::Error readFoldingFile(const std::string &path, const ir::Model &model, Options &options,
                            std::vector<std::string> &notes);

} // namespace braid::plan
