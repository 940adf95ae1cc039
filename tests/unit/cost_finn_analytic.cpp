// FINN's formulas against FINN: every parameter set of tests/data/finn_estimates.json, which
// tests/oracle/finn_estimates.py wrote with finn-plus; and what that version no longer has, counted by hand.
#include "finn_analytic.h"
#include "synthesis_rows.h"

#include "braid/support/error.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <map>

using namespace braid::cost::finn;
using nlohmann::json;

namespace {

FinnType typeOf(const std::string &name) {
  if (name == "BINARY" || name == "BIPOLAR")
    return {1, name == "BIPOLAR"};
  const bool isSigned = name.rfind("INT", 0) == 0;
  return {std::stoll(name.substr(isSigned ? 3 : 4)), isSigned};
}

/// One parameter set; an attribute that stands there as null has FINN's default.
class Attributes {
public:
  Attributes(const json &names, const json &values) {
    for (size_t i = 0; i < names.size(); ++i)
      if (!values[i].is_null())
        all_[names[i]] = values[i];
  }
  int64_t number(const char *name) const { return all_.at(name); }
  int64_t number(const char *name, int64_t fallback) const {
    return all_.count(name) ? number(name) : fallback;
  }
  bool flag(const char *name) const { return number(name, 0) != 0; }
  std::string text(const char *name) const { return all_.at(name); }
  FinnType type(const char *name) const { return typeOf(text(name)); }
  Shape shape(const char *name) const { return all_.at(name).get<Shape>(); }
  Pair pair(const char *name) const { return all_.at(name).get<Pair>(); }
  std::array<int64_t, 4> four(const char *name) const { return all_.at(name).get<std::array<int64_t, 4>>(); }
  RamStyle ramStyle(const char *name = "ram_style") const {
    static const std::map<std::string, RamStyle> kStyles = {{"auto", RamStyle::Auto},
                                                            {"block", RamStyle::Block},
                                                            {"distributed", RamStyle::Distributed},
                                                            {"ultra", RamStyle::Ultra},
                                                            {"srl", RamStyle::Srl}};
    return kStyles.at(text(name));
  }
  MemMode memMode() const {
    static const std::map<std::string, MemMode> kModes = {{"internal_embedded", MemMode::InternalEmbedded},
                                                          {"internal_decoupled", MemMode::InternalDecoupled},
                                                          {"external", MemMode::External}};
    return kModes.at(text("mem_mode"));
  }
  ResType resType() const {
    static const std::map<std::string, ResType> kTypes = {
        {"auto", ResType::Auto}, {"lut", ResType::Lut}, {"dsp", ResType::Dsp}};
    return kTypes.at(text("resType"));
  }

private:
  std::map<std::string, json> all_;
};

using Estimator = std::function<llvm::Expected<FinnNumbers>(const Attributes &, Family)>;

Estimator mvau(Backend backend) {
  return [backend](const Attributes &of, Family family) {
    Mvau unit;
    unit.backend = backend;
    unit.MW = of.number("MW"), unit.MH = of.number("MH"), unit.SIMD = of.number("SIMD"),
    unit.PE = of.number("PE");
    unit.inputDataType = of.type("inputDataType");
    unit.weightDataType = of.type("weightDataType");
    unit.outputDataType = of.type("outputDataType");
    unit.accDataTypeBits = of.type("accDataType").bits;
    unit.numInputVectors = of.shape("numInputVectors");
    unit.TH = of.number("TH");
    unit.memMode = of.memMode();
    unit.ramStyle = of.ramStyle();
    unit.ramStyleThresholds = of.ramStyle("ram_style_thresholds");
    unit.resType = of.resType();
    unit.noActivation = of.flag("noActivation");
    return estimate(unit, family);
  };
}

Estimator vvau(Backend backend) {
  return [backend](const Attributes &of, Family family) {
    Vvau unit;
    unit.backend = backend;
    unit.Channels = of.number("Channels"), unit.SIMD = of.number("SIMD"), unit.PE = of.number("PE");
    unit.Kernel = of.pair("Kernel"), unit.Dim = of.pair("Dim");
    unit.inputDataType = of.type("inputDataType");
    unit.weightDataType = of.type("weightDataType");
    unit.outputDataType = of.type("outputDataType");
    unit.accDataTypeBits = of.type("accDataType").bits;
    unit.memMode = of.memMode();
    unit.ramStyle = of.ramStyle();
    unit.resType = of.resType();
    unit.noActivation = of.flag("noActivation");
    return estimate(unit, family);
  };
}

Estimator thresholding(Backend backend) {
  return [backend](const Attributes &of, Family) {
    Thresholding unit;
    unit.backend = backend;
    unit.NumChannels = of.number("NumChannels"), unit.PE = of.number("PE"),
    unit.numSteps = of.number("numSteps");
    unit.inputDataType = of.type("inputDataType");
    unit.weightDataType = of.type("weightDataType");
    unit.outputDataType = of.type("outputDataType");
    unit.numInputVectors = of.shape("numInputVectors");
    if (backend == Backend::Hls)
      unit.ramStyle = of.ramStyle();
    unit.depthTriggerBram = of.number("depth_trigger_bram", 0);
    unit.depthTriggerUram = of.number("depth_trigger_uram", 0);
    unit.uniformThres = of.number("uniform_thres", 0) != 0;
    return estimate(unit);
  };
}

llvm::Expected<FinnNumbers> window(const Attributes &of, Family) {
  ConvolutionInputGenerator unit;
  unit.ConvKernelDim = of.pair("ConvKernelDim"), unit.IFMDim = of.pair("IFMDim"),
  unit.OFMDim = of.pair("OFMDim");
  unit.Stride = of.pair("Stride"), unit.Dilation = of.pair("Dilation");
  unit.IFMChannels = of.number("IFMChannels"), unit.SIMD = of.number("SIMD");
  unit.inputDataType = of.type("inputDataType");
  unit.depthwise = of.flag("depthwise"), unit.parallelWindow = of.flag("parallel_window");
  unit.ramStyle = of.ramStyle();
  return estimate(unit);
}

llvm::Expected<FinnNumbers> elementwise(const Attributes &of, Family) {
  ElementwiseBinary unit;
  unit.lhs = {of.shape("lhs_shape"), of.type("lhs_dtype"), of.text("lhs_style") == "const"};
  unit.rhs = {of.shape("rhs_shape"), of.type("rhs_dtype"), of.text("rhs_style") == "const"};
  unit.outShape = of.shape("out_shape"), unit.PE = of.number("PE");
  unit.memMode = of.memMode(), unit.ramStyle = of.ramStyle();
  return estimate(unit);
}

Vectors vectors(const Attributes &of) {
  return {of.number("NumChannels"), of.number("PE"), of.shape("numInputVectors")};
}

llvm::Expected<FinnNumbers> concatOrSplit(const Attributes &of, Family) {
  return estimate(
      ConcatOrSplit{of.shape("ChannelsPerStream"), of.number("SIMD"), of.shape("numInputVectors")});
}

const std::map<std::string, Estimator> &estimators() {
  static const std::map<std::string, Estimator> kAll = {
      {"MVAU_hls", mvau(Backend::Hls)},
      {"MVAU_rtl", mvau(Backend::Rtl)},
      {"VVAU_hls", vvau(Backend::Hls)},
      {"VVAU_rtl", vvau(Backend::Rtl)},
      {"Thresholding_hls", thresholding(Backend::Hls)},
      {"Thresholding_rtl", thresholding(Backend::Rtl)},
      {"ConvolutionInputGenerator_rtl", window},
      {"StreamingFIFO_rtl",
       [](const Attributes &of, Family family) {
         return estimate(StreamingFifo{of.number("depth"), of.type("dataType").bits, of.ramStyle()}, family);
       }},
      {"StreamingDataWidthConverter_rtl",
       [](const Attributes &of, Family) {
         return estimate(StreamingDataWidthConverter{of.number("inWidth"), of.number("outWidth")});
       }},
      {"FMPadding_rtl",
       [](const Attributes &of, Family) {
         return estimate(FmPadding{of.pair("ImgDim"), of.four("Padding"), of.number("NumChannels"),
                                   of.number("SIMD"), of.number("numInputVectors")});
       }},
      {"Pool_hls",
       [](const Attributes &of, Family) {
         return estimate(Pool{of.number("Channels"), of.number("PE"), of.number("BatchSize"),
                              of.shape("KernelSize"), of.shape("OutImgDims")});
       }},
      {"DuplicateStreams_hls",
       [](const Attributes &of, Family) { return estimateDuplicateStreams(vectors(of)); }},
      {"GlobalAccPool_hls", [](const Attributes &of, Family) { return estimateGlobalAccPool(vectors(of)); }},
      {"ElementwiseAdd_hls", elementwise},
      {"StreamingConcat_hls", concatOrSplit},
      {"StreamingSplit_hls", concatOrSplit},
      {"UpsampleNearestNeighbour_hls",
       [](const Attributes &of, Family) {
         return estimate(UpsampleNearestNeighbour{of.number("HO"), of.number("WO"), of.number("NumChannels"),
                                                  of.number("SIMD"), of.number("batchSize")});
       }},
      {"LabelSelect_hls",
       [](const Attributes &of, Family) {
         return estimate(LabelSelect{of.number("Labels"), of.number("PE")});
       }},
      {"Lookup_hls",
       [](const Attributes &of, Family) {
         return estimate(Lookup{of.number("NumEmbeddings"), of.number("EmbeddingDim"),
                                of.type("EmbeddingType"), of.shape("InputShape"), of.memMode(),
                                of.ramStyle()});
       }},
  };
  return kAll;
}

FinnNumbers numbersOf(llvm::Expected<FinnNumbers> found) {
  if (!found)
    FAIL(braid::messageOf(found.takeError()));
  return *found;
}

} // namespace

