// Keys of plan files.
#pragma once

#include "braid/kernel/kernel.h"

namespace braid::plan {

/// The ranges of a slice by their keys.
struct RangeKey {
  const char *key;
  int64_t kernel::Slice::*begin, kernel::Slice::*end;
};
inline constexpr RangeKey kRanges[] = {{"neurons", &kernel::Slice::rowBegin, &kernel::Slice::rowEnd},
                                       {"inputs", &kernel::Slice::colBegin, &kernel::Slice::colEnd},
                                       {"rows", &kernel::Slice::posBegin, &kernel::Slice::posEnd}};

} // namespace braid::plan
