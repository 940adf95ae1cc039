// Runs what was emitted: the C++ of every stage of every FPGA compiled and run as a process of its own,
// frames and packets carried between them by the emitted tables.
#pragma once

#include "braid/emit/project.h"
#include "braid/exec/interpreter.h"
#include "braid/sim/trace.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace braid::sim {

struct EmulationOptions {
  std::string cxx = "g++";
  std::string standard = "-std=c++17";
  std::vector<std::string> flags = {"-O2", "-w"};
  std::string cacheFolder; ///< Of compiled programs by their content; empty: BRAID_CACHE, else the user's
                           ///< cache folder
  std::vector<std::string> programs; ///< Built already, one a project in their order; empty: built here
  unsigned jobs = 0;                 ///< Processes at a time; 0: as many as braid has threads
  Trace *trace = nullptr; ///< Of every project what is wanted; gets the runs, also where emulate() fails
  bool keep = false;      ///< Leave the folder of frames, packets and logs; EmulationResult names it
};

struct EmulationResult {
  std::map<int32_t, exec::Batch> crossings; ///< Mantissas that went over the wires
  std::vector<exec::Batch> outputs; ///< Mantissas of the whole model's outputs, in the order of streams
  std::map<int32_t, int64_t>
      wireBytes; ///< Of one frame, by crossing: counted, headers and framing included; 0 on a chip
  int64_t compiled = 0, cached = 0; ///< Programs
  double compileSeconds = 0, runSeconds = 0;
  std::string folder; ///< Where `keep` was asked for
};

/// `inputs`: mantissas of the inputs that hosts are given (context.hostModel()), in the order of streams, all
/// with the same frames; they are cut as network.json says. Routes by network/network.json of the bundle,
/// never by the plan: tables that are wrong show here. Fails with exit code 4, naming FPGA and file, where
/// there is no compiler, something does not compile, crashes or gives too little, or a packet has no socket
/// row.
llvm::Expected<EmulationResult> emulate(const std::string &bundleFolder, const emit::Context &context,
                                        const std::vector<exec::Batch> &inputs,
                                        const EmulationOptions &options = {});

} // namespace braid::sim