TEST_CASE("finn: every figure of FINN's estimators", "[cost][finn]") {
  const json stored = json::parse(rows::textOf(rows::sourceRoot() + "/tests/data/finn_estimates.json"));
  size_t sets = 0;
  for (const json &unit : stored["units"]) {
    const std::string name = unit["unit"];
    CAPTURE(name);
    const Estimator &estimator = estimators().at(name);
    for (const json &row : unit["rows"]) {
      CAPTURE(row.dump(), unit["attributes"].dump());
      const FinnNumbers found = numbersOf(estimator(
          Attributes(unit["attributes"], row[1]), row[0] == "versal" ? Family::Versal : Family::UltraScale));
      const json &finn = row[2];
      CHECK(found.lut == finn[0].get<int64_t>());
      CHECK(found.bram18 == finn[1].get<int64_t>());
      CHECK(found.uram == finn[2].get<int64_t>());
      CHECK(found.dsp == finn[3].get<int64_t>());
      CHECK(found.cycles == finn[4].get<int64_t>());
      CHECK(found.bramEfficiency == Approx(finn[5].get<double>()).epsilon(1e-9));
      CHECK(found.uramEfficiency == Approx(finn[6].get<double>()).epsilon(1e-9));
      // A figure without a formula is 0, and FINN has no other.
      CHECK((found.lutModelled || found.lut == 0));
      CHECK((found.memoryModelled || (found.bram18 == 0 && found.uram == 0)));
      CHECK((found.dspModelled || found.dsp == 0));
      CHECK((found.cyclesModelled || found.cycles == 0));
      ++sets;
    }
  }
  CHECK(stored["units"].size() == estimators().size());
  CHECK(sets >= 1000);
}

