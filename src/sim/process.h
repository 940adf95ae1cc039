// Child processes with a working folder and a log.
#pragma once

#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace braid::sim {

struct Finished {
  int exitCode = 0;
  int signal = 0; ///< 0: it ended by itself
  bool ok() const { return exitCode == 0 && signal == 0; }
  std::string text() const; ///< `exit code 3`, `signal 6 (Aborted)`
};

/// Runs `arguments` (the first is the program, with its path or found in PATH) in `folder`; both outputs go
/// to `log`.
llvm::Expected<Finished> runProcess(const std::vector<std::string> &arguments, const std::string &folder,
                                    const std::string &log);

/// The last lines of a log, for messages.
std::vector<std::string> lastLines(const std::string &log, size_t count);

/// Calls body(i) for each i in [0, count), `jobs` at a time; the error of the lowest i that failed.
llvm::Error forEachJob(size_t count, unsigned jobs, const std::function<llvm::Error(size_t)> &body);

} // namespace braid::sim
