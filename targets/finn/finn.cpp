#include "braid/targets/finn.h"

#include "design.h"

#include <memory>

namespace braid::targets {

emit::Emission emitFinn(const emit::Context &context, size_t partition) {
  emit::Emission out;
  // Files are written later, and read it then.
  const auto design = std::make_shared<const finn::Design>(finn::designOf(context, partition));
  finn::addUnits(out, design);
  finn::addFirmware(out, *design);
  finn::addStitching(out, *design);
  finn::addReports(out, *design);
  return out;
}

} // namespace braid::targets
