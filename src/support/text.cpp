#include "braid/support/text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace braid {

std::string closestName(llvm::StringRef name, llvm::ArrayRef<std::string> candidates) {
  std::string best;
  unsigned bestDistance = std::max<unsigned>(2, static_cast<unsigned>(name.size()) / 3) + 1;
  for (const std::string &candidate : candidates) {
    unsigned distance =
        llvm::StringRef(name.lower())
            .edit_distance(llvm::StringRef(candidate).lower(), /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(llvm::StringRef name, llvm::ArrayRef<std::string> candidates) {
  if (std::string best = closestName(name, candidates); !best.empty())
    return fmt::format("; did you mean '{}'?", best);
  return fmt::format("; known: {}", fmt::join(candidates, ", "));
}

std::string identifierFrom(llvm::StringRef text, size_t maxLength) {
  // Reserved in C++ or used as names by the generated projects.
  static constexpr std::array<llvm::StringRef, 26> kTaken = {
      "auto",  "bool",   "break",  "case",   "char",     "class", "const", "default", "delete",
      "do",    "double", "else",   "float",  "for",      "if",    "int",   "long",    "main",
      "short", "signed", "static", "struct", "template", "while", "nnet",  "braid"};
  std::string out;
  for (char c : text.take_front(maxLength))
    out += llvm::isAlnum(c) ? c : '_';
  while (!out.empty() && (out.front() == '_' || llvm::isDigit(out.front())))
    out = llvm::isDigit(out.front()) ? "n" + out : out.substr(1);
  // Two underscores in a row are reserved in C++.
  out.erase(std::unique(out.begin(), out.end(), [](char a, char b) { return a == '_' && b == '_'; }),
            out.end());
  if (out.empty())
    out = "layer";
  if (std::find(kTaken.begin(), kTaken.end(), out) != kTaken.end())
    out += "_1";
  return out.substr(0, maxLength);
}

std::string printable(llvm::StringRef text, size_t maxLength) {
  std::string out;
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  const bool valid = text.empty() || llvm::isLegalUTF8String(&begin, end);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid))
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
    if (out.size() >= maxLength && (byte & 0xC0) != 0x80)
      return out + "...";
  }
  return out;
}

std::string withThousands(int64_t value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return value < 0 ? "-" + digits : digits;
}

std::string shortest(double value) { return fmt::format("{}", value); }

} // namespace braid
