// The numbers of the built-in boards and links: ranges, sums that data sheets state, and a source for each.
#include "synthesis_rows.h"

#include "braid/device/budget.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace braid::device;
using nlohmann::json;

namespace {

std::shared_ptr<const Device> device(const std::string &name) {
  auto found = findDevice(name);
  REQUIRE(static_cast<bool>(found));
  return *found;
}

std::shared_ptr<const LinkType> link(const std::string &name) {
  auto found = findLink(name);
  REQUIRE(static_cast<bool>(found));
  return *found;
}

/// The files' own text, for what the parsed tables do not keep.
json tableOf(const std::string &path) {
  const std::string text = rows::textOf(rows::sourceRoot() + "/targets/" + path);
  return text.empty() ? json() : json::parse(text);
}

} // namespace

TEST_CASE("the boards are those asked for", "[device]") {
  CHECK(deviceNames() == std::vector<std::string>{"pynq-z1", "pynq-z2", "u200", "u250", "u280", "u50", "u55c",
                                                  "ultra96", "zcu102", "zcu104"});
  CHECK(linkNames() == std::vector<std::string>{"vnx-100g", "zynq-tcp"});
}

TEST_CASE("a board's dies add up to its data sheet", "[device]") {
  // As Vivado HLS prints them under "Available": LUT, FF, BRAM_18K, URAM, DSP.
  const std::pair<const char *, Resources> kSheets[] = {
      {"pynq-z1", {{53200, 106400, 280, 0, 220}}},
      {"pynq-z2", {{53200, 106400, 280, 0, 220}}},
      {"ultra96", {{70560, 141120, 432, 0, 360}}},
      {"zcu104", {{230400, 460800, 624, 96, 1728}}},
      {"zcu102", {{274080, 548160, 1824, 0, 2520}}},
      {"u50", {{871680, 1743360, 2688, 640, 5952, 32}}},
      {"u55c", {{1303680, 2607360, 4032, 960, 9024, 32}}},
      {"u200", {{1182240, 2364480, 4320, 960, 6840}}},
      {"u250", {{1728000, 3456000, 5376, 1280, 12288}}},
      {"u280", {{1303680, 2607360, 4032, 960, 9024, 32}}},
  };
  CHECK(std::size(kSheets) == deviceNames().size());
  for (const auto &[name, sheet] : kSheets) {
    INFO(name);
    CHECK(device(name)->capacity() == sheet);
  }
}

TEST_CASE("every number of a board is in range", "[device]") {
  for (const std::string &name : deviceNames()) {
    INFO(name);
    const auto board = device(name);
    const bool alveo = board->family == "alveo-ultrascale+";
    CHECK(board->name == name);
    CHECK(board->clockMhz == (alveo ? 200 : 100));
    CHECK(board->platform.empty() == !alveo);
    CHECK(board->part.rfind("xc", 0) == 0);
    CHECK((board->sllPerBoundary > 0) == (board->dies.size() > 1));
    for (const Die &die : board->dies) {
      CHECK(die.shell.fitsIn(die.capacity));
      // Something is left on every die once limits, shell and a network port are paid.
      const Resources left =
          usable(die.capacity, Limits{}) - die.shell - (alveo ? link("vnx-100g")->portCost : Resources{});
      CHECK(left[Resource::Lut] > 0);
      CHECK(left[Resource::Bram18] > 0);
      CHECK(left[Resource::Dsp] > 0);
    }
    for (const NetworkPort &port : board->ports) {
      CHECK(port.die < static_cast<int>(board->dies.size()));
      CHECK(link(port.link)->name == (alveo ? "vnx-100g" : "zynq-tcp"));
    }
    CHECK(board->host.ingestGbps() == (alveo ? 80 : name == "ultra96" ? 0 : 1));
  }
  // All together, in GB/s, and their size in MiB; beside one die, which holds the frames of the host, too.
  const std::tuple<const char *, double, int64_t> kChannels[] = {
      {"u50", 316, 8192}, {"u55c", 460, 16384}, {"u280", 460, 8192}};
  for (const auto &[name, gigabytes, mebibytes] : kChannels) {
    const auto card = device(name);
    CHECK(card->channel.gbps * 32 / 8 == gigabytes);
    CHECK(card->channel.mebibytes * 32 == mebibytes);
    CHECK(std::abs(card->channel.efficiency - 425.0 / 460) < 0.005); // Shuhai, FCCM 2020
    for (size_t d = 0; d < card->dies.size(); ++d)
      CHECK(usable(card->dies[d].capacity, Limits{})[Resource::Hbm] - card->dies[d].shell[Resource::Hbm] ==
            (d == 0 ? 31 : 0));
  }
  CHECK_FALSE(device("u200")->has(Resource::Hbm));
  CHECK(device("u50")->ports.size() == 1);
  CHECK(device("u280")->ports.size() == 2);
  CHECK(device("ultra96")->ports.empty());
}

