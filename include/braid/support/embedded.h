// Files that are part of the program (tools/embed.py): tables, and the HLS headers that projects carry.
#pragma once

#include <span>
#include <string_view>

namespace braid::embedded {

struct File {
  std::string_view name; ///< Relative to the folder they come from, with '/'
  std::string_view text;
};

/// targets/hls: include/, nnet_utils/, braid/, link/; sorted by name.
std::span<const File> hlsHeaders();

} // namespace braid::embedded
