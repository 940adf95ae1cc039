// Laws and fits of dense layers against synthesis reports: the committed samples, and the rows that may not
// be committed where they are at hand.
#include "synthesis_rows.h"

#include "braid/cost/estimate.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>

using namespace braid;
using namespace braid::cost;
using device::Resource;

namespace {

kernel::Kernel dense(int64_t inputs, int64_t outputs, int64_t weightBits, int64_t reuse,
                     kernel::Strategy strategy) {
  kernel::Kernel kernel;
  kernel.kind = kernel::KernelKind::Dense;
  kernel.implementation = {kernel::Style::Hls4ml, kernel::IoMode::Parallel, strategy, reuse};
  kernel.mh = kernel.channels = kernel.elements = outputs;
  kernel.mw = inputs;
  kernel.weights = inputs * outputs;
  // Random weights of p bits: one in 2^p is zero.
  kernel.nonZeroWeights = static_cast<int64_t>(static_cast<double>(kernel.weights) *
                                               (1 - std::pow(2.0, -static_cast<double>(weightBits))));
  kernel.weightBits = weightBits;
  kernel.inputBits = kernel.outputBits = kernel.accumBits = kernel.biasBits = 16;
  kernel.inputs = {{inputs * 16, 1, 16}};
  kernel.outputs = {{outputs * 16, 1, 16}};
  return kernel;
}

kernel::Kernel relu(int64_t elements) {
  kernel::Kernel kernel;
  kernel.kind = kernel::KernelKind::Activation;
  kernel.elements = kernel.channels = elements;
  kernel.inputBits = kernel.outputBits = 16;
  kernel.inputs = kernel.outputs = {{elements * 16, 1, 16}};
  return kernel;
}

Estimate ask(const kernel::Kernel &kernel, Stage stage, const char *board = "u250") {
  auto model = llvm::cantFail(findCostModel("hls4ml"));
  auto device = llvm::cantFail(device::findDevice(board));
  auto estimate = model->estimate(kernel, *device, stage);
  REQUIRE(static_cast<bool>(estimate));
  return *estimate;
}

/// Mean and largest relative error.
struct Error {
  double sum = 0, largest = 0;
  int64_t count = 0;
  void add(int64_t predicted, double truth) {
    if (truth <= 0)
      return;
    const double error = std::abs(static_cast<double>(predicted) - truth) / truth;
    sum += error;
    largest = std::max(largest, error);
    ++count;
  }
  double mean() const { return sum / static_cast<double>(count); }
};

/// `error` of an entry of cost_models/hls4ml.json.
nlohmann::json statedError(const std::string &entry) {
  const auto table = nlohmann::json::parse(rows::textOf(rows::sourceRoot() + "/cost_models/hls4ml.json"));
  for (const auto &candidate : table.at("entries"))
    if (candidate.at("name") == entry)
      return candidate.at("error");
  FAIL("no entry " << entry);
  return {};
}

int64_t number(const rows::Row &row, const char *key) { return std::stoll(row.at(key)); }

} // namespace

