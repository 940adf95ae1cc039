// What the backends emit and what the plan charges are the same kernels and FIFOs: counted in the emitted
// text and in the kernel graph, each by itself.
#include "support/deployed.h"

#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"
#include "braid/targets/hls4ml.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <map>
#include <regex>

using namespace braid;
using kernel::KernelKind;

namespace {

using Counts = std::map<std::string, int>;

int occurrences(const std::string &text, const std::string &pattern) {
  const std::regex regex(pattern);
  return static_cast<int>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

/// Depths of all FIFOs in a source, words of layouts resolved by the header beside it.
void addDepths(const std::string &source, const std::string &header, Counts &counts) {
  std::map<std::string, int64_t> words;
  const std::regex layout(R"(WordLayout<(\d+), (\d+), (\d+)> (\w+);)"),
      fifo(R"(#pragma HLS STREAM variable=\w+ depth=(\S+))");
  for (auto at = std::sregex_iterator(header.begin(), header.end(), layout); at != std::sregex_iterator();
       ++at) {
    const int64_t perWord = std::stoll((*at)[1]) / std::stoll((*at)[2]), elements = std::stoll((*at)[3]);
    words[(*at)[4]] = (elements + perWord - 1) / perWord;
  }
  for (auto at = std::sregex_iterator(source.begin(), source.end(), fifo); at != std::sregex_iterator();
       ++at) {
    std::string depth = (*at)[1];
    int64_t product = 1;
    if (const size_t star = depth.find('*'); star != std::string::npos)
      product = std::stoll(depth), depth = depth.substr(star + 1);
    product *= depth.find("::words") == std::string::npos ? std::stoll(depth)
                                                          : words.at(depth.substr(0, depth.size() - 7));
    ++counts[fmt::format("FIFO of {}", product)];
  }
}

/// Of one project, from the files of its FPGA's folder.
Counts emittedAround(const std::string &folder, const emit::Project &project, const std::string &card,
                     bool isCard) {
  Counts counts;
  const std::string link = folder + "/link/", hls = folder + "/" + emit::projectFolder(project) + "/";
  const std::string firmware = test::readText(hls + "firmware/" + project.name + ".cpp");
  addDepths(firmware, "", counts);
  counts["Clone"] += occurrences(firmware, "clone_stream<|cloneStream<");
  if (!isCard) {
    const std::string source = test::readText(hls + project.name + "_axi.cpp");
    addDepths(source, test::readText(hls + project.name + "_axi.h"), counts);
    counts["Unpack"] = occurrences(source, "unpackWords<");
    counts["Pack"] = occurrences(source, "packWords<") - counts["Unpack"];
    // The block design makes a DMA for each row of its table.
    const std::string design = test::readText(link + "design.tcl");
    counts["Dma"] = occurrences(design, "\\n    " + project.name + " dma(_s\\d+)? accelerator(_s\\d+)?\\n") *
                    occurrences(design, "-vlnv xilinx.com:ip:axi_dma");
    counts["Demux"] = occurrences(source, "static void takeFrames");
    counts["Arbiter"] = occurrences(source, "static void giveFrames");
    return counts;
  }
  const std::string source = test::readText(link + project.name + "_compute.cpp");
  addDepths(source, test::readText(link + card + "_link.h"), counts);
  counts["Unpack"] = occurrences(source, "unpackWords<");
  counts["Pack"] = occurrences(source, "packWords<") - counts["Unpack"];
  counts["Clone"] += occurrences(source, "static void joinMarks");
  return counts;
}

/// Of one FPGA: all its projects, and what they share.
Counts emitted(const std::string &folder, const std::vector<const emit::Project *> &projects, bool isCard) {
  Counts counts;
  for (const emit::Project *project : projects)
    for (const auto &[what, count] : emittedAround(folder, *project, projects[0]->name, isCard))
      counts[what] += count;
  if (!isCard)
    return counts;
  const std::string link = folder + "/link/", config = test::readText(link + "connectivity.cfg");
  const std::regex instances(R"(nk=([a-z0-9]+?)(_\w+)?:(\d+):)"), depths(R"(stream_connect=\S+:\S+:(\d+)\n)");
  static const std::map<std::string, std::string> kKinds = {{"mm2s", "Dma"},
                                                            {"s2mm", "Dma"},
                                                            {"packetizer", "Packetizer"},
                                                            {"depacketizer", "Depacketizer"},
                                                            {"arbiter", "Arbiter"},
                                                            {"demux", "Demux"},
                                                            {"forwarder", "Arbiter"},
                                                            {"dealer", "Demux"},
                                                            {"collector", "Arbiter"},
                                                            {"silent", "Idle"},
                                                            {"drain", "Idle"},
                                                            {"networklayer", "stack"}};
  for (auto at = std::sregex_iterator(config.begin(), config.end(), instances); at != std::sregex_iterator();
       ++at)
    if (const auto kind = kKinds.find((*at)[1]); kind != kKinds.end())
      counts[kind->second] += std::stoi((*at)[3]);
  for (auto at = std::sregex_iterator(config.begin(), config.end(), depths); at != std::sregex_iterator();
       ++at)
    ++counts[fmt::format("FIFO of {}", std::string((*at)[1]))];
  // Every packetizer has the FIFOs of its template.
  const std::string packets = test::readText(link + "braid_packets.h");
  REQUIRE(packets.find("variable = words depth = 2 * Layout::wordsPerPacket") != std::string::npos);
  REQUIRE(packets.find("variable = marks depth = 2\n") != std::string::npos);
  counts["FIFO of 42"] += counts["Packetizer"];
  counts["FIFO of 2"] += counts["Packetizer"];
  REQUIRE(packets.find("variable = beats depth = 2 * (WordsPerPacket + 1)") != std::string::npos);
  REQUIRE(packets.find("variable = sizes depth = 2\n") != std::string::npos);
  const int forwarders = occurrences(config, "nk=forwarder_");
  counts["FIFO of 44"] += forwarders;
  counts["FIFO of 2"] += forwarders;
  return counts;
}

Counts charged(const plan::FpgaGraph &graph, const device::LinkType *link) {
  Counts counts;
  for (const plan::Node &node : graph.nodes)
    if (node.kernel.kind == KernelKind::Fifo)
      ++counts[fmt::format("FIFO of {}", node.kernel.depth)];
    else if (node.isTransport() && !(node.kernel.kind == KernelKind::Clone &&
                                     node.kernel.implementation.io == kernel::IoMode::Parallel))
      ++counts[kernel::name(node.kernel.kind)];
  if (link && link->portCost[device::Resource::Lut] > 0)
    counts["stack"] =
        static_cast<int>(graph.stack[device::Resource::Lut] / link->portCost[device::Resource::Lut]);
  return counts;
}

size_t mostStages = 0; ///< Seen on one FPGA

void compare(const ir::Model &source, const std::string &cluster, const std::vector<int> &fpgas,
             kernel::IoMode io, const plan::Replicas &replicas = {}) {
  const test::Deployed deployed(source, cluster, fpgas, io, {}, replicas);
  const emit::Context &context = deployed.context();
  test::TemporaryFolder folder;
  deployed.write(folder.path());
  for (const auto &stages : plan::byFpga(context.partitions)) {
    const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(stages[0]->fpga)];
    std::vector<const emit::Project *> projects;
    for (const plan::Partition *stage : stages)
      projects.push_back(&context.projects[static_cast<size_t>(stage - context.partitions.data())]);
    mostStages = std::max(mostStages, projects.size());
    auto graph = plan::kernelGraph(context.whole, context.cluster, context.plan, stages);
    if (!graph)
      FAIL(llvm::toString(graph.takeError()));
    const device::LinkType *link =
        context.cluster.links.empty() ? nullptr : context.cluster.links[0].type.get();
    Counts want = emitted(folder.path() + "/" + fpga.name, projects, !fpga.device->platform.empty()),
           got = charged(*graph, link);
    for (Counts *counts : {&want, &got})
      for (auto at = counts->begin(); at != counts->end();)
        at = at->second == 0 ? counts->erase(at) : std::next(at);
    INFO(cluster << " " << kernel::name(io) << " " << fpga.name);
    CHECK(got == want);
    CHECK(got.size() >= 4);
    if (cluster == "u280-chain-3" && fpga.name == "card1")
      CHECK(got.at("stack") == 2); // a cable at each of its ports
  }
}

} // namespace

