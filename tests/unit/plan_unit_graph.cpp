// Units of the FINN style joined: every stream is written and read once, widths agree or are converted,
// thresholds are computed behind the sums they follow, copies are made where several read.
#include "support/whole_numbers.h"

#include "braid/plan/kernel_graph.h"
#include "braid/plan/settle.h"
#include "braid/plan/unit_graph.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::plan;
using kernel::Kernel;
using kernel::KernelKind;
using test::folded;

namespace {

using Choices = std::vector<kernel::Implementation>;

UnitGraph graphOf(const ir::Model &model, const Choices &choices) {
  llvm::SmallVector<ir::StreamId, 2> inputs, outputs;
  for (const ir::Port &port : model.inputs)
    inputs.push_back(port.stream);
  for (const ir::Port &port : model.outputs)
    outputs.push_back(port.stream);
  auto graph =
      unitGraph(model, inputs, outputs, [&](const ir::Layer &layer) -> const kernel::Implementation & {
        return choices.at(ir::index(layer.id));
      });
  if (!graph)
    FAIL(llvm::toString(graph.takeError()));
  return *graph;
}

/// One of its legal foldings for every layer; PE and SIMD that do not divide too, where there is a matrix.
Choices drawn(const ir::Model &model, test::Random &random) {
  Choices out;
  for (const ir::Layer &layer : model.layers) {
    const auto all = kernel::implementations(model, layer, kernel::Style::Finn, kernel::IoMode::Stream);
    kernel::Implementation one = all[random() % all.size()];
    if (std::holds_alternative<ir::Dense>(layer.op)) {
      const kernel::Foldable most = kernel::foldable(model, layer);
      one.folding.pe = test::draw(random, 1, most.pe), one.folding.simd = test::draw(random, 1, most.simd);
    }
    out.push_back(one);
  }
  return out;
}

int64_t held(const kernel::KernelPort &port) {
  return port.widthBits / port.elementBits * port.beatsPerFrame;
}

void checkSame(const kernel::KernelPort &a, const kernel::KernelPort &b) {
  CHECK(a.widthBits == b.widthBits);
  CHECK(a.beatsPerFrame == b.beatsPerFrame);
  CHECK(a.elementBits == b.elementBits);
}

/// Each channel has one unit, or an end of the project, at either side, and the words of both.
void checkChannels(const UnitGraph &graph) {
  std::vector<int> written(graph.channels.size(), 0), read(graph.channels.size(), 0);
  for (int input : graph.inputs)
    ++written[static_cast<size_t>(input)];
  for (int output : graph.outputs)
    ++read[static_cast<size_t>(output)];
  for (size_t u = 0; u < graph.units.size(); ++u) {
    const Unit &unit = graph.units[u];
    REQUIRE(unit.inputs.size() == unit.kernel.inputs.size());
    REQUIRE(unit.outputs.size() == unit.kernel.outputs.size());
    for (size_t i = 0; i < unit.inputs.size(); ++i) {
      const Channel &channel = graph.channels.at(static_cast<size_t>(unit.inputs[i]));
      ++read[static_cast<size_t>(unit.inputs[i])];
      CHECK(channel.to == static_cast<int>(u));
      CHECK(channel.from < static_cast<int>(u)); // dataflow order
      checkSame(channel.port, unit.kernel.inputs[i]);
    }
    for (size_t i = 0; i < unit.outputs.size(); ++i) {
      const Channel &channel = graph.channels.at(static_cast<size_t>(unit.outputs[i]));
      ++written[static_cast<size_t>(unit.outputs[i])];
      CHECK(channel.from == static_cast<int>(u));
      checkSame(channel.port, unit.kernel.outputs[i]);
    }
  }
  for (size_t c = 0; c < graph.channels.size(); ++c) {
    INFO("channel " << c);
    CHECK(written[c] == 1);
    CHECK(read[c] == 1);
    CHECK(graph.channels[c].depth >= 2);
    CHECK(!(graph.channels[c].hasFifo() && graph.channels[c].to < 0)); // those stand outside
  }
}

/// Converters only where widths differ, and of the same elements but where a layer asks for more or fewer.
void checkConverters(const UnitGraph &graph) {
  for (const Unit &unit : graph.units) {
    if (unit.kernel.kind != KernelKind::Convert)
      continue;
    const kernel::KernelPort &in = unit.kernel.inputs[0], &out = unit.kernel.outputs[0];
    CHECK(in.elementBits == out.elementBits);
    if (unit.layer == ir::LayerId::None) {
      CHECK(in.widthBits != out.widthBits);
      CHECK(held(in) == held(out));
    } else {
      CHECK(held(in) != held(out));
    }
  }
}

int count(const UnitGraph &graph, KernelKind kind) {
  return static_cast<int>(std::count_if(graph.units.begin(), graph.units.end(),
                                        [&](const Unit &unit) { return unit.kernel.kind == kind; }));
}

std::vector<KernelKind> kinds(const UnitGraph &graph) {
  std::vector<KernelKind> out;
  for (const Unit &unit : graph.units)
    out.push_back(unit.kernel.kind);
  return out;
}
using Kinds = std::vector<KernelKind>;

/// dense(8 x 12), thresholds, dense(4 x 8).
ir::Model twoLayers() {
  test::Random random(41);
  test::Builder b({12});
  const ir::StreamId sums = b.add(test::integerDense(random, 8, 12), {b.input()});
  const ir::StreamId levels = b.add(test::randomThresholds(random, 8, 15, 0), {sums});
  return test::typedIntegers(b.finish(b.add(test::integerDense(random, 4, 8), {levels})), 0, 15);
}

} // namespace

