// Addresses and socket tables of a plan, link configurations, and that every fault in them is found when they
// are read back.
#include "support/deployed.h"

#include "braid/support/error.h"
#include "braid/targets/vnx.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace braid;
using namespace braid::targets;

namespace {

const std::vector<int> kDiamond = {0, 0, 1, 2, 3};

Network networkOf(const test::Deployed &deployed) {
  auto network = planNetwork(deployed.context());
  if (!network)
    FAIL(llvm::toString(network.takeError()));
  return *network;
}

Network diamondNetwork(const std::string &cluster = "u280x4") {
  test::Random random(3);
  return networkOf(test::Deployed(test::diamond(random), cluster, kDiamond, kernel::IoMode::Parallel));
}

std::string faultOf(llvm::Error error) {
  std::string text;
  llvm::handleAllErrors(std::move(error), [&](const UserError &fault) {
    llvm::raw_string_ostream out(text);
    fault.log(out);
    CHECK((fault.code() == ExitCode::CheckFailed || fault.code() == ExitCode::NoPlan ||
           fault.code() == ExitCode::BadInput));
  });
  return text;
}

/// Two cards; the first sends to the second, which sends back: two stages, and a stream from the one to the
/// other.
test::Deployed thereAndBack(const std::string &cluster) {
  test::Random random(3);
  return test::Deployed(test::diamond(random), cluster, {0, 0, 0, 1, 0}, kernel::IoMode::Parallel);
}

/// The fault a change makes is found, in these words.
template <class Change>
void expectFault(const char *words, Change change, Network network = diamondNetwork()) {
  change(network);
  const std::string fault = faultOf(checkNetwork(network, "network.json"));
  INFO(fault);
  CHECK(fault.find(words) != std::string::npos);
}

} // namespace

TEST_CASE("a stream to two cards is two rows, two streams at one card have a row each") {
  const Network network = diamondNetwork();
  REQUIRE(network.fpgas.size() == 4);
  // a goes to fpga1 (crossing 0) and fpga2 (1); b (2) and c (3) meet at fpga3. One port each, through a
  // switch.
  const auto rows = [&](size_t card) {
    REQUIRE(network.fpgas[card].ports.size() == 1);
    std::string text;
    for (const Socket &row : network.fpgas[card].ports[0].sockets)
      text += fmt::format("{} {}{}:{} {};", row.row, row.sends ? "to " : "from ", row.theirIp, row.theirPort,
                          row.myPort);
    return text;
  };
  CHECK(rows(0) == "0 to 10.77.0.12:50000 50000;1 to 10.77.0.14:50001 50001;");
  CHECK(rows(1) == "0 from 10.77.0.10:50000 50000;1 to 10.77.0.16:50002 50002;");
  CHECK(rows(2) == "0 from 10.77.0.10:50001 50001;1 to 10.77.0.16:50003 50003;");
  CHECK(rows(3) == "0 from 10.77.0.12:50002 50002;1 from 10.77.0.14:50003 50003;");
  CHECK(network.fpgas[0].ports[0].arp ==
        std::vector<ArpEntry>{{"10.77.0.12", "02:0a:35:77:01:00"}, {"10.77.0.14", "02:0a:35:77:02:00"}});
  CHECK(faultOf(checkNetwork(network, "network.json")).empty());
}

TEST_CASE("cables take a port each") {
  test::Random random(3);
  // card0 - card1 - card2: the middle card has a cable at each of its ports.
  const Network network = networkOf(
      test::Deployed(test::diamond(random), "u280-chain-3", {0, 0, 1, 1, 2}, kernel::IoMode::Parallel));
  REQUIRE(network.fpgas.size() == 3);
  CHECK(network.fpgas[0].ports.size() == 1);
  REQUIRE(network.fpgas[1].ports.size() == 2);
  CHECK(network.fpgas[1].ports[0].ip == "10.77.0.12");
  CHECK(network.fpgas[1].ports[1].ip == "10.77.0.13");
  CHECK(network.fpgas[2].ports[0].sockets[0].theirIp == "10.77.0.13");
}

