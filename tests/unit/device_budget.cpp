// What of an FPGA plans may use: reservations, and the mean use of memories and DSPs.
#include "support/networks.h"

#include "braid/device/budget.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::device;

namespace {

std::vector<Reservation> reserved(const char *text) { return llvm::cantFail(parseReservations(text)); }

Fpga card(std::vector<Die> dies) {
  auto device = std::make_shared<Device>();
  device->name = "card", device->dies = std::move(dies);
  return {"fpga0", device, 100, 0};
}

const Fpga kTwoDies = card({{"SLR0", {{1000, 2000, 100, 10, 300}}, {{100, 0, 10, 0, 0}}},
                            {"SLR1", {{2000, 4000, 201, 0, 100}}, {}}});

} // namespace

TEST_CASE("a reservation comes off the budget of its die, and of the device", "[device]") {
  Limits limits; // 70, 50, 80, 80, 80 %
  limits.reserved = reserved("fpga0.SLR1:lut=150,bram18=7%");
  const Rooms rooms = roomsOf(kTwoDies, limits);
  CHECK(rooms.dies[0].budget == Resources{{600, 1000, 70, 8, 240}});
  CHECK(rooms.dies[1].reserved == Resources{{150, 0, 15, 0, 0}}); // 7 % of 201 are 14.07
  CHECK(rooms.dies[1].budget == Resources{{1250, 2000, 145, 0, 80}});
  CHECK(rooms.device.reserved == Resources{{150, 0, 15, 0, 0}});
  CHECK(rooms.device.budget == Resources{{1850, 3000, 215, 8, 320}});
  limits.reserved = reserved("other:lut=150");
  CHECK(roomsOf(kTwoDies, limits).device.reserved == Resources{});
}

TEST_CASE("an amount for a whole FPGA is spread in proportion, none of it lost", "[device]") {
  for (int64_t amount = 0; amount <= 301; ++amount) {
    Limits limits;
    limits.reserved = {{"*", "", Resource::Bram18, amount, false}};
    const Rooms rooms = roomsOf(kTwoDies, limits);
    const int64_t first = rooms.dies[0].reserved[Resource::Bram18];
    REQUIRE(first + rooms.dies[1].reserved[Resource::Bram18] == amount);
    REQUIRE(std::abs(first * 301 - amount * 100) <= 301);
  }
}

TEST_CASE("several reservations add up; copies leave free what any of them must", "[device]") {
  Cluster cluster;
  cluster.fpgas = {kTwoDies, kTwoDies};
  cluster.fpgas[1].name = "fpga1";
  Limits limits;
  for (const char *text : {"*:lut=1%", "fpga0.SLR0:lut=100", "fpga1.SLR0:lut=30,dsp=5", "fpga1.SLR0:lut=30"})
    for (const Reservation &own : reserved(text))
      limits.reserved.push_back(own);
  CHECK(roomsOf(cluster.fpgas[0], limits).dies[0].reserved == Resources{{110, 0, 0, 0, 0}});
  CHECK(roomsOf(cluster.fpgas[1], limits).dies[0].reserved == Resources{{70, 0, 0, 0, 5}});
  const Room both = roomsOf(cluster, {0, 1}, limits).dies[0];
  CHECK(both.reserved == Resources{{110, 0, 0, 0, 5}});
  CHECK(both.budget == Resources{{490, 1000, 70, 8, 235}});
}

TEST_CASE("reservations are read as they are written", "[device]") {
  for (const char *text : {"fpga0.SLR1:lut=10000", "fpga0:dsp=100", "*:bram18=5%", "*.SLR0:uram=0"}) {
    const std::vector<Reservation> own = reserved(text);
    REQUIRE(own.size() == 1);
    CHECK(toString(own[0]) == text);
  }
}

TEST_CASE("the mean is over those of block RAM, UltraRAM and DSPs that are there", "[device]") {
  // As Vivado's report_failfast has it for a part without UltraRAM: DSP 39.72 %, RAMB 25.69 %, mean 32.70 %.
  const Room board{{{0, 0, 10000, 0, 10000}}, {}, {}, {}};
  CHECK(averageOf(board, {{0, 0, 2569, 0, 3972}}).percent() == Approx(32.705));
  // Shell and reservations count: 30 %, 60 % and 90 %.
  const Room die{{{0, 0, 100, 50, 10}}, {{0, 0, 10, 0, 0}}, {{0, 0, 0, 0, 4}}, {}};
  const Average average = averageOf(die, {{0, 0, 20, 30, 5}});
  CHECK(average.percent() == Approx(60));
  Limits limits;
  limits.average = 60;
  CHECK(average.keeps(limits));
  limits.average = 59;
  CHECK_FALSE(average.keeps(limits));
  CHECK(averageOf({}, {}).keeps(limits)); // none of the three
}

TEST_CASE("what is left free as excessOf says brings the mean to its limit", "[device]") {
  test::Random random(3);
  int above = 0, alone = 0;
  for (int i = 0; i < 5000; ++i) {
    Room room;
    Resources used;
    for (Resource r : {Resource::Bram18, Resource::Uram, Resource::Dsp}) {
      room.capacity[r] = test::draw(random, 0, 3) ? test::draw(random, 1, 3000) : 0;
      room.shell[r] = test::draw(random, 0, room.capacity[r] / 10);
      room.budget[r] = room.capacity[r] * 80 / 100 - room.shell[r];
      used[r] = room.capacity[r] ? test::draw(random, 0, room.capacity[r] * 11 / 10) : 0;
    }
    Limits limits;
    limits.average = test::draw(random, 30, 100);
    const Resources more = excessOf(room, used, limits);
    const bool keeps = averageOf(room, used).keeps(limits);
    REQUIRE((more == Resources{}) == (keeps && used.fitsIn(room.budget)));
    above += !keeps;
    if (keeps || !used.fitsIn(room.budget))
      continue;
    Resources less = used;
    int64_t changed = 0;
    for (Resource r : kResources)
      if (more[r] > 0)
        less[r] = room.budget[r] - more[r], ++changed;
    REQUIRE(changed == 1);
    REQUIRE(averageOf(room, less).keeps(limits));
    // And no more than that.
    for (Resource r : kResources)
      less[r] += more[r] > 0;
    REQUIRE_FALSE(averageOf(room, less).keeps(limits));
    ++alone;
  }
  CHECK(above > 1000);
  CHECK(alone > 100);
}