TEST_CASE("units of random networks and foldings: streams have one writer and one reader", "[finn]") {
  test::Random random(40);
  int converters = 0, clones = 0, fused = 0;
  for (int network = 0; network < 60; ++network) {
    INFO("network " << network);
    const ir::Model model = test::randomIntegerNetwork(random);
    const UnitGraph graph = graphOf(model, drawn(model, random));
    checkChannels(graph);
    checkConverters(graph);
    REQUIRE(graph.inputs.size() == 1);
    REQUIRE(graph.outputs.size() == 1);
    const ir::Stream &out = model.stream(model.outputs[0].stream);
    CHECK(held(graph.channels[static_cast<size_t>(graph.outputs[0])].port) == ir::elements(out.shape));
    // Every layer but a reshape is the work of one unit or more, or is computed by the unit before it.
    for (const ir::Layer &layer : model.layers) {
      int own = 0, joined = 0;
      for (const Unit &unit : graph.units)
        own += unit.layer == layer.id, joined += unit.activation == layer.id;
      INFO("layer " << layer.name);
      if (std::holds_alternative<ir::Reshape>(layer.op))
        CHECK(own + joined == 0);
      else
        CHECK((own > 0) != (joined == 1));
      fused += joined;
    }
    converters += count(graph, KernelKind::Convert), clones += count(graph, KernelKind::Clone);
  }
  CHECK(converters > 50);
  CHECK(clones > 20);
  CHECK(fused > 10);
}

TEST_CASE("thresholds behind sums are computed by their unit where as many are compared as are made",
          "[finn]") {
  const ir::Model model = twoLayers();
  const UnitGraph joined = graphOf(model, {folded(4, 6), folded(4), folded(2, 4)});
  CHECK(kinds(joined) ==
        Kinds{KernelKind::Convert, KernelKind::MatrixVector, KernelKind::MatrixVector, KernelKind::Convert});
  const Unit &sums = joined.units[1];
  CHECK(sums.activation == model.layers[1].id);
  CHECK(sums.kernel.steps == 15);
  CHECK(sums.kernel.outputBits == 4);
  CHECK(joined.channels[static_cast<size_t>(sums.outputs[0])].port.widthBits == 16);
  // Another PE: a unit of their own, with words made fit before it.
  const UnitGraph apart = graphOf(model, {folded(4, 6), folded(2), folded(2, 2)});
  CHECK(count(apart, KernelKind::Threshold) == 1);
  CHECK(apart.units[1].activation == ir::LayerId::None);
  CHECK(apart.units[1].kernel.steps == 0);
  CHECK(kinds(apart) == Kinds{KernelKind::Convert, KernelKind::MatrixVector, KernelKind::Convert,
                              KernelKind::Threshold, KernelKind::MatrixVector, KernelKind::Convert});
  // Rows that PE adds are dropped first.
  const UnitGraph padded = graphOf(model, {folded(3, 6), folded(1), folded(4, 8)});
  CHECK(padded.units[2].kernel.kind == KernelKind::Convert);
  CHECK(padded.units[2].layer == model.layers[0].id);
  CHECK(count(padded, KernelKind::Threshold) == 1);
}

