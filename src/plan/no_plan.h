// Errors that say that no plan fits, rather than that something is wrong.
#pragma once

#include "braid/support/error.h"

#include <string>

namespace braid::plan {

inline llvm::Error noPlan(std::string message) {
  return userError(ExitCode::NoPlan,
                   {.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

inline bool isNoPlan(llvm::Error &error) {
  bool is = false;
  error = llvm::handleErrors(std::move(error), [&](std::unique_ptr<UserError> user) -> llvm::Error {
    is = user->code() == ExitCode::NoPlan;
    return llvm::Error(std::move(user));
  });
  return is;
}

/// The same error as one that says so: another way to split may do.
inline llvm::Error asNoPlan(llvm::Error error) {
  return llvm::handleErrors(std::move(error), [](std::unique_ptr<UserError> fault) -> llvm::Error {
    return userError(ExitCode::NoPlan, fault->diagnostics().front());
  });
}

} // namespace braid::plan
