// The table of functions: every reason names a case that is there, and layers with weights get the function
// their geometry asks for.
#include "../../targets/hls4ml/functions.h"
#include "support/paths.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <regex>

using namespace braid;
using namespace braid::targets;
using namespace braid::targets::hls4ml;

namespace {

kernel::Implementation resource(kernel::IoMode io, int64_t reuse) {
  return {.io = io, .strategy = kernel::Strategy::Resource, .reuse = reuse};
}
kernel::Implementation latency(kernel::IoMode io) { return {.io = io}; }

constexpr auto kStream = kernel::IoMode::Stream;
constexpr auto kParallel = kernel::IoMode::Parallel;

/// A 3 x 3 filter over 6 x 6 pixels of 4 channels, to 8.
ConvSite square(const kernel::Implementation &implementation) {
  ConvSite site{.implementation = implementation, .in = {6, 6, 4}, .out = {4, 4, 8}, .window = {}};
  site.window.kernel[0] = site.window.kernel[1] = 3;
  site.perBeatIn = 4;
  site.perBeatOut = 8;
  return site;
}

ConvSite depthwise(const kernel::Implementation &implementation) {
  ConvSite site = square(implementation);
  site.groups = 4;
  site.out[2] = site.perBeatOut = 4;
  return site;
}

ConvSite line(const kernel::Implementation &implementation) {
  ConvSite site = square(implementation);
  site.in[0] = site.out[0] = site.window.kernel[0] = 1;
  return site;
}

std::string nameFor(const ConvSite &site) { return convFunction(site).name; }

/// The row's condition, where the function is ours.
std::string conditionFor(const ConvSite &site) {
  const FunctionRow &row = convFunction(site);
  CHECK(std::string(row.name) == "braid::conv2d");
  CHECK_FALSE(isUpstream(row));
  return row.layer;
}

} // namespace

TEST_CASE("Every row that is ours names a case that is there", "[hls4ml]") {
  const std::regex pattern("^[^(]+ \\(([a-z/_]+\\.cpp), \"([^\"]+)\"\\)$");
  for (const FunctionRow &row : hls4mlFunctions()) {
    const std::string reason = row.reason, name = row.name;
    INFO(row.layer << ": " << reason);
    CHECK((name.rfind("braid::", 0) == 0) == !reason.empty());
    CHECK((name.rfind("nnet::", 0) == 0) == reason.empty());
    if (reason.empty())
      continue;
    std::smatch match;
    REQUIRE(std::regex_match(reason, match, pattern));
    std::ifstream file(test::sourceRoot() / "tests" / "hls_nnet" / match[1].str());
    REQUIRE(file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    CHECK(text.find('"' + match[2].str()) != std::string::npos);
  }
}

TEST_CASE("Every row that is hls4ml's is a function that the carried library has", "[hls4ml]") {
  std::string headers;
  for (const auto &entry :
       std::filesystem::directory_iterator(test::sourceRoot() / "targets" / "hls" / "nnet_utils")) {
    std::ifstream file(entry.path());
    headers.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const FunctionRow &row : hls4mlFunctions()) {
    if (!isUpstream(row))
      continue;
    const std::string name = row.name;
    const std::string first = name.substr(6, name.find_first_of(",/") - 6);
    INFO(name);
    CHECK(headers.find("void " + first + "(") != std::string::npos);
  }
}

TEST_CASE("No two rows of the function table are alike", "[hls4ml]") {
  const auto &rows = hls4mlFunctions();
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      INFO(rows[i].layer);
      CHECK((std::string(rows[i].layer) != rows[j].layer || std::string(rows[i].io) != rows[j].io));
    }
}

TEST_CASE("Dense layers are hls4ml's for the reuse factors it takes", "[hls4ml]") {
  for (kernel::IoMode io : {kStream, kParallel}) {
    for (int64_t reuse : kernel::legalReuseFactors(8, 12))
      CHECK(std::string(denseFunction(resource(io, reuse), 12, 8).name) == "nnet::dense");
    CHECK(std::string(denseFunction(latency(io), 12, 8).name) == "nnet::dense");
    for (int64_t reuse : {5, 8, 36, 18, 97}) // 36: three rows, of eight
      CHECK(std::string(denseFunction(resource(io, reuse), 12, 8).name) == "braid::conv2d");
  }
  CHECK(denseKernel(latency(kStream), 12) == "nnet::DenseLatency");
  CHECK(denseKernel(resource(kStream, 12), 12) == "nnet::DenseResource_rf_leq_nin");
  CHECK(denseKernel(resource(kStream, 24), 12) == "nnet::DenseResource_rf_gt_nin_rem0");
}

TEST_CASE("Plain convolutions are hls4ml's", "[hls4ml]") {
  for (kernel::IoMode io : {kStream, kParallel})
    for (const kernel::Implementation &i : {latency(io), resource(io, 4), resource(io, 12)}) {
      CHECK(nameFor(square(i)) == "nnet::conv_2d_cl");
      CHECK(nameFor(line(i)) == "nnet::conv_1d_cl");
      ConvSite padded = line(i); // rows of padding make it 2-D
      padded.window.padBegin[0] = 1;
      padded.out[0] = 2;
      CHECK(nameFor(padded) == "nnet::conv_2d_cl");
      ConvSite strided = square(i);
      strided.window.stride[0] = strided.window.stride[1] = 2;
      CHECK(nameFor(strided) == "nnet::conv_2d_cl");
    }
}

