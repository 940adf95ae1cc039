// Where layers that follow each other are cut by rows: halos move one way.
#include "row_cuts.h"

#include "support/networks.h"
#include "support/sliced.h"

#include "braid/plan/split.h"

#include <catch2/catch.hpp>

using namespace braid;

namespace {

ir::StreamId conv(test::Builder &b, test::Random &random, ir::StreamId at, int64_t pad, int64_t stride) {
  ir::Conv op;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = 3;
    op.window.stride[axis] = stride;
    op.window.padBegin[axis] = op.window.padEnd[axis] = pad;
  }
  op.weights = test::randomWeights(random, 4, 9, b.shapeOf(at)[2], 0.3);
  return b.add(std::move(op), {at});
}

ir::StreamId maxPool(test::Builder &b, ir::StreamId at) {
  ir::Pool op;
  op.kind = ir::PoolKind::Max;
  op.window.kernel[0] = op.window.kernel[1] = op.window.stride[0] = op.window.stride[1] = 2;
  return b.add(op, {at});
}

/// 28 rows -> 26 -> 13 -> 11 -> 5: the shape of a small MNIST network.
ir::Model twoConvolutions(test::Random &random) {
  test::Builder b({28, 28, 1});
  const ir::StreamId first = maxPool(b, conv(b, random, b.input(), 0, 1));
  return test::typed(b.finish(maxPool(b, conv(b, random, first, 0, 1))));
}

std::vector<ir::LayerId> layersOf(const ir::Model &model) {
  std::vector<ir::LayerId> out;
  for (const ir::Layer &layer : model.layers)
    out.push_back(layer.id);
  return out;
}

/// The rows in which each part of a layer but the first begins.
std::vector<int64_t> beginsOf(const std::vector<kernel::Slice> &slices) {
  std::vector<int64_t> out;
  for (size_t i = 1; i < slices.size(); ++i)
    out.push_back(slices[i].posBegin);
  return out;
}

using Begins = std::vector<int64_t>;

} // namespace

TEST_CASE("cuts by rows follow the layer that is cut first") {
  test::Random random(1);
  const ir::Model model = twoConvolutions(random);
  const std::vector<ir::LayerId> layers = layersOf(model);
  REQUIRE(layers.size() == 4);
  // By hand: of 26 rows [0, 13) and the rest; the pool's window 7 is the first to begin after row 12.
  auto cuts = plan::rowCuts(model, layers, layers[0], {1, 1});
  CHECK(beginsOf(cuts.at(layers[0])) == Begins{13});
  CHECK(beginsOf(cuts.at(layers[2])) == Begins{7});
  // From the end: pool rows [0, 3) of 5 are the convolution's [0, 6), which begin in pool rows [0, 6), which
  // are the first convolution's [0, 12).
  cuts = plan::rowCuts(model, layers, layers[3], {1, 1});
  CHECK(beginsOf(cuts.at(layers[2])) == Begins{6});
  CHECK(beginsOf(cuts.at(layers[0])) == Begins{12});
  // Three parts of unequal shares of 26 rows.
  cuts = plan::rowCuts(model, layers, layers[0], {2, 1, 1});
  CHECK(beginsOf(cuts.at(layers[0])) == Begins{13, 20});
  CHECK(beginsOf(cuts.at(layers[2])) == Begins{7, 10});
}

TEST_CASE("a layer of which a part would have no rows is left out") {
  test::Random random(2);
  test::Builder b({12, 12, 1});
  ir::StreamId at = b.input();
  for (int i = 0; i < 2; ++i)
    at = conv(b, random, at, 1, 4); // 12 rows -> 3 -> 1
  const ir::Model model = test::typed(b.finish(at));
  const auto cuts = plan::rowCuts(model, layersOf(model), model.layers[0].id, {1, 1});
  CHECK(cuts.count(model.layers[0].id) == 1);
  CHECK(cuts.count(model.layers[1].id) == 0);
}

TEST_CASE("parts that are cut so send rows one way and compute the bits of the whole") {
  test::Random random(3);
  int checked = 0;
  for (int i = 0; i < 60; ++i) {
    test::Builder b({test::draw(random, 20, 30), 20, 1});
    ir::StreamId at = b.input();
    for (int64_t n = test::draw(random, 2, 3); n > 0; --n) {
      at = conv(b, random, at, test::draw(random, 0, 1), 1);
      if (random() % 2)
        at = b.add(ir::Activation{}, {at});
      if (n > 1 && random() % 2)
        at = maxPool(b, at);
    }
    const ir::Model model = test::typed(b.finish(at));
    const std::vector<ir::LayerId> layers = layersOf(model);
    const ir::LayerId anchor = random() % 2 ? layers.front() : layers.back();
    const int parts = static_cast<int>(test::draw(random, 2, 3));
    const auto cuts =
        plan::rowCuts(model, layers, anchor, std::vector<int64_t>(static_cast<size_t>(parts), 1));
    plan::Plan plan;
    plan.io = kernel::IoMode::Stream;
    bool all = true;
    for (const ir::Layer &layer : model.layers)
      if (ir::isLinear(layer.op)) {
        all = all && cuts.count(layer.id);
        if (!all)
          break;
        for (size_t k = 0; k < cuts.at(layer.id).size(); ++k) {
          plan::Placement p;
          p.layer = layer.id, p.slice = cuts.at(layer.id)[k], p.fpga = static_cast<int>(k);
          p.implementation.io = plan.io;
          plan.placements.push_back(p);
        }
      }
    if (!all)
      continue;
    INFO("network " << i << "\n" << ir::print(model));
    const auto split = llvm::cantFail(plan::splitLayers(model, llvm::cantFail(plan::complete(model, plan))));
    for (const plan::Crossing &crossing : split.plan.crossings)
      // Towards where the output is put together, or to the part before.
      CHECK((crossing.from > crossing.to ||
             split.streams[index(crossing.stream)].stream == model.outputs[0].stream));
    const std::vector<exec::Batch> inputs = test::randomInputs(model, random, 2);
    const std::vector<exec::Batch> whole = test::runWhole(model, inputs),
                                   found = test::runParts(split, test::cutInputs(split, model, inputs));
    REQUIRE(whole[0].mantissas() == found[0].mantissas());
    ++checked;
  }
  CHECK(checked >= 40);
}
