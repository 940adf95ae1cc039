// The model that plans are made for has the layers that are built of a plan of whole layers: nothing that no
// one reads is counted, so that no plan beats what is proven of all.
#include "trim.h"

#include "support/networks.h"
#include "support/whole_numbers.h"

#include "braid/plan/split.h"

#include <catch2/catch.hpp>

using namespace braid;

namespace {

/// All layers whole on one FPGA.
plan::SplitModel built(const ir::Model &model) {
  plan::Plan plan;
  plan.io = kernel::IoMode::Stream;
  for (const ir::Layer &layer : model.layers) {
    plan::Placement p;
    p.layer = layer.id;
    p.slice = kernel::wholeSlice(model, layer);
    p.implementation.reuse = 1;
    plan.placements.push_back(p);
  }
  auto whole = plan::complete(model, std::move(plan));
  if (!whole)
    FAIL(llvm::toString(whole.takeError()));
  auto split = plan::splitLayers(model, *whole);
  if (!split)
    FAIL(llvm::toString(split.takeError()));
  return std::move(*split);
}

/// Whether two layers take as long and read as much: all sizes of their kernels.
void compare(const ir::Model &a, const ir::Layer &one, const ir::Model &b, const ir::Layer &other,
             kernel::Style style) {
  kernel::Implementation made{.style = style, .io = kernel::IoMode::Stream, .folding = {}};
  auto own = kernel::lowerLayer(a, one, kernel::wholeSlice(a, one), made),
       theirs = kernel::lowerLayer(b, other, kernel::wholeSlice(b, other), made);
  if (!own || !theirs) {
    REQUIRE(static_cast<bool>(own) == static_cast<bool>(theirs));
    llvm::consumeError(own.takeError());
    llvm::consumeError(theirs.takeError());
    return;
  }
  REQUIRE(own->size() == theirs->size());
  for (size_t k = 0; k < own->size(); ++k) {
    const kernel::Kernel &x = (*own)[k], &y = (*theirs)[k];
    REQUIRE(x.positions == y.positions);
    REQUIRE(x.inputPositions == y.inputPositions);
    REQUIRE(x.elements == y.elements);
    for (int d : {0, 1}) {
      REQUIRE(x.inputSize[d] == y.inputSize[d]);
      REQUIRE(x.outputSize[d] == y.outputSize[d]);
      REQUIRE(x.slide.padEnd[d] == y.slide.padEnd[d]);
    }
  }
}

} // namespace

TEST_CASE("plans are made for the layers that are built") {
  int layers = 0, narrower = 0, cut = 0, left = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    const bool isInteger = seed % 2;
    const ir::Model model =
        isInteger ? test::randomIntegerNetwork(random) : test::typed(test::randomNetwork(random));
    auto trimmed = plan::trimmed(model);
    if (!trimmed)
      FAIL(llvm::toString(trimmed.takeError()));
    REQUIRE(trimmed->layers.size() == model.layers.size());
    const plan::SplitModel split = built(model);
    for (const ir::Port &port : model.inputs)
      cut += trimmed->stream(port.stream).shape != model.stream(port.stream).shape;
    for (size_t l = 0; l < split.layers.size(); ++l) {
      if (split.layers[l].role != plan::LayerOrigin::Role::Slice)
        continue;
      const ir::Layer &real = split.model.layers[l], &own = trimmed->layer(split.layers[l].layer),
                      &whole = model.layer(own.id);
      // Behind a stream that another layer cuts it stays as it is.
      bool isLeft = false;
      for (size_t i = 0; i < own.inputs.size(); ++i)
        isLeft = isLeft || split.model.stream(real.inputs[i]).shape != trimmed->stream(own.inputs[i]).shape;
      left += isLeft;
      if (isLeft)
        continue;
      ++layers;
      narrower += own.op.index() == whole.op.index() && [&] {
        const auto *conv = std::get_if<ir::Conv>(&own.op), *before = std::get_if<ir::Conv>(&whole.op);
        return conv && before &&
               std::vector(std::begin(conv->window.padEnd), std::end(conv->window.padEnd)) !=
                   std::vector(std::begin(before->window.padEnd), std::end(before->window.padEnd));
      }();
      compare(*trimmed, own, split.model, real, isInteger ? kernel::Style::Finn : kernel::Style::Hls4ml);
    }
  }
  INFO(layers << " layers, " << narrower << " convolutions with less padding, " << cut << " inputs cut, "
              << left << " layers behind a cut stream");
  CHECK(layers > 1000);
  CHECK(narrower > 3);
  CHECK(cut > 5);
}
