// Text helpers: suggestions for misspelt names, identifiers for generated code, numbers as people read them.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace braid {

/// The candidate closest to `name`, or empty if none is close.
std::string closestName(llvm::StringRef name, llvm::ArrayRef<std::string> candidates);

/// `; did you mean 'x'?` or, if nothing is close, `; known: a, b, c`.
std::string suggestion(llvm::StringRef name, llvm::ArrayRef<std::string> candidates);

/// A C identifier made from any text: [A-Za-z0-9_] kept, the rest becomes `_`, never empty, never starting
/// with a digit or an underscore, at most `maxLength` characters, no C++ keyword. Not injective.
std::string identifierFrom(llvm::StringRef text, size_t maxLength = 40);

/// Text made printable for messages: control characters and invalid UTF-8 escaped, long text shortened.
std::string printable(llvm::StringRef text, size_t maxLength = 120);

/// `1,234,567`.
std::string withThousands(int64_t value);

/// The shortest decimal text of a double that reads back as the same double.
std::string shortest(double value);

} // namespace braid
