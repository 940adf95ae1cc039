// --split, --split-layer and --objective.
#pragma once

#include "braid/plan/plan.h"

#include "llvm/Support/Error.h"

#include <string>

namespace braid::cli {

/// Reads the three flags, each empty where it was not given.
llvm::Error setSplit(const std::string &split, const std::string &splitLayer, const std::string &objective,
                     plan::Options &options);

} // namespace braid::cli
