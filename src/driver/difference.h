// Where a file differs from what it should be, for people.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace braid::driver {

/// The first place where `found` is not `expected`, with both values: of JSON files by path, `layers[3].PE
/// ('conv3') is 4, not 2`; of other text by line; of bytes by offset. Nothing where they are equal.
std::optional<std::string> firstDifference(llvm::StringRef name, llvm::StringRef found,
                                           llvm::StringRef expected);

} // namespace braid::driver