TEST_CASE("a network reads back as it was written") {
  for (const char *cluster : {"u280x4", "pynq-five"}) {
    const Network network = diamondNetwork(cluster);
    const std::string text = toJson(network);
    auto again = networkFromJson(text, "network.json");
    if (!again)
      FAIL(llvm::toString(again.takeError()));
    CHECK(toJson(*again) == text);
  }
  CHECK(faultOf(networkFromJson("{\"schema\": \"x\"}", "n.json").takeError())
            .find("n.json: error: schema is \"x\"") == 0);
  CHECK(faultOf(networkFromJson("[", "n.json").takeError()).find("n.json: error: ") == 0);
}

TEST_CASE("socket tables that disagree are found") {
  expectFault("fpga0 qsfp0 row 0 (crossing 0): fpga1 qsfp0 has no row for 10.77.0.10:50009 at its port 50000",
              [](Network &n) { n.fpgas[0].ports[0].sockets[0].myPort = 50009; });
  expectFault("no port has the address 10.77.0.99",
              [](Network &n) { n.fpgas[0].ports[0].sockets[0].theirIp = "10.77.0.99"; });
  expectFault("sends crossing 0", [](Network &n) { n.fpgas[1].ports[0].sockets[0].sends = true; });
  expectFault("no ARP entry 10.77.0.12", [](Network &n) { n.fpgas[0].ports[0].arp.clear(); });
  expectFault("no ARP entry", [](Network &n) { n.fpgas[0].ports[0].arp[0].mac = "02:00:00:00:00:00"; });
  expectFault("fpga0 qsfp0 and fpga1 qsfp0 both have the address 10.77.0.10",
              [](Network &n) { n.fpgas[1].ports[0].ip = "10.77.0.10"; });
  expectFault("both have the MAC", [](Network &n) { n.fpgas[1].ports[0].mac = n.fpgas[0].ports[0].mac; });
  expectFault("addresses are in 2 networks", [](Network &n) { n.fpgas[1].ports[0].ip = "10.78.0.12"; });
  expectFault("is no host's address", [](Network &n) { n.fpgas[1].ports[0].ip = "10.77.0.255"; });
  expectFault("2 rows, and the network layer has 1", [](Network &n) { n.maxSockets = 1; });
  expectFault("row 1 stands in place 0",
              [](Network &n) { std::swap(n.fpgas[0].ports[0].sockets[0], n.fpgas[0].ports[0].sockets[1]); });
  expectFault("no stream of fpga0 uses it", [](Network &n) { n.fpgas[0].parts[0].outputs[0].row = 7; });
  expectFault("crossing 0 has 1 senders and 0 receivers",
              [](Network &n) { n.fpgas[1].parts[0].inputs.clear(); });
  expectFault("names fpga2 as the other end; it is fpga1",
              [](Network &n) { n.fpgas[0].parts[0].outputs[0].peer = "fpga2"; });
  expectFault("lay out its frames differently",
              [](Network &n) { n.fpgas[0].parts[0].outputs[0].words.elementBits = 12; });
}

