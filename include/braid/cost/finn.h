// What FINN says of the units of the FINN style (cost model `finn-analytic`).
#pragma once

#include "braid/kernel/kernel.h"

#include <optional>

namespace braid::cost::finn {

struct FinnNumbers {
  int64_t lut = 0;
  int64_t bram18 = 0;
  int64_t uram = 0;
  int64_t dsp = 0;
  int64_t cycles = 0;        ///< per frame, without the time to fill
  double bramEfficiency = 1; ///< stored bits / bits of the block RAM taken; 1 without block RAM
  double uramEfficiency = 1;

  /// Whether FINN has a formula for the figure. Where it has none it answers 0, which is not a count: add
  /// such a figure to nothing.
  bool lutModelled = false;
  bool memoryModelled = false; ///< bram18 and uram
  bool dspModelled = false;
  bool cyclesModelled = false;
};

/// FINN's numbers for a kernel of the FINN style; nothing where FINN has no such unit. Fails where FINN would
/// refuse the unit. `hasUram`: FIFOs that leave the choice of memory open may take UltraRAM.
std::optional<llvm::Expected<FinnNumbers>> finnNumbers(const kernel::Kernel &kernel, bool hasUram);

} // namespace braid::cost::finn
