// What is emitted, compiled and run: the bits of the model, the bytes of the link model; and every way it can
// fail.
#include "support/emulated.h"

#include "braid/sim/emulate.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

using namespace braid;

namespace {

const std::vector<int> kDiamond = {0, 0, 1, 2, 3};

std::string faultOf(const std::string &folder, const test::Deployed &deployed,
                    const sim::EmulationOptions &with = test::emulationOptions()) {
  test::Random random(1);
  auto emulated = sim::emulate(folder, deployed.context(), deployed.inputs(random, 2), with);
  REQUIRE_FALSE(static_cast<bool>(emulated));
  std::string text;
  llvm::handleAllErrors(emulated.takeError(), [&](const UserError &fault) {
    CHECK((fault.code() == ExitCode::CheckFailed || fault.code() == ExitCode::BadInput));
    llvm::raw_string_ostream out(text);
    fault.log(out);
  });
  return text;
}

} // namespace

TEST_CASE("emitted cards and boards compute the bits of the model") {
  test::Random random(3);
  const ir::Model source = test::diamond(random);
  // 150 elements of 16 bits are 5 words of 512 bits, of 47 bits 15 words: one packet; on boards 38 and 150
  // words.
  SECTION("cards, io_parallel") {
    test::runAndCompare(test::Deployed(source, "u280x4", kDiamond, kernel::IoMode::Parallel), 1);
  }
  SECTION("cards, io_stream, a width that divides no word") {
    test::runAndCompare(
        test::Deployed(source, "u280x4", kDiamond, kernel::IoMode::Stream, test::precision(23, 8)), 2);
  }
  SECTION("cards in a chain that forward between others") {
    test::Random again(3);
    const ir::Model sentOn = test::sentOn(again);
    test::runAndCompare(test::Deployed(sentOn, "u280-chain-3", {0, 1, 1, 2}, kernel::IoMode::Stream), 3);
    test::runAndCompare(test::Deployed(source, "u280-chain-3", {0, 0, 1, 2, 1}, kernel::IoMode::Parallel), 3);
    test::runAndCompare(test::Deployed(source, "u280-chain-3", {0, 0, 2, 1, 0}, kernel::IoMode::Stream), 3);
  }
  SECTION("cards in a chain") {
    test::runAndCompare(test::Deployed(source, "u280-chain-3", {0, 0, 1, 1, 2}, kernel::IoMode::Stream), 3);
  }
  SECTION("boards, io_parallel") {
    test::runAndCompare(test::Deployed(source, "pynq-five", kDiamond, kernel::IoMode::Parallel), 4);
  }
  SECTION("boards, io_stream") {
    test::runAndCompare(
        test::Deployed(source, "pynq-five", {4, 4, 3, 2, 1}, kernel::IoMode::Stream, test::precision(9, 4)),
        5);
  }
  SECTION("one board") {
    test::runAndCompare(test::Deployed(source, "pynq-z2", {0, 0, 0, 0, 0}, kernel::IoMode::Stream), 6);
  }
  SECTION("one card") {
    test::runAndCompare(test::Deployed(source, "u50", {0, 0, 0, 0, 0}, kernel::IoMode::Parallel), 7);
  }
}

TEST_CASE("a frame of several packets") {
  test::Random random(9);
  test::Builder builder({40});
  ir::Dense first, second;
  first.weights = test::randomWeights(random, 1500, 1, 40, 0.5);
  second.weights = test::randomWeights(random, 3, 1, 1500, 0.1);
  const ir::StreamId wide = builder.add(first, {builder.input()});
  const ir::Model source = builder.finish(builder.add(second, {wide}));
  // 1500 elements of 16 bits: 47 words of 512 bits, 21 + 21 + 5 of them in three packets.
  const test::Deployed deployed(source, "u280x2", {0, 1}, kernel::IoMode::Parallel);
  test::runAndCompare(deployed, 1);
}

