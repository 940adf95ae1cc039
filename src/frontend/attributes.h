// Attributes of a node, read by type. Reading goes on after a fault; finish() tells all, also attributes
// nobody asked for.
#pragma once

#include "graph.h"

#include "braid/support/error.h"

namespace braid::frontend {

class Attributes {
public:
  explicit Attributes(const Node &node) : node_(node), read_(node.attributes.size(), false) {}

  bool has(llvm::StringRef name) const;
  int64_t integer(llvm::StringRef name, int64_t ifAbsent);
  float real(llvm::StringRef name, float ifAbsent);
  std::string text(llvm::StringRef name, llvm::StringRef ifAbsent);
  std::vector<int64_t> integers(llvm::StringRef name, llvm::ArrayRef<int64_t> ifAbsent = {});
  std::vector<float> reals(llvm::StringRef name);
  /// Null if absent.
  const Tensor *tensor(llvm::StringRef name);
  /// Marks an attribute as known though its value does not matter here.
  void ignore(llvm::StringRef name);

  /// Fails if an attribute was of another type than asked for, or was not asked for: what is not understood
  /// could change the result.
  llvm::Error finish();

private:
  template <class T> const T *find(llvm::StringRef name, const char *kind);

  const Node &node_;
  std::vector<bool> read_;
  Diagnostics faults_;
};

} // namespace braid::frontend
