// Random networks, cut at random inside their layers: the parts together compute the bits of the whole.
#include "support/sliced.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

using namespace braid;

TEST_CASE("layers cut over FPGAs compute the bits of the whole") {
  test::Random random(31);
  test::Features features;
  int refused = 0, run = 0, stages = 0;
  for (int i = 0; i < 6500; ++i) {
    const ir::Model source = test::randomNetwork(random);
    ir::Model model = test::typed(source, test::randomPrecision(random));
    test::wrapSomeAccumulators(model, random, features);
    const plan::Plan plan =
        test::randomSlices(model, random, static_cast<int>(test::draw(random, 2, 5)), features);
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
  std::string counts = fmt::format("{} networks, {} refused, up to {} stages", run, refused, stages);
  for (const auto &[feature, count] : features)
    counts += fmt::format("\n{:>6} {}", count, feature);
  WARN(counts);
  CHECK(run >= 2000);
  for (const char *wanted : {"neurons Dense, k >= 3",
                             "neurons Conv, k >= 3",
                             "neurons depthwise, k >= 3",
                             "neurons pool, k >= 3",
                             "neurons global pool, k >= 3",
                             "neurons activation, k >= 3",
                             "neurons merge, k >= 3",
                             "neurons Concat, k >= 3",
                             "neurons Affine, k >= 3",
                             "neurons Reshape, k >= 3",
                             "inputs Dense, k >= 3",
                             "inputs Conv, k >= 3",
                             "rows Conv, k >= 3",
                             "rows depthwise, k >= 3",
                             "rows pool, k >= 3",
                             "rows activation, k >= 3",
                             "rows merge, k >= 3",
                             "rows Concat, k >= 3",
                             "rows Affine, k >= 3",
                             "nested Dense",
                             "nested Conv",
                             "nested depthwise",
                             "nested pool",
                             "nested activation",
                             "nested merge",
                             "nested Concat",
                             "nested Affine",
                             "neurons in inputs",
                             "inputs in neurons",
                             "inputs in rows",
                             "rows in inputs",
                             "rows in neurons",
                             "neurons in rows",
                             "wrap Dense",
                             "wrap Conv",
                             "chain",
                             "tree"})
    CHECK(features.count(wanted) == 1);
  for (const auto &[feature, count] : features) {
    INFO(feature);
    CHECK(count >= 50);
  }
}
