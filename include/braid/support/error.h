// Errors a user can cause (UserError, Diagnostics) and faults only we can cause (BRAID_CHECK).
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace braid {

/// What the process ends with; see README, "Exit codes".
enum class ExitCode : int { Ok = 0, BadInput = 1, BadUsage = 2, NoPlan = 3, CheckFailed = 4, Internal = 70 };

/// One thing that is wrong, told the way it is printed:
/// `file: node 'conv3' (Conv): error: message`, then indented notes.
struct Diagnostic {
  std::string file;    ///< Path as the user gave it; empty if no file is at fault.
  std::string node;    ///< Name of the ONNX node or layer; may be empty.
  std::string op;      ///< Its operator; may be empty.
  std::string message; ///< What was found and what would work.
  std::vector<std::string> notes;

  std::string text() const;
};

/// Collects faults, so that one run reports all of them.
class Diagnostics {
public:
  void add(Diagnostic diagnostic) { found_.push_back(std::move(diagnostic)); }
  /// What a user caused; other errors are our own faults.
  void add(llvm::Error error);
  bool empty() const { return found_.empty(); }
  const std::vector<Diagnostic> &all() const { return found_; }
  /// All of them as one error, or success.
  llvm::Error take(ExitCode code = ExitCode::BadInput);

private:
  std::vector<Diagnostic> found_;
};

/// The error of everything a user can cause.
class UserError : public llvm::ErrorInfo<UserError> {
public:
  static char ID;
  UserError(ExitCode code, std::vector<Diagnostic> diagnostics)
      : code_(code), diagnostics_(std::move(diagnostics)) {}
  ExitCode code() const { return code_; }
  std::vector<Diagnostic> &diagnostics() { return diagnostics_; }
  const std::vector<Diagnostic> &diagnostics() const { return diagnostics_; }
  void log(llvm::raw_ostream &out) const override;
  std::error_code convertToErrorCode() const override;

private:
  ExitCode code_;
  std::vector<Diagnostic> diagnostics_;
};

[[nodiscard]] llvm::Error userError(ExitCode code, Diagnostic diagnostic);
/// A fault in an input file (exit code 1).
[[nodiscard]] llvm::Error badInput(llvm::StringRef file, std::string message);
/// A fault in the command line (exit code 2).
[[nodiscard]] llvm::Error badUsage(std::string message);
/// The messages of a user's faults alone, to stand inside another.
std::string messageOf(llvm::Error error);
/// Names the file in every diagnostic of `error` that names none yet.
[[nodiscard]] llvm::Error inFile(llvm::Error error, llvm::StringRef file);

namespace detail {
[[noreturn]] void checkFailed(const char *file, int line, const char *condition, const std::string &message);
}

/// A fault of ours: stays on in release builds, ends the process with exit code 70.
#define BRAID_CHECK(condition, message)                                                                      \
  do {                                                                                                       \
    if (!(condition))                                                                                        \
      ::braid::detail::checkFailed(__FILE__, __LINE__, #condition, (message));                               \
  } while (false)

} // namespace braid