TEST_CASE("what can go wrong in an emulation is named") {
  test::Random random(3);
  const test::Deployed cards(test::diamond(random), "u280x4", kDiamond, kernel::IoMode::Parallel);
  test::TemporaryFolder folder;
  cards.write(folder.path());
  const std::string network = folder.path() + "/network/network.json",
                    emulation = folder.path() + "/fpga1/hls/fpga1_emu.cpp";
  const std::string goodNetwork = test::readText(network), goodEmulation = test::readText(emulation);
  const auto expect = [&](const std::string &words,
                          const sim::EmulationOptions &with = test::emulationOptions()) {
    const std::string fault = faultOf(folder.path(), cards, with);
    INFO(fault);
    CHECK(fault.find(words) != std::string::npos);
  };

  sim::EmulationOptions noCompiler = test::emulationOptions();
  noCompiler.cxx = "no-such-compiler";
  expect("the compiler 'no-such-compiler' is not found", noCompiler);
  noCompiler.cxx = "false";
  expect("the compiler 'false' does not run", noCompiler);

  test::writeText(emulation, "int main() { return missing; }\n");
  expect("fpga1_emu.cpp: error: fpga1 does not compile");
  test::writeText(emulation, "int other() { return 0; }\n");
  expect("error: fpga1 does not link");
  test::writeText(emulation, "#include <cstdlib>\nint main() { std::abort(); }\n");
  expect("fpga1_emu.cpp: error: fpga1 ended with signal 6");
  test::writeText(emulation, "#include <cstdio>\nint main() { std::puts(\"no weights\"); return 7; }\n");
  expect("fpga1 ended with exit code 7\n  note: no weights");
  test::writeText(emulation, "int main() { return 0; }\n");
  expect("fpga1 has not written it");
  test::writeText(emulation, goodEmulation);

  // Tables: packets go by them, not by the plan. Rows of fpga1: 0 from fpga0, 1 to fpga3.
  test::replaceIn(network, "\"theirPort\": 50001", "\"theirPort\": 50007");
  expect("fpga2 qsfp0 has no socket row for a packet from 10.77.0.10:50001 to its port 50007");
  test::writeText(network, goodNetwork);
  test::replaceIn(network, "\"mac\": \"02:0a:35:77:01:00\"\n            }",
                  "\"mac\": \"02:0a:35:77:09:00\"\n            }");
  expect("no ARP entry for 10.77.0.12");
  test::writeText(network, goodNetwork);
  test::replaceIn(network, "\"theirIp\": \"10.77.0.12\"", "\"theirIp\": \"10.77.0.44\"");
  expect("fpga0 qsfp0 row 0: no port has the address 10.77.0.44");
  test::writeText(network, "{}");
  expect("network.json: error: ");
  test::writeText(network, goodNetwork);

  // A packet to a row that is not there, and one that goes to the wrong stream.
  const std::string header = folder.path() + "/fpga0/link/fpga0_link.h";
  const std::string kernels = folder.path() + "/fpga0/link/fpga0_link.cpp",
                    goodKernels = test::readText(kernels);
  test::replaceIn(kernels, "send1_packets>(data_in, data_out, dest,",
                  "send1_packets>(data_in, data_out, dest + 4,");
  expect("fpga0 qsfp0 row 5: the socket table has 2 rows; the packet has none");
  test::writeText(kernels, goodKernels);
  test::replaceIn(header, "braid::PacketLayout<1, ", "braid::PacketLayout<0, ");
  expect("fpga2 ended with exit code 3\n  note: receive1 lost 0 refused 2\n  note: receive1: frame 0 has 0 "
         "of 5 words");
}

TEST_CASE("boards that are not told of a stream are named") {
  test::Random random(3);
  const test::Deployed boards(test::diamond(random), "pynq-five", kDiamond, kernel::IoMode::Parallel);
  test::TemporaryFolder folder;
  boards.write(folder.path());
  const std::string network = folder.path() + "/network/network.json";
  test::replaceIn(network, "\"peer\": \"board1\"", "\"peer\": \"board3\"");
  CHECK(faultOf(folder.path(), boards).find("board0: board3 expects no crossing 0 from it") !=
        std::string::npos);
}

TEST_CASE("programs are compiled once") {
  test::Random random(3);
  const test::Deployed board(test::diamond(random), "pynq-z2", {0, 0, 0, 0, 0}, kernel::IoMode::Parallel);
  test::TemporaryFolder one, other, cache;
  board.write(one.path());
  board.write(other.path());
  sim::EmulationOptions with = test::emulationOptions();
  with.cacheFolder = cache.path();
  const std::vector<exec::Batch> inputs = board.inputs(random, 1);
  auto first = sim::emulate(one.path(), board.context(), inputs, with);
  REQUIRE(static_cast<bool>(first));
  CHECK((first->compiled == 1 && first->cached == 0));
  auto again = sim::emulate(other.path(), board.context(), inputs, with);
  REQUIRE(static_cast<bool>(again));
  CHECK((again->compiled == 0 && again->cached == 1));
}
