// Where tests find their files.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace braid::test {

inline std::filesystem::path sourceRoot() { return BRAID_SOURCE_ROOT; }

/// The folder of shared models and data beside the project; BRAID_SHARED names another.
inline std::filesystem::path sharedFolder() {
  const char *own = std::getenv("BRAID_SHARED");
  return own ? std::filesystem::path(own) : sourceRoot().parent_path() / "shared";
}

} // namespace braid::test
