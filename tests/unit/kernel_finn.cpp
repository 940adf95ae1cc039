// From layers to units of the FINN style: words of every folding hold the elements, units follow one another,
// and what does not fold is refused by name.
#include "support/whole_numbers.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <catch2/catch.hpp>

#include <set>

using namespace braid;
using namespace braid::kernel;
using test::folded;

namespace {

llvm::Expected<llvm::SmallVector<Kernel, 2>> lowering(const ir::Model &model, const ir::Layer &layer,
                                                      const Implementation &implementation) {
  return lowerLayer(model, layer, wholeSlice(model, layer), implementation);
}

llvm::SmallVector<Kernel, 2> lowered(const ir::Model &model, const ir::Layer &layer,
                                     const Implementation &implementation) {
  auto out = lowering(model, layer, implementation);
  if (!out)
    FAIL(llvm::toString(out.takeError()));
  return *out;
}

std::string refusal(const ir::Model &model, const Implementation &implementation) {
  auto out = lowering(model, model.layers[0], implementation);
  REQUIRE_FALSE(static_cast<bool>(out));
  return llvm::toString(out.takeError());
}

int64_t held(const KernelPort &port) { return port.widthBits / port.elementBits * port.beatsPerFrame; }

/// Whole lanes in a word, whole words in a frame, and the elements they are asked to hold.
void checkPort(const KernelPort &port, int64_t lanes, int64_t bits, int64_t elements) {
  CHECK(port.elementBits == bits);
  CHECK(port.widthBits == lanes * bits);
  CHECK(port.beatsPerFrame >= 1);
  CHECK(lanes * port.beatsPerFrame == elements);
}

/// What holds of the units of a layer whatever its folding.
void checkUnits(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<Kernel> units) {
  if (std::holds_alternative<ir::Reshape>(layer.op)) {
    CHECK(units.empty());
    return;
  }
  REQUIRE_FALSE(units.empty());
  REQUIRE(units.front().inputs.size() == layer.inputs.size());
  // A depthwise unit takes SIMD elements for each PE.
  const int64_t taken =
      units.front().simd * (units.front().kind == KernelKind::VectorVector ? units.front().pe : 1);
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    const ir::Stream &stream = model.stream(layer.inputs[i]);
    checkPort(units.front().inputs[i], taken, stream.type.bits(), ir::elements(stream.shape));
  }
  const ir::Stream &out = model.stream(layer.output);
  checkPort(units.back().outputs[0], units.back().pe, out.type.bits(), ir::elements(out.shape));
  std::set<std::string> names;
  for (size_t i = 0; i < units.size(); ++i) {
    const Kernel &unit = units[i];
    CHECK(unit.implementation.style == Style::Finn);
    CHECK(names.insert(unit.name).second);
    REQUIRE(unit.outputs.size() == 1);
    CHECK(unit.outputs[0].widthBits == unit.pe * unit.outputBits);
    if (i > 0) {
      REQUIRE(unit.inputs.size() == 1);
      CHECK(unit.inputs[0].elementBits == units[i - 1].outputs[0].elementBits);
      CHECK(held(unit.inputs[0]) == held(units[i - 1].outputs[0]));
    }
    if (unit.kind == KernelKind::MatrixVector) {
      CHECK(unit.mh % unit.pe == 0);
      CHECK(unit.mw % unit.simd == 0);
      CHECK(held(unit.inputs[0]) == unit.positions * unit.mw);
      CHECK(held(unit.outputs[0]) == unit.positions * unit.mh);
    }
    if (unit.kind == KernelKind::VectorVector) {
      CHECK(unit.channels % unit.pe == 0);
      CHECK(held(unit.inputs[0]) == unit.positions * unit.channels * unit.taps);
    }
    if (unit.kind == KernelKind::Window) {
      CHECK(held(unit.outputs[0]) == unit.positions * unit.taps * unit.channels);
      CHECK(unit.inputs[0].widthBits == unit.simd * unit.inputBits);
      CHECK(unit.taps * unit.simd % unit.pe == 0);
    }
  }
}

std::vector<std::string> namesOf(llvm::ArrayRef<Kernel> units) {
  std::vector<std::string> out;
  for (const Kernel &unit : units)
    out.push_back(unit.name);
  return out;
}
using Names = std::vector<std::string>;

/// A model of one layer that reads levels from lo to hi.
ir::Model layerOf(ir::Op op, ir::Shape input, int64_t lo = 0, int64_t hi = 15) {
  test::Builder builder(std::move(input));
  const ir::StreamId out = builder.add(std::move(op), {builder.input()});
  ir::Model model = test::typedIntegers(builder.finish(out), lo, hi);
  model.layers[0].name = "layer";
  return model;
}

} // namespace

