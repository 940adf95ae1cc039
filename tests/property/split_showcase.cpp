// Networks for which one way to cut layers is necessary or clearly best, and that the search finds it.
#include "support/memory_costs.h"
#include "support/networks.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>
#include <optional>

using namespace braid;
using plan::SplitMode;

namespace {

device::Resources room(int64_t bram18, int64_t dsp) {
  device::Resources out;
  out[device::Resource::Lut] = out[device::Resource::Ff] = 1'000'000;
  out[device::Resource::Bram18] = bram18;
  out[device::Resource::Dsp] = dsp;
  return out;
}

ir::StreamId dense(test::Builder &b, test::Random &random, ir::StreamId at, int64_t outputs) {
  return b.add(ir::Dense{test::randomWeights(random, outputs, 1, b.shapeOf(at)[0], 0.1), {}, {}}, {at});
}

ir::StreamId conv(test::Builder &b, test::Random &random, ir::StreamId at, int64_t kernel, int64_t filters) {
  ir::Conv op;
  for (int axis : {0, 1}) {
    op.window.kernel[axis] = kernel;
    op.window.padBegin[axis] = op.window.padEnd[axis] = kernel / 2;
  }
  op.weights = test::randomWeights(random, filters, kernel * kernel, b.shapeOf(at)[2], 0.1);
  return b.add(ir::Activation{}, {b.add(std::move(op), {at})});
}

ir::StreamId maxPool(test::Builder &b, ir::StreamId at, int64_t size) {
  ir::Pool op;
  op.kind = ir::PoolKind::Max;
  for (int axis : {0, 1})
    op.window.kernel[axis] = op.window.stride[axis] = size;
  return b.add(op, {at});
}

/// Along what a layer is cut, where along one thing only.
SplitMode kindOf(const ir::Model &model, const plan::Plan &plan, const ir::Layer &layer) {
  const kernel::Slice whole = kernel::wholeSlice(model, layer);
  bool neurons = false, inputs = false, rows = false;
  for (const plan::Placement &p : plan.placements)
    if (p.layer == layer.id) {
      neurons |= p.slice.rowEnd - p.slice.rowBegin < whole.rowEnd;
      inputs |= p.slice.colEnd - p.slice.colBegin < whole.colEnd;
      rows |= p.slice.posEnd - p.slice.posBegin < whole.posEnd;
    }
  REQUIRE(neurons + inputs + rows <= 1);
  return neurons  ? SplitMode::Neuron
         : inputs ? SplitMode::Input
         : rows   ? SplitMode::Rows
                  : SplitMode::Sequential;
}

double rateOf(const ir::Model &model, const device::Cluster &cluster, const plan::Plan &plan,
              const cost::CostModel &costs, const plan::Options &options) {
  const auto split = llvm::cantFail(plan::splitLayers(model, plan));
  if (llvm::Error error = plan::verifyPlan(split.model, cluster, split.plan, costs, options))
    FAIL(llvm::toString(std::move(error)));
  return llvm::cantFail(plan::evaluate(split.model, cluster, split.plan, costs, options)).framesPerSecond();
}

/// Frames per second of one way to split; 0 where no plan fits.
double rateOf(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
              plan::Options options, SplitMode mode) {
  options.split = mode;
  double best = 0;
  std::vector<std::string> notes;
  // A sequential plan has as few FPGAs as hold it, unless told.
  const int most =
      mode == SplitMode::Sequential && !options.fpgas ? static_cast<int>(cluster.fpgas.size()) : 1;
  for (int fpgas = 1; fpgas <= most; ++fpgas) {
    if (most > 1)
      options.fpgas = fpgas;
    auto plan = plan::solve(model, cluster, costs, options, notes);
    if (plan)
      best = std::max(best, rateOf(model, cluster, *plan, costs, options));
    else
      llvm::consumeError(plan.takeError());
  }
  return best;
}

/// Auto cuts the first layer along `kind`, or gives copies to the FPGA that has it where that is as fast, and
/// no other way to split comes near.
void showsOff(const ir::Model &source, const device::Cluster &cluster, SplitMode kind) {
  const ir::Model model = test::typed(source);
  const auto costs = test::memoryCosts();
  plan::Options options;
  options.split = SplitMode::Auto;
  std::vector<std::string> notes;
  const std::clock_t start = std::clock();
  auto plan = plan::solve(model, cluster, *costs, options, notes);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (!plan)
    FAIL(llvm::toString(plan.takeError()));
  for (const std::string &note : notes)
    UNSCOPED_INFO(note);
  CHECK(seconds < 1.0);
  const bool hasCopies = plan->replicaCount(plan->of(model.layers[0].id).fpga) > 1;
  const SplitMode found = kindOf(model, *plan, model.layers[0]);
  CHECK((found == kind || (found == SplitMode::Sequential && hasCopies)));
  const double best = rateOf(model, cluster, *plan, *costs, options);
  for (SplitMode other : {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows}) {
    const double rate = rateOf(model, cluster, *costs, options, other);
    INFO(plan::name(other) << ": " << rate << " frames/s, auto " << best);
    if (other == kind)
      CHECK(best >= rate);
    else
      CHECK(best >= 1.3 * rate);
  }
}

} // namespace

