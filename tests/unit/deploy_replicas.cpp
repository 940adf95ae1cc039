// Segments that have copies: frames are dealt out in turn and collected in turn, every copy is made of one
// image, and tables that confuse copies are told apart.
#include "support/emulated.h"

#include "braid/support/error.h"
#include "braid/targets/network.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace braid;

namespace {

namespace fs = std::filesystem;
using kernel::IoMode;

/// All files below a folder, with their contents.
std::map<std::string, std::string> filesOf(const std::string &folder) {
  std::map<std::string, std::string> out;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      out[fs::relative(entry.path(), folder).string()] = test::readText(entry.path().string());
  return out;
}

} // namespace

TEST_CASE("copies of segments compute the bits of the model") {
  test::Random random(3);
  const ir::Model diamond = test::diamond(random), sentOn = test::sentOn(random);
  const auto run = [&](const ir::Model &model, const std::string &cluster, const std::vector<int> &fpgas,
                       IoMode io, const plan::Replicas &replicas) {
    INFO(cluster << " " << kernel::name(io) << " " << replicas.size());
    test::runAndCompare(test::Deployed(model, cluster, fpgas, io, test::precision(19, 7), replicas), 11);
  };
  for (const char *cluster : {"u280x6", "pynq-z2x6"}) {
    SECTION(std::string("the whole pipeline, ") + cluster) {
      run(diamond, cluster, {0, 0, 0, 0, 0}, IoMode::Parallel, {{0, {0, 1, 2}}});
      run(sentOn, cluster, {0, 0, 1, 1}, IoMode::Stream, {{0, {0, 2, 4}}, {1, {1, 3, 5}}});
    }
    SECTION(std::string("a segment between two without copies, ") + cluster) {
      run(sentOn, cluster, {0, 1, 1, 2}, IoMode::Stream, {{1, {1, 3, 4}}}); // and a stream past it
      run(diamond, cluster, {0, 0, 1, 2, 3}, IoMode::Parallel, {{1, {1, 4}}, {2, {2, 5}}});
    }
    SECTION(std::string("the first and the last segment, ") + cluster) {
      run(diamond, cluster, {0, 0, 1, 1, 1}, IoMode::Stream, {{0, {0, 2}}});
      run(diamond, cluster, {0, 0, 1, 1, 1}, IoMode::Stream, {{1, {1, 2, 3, 5}}});
    }
    SECTION(std::string("stages, ") + cluster)
    run(sentOn, cluster, {1, 0, 1, 0}, IoMode::Parallel, {{0, {0, 2}}, {1, {1, 3}}});
  }
  SECTION("copies of two cards with a cable have no link") {
    test::Random again(3);
    run(test::diamond(again), "u280x2", {0, 0, 0, 0, 0}, IoMode::Parallel, {{0, {0, 1}}});
  }
}

TEST_CASE("copies share one image, whatever their number") {
  test::Random random(3);
  const ir::Model model = test::sentOn(random);
  const auto writtenWith = [&](const std::string &cluster, const plan::Replicas &replicas) {
    test::TemporaryFolder folder;
    test::Deployed(model, cluster, {0, 0, 1, 1}, IoMode::Stream, {}, replicas).write(folder.path());
    return filesOf(folder.path());
  };
  for (const char *cluster : {"u280x6", "pynq-z2x6"}) {
    const auto alone = writtenWith(cluster, {}), two = writtenWith(cluster, {{0, {0, 2}}, {1, {1, 3}}}),
               three = writtenWith(cluster, {{0, {0, 2, 4}}, {1, {1, 3, 5}}});
    int images = 0;
    for (const auto &[path, text] : alone)
      if (path.rfind("fpga", 0) == 0) {
        INFO(path);
        ++images;
        CHECK(two.at(path) == text);
        CHECK(three.at(path) == text);
      }
    CHECK(images > 20);
    for (const auto &entry : three) // nothing is built for copies
      CHECK((entry.first.rfind("fpga", 0) != 0 || alone.count(entry.first)));
  }
  // What differs between copies are addresses, and the registers of packetizer and depacketizer.
  const auto three = writtenWith("u280x6", {{0, {0, 2, 4}}, {1, {1, 3, 5}}});
  CHECK(three.at("network/fpga1.sockets").find("set depacketizer_0 replica 0\n") != std::string::npos);
  CHECK(three.at("network/fpga5.sockets").find("set depacketizer_0 replica 2\n") != std::string::npos);
  CHECK(three.at("network/fpga4.sockets").find("set packetizer_0 dest 0\nset packetizer_0 replica 2\n") !=
        std::string::npos);
}