TEST_CASE("dense layers with reuse: interval, latency and DSP slices are exact on every sample", "[cost]") {
  const auto samples = rows::read(rows::sourceRoot() + "/cost_models/samples/dense_csynth.csv");
  if (samples.empty()) {
    WARN("skipped: cost_models/samples is not in the source tree");
    return;
  }
  int64_t checked = 0;
  Error lut, ff, bram;
  for (const rows::Row &row : samples) {
    if (row.at("ok") != "1" || row.at("strategy") != "resource" || number(row, "reuse") == 1)
      continue;
    const Estimate estimate = ask(dense(number(row, "n_in"), number(row, "n_out"), number(row, "weight_bits"),
                                        number(row, "reuse"), kernel::Strategy::Resource),
                                  Stage::Csynth);
    INFO(row.at("n_in") << " x " << row.at("n_out") << ", " << row.at("weight_bits") << " bits, RF "
                        << row.at("reuse"));
    CHECK(estimate.interval == number(row, "interval"));
    CHECK(estimate.latency == number(row, "latency_max"));
    CHECK(estimate.resources[Resource::Dsp] == number(row, "dsp"));
    CHECK(estimate.basis == Basis::Fitted);
    lut.add(estimate.resources[Resource::Lut], std::stod(row.at("lut")));
    ff.add(estimate.resources[Resource::Ff], std::stod(row.at("ff")));
    bram.add(estimate.resources[Resource::Bram18], std::stod(row.at("bram18")));
    ++checked;
  }
  CHECK(checked == 654);
  // The gates of the acceptance list, and what the table says of itself (there by folds, here on all rows).
  CHECK(lut.mean() <= 0.01);
  CHECK(ff.mean() <= 0.03);
  CHECK(bram.mean() <= 0.05);
  const auto stated = statedError("dense-resource-csynth");
  CHECK(lut.mean() <= stated["LUT"]["mape"].get<double>() + 0.001);
  CHECK(ff.mean() <= stated["FF"]["mape"].get<double>() + 0.001);
  CHECK(bram.mean() == Approx(stated["BRAM18"]["mape"].get<double>()).margin(0.0005));
  WARN("dense csynth, " << checked << " rows: LUT " << lut.mean() << " (max " << lut.largest << "), FF "
                        << ff.mean() << " (max " << ff.largest << "), BRAM18 " << bram.mean());
}

TEST_CASE("known rows of the ground report", "[cost]") {
  // n_in, n_out, bits, RF: LUT, FF, BRAM18, DSP of csynth.
  struct Known {
    int64_t in, out, bits, reuse, lut, ff, bram, dsp;
  };
  const Known kKnown[] = {
      {64, 64, 8, 512, 10623, 1259, 3, 8},      {64, 64, 2, 512, 10663, 1164, 2, 0},
      {64, 64, 14, 512, 10623, 1259, 5, 8},     {128, 128, 8, 512, 34133, 2666, 9, 32},
      {192, 192, 8, 576, 104087, 4204, 30, 64}, {224, 224, 8, 448, 21871, 4627, 25, 112},
      {256, 256, 8, 512, 24329, 5267, 29, 128}, {256, 256, 8, 1024, 107684, 5227, 30, 64},
  };
  for (const Known &known : kKnown) {
    const Estimate e =
        ask(dense(known.in, known.out, known.bits, known.reuse, kernel::Strategy::Resource), Stage::Csynth);
    INFO(known.in << " x " << known.out << " RF " << known.reuse);
    CHECK(std::abs(static_cast<double>(e.resources[Resource::Lut] - known.lut)) <=
          0.04 * static_cast<double>(known.lut));
    CHECK(std::abs(static_cast<double>(e.resources[Resource::Ff] - known.ff)) <=
          0.12 * static_cast<double>(known.ff));
    CHECK(e.resources[Resource::Bram18] == known.bram);
    CHECK(e.resources[Resource::Dsp] == known.dsp);
  }
}

TEST_CASE("unrolled dense layers follow the samples", "[cost]") {
  const auto samples = rows::read(rows::sourceRoot() + "/cost_models/samples/dense_csynth.csv");
  if (samples.empty())
    return;
  Error lut;
  for (const rows::Row &row : samples)
    if (row.at("ok") == "1" && row.at("reuse") == "1") {
      const Estimate estimate = ask(dense(number(row, "n_in"), number(row, "n_out"),
                                          number(row, "weight_bits"), 1, kernel::Strategy::Latency),
                                    Stage::Csynth);
      lut.add(estimate.resources[Resource::Lut], std::stod(row.at("lut")));
      CHECK(estimate.interval == 1);
      if (number(row, "weight_bits") <= 6)
        CHECK(estimate.resources[Resource::Dsp] == 0);
    }
  REQUIRE(lut.count > 30);
  CHECK(lut.mean() ==
        Approx(statedError("dense-unrolled-csynth")["LUT"]["mape"].get<double>()).margin(0.002));
}