TEST_CASE("every kernel and FIFO that is emitted is charged") {
  test::Random random(3);
  const ir::Model diamond = test::diamond(random), sentOn = test::sentOn(random);
  // A convolution that pads apart, a residual add and a concatenation of three.
  test::Builder builder({6, 6, 2});
  const auto conv = [&](ir::StreamId in, int64_t channels) {
    ir::Conv op;
    op.window.kernel[0] = op.window.kernel[1] = 3;
    op.window.padBegin[0] = op.window.padBegin[1] = op.window.padEnd[0] = op.window.padEnd[1] = 1;
    op.weights = test::randomWeights(random, channels, 9, builder.shapeOf(in)[2], 0.5);
    return builder.add(std::move(op), {in});
  };
  const ir::StreamId a = conv(builder.input(), 2), b = conv(a, 2);
  const ir::StreamId sum = builder.add(ir::Binary{}, {a, b});
  const ir::Model residual = builder.finish(builder.add(ir::Concat{2}, {sum, conv(sum, 3), conv(sum, 2)}));
  for (kernel::IoMode io : {kernel::IoMode::Parallel, kernel::IoMode::Stream}) {
    compare(diamond, "u280x4", {0, 0, 1, 2, 3}, io);
    compare(diamond, "u280-chain-3", {0, 0, 1, 1, 2}, io);
    compare(diamond, "u280", {0, 0, 0, 0, 0}, io);
    compare(diamond, "pynq-five", {0, 0, 1, 2, 3}, io);
    compare(diamond, "pynq-z2", {0, 0, 0, 0, 0}, io);
    for (const char *cluster : {"u280x2", "pynq-z2x2"}) {
      compare(diamond, cluster, {0, 0, 0, 1, 0}, io); // there and back, and a stream on the chip
      compare(sentOn, cluster, {1, 0, 1, 0},
              io); // two stages each, and a stream that one sends on to the next
    }
  }
  // Streams that FPGAs between forward: one past one card, two past two.
  for (kernel::IoMode io : {kernel::IoMode::Parallel, kernel::IoMode::Stream}) {
    compare(sentOn, "u280-chain-3", {0, 1, 1, 2}, io);
    compare(diamond, "u280-chain-3", {0, 0, 1, 2, 1}, io);
    compare(diamond, "u280-chain-3", {0, 0, 2, 1, 0}, io);
  }
  // Copies: of a segment between two that have none, and of all.
  for (kernel::IoMode io : {kernel::IoMode::Parallel, kernel::IoMode::Stream})
    for (const char *cluster : {"u280x6", "pynq-z2x6"}) {
      compare(diamond, cluster, {0, 0, 1, 1, 2}, io, {{1, {1, 3, 4}}});
      compare(sentOn, cluster, {0, 0, 1, 1}, io, {{0, {0, 4}}, {1, {1, 2}}});
      compare(sentOn, cluster, {1, 0, 1, 0}, io, {{0, {0, 2}}, {1, {1, 3}}});
    }
  compare(residual, "u280x2", {0, 0, 0, 1, 1, 1}, kernel::IoMode::Stream);
  compare(residual, "u280x2", {0, 1, 1, 1, 1, 1}, kernel::IoMode::Stream);
  compare(residual, "pynq-five", {0, 1, 1, 2, 2, 3}, kernel::IoMode::Stream);
  CHECK(mostStages == 2);
}