TEST_CASE("stages of an FPGA are parts of it, with a stream that has no port") {
  for (const char *cluster : {"u280x2", "pynq-z2x2"}) {
    const Network network = networkOf(thereAndBack(cluster));
    REQUIRE(network.fpgas.size() == 2);
    REQUIRE(network.fpgas[0].parts.size() == 2);
    CHECK(network.fpgas[0].parts[0].project == "fpga0");
    CHECK(network.fpgas[0].parts[1].project == "fpga0_s1");
    CHECK(network.fpgas[1].parts.size() == 1);
    // a to the other card (0), b to the later stage (1), c back (2).
    const StreamEnd &sent = network.fpgas[0].parts[0].outputs.at(1),
                    &taken = network.fpgas[0].parts[1].inputs.at(0);
    for (const StreamEnd *end : {&sent, &taken}) {
      CHECK(end->stream == 1);
      CHECK(end->isLocal);
      CHECK(end->peer == network.fpgas[0].name);
      CHECK((end->port == -1 && end->row == -1));
    }
    const std::string text = toJson(network);
    auto again = networkFromJson(text, "network.json");
    if (!again)
      FAIL(llvm::toString(again.takeError()));
    CHECK(toJson(*again) == text);
    CHECK(again->fpgas[0].parts[1].inputs.at(0).isLocal);
    CHECK(faultOf(checkNetwork(*again, "network.json")).empty());
  }
  const auto expect = [](const char *words, auto change) {
    expectFault(words, change, networkOf(thereAndBack("u280x2")));
  };
  expect("crossing 1: stays on fpga0 and has row 0 of its port 0",
         [](Network &n) { n.fpgas[0].parts[0].outputs[1].port = 0, n.fpgas[0].parts[0].outputs[1].row = 0; });
  expect("crossing 1: fpga0_s1 of fpga0 takes it from no stage before it",
         [](Network &n) { std::swap(n.fpgas[0].parts[0], n.fpgas[0].parts[1]); });
  expect("crossing 0: fpga1 has no row for it", [](Network &n) { n.fpgas[1].parts[0].inputs[0].row = -1; });
  expect("crossing 1 has 1 senders and 0 receivers",
         [](Network &n) { n.fpgas[0].parts[1].inputs.erase(n.fpgas[0].parts[1].inputs.begin()); });
}

TEST_CASE("boxes of inputs lie in them") {
  expectFault("fpga0 input0: its box [0] to [99] does not lie in input 0, [12]",
              [](Network &n) { n.fpgas[0].parts[0].inputs[0].end[0] = 99; });
  expectFault("fpga0 input0: its box has 5 elements, its frames have 12",
              [](Network &n) { n.fpgas[0].parts[0].inputs[0].end[0] = 5; });
  expectFault("fpga0 input0: the model has no input 3",
              [](Network &n) { n.fpgas[0].parts[0].inputs[0].input = 3; });
}

TEST_CASE("a stream between stages is a wire between their kernels") {
  test::TemporaryFolder folder;
  thereAndBack("u280x2").write(folder.path());
  CHECK(faultOf(checkDeployment(folder.path())).empty());
  const std::string link = folder.path() + "/fpga0/link/",
                    wire = "stream_connect=fpga0_compute_0.send1:fpga0_s1_compute_0.receive1\n";
  std::string config = test::readText(link + "connectivity.cfg");
  REQUIRE(config.find(wire) != std::string::npos);
  CHECK(config.find("nk=fpga0_s1_compute:1:fpga0_s1_compute_0\n") != std::string::npos);
  config.erase(config.find(wire), wire.size());
  CHECK(faultOf(checkConnectivity(config, test::readText(link + "kernels.json"), "c.cfg"))
            .find("fpga0_s1_compute_0.receive1 is not connected") != std::string::npos);
  // Each stage has a kernel of its own in the Makefile; they share the rest.
  const std::string makefile = test::readText(link + "Makefile");
  CHECK(makefile.find("SOURCES_fpga0_s1_compute := fpga0_s1_compute.cpp ../hls_s1/firmware/fpga0_s1.cpp\n") !=
        std::string::npos);
  CHECK(makefile.find("$(NAME)_link.cpp") != std::string::npos);
}

TEST_CASE("boards at one address are found") {
  Network network = diamondNetwork("pynq-five");
  network.fpgas[1].address = network.fpgas[0].address;
  CHECK(
      faultOf(checkNetwork(network, "n.json")).find("board0 and board1 both listen at 192.168.2.10:51000") !=
      std::string::npos);
}