TEST_CASE("Reuse factors beyond the window are ours on arrays", "[hls4ml]") {
  for (int64_t rows : {2, 4, 8}) {
    CHECK(nameFor(square(resource(kStream, 36 * rows))) == "nnet::conv_2d_cl");
    CHECK(conditionFor(square(resource(kParallel, 36 * rows))) == "Conv, Resource, reuse factor > window");
    CHECK(conditionFor(line(resource(kParallel, 12 * rows))) == "Conv, Resource, reuse factor > window");
  }
  for (kernel::IoMode io : {kStream, kParallel})
    for (int64_t reuse : {5, 8, 48, 36 * 3})
      CHECK(conditionFor(square(resource(io, reuse))) == "Conv, reuse factor hls4ml excludes");
}

TEST_CASE("Groups are ours but for depthwise ones", "[hls4ml]") {
  for (kernel::IoMode io : {kStream, kParallel}) {
    ConvSite grouped = square(latency(io));
    grouped.groups = 2;
    CHECK(conditionFor(grouped) == "Conv, groups");
    ConvSite multiplied = square(latency(io));
    multiplied.groups = 4;
    CHECK(conditionFor(multiplied) == "Conv, depthwise, several filters a channel");
    CHECK(nameFor(depthwise(latency(io))) == "nnet::depthwise_conv_2d_cl");
  }
  for (int64_t reuse : {1, 2, 3, 4, 9, 12, 36, 72})
    CHECK(nameFor(depthwise(resource(kStream, reuse))) == "nnet::depthwise_conv_2d_cl");
  CHECK(conditionFor(depthwise(resource(kStream, 5))) == "Conv, reuse factor hls4ml excludes");
  CHECK(conditionFor(depthwise(resource(kParallel, 3))) == "Conv, depthwise, Resource");

  ConvSite row = depthwise(latency(kStream));
  row.in[0] = row.out[0] = row.window.kernel[0] = 1;
  CHECK(nameFor(row) == "nnet::depthwise_conv_1d_cl");
  row.implementation.io = kParallel; // where hls4ml's two headers cannot be in one project
  CHECK(nameFor(row) == "nnet::depthwise_conv_2d_cl");

  CHECK(depthwiseKernel(latency(kStream), 4) == "nnet::DepthwiseDenseLatency");
  CHECK(depthwiseKernel(resource(kStream, 4), 4) == "nnet::DepthwiseDenseResource_rf_leq_nout");
  CHECK(depthwiseKernel(resource(kStream, 12), 4) == "nnet::DepthwiseDenseResource_rf_gt_nout_rem0");
  CHECK(depthwiseKernel(resource(kStream, 9), 4) == "nnet::DepthwiseDenseResource_rf_gt_nout");
}

TEST_CASE("Dilation, flat filters with row strides and several beats are ours in streams", "[hls4ml]") {
  ConvSite dilated = square(latency(kStream));
  dilated.window.dilation[1] = 2;
  dilated.out[1] = 2;
  CHECK(conditionFor(dilated) == "Conv, dilation");
  dilated.implementation.io = kParallel;
  CHECK(nameFor(dilated) == "nnet::conv_2d_cl");

  ConvSite shortcut = square(resource(kStream, 4));
  shortcut.window.kernel[0] = shortcut.window.kernel[1] = 1;
  shortcut.window.stride[0] = shortcut.window.stride[1] = 2;
  shortcut.out = {3, 3, 8};
  CHECK(conditionFor(shortcut) == "Conv, filter of one row, row stride");
  shortcut.implementation.io = kParallel;
  CHECK(nameFor(shortcut) == "nnet::conv_2d_cl");

  for (auto beat : {&ConvSite::perBeatIn, &ConvSite::perBeatOut}) {
    ConvSite wide = square(latency(kStream));
    wide.*beat /= 2;
    CHECK(conditionFor(wide) == "Conv, pixels of several beats");
    wide.implementation.io = kParallel; // there a beat is nothing
    CHECK(nameFor(wide) == "nnet::conv_2d_cl");
  }
}

TEST_CASE("Pooling is hls4ml's where its windows are right", "[hls4ml]") {
  ir::Pool pool{.kind = ir::PoolKind::Max, .window = {}};
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  pool.window.stride[0] = pool.window.stride[1] = 2;
  auto name = [&](kernel::IoMode io, bool isOnePixelBeat) {
    return std::string(poolFunction(io, pool, isOnePixelBeat).name);
  };
  CHECK(name(kStream, true) == "nnet::pooling2d_cl");
  CHECK(name(kParallel, true) == "nnet::pooling2d_cl");
  CHECK(name(kStream, false) == "braid::maxPool2d");
  pool.window.stride[1] = 1;
  CHECK(name(kStream, true) == "braid::maxPool2d");
  CHECK(name(kParallel, true) == "nnet::pooling2d_cl");
  pool.window.padEnd[0] = 1;
  CHECK(name(kParallel, true) == "braid::maxPool2d");
  pool.kind = ir::PoolKind::Average;
  CHECK(name(kParallel, true) == "braid::averagePool2d");
  CHECK(name(kStream, true) == "braid::averagePool2d");
}
