// The program of one FPGA's emulation, from the cache or compiled into it.
#pragma once

#include "braid/sim/emulate.h"

#include <string>

namespace braid::sim {

/// One translation unit, or the program made of several.
struct Source {
  std::string file;               ///< Compiled
  std::vector<std::string> reads; ///< Folders and files whose content decides the object
  /// Statements for the end of a function: a copy with them is compiled in place of the file.
  std::string statements = {}, function = {};
};

struct ProgramFiles {
  std::string fpga;   ///< For messages
  std::string folder; ///< Of the FPGA in the bundle
  std::vector<Source> sources;
  std::vector<std::string> includes;
};

/// Compiles what the cache does not hold, `options.jobs` at a time. Returns the programs' paths, and counts
/// programs in `result`. Errors name the FPGA and the first lines of what the compiler said.
llvm::Expected<std::vector<std::string>> buildPrograms(const std::vector<ProgramFiles> &programs,
                                                       const EmulationOptions &options,
                                                       const std::string &workFolder,
                                                       EmulationResult &result);

} // namespace braid::sim
