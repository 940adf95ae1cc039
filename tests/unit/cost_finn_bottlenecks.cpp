// Cycles of networks under the folding configurations that FINN's examples commit, with FINN's formulas: the
// slowest matrix unit of each is the one that the examples' published frame rates stand on.
//
// Shapes are those of the networks' publications: TFC and CNV (Umuroglu et al., FPGA 2017), MobileNet v1,
// ResNet-50 v1.5 (the stride in the 3 x 3), the keyword spotter of finn-examples (an MLP on 490 features),
// and VGG10 for RadioML in 32 channels, the only width at which its published rate fits its multipliers.
// Configurations are not in the repository: below $BRAID_SHARED, or beside it.
#include "finn_analytic.h"
#include "synthesis_rows.h"

#include "braid/support/error.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

using namespace braid::cost::finn;
using nlohmann::json;

namespace {

/// A layer with weights: in = MW and out = MH, or a depthwise convolution of `out` channels over 3 x 3.
struct Layer {
  int64_t in, out, pixels;
  bool depthwise = false;
};
using Network = std::vector<Layer>;

Layer conv(int64_t kernel, int64_t in, int64_t out, int64_t size) {
  return {kernel * kernel * in, out, size * size};
}
Layer dense(int64_t in, int64_t out) { return {in, out, 1}; }

Network tfc() { return {dense(784, 64), dense(64, 64), dense(64, 64), dense(64, 10)}; }
Network keywords() { return {dense(490, 256), dense(256, 256), dense(256, 256), dense(256, 12)}; }

Network cnv() {
  return {conv(3, 3, 64, 30),    conv(3, 64, 64, 28),  conv(3, 64, 128, 12),
          conv(3, 128, 128, 10), conv(3, 128, 256, 3), conv(3, 256, 256, 1),
          dense(256, 512),       dense(512, 512),      dense(512, 10)};
}

/// Seven convolutions of three samples, each followed by a pool of two.
Network radioml() {
  Network all = {{3 * 2, 32, 1024}};
  for (int64_t samples = 512; samples >= 16; samples /= 2)
    all.push_back({3 * 32, 32, samples});
  all.insert(all.end(), {dense(8 * 32, 128), dense(128, 128), dense(128, 24)});
  return all;
}

Network mobilenet() {
  Network all = {conv(3, 3, 32, 112)};
  struct Pair {
    int64_t in, out, size; ///< size: of the image behind the depthwise convolution
  };
  constexpr Pair kPairs[] = {{32, 64, 112},  {64, 128, 56},  {128, 128, 56}, {128, 256, 28}, {256, 256, 28},
                             {256, 512, 14}, {512, 512, 14}, {512, 512, 14}, {512, 512, 14}, {512, 512, 14},
                             {512, 512, 14}, {512, 1024, 7}, {1024, 1024, 7}};
  for (const auto &[in, out, size] : kPairs) {
    all.push_back({9, in, size * size, true});
    all.push_back(conv(1, in, out, size));
  }
  all.push_back(dense(1024, 1000));
  return all;
}

/// FINN lists a stage's first block as reduction, shortcut, 3 x 3, expansion.
Network resnet50() {
  Network all = {conv(7, 3, 64, 112)};
  int64_t in = 64, before = 56;
  for (const auto &[width, size, blocks] :
       {std::array<int64_t, 3>{64, 56, 3}, {128, 28, 4}, {256, 14, 6}, {512, 7, 3}})
    for (int64_t block = 0; block < blocks; ++block) {
      all.push_back(conv(1, in, width, before));
      if (block == 0)
        all.push_back(conv(1, in, 4 * width, size));
      all.push_back(conv(3, width, width, size));
      all.push_back(conv(1, width, 4 * width, size));
      in = 4 * width;
      before = size;
    }
  all.push_back(dense(2048, 1000));
  return all;
}

std::string folder() {
  const std::string data = rows::sharedData();
  return data.substr(0, data.rfind('/')) + "/finn/finn-examples/";
}

FinnNumbers numbersOf(llvm::Expected<FinnNumbers> found) {
  if (!found)
    FAIL(braid::messageOf(found.takeError()));
  return *found;
}

int64_t cyclesOf(const Layer &layer, Backend backend, const json &folding) {
  constexpr FinnType kAny = {4, true}; // cycles do not depend on types
  if (layer.depthwise) {
    Vvau unit;
    unit.backend = backend;
    unit.Channels = layer.out, unit.PE = folding.at("PE"), unit.SIMD = folding.value("SIMD", 1);
    unit.Kernel = {3, 3}, unit.Dim = {layer.pixels, 1};
    unit.inputDataType = unit.weightDataType = unit.outputDataType = kAny;
    return numbersOf(estimate(unit, Family::UltraScale)).cycles;
  }
  Mvau unit;
  unit.backend = backend;
  unit.MW = layer.in, unit.MH = layer.out, unit.PE = folding.at("PE"), unit.SIMD = folding.at("SIMD");
  unit.inputDataType = unit.weightDataType = unit.outputDataType = kAny;
  unit.numInputVectors = {layer.pixels};
  unit.noActivation = true;
  return numbersOf(estimate(unit, Family::UltraScale)).cycles;
}

/// Cycles of each layer. Units are numbered by kind and backend in the order of the network.
std::vector<int64_t> cyclesUnder(const Network &network, const json &config) {
  std::map<std::string, int> next;
  std::vector<int64_t> all;
  size_t named = 0;
  for (const auto &[name, folding] : config.items())
    named += name.find("VAU_") == 1;
  for (const Layer &layer : network) {
    std::optional<int64_t> cycles;
    for (Backend backend : {Backend::Hls, Backend::Rtl}) {
      const std::string kind =
          std::string(layer.depthwise ? "VVAU" : "MVAU") + (backend == Backend::Hls ? "_hls" : "_rtl");
      const std::string name = kind + "_" + std::to_string(next[kind]);
      if (cycles || !config.contains(name))
        continue;
      CAPTURE(name);
      ++next[kind];
      cycles = cyclesOf(layer, backend, config[name]);
    }
    REQUIRE(cycles.has_value());
    all.push_back(*cycles);
  }
  CHECK(all.size() == named); // no unit with weights is left over
  return all;
}

struct Published {
  const char *config;
  Network network;
  int64_t cycles;
  std::vector<size_t> slowest; ///< layers, in the order of the network
};

} // namespace

