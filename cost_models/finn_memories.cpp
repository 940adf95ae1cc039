// Block RAM as FINN counts it, and the refusals that all its units share.
#include "finn_memories.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::cost::finn {

int64_t bram18For(int64_t width, int64_t depth, PortWidths ports) {
  if (width <= 2)
    return ceilDiv(depth, width == 1 ? 16384 : 8192);
  if (width <= 4)
    return ceilDiv(depth, 4096);
  if (width <= 9)
    return ceilDiv(depth, 2048) * ceilDiv(width, ports.deep);
  if (width <= 18 || depth > 512)
    return ceilDiv(depth, 1024) * ceilDiv(width, ports.middle);
  return ceilDiv(depth, 512) * ceilDiv(width, ports.shallow);
}

int64_t product(const Shape &shape) {
  int64_t all = 1;
  for (int64_t size : shape)
    all *= size;
  return all;
}

llvm::Error unitError(std::string_view unit, std::string message) {
  return badInput("", fmt::format("FINN unit {}: {}", unit, message));
}

llvm::Error allPositive(std::string_view unit, std::initializer_list<Attribute> attributes) {
  for (const Attribute &attribute : attributes)
    if (attribute.value < 1)
      return unitError(unit, fmt::format("{} is {}; it must be 1 or more", attribute.name, attribute.value));
  return llvm::Error::success();
}

llvm::Error divides(std::string_view unit, Attribute part, Attribute whole) {
  if (llvm::Error error = allPositive(unit, {part, whole}))
    return error;
  if (whole.value % part.value != 0)
    return unitError(
        unit, fmt::format("{} {} does not divide {} {}", part.name, part.value, whole.name, whole.value));
  return llvm::Error::success();
}

} // namespace braid::cost::finn
