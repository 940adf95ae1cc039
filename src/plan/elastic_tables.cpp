#include "elastic_tables.h"

#include "braid/plan/kernel_graph.h"
#include "braid/plan/unit_graph.h"
#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::plan {
namespace {

using device::Resources;
using kernel::Implementation;
using kernel::Kernel;
using Kernels = llvm::SmallVector<Kernel, 4>;

/// All of a kernel that decides what it takes, in whatever way it is folded.
std::string textOf(const Kernel &k) {
  std::string out =
      fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}",
                  static_cast<int>(k.kind), k.mh, k.mw, k.groups, k.positions, k.inputPositions, k.channels,
                  k.taps, k.inputWidth, k.byChannel, k.inputChannels, k.elements, k.weightBits, k.biasBits,
                  k.accumBits, k.inputBits, k.outputBits, k.signedInput, k.weights, k.nonZeroWeights, k.steps,
                  static_cast<int>(k.binary), static_cast<int>(k.pool), k.copies, k.tableBits);
  for (const int64_t *pair : {k.window, k.slide.kernel, k.slide.stride, k.slide.padBegin, k.slide.padEnd,
                              k.slide.dilation, k.inputSize, k.outputSize})
    out += fmt::format(" {} {}", pair[0], pair[1]);
  for (const auto *ports : {&k.inputs, &k.outputs})
    for (const kernel::KernelPort &port : *ports)
      out += fmt::format(" {} {} {}", port.widthBits, port.beatsPerFrame, port.elementBits);
  return out;
}

partition::Needs needsOf(const Resources &resources) { return resources.amount; }

/// The class of a port's words among those known.
int32_t classOf(std::vector<kernel::KernelPort> &ports, const kernel::KernelPort &port) {
  for (size_t i = 0; i < ports.size(); ++i)
    if (ports[i].widthBits == port.widthBits && ports[i].beatsPerFrame == port.beatsPerFrame)
      return static_cast<int32_t>(i);
  ports.push_back(port);
  return static_cast<int32_t>(ports.size()) - 1;
}

} // namespace

std::string ElasticTables::keyOf(const ElasticItem &item, const device::Fpga &fpga) const {
  std::string key = fpga.device->name;
  if (fpga.device->has(device::Resource::Hbm)) // what its channels give in a cycle
    key += fmt::format(" {}", fpga.clockMhz);
  for (ir::LayerId id : item.layers) {
    const ir::Layer &layer = model_.layer(id);
    const auto own = options_.reuse.find(layer.name);
    if (options_.foldings.count(layer.name) || own != options_.reuse.end())
      key += " " + layer.name; // a choice of its own
    const kernel::Foldable of =
        options_.style == kernel::Style::Finn ? kernel::foldable(model_, layer) : kernel::Foldable{};
    key += fmt::format("; {} {} {}", layer.op.index(), of.pe, of.simd);
    Implementation base{.style = options_.style, .io = kernel::IoMode::Stream, .folding = {}};
    auto kernels = kernel::lowerLayer(model_, layer, kernel::wholeSlice(model_, layer), base);
    if (!kernels) {
      llvm::consumeError(kernels.takeError());
      return key + " " + layer.name;
    }
    for (const Kernel &kernel : *kernels)
      key += " " + textOf(kernel);
    if (options_.style == kernel::Style::Hls4ml)
      key += fmt::format(" {}", kernel::isNameOnly(model_, layer, kernel::IoMode::Stream));
  }
  return key;
}

llvm::Expected<int32_t> ElasticTables::tableOf(const ElasticItem &item, const device::Fpga &fpga) {
  const auto [known, isNew] =
      tables_.try_emplace(keyOf(item, fpga), static_cast<int32_t>(out_.problem.tables.size()));
  if (!isNew)
    return known->second;
  out_.problem.tables.emplace_back();
  out_.made.emplace_back();
  if (llvm::Error error = fill(item, fpga, known->second))
    return error;
  return known->second;
}

