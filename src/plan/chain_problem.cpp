#include "chain_problem.h"

#include "braid/plan/evaluate.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace braid::plan {
namespace {

using kernel::Implementation;
using kernel::IoMode;

/// A unit begins with a layer that does work of its own; what only follows it stays with it.
bool beginsUnit(const ir::Op &op) {
  return std::visit(ir::Overloaded{
                        [](const ir::Dense &) { return true; },
                        [](const ir::Conv &) { return true; },
                        [](const ir::Pool &) { return true; },
                        [](const ir::GlobalPool &) { return true; },
                        [](const ir::Binary &) { return true; },
                        [](const ir::Concat &) { return true; },
                        [](const auto &) { return false; },
                    },
                    op);
}

/// What only moves elements belongs to the layer it prepares them for.
bool leadsUnit(const ir::Op &op) {
  return std::holds_alternative<ir::Reshape>(op) || std::holds_alternative<ir::Transpose>(op) ||
         std::holds_alternative<ir::Pad>(op) || std::holds_alternative<ir::Upsample>(op);
}

int64_t picoseconds(double bytes, double gbps) { return static_cast<int64_t>(std::ceil(bytes * 8e3 / gbps)); }

} // namespace

std::vector<std::vector<ir::LayerId>> sequentialUnits(const ir::Model &model) {
  std::vector<std::vector<ir::LayerId>> units;
  bool works = true; // whether the last unit has a layer that does work of its own
  for (const ir::Layer &layer : model.layers) {
    const bool begins = beginsUnit(layer.op);
    if (units.empty() || ((begins || leadsUnit(layer.op)) && works)) {
      units.emplace_back();
      works = false;
    }
    works = works || begins;
    units.back().push_back(layer.id);
  }
  // Layers that lead to nothing stay with what they follow.
  if (!works && units.size() > 1) {
    units[units.size() - 2].insert(units[units.size() - 2].end(), units.back().begin(), units.back().end());
    units.pop_back();
  }
  return units;
}

llvm::Expected<ChainProblem> ChainProblem::make(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                                                const Options &options) {
  ChainProblem problem;
  problem.model_ = &model, problem.cluster_ = &cluster, problem.costs_ = &costs, problem.options_ = &options;
  problem.io_ = ioModeFor(model, options);
  problem.units_ = sequentialUnits(model);
  problem.readers_ = ir::readersOf(model);
  problem.unitOf_.resize(model.layers.size());
  for (size_t u = 0; u < problem.units_.size(); ++u)
    for (ir::LayerId layer : problem.units_[u])
      problem.unitOf_[index(layer)] = static_cast<int64_t>(u);

  std::vector<std::string> names;
  for (const ir::Layer &layer : model.layers)
    names.push_back(layer.name);
  for (const auto &entry : options.reuse)
    if (entry.first != "*" && std::find(names.begin(), names.end(), entry.first) == names.end())
      return badUsage(fmt::format("--reuse names layer '{}', which the model has not{}", printable(entry.first), suggestion(entry.first, names)));

  Diagnostics found;
  for (const device::Fpga &fpga : cluster.fpgas) {
    auto [table, isNew] = problem.tables_.try_emplace(fpga.device->name);
    if (!isNew)
      continue;
    for (const ir::Layer &layer : model.layers) {
      auto layerOptions = problem.optionsFor(layer, *fpga.device);
      if (!layerOptions) {
        llvm::handleAllErrors(layerOptions.takeError(), [&](UserError &error) {
          for (Diagnostic &diagnostic : error.diagnostics())
            found.add(std::move(diagnostic));
        });
        continue;
      }
      table->second.push_back(std::move(*layerOptions));
    }
    if (!found.empty())
      return found.take();
  }
  return problem;
}

llvm::Expected<std::vector<LayerOption>> ChainProblem::optionsFor(const ir::Layer &layer, const device::Device &device) const {
  std::vector<Implementation> choices = kernel::implementations(*model_, layer, io_);
  if (ir::isLinear(layer.op)) {
    if (options_->strategy)
      std::erase_if(choices, [&](const Implementation &i) { return i.strategy != *options_->strategy; });
    auto own = options_->reuse.find(layer.name);
    if (own == options_->reuse.end())
      own = options_->reuse.find("*");
    if (own != options_->reuse.end()) {
      std::vector<int64_t> legal;
      for (const Implementation &i : choices)
        legal.push_back(i.reuse);
      std::erase_if(choices, [&](const Implementation &i) { return i.reuse != own->second; });
      if (choices.empty())
        return badUsage(fmt::format("layer '{}': reuse factor {} is not legal; legal here: {}", printable(layer.name), own->second,
                                    fmt::join(legal, ", ")));
    }
  }
  std::vector<LayerOption> out;
  for (const Implementation &choice : choices) {
    auto option = optionFor(layer, choice, device);
    if (!option)
      return option.takeError();
    if (option->interval > 0)
      out.push_back(std::move(*option));
  }
  if (out.empty())
    return userError(ExitCode::NoPlan, {.file = {}, .node = printable(layer.name), .op = ir::kindName(layer.op),
                                        .message = fmt::format("no implementation keeps the synthesis laws ({} weights, {})",
                                                               ir::parameters(layer), kernel::name(io_)),
                                        .notes = {"strategy Resource with a larger reuse factor, or --io stream, may"}});
  return out;
}

