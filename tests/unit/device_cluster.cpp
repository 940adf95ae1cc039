// Clusters by name and from files, and every error of a cluster file.
#include "braid/device/device.h"
#include "braid/support/error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::device;

namespace {

Cluster read(llvm::StringRef name) {
  auto cluster = readCluster(name);
  INFO(name.str());
  if (!cluster)
    FAIL(llvm::toString(cluster.takeError()));
  return *cluster;
}

std::string errorOf(llvm::Expected<Cluster> cluster) {
  REQUIRE_FALSE(static_cast<bool>(cluster));
  return llvm::toString(cluster.takeError());
}

/// A file with these fields after the schema.
llvm::Expected<Cluster> parsed(const std::string &fields) {
  return parseCluster("{\"schema\": \"braid-cluster-1\", " + fields + "}", "lab.json");
}

const char *kTwo = R"("fpgas": [{"device": "u280"}, {"device": "u280"}])";

void expectFault(const std::string &fields, const std::string &fault) {
  const std::string error = errorOf(parsed(fields));
  INFO(error);
  CHECK(error.find("lab.json: error: " + fault) != std::string::npos);
}

} // namespace

TEST_CASE("two cards with two ports share a cable", "[device]") {
  const Cluster cluster = read("u280x2");
  CHECK(cluster.topology == Topology::Direct);
  REQUIRE(cluster.links.size() == 1);
  CHECK_FALSE(cluster.links[0].throughSwitch);
  CHECK(cluster.links[0].type->name == "vnx-100g");
  CHECK(Cluster::latencyUs(cluster.links[0]) == 0.535);
  CHECK(cluster.fpgas[1].name == "fpga1");
  CHECK(cluster.fpgas[1].clockMhz == 200);
  CHECK(cluster.link(1, 0) == &cluster.links[0]);
}

TEST_CASE("three cards, one-port cards and Zynq boards meet at a switch", "[device]") {
  for (const char *name : {"u250x3", "u50x2", "pynq-z2x2", "zcu104x5"}) {
    const Cluster cluster = read(name);
    CHECK(cluster.topology == Topology::Star);
    const size_t n = cluster.fpgas.size();
    CHECK(cluster.links.size() == n * (n - 1) / 2);
    for (const Link &link : cluster.links)
      CHECK(link.throughSwitch);
  }
  // 0.535 us + one switch 0.844 us = 2.759 us / 2, the round trip measured through a switch.
  CHECK(Cluster::latencyUs(read("u250x3").links[0]) == Approx(2.759 / 2).margin(0.001));
}

TEST_CASE("one FPGA and boards without a port have no links", "[device]") {
  CHECK(read("u280").fpgas.size() == 1);
  CHECK(read("u280").topology == Topology::None);
  CHECK(read("u280x1").links.empty());
  CHECK(read("ultra96x3").links.empty());
  CHECK(read("ultra96x3").fpgas.size() == 3);
}

TEST_CASE("Zynq boards are their own hosts, cards share one", "[device]") {
  CHECK(read("pynq-z2x5").hosts.size() == 5);
  CHECK(read("pynq-z2x5").hosts[4].ingestGbps == 1);
  const Cluster cards = read("u280x6");
  CHECK(cards.hosts.size() == 2);
  CHECK(cards.fpgas[3].host == 0);
  CHECK(cards.fpgas[4].host == 1);
  CHECK(cards.hosts[0].ingestGbps == 80);
}

TEST_CASE("the largest cluster has 64 FPGAs", "[device]") {
  CHECK(read("pynq-z2x64").links.size() == 2016);
  CHECK(errorOf(readCluster("pynq-z2x65")).find("asks for 65 FPGAs; 1 to 64 are possible") !=
        std::string::npos);
  CHECK(errorOf(readCluster("pynq-z2x0")).find("unknown") == std::string::npos);
}

TEST_CASE("every cluster that comes with braid can be read", "[device]") {
  REQUIRE_FALSE(clusterNames().empty());
  for (const std::string &name : clusterNames())
    CHECK(read(name).name == name);
  CHECK(read("pynq-five").fpgas.size() == 5);
  CHECK(read("u280-chain-3").link(0, 2) == nullptr);
  CHECK(read("mixed-alveo").fpgas[1].clockMhz == 250);
}