TEST_CASE("every choice for the layers of random networks has units whose words hold the elements",
          "[finn]") {
  test::Random random(31);
  int choices = 0;
  std::set<std::string> kinds;
  for (int network = 0; network < 40; ++network) {
    const ir::Model model = test::randomIntegerNetwork(random);
    for (const ir::Layer &layer : model.layers) {
      INFO("network " << network << ", layer " << layer.name);
      kinds.insert(ir::kindName(layer.op));
      const auto all = implementations(model, layer, Style::Finn, IoMode::Stream);
      REQUIRE_FALSE(all.empty());
      for (const Implementation &implementation : all) {
        INFO(toString(implementation));
        checkUnits(model, layer, lowered(model, layer, implementation));
        ++choices;
      }
    }
  }
  CHECK(choices > 1000);
  for (const char *kind : {"Conv", "Dense", "Threshold", "MaxPool", "SumPool", "GlobalSumPool", "Concat",
                           "Add", "Sub", "Mul", "Upsample", "Affine", "Reshape"})
    CHECK(kinds.count(kind) == 1);
}

TEST_CASE(
    "a dense layer takes every PE and SIMD up to its matrix; what does not divide is filled and dropped",
    "[finn]") {
  test::Random random(32);
  const ir::Model model = layerOf(test::integerDense(random, 6, 10), {10});
  for (int64_t pe = 1; pe <= 6; ++pe)
    for (int64_t simd = 1; simd <= 10; ++simd) {
      INFO("PE " << pe << " SIMD " << simd);
      const auto units = lowered(model, model.layers[0], folded(pe, simd));
      checkUnits(model, model.layers[0], units);
      Names names = {"layer"};
      if (10 % simd)
        names.insert(names.begin(), "layer_fill");
      if (6 % pe)
        names.push_back("layer_drop");
      CHECK(namesOf(units) == names);
      const Kernel &matrix = units[10 % simd ? 1 : 0];
      CHECK(matrix.kind == KernelKind::MatrixVector);
      CHECK(matrix.mh == roundUp(int64_t{6}, pe));
      CHECK(matrix.mw == roundUp(int64_t{10}, simd));
      CHECK(matrix.weights == matrix.mh * matrix.mw);
    }
  CHECK(refusal(model, folded(7, 1)) ==
        "node 'layer' (Dense): error: PE 7, SIMD 1 are more than its 6 x 10 weights");
  CHECK(refusal(model, folded(1, 11)) ==
        "node 'layer' (Dense): error: PE 1, SIMD 11 are more than its 6 x 10 weights");
}

TEST_CASE("a convolution folds its channels, filled where they do not divide, and whole pixels of its window",
          "[finn]") {
  test::Random random(33);
  ir::Conv conv = test::integerConv(random, {7, 6, 4}, 5, false);
  conv.window = {};
  conv.window.kernel[0] = conv.window.kernel[1] = 3;
  for (int axis : {0, 1})
    conv.window.padBegin[axis] = conv.window.padEnd[axis] = 1;
  conv.weights = test::randomIntegers(random, 5, 9, 4, -3, 3);
  const ir::Model model = layerOf(conv, {7, 6, 4});
  const auto names = [&](int64_t pe, int64_t simd) {
    const auto units = lowered(model, model.layers[0], folded(pe, simd));
    checkUnits(model, model.layers[0], units);
    return namesOf(units);
  };
  CHECK(names(5, 4) == Names{"layer_pad", "layer_window", "layer"});
  CHECK(names(5, 2) == Names{"layer_pad", "layer_window", "layer"});
  CHECK(names(2, 4) == Names{"layer_pad", "layer_window", "layer", "layer_drop"});
  CHECK(names(5, 12) == Names{"layer_pad", "layer_window", "layer"});
  CHECK(names(5, 36) == Names{"layer_pad", "layer_window", "layer"});
  for (int64_t pe : {1, 3, 4, 5})
    for (int64_t simd : {1, 2, 3, 4, 12, 36})
      checkUnits(model, model.layers[0], lowered(model, model.layers[0], folded(pe, simd)));
  // Nor does it divide 36, nor is it at most 4.
  for (int64_t simd : {5, 8, 10, 16, 24, 37})
    CHECK(refusal(model, folded(5, simd))
              .find("node 'layer' (Conv): error: PE 5, SIMD " + std::to_string(simd) +
                    " do not fold its 5 x (9 x 4) weights") == 0);
  CHECK(refusal(model, folded(6, 4)).find("PE 6, SIMD 4 do not fold its 5 x (9 x 4) weights") !=
        std::string::npos);
}

