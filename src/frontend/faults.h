// Faults of one file, collected so that one run reports all of them.
#pragma once

#include "graph.h"

#include "braid/support/error.h"

namespace braid::frontend {

/// Reports at most a hundred faults, and how many more there were.
class FaultList {
public:
  explicit FaultList(std::string file) : file_(std::move(file)) {}

  void add(std::string message);
  void add(const Node &node, std::string message);
  /// All diagnostics of `error`, at this node where they name none.
  void add(const Node &node, llvm::Error error);
  void add(llvm::Error error);

  bool empty() const { return count_ == 0; }
  llvm::Error take();

private:
  void add(Diagnostic diagnostic);

  std::string file_;
  Diagnostics found_;
  size_t count_ = 0;
};

} // namespace braid::frontend
