// --split, --split-layer, --objective and --solver.
#pragma once

#include "braid/plan/plan.h"

#include "llvm/Support/Error.h"

#include <string>

namespace braid::cli {

/// Reads the flags, each empty where it was not given.
/// --fps; empty: none.
llvm::Error setRate(const std::string &fps, plan::Options &options);

llvm::Error setSplit(const std::string &split, const std::string &splitLayer, const std::string &objective,
                     const std::string &solver, plan::Options &options);

} // namespace braid::cli
