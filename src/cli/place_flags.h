// --limits, --reserve, --pin and --forbid.
#pragma once

#include "braid/plan/plan.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace braid::cli {

/// Reads `lut=70,average=70` in percent.
llvm::Error setLimits(const std::string &limits, device::Limits &out);
/// Reads the flags as often as each was given: `conv1=fpga0.SLR1,conv2=fpga1`, `fpga3`,
/// `fpga0.SLR1:lut=10000,bram18=40`.
llvm::Error setPlaces(const std::vector<std::string> &pins, const std::vector<std::string> &forbidden,
                      const std::vector<std::string> &reserved, plan::Options &options);

} // namespace braid::cli
