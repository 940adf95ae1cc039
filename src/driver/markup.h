// Text inside HTML and SVG.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace braid::driver {

/// Stands for itself between tags and inside quoted attributes.
std::string escaped(llvm::StringRef text);

} // namespace braid::driver
