// Weights and thresholds in FINN's order and text (FINN v0.10, matrixvectoractivation.py,
// get_hw_compatible_weight_tensor and make_weight_file; thresholding.py; vectorvectoractivation.py), worked
// out by hand. Of a matrix [MH, MW]: PE p holds the rows p, p + PE, p + 2 PE, ...; tile nf * SF + sf (SF = MW
// / SIMD) of PE p is columns sf * SIMD, ... of row nf * PE + p; lane 0 is lowest in a word, PE 0 in a line of
// memblock.dat; -1 and 1 alone are stored as 0 and 1. The memblock.dat files are those that tests/finn_rtl
// streams.
#include "support/deployed.h"
#include "support/paths.h"
#include "support/whole_numbers.h"

#include <catch2/catch.hpp>

using namespace braid;
using kernel::MemMode;
using test::folded;

namespace {

using Files = std::map<std::string, std::string>;

Files filesOf(const ir::Op &op, const ir::Shape &input, const kernel::Implementation &folding, int64_t lo = 0,
              int64_t hi = 3) {
  test::Builder b(input);
  const ir::Model model = test::typedIntegers(b.finish(b.add(op, {b.input()})), lo, hi);
  return test::finnFiles(model, {folding});
}

ir::Dense matrix(std::vector<int64_t> weights, int64_t rows) {
  ir::Dense op;
  op.weights = ir::Weights::fromIntegers(weights, rows, 1, static_cast<int64_t>(weights.size()) / rows);
  return op;
}

std::string memblock(const std::string &name) {
  return test::readText((test::sourceRoot() / "tests/finn_rtl/memblocks" / (name + ".dat")).string());
}

const std::string kParams = "units/MVAU_hls_0/params.h", kMemblock = "units/MVAU_hls_0/memblock.dat",
                  kThresholds = "units/Thresholding_hls_0/thresh.h";
const std::string kTiles = "// Tiles of SIMD weights, lane 0 lowest: [PE][tile].\n";

// INT2: -2 is 10, -1 is 11, 1 is 01.
const std::vector<int64_t> kFour = {1, -1, 0, 1, 0, 1, -1, -1, -1, 0, 1, 0, 1, 1, 0, -2};

/// 1 at tap c, -1 at tap 8 - c, of channels 0 to 3.
ir::Conv depthwise() {
  ir::Conv op;
  op.window.kernel[0] = op.window.kernel[1] = 3;
  op.groups = 4;
  std::vector<int64_t> weights(36, 0);
  for (size_t c = 0; c < 4; ++c)
    weights[9 * c + c] = 1, weights[9 * c + 8 - c] = -1;
  op.weights = ir::Weights::fromIntegers(weights, 4, 9, 1);
  return op;
}

} // namespace

TEST_CASE("INT2 weights 4 x 4 by PE 2 and SIMD 2", "[finn]") {
  // PE 0: rows 0, 2; PE 1: rows 1, 3; two tiles a row, column 1 above column 0.
  //   row 0:  1 -1 | 0  1  ->  1101 0100      row 1: 0 1 | -1 -1  ->  0100 1111
  //   row 2: -1  0 | 1  0  ->  0011 0001      row 3: 1 1 |  0 -2  ->  0101 1000
  const Files embedded = filesOf(matrix(kFour, 4), {4}, folded(2, 2));
  CHECK(embedded.count(kMemblock) == 0);
  CHECK(embedded.at(kParams) == kTiles + "static const FixedPointWeights<2, ap_int<2>, 2, 4> weights = {{\n"
                                         "{ap_uint<4>(\"0xd\", 16), ap_uint<4>(\"0x4\", 16), "
                                         "ap_uint<4>(\"0x3\", 16), ap_uint<4>(\"0x1\", 16)},\n"
                                         "{ap_uint<4>(\"0x4\", 16), ap_uint<4>(\"0xf\", 16), "
                                         "ap_uint<4>(\"0x5\", 16), ap_uint<4>(\"0x8\", 16)}\n"
                                         "}};\n");
  for (MemMode mode : {MemMode::Decoupled, MemMode::External}) {
    const Files streamed = filesOf(matrix(kFour, 4), {4}, folded(2, 2, mode));
    CHECK(streamed.count(kParams) == 0);
    CHECK(streamed.at(kMemblock) == "4d\nf4\n53\n81\n"); // PE 1, then PE 0
    CHECK(streamed.at(kMemblock) == memblock("int2_4x4"));
  }
}