TEST_CASE("tables that confuse copies are faults") {
  test::Random random(3);
  const test::Deployed deployed(test::sentOn(random), "u280x6", {0, 1, 1, 2}, IoMode::Stream, {},
                                {{1, {1, 3}}});
  const targets::Network right = llvm::cantFail(targets::planNetwork(deployed.context()));
  const auto faultOf = [](const targets::Network &network) {
    llvm::Error error = targets::checkNetwork(network, "network.json");
    return error ? llvm::toString(std::move(error)) : std::string();
  };
  const auto copy = [](targets::Network &network) -> targets::FpgaSetup & {
    for (targets::FpgaSetup &fpga : network.fpgas)
      if (fpga.isCopy())
        return fpga;
    throw std::logic_error("no copy");
  };
  CHECK(faultOf(right).empty());
  targets::Network wrong = right;
  copy(wrong).replica = 0;
  CHECK(faultOf(wrong).find("two copies of fpga1 have the same number") != std::string::npos);
  wrong = right;
  copy(wrong).replicas = 3;
  CHECK(faultOf(wrong).find("fpga3 is number 1 of 3; there are 2 of fpga1") != std::string::npos);
  wrong = right;
  copy(wrong).image = "fpga7";
  CHECK(faultOf(wrong).find("fpga3 is a copy of fpga7, which is no FPGA of the design") != std::string::npos);
  wrong = right;
  std::swap(wrong.fpgas[0].parts[0].outputs[0].lane, wrong.fpgas[0].parts[0].outputs[1].lane);
  CHECK_FALSE(faultOf(wrong).empty());
  wrong = right;
  copy(wrong).parts[0].inputs[0].words.elements += 1;
  CHECK(faultOf(wrong).find("its streams have other ports, rows or frames") != std::string::npos);
}

TEST_CASE("a frame that goes to the wrong copy is noticed") {
  test::Random random(3);
  const test::Deployed deployed(test::sentOn(random), "u280x6", {0, 1, 1, 2}, IoMode::Stream, {},
                                {{1, {1, 3}}});
  test::TemporaryFolder folder;
  deployed.write(folder.path());
  // The kernel that deals gives the second copy its frames first; the packets' numbers still agree.
  const std::string source = folder.path() + "/fpga0/link/fpga0_link.cpp";
  test::replaceIn(source, "static unsigned turn = 0;", "static unsigned turn = 1;");
  const std::vector<exec::Batch> inputs = deployed.inputs(random, 4);
  auto emulated = sim::emulate(folder.path(), deployed.context(), inputs, test::emulationOptions());
  REQUIRE(bool(emulated));
  const auto whole = exec::Interpreter(deployed.model()).run(inputs);
  CHECK(emulated->outputs.at(0).mantissas() != whole.at(deployed.model().outputs[0].stream).mantissas());
  // Registers that name another copy: refused by the receiver.
  test::replaceIn(source, "static unsigned turn = 1;", "static unsigned turn = 0;");
  test::replaceIn(source, "data_out, dest, replica);", "data_out, dest, replica + 1);");
  auto refused = sim::emulate(folder.path(), deployed.context(), inputs, test::emulationOptions());
  REQUIRE_FALSE(bool(refused));
  CHECK(llvm::toString(refused.takeError()).find("refused") != std::string::npos);
}
