// Random networks through the whole compiler: the emitted C++ of every FPGA, compiled and chained, computes
// the bits of the interpreter. Few networks here, more in tools/test-full.sh (BRAID_EMITTED_NETWORKS).
#include "support/networks.h"

#include "braid/driver/compile.h"
#include "braid/driver/data.h"
#include "braid/driver/verify.h"
#include "braid/frontend/onnx.h"
#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

using namespace braid;
namespace fs = std::filesystem;

namespace {

std::string text(llvm::Error error) { return llvm::toString(std::move(error)); }

} // namespace

TEST_CASE("emitted C++ of random networks computes the bits of the interpreter") {
  const char *more = std::getenv("BRAID_EMITTED_NETWORKS");
  const int networks = more ? std::atoi(more) : 8;
  const fs::path folder = fs::temp_directory_path() / ("braid-emitted-" + std::to_string(getpid()));
  fs::create_directories(folder);
  test::Random random(21);
  int emitted = 0, refused = 0;
  for (int i = 0; i < networks; ++i) {
    const ir::Model model = test::randomNetwork(random);
    const std::string onnx = (folder / "net.onnx").string(),
                      out = (folder / ("out" + std::to_string(i))).string();
    REQUIRE(!driver::writeWhole(onnx, frontend::writeOnnx(model)));
    driver::Request request;
    request.model = onnx;
    request.cluster = i % 2 ? "u280x2" : "pynq-z2x2";
    const char *kTypes[] = {"ap_fixed<16,6>", "ap_fixed<11,5,AP_RND_CONV,AP_SAT>",
                            "ap_fixed<8,8,AP_RND,AP_SAT_SYM>", "ap_fixed<20,8,AP_TRN_ZERO,AP_WRAP>"};
    request.precision = kTypes[random() % 4];
    request.options.io = random() % 3 ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    request.options.limits.percent = {100, 100, 100, 100, 100};
    const auto units = plan::sequentialUnits(test::typed(model)).size();
    request.options.fpgas = static_cast<int>(std::min<size_t>(2, units));
    INFO("network " << i << " " << request.precision << " " << kernel::name(*request.options.io) << "\n"
                    << ir::print(model));
    auto design = driver::buildDesign(request);
    if (!design) {
      // A layer without a kernel in this io mode, or a part too large: said so, not built wrongly.
      bool isUser = false;
      llvm::handleAllErrors(design.takeError(),
                            [&](const UserError &error) { isUser = error.code() != ExitCode::Internal; });
      REQUIRE(isUser);
      ++refused;
      continue;
    }
    auto written = driver::compileTo(out, **design, request);
    if (!written)
      FAIL(text(written.takeError()));
    auto verified = driver::verifyBundle({.bundle = out,
                                          .model = {},
                                          .inputs = {},
                                          .divisor = 1,
                                          .labels = {},
                                          .frames = 0,
                                          .randomFrames = 5,
                                          .cxx = "g++"});
    if (!verified)
      FAIL(text(verified.takeError()));
    ++emitted;
    fs::remove_all(out);
  }
  fs::remove_all(folder);
  INFO(emitted << " emitted, " << refused << " refused");
  CHECK(emitted * 2 >= networks);
}