TEST_CASE("bipolar weights are bits, a word filled up to whole digits", "[finn]") {
  // 1 -1 1 -> 101, -1 -1 1 -> 100: lane 0 is the last digit.
  const ir::Dense op = matrix({1, -1, 1, -1, -1, 1}, 2);
  CHECK(filesOf(op, {3}, folded(2, 3)).at(kParams) ==
        kTiles + "static const BinaryWeights<3, 2, 1> weights = {{\n{ap_uint<3>(\"0x5\", "
                 "16)},\n{ap_uint<3>(\"0x4\", "
                 "16)}\n}};\n");
  // 100 101 in six bits, two digits; and by SIMD 1 and PE 1 a bit a line, row by row.
  CHECK(filesOf(op, {3}, folded(2, 3, MemMode::Decoupled)).at(kMemblock) == "25\n");
  CHECK(filesOf(op, {3}, folded(1, 1, MemMode::Decoupled)).at(kMemblock) == "1\n0\n1\n0\n0\n1\n");
  CHECK(filesOf(op, {3}, folded(1, 1, MemMode::Decoupled)).at(kMemblock) == memblock("bipolar_2x3"));
}

TEST_CASE("rows and columns that PE and SIMD add hold zeros", "[finn]") {
  // INT3, 3 x 3 by PE 2 and SIMD 2 as 4 x 4: PE 0 has rows 0 and 2, PE 1 row 1 and none.
  //   row 0: 1 2 | 3 0 -> 010001 000011      row 1: -1 -2 | -3 0 -> 110111 000101
  //   row 2: 3 0 | 1 0 -> 000011 000001
  const Files files =
      filesOf(matrix({1, 2, 3, -1, -2, -3, 3, 0, 1}, 3), {3}, folded(2, 2, MemMode::Decoupled));
  // 110111 010001, 000101 000011, 000011, 000001
  CHECK(files.at(kMemblock) == "dd1\n143\n003\n001\n");
  CHECK(files.at(kMemblock) == memblock("int3_3x3"));
}

TEST_CASE("columns of a convolution are taps, and channels within them; groups are blocks", "[finn]") {
  // Kernel 1 x 2 over 2 channels, one row: taps (1, -1), (0, 1).
  ir::Conv plain;
  plain.window.kernel[1] = 2;
  plain.weights = ir::Weights::fromIntegers({1, -1, 0, 1}, 1, 2, 2);
  CHECK(filesOf(plain, {1, 3, 2}, folded(1, 1, MemMode::Decoupled)).at(kMemblock) == "1\n3\n0\n1\n");
  // 1 x 1 of two groups of two channels: rows 0 and 1 have channels 0 and 1, rows 2 and 3 the others.
  // The taps of a window at once: 01 00 11 01.
  CHECK(filesOf(plain, {1, 3, 2}, folded(1, 4, MemMode::Decoupled)).at(kMemblock) == "4d\n");
  ir::Conv grouped;
  grouped.groups = 2;
  grouped.weights = ir::Weights::fromIntegers({1, -1, -1, -1, 1, 1, -1, 1}, 4, 1, 2);
  // -1 1: 1101; -1 -1: 1111; 1 1: 0101; 1 -1: 0111
  CHECK(filesOf(grouped, {2, 2, 4}, folded(1, 4, MemMode::Decoupled)).at(kMemblock) == "0d\n0f\n50\n70\n");
}

TEST_CASE("a depthwise unit holds the taps of channels p, p + PE, ... in PE p", "[finn]") {
  // INT2, PE 2: channels 0 and 1 tap by tap (1 at tap 0 of PE 0: 0001; 1 at tap 1 of PE 1: 0100; -1 at tap 7
  // of PE 1: 1100; -1 at tap 8 of PE 0: 0011), then channels 2 and 3.
  const std::string folder = "units/VVAU_hls_0/";
  const Files streamed = filesOf(depthwise(), {4, 4, 4}, folded(2, 1, MemMode::Decoupled));
  CHECK(streamed.at(folder + "memblock.dat") == "1\n4\n0\n0\n0\n0\n0\nc\n3\n0\n0\n1\n4\n0\nc\n3\n0\n0\n");
  CHECK(streamed.at(folder + "memblock.dat") == memblock("vvau_3x3"));
  const auto lane = [](std::vector<int> values) {
    std::string out;
    for (int value : values)
      out += (out.empty() ? "ap_uint<2>(\"0x" : ", ap_uint<2>(\"0x") + std::to_string(value) + "\", 16)";
    return "{" + out + "}";
  };
  CHECK(filesOf(depthwise(), {4, 4, 4}, folded(2)).at(folder + "params.h") ==
        kTiles + "static const FixedPointWeights<1, ap_int<2>, 2, 18> weights = {{\n" +
            lane({1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 3, 0, 0}) + ",\n" +
            lane({0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 3, 0, 0, 0}) + "\n}};\n");
}

