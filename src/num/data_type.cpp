#include "braid/num/data_type.h"

#include "braid/support/error.h"

#include "llvm/ADT/SmallVector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace braid::num {
namespace {

constexpr std::array<const char *, 7> kRoundingNames = {
    "AP_RND", "AP_RND_ZERO", "AP_RND_MIN_INF", "AP_RND_INF", "AP_RND_CONV", "AP_TRN", "AP_TRN_ZERO"};
constexpr std::array<const char *, 4> kOverflowNames = {"AP_SAT", "AP_SAT_ZERO", "AP_SAT_SYM", "AP_WRAP"};

llvm::Error badType(llvm::StringRef text, const std::string &why) {
  return badUsage(
      fmt::format("type '{}': {}; a type reads ap_fixed<16,6>, ap_ufixed<8,0,AP_RND,AP_SAT> or ap_int<8>",
                  text.str(), why));
}

template <class Enum, size_t N>
bool parseMode(llvm::StringRef text, const std::array<const char *, N> &names, Enum &mode) {
  for (size_t i = 0; i < N; ++i)
    if (text == names[i] || text == llvm::StringRef(names[i]).drop_front(3)) {
      mode = static_cast<Enum>(i);
      return true;
    }
  return false;
}

} // namespace

const FixedType &DataType::fixed() const {
  BRAID_CHECK(isFixed_, "a float type has no fixed-point format");
  return fixed_;
}

FixedType signedFixed(int width, int intBits) {
  return {.width = width, .intBits = intBits, .isSigned = true};
}
FixedType unsignedFixed(int width, int intBits) {
  return {.width = width, .intBits = intBits, .isSigned = false};
}

std::string toString(const FixedType &type) {
  const bool plain = type.rounding == Rounding::Trn && type.overflow == Overflow::Wrap;
  const char *sign = type.isSigned ? "" : "u";
  std::string modes;
  if (!plain)
    modes = fmt::format(",{},{}", kRoundingNames[static_cast<size_t>(type.rounding)],
                        kOverflowNames[static_cast<size_t>(type.overflow)]);
  return fmt::format("ap_{}fixed<{},{}{}>", sign, type.width, type.intBits, modes);
}

std::string toString(const DataType &type) { return type.isFloat() ? "float32" : toString(type.fixed()); }

llvm::Expected<FixedType> parseFixedType(llvm::StringRef text, int maxWidth) {
  llvm::StringRef rest = text.trim();
  rest.consume_front("ap_");
  FixedType type;
  type.isSigned = !rest.consume_front("u");
  const bool isInt = rest.consume_front("int");
  if (!isInt && !rest.consume_front("fixed"))
    return badType(text, "unknown type name");
  rest = rest.trim();
  if (!rest.consume_front("<") || !rest.consume_back(">"))
    return badType(text, "its parameters do not stand between < and >");
  llvm::SmallVector<llvm::StringRef, 4> parts;
  rest.split(parts, ',');
  for (llvm::StringRef &part : parts)
    part = part.trim();
  const size_t most = isInt ? 1 : 4, least = isInt ? 1 : 2;
  if (parts.size() < least || parts.size() > most)
    return badType(text, fmt::format("{} parameters", parts.size()));
  if (parts[0].getAsInteger(10, type.width) || type.width < 1 || type.width > maxWidth)
    return badType(text, fmt::format("width '{}' is not a number from 1 to {}", parts[0].str(), maxWidth));
  type.intBits = type.width;
  if (parts.size() > 1 &&
      (parts[1].getAsInteger(10, type.intBits) || type.intBits < -64 || type.intBits > 128))
    return badType(text, fmt::format("integer bits '{}' are not a number from -64 to 128", parts[1].str()));
  if (parts.size() > 2 && !parseMode(parts[2], kRoundingNames, type.rounding))
    return badType(text, fmt::format("unknown rounding mode '{}' (known: {})", parts[2].str(),
                                     fmt::join(kRoundingNames, ", ")));
  if (parts.size() > 3 && !parseMode(parts[3], kOverflowNames, type.overflow))
    return badType(text, fmt::format("unknown overflow mode '{}' (known: {})", parts[3].str(),
                                     fmt::join(kOverflowNames, ", ")));
  return type;
}

} // namespace braid::num