TEST_CASE("a fully connected layer too large for one FPGA is cut along its neurons") {
  test::Random random(1);
  test::Builder b({256});
  // 1,024 x 256 weights of 8 bits: 114 memories of 18 kbit, of which an FPGA may use 80. Cut along the
  // inputs, 1,024 sums of more than 25 bits would go where else 512 results of 16 go.
  const ir::StreamId hidden = b.add(ir::Activation{}, {dense(b, random, b.input(), 1024)});
  const ir::Model model = b.finish(dense(b, random, hidden, 10));
  showsOff(model, test::simpleCluster(2, room(100, 1000), 1), SplitMode::Neuron);
}

TEST_CASE("a layer of very many inputs and few outputs is cut along its inputs") {
  test::Random random(2);
  test::Builder b({1, 4, 32'768});
  // 2 x 32,768 weights of 8 bits: 29 memories, of which an FPGA may use 9; two neurons make two parts of 15.
  const ir::StreamId mixed = conv(b, random, b.input(), 1, 2);
  const ir::Model model = b.finish(dense(b, random, b.add(ir::Reshape{{8}}, {mixed}), 4));
  showsOff(model, test::simpleCluster(4, room(12, 10'000), 100), SplitMode::Input);
}

TEST_CASE("a first convolution that limits the pipeline is cut along its rows") {
  test::Random random(3);
  test::Builder b({64, 64, 3});
  // 4,096 positions, a cycle each with every weight unrolled; what follows has 256 and fewer. 1,024 x 256
  // weights of 8 bits, twice: 114 memories each, of which an FPGA may use 120: a
  // pipeline takes two FPGAs at least, so that five make two of them at most.
  ir::StreamId at = maxPool(b, conv(b, random, b.input(), 3, 8), 4);
  at = b.add(ir::Reshape{{256}}, {maxPool(b, conv(b, random, at, 3, 16), 4)});
  const ir::Model model = b.finish(dense(b, random, dense(b, random, dense(b, random, at, 1024), 256), 10));
  showsOff(model, test::simpleCluster(5, room(150, 10'000), 100), SplitMode::Rows);
}

TEST_CASE("a small network on many FPGAs has replicas") {
  test::Random random(8);
  test::Builder b({40});
  // A cycle each with every weight unrolled: there is nothing to cut that would make it faster.
  const ir::Model model =
      test::typed(b.finish(dense(b, random, b.add(ir::Activation{}, {dense(b, random, b.input(), 12)}), 4)));
  const auto costs = test::memoryCosts();
  const device::Cluster cluster = test::simpleCluster(6, room(20, 700), 1000);
  plan::Options options;
  options.split = SplitMode::Auto;
  std::vector<std::string> notes;
  const auto start = std::chrono::steady_clock::now();
  const auto plan = llvm::cantFail(plan::solve(model, cluster, *costs, options, notes));
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 1.0);
  CHECK(plan.replicas == plan::Replicas{{0, {0, 1, 2, 3, 4, 5}}});
  const double best = rateOf(model, cluster, plan, *costs, options);
  for (SplitMode mode : {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows}) {
    const double rate = rateOf(model, cluster, *costs, options, mode);
    INFO(plan::name(mode) << ": " << rate << " frames/s, auto " << best);
    CHECK(best >= 1.3 * rate);
  }
  // As many as are asked for, and no more.
  plan::Options two;
  two.replicas = 2;
  CHECK(llvm::cantFail(plan::solve(model, cluster, *costs, two, notes)).replicaCount() == 2);
  two.split = SplitMode::Auto;
  CHECK(llvm::cantFail(plan::solve(model, cluster, *costs, two, notes)).replicaCount() == 2);
  two.replicas = 1;
  CHECK(llvm::cantFail(plan::solve(model, cluster, *costs, two, notes)).replicas.empty());
}

TEST_CASE("layers that want different cuts get them") {
  test::Random random(7);
  test::Builder b({64, 64, 3});
  // A convolution as slow as above before 512 x 2,048 weights of 8 bits: 456 memories, of which an FPGA may
  // use 240.
  const ir::StreamId at = maxPool(b, conv(b, random, b.input(), 3, 8), 4);
  const ir::StreamId wide = dense(b, random, b.add(ir::Reshape{{2048}}, {at}), 512);
  const ir::Model model = test::typed(b.finish(dense(b, random, wide, 10)));
  const auto costs = test::memoryCosts();
  const device::Cluster cluster = test::simpleCluster(4, room(300, 10'000), 100);
  plan::Options options;
  const auto plan = llvm::cantFail(plan::solveSplit(model, cluster, *costs, options, SplitMode::Auto));
  const auto first = std::find_if(model.layers.begin(), model.layers.end(),
                                  [](const ir::Layer &l) { return std::holds_alternative<ir::Dense>(l.op); });
  CHECK(kindOf(model, plan, model.layers[0]) == SplitMode::Rows);
  CHECK(kindOf(model, plan, *first) == SplitMode::Neuron);
  const double mixed = rateOf(model, cluster, plan, *costs, options);
  for (SplitMode mode : {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows}) {
    const double rate = rateOf(model, cluster, *costs, options, mode);
    INFO(plan::name(mode) << ": " << rate << " frames/s, mixed " << mixed);
    CHECK(mixed >= 1.3 * rate);
  }
}

TEST_CASE("what is found among all ways to cut is no worse than along one way alone") {
  test::Random random(4);
  int found = 0, better = 0;
  for (int i = 0; i < 24; ++i) {
    const ir::Model model = test::typed(test::randomNetwork(random));
    const auto costs = i % 2 ? test::memoryCosts() : test::simpleCosts();
    const device::Cluster cluster =
        test::simpleCluster(static_cast<int>(test::draw(random, 2, 4)),
                            room(test::draw(random, 4, 40), test::draw(random, 8, 200)), i % 3 ? 100 : 1);
    plan::Options options;
    options.objective = static_cast<plan::Objective>(i % 3);
    std::vector<double> keys;
    for (SplitMode mode : {SplitMode::Auto, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows}) {
      auto plan = plan::solveSplit(model, cluster, *costs, options, mode);
      if (!plan) {
        llvm::consumeError(plan.takeError());
        keys.push_back(1e30);
        continue;
      }
      const auto split = llvm::cantFail(plan::splitLayers(model, *plan));
      const auto e = llvm::cantFail(plan::evaluate(split.model, cluster, split.plan, *costs, options));
      keys.push_back(options.objective == plan::Objective::Throughput ? e.periodUs
                     : options.objective == plan::Objective::Latency  ? e.latencyUs
                                                                      : static_cast<double>(e.fpgas.size()));
    }
    INFO("network " << i << "\n" << ir::print(model));
    const double alone = std::min({keys[1], keys[2], keys[3]});
    REQUIRE(keys[0] <= alone);
    found += keys[0] < 1e30;
    better += keys[0] < alone;
  }
  CHECK(found >= 12);
  WARN(found << " of 24 networks cut, " << better << " of them better along several ways");
}

TEST_CASE("more FPGAs than are of use are left out of a sequential plan") {
  test::Random random(6);
  test::Builder b({256});
  // What goes from layer to layer takes longer than the layers do.
  const ir::Model model = test::typed(b.finish(dense(b, random, dense(b, random, b.input(), 512), 10)));
  plan::Options options;
  options.split = SplitMode::Auto;
  std::vector<std::string> notes;
  const auto costs = test::memoryCosts();
  const device::Cluster cluster = test::simpleCluster(2, room(1000, 4000), 0.1);
  const auto plan = llvm::cantFail(plan::solve(model, cluster, *costs, options, notes));
  CHECK(plan.usedFpgas().size() == 1);
}

TEST_CASE("a network of several kinds of layers takes the best of what each way to cut would give") {
  const auto costs = llvm::cantFail(cost::findCostModel("hls4ml"));
  const device::Cluster cluster = llvm::cantFail(device::readCluster("pynq-z2x5"));
  test::Random random(5);
  test::Builder b({28, 28, 1});
  ir::StreamId at = maxPool(b, conv(b, random, b.input(), 3, 8), 2);
  at = maxPool(b, conv(b, random, at, 3, 16), 2);
  at = b.add(ir::Reshape{{784}}, {at});
  const ir::Model model = test::typed(b.finish(dense(b, random, dense(b, random, at, 80), 10)));
  plan::Options options;
  const double mixed = rateOf(model, cluster, *costs, options, SplitMode::Auto);
  for (SplitMode mode : {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows}) {
    INFO(plan::name(mode));
    CHECK(mixed >= rateOf(model, cluster, *costs, options, mode));
  }
}
