#include "braid/device/budget.h"

#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::device {
namespace {

constexpr Resource kAveraged[] = {Resource::Bram18, Resource::Uram, Resource::Dsp};

std::string placeOf(const Reservation &reservation) {
  return reservation.fpga + (reservation.die.empty() ? "" : "." + reservation.die);
}

/// What a reservation takes of each die of an FPGA.
std::vector<int64_t> sharesOf(const Reservation &reservation, const Fpga &fpga) {
  const std::vector<Die> &dies = fpga.device->dies;
  std::vector<int64_t> out(dies.size(), 0);
  if (reservation.fpga != "*" && reservation.fpga != fpga.name)
    return out;
  const int64_t all = fpga.device->capacity()[reservation.resource];
  int64_t before = 0; // of the capacity
  for (size_t d = 0; d < dies.size(); ++d) {
    const int64_t own = dies[d].capacity[reservation.resource];
    if (!reservation.die.empty())
      out[d] = dies[d].name != reservation.die ? 0
               : reservation.isPercent         ? ceilDiv(own * reservation.amount, int64_t{100})
                                               : reservation.amount;
    else if (reservation.isPercent)
      out[d] = ceilDiv(own * reservation.amount, int64_t{100});
    else if (all > 0) // rounded so that the shares are the amount
      out[d] = reservation.amount * (before + own) / all - reservation.amount * before / all;
    before += own;
  }
  return out;
}

Room roomOf(const Resources &capacity, const Resources &shell, const Resources &reserved,
            const Limits &limits) {
  Room out{capacity, shell, reserved, usable(capacity, limits) - shell - reserved};
  // A limit below what the shell has of them forbids channels, not the die.
  out.budget[Resource::Hbm] = std::max<int64_t>(out.budget[Resource::Hbm], 0);
  return out;
}

llvm::Error fault(const Reservation &reservation, const std::string &what) {
  return badUsage(fmt::format("--reserve {}: {}", printable(toString(reservation)), what));
}

/// Whether it names an FPGA of the cluster, a die of that, and no more than there is.
llvm::Error checkReservation(const Cluster &cluster, const Reservation &reservation) {
  std::vector<std::string> fpgas, dies;
  for (const Fpga &fpga : cluster.fpgas) {
    fpgas.push_back(fpga.name);
    if (reservation.fpga != "*" && reservation.fpga != fpga.name)
      continue;
    for (const Die &die : fpga.device->dies) {
      dies.push_back(die.name);
      if (const int64_t own = die.capacity[reservation.resource];
          die.name == reservation.die && !reservation.isPercent && own < reservation.amount)
        return fault(reservation, fmt::format("{} of {} has {} {}", die.name, fpga.name, withThousands(own),
                                              name(reservation.resource)));
    }
    if (const int64_t all = fpga.device->capacity()[reservation.resource];
        !reservation.isPercent && all < reservation.amount)
      return fault(reservation, fmt::format("{} ({}) has {} {}", fpga.name, fpga.device->name,
                                            withThousands(all), name(reservation.resource)));
  }
  if (dies.empty())
    return fault(reservation,
                 fmt::format("the cluster has no such FPGA{}", suggestion(reservation.fpga, fpgas)));
  std::sort(dies.begin(), dies.end());
  dies.erase(std::unique(dies.begin(), dies.end()), dies.end());
  if (!reservation.die.empty() && !std::count(dies.begin(), dies.end(), reservation.die))
    return fault(reservation,
                 fmt::format("{} such die{}",
                             reservation.fpga == "*" ? "no FPGA has" : reservation.fpga + " has no",
                             suggestion(reservation.die, dies)));
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<Reservation>> parseReservations(llvm::StringRef text) {
  const auto [place, amounts] = text.split(':');
  const auto [fpga, die] = place.split('.');
  if (fpga.empty() || amounts.empty() || (place.contains('.') && die.empty()))
    return badUsage("an FPGA and amounts are meant");
  std::vector<Reservation> out;
  llvm::SmallVector<llvm::StringRef, 5> items;
  amounts.split(items, ',');
  for (llvm::StringRef item : items) {
    const llvm::StringRef resource = item.split('=').first;
    llvm::StringRef number = item.split('=').second;
    const auto *const known = std::find_if(kResources.begin(), kResources.end(),
                                           [&](Resource r) { return resource.equals_insensitive(name(r)); });
    if (known == kResources.end())
      return badUsage(fmt::format("no resource is named '{}'; LUT, FF, BRAM18, URAM, DSP and HBM are known",
                                  printable(resource)));
    Reservation own{fpga.str(), die.str(), *known, 0, number.consume_back("%")};
    constexpr int64_t kMost = 1'000'000'000;
    if (number.getAsInteger(10, own.amount) || own.amount < 0 || own.amount > (own.isPercent ? 100 : kMost))
      return badUsage(fmt::format("'{}' is no {}", printable(item.split('=').second),
                                  own.isPercent ? "percentage from 0 to 100" : "whole number from 0 on"));
    for (const Reservation &other : out)
      if (other.resource == own.resource)
        return badUsage(fmt::format("{} stands twice", name(own.resource)));
    out.push_back(std::move(own));
  }
  return out;
}

std::string toString(const Reservation &reservation) {
  return fmt::format("{}:{}={}{}", placeOf(reservation), llvm::StringRef(name(reservation.resource)).lower(),
                     reservation.amount, reservation.isPercent ? "%" : "");
}

Resources usable(const Resources &capacity, const Limits &limits) {
  Resources out;
  for (size_t i = 0; i < out.amount.size(); ++i)
    out.amount[i] = capacity.amount[i] * limits.percent[i] / 100;
  return out;
}

Rooms roomsOf(const Fpga &fpga, const Limits &limits) {
  std::vector<Resources> reserved(fpga.device->dies.size());
  Resources all;
  for (const Reservation &reservation : limits.reserved) {
    const std::vector<int64_t> shares = sharesOf(reservation, fpga);
    for (size_t d = 0; d < shares.size(); ++d) {
      reserved[d][reservation.resource] += shares[d];
      all[reservation.resource] += shares[d];
    }
  }
  Rooms out;
  out.device = roomOf(fpga.device->capacity(), fpga.device->shell(), all, limits);
  for (size_t d = 0; d < reserved.size(); ++d)
    out.dies.push_back(
        roomOf(fpga.device->dies[d].capacity, fpga.device->dies[d].shell, reserved[d], limits));
  return out;
}

Rooms roomsOf(const Cluster &cluster, const std::vector<int> &fpgas, const Limits &limits) {
  Rooms out = roomsOf(cluster.fpgas[static_cast<size_t>(fpgas[0])], limits);
  const auto keep = [&](Room &room, const Room &other) {
    for (Resource r : kResources)
      room.reserved[r] = std::max(room.reserved[r], other.reserved[r]);
    room = roomOf(room.capacity, room.shell, room.reserved, limits);
  };
  for (size_t i = 1; i < fpgas.size(); ++i) {
    const Rooms other = roomsOf(cluster.fpgas[static_cast<size_t>(fpgas[i])], limits);
    keep(out.device, other.device);
    for (size_t d = 0; d < out.dies.size(); ++d)
      keep(out.dies[d], other.dies[d]);
  }
  return out;
}

Average averageOf(const Room &room, const Resources &used) {
  Average out;
  int64_t count = 0;
  for (Resource r : kAveraged)
    if (room.capacity[r] > 0) {
      // over / of + taken / capacity
      out.over = out.over * room.capacity[r] + (used[r] + room.shell[r] + room.reserved[r]) * out.of;
      out.of *= room.capacity[r];
      ++count;
    }
  out.of *= std::max<int64_t>(1, count);
  return out;
}

Resources excessOf(const Room &room, const Resources &used, const Limits &limits, const Resources &kept) {
  Resources out;
  for (Resource r : kResources)
    out[r] = std::max<int64_t>(0, used[r] - room.budget[r]);
  const Average average = averageOf(room, used);
  if (average.keeps(limits))
    return out;
  Resource most = kAveraged[0];
  const auto taken = [&](Resource r) { return used[r] + room.shell[r] + room.reserved[r]; };
  int64_t count = 0;
  for (Resource r : kAveraged) {
    if (used[r] > 0 && (used[most] == 0 || taken(r) * room.capacity[most] > taken(most) * room.capacity[r]))
      most = r;
    count += room.capacity[r] > 0;
  }
  // One resource must bring down by itself what is above in the sum of the shares, not in their mean.
  const int64_t above = average.over * 100 - limits.average * average.of; // of 100 x average.of
  const int64_t less = ceilDiv(above * count * room.capacity[most], 100 * average.of);
  out[most] = std::max(out[most], std::max<int64_t>(0, room.budget[most] - kept[most] - used[most]) + less);
  return out;
}

llvm::Error checkReservations(const Cluster &cluster, const Limits &limits) {
  for (const Reservation &reservation : limits.reserved)
    if (llvm::Error error = checkReservation(cluster, reservation))
      return error;
  for (const Fpga &fpga : cluster.fpgas) {
    const Rooms rooms = roomsOf(fpga, limits);
    for (size_t d = 0; d < rooms.dies.size(); ++d)
      for (Resource r : kResources)
        if (const Room &room = rooms.dies[d]; room.reserved[r] > 0 && room.budget[r] < 0)
          return badUsage(
              fmt::format("--reserve: {} {} are reserved on {} of {}; of its {}, {} % less the "
                          "shell's {} leave {} to reserve",
                          withThousands(room.reserved[r]), name(r), fpga.device->dies[d].name, fpga.name,
                          withThousands(room.capacity[r]), limits.percent[static_cast<size_t>(r)],
                          withThousands(room.shell[r]),
                          withThousands(std::max<int64_t>(0, room.budget[r] + room.reserved[r]))));
  }
  return llvm::Error::success();
}

} // namespace braid::device
