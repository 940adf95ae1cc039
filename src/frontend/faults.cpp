#include "faults.h"

#include "braid/support/text.h"

#include <fmt/format.h>

namespace braid::frontend {

void FaultList::add(const Node &node, std::string message) {
  add(Diagnostic{.file = file_,
                 .node = printable(node.name),
                 .op = printable(node.op),
                 .message = std::move(message),
                 .notes = {}});
}

void FaultList::add(std::string message) {
  add(Diagnostic{.file = file_, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

void FaultList::add(const Node &node, llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [&](UserError &user) {
    for (Diagnostic &diagnostic : user.diagnostics()) {
      diagnostic.file = file_;
      if (diagnostic.node.empty()) {
        diagnostic.node = printable(node.name);
        diagnostic.op = printable(node.op);
      }
      add(std::move(diagnostic));
    }
  });
}

void FaultList::add(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [&](UserError &user) {
    for (Diagnostic &diagnostic : user.diagnostics()) {
      diagnostic.file = file_;
      add(std::move(diagnostic));
    }
  });
}

void FaultList::add(Diagnostic diagnostic) {
  constexpr size_t kMost = 100;
  if (count_++ < kMost)
    found_.add(std::move(diagnostic));
}

llvm::Error FaultList::take() {
  if (count_ > found_.all().size())
    found_.add({.file = file_,
                .node = {},
                .op = {},
                .message = fmt::format("and {} more faults", count_ - found_.all().size()),
                .notes = {}});
  count_ = 0;
  return found_.take();
}

} // namespace braid::frontend
