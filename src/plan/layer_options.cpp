#include "layer_options.h"

#include "braid/plan/kernel_graph.h"
#include "braid/plan/unit_graph.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace braid::plan {

using kernel::Implementation;
using kernel::IoMode;

namespace {

/// The kernels of a layer and, in the FINN style, what may have to stand around them.
llvm::Expected<llvm::SmallVector<kernel::Kernel, 4>> kernelsOf(const ir::Model &model, const ir::Layer &layer,
                                                               const Implementation &implementation) {
  if (implementation.style == kernel::Style::Finn)
    return unitsAlone(model, layer, implementation);
  auto kernels = kernel::lowerLayer(model, layer, kernel::wholeSlice(model, layer), implementation);
  if (!kernels)
    return kernels.takeError();
  return llvm::SmallVector<kernel::Kernel, 4>(kernels->begin(), kernels->end());
}

/// A given folding, or why it does not fit.
llvm::Expected<std::vector<Implementation>> foldedAs(const ir::Model &model, const ir::Layer &layer,
                                                     const kernel::Folding &folding) {
  const Implementation given{.style = kernel::Style::Finn, .io = IoMode::Stream, .folding = folding};
  if (auto kernels = kernel::lowerLayer(model, layer, kernel::wholeSlice(model, layer), given); !kernels)
    return kernels.takeError();
  return std::vector<Implementation>{given};
}

bool isExternal(const Implementation &implementation) {
  return implementation.style == kernel::Style::Finn &&
         implementation.folding.memMode == kernel::MemMode::External;
}

/// Whether channels give the units of a choice all weights that come from outside.
bool isFed(const Implementation &choice, llvm::ArrayRef<kernel::Kernel> kernels, const device::Fpga &fpga) {
  return !isExternal(choice) || llvm::all_of(kernels, [&](const kernel::Kernel &kernel) {
    llvm::Error error = checkChannel(kernel, fpga);
    const bool isFed = !error;
    llvm::consumeError(std::move(error));
    return isFed;
  });
}

/// What a layer of these kernels takes.
llvm::Expected<LayerOption> optionOf(const ir::Model &model, const ir::Layer &layer,
                                     const Implementation &implementation,
                                     llvm::ArrayRef<kernel::Kernel> kernels, const device::Device &device,
                                     const cost::CostModel &costs) {
  const IoMode io = implementation.io;
  LayerOption option;
  option.implementation = implementation;
  std::vector<std::pair<const kernel::Kernel *, cost::Estimate>> timed;
  for (const kernel::Kernel &kernel : kernels) {
    if (!kernel::lawBreaches(kernel).empty()) {
      option.interval = 0; // not to be built: dropped by the caller
      return option;
    }
    auto estimate = costs.estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    option.resources += estimate->resources;
    timed.emplace_back(&kernel, *estimate);
  }
  const cost::PartTiming timing = cost::partTiming(timed, io);
  option.interval = timing.interval, option.fill = timing.fill;
  if (io == IoMode::Parallel)
    for (const auto &[kernel, estimate] : timed)
      option.time = option.time + cost::timeShare(*kernel, estimate);
  if (implementation.style == kernel::Style::Finn)
    return option;
  for (const kernel::Kernel &fifo : innerFifos(model, layer, kernels, io)) {
    auto estimate = costs.estimate(fifo, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    option.resources += estimate->resources;
  }
  return option;
}

/// Takes an option in unless one of those from `begin` on beats it, and drops those that it beats.
void keepUnbeaten(std::vector<LayerOption> &kept, size_t begin, LayerOption option) {
  const auto beats = [](const LayerOption &a, const LayerOption &b) {
    return a.interval <= b.interval && a.resources.fitsIn(b.resources);
  };
  const auto first = kept.begin() + static_cast<std::ptrdiff_t>(begin);
  if (std::any_of(first, kept.end(), [&](const LayerOption &other) { return beats(other, option); }))
    return;
  kept.erase(
      std::remove_if(first, kept.end(), [&](const LayerOption &other) { return beats(option, other); }),
      kept.end());
  kept.push_back(std::move(option));
}

} // namespace

bool hasUnitsOf(const Implementation &a, const Implementation &b) {
  return a.style == kernel::Style::Finn && b.style == kernel::Style::Finn && a.folding.pe == b.folding.pe &&
         a.folding.simd == b.folding.simd;
}

llvm::Expected<LayerOption> layerOption(const ir::Model &model, const ir::Layer &layer,
                                        const Implementation &implementation, const device::Device &device,
                                        const cost::CostModel &costs) {
  auto kernels = kernelsOf(model, layer, implementation);
  if (!kernels)
    return kernels.takeError();
  return optionOf(model, layer, implementation, *kernels, device, costs);
}

llvm::Expected<std::vector<LayerOption>> layerOptions(const ir::Model &model, const ir::Layer &layer,
                                                      const std::string &name, IoMode io,
                                                      const device::Fpga &fpga, const cost::CostModel &costs,
                                                      const Options &options, Memories memories) {
  auto all = layerOptionsByWords(model, layer, name, io, fpga, costs, options, memories);
  if (!all || options.style != kernel::Style::Finn)
    return all;
  std::vector<LayerOption> out;
  for (LayerOption &option : *all)
    keepUnbeaten(out, 0, std::move(option));
  return out;
}

llvm::Expected<std::vector<LayerOption>> layerOptionsByWords(const ir::Model &model, const ir::Layer &layer,
                                                             const std::string &name, IoMode io,
                                                             const device::Fpga &fpga,
                                                             const cost::CostModel &costs,
                                                             const Options &options, Memories memories) {
  const device::Device &device = *fpga.device;
  std::vector<Implementation> choices = kernel::implementations(model, layer, options.style, io);
  if (memories == Memories::OnChip || !device.has(device::Resource::Hbm))
    std::erase_if(choices, isExternal);
  const auto given = options.foldings.find(name);
  const bool isGiven = given != options.foldings.end();
  if (isGiven)
    if (llvm::Error error = foldedAs(model, layer, given->second).moveInto(choices))
      return error;
  if (options.style == kernel::Style::Hls4ml && ir::isLinear(layer.op)) {
    if (options.strategy)
      std::erase_if(choices, [&](const Implementation &i) { return i.strategy != *options.strategy; });
    auto own = options.reuse.find(name);
    if (own == options.reuse.end())
      own = options.reuse.find("*");
    if (own != options.reuse.end()) {
      std::set<int64_t> legal; // both strategies may have it
      for (const Implementation &i : choices)
        legal.insert(i.reuse);
      std::erase_if(choices, [&](const Implementation &i) { return i.reuse != own->second; });
      if (choices.empty())
        return badUsage(fmt::format("layer '{}': reuse factor {} is not legal; legal here: {}",
                                    printable(name), own->second, fmt::join(legal, ", ")));
    }
  }
  std::vector<LayerOption> out;
  llvm::SmallVector<kernel::Kernel, 4> kernels;
  const Implementation *before = nullptr;
  size_t begin = 0; // of the options of the same words
  for (const Implementation &choice : choices) {
    if (before && hasUnitsOf(*before, choice)) {
      for (kernel::Kernel &kernel : kernels)
        kernel.implementation = choice;
    } else {
      if (llvm::Error error = kernelsOf(model, layer, choice).moveInto(kernels))
        return error;
      begin = out.size();
    }
    before = &choice;
    auto option = optionOf(model, layer, choice, kernels, device, costs);
    if (!option)
      return option.takeError();
    if (option->interval > 0 && (isGiven || isFed(choice, kernels, fpga))) {
      if (choice.style == kernel::Style::Finn)
        keepUnbeaten(out, begin, std::move(*option));
      else
        out.push_back(std::move(*option));
    }
  }
  if (out.empty())
    return userError(ExitCode::NoPlan,
                     {.file = {},
                      .node = printable(layer.name),
                      .op = ir::kindName(layer.op),
                      .message = fmt::format("no implementation keeps the synthesis laws ({} weights, {})",
                                             ir::parameters(layer), kernel::name(io)),
                      .notes = {options.style == kernel::Style::Finn
                                    ? "the hls4ml style, or fewer channels, may"
                                    : "strategy Resource with a larger reuse factor, or --io stream, may"}});
  return out;
}

llvm::Error checkChannel(const kernel::Kernel &unit, const device::Fpga &fpga) {
  const device::Channel &channel = fpga.device->channel;
  if (!isExternal(unit.implementation) || unit.weightBits == 0 || !fpga.device->has(device::Resource::Hbm))
    return llvm::Error::success();
  const double taken = static_cast<double>(unit.pe * unit.simd * unit.weightBits) * fpga.clockMhz / 1000,
               given = channel.gbps * channel.efficiency;
  if (taken > given)
    return badInput({}, fmt::format("external weights of PE {} and SIMD {} are {:.1f} Gb/s at {} MHz; a "
                                    "channel of {} gives {:.1f}",
                                    unit.pe, unit.simd, taken, shortest(fpga.clockMhz), fpga.device->name,
                                    given));
  constexpr int64_t kWordBytes = 64, kBytesPerMebibyte = int64_t{1} << 20;
  const int64_t bytes = ceilDiv(unit.weights, kWordBytes * 8 / unit.weightBits) * kWordBytes;
  if (bytes > channel.mebibytes * kBytesPerMebibyte)
    return badInput({}, fmt::format("{} bytes of external weights; a channel of {} holds {} MiB",
                                    withThousands(bytes), fpga.device->name, channel.mebibytes));
  return llvm::Error::success();
}

} // namespace braid::plan
