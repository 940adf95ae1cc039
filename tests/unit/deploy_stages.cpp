// FPGAs that send to each other and back, and layers that are cut: what is emitted for them, compiled and
// run, computes the bits of the model.
#include "support/emulated.h"
#include "support/packed.h"
#include "support/sliced.h"

#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>

using namespace braid;

namespace {

/// a to FPGA 1, what it makes of it back to FPGA 0, which also wants `a` itself: two stages of FPGA 0, a
/// stream of the network and one on the chip.
const std::vector<int> kThereAndBack = {0, 0, 0, 1, 0};

/// The layer's slices, each on the FPGA that stands at its place.
void place(plan::Plan &plan, const ir::Layer &layer, const std::vector<kernel::Slice> &slices,
           const std::vector<int> &fpgas) {
  for (size_t i = 0; i < slices.size(); ++i) {
    plan::Placement placement;
    placement.layer = layer.id;
    placement.slice = slices[i];
    placement.implementation.io = plan.io;
    placement.fpga = fpgas.at(i);
    plan.placements.push_back(placement);
  }
}

/// The first layer by neuron, the second by input, the third by neuron inside input: sums and concats, and
/// streams that come and go between two FPGAs.
test::Slicer slicesOfDiamond(kernel::IoMode io) {
  return [io](const ir::Model &model) {
    plan::Plan out;
    out.io = io;
    int dense = 0;
    for (const ir::Layer &layer : model.layers) {
      if (!std::holds_alternative<ir::Dense>(layer.op))
        continue;
      const kernel::Slice all = kernel::wholeSlice(model, layer);
      kernel::Slice a = all, b = all, c = all;
      switch (dense++) {
      case 0:
        a.rowEnd = b.rowBegin = 70;
        place(out, layer, {a, b}, {0, 1});
        break;
      case 1:
        a.colEnd = b.colBegin = 100;
        place(out, layer, {a, b}, {1, 0});
        break;
      default:
        a.colEnd = b.colBegin = c.colBegin = 60;
        b.rowEnd = c.rowBegin = 4;
        place(out, layer, {a, b, c}, {0, 1, 0});
      }
    }
    return out;
  };
}

/// Two convolutions cut by rows, and the rest where it moves least: halos, crops and maps whose parts the
/// host cuts.
test::Slicer slicesOfRows(kernel::IoMode io) {
  return [io](const ir::Model &model) {
    plan::Plan out;
    out.io = io;
    for (const ir::Layer &layer : model.layers) {
      if (!std::holds_alternative<ir::Conv>(layer.op))
        continue;
      kernel::Slice a = kernel::wholeSlice(model, layer), b = a;
      a.posEnd = b.posBegin = a.posEnd / 2 + 1;
      place(out, layer, {a, b}, {0, 1});
    }
    return out;
  };
}

/// Vectors too wide for one beat: 600 results of 16 bits go in three of 200, of which parts of 250 and 350
/// have beats of 250 and 175; partial sums of 300 are wider than the results they make.
ir::Model wide(test::Random &random) {
  test::Builder builder({8});
  ir::Dense first, second;
  first.weights = test::randomWeights(random, 600, 1, 8, 0.5);
  second.weights = test::randomWeights(random, 300, 1, 600, 0.1);
  second.bias = test::randomWeights(random, 300, 1, 1, 0.5);
  return builder.finish(builder.add(std::move(second), {builder.add(std::move(first), {builder.input()})}));
}

plan::Plan slicesOfWide(const ir::Model &model) {
  plan::Plan out;
  out.io = kernel::IoMode::Stream;
  for (const ir::Layer &layer : model.layers) {
    kernel::Slice a = kernel::wholeSlice(model, layer), b = a;
    const bool isFirst = out.placements.empty();
    if (isFirst)
      a.rowEnd = b.rowBegin = 250;
    else
      a.colEnd = b.colBegin = 325; // of another part too: cropped, joined
    place(out, layer, {a, b}, {0, 1});
  }
  return out;
}

ir::Model twoConvolutions(test::Random &random) {
  test::Builder builder({7, 6, 2});
  ir::StreamId at = builder.input();
  for (int64_t channels : {3, 2}) {
    ir::Conv op;
    op.window.kernel[0] = op.window.kernel[1] = 3;
    op.window.padBegin[0] = op.window.padBegin[1] = op.window.padEnd[0] = op.window.padEnd[1] = 1;
    op.weights = test::randomWeights(random, channels, 9, builder.shapeOf(at)[2], 0.5);
    op.bias = test::randomWeights(random, channels, 1, 1, 0.5);
    at = builder.add(ir::Activation{}, {builder.add(std::move(op), {at})});
  }
  return builder.finish(at);
}

/// Accumulators so narrow that they wrap, some with fewer places than the products have; how many.
int wrapAccumulators(pass::Precision &precision, const ir::Model &model, test::Random &random) {
  int count = 0;
  for (const ir::Layer &layer : model.layers) {
    const ir::LinearTypes *types = nullptr;
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
      types = &dense->types;
    else if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
      types = &conv->types;
    if (!types)
      continue;
    num::FixedType accum = types->accum.fixed();
    const int frac = accum.fracBits() - static_cast<int>(test::draw(random, 0, 3));
    accum.width = std::max(4, accum.width - static_cast<int>(test::draw(random, 4, 8)));
    accum.intBits = accum.width - frac;
    accum.rounding = static_cast<num::Rounding>(test::draw(random, 0, 6));
    accum.overflow = num::Overflow::Wrap;
    precision.layers[layer.name].accum = accum;
    ++count;
  }
  return count;
}

/// Layers without a kernel are refused before anything is emitted.
bool hasKernels(const plan::SplitModel &split, const char *cluster) {
  const device::Cluster devices = llvm::cantFail(device::readCluster(cluster));
  const std::vector<plan::Partition> partitions = plan::realise(split.model, split.plan);
  for (const auto &parts : plan::byFpga(partitions))
    if (auto graph = plan::kernelGraph(split.model, devices, split.plan, parts); !graph) {
      llvm::consumeError(graph.takeError());
      return false;
    }
  return true;
}

} // namespace