llvm::Expected<LayerOption> ChainProblem::optionFor(const ir::Layer &layer, const Implementation &implementation,
                                                    const device::Device &device) const {
  auto kernels = kernel::lowerLayer(*model_, layer, kernel::wholeSlice(*model_, layer), implementation);
  if (!kernels)
    return kernels.takeError();
  LayerOption option;
  option.implementation = implementation;
  std::vector<std::pair<const kernel::Kernel *, cost::Estimate>> timed;
  for (const kernel::Kernel &kernel : *kernels) {
    if (!kernel::lawBreaches(kernel).empty()) {
      option.interval = 0; // not to be built: dropped by the caller
      return option;
    }
    auto estimate = costs_->estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    option.resources += estimate->resources;
    timed.emplace_back(&kernel, *estimate);
  }
  const cost::PartTiming timing = cost::partTiming(timed, io_);
  option.interval = timing.interval;
  if (io_ == IoMode::Parallel)
    for (const auto &[kernel, estimate] : timed)
      option.time = option.time + cost::timeShare(*kernel, estimate);
  if (llvm::Error error = addFanOut(layer, device, option.resources))
    return error;
  return option;
}

/// Copies and FIFOs of the output, as kernelGraph would make them if all readers were here.
llvm::Error ChainProblem::addFanOut(const ir::Layer &layer, const device::Device &device, device::Resources &sum) const {
  if (io_ != IoMode::Stream || layer.output == ir::StreamId::None)
    return llvm::Error::success();
  const int uses = static_cast<int>(readers_[index(layer.output)].size()) + outputsOf(layer.output);
  for (const kernel::Kernel &kernel : fanOutKernels(*model_, layer.output, uses)) {
    auto estimate = costs_->estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate)
      return estimate.takeError();
    sum += estimate->resources;
  }
  return llvm::Error::success();
}

int ChainProblem::outputsOf(ir::StreamId stream) const {
  return static_cast<int>(std::count_if(model_->outputs.begin(), model_->outputs.end(),
                                        [&](const ir::Port &port) { return port.stream == stream; }));
}

device::Resources ChainProblem::budgetOf(int fpga) const {
  const device::Device &device = *cluster_->fpgas[static_cast<size_t>(fpga)].device;
  return device::usable(device.capacity(), options_->limits) - device.shell();
}

int64_t ChainProblem::picosecondsPerCycle(int fpga) const {
  return std::llround(1e6 / cluster_->fpgas[static_cast<size_t>(fpga)].clockMhz);
}

std::optional<Boundary> ChainProblem::boundaryOf(int fpga, int64_t begin, int64_t end) const {
  const device::Device &device = *cluster_->fpgas[static_cast<size_t>(fpga)].device;
  const device::Link *previous = fpga > 0 ? cluster_->link(fpga - 1, fpga) : nullptr;
  const device::Link *next = fpga + 1 < fpgas() ? cluster_->link(fpga, fpga + 1) : nullptr;
  const bool chain = cluster_->topology == device::Topology::Chain;
  Boundary out;
  double bytesIn = 0, bytesOut = 0, gbps = 0;
  bool crosses = false, ok = true;
  auto charge = [&](const kernel::Kernel &kernel) {
    auto estimate = costs_->estimate(kernel, device, cost::Stage::Vsynth);
    if (!estimate) {
      llvm::consumeError(estimate.takeError());
      ok = false;
      return;
    }
    out.resources += estimate->resources;
    out.interval = std::max(out.interval, estimate->interval);
  };
  auto crossing = [&](ir::StreamId id, const device::Link *link, bool sends, int times) {
    if (!link) {
      ok = false;
      return;
    }
    crosses = true;
    gbps = link->type->gbps;
    const ir::Stream &stream = model_->stream(id);
    const auto bytes = static_cast<double>(device::wireBytes(*link->type, payloadBytes(stream, *link->type)));
    (sends ? bytesOut : bytesIn) += bytes * times;
    for (int i = 0; i < times; ++i)
      for (const kernel::Kernel &kernel : crossingKernels(stream, *link->type, sends))
        charge(kernel);
    // What arrives is buffered and copied here too.
    if (!sends && io_ == IoMode::Stream)
      for (const kernel::Kernel &kernel : fanOutKernels(*model_, id, static_cast<int>(readers_[index(id)].size())))
        charge(kernel);
  };
  for (size_t s = 0; s < model_->streams.size(); ++s) {
    const auto id = static_cast<ir::StreamId>(s);
    const ir::LayerId producer = model_->stream(id).producer;
    const int64_t made = producer == ir::LayerId::None ? -1 : unitOf_[index(producer)];
    bool readHere = false, readBehind = false;
    std::set<int64_t> unitsBehind;
    for (ir::LayerId reader : readers_[s]) {
      const int64_t unit = unitOf_[index(reader)];
      readHere = readHere || (unit >= begin && unit < end);
      if (unit >= end)
        unitsBehind.insert(unit);
    }
    readBehind = !unitsBehind.empty();
    if (made >= 0 && made < begin && readHere)
      crossing(id, previous, false, 1);
    if (made >= begin && made < end && readBehind)
      crossing(id, next, true, static_cast<int>(unitsBehind.size()));
    // A chain's neighbours pass nothing on: a stream over a part's head has no way.
    if (chain && made >= 0 && made < begin && readBehind)
      return std::nullopt;
    const bool isEnd = made < 0 ? readHere : made >= begin && made < end && outputsOf(id) > 0;
    if (!isEnd)
      continue;
    charge(endKernel(model_->stream(id), device, /*sends=*/made >= 0));
    if (made < 0 && io_ == IoMode::Stream)
      for (const kernel::Kernel &kernel : fanOutKernels(*model_, id, static_cast<int>(readers_[s].size())))
        charge(kernel);
  }
  if (!ok)
    return std::nullopt;
  if (crosses) {
    out.resources += (next ? next : previous)->type->portCost;
    out.picoseconds = picoseconds(std::max(bytesIn, bytesOut), gbps);
  }
  return out;
}

} // namespace braid::plan
