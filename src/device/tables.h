// The files of targets/devices, targets/links and targets/clusters as the build embeds them.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <span>
#include <string_view>

namespace braid::embedded {

/// As tools/embed.py defines it.
struct File {
  std::string_view name, text;
};
std::span<const File> deviceTables();

} // namespace braid::embedded

namespace braid::device {

/// The text of a cluster file that comes with braid, or empty.
std::string_view clusterText(llvm::StringRef name);

} // namespace braid::device