TEST_CASE("a misspelt cluster gets a suggestion", "[device]") {
  CHECK(errorOf(readCluster("pynq-zz2")).find("unknown cluster 'pynq-zz2'; did you mean 'pynq-z2'?") !=
        std::string::npos);
  CHECK(errorOf(readCluster("pynk-z2x3"))
            .find("unknown device 'pynk-z2' in cluster 'pynk-z2x3'; did you mean 'pynq-z2'?") !=
        std::string::npos);
  CHECK(errorOf(readCluster("no/such.json")).find("no/such.json: error: cannot read the cluster file: ") !=
        std::string::npos);
}

TEST_CASE("a cluster file is read from disk", "[device]") {
  int handle = -1;
  llvm::SmallString<64> path;
  REQUIRE_FALSE(llvm::sys::fs::createTemporaryFile("cluster", "json", handle, path));
  llvm::raw_fd_ostream(handle, /*shouldClose=*/true)
      << "{\"schema\": \"braid-cluster-1\", " << kTwo << ", \"topology\": \"direct\"}";
  CHECK(read(path).links.size() == 1);
  CHECK_FALSE(llvm::sys::fs::remove(path));
}

TEST_CASE("text that is no cluster file", "[device]") {
  CHECK(errorOf(parseCluster("{\"schema\": ", "lab.json"))
            .find("lab.json: error: not JSON: parse error at line 1") != std::string::npos);
  CHECK(errorOf(parseCluster("[1]", "lab.json")).find("found [1], not a JSON object {...}") !=
        std::string::npos);
  CHECK(errorOf(parseCluster("{\"fpgas\": [], \"fpgas\": []}", "lab.json"))
            .find("key 'fpgas' stands twice in one object; keep one") != std::string::npos);
  CHECK(errorOf(parseCluster(std::string(100'000, '['), "lab.json")).find("nested deeper than 32 levels") !=
        std::string::npos);
  expectFault(R"("schema2": 1, "fpgas": [{"device": "u50"}])",
              "key 'schema2': unknown key; did you mean 'schema'?");
  CHECK(errorOf(parseCluster(R"({"schema": "braid-cluster-9", "fpgas": [{"device": "u50"}]})", "lab.json"))
            .find("key 'schema': found 'braid-cluster-9'; this version reads 'braid-cluster-1'") !=
        std::string::npos);
  CHECK(errorOf(parseCluster(R"({"fpgas": [{"device": "u50"}]})", "lab.json"))
            .find("key 'schema': missing; a text is needed") != std::string::npos);
}

TEST_CASE("faults of FPGAs name their key", "[device]") {
  expectFault(R"("name": "x")", "key 'fpgas': found 0 FPGAs; 1 to 64 are possible");
  expectFault(R"("fpgas": {})", "key 'fpgas': found {}, not a list [...]");
  expectFault(R"("fpgas": [7])", "key 'fpgas[0]': found 7, not an object {...}");
  expectFault(R"("fpgas": [{}])", "key 'fpgas[0].device': missing; a text is needed");
  expectFault(R"("fpgas": [{"device": "u820"}])",
              "key 'fpgas[0].device': unknown device 'u820'; did you mean 'u200'?");
  expectFault(R"("fpgas": [{"device": 280}])", "key 'fpgas[0].device': found 280, not a text");
  expectFault(R"("fpgas": [{"device": "u50", "clockMhz": -1}])",
              "key 'fpgas[0].clockMhz': found -1, not a number from 1 to 1000");
  expectFault(R"("fpgas": [{"device": "u50", "clockMHz": 1}])",
              "key 'fpgas[0].clockMHz': unknown key; did you mean 'clockMhz'?");
  expectFault(R"("fpgas": [{"device": "u50", "name": "a"}, {"device": "u50", "name": "a"}])",
              "key 'fpgas[1].name': 'a' stands twice; names must differ");
  expectFault(R"("fpgas": [{"device": "u50", "name": "../up"}])",
              "key 'fpgas[0].name': '../up' is no name; up to 40 letters");
  expectFault(R"("fpgas": [{"device": "u50", "name": "host"}])",
              "key 'fpgas[0].name': 'host' is a folder of every bundle; choose another name");
  expectFault(R"("fpgas": [{"device": "u50", "host": "n"}])",
              "key 'fpgas[0].host': names a host, but the file has no 'hosts'; list them there");
  expectFault(R"("hosts": [{"name": "n0"}], "fpgas": [{"device": "u50", "host": "n1"}])",
              "key 'fpgas[0].host': unknown host 'n1'; did you mean 'n0'?");
  expectFault(R"("hosts": [{"name": "n0"}, {"name": "n0"}], "fpgas": [{"device": "u50", "host": "n0"}])",
              "key 'hosts[1].name': 'n0' stands twice; names must differ");
  expectFault(R"("hosts": [{"name": "n0"}, {"name": "n1"}], "fpgas": [{"device": "u50"}])",
              "key 'fpgas[0].host': missing; a text is needed");
}

TEST_CASE("faults of links name their key", "[device]") {
  const std::string two = kTwo;
  expectFault(two, "key 'topology': missing; a text is needed");
  expectFault(two + R"(, "topology": "ring")", "key 'topology': unknown topology 'ring'");
  expectFault(R"("fpgas": [{"device": "u50"}], "topology": "direct")",
              "key 'topology': 'direct' joins 2 FPGAs, found 1; 'chain' or 'star' join more");
  expectFault(two + R"(, "topology": "star", "link": "vnx")", "key 'link': unknown link 'vnx'");
  expectFault(two + R"(, "topology": "star", "links": [])",
              "key 'links': goes with topology 'list', found 'star'");
  expectFault(two + R"(, "topology": "list")", "key 'links': topology 'list' needs at least one");
  expectFault(two + R"(, "topology": "list", "links": [{"a": "fpga0", "b": "fpga2"}])",
              "key 'links[0].b': unknown FPGA 'fpga2'; did you mean 'fpga0'?");
  expectFault(two + R"(, "topology": "list", "links": [{"a": "fpga0", "b": "fpga0"}])",
              "key 'links[0].b': joins 'fpga0' to itself");
  expectFault(
      two + R"(, "topology": "list", "links": [{"a": "fpga0", "b": "fpga1"}, {"a": "fpga1", "b": "fpga0"}])",
      "key 'links[1].b': 'fpga1' and 'fpga0' are joined already");
  expectFault(two + R"(, "topology": "list", "links": [{"a": "fpga0", "b": "fpga1", "switch": 1}])",
              "key 'links[0].switch': found 1, not true or false");
  expectFault(R"("fpgas": [{"device": "ultra96"}, {"device": "ultra96"}], "topology": "star")",
              "key 'link': device ultra96 has no network port");
}

TEST_CASE("a cluster that needs more ports than there are is refused", "[device]") {
  expectFault(R"("fpgas": [{"device": "u50"}, {"device": "u50"}, {"device": "u50"}], "topology": "chain")",
              "key 'fpgas[1]': 'fpga1' needs 2 ports for vnx-100g, but u50 has 1; topology 'star' needs one");
  expectFault(
      R"("fpgas": [{"device": "u50"}, {"device": "pynq-z2"}], "topology": "direct")",
      "key 'fpgas[1]': 'fpga1' needs 1 port for vnx-100g, but pynq-z2 has 0; its ports take zynq-tcp");
  expectFault(R"("fpgas": [{"device": "u50"}, {"device": "ultra96"}], "topology": "direct")",
              "key 'fpgas[1]': 'fpga1' needs 1 port for vnx-100g, but ultra96 has 0; it has no network port");
}

TEST_CASE("one run reports every fault of a file", "[device]") {
  const std::string error =
      errorOf(parsed(R"("fpgas": [{"device": "u820"}, {"device": "u50", "clockMhz": 0}], "nmae": "x")"));
  CHECK(error.find("fpgas[0].device") != std::string::npos);
  CHECK(error.find("fpgas[1].clockMhz") != std::string::npos);
  CHECK(error.find("'nmae': unknown key; did you mean 'name'?") != std::string::npos);
}
