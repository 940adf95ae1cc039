#include "chain_problem.h"

#include "pins.h"

#include "braid/plan/evaluate.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

namespace braid::plan {
namespace {

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

/// Every two FPGAs are joined, all in the same way, through a switch.
bool isUniform(const device::Cluster &cluster) {
  const auto count = static_cast<int>(cluster.fpgas.size());
  const device::Link *first = cluster.links.empty() ? nullptr : &cluster.links[0];
  for (int a = 0; a < count; ++a)
    for (int b = a + 1; b < count; ++b)
      if (const device::Link *link = cluster.link(a, b);
          !link || link->type != first->type || !link->throughSwitch)
        return false;
  return true;
}

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

llvm::Expected<ChainProblem> ChainProblem::make(const ir::Model &model, const device::Cluster &cluster,
                                                const cost::CostModel &costs, const Options &options) {
  ChainProblem problem;
  problem.model_ = &model, problem.cluster_ = &cluster, problem.costs_ = &costs, problem.options_ = &options;
  problem.io_ = ioModeFor(model, options);
  problem.units_ = sequentialUnits(model);
  problem.readers_ = ir::readersOf(model);
  if (options.style == kernel::Style::Finn)
    problem.held_ = heldBefore(model);
  problem.unitOf_.resize(model.layers.size());
  for (size_t u = 0; u < problem.units_.size(); ++u)
    for (ir::LayerId layer : problem.units_[u])
      problem.unitOf_[index(layer)] = static_cast<int64_t>(u);

  problem.readingUnits_.resize(model.streams.size());
  problem.forked_.resize(problem.units_.size());
  for (size_t s = 0; s < model.streams.size(); ++s) {
    std::set<int64_t> reading;
    for (ir::LayerId reader : problem.readers_[s])
      reading.insert(problem.unitOf_[index(reader)]);
    problem.readingUnits_[s].assign(reading.begin(), reading.end());
    const ir::LayerId producer = model.streams[s].producer;
    if (producer == ir::LayerId::None)
      continue;
    const int64_t made = problem.unitOf_[index(producer)];
    if (std::count_if(reading.begin(), reading.end(), [&](int64_t unit) { return unit > made; }) > 1)
      problem.forked_[static_cast<size_t>(made)].push_back(static_cast<ir::StreamId>(s));
  }
  problem.uniform_ = isUniform(cluster);
  problem.reserved_.resize(cluster.fpgas.size());
  for (const device::Fpga &fpga : cluster.fpgas)
    problem.budgets_.push_back(device::roomsOf(fpga, options.limits).device.budget);
  if (llvm::Error error = problem.setPins())
    return error;
  std::vector<int> order(cluster.fpgas.size());
  std::iota(order.begin(), order.end(), 0);
  problem.setOrder(std::move(order));

  std::vector<std::string> names;
  for (const ir::Layer &layer : model.layers)
    names.push_back(layer.name);
  for (const auto &entry : options.reuse)
    if (entry.first != "*" && std::find(names.begin(), names.end(), entry.first) == names.end())
      return badUsage(fmt::format("--reuse names layer '{}', which the model has not{}",
                                  printable(entry.first), suggestion(entry.first, names)));

  Diagnostics found;
  auto code = ExitCode::NoPlan;
  for (const device::Fpga &fpga : cluster.fpgas) {
    auto [table, isNew] = problem.tables_.try_emplace(fpga.device->name);
    if (!isNew)
      continue;
    for (const ir::Layer &layer : model.layers) {
      auto choices = layerOptions(model, layer, layer.name, problem.io_, fpga, costs, options);
      if (!choices) {
        llvm::handleAllErrors(choices.takeError(), [&](UserError &error) {
          code = std::min(code, error.code()); // wrong usage before what does not fit
          for (Diagnostic &diagnostic : error.diagnostics())
            found.add(std::move(diagnostic));
        });
        continue;
      }
      table->second.push_back(std::move(*choices));
    }
    if (!found.empty())
      return found.take(code);
  }
  return problem;
}

int ChainProblem::outputsOf(ir::StreamId stream) const {
  return static_cast<int>(std::count_if(model_->outputs.begin(), model_->outputs.end(),
                                        [&](const ir::Port &port) { return port.stream == stream; }));
}

std::string ChainProblem::likeness(int fpga) const {
  const device::Fpga &f = cluster_->fpgas[static_cast<size_t>(fpga)];
  return fmt::format(
      "{} {} {} {} {}", f.device->name, f.clockMhz, cluster_->hosts[static_cast<size_t>(f.host)].ingestGbps,
      fmt::join(budgets_[static_cast<size_t>(fpga)].amount, " "), isPinnedTo(*options_, f) ? f.name : "");
}

llvm::Error ChainProblem::setPins() {
  std::vector<PinAt> pins;
  for (size_t u = 0; u < units_.size(); ++u) {
    pinned_.push_back(-1);
    for (ir::LayerId layer : units_[u])
      if (auto pin = pinOf(*options_, model_->layer(layer).name)) {
        for (size_t fpga = 0; fpga < cluster_->fpgas.size(); ++fpga)
          if (cluster_->fpgas[fpga].name == pin->fpga)
            pinned_.back() = static_cast<int>(fpga);
        pins.push_back({std::move(*pin), static_cast<int>(u), static_cast<int>(u)});
      }
  }
  return checkPinOrder(pins, *cluster_);
}

void ChainProblem::setOrder(std::vector<int> order) {
  order_ = std::move(order);
  classes_.clear();
  for (size_t place = 0; place < order_.size(); ++place) {
    const int fpga = order_[place];
    std::string name =
        fmt::format("{} {}", likeness(fpga), fmt::join(reserved_[static_cast<size_t>(fpga)].amount, " "));
    if (!uniform_) // its neighbours count
      name += fmt::format(" {} {} {}", place > 0 ? order_[place - 1] : -1, fpga,
                          place + 1 < order_.size() ? order_[place + 1] : -1);
    classes_.push_back(classNames_.try_emplace(name, static_cast<int>(classNames_.size())).first->second);
  }
}

std::vector<std::vector<int>> ChainProblem::orders(int parts) const {
  std::vector<std::vector<int>> found;
  std::set<std::vector<std::string>> seen; // equal boards at equal places
  std::vector<int> chosen;
  const std::function<void()> extend = [&] {
    if (found.size() >= kMostOrders)
      return;
    if (chosen.size() == static_cast<size_t>(parts)) {
      std::vector<std::string> names;
      for (int fpga : chosen)
        names.push_back(uniform_ ? likeness(fpga) : cluster_->fpgas[static_cast<size_t>(fpga)].name);
      if (seen.insert(names).second)
        found.push_back(chosen);
      return;
    }
    std::set<std::string> tried; // of boards that are alike the first will do
    for (int fpga = 0; fpga < fpgas(); ++fpga) {
      if (std::find(chosen.begin(), chosen.end(), fpga) != chosen.end())
        continue;
      if (!chosen.empty() && !cluster_->link(chosen.back(), fpga))
        continue;
      if (uniform_ && !tried.insert(likeness(fpga)).second)
        continue;
      chosen.push_back(fpga);
      extend();
      chosen.pop_back();
    }
  };
  extend();
  return found;
}

device::Resources ChainProblem::budgetOf(int place) const {
  const auto fpga = static_cast<size_t>(fpgaAt(place));
  return budgets_[fpga] - reserved_[fpga];
}

bool ChainProblem::mayHold(int place, int64_t begin, int64_t end) const {
  return std::all_of(pinned_.begin() + begin, pinned_.begin() + end,
                     [&](int fpga) { return fpga < 0 || fpga == fpgaAt(place); });
}

int64_t ChainProblem::picosecondsPerCycle(int place) const {
  return std::llround(1e6 / cluster_->fpgas[static_cast<size_t>(fpgaAt(place))].clockMhz);
}

} // namespace braid::plan