TEST_CASE("link configurations connect every stream once") {
  test::Random random(3);
  const test::Deployed deployed(test::diamond(random), "u280x4", kDiamond, kernel::IoMode::Parallel);
  test::TemporaryFolder folder;
  deployed.write(folder.path());
  CHECK(faultOf(checkDeployment(folder.path())).empty());

  // The card that takes two streams: one port, a demultiplexer, no arbiter.
  const std::string config = test::readText(folder.path() + "/fpga3/link/connectivity.cfg");
  for (const char *line : {"nk=cmac_0:1:cmac_0", "nk=networklayer:1:networklayer_0",
                           "slr=networklayer_0:SLR2", "sp=s2mm_output0.m_axi_gmem:HBM[0]",
                           "stream_connect=networklayer_0.M_AXIS_nl2sk:demux_0_0.data_in:512",
                           "stream_connect=demux_0_0.data_out1:depacketizer_3_0.data_in",
                           "stream_connect=silent_0_0.data_out:networklayer_0.S_AXIS_sk2nl",
                           "param=compiler.userPostSysLinkOverlayTcl=@POST_SYS_LINK_TCL@"}) {
    INFO(line);
    CHECK(("\n" + config).find(std::string("\n") + line + "\n") != std::string::npos);
  }
  const std::string kernels = test::readText(folder.path() + "/fpga3/link/kernels.json");
  const auto expect = [&](const char *words, const std::string &from, const std::string &to) {
    std::string text = config;
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    const std::string fault = faultOf(checkConnectivity(text, kernels, "c.cfg"));
    INFO(fault);
    CHECK(fault.find(words) != std::string::npos);
  };
  const std::string wire = "stream_connect=demux_0_0.data_out1:depacketizer_3_0.data_in\n";
  expect("depacketizer_3_0.data_in is not connected", wire, "");
  expect("demux_0_0.data_out1 is connected twice", wire,
         wire + "stream_connect=demux_0_0.data_out1:s2mm_output0.data_in\n");
  expect("there is no instance demux_9", wire, "stream_connect=demux_9.data_out1:depacketizer_3_0.data_in\n");
  expect("has no stream data_out7", wire, "stream_connect=demux_0_0.data_out7:depacketizer_3_0.data_in\n");
  expect("is an input and stands as an output", wire,
         "stream_connect=depacketizer_3_0.data_in:demux_0_0.data_out1\n");
  expect("there is no kernel cmac_7", "nk=cmac_0:1:cmac_0", "nk=cmac_7:1:cmac_0");
  expect("names 1 instances", "nk=cmac_0:1:", "nk=cmac_0:2:");
  expect("instance cmac_0 stands twice", "nk=cmac_0:1:cmac_0", "nk=cmac_0:2:cmac_0.cmac_0");
  expect("slr or sp: there is no instance nowhere", "slr=cmac_0:", "slr=nowhere:");
  expect("is not from:to", wire, "stream_connect=a:b:c\n");
  expect("'profile' is not understood", wire, wire + "profile\n");
  expect("slr stands in '[advanced]', not in [connectivity]", "param=", "slr=cmac_0:SLR2\nparam=");
  expect("prop stands in '[connectivity]', not in [vivado]", wire,
         wire + "prop=run.impl_1.STEPS.OPT_DESIGN.TCL.PRE=a.tcl\n");
  expect("prop=run.impl_1.strategy=fast is not understood", wire,
         wire + "[vivado]\nprop=run.impl_1.strategy=fast\n");
  // Layers of this style stand on no die of their own: the tool places their kernel.
  CHECK(config.find("slr=fpga3_compute_0:") == std::string::npos);
  expect("transceivers are not wired", "param=", "#");

  // The table that host programs read must say what network.json says.
  test::replaceIn(folder.path() + "/network/fpga0.sockets", "50000", "50005");
  CHECK(faultOf(checkDeployment(folder.path()))
            .find("fpga0.sockets: error: says otherwise than network.json") != std::string::npos);
}

