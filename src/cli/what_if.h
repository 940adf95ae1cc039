// --what-if and --what-if-svg.
#pragma once

#include "commands.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace braid::cli {

struct WhatIfArguments {
  bool isAsked = false;
  std::optional<int> most; ///< FPGAs; absent: all that are not forbidden
  std::string svg;         ///< File for the chart; empty: none
};

void addWhatIf(CLI::App &command, WhatIfArguments &arguments);

/// What `braid plan` does: the report of one plan, or with --what-if a table of many.
llvm::Error planOrWhatIf(const Common &common, const WhatIfArguments &arguments);

} // namespace braid::cli