TEST_CASE("a depthwise unit of several taps has the first of them in its last lane", "[finn]") {
  // PE 2, SIMD 3: channel 0 has 1 at tap 0 (010000) and -1 at tap 8 (000011), channel 1 1 at tap 1 (000100)
  // and -1 at tap 7 (001100); channel 2 1 at tap 2 (000001) and -1 at tap 6 (110000), channel 3 1 at tap 3
  // and -1 at tap 5 (010011).
  const Files streamed = filesOf(depthwise(), {4, 4, 4}, folded(2, 3, MemMode::Decoupled));
  CHECK(streamed.at("units/VVAU_hls_0/memblock.dat") == "110\n000\n303\n001\n4c0\n030\n");
}

TEST_CASE("windows of several taps of an image one pixel wide are those of a row", "[finn]") {
  const std::string file = "units/ConvolutionInputGenerator_hls_0/top_ConvolutionInputGenerator_hls_0.cpp";
  ir::Conv conv;
  conv.window.kernel[0] = 3;
  conv.weights = ir::Weights::fromIntegers({1, -1, 0, 1, 1, 1}, 1, 3, 2);
  CHECK(filesOf(conv, {7, 1, 2}, folded(1, 6))
            .at(file)
            .find("ConvolutionInputGenerator_1D_parallel<3, 2, 2, 7, 5, 1, 2>(in0_V") != std::string::npos);
  conv.window.stride[0] = 2;
  CHECK(filesOf(conv, {7, 1, 2}, folded(1, 6))
            .at(file)
            .find("windowTaps<2, 2, 2, 3, 1, 3, 1, 7, 1, 3, 1, 2, 1, 1>(in0_V") != std::string::npos);
}

TEST_CASE("the folding that is written says which windows are parallel", "[finn]") {
  const auto windowOf = [](const ir::Op &op, const ir::Shape &input, const kernel::Implementation &folding) {
    const std::string config = filesOf(op, input, folding).at("report/final_hw_config.json");
    const size_t at = config.find("\"ConvolutionInputGenerator_hls_0\"");
    return config.substr(at, config.find('}', at) - at);
  };
  ir::Conv plain;
  plain.window.kernel[0] = 2;
  plain.weights = ir::Weights::fromIntegers({1, -1, 0, 1}, 1, 2, 2);
  const std::string serial = windowOf(plain, {3, 3, 2}, folded(1, 2)),
                    parallel = windowOf(plain, {3, 3, 2}, folded(1, 4));
  CHECK(serial.find("\"SIMD\": 2") != std::string::npos);
  CHECK(serial.find("\"parallel_window\": 0") != std::string::npos);
  CHECK(parallel.find("\"SIMD\": 2") != std::string::npos);
  CHECK(parallel.find("\"parallel_window\": 1") != std::string::npos);
  CHECK(windowOf(depthwise(), {4, 4, 4}, folded(4, 9)).find("\"parallel_window\": 1") != std::string::npos);
}

namespace {

ir::Threshold ladder(std::vector<int64_t> values, int64_t rows, int64_t base) {
  const auto steps = static_cast<int64_t>(values.size()) / rows;
  return {ir::Weights::fromIntegers(values, rows, 1, steps), base};
}

const std::string kOrder = "// base + the number of thresholds that a sum has reached, by channel nf * PE + "
                           "pe: [PE][NF][thresholds].\n";

} // namespace

TEST_CASE("thresholds of channel nf * PE + pe stand at [pe][nf]", "[finn]") {
  // Two channels at a time: one row each. INT4 in, levels 0 to 3 out.
  CHECK(
      filesOf(ladder({-3, 0, 5, -7, 1, 7}, 2, 0), {2}, folded(2), -8, 7).at(kThresholds) ==
      kOrder +
          "static const ThresholdsActivation<1, 2, 3, ap_int<4>, ap_uint<2>, 0, comp::less_equal<ap_int<4>, "
          "ap_int<4>> > threshs = {{\n{{-3, 0, 5}},\n{{-7, 1, 7}}\n}};\n");
  // Four channels by two: PE 0 has channels 0 and 2. Levels -2 to 0.
  CHECK(
      filesOf(ladder({-3, 0, -7, 1, 2, 3, 4, 5}, 4, -2), {4}, folded(2), -8, 7).at(kThresholds) ==
      kOrder +
          "static const ThresholdsActivation<2, 2, 2, ap_int<4>, ap_int<2>, -2, comp::less_equal<ap_int<4>, "
          "ap_int<4>> > threshs = {{\n{{-3, 0}, {2, 3}},\n{{-7, 1}, {4, 5}}\n}};\n");
  // One row for all channels.
  CHECK(filesOf(ladder({2}, 1, 0), {2}, folded(1), 0, 3).at(kThresholds) ==
        kOrder + "static const ThresholdsActivation<2, 1, 1, ap_uint<2>, ap_uint<1>, 0, "
                 "comp::less_equal<ap_uint<2>, "
                 "ap_uint<2>> > threshs = {{\n{{2}, {2}}\n}};\n");
}

