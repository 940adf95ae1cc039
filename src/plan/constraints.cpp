#include "braid/plan/constraints.h"

#include "pins.h"

#include "braid/plan/floorplan.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::plan {
namespace {

llvm::Error contradiction(std::string message) {
  return userError(ExitCode::NoPlan,
                   {.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
}

std::string text(const Pin &pin) { return "--pin " + printable(toString(pin)); }

std::vector<std::string> namesOf(const device::Cluster &cluster) {
  std::vector<std::string> names;
  for (const device::Fpga &fpga : cluster.fpgas)
    names.push_back(fpga.name);
  return names;
}

bool contains(const std::vector<std::string> &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether layer, FPGA and die are there, and dies count where one is named.
llvm::Error checkPin(const Pin &pin, const std::vector<std::string> &layers, const device::Cluster &cluster,
                     const Options &options) {
  const std::vector<std::string> fpgas = namesOf(cluster);
  if (!contains(layers, pin.layer))
    return badUsage(fmt::format("{}: the model has no layer '{}'{}", text(pin), printable(pin.layer),
                                suggestion(pin.layer, layers)));
  const auto at = std::find(fpgas.begin(), fpgas.end(), pin.fpga);
  if (at == fpgas.end())
    return badUsage(fmt::format("{}: cluster {} has no FPGA '{}'{}", text(pin), cluster.name,
                                printable(pin.fpga), suggestion(pin.fpga, fpgas)));
  if (pin.die.empty())
    return llvm::Error::success();
  const device::Device &device = *cluster.fpgas[static_cast<size_t>(at - fpgas.begin())].device;
  std::vector<std::string> dies;
  for (const device::Die &die : device.dies)
    dies.push_back(die.name);
  if (!contains(dies, pin.die))
    return badUsage(fmt::format("{}: {} has no die '{}'{}", text(pin), device.name, printable(pin.die),
                                suggestion(pin.die, dies)));
  if (device.dies.size() > 1 && !placesOnDies(options.style, device))
    return badUsage(fmt::format("{}: layers of the {} style are not placed on dies by themselves; --pin "
                                "{}={} or --backend finn would work",
                                text(pin), kernel::name(options.style), printable(pin.layer), pin.fpga));
  return llvm::Error::success();
}

} // namespace

std::string toString(const Pin &pin) {
  return fmt::format("{}={}{}{}", pin.layer, pin.fpga, pin.die.empty() ? "" : ".", pin.die);
}

llvm::Expected<Pin> parsePin(llvm::StringRef text) {
  const auto [layer, place] = text.rsplit('=');
  const auto [fpga, die] = place.split('.');
  if (layer.empty() || fpga.empty() || (place.contains('.') && die.empty()))
    return badUsage("a layer and its place are meant");
  return Pin{layer.str(), fpga.str(), die.str()};
}

std::optional<Pin> pinOf(const Options &options, llvm::StringRef layer) {
  std::optional<Pin> found;
  for (const Pin &pin : options.pins)
    if (pin.layer == layer && (!found || found->die.empty()))
      found = pin;
  return found;
}

bool isPinnedTo(const Options &options, const device::Fpga &fpga) {
  return std::any_of(options.pins.begin(), options.pins.end(),
                     [&](const Pin &pin) { return pin.fpga == fpga.name; });
}

llvm::Error checkPinOrder(llvm::ArrayRef<PinAt> pins, const device::Cluster &cluster) {
  const auto dieOf = [&](const Pin &pin) {
    for (const device::Fpga &fpga : cluster.fpgas)
      for (size_t d = 0; d < fpga.device->dies.size(); ++d)
        if (fpga.name == pin.fpga && fpga.device->dies[d].name == pin.die)
          return static_cast<int>(d);
    return -1;
  };
  for (size_t i = 1; i < pins.size(); ++i) {
    const Pin &last = pins[i - 1].pin, &own = pins[i].pin;
    if (last.fpga != own.fpga && pins[i - 1].group == pins[i].group)
      return contradiction(fmt::format("{} and {} contradict each other: these two layers stay together",
                                       text(last), text(own)));
    for (size_t first = 0; first + 1 < i; ++first)
      if (pins[first].pin.fpga == own.fpga && last.fpga != own.fpga)
        return contradiction(
            fmt::format("{} and {} contradict each other: the layers of an FPGA follow each other, and '{}' "
                        "({}) stands before both",
                        text(last), text(own), printable(pins[first].pin.layer), text(pins[first].pin)));
  }
  // On each FPGA dies are filled from the first on or from the last on.
  for (const device::Fpga &fpga : cluster.fpgas) {
    llvm::SmallVector<const PinAt *, 8> moves; // each on another die than the one before
    for (const PinAt &pin : pins) {
      if (pin.pin.fpga != fpga.name || pin.pin.die.empty())
        continue;
      if (!moves.empty() && moves.back()->item == pin.item && moves.back()->pin.die != pin.pin.die)
        return contradiction(fmt::format("{} and {} contradict each other: one unit computes both layers",
                                         text(moves.back()->pin), text(pin.pin)));
      if (moves.empty() || moves.back()->pin.die != pin.pin.die)
        moves.push_back(&pin);
    }
    for (size_t i = 2; i < moves.size(); ++i)
      if ((dieOf(moves[i]->pin) > dieOf(moves[i - 1]->pin)) !=
          (dieOf(moves[i - 1]->pin) > dieOf(moves[i - 2]->pin)))
        return contradiction(fmt::format("{} and {} contradict each other: the dies of an FPGA are filled "
                                         "in one direction, and '{}' ({}) stands before both",
                                         text(moves[i - 1]->pin), text(moves[i]->pin),
                                         printable(moves[i - 2]->pin.layer), text(moves[i - 2]->pin)));
  }
  return llvm::Error::success();
}

llvm::Error checkConstraints(const ir::Model &model, const device::Cluster &cluster, const Options &options) {
  std::vector<std::string> layers;
  for (const ir::Layer &layer : model.layers)
    layers.push_back(layer.name);
  const std::vector<std::string> fpgas = namesOf(cluster);
  for (const std::string &name : options.forbidden)
    if (!contains(fpgas, name))
      return badUsage(fmt::format("--forbid {}: cluster {} has no such FPGA{}", printable(name), cluster.name,
                                  suggestion(name, fpgas)));
  if (std::all_of(fpgas.begin(), fpgas.end(),
                  [&](const std::string &name) { return contains(options.forbidden, name); }))
    return badUsage(
        fmt::format("--forbid: no FPGA of cluster {} is left; at least one is needed", cluster.name));
  if (llvm::Error error = device::checkReservations(cluster, options.limits))
    return error;
  for (const Pin &pin : options.pins)
    if (llvm::Error error = checkPin(pin, layers, cluster, options))
      return error;
  for (size_t i = 0; i < options.pins.size(); ++i) {
    const Pin &own = options.pins[i];
    if (contains(options.forbidden, own.fpga))
      return contradiction(fmt::format("{} and --forbid {} contradict each other", text(own), own.fpga));
    for (size_t j = 0; j < i; ++j)
      if (const Pin &other = options.pins[j];
          other.layer == own.layer &&
          (other.fpga != own.fpga || (!other.die.empty() && !own.die.empty() && other.die != own.die)))
        return contradiction(
            fmt::format("{} and {} contradict each other: a layer has one place", text(other), text(own)));
  }
  return llvm::Error::success();
}

llvm::Error checkPlaces(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                        const Options &options) {
  Diagnostics found;
  const auto fault = [&](std::string message) {
    found.add({.file = {}, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
  };
  for (int used : plan.usedFpgas())
    for (int copy : plan.replicasOf(used))
      if (const std::string &name = cluster.fpgas[static_cast<size_t>(copy)].name;
          contains(options.forbidden, name))
        fault(fmt::format("--forbid {}: the plan places layers on it", name));
  for (const Placement &p : plan.placements) {
    const device::Fpga &fpga = cluster.fpgas[static_cast<size_t>(p.fpga)];
    const device::Die &die = fpga.device->dies[static_cast<size_t>(p.die)];
    const auto pin = pinOf(options, model.layer(p.layer).name);
    if (pin && pin->fpga != fpga.name)
      fault(fmt::format("{}: the plan places it on {}", text(*pin), fpga.name));
    else if (pin && !pin->die.empty() && fpga.device->dies.size() > 1 && !plan.usesDies)
      fault(fmt::format("{}: dies do not count in the plan", text(*pin)));
    else if (pin && !pin->die.empty() && pin->die != die.name)
      fault(fmt::format("{}: the plan places it on {} of {}", text(*pin), die.name, fpga.name));
  }
  return found.take(ExitCode::NoPlan);
}

} // namespace braid::plan