TEST_CASE("finn: bottlenecks of the examples' folding configurations", "[cost][finn]") {
  if (!std::filesystem::exists(folder())) {
    WARN("skipped: no " + folder() + " (BRAID_SHARED names the folder above data/)");
    return;
  }
  std::vector<size_t> threes; // the 3 x 3 of ResNet-50
  const Network resnet = resnet50();
  for (size_t i = 1; i < resnet.size(); ++i)
    if (resnet[i].in == 9 * resnet[i].out)
      threes.push_back(i);
  REQUIRE(threes.size() == 16);

  const Published all[] = {
      {"bnn-pynq/folding_config/tfc-w1a1", tfc(), 64, {0, 1, 2}},
      {"bnn-pynq/folding_config/tfc-w1a2", tfc(), 64, {0, 1, 2}},
      {"bnn-pynq/folding_config/tfc-w2a2", tfc(), 64, {0, 1, 2}},
      {"bnn-pynq/folding_config/cnv-w1a1", cnv(), 32768, {6, 7}},
      {"bnn-pynq/folding_config/cnv-w1a2", cnv(), 115200, {3}},
      {"bnn-pynq/folding_config/cnv-w2a2", cnv(), 115200, {3}},
      {"kws/folding_config/kws", keywords(), 392, {0}},
      {"vgg10-radioml/folding_config/ZCU104", radioml(), 1024, {0, 1, 2, 3, 4, 5}},
      {"mobilenet-v1/folding_config/U250", mobilenet(), 112896, {0, 1}},
      {"mobilenet-v1/folding_config/ZCU104", mobilenet(), 401408, {2}},
      {"mobilenet-v1/folding_config/ZCU102", mobilenet(), 401408, {2}},
      {"resnet50/folding_config/U250", resnet, 903168, threes},
  };
  for (const Published &published : all) {
    CAPTURE(published.config);
    const std::string text = rows::textOf(folder() + published.config + "_folding_config.json");
    REQUIRE_FALSE(text.empty());
    const std::vector<int64_t> cycles = cyclesUnder(published.network, json::parse(text));
    std::vector<size_t> slowest;
    const int64_t most = *std::max_element(cycles.begin(), cycles.end());
    for (size_t i = 0; i < cycles.size(); ++i)
      if (cycles[i] == most)
        slowest.push_back(i);
    CHECK(most == published.cycles);
    CHECK(slowest == published.slowest);
  }
}