TEST_CASE("FPGAs that send to each other and back compute the bits of the model") {
  test::Random random(3);
  const ir::Model diamond = test::diamond(random), sentOn = test::sentOn(random);
  /// By the parts and streams on the chip that there are.
  const auto run = [&](const test::Deployed &deployed, size_t parts, int locals) {
    CHECK(deployed.context().projects.size() == parts);
    for (const plan::Crossing &crossing : deployed.plan().crossings)
      locals -= crossing.isLocal();
    CHECK(locals == 0);
    test::runAndCompare(deployed, 11);
  };
  const std::vector<int> turns = {1, 0, 1, 0};
  SECTION("cards") {
    run(test::Deployed(diamond, "u280x2", kThereAndBack, kernel::IoMode::Parallel), 3, 1);
    run(test::Deployed(sentOn, "u280x2", turns, kernel::IoMode::Stream, test::precision(23, 8)), 4, 1);
  }
  SECTION("boards") {
    run(test::Deployed(diamond, "pynq-z2x2", kThereAndBack, kernel::IoMode::Stream), 3, 1);
    run(test::Deployed(sentOn, "pynq-z2x2", turns, kernel::IoMode::Parallel), 4, 1);
  }
}

TEST_CASE("slices of layers on two FPGAs compute the bits of the model") {
  test::Random random(3);
  const ir::Model diamond = test::diamond(random), convolutions = twoConvolutions(random);
  SECTION("cards, dense") {
    test::runAndCompare(test::Deployed(diamond, "u280x2", slicesOfDiamond(kernel::IoMode::Stream)), 1);
  }
  SECTION("boards, dense") {
    test::runAndCompare(test::Deployed(diamond, "pynq-z2x2", slicesOfDiamond(kernel::IoMode::Parallel)), 2);
  }
  SECTION("boards, vectors of several beats") {
    const test::Deployed boards(wide(random), "pynq-z2x2", slicesOfWide);
    int repacks = 0;
    for (const ir::Layer &layer : boards.placed().layers)
      if (std::holds_alternative<ir::Concat>(layer.op) || std::holds_alternative<ir::Crop>(layer.op))
        repacks += kernel::innerBeat(boards.placed(), layer) != 0;
    CHECK(repacks >= 2);
    test::runAndCompare(boards, 5);
  }
  SECTION("cards, rows") {
    const test::Deployed cards(convolutions, "u280x2", slicesOfRows(kernel::IoMode::Parallel));
    CHECK(cards.placed().inputs.size() == 2); // the host cuts the image
    test::runAndCompare(cards, 3);
  }
  SECTION("boards, rows") {
    test::runAndCompare(test::Deployed(convolutions, "pynq-z2x2", slicesOfRows(kernel::IoMode::Stream)), 4);
  }
}

TEST_CASE("random networks cut at random compute the bits of the model") {
  const char *more = std::getenv("BRAID_CUT_NETWORKS");
  const size_t networks = more ? static_cast<size_t>(std::atoi(more)) : 24;
  constexpr size_t kTogether = 24; // in one program
  test::Random random(77);
  test::Features features;
  int stages = 0, wraps = 0;
  size_t run = 0, tried = 0;
  while (run < networks) {
    test::Pack pack;
    std::vector<std::unique_ptr<test::Deployed>> deployed;
    std::vector<std::unique_ptr<test::TemporaryFolder>> folders;
    for (; deployed.size() < std::min(kTogether, networks - run); ++tried) {
      REQUIRE(tried < 20 * networks);
      const ir::Model source = test::randomNetwork(random);
      pass::Precision with = test::precision(static_cast<int>(test::draw(random, 8, 18)), 6);
      if (random() % 2)
        wraps += wrapAccumulators(with, test::typed(source, with), random);
      const ir::Model model = test::typed(source, with);
      const char *cluster = tried % 2 ? "u280x3" : "pynq-z2x3";
      const plan::Plan plan = test::randomSlices(model, random, 3, features);
      auto split = plan::splitLayers(model, plan);
      if (!split) {
        llvm::consumeError(split.takeError());
        continue; // tilings that sums and concats cannot follow
      }
      if (!hasKernels(*split, cluster))
        continue;
      for (const plan::Part &part : split->plan.parts())
        stages = std::max(stages, part.stage + 1);
      deployed.push_back(std::make_unique<test::Deployed>(
          source, cluster, [&](const ir::Model &) { return plan; }, with));
      folders.push_back(std::make_unique<test::TemporaryFolder>());
      deployed.back()->write(folders.back()->path());
      pack.add(*deployed.back(), folders.back()->path());
    }
    pack.build();
    for (size_t i = 0; i < deployed.size(); ++i) {
      const test::Deployed &one = *deployed[i];
      INFO("network " << run << " on " << one.context().cluster.name << ", " << kernel::name(one.plan().io)
                      << "\n"
                      << ir::print(one.model()) << ir::print(one.placed()));
      sim::EmulationOptions options = test::emulationOptions();
      options.programs = pack.programs(i);
      test::compare(one, folders[i]->path(), 100 + run, options);
      ++run;
    }
  }
  CHECK(stages >= 2);
  CHECK(wraps > 0);
}
