#include "braid/support/error.h"

#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace braid {

char UserError::ID = 0;

std::string Diagnostic::text() const {
  std::string out;
  if (!file.empty())
    out += file + ": ";
  if (!node.empty() || !op.empty())
    out += fmt::format("node '{}'{}: ", node, op.empty() ? "" : fmt::format(" ({})", op));
  out += "error: " + message;
  for (const std::string &note : notes)
    out += "\n  note: " + note;
  return out;
}

llvm::Error Diagnostics::take(ExitCode code) {
  if (found_.empty())
    return llvm::Error::success();
  return llvm::make_error<UserError>(code, std::exchange(found_, {}));
}

void Diagnostics::add(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [&](UserError &user) {
    for (Diagnostic &diagnostic : user.diagnostics())
      found_.push_back(std::move(diagnostic));
  });
}

std::string messageOf(llvm::Error error) {
  std::string out;
  llvm::handleAllErrors(std::move(error), [&](UserError &user) {
    for (const Diagnostic &diagnostic : user.diagnostics())
      out += (out.empty() ? "" : "; ") + diagnostic.message;
  });
  return out;
}

void UserError::log(llvm::raw_ostream &out) const {
  for (size_t i = 0; i < diagnostics_.size(); ++i)
    out << (i ? "\n" : "") << diagnostics_[i].text();
}

std::error_code UserError::convertToErrorCode() const { return llvm::inconvertibleErrorCode(); }

llvm::Error userError(ExitCode code, Diagnostic diagnostic) {
  return llvm::make_error<UserError>(code, std::vector<Diagnostic>{std::move(diagnostic)});
}

llvm::Error badInput(llvm::StringRef file, std::string message) {
  return userError(ExitCode::BadInput,
                   {.file = file.str(), .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

llvm::Error badUsage(std::string message) {
  return userError(ExitCode::BadUsage,
                   {.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

llvm::Error inFile(llvm::Error error, llvm::StringRef file) {
  return llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> user) -> llvm::Error {
    for (Diagnostic &diagnostic : user->diagnostics())
      if (diagnostic.file.empty())
        diagnostic.file = file.str();
    return llvm::Error(std::move(user));
  });
}

void detail::checkFailed(const char *file, int line, const char *condition, const std::string &message) {
  std::fprintf(stderr, "braid: internal fault: %s (%s, %s:%d)\n", message.c_str(), condition, file, line);
  std::fflush(nullptr);
  std::_Exit(static_cast<int>(ExitCode::Internal));
}

} // namespace braid