TEST_CASE("three channels by two: a fourth is filled in before the window", "[finn]") {
  test::Random random(34);
  ir::Conv conv;
  conv.window.kernel[0] = 2, conv.window.kernel[1] = 1;
  conv.weights = test::randomIntegers(random, 2, 2, 3, -3, 3);
  const ir::Model model = layerOf(conv, {4, 5, 3});
  // Whole pixels: 3 channels and 2 taps do not fold by 5, or by 4.
  CHECK(refusal(model, folded(1, 5)).find("do not fold") != std::string::npos);
  CHECK(refusal(model, folded(1, 4)).find("do not fold") != std::string::npos);
  const auto units = lowered(model, model.layers[0], folded(2, 3));
  CHECK(namesOf(units) == Names{"layer_window", "layer"});
  CHECK(units[1].mw == 6);
  CHECK(units[0].inputs[0].widthBits == 3 * 4);
}

TEST_CASE("a window gives as many taps at a time as its matrix takes whole pixels", "[finn]") {
  test::Random random(37);
  ir::Conv conv;
  conv.window.kernel[0] = 3, conv.window.kernel[1] = 2;
  conv.weights = test::randomIntegers(random, 5, 6, 4, -3, 3);
  const ir::Model model = layerOf(conv, {7, 6, 4});
  // SIMD; elements that come and that leave, in an image of 42 pixels with 25 windows of 24 elements.
  struct Case {
    int64_t simd, taken, given;
  };
  for (const Case &of : {Case{2, 2, 2}, {4, 4, 4}, {8, 4, 8}, {12, 4, 12}, {24, 4, 24}, {6, 2, 2}}) {
    INFO("SIMD " << of.simd);
    const auto units = lowered(model, model.layers[0], folded(5, of.simd));
    checkUnits(model, model.layers[0], units);
    REQUIRE(namesOf(units) == Names{"layer_window", "layer"});
    checkPort(units[0].inputs[0], of.taken, 4, 42 * 4);
    checkPort(units[0].outputs[0], of.given, 4, 25 * 24);
    checkPort(units[1].inputs[0], of.simd, 4, 25 * 24);
  }
}

TEST_CASE(
    "a planner is offered parts of a pixel, whole ones, all that divides the window, and channels filled up",
    "[finn]") {
  test::Random random(38);
  const auto simdsOf = [](const ir::Model &model) {
    std::set<int64_t> out;
    for (const Implementation &one : implementations(model, model.layers[0], Style::Finn, IoMode::Stream))
      out.insert(one.folding.simd);
    return out;
  };
  ir::Conv conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 7;
  conv.weights = test::randomIntegers(random, 8, 49, 3, -100, 100);
  // 3 x 49; and 2, for which a fourth channel is filled in.
  CHECK(simdsOf(layerOf(conv, {9, 9, 3}, 0, 255)) == std::set<int64_t>{1, 2, 3, 7, 21, 49, 147});
  conv.window.kernel[0] = conv.window.kernel[1] = 3;
  conv.groups = 4;
  conv.weights = test::randomIntegers(random, 4, 9, 1, -3, 3);
  CHECK(simdsOf(layerOf(conv, {9, 9, 4})) == std::set<int64_t>{1, 3, 9});
}

TEST_CASE("weights that lie in the unit may be wider than a word of a stream, each PE's may not", "[finn]") {
  test::Random random(39);
  ir::Conv conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 7;
  conv.weights = test::randomIntegers(random, 64, 49, 3, -128, 127);
  const ir::Model model = layerOf(conv, {9, 9, 3}, 0, 255);
  const auto all = implementations(model, model.layers[0], Style::Finn, IoMode::Stream);
  REQUIRE_FALSE(all.empty());
  std::set<int64_t> degrees;
  for (const Implementation &one : all) {
    const Folding &folding = one.folding;
    degrees.insert(folding.pe * folding.simd);
    CHECK((folding.memMode == MemMode::Embedded || folding.pe * folding.simd * 8 <= 8191));
    for (const Kernel &unit : lowered(model, model.layers[0], one))
      CHECK(lawBreaches(unit).empty());
  }
  for (int64_t pe = 1; pe <= 64; pe *= 2)
    for (int64_t simd : {1, 3, 21, 147})
      CHECK(degrees.count(pe * simd) == 1);
  CHECK(*degrees.begin() == 1);
  CHECK(*degrees.rbegin() == 64 * 147);
}