TEST_CASE("networks after Vivado: cycles and DSP slices exact, LUT and FF within the gates", "[cost]") {
  const auto networks = rows::read(rows::sharedData() + "/mlp_vsynth.csv");
  if (networks.empty()) {
    WARN("skipped: mlp_vsynth.csv is not below $BRAID_SHARED (its rows may not be committed)");
    return;
  }
  Error lut, ff;
  int64_t bramBelow = 0;
  for (const rows::Row &row : networks) {
    const std::vector<int64_t> widths = rows::numbers(row.at("model"), '-');
    std::vector<kernel::Kernel> kernels;
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      kernels.push_back(dense(widths[i], widths[i + 1], number(row, "prec"),
                              rows::nearestReuse(number(row, "rf"), widths[i + 1], widths[i]),
                              kernel::Strategy::Resource));
      if (i + 2 < widths.size())
        kernels.push_back(relu(widths[i + 1]));
    }
    std::vector<std::pair<const kernel::Kernel *, Estimate>> timed;
    device::Resources sum;
    for (const kernel::Kernel &kernel : kernels) {
      timed.emplace_back(&kernel, ask(kernel, Stage::Vsynth));
      sum += timed.back().second.resources;
    }
    const PartTiming timing = partTiming(timed, kernel::IoMode::Parallel);
    INFO(row.at("model") << ", " << row.at("prec") << " bits, RF " << row.at("rf"));
    CHECK(timing.bestLatency == number(row, "lat_min"));
    CHECK(timing.latency == number(row, "lat_max"));
    CHECK(timing.interval == number(row, "lat_max"));
    CHECK(sum[Resource::Dsp] == number(row, "DSP"));
    lut.add(sum[Resource::Lut], std::stod(row.at("LUT")));
    ff.add(sum[Resource::Ff], std::stod(row.at("FF")));
    bramBelow += 2 * std::stod(row.at("BRAM_tile")) <= static_cast<double>(sum[Resource::Bram18]);
  }
  CHECK(lut.mean() <= 0.08);
  CHECK(ff.mean() <= 0.03);
  const auto stated = statedError("dense-resource-vsynth");
  CHECK(lut.mean() <= stated["LUT"]["mape"].get<double>() + 0.001);
  CHECK(ff.mean() <= stated["FF"]["mape"].get<double>() + 0.001);
  CHECK(bramBelow >= static_cast<int64_t>(networks.size()) - 1);
  WARN("networks vsynth, " << networks.size() << " rows: LUT " << lut.mean() << " (max " << lut.largest
                           << "), FF " << ff.mean() << " (max " << ff.largest << "), BRAM18 bound holds on "
                           << bramBelow);
}

TEST_CASE("convolutional networks after Vivado are reported, not judged", "[cost]") {
  const auto networks = rows::read(rows::sharedData() + "/conv2d_vsynth.csv");
  if (networks.empty()) {
    WARN("skipped: conv2d_vsynth.csv is not below $BRAID_SHARED (its rows may not be committed)");
    return;
  }
  // The rows name widths only, no kernel sizes and no maps: what can be compared is the dense part, which
  // must not be above the whole.
  for (const rows::Row &row : networks) {
    const std::vector<int64_t> widths = rows::numbers(row.at("model_chain(no_kernel_info)"), '-');
    const auto flat = std::max_element(widths.begin(), widths.end());
    device::Resources sum;
    for (auto at = flat; at + 1 != widths.end(); ++at) {
      kernel::Kernel kernel =
          dense(*at, *(at + 1), number(row, "prec"), rows::nearestReuse(number(row, "rf"), *(at + 1), *at),
                kernel::Strategy::Resource);
      kernel.implementation.io = kernel::IoMode::Stream;
      sum += ask(kernel, Stage::Vsynth).resources;
    }
    CHECK(sum[Resource::Lut] <= number(row, "LUT"));
    CHECK(sum[Resource::Ff] <= number(row, "FF"));
    WARN("conv2d " << row.at("model_chain(no_kernel_info)") << " RF " << row.at("rf") << ": dense part LUT "
                   << sum[Resource::Lut] << " of " << row.at("LUT") << ", FF " << sum[Resource::Ff] << " of "
                   << row.at("FF") << ", DSP " << sum[Resource::Dsp] << " of " << row.at("DSP"));
  }
}
