// Emitted projects share global names: types and functions of layers are called the same in the C++ of every
// bundle, and so are the weights of layers with the same number; bundles share the folder of compiled
// programs. None of that may mix up numbers.
#include "frontend_onnx_file.h"

#include "braid/driver/compile.h"
#include "braid/driver/verify.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <thread>

using namespace braid;
using namespace braid::test;
namespace fs = std::filesystem;

namespace {

std::vector<float> weights(int64_t count, float first) {
  std::vector<float> out;
  for (int64_t i = 0; i < count; ++i)
    out.push_back(first + 0.125F * static_cast<float>(i % 5) - 0.25F);
  return out;
}

/// Two layers of the same size and the same node name, with these weights.
std::string twice(float first, float second) {
  OnnxFile file;
  file.input("x", {1, 6}).floats("a", {6, 6}, weights(36, first)).floats("b", {6, 6}, weights(36, second));
  file.node("MatMul", {"x", "a"}, {"t"}, {}, "dense").node("MatMul", {"t", "b"}, {"y"}, {}, "dense");
  return file.output("y").bytes();
}

void compileInto(const std::string &out, const TemporaryFile &model) {
  driver::Request request;
  request.model = model.path();
  request.cluster = "pynq-z2x2";
  request.options.fpgas = 2;
  auto design = driver::buildDesign(request);
  if (!design)
    FAIL(llvm::toString(design.takeError()));
  auto written = driver::compileTo(out, **design, request);
  if (!written)
    FAIL(llvm::toString(written.takeError()));
}

/// What `braid verify` says; empty where everything is bit-exact.
std::string faultOfVerify(const std::string &bundle) {
  driver::VerifyRequest request;
  request.bundle = bundle;
  auto verified = driver::verifyBundle(request);
  if (!verified)
    return llvm::toString(verified.takeError());
  return verified->fpgas == 2 && verified->valuesCompared > 0 ? "" : "nothing was compared";
}

/// Texts of the weights of an FPGA's project, by file name.
std::map<std::string, std::string> weightFiles(const fs::path &bundle, const char *fpga) {
  std::map<std::string, std::string> out;
  for (const auto &entry : fs::directory_iterator(bundle / fpga / "hls/firmware/weights")) {
    std::ifstream in(entry.path());
    out[entry.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return out;
}

/// Whether two projects call different weights by the same name.
bool clash(const std::map<std::string, std::string> &one, const std::map<std::string, std::string> &other) {
  return std::any_of(one.begin(), one.end(), [&](const auto &file) {
    const auto found = other.find(file.first);
    return found != other.end() && found->second != file.second;
  });
}

} // namespace

TEST_CASE("two-fpgas-with-equal-layer-names-and-different-weights-verify") {
  const TemporaryFile model(twice(0.25F, -0.5F));
  const std::string bundle = (model.folder() / "bundle").string();
  compileInto(bundle, model);
  CHECK(faultOfVerify(bundle) == "");
}

TEST_CASE("two-fpgas-with-the-same-layer-and-weights-verify") {
  const TemporaryFile model(twice(0.25F, 0.25F));
  const std::string bundle = (model.folder() / "bundle").string();
  compileInto(bundle, model);
  CHECK(faultOfVerify(bundle) == "");
}

TEST_CASE("bundles-with-equal-names-verified-at-once-do-not-disturb-each-other") {
  const TemporaryFile one(twice(0.25F, -0.5F)), other(twice(0.375F, -0.75F));
  const std::string bundles[] = {(one.folder() / "bundle").string(), (other.folder() / "bundle").string(),
                                 (one.folder() / "copy").string()};
  compileInto(bundles[0], one);
  compileInto(bundles[1], other);
  compileInto(bundles[2], one);
  // The test means something only where projects have the same name for different numbers.
  for (const char *fpga : {"fpga0", "fpga1"})
    CHECK(clash(weightFiles(bundles[0], fpga), weightFiles(bundles[1], fpga)));
  std::string faults[3];
  std::vector<std::thread> running;
  for (size_t i = 0; i < 3; ++i)
    running.emplace_back([&, i] { faults[i] = faultOfVerify(bundles[i]); });
  for (std::thread &thread : running)
    thread.join();
  for (const std::string &fault : faults)
    CHECK(fault == "");
}