// FINN's own test (tests/fpgadataflow/test_fpgadataflow_res_estimate.py): 4 x 4 weights, all of two bits, one
// product a cycle: 317 LUTs, or 313 and a DSP slice. It holds with the weights in LUTs.
TEST_CASE("finn: the matrix of FINN's own test", "[cost][finn]") {
  Mvau unit;
  unit.MW = unit.MH = 4, unit.SIMD = unit.PE = 1;
  unit.inputDataType = unit.weightDataType = unit.outputDataType = {2, true};
  unit.ramStyle = RamStyle::Distributed;
  unit.resType = ResType::Lut;
  CHECK(numbersOf(estimate(unit, Family::UltraScale)).lut == 317);
  unit.resType = ResType::Dsp;
  const FinnNumbers dsp = numbersOf(estimate(unit, Family::UltraScale));
  CHECK(dsp.lut == 313);
  CHECK(dsp.dsp == 1);
  CHECK(dsp.bram18 == 0);
  CHECK(dsp.cycles == 16);
}

TEST_CASE("finn: units that only FINN 0.10.1 has, counted by hand", "[cost][finn]") {
  // 7 * 7 vectors of 64 channels, 16 at a time.
  CHECK(numbersOf(estimateAddStreams({64, 16, {1, 7, 7}})).cycles == 196);
  // 32^2 (1 + 1/4); in one dimension 16 windows of 2, 8 folds, 3 cycles each.
  CHECK(numbersOf(estimate(StreamingMaxPool{{32, 32}, {2, 2}, 64, 64})).cycles == 1280);
  CHECK(numbersOf(estimate(StreamingMaxPool{{1, 32}, {1, 2}, 64, 8})).cycles == 384);
  // 4 PE of 9 bits: 36 comparators, and 100 words in two banks of 36 LUTs; or ceil(36 / 16) RAMB18s.
  ChannelwiseOp unit = {400, 4, {9, true}, {1}, RamStyle::Distributed};
  CHECK(numbersOf(estimate(unit)).lut == 36 + 72);
  CHECK(numbersOf(estimate(unit)).cycles == 100);
  unit.ramStyle = RamStyle::Block;
  CHECK(numbersOf(estimate(unit)).lut == 36);
  CHECK(numbersOf(estimate(unit)).bram18 == 3);
}

TEST_CASE("finn: a zero of FINN's that is no count is marked", "[cost][finn]") {
  const FinnNumbers pool = numbersOf(estimate(Pool{64, 8, 1, {2, 2}, {5, 5}}));
  CHECK(pool.cyclesModelled);
  CHECK_FALSE((pool.lutModelled || pool.memoryModelled || pool.dspModelled));
  Mvau unit;
  unit.backend = Backend::Rtl;
  unit.MW = unit.MH = 4, unit.SIMD = unit.PE = 2;
  unit.inputDataType = unit.weightDataType = unit.outputDataType = {4, true};
  unit.noActivation = true;
  const FinnNumbers rtl = numbersOf(estimate(unit, Family::UltraScale));
  CHECK_FALSE(rtl.lutModelled);
  CHECK(rtl.dspModelled);
  CHECK_FALSE(numbersOf(estimate(StreamingDataWidthConverter{8, 24})).cyclesModelled);
}