TEST_CASE("sums that someone else reads too keep their thresholds in a unit of their own", "[finn]") {
  test::Random random(42);
  test::Builder b({12});
  const ir::StreamId sums = b.add(test::integerDense(random, 8, 12), {b.input()});
  const ir::StreamId levels = b.add(test::randomThresholds(random, 8, 15, 0), {sums});
  const ir::Model model =
      test::typedIntegers(b.finish(b.add(ir::Binary{ir::BinaryKind::Add}, {levels, sums})), 0, 15);
  const UnitGraph graph = graphOf(model, {folded(4, 12), folded(4), folded(4)});
  CHECK(count(graph, KernelKind::Threshold) == 1);
  REQUIRE(count(graph, KernelKind::Clone) == 1);
  const auto clone = std::find_if(graph.units.begin(), graph.units.end(),
                                  [](const Unit &unit) { return unit.kernel.kind == KernelKind::Clone; });
  CHECK(clone->kernel.copies == 2);
  CHECK(clone->stream == model.layers[0].output);
  checkChannels(graph);
}

TEST_CASE("neighbours of equal words have no converter between them", "[finn]") {
  const ir::Model model = twoLayers();
  const UnitGraph graph = graphOf(model, {folded(8, 12), folded(8), folded(4, 8)});
  CHECK(kinds(graph) == Kinds{KernelKind::MatrixVector, KernelKind::MatrixVector});
}

TEST_CASE("a converter is asked for by words that differ", "[finn]") {
  const Kernel three = converter({12, 10, 4}, {20, 6, 4});
  CHECK(three.kind == KernelKind::Convert);
  CHECK(three.simd == 3);
  CHECK(three.pe == 5);
  CHECK(three.elements == 30);
  CHECK(three.inputBits == 4);
}

TEST_CASE("thresholds take the PE of the unit before them where it divides their channels", "[finn]") {
  const ir::Model model = twoLayers();
  const auto fusedPe = [&](int64_t made, int fpga, int64_t asked) {
    Plan plan;
    plan.style = kernel::Style::Finn;
    const Choices choices = {folded(made, 6), folded(asked), folded(2, 2)};
    for (const ir::Layer &layer : model.layers) {
      Placement p;
      p.layer = layer.id;
      p.slice = kernel::wholeSlice(model, layer);
      p.implementation = choices[ir::index(layer.id)];
      p.fpga = layer.id == model.layers[1].id ? fpga : 0;
      plan.placements.push_back(p);
    }
    fuseThresholds(model, plan);
    return plan.placements[1].implementation.folding.pe;
  };
  CHECK(fusedPe(4, 0, 1) == 4);
  CHECK(fusedPe(3, 0, 1) == 1); // 3 does not divide 8
  CHECK(fusedPe(4, 1, 1) == 1); // on another FPGA
}

TEST_CASE("units of one layer alone have converters between them", "[finn]") {
  test::Random random(43);
  test::Builder b({4, 4, 3});
  ir::Conv conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 2;
  conv.weights = test::randomIntegers(random, 4, 4, 3, -3, 3);
  const ir::Model model = test::typedIntegers(b.finish(b.add(conv, {b.input()})), 0, 15);
  const auto kindsOf = [&](int64_t pe, int64_t simd) {
    Kinds out;
    for (const Kernel &k : llvm::cantFail(unitsAlone(model, model.layers[0], folded(pe, simd))))
      out.push_back(k.kind);
    return out;
  };
  CHECK(kindsOf(4, 3) == Kinds{KernelKind::Window, KernelKind::MatrixVector});
  CHECK(kindsOf(4, 6) == Kinds{KernelKind::Window, KernelKind::MatrixVector}); // two taps at a time
  // SIMD 4 takes parts of two pixels: they leave the window one by one.
  CHECK(kindsOf(4, 4) == Kinds{KernelKind::Window, KernelKind::Convert, KernelKind::MatrixVector});
}