TEST_CASE("a floorplan places each cell of an instance once") {
  const std::string config = "[connectivity]\nnk=fpga0_s1:1:fpga0_s1_0\n[vivado]\n"
                             "prop=run.impl_1.STEPS.OPT_DESIGN.TCL.PRE=floorplan.tcl\n";
  const std::string good = "place fpga0_s1_0 {\n    MVAU_hls_0 SLR0\n    MVAU_hls_1 SLR1\n}\n";
  const auto faultsOf = [](const std::string &floorplan, const std::string &connectivity) {
    return faultOf(checkFloorplan(floorplan, connectivity, "floorplan.tcl"));
  };
  CHECK(faultsOf(good, config).empty());
  CHECK(faultsOf(good, "[connectivity]\nnk=fpga0_s1:1:fpga0_s1_0\n")
            .find("floorplan.tcl: error: connectivity.cfg does not run it: there is no prop=") !=
        std::string::npos);
  const auto expect = [&](const char *words, const std::string &from, const std::string &to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const std::string fault = faultsOf(text, config);
    INFO(fault);
    CHECK(fault.find(words) != std::string::npos);
  };
  expect("there is no instance fpga0_0", "fpga0_s1_0", "fpga0_0");
  expect("fpga0_s1_0/MVAU_hls_0 is placed twice", "MVAU_hls_1", "MVAU_hls_0");
  expect("'MVAU_hls_1' is no cell and its die", " SLR1", "");
  expect("no cell is placed", good, "place fpga0_s1_0 {\n}\n");
}

TEST_CASE("a reader of weights has a channel of memory of its own") {
  const char *const kernels = R"({"kernels": [
    {"name": "mm2s", "inputs": [], "outputs": []}, {"name": "s2mm", "inputs": [], "outputs": []},
    {"name": "fpga0_IODMA_hls_0", "inputs": [], "outputs": []},
    {"name": "fpga0_IODMA_hls_1", "inputs": [], "outputs": []}]})";
  const auto faultWith = [&](const char *first, const char *second) {
    return faultOf(checkConnectivity(
        fmt::format("[connectivity]\nnk=mm2s:1:mm2s_in\nnk=s2mm:1:s2mm_out\nnk=fpga0_IODMA_hls_0:1:fpga0_"
                    "IODMA_hls_0_0\n"
                    "nk=fpga0_IODMA_hls_1:1:fpga0_IODMA_hls_1_0\nsp=mm2s_in.m_axi_gmem:{0}[0]\n"
                    "sp=s2mm_out.m_axi_gmem:{0}[0]\nsp=s2mm_out.m_axi_gmem_marks:{0}[0]\n"
                    "sp=fpga0_IODMA_hls_0_0.m_axi_gmem:{0}[1]\nsp=fpga0_IODMA_hls_1_0.m_axi_gmem:{1}\n",
                    first, second),
        kernels, "c.cfg"));
  };
  CHECK(faultWith("HBM", "HBM[2]").empty());
  CHECK(faultWith("HBM", "HBM[1]")
            .find("fpga0_IODMA_hls_0_0 and fpga0_IODMA_hls_1_0 share HBM[1]; a reader of "
                  "weights has a channel of its own") != std::string::npos);
  CHECK(faultWith("HBM", "HBM[0]").find("mm2s_in and fpga0_IODMA_hls_1_0 share HBM[0]") != std::string::npos);
  CHECK(faultWith("DDR", "DDR[1]").empty());
}

TEST_CASE("more streams than socket rows, more cables than ports, and mixed clusters are refused") {
  // 70 dense layers on one card, each read by a card of its own kind of sum: 70 streams from fpga0 to fpga1.
  test::Random random(5);
  test::Builder builder({2});
  std::vector<ir::StreamId> ends;
  for (int i = 0; i < 70; ++i) {
    ir::Dense op;
    op.weights = test::randomWeights(random, 2, 1, 2, 0.5);
    ends.push_back(builder.add(std::move(op), {builder.input()}));
  }
  const ir::Model source = builder.finish(builder.add(ir::Concat{0}, ends));
  std::vector<int> fpgas(71, 0);
  fpgas.back() = 1;
  const auto refused = [&](const std::string &cluster, const std::vector<int> &place) {
    return faultOf(
        planNetwork(test::Deployed(source, cluster, place, kernel::IoMode::Parallel).context()).takeError());
  };
  CHECK(refused("u280x2", fpgas).find("would carry 70 streams; the network layer tells at most 63 apart") !=
        std::string::npos);
  // 40 rows: the network layer must be built for them.
  for (int i = 40; i < 70; ++i)
    fpgas[static_cast<size_t>(i)] = 1;
  CHECK(networkOf(test::Deployed(source, "u280x2", fpgas, kernel::IoMode::Parallel)).maxSockets == 40);
}
