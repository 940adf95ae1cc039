// What FINN's units cannot be: each refusal names the unit and the attribute.
#include "finn_analytic.h"

#include "braid/support/error.h"

#include <catch2/catch.hpp>

using namespace braid::cost::finn;

namespace {

std::string refused(llvm::Expected<FinnNumbers> found) {
  REQUIRE_FALSE(static_cast<bool>(found));
  return braid::messageOf(found.takeError());
}

} // namespace

TEST_CASE("finn: what FINN refuses is refused, with the attribute", "[cost][finn]") {
  Mvau unit;
  unit.MW = 10, unit.MH = 4, unit.SIMD = 3, unit.PE = 1;
  unit.inputDataType = unit.weightDataType = unit.outputDataType = {2, true};
  const Family family = Family::UltraScale;
  CHECK(refused(estimate(unit, family)).find("FINN unit MVAU: SIMD 3 does not divide MW 10") !=
        std::string::npos);
  unit.SIMD = 0;
  CHECK(refused(estimate(unit, family)).find("SIMD is 0; it must be 1 or more") != std::string::npos);
  unit.SIMD = 5;
  unit.ramStyle = RamStyle::Srl;
  CHECK(refused(estimate(unit, family)).find("ram_style srl is for FIFOs") != std::string::npos);
  unit.ramStyle = RamStyle::Auto;
  unit.outputDataType.bits = 32;
  unit.ramStyleThresholds = RamStyle::Distributed;
  CHECK(refused(estimate(unit, family)).find("thresholds to 32 bits") != std::string::npos);
  unit.backend = Backend::Rtl;
  CHECK(refused(estimate(unit, family)).find("an activation in RTL") != std::string::npos);
  unit.resType = ResType::Lut;
  CHECK(refused(estimate(unit, family)).find("resType lut in RTL") != std::string::npos);

  Vvau depthwise;
  depthwise.Channels = 16, depthwise.PE = 4, depthwise.Kernel = {3, 3}, depthwise.Dim = {5, 5};
  depthwise.inputDataType = depthwise.weightDataType = depthwise.outputDataType = {4, true};
  depthwise.backend = Backend::Rtl;
  CHECK(refused(estimate(depthwise, family)).find("RTL on a part without DSP58") != std::string::npos);

  Thresholding thresholds;
  thresholds.NumChannels = 8, thresholds.PE = 2, thresholds.numSteps = 3;
  thresholds.inputDataType = thresholds.weightDataType = {8, true};
  thresholds.outputDataType = {33, false};
  CHECK(refused(estimate(thresholds)).find("a search of 33 stages") != std::string::npos);
  thresholds.outputDataType = {2, false};
  thresholds.backend = Backend::Hls;
  thresholds.ramStyle = RamStyle::Auto;
  CHECK(refused(estimate(thresholds)).find("ram_style auto or srl in HLS") != std::string::npos);

  ConvolutionInputGenerator window;
  window.ConvKernelDim = {3, 3}, window.IFMDim = {2, 9}, window.OFMDim = {1, 7};
  window.IFMChannels = 8, window.SIMD = 4, window.inputDataType = {4, false};
  CHECK(refused(estimate(window)).find("larger than IFMDim") != std::string::npos);
  window.IFMDim = {9, 9}, window.OFMDim = {7, 7}, window.parallelWindow = true;
  CHECK(refused(estimate(window)).find("parallel_window wants SIMD equal to IFMChannels") !=
        std::string::npos);

  CHECK(refused(estimate(StreamingFifo{0, 8, RamStyle::Auto}, family)).find("depth is 0") !=
        std::string::npos);
  CHECK(refused(estimate(LabelSelect{10, 3})).find("PE 3 does not divide Labels 10") != std::string::npos);
  Lookup lookup = {16, 4, {4, true}, {1}, MemMode::InternalDecoupled, RamStyle::Auto};
  CHECK(refused(estimate(lookup)).find("mem_mode internal_decoupled") != std::string::npos);
  ElementwiseBinary sum = {{{4}, {8, true}}, {{4}, {8, true}}, {4}, 2, MemMode::External, RamStyle::Auto};
  CHECK(refused(estimate(sum)).find("mem_mode external") != std::string::npos);
  sum.lhs.shape = {};
  CHECK(refused(estimate(sum)).find("a shape without axes") != std::string::npos);
  CHECK(refused(estimate(ChannelwiseOp{8, 2, {4, true}, {1}, RamStyle::Ultra}))
            .find("ram_style distributed and block") != std::string::npos);
}
