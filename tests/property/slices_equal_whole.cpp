// Random networks, cut at random inside their layers: the parts together compute the bits of the whole.
#include "support/sliced.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>

using namespace braid;

namespace {

pass::Precision randomPrecision(test::Random &random) {
  pass::Precision precision;
  const int width = static_cast<int>(test::draw(random, 6, 18));
  precision.base = num::signedFixed(width, static_cast<int>(test::draw(random, 2, std::min(width, 8))));
  precision.base.rounding = static_cast<num::Rounding>(test::draw(random, 0, 6));
  precision.base.overflow = static_cast<num::Overflow>(test::draw(random, 0, 3));
  precision.tableSize = 64;
  return precision;
}

} // namespace

TEST_CASE("layers cut over FPGAs compute the bits of the whole") {
  test::Random random(31);
  test::Features features;
  int refused = 0, run = 0, stages = 0;
  for (int i = 0; i < 2200; ++i) {
    const ir::Model source = test::randomNetwork(random);
    ir::Model model = test::typed(source, randomPrecision(random));
    test::wrapSomeAccumulators(model, random, features);
    const plan::Plan plan = test::randomSlices(model, random, static_cast<int>(test::draw(random, 2, 5)), features);
    auto split = plan::splitLayers(model, plan);
    if (!split) {
      INFO(ir::print(model));
      const std::string why = llvm::toString(split.takeError());
      INFO(why);
      // The one kind of tiling that sums and concats cannot follow.
      REQUIRE(why.find("the other way round") != std::string::npos);
      ++refused;
      continue;
    }
    INFO(i << "\n" << ir::print(model) << ir::print(split->model));
    REQUIRE(split->streams.size() == split->model.streams.size());
    REQUIRE(split->layers.size() == split->model.layers.size());
    if (llvm::Error error = ir::verify(split->model))
      FAIL(llvm::toString(std::move(error)));
    const std::vector<exec::Batch> inputs = test::randomInputs(model, random, 2);
    const std::vector<exec::Batch> parts = test::cutInputs(*split, model, inputs);
    const std::vector<exec::Batch> whole = test::runWhole(model, inputs);
    for (const auto &found : {test::runWhole(split->model, parts), test::runParts(*split, parts)})
      for (size_t o = 0; o < whole.size(); ++o)
        REQUIRE(whole[o].mantissas() == found[o].mantissas());
    for (const plan::Part &part : split->plan.parts())
      stages = std::max(stages, part.stage + 1);
    ++run;
  }
  WARN(run << " networks, " << refused << " refused, up to " << stages << " stages");
  for (const auto &[feature, count] : features)
    WARN(fmt::format("{:>6} {}", count, feature));
  CHECK(run >= 2000);
  for (const char *along : {"neurons", "inputs", "rows"})
    for (const char *kind : {"Conv", "depthwise", "Dense", "MaxPool", "AveragePool", "Relu", "Add", "Concat", "Affine"}) {
      const bool legal = along == std::string("inputs") ? kind == std::string("Conv") || kind == std::string("Dense")
                         : along == std::string("rows") ? kind != std::string("Dense")
                                                        : true;
      if (legal) {
        INFO(along << " " << kind);
        CHECK(features[fmt::format("{} {}", along, kind)] >= 50);
      }
    }
}
