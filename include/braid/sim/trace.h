// What the streams and arrays inside emitted C++ held while it ran.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace braid::sim {

/// Words in the order they were written, each in whole bytes, lowest first.
struct Recording {
  int64_t bits = 0; ///< Of a word; 0: nothing was written
  std::string bytes;
};

/// An FPGA that runs a project: the one its image is of, or a copy.
struct TracedRun {
  std::string fpga;                          ///< `fpga0`, of later stages `fpga0 stage 1`
  bool began = false;                        ///< It was given its frames
  std::map<std::string, Recording> recorded; ///< By name
};

struct TracedProject {
  std::vector<std::string> streams; ///< Names of those that are wanted: hls::stream is told its own
  std::vector<std::pair<std::string, int64_t>> arrays; ///< Of the top function, with their elements
  std::vector<TracedRun> runs; ///< By copy: run r is given the frames r, r + runs, ...; emulate() fills them
};

/// By project, in their order.
using Trace = std::vector<TracedProject>;

/// A source with statements at the end of the body of a function. Fails where it has no such function.
llvm::Expected<std::string> withStatements(llvm::StringRef source, const std::string &function,
                                           const std::string &statements);

/// What lists the names of a project for a run, and the statements that keep its arrays.
std::string traceNames(const TracedProject &project);
std::string traceStatements(const TracedProject &project);

/// The recordings of a run's `trace` file.
std::map<std::string, Recording> recordingsOf(const TracedProject &project, llvm::StringRef bytes);

} // namespace braid::sim