llvm::Error ElasticTables::fill(const ElasticItem &item, const device::Fpga &fpga, int32_t table) {
  const device::Device &device = *fpga.device;
  const auto optionsOf = [&](ir::LayerId id) {
    const ir::Layer &layer = model_.layer(id);
    return layerOptionsByWords(model_, layer, layer.name, kernel::IoMode::Stream, fpga, costs_, options_,
                               Memories::All);
  };
  const ir::Layer &layer = model_.layer(item.layers[0]);
  auto own = optionsOf(layer.id);
  if (!own)
    return own.takeError();
  if (options_.style == kernel::Style::Hls4ml) {
    for (const LayerOption &option : *own) {
      out_.problem.tables[static_cast<size_t>(table)].push_back(
          {option.interval, needsOf(option.resources), 0, 0, option.fill});
      out_.made[static_cast<size_t>(table)].push_back({option.implementation});
    }
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<LayerOption>> behind = std::vector<LayerOption>();
  const bool hasThresholds =
      item.layers.size() > 1 && std::holds_alternative<ir::Threshold>(model_.layer(item.layers[1]).op);
  if (hasThresholds)
    if (behind = optionsOf(item.layers[1]); !behind)
      return behind.takeError();
  // The rest of an item only has other names.
  const auto add = [&](llvm::ArrayRef<Kernel> kernels, llvm::SmallVector<Implementation, 2> made) {
    made.resize(item.layers.size(), {.style = options_.style, .io = kernel::IoMode::Stream, .folding = {}});
    return addChoice(table, kernels, std::move(made), device);
  };
  Kernels kernels;
  const LayerOption *before = nullptr;
  for (const LayerOption &option : *own) {
    if (before && hasUnitsOf(before->implementation, option.implementation))
      for (Kernel &kernel : kernels)
        kernel.implementation = option.implementation;
    else if (llvm::Error error = unitsAlone(model_, layer, option.implementation).moveInto(kernels))
      return error;
    before = &option;
    if (!hasThresholds) {
      if (llvm::Error error = add(kernels, {option.implementation}))
        return error;
      continue;
    }
    const ir::Layer &thresholds = model_.layer(item.layers[1]);
    // In the unit: as many at a time as are made. Behind it: the least that keeps up, or what is given.
    const bool isGiven = options_.foldings.count(thresholds.name) > 0;
    const LayerOption *alone = nullptr;
    for (const LayerOption &other : *behind)
      if (other.implementation.folding.pe != option.implementation.folding.pe &&
          (isGiven || other.interval <= option.interval) &&
          (!alone || other.resources[device::Resource::Lut] < alone->resources[device::Resource::Lut]))
        alone = &other;
    Implementation with = option.implementation;
    with.folding = {.pe = option.implementation.folding.pe};
    if (isGiven)
      with = behind->front().implementation;
    if (takesThresholds(kernels.back(), with.folding.pe, model_.stream(thresholds.output).shape.back())) {
      auto joined = kernel::lowerLayer(model_, thresholds, kernel::wholeSlice(model_, thresholds), with);
      if (joined && kernel::lawBreaches(joined->front()).empty()) {
        Kernels fused = kernels;
        addThresholds(fused.back(), joined->front());
        if (llvm::Error error = add(fused, {option.implementation, with}))
          return error;
        if (options_.foldings.count(layer.name)) // a unit that is given has its thresholds
          alone = nullptr;
      } else if (!joined) {
        llvm::consumeError(joined.takeError());
      }
    }
    if (alone) {
      auto more = unitsAlone(model_, thresholds, alone->implementation);
      if (!more)
        return more.takeError();
      Kernels both = kernels;
      if (both.back().outputs[0].widthBits != more->front().inputs[0].widthBits)
        both.push_back(converter(both.back().outputs[0], more->front().inputs[0]));
      both.append(more->begin(), more->end());
      if (llvm::Error error = add(both, {option.implementation, alone->implementation}))
        return error;
    }
  }
  if (out_.problem.tables[static_cast<size_t>(table)].empty())
    return userError(ExitCode::NoPlan, {.file = {},
                                        .node = layer.name,
                                        .op = ir::kindName(layer.op),
                                        .message = "no folding of it and its thresholds can be built",
                                        .notes = {}});
  return llvm::Error::success();
}

llvm::Error ElasticTables::addChoice(int32_t table, llvm::ArrayRef<Kernel> kernels,
                                     llvm::SmallVector<Implementation, 2> made,
                                     const device::Device &device) {
  partition::Choice choice;
  for (const Kernel &kernel : kernels) {
    if (!kernel::lawBreaches(kernel).empty())
      return llvm::Error::success(); // cannot be built
    auto estimate = costs_.estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    choice.cycles = std::max(choice.cycles, estimate->interval);
    choice.fill += estimate->fill;
    for (size_t r = 0; r < partition::kResources; ++r)
      choice.needs[r] += estimate->resources.amount[r];
  }
  Ends &ends = ends_[table];
  if (!kernels.empty() && !kernels.front().inputs.empty())
    choice.in = classOf(ends.in, kernels.front().inputs[0]);
  if (!kernels.empty())
    choice.out = classOf(ends.out, kernels.back().outputs[0]);
  out_.problem.tables[static_cast<size_t>(table)].push_back(choice);
  out_.made[static_cast<size_t>(table)].push_back(std::move(made));
  return llvm::Error::success();
}

int32_t ElasticTables::withMore(int32_t table, const partition::Needs &more) {
  if (more == partition::Needs{})
    return table;
  const auto [known, isNew] =
      withMore_.try_emplace({table, more}, static_cast<int32_t>(out_.problem.tables.size()));
  if (isNew) {
    copyOf(table);
    for (partition::Choice &choice : out_.problem.tables.back())
      for (size_t r = 0; r < partition::kResources; ++r)
        choice.needs[r] += more[r];
  }
  return known->second;
}

int32_t ElasticTables::copyOf(int32_t table) {
  partition::Table copy = out_.problem.tables[static_cast<size_t>(table)];
  out_.problem.tables.push_back(std::move(copy));
  auto made = out_.made[static_cast<size_t>(table)];
  out_.made.push_back(std::move(made));
  const auto copied = static_cast<int32_t>(out_.problem.tables.size()) - 1;
  ends_[copied] = ends_[table];
  return copied;
}

llvm::Expected<int32_t> ElasticTables::withEnds(int32_t table, const std::optional<kernel::KernelPort> &from,
                                                const std::optional<kernel::KernelPort> &to,
                                                const device::Device &device) {
  if (!from && !to)
    return table;
  const int32_t out = copyOf(table);
  const Ends &ends = ends_[out];
  for (partition::Choice &choice : out_.problem.tables[static_cast<size_t>(out)]) {
    const auto addBetween = [&](const kernel::KernelPort &a, const kernel::KernelPort &b) -> llvm::Error {
      auto needs = converterNeeds(a, b, a.widthBits * a.beatsPerFrame, device);
      if (!needs)
        return needs.takeError();
      for (size_t r = 0; *needs && r < partition::kResources; ++r)
        choice.needs[r] += (**needs)[r];
      return llvm::Error::success();
    };
    if (from && !ends.in.empty())
      if (llvm::Error error = addBetween(*from, ends.in[static_cast<size_t>(choice.in)]))
        return error;
    if (to && !ends.out.empty())
      if (llvm::Error error = addBetween(ends.out[static_cast<size_t>(choice.out)], *to))
        return error;
  }
  return out;
}

llvm::Expected<std::optional<partition::Needs>>
ElasticTables::converterNeeds(const kernel::KernelPort &from, const kernel::KernelPort &to, int64_t bits,
                              const device::Device &device) const {
  // Where either fills its words up, more than numbers change: units of their own, counted in the plan.
  if (from.widthBits == to.widthBits || from.elementBits != to.elementBits ||
      from.widthBits * from.beatsPerFrame != bits || to.widthBits * to.beatsPerFrame != bits)
    return std::nullopt;
  auto estimate = costs_.estimate(converter(from, to), device, cost::Stage::Vsynth);
  if (!estimate)
    return estimate.takeError();
  return needsOf(estimate->resources);
}

llvm::Expected<int32_t> ElasticTables::wordsOf(int32_t before, int32_t table, ir::StreamId stream,
                                               const device::Device &device) {
  const ir::Stream &own = model_.stream(stream);
  const auto [known, isNew] = words_.try_emplace({before, table, device.name}, -1);
  if (!isNew)
    return known->second;
  const std::vector<kernel::KernelPort> &given = ends_[before].out, &taken = ends_[table].in;
  const int64_t bits = ir::elements(own.shape) * own.type.bits();
  partition::Words words;
  bool isAny = false;
  for (const kernel::KernelPort &from : given) {
    words.emplace_back(taken.size());
    for (size_t t = 0; t < taken.size(); ++t) {
      auto needs = converterNeeds(from, taken[t], bits, device);
      if (!needs)
        return needs.takeError();
      if (!*needs)
        continue;
      words.back()[t] = **needs;
      isAny = true;
    }
  }
  if (isAny) {
    known->second = static_cast<int32_t>(out_.problem.words.size());
    out_.problem.words.push_back(std::move(words));
  }
  return known->second;
}

} // namespace braid::plan
