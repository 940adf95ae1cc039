// The ways to make one layer on one device, with their costs.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

/// Where weights may lie: channels of high-bandwidth memory are offered by planners that place layers on
/// dies.
enum class Memories : uint8_t { OnChip, All };

/// One way to make a layer on one device.
struct LayerOption {
  kernel::Implementation implementation;
  device::Resources resources; ///< Its kernels and the FIFOs between them
  int64_t interval = 1;        ///< Cycles
  int64_t fill = 0;            ///< Cycles until the first of a frame leaves it
  cost::TimeShare time;        ///< Its share of the sum law of io_parallel
};

/// All that break no synthesis law, at least one; in the FINN style those that no other beats, which takes no
/// more cycles and no more of any resource. `name`: of the whole model's layer, by which options.reuse knows
/// it.
llvm::Expected<std::vector<LayerOption>> layerOptions(const ir::Model &model, const ir::Layer &layer,
                                                      const std::string &name, kernel::IoMode io,
                                                      const device::Fpga &fpga, const cost::CostModel &costs,
                                                      const Options &options,
                                                      Memories memories = Memories::OnChip);

/// The same where words count: in the FINN style those that no other of the same PE and SIMD beats.
llvm::Expected<std::vector<LayerOption>> layerOptionsByWords(const ir::Model &model, const ir::Layer &layer,
                                                             const std::string &name, kernel::IoMode io,
                                                             const device::Fpga &fpga,
                                                             const cost::CostModel &costs,
                                                             const Options &options, Memories memories);

/// Whether two choices of the FINN style have the same units, which only memories and multipliers tell apart.
bool hasUnitsOf(const kernel::Implementation &a, const kernel::Implementation &b);

/// One of them, whatever it is; an interval of 0 where it breaks a law.
llvm::Expected<LayerOption> layerOption(const ir::Model &model, const ir::Layer &layer,
                                        const kernel::Implementation &implementation,
                                        const device::Device &device, const cost::CostModel &costs);

/// Whether a channel of its card's memory gives a unit the weights from outside as fast as it takes them, and
/// holds them; else why not. Success for units without such weights and cards without such memory.
llvm::Error checkChannel(const kernel::Kernel &unit, const device::Fpga &fpga);

} // namespace braid::plan