TEST_CASE("thresholds that nothing reaches take a bit more, those that all reach are the least", "[finn]") {
  CHECK(
      filesOf(ladder({-50, 7, 100}, 1, 0), {1}, folded(1), -8, 7).at(kThresholds) ==
      kOrder +
          "static const ThresholdsActivation<1, 1, 3, ap_int<5>, ap_uint<2>, 0, comp::less_equal<ap_int<5>, "
          "ap_int<5>> > threshs = {{\n{{-16, 7, 15}}\n}};\n");
  CHECK(filesOf(ladder({-4, 1, 4}, 1, 0), {1}, folded(1), 0, 3).at(kThresholds) ==
        kOrder + "static const ThresholdsActivation<1, 1, 3, ap_uint<3>, ap_uint<2>, 0, "
                 "comp::less_equal<ap_uint<3>, "
                 "ap_uint<3>> > threshs = {{\n{{0, 1, 4}}\n}};\n");
}

TEST_CASE("thresholds behind sums stand beside their weights, in the sums' type", "[finn]") {
  test::Builder b({2});
  const ir::StreamId sums = b.add(matrix({1, -1, 1, 1}, 2), {b.input()});
  const ir::Model model = test::typedIntegers(b.finish(b.add(ladder({-1, 1, 0, 2}, 2, 0), {sums})), 0, 3);
  const Files files = test::finnFiles(model, {folded(2, 2), folded(2)});
  CHECK(files.count(kThresholds) == 0);
  // Sums from -3 to 6: INT4.
  CHECK(
      files.at("units/MVAU_hls_0/thresh.h") ==
      kOrder +
          "static const ThresholdsActivation<1, 2, 2, ap_int<4>, ap_uint<2>, 0, comp::less_equal<ap_int<4>, "
          "ap_int<4>> > threshs = {{\n{{-1, 1}},\n{{0, 2}}\n}};\n");
}

TEST_CASE("a multiply-shift to symmetric levels leaves out the least", "[finn]") {
  // x times 3/32, then 5/32: INT4 levels from -7, or from -8; factors by channel, in INT3.
  for (const bool symmetric : {true, false}) {
    ir::Requantize op;
    op.factor = ir::Weights::fromIntegers({3, -2}, 2), op.offset = ir::Weights::fromIntegers({5, 6}, 2);
    op.shift = 5, op.lo = symmetric ? -7 : -8, op.hi = 7;
    const Files files = filesOf(op, {2}, folded(1), -128, 127);
    const std::string folder = "units/ChannelwiseOp_hls_0/";
    CHECK(files.at(folder + "params.h") ==
          "// Factor and offset of channel nf * PE + pe: [PE][NF].\n"
          "static const ap_int<3> factors[1][2] = {{ap_int<3>(3LL), ap_int<3>(-2LL)}};\n"
          "static const ap_int<4> offsets[1][2] = {{ap_int<4>(5LL), ap_int<4>(6LL)}};\n");
    CHECK(files.at(folder + "top_ChannelwiseOp_hls_0.cpp")
              .find(std::string("braid::finn::requantise<1, 2, 1, 5, ") + (symmetric ? "true" : "false") +
                    ", ap_int<8>, ap_int<4> >(in0_V, out_V, factors, offsets)") != std::string::npos);
  }
}

TEST_CASE("what is compiled together is told of the widest word before ap_int is read", "[finn]") {
  test::Random random(61);
  test::Builder b({40});
  const ir::StreamId first = b.add(test::integerDense(random, 8, 40), {b.input()});
  const ir::StreamId last = b.add(test::integerDense(random, 4, 8), {first});
  const ir::Model model = test::typedIntegers(b.finish(last), 0, 3);
  const auto width = [&](int64_t pe, int64_t simd, MemMode mode) {
    const Files files = test::finnFiles(model, {folded(pe, simd, mode), folded(1)});
    const std::string &defines = files.at("firmware/defines.h");
    const size_t at = defines.find("#define AP_INT_MAX_W ");
    REQUIRE(at < defines.find("#include"));
    CHECK(files.at("firmware/units.h").find("#include") ==
          files.at("firmware/units.h").find("#include \"defines.h\""));
    CHECK(files.at("firmware/units_0.cpp").find("#include \"units.h\"") == 0);
    return std::stoll(defines.substr(at + 21));
  };
  CHECK(width(8, 40, MemMode::Decoupled) == 8 * 40 * 4); // words of weights, INT4
  CHECK(width(2, 4, MemMode::Decoupled) == 1024);
}