TEST_CASE("a depthwise convolution folds its channels, and its taps", "[finn]") {
  test::Random random(35);
  ir::Conv conv = test::integerConv(random, {5, 5, 6}, 6, true, 6);
  conv.window = {};
  conv.window.kernel[0] = 3, conv.window.kernel[1] = 2;
  conv.weights = test::randomIntegers(random, 6, 6, 1, -3, 3);
  const ir::Model model = layerOf(conv, {5, 5, 6});
  for (int64_t pe = 1; pe <= 6; ++pe) {
    INFO("PE " << pe);
    const auto units = lowered(model, model.layers[0], folded(pe, 1));
    checkUnits(model, model.layers[0], units);
    const auto names = namesOf(units);
    CHECK((names.front() == "layer_fill") == (6 % pe != 0));
    CHECK((names.back() == "layer_drop") == (6 % pe != 0));
    for (int64_t simd : {2, 3, 6}) {
      const auto folds = lowered(model, model.layers[0], folded(pe, simd));
      checkUnits(model, model.layers[0], folds);
      CHECK(namesOf(folds) == names);
      const size_t vectors = folds.size() - (6 % pe ? 2 : 1);
      checkPort(folds[vectors].inputs[0], pe * simd, 4, 12 * roundUp(int64_t{6}, pe) * 6);
      checkPort(folds[vectors - 1].inputs[0], pe, 4, 25 * roundUp(int64_t{6}, pe));
    }
  }
  CHECK(refusal(model, folded(2, 4)) ==
        "node 'layer' (Conv): error: PE 2, SIMD 4 do not fold its 6 channels of "
        "6 taps; PE up to 6, and SIMD 1, 2, 3, 6, do");
  CHECK(refusal(model, folded(7, 1)).find("PE 7, SIMD 1 do not fold its 6 channels") != std::string::npos);
}

TEST_CASE("layers without a matrix want a PE that divides, and say which do", "[finn]") {
  test::Random random(36);
  const ir::Model model = layerOf(test::randomThresholds(random, 6, 3, 0), {6});
  CHECK(refusal(model, folded(4)) ==
        "node 'layer' (Threshold): error: PE 4 does not divide 6; 1, 2, 3, 6 do");
  ir::Pool pool;
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  CHECK(refusal(layerOf(pool, {4, 4, 3}), folded(2)).find("PE 2 does not divide 3; 1, 3 do") !=
        std::string::npos);
  pool.window.padBegin[0] = 1;
  CHECK(
      refusal(layerOf(pool, {4, 4, 3}, -4, 3), folded(1)).find("a maximum of signed numbers over padding") !=
      std::string::npos);
  CHECK_FALSE(lowered(layerOf(pool, {4, 4, 3}), layerOf(pool, {4, 4, 3}).layers[0], folded(1)).empty());
}

TEST_CASE("a model of reals is refused by its first layer, with what takes it", "[finn]") {
  test::Builder builder({4});
  const ir::StreamId out = builder.add(ir::Activation{}, {builder.input()});
  ir::Model model = test::typed(builder.finish(out));
  model.layers[0].name = "layer";
  const std::string told = refusal(model, folded(1));
  CHECK(told.find("node 'layer' (Relu): error: ") == 0);
  CHECK(told.find("computes with whole numbers only") != std::string::npos);
  CHECK(told.find("the hls4ml style takes it") != std::string::npos);
}

TEST_CASE("a matrix of ones and minus ones is stored in bits, and one with zeros is not", "[finn]") {
  ir::Dense dense;
  dense.weights = ir::Weights::fromIntegers({1, -1, -1, 1, 1, 1}, 2, 1, 3);
  const ir::Model bits = layerOf(dense, {3});
  CHECK(storesBits(bits.layers[0]));
  CHECK(lowered(bits, bits.layers[0], folded(1, 1))[0].weightBits == 1);
  dense.weights = ir::Weights::fromIntegers({1, -1, 0, 1, 1, 1}, 2, 1, 3);
  const ir::Model more = layerOf(dense, {3});
  CHECK_FALSE(storesBits(more.layers[0]));
  CHECK(lowered(more, more.layers[0], folded(1, 1))[0].weightBits == 2);
  // Groups are blocks of one matrix with zeros between them, but for depthwise ones.
  ir::Conv conv;
  conv.groups = 2;
  conv.weights = ir::Weights::fromIntegers({1, -1, -1, 1}, 2, 1, 2);
  CHECK_FALSE(storesBits(layerOf(conv, {2, 2, 4}).layers[0]));
  conv.groups = 4;
  conv.weights = ir::Weights::fromIntegers({1, -1, -1, 1}, 4, 1, 1);
  CHECK(storesBits(layerOf(conv, {2, 2, 4}).layers[0]));
  // Two outputs of each of two channels.
  conv.groups = 2;
  CHECK_FALSE(storesBits(layerOf(conv, {2, 2, 2}).layers[0]));
}
