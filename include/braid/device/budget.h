// What of an FPGA plans may use: one answer for the planners, the evaluation and the report.
#pragma once

#include "braid/device/device.h"

namespace braid::device {

/// Area that plans leave free, of one resource.
struct Reservation {
  std::string fpga; ///< Its name; `*`: of every FPGA
  std::string die;  ///< Its name; empty: of all dies, an amount in proportion to what each has
  Resource resource = Resource::Lut;
  int64_t amount = 0; ///< In percent: of what each die has, rounded up
  bool isPercent = false;
};

/// Reads `fpga0.SLR1:lut=10000,bram18=40`, `fpga0:dsp=100` or `*:lut=5%`; says what is wrong with it.
llvm::Expected<std::vector<Reservation>> parseReservations(llvm::StringRef text);
std::string toString(const Reservation &reservation); ///< As parseReservations() reads it

/// Shares of a device that plans may use, in percent, and what they leave free beside.
struct Limits {
  /// FINN, util/platforms.py, DEFAULT_RES_LIMITS; of channels of memory all
  std::array<int64_t, kResources.size()> percent = {70, 50, 80, 80, 80, 100};
  int64_t average = 70; ///< Of the mean of BRAM18, URAM and DSP; the same, DEFAULT_AVG_CONSTRAINTS
  std::vector<Reservation> reserved;
};
Resources usable(const Resources &capacity, const Limits &limits);

/// A die, or all dies of a device together.
struct Room {
  Resources capacity, shell, reserved;
  Resources budget; ///< Limits times capacity, less shell and reservations
};
struct Rooms {
  Room device;
  std::vector<Room> dies;
};
Rooms roomsOf(const Fpga &fpga, const Limits &limits);
/// What each of several FPGAs of one device has: where they hold copies.
Rooms roomsOf(const Cluster &cluster, const std::vector<int> &fpgas, const Limits &limits);

/// The mean of the shares of block RAM, UltraRAM and DSPs that are taken: by what is `used`, the shell and
/// reservations, over those of the three that the room has (as Vivado's report_failfast counts them).
struct Average {
  int64_t over = 0, of = 1; ///< The mean in whole numbers: over / of
  double percent() const { return 100.0 * static_cast<double>(over) / static_cast<double>(of); }
  bool keeps(const Limits &limits) const { return over * 100 <= limits.average * of; }
};
Average averageOf(const Room &room, const Resources &used);

/// What must be kept free beside what is `kept` free already, so that so much is not used again: what is used
/// above the budget; of the resource of the three that is taken most, too, what brings their mean to the
/// limit. Nothing where all is kept.
Resources excessOf(const Room &room, const Resources &used, const Limits &limits, const Resources &kept = {});

/// Exit code 2 where a reservation names what the cluster has not, or leaves less than nothing.
llvm::Error checkReservations(const Cluster &cluster, const Limits &limits);

} // namespace braid::device
