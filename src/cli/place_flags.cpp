#include "place_flags.h"

#include "braid/plan/constraints.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/SmallVector.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::cli {
namespace {

using Items = llvm::SmallVector<llvm::StringRef, 8>;

Items itemsOf(llvm::StringRef text) {
  Items items;
  text.split(items, ',');
  return items;
}

} // namespace

llvm::Error setLimits(const std::string &limits, device::Limits &out) {
  std::vector<std::string> seen;
  Items items = itemsOf(limits);
  llvm::erase_if(items, [](llvm::StringRef item) { return item.empty(); });
  for (llvm::StringRef item : items) {
    const auto [name, number] = item.split('=');
    int64_t *limit = name.equals_insensitive("average") ? &out.average : nullptr;
    for (device::Resource r : device::kResources)
      if (name.equals_insensitive(device::name(r)))
        limit = &out.percent[static_cast<size_t>(r)];
    if (!limit)
      return badUsage(
          fmt::format("--limits {}: no such resource; LUT, FF, BRAM18, URAM, DSP and HBM are known, "
                      "and average, of BRAM18, URAM and DSP",
                      printable(item)));
    if (int64_t value = 0; number.getAsInteger(10, value) || value < 0 || value > 100)
      return badUsage(fmt::format("--limits {}: a percentage from 0 to 100 is meant", printable(item)));
    else
      *limit = value;
    if (std::count(seen.begin(), seen.end(), name.lower()))
      return badUsage(fmt::format("--limits {}: {} stands twice", printable(item), name.lower()));
    seen.push_back(name.lower());
  }
  return llvm::Error::success();
}

llvm::Error setPlaces(const std::vector<std::string> &pins, const std::vector<std::string> &forbidden,
                      const std::vector<std::string> &reserved, plan::Options &options) {
  for (const std::string &list : pins)
    for (llvm::StringRef item : itemsOf(list)) {
      auto pin = plan::parsePin(item);
      if (!pin)
        return badUsage(fmt::format("--pin {}: {}; conv1=fpga0.SLR1 or conv1=fpga2 would work",
                                    printable(item.empty() ? llvm::StringRef(list) : item),
                                    messageOf(pin.takeError())));
      options.pins.push_back(std::move(*pin));
    }
  for (const std::string &list : forbidden)
    for (llvm::StringRef item : itemsOf(list)) {
      if (item.empty())
        return badUsage(fmt::format("--forbid {}: names of FPGAs are meant", printable(list)));
      if (!std::count(options.forbidden.begin(), options.forbidden.end(), item))
        options.forbidden.push_back(item.str());
    }
  for (const std::string &item : reserved) {
    auto own = device::parseReservations(item);
    if (!own)
      return badUsage(fmt::format(
          "--reserve {}: {}; fpga0.SLR1:lut=10000,bram18=40, fpga0:dsp=100 or *:lut=5% would work",
          printable(item), messageOf(own.takeError())));
    auto &all = options.limits.reserved;
    all.insert(all.end(), own->begin(), own->end());
  }
  return llvm::Error::success();
}

} // namespace braid::cli