TEST_CASE("what platforms leave to kernels is FINN's table", "[device]") {
  // FINN, src/finn/util/platforms.py; the memory controller stands apart there.
  const auto u280 = device("u280");
  const Resources hbm{{10718, 21793, 8, 0, 0}};
  CHECK(u280->dies[0].capacity - u280->dies[0].shell + hbm ==
        Resources{{400800, 801600, 1200, 320, 2736, 31}});
  CHECK(u280->dies[1].capacity - u280->dies[1].shell == Resources{{382080, 764160, 1152, 320, 2880}});
  CHECK(device("u200")->dies[1].capacity - device("u200")->dies[1].shell ==
        Resources{{199680, 399360, 840, 160, 1320}});
}

TEST_CASE("every field of a table names its source", "[device]") {
  if (tableOf("devices/u280.json").is_null()) {
    WARN("skipped: the source tree is not at the place the build was made from");
    return;
  }
  for (const std::string &name : deviceNames())
    for (const char *field : {"part", "clockMhz", "memory", "sllPerBoundary", "capacity", "ports", "host"})
      CHECK(tableOf("devices/" + name + ".json")["sources"].contains(field));
  for (const std::string &name : deviceNames())
    for (const json &die : tableOf("devices/" + name + ".json")["dies"])
      for (const auto &[part, amounts] : die["shell"].items())
        CHECK(tableOf("devices/" + name + ".json")["sources"].contains("shell." + part));
  for (const char *name : {"u50", "u55c", "u280"})
    for (const char *field : {"channel", "capacity.HBM"})
      CHECK(tableOf(std::string("devices/") + name + ".json")["sources"].contains(field));
  for (const std::string &name : linkNames()) {
    const json table = tableOf("links/" + name + ".json");
    for (const auto &[key, value] : table.items())
      if (value.is_number() || value.is_object() || value.is_boolean())
        CHECK((key == "sources" || table["sources"].contains(key)));
  }
}

TEST_CASE("an unknown board or link gets a suggestion", "[device]") {
  auto board = findDevice("zcu1044");
  REQUIRE_FALSE(static_cast<bool>(board));
  CHECK(llvm::toString(board.takeError()).find("unknown device 'zcu1044'; did you mean 'zcu104'?") !=
        std::string::npos);
  auto cable = findLink("vnx-10g");
  REQUIRE_FALSE(static_cast<bool>(cable));
  CHECK(llvm::toString(cable.takeError()).find("unknown link 'vnx-10g'; did you mean 'vnx-100g'?") !=
        std::string::npos);
}

TEST_CASE("bytes on the wire count words, headers and framing", "[device]") {
  const LinkType &vnx = *link("vnx-100g");
  CHECK(wireBytes(vnx, 1) == 64 + 64 + 66); // one word, one header, one frame
  CHECK(wireBytes(vnx, 64) == 64 + 64 + 66);
  CHECK(wireBytes(vnx, 65) == 128 + 64 + 66);
  CHECK(wireBytes(vnx, 1344) == 1344 + 130);     // 21 words fill a packet
  CHECK(wireBytes(vnx, 1345) == 1408 + 2 * 130); // the 22nd opens the next
  CHECK(wireBytes(vnx, 10 * 1344) == 10 * (1344 + 130));
  const LinkType &tcp = *link("zynq-tcp");
  // The header of the message, 24 bytes, goes with the first data.
  CHECK(wireBytes(tcp, 1) == 8 + 24 + 90);
  CHECK(wireBytes(tcp, 1424) == 1538); // a full frame with gap and preamble
  CHECK(wireBytes(tcp, 1425) == 1432 + 24 + 180);
  LinkType plain;
  plain.wordBits = 64;
  CHECK(wireBytes(plain, 9) == 16);
  // Never less for more.
  for (int64_t bytes = 1; bytes < 5000; ++bytes)
    REQUIRE(wireBytes(vnx, bytes + 1) >= wireBytes(vnx, bytes));
}

TEST_CASE("limits take whole percents", "[device]") {
  CHECK(usable({{1000, 1000, 1344, 10, 3}}, Limits{}) == Resources{{700, 500, 1075, 8, 2}});
  CHECK(Resources{{1, 1, 1, 1, 1}}.fitsIn({{1, 1, 1, 1, 1}}));
  CHECK_FALSE(Resources{{1, 1, 2, 1, 1}}.fitsIn({{1, 1, 1, 1, 1}}));
}
