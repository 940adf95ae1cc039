// FIFOs between units of the FINN style: nothing waits for ever, and frames come as often as the slowest unit
// allows, whatever the network and its foldings; with half of a depth some wait.
#include "support/unit_simulation.h"
#include "support/whole_numbers.h"

#include "braid/plan/unit_graph.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace braid;
using test::Simulated;

namespace {

using Choices = std::vector<kernel::Implementation>;

std::vector<kernel::Implementation> choicesOf(const ir::Model &model, const ir::Layer &layer) {
  return kernel::implementations(model, layer, kernel::Style::Finn, kernel::IoMode::Stream);
}

Choices drawn(const ir::Model &model, test::Random &random) {
  Choices out;
  for (const ir::Layer &layer : model.layers) {
    const auto all = choicesOf(model, layer);
    out.push_back(all[random() % all.size()]);
  }
  return out;
}

/// Steps of a frame, of the slowest unit of a layer.
int64_t stepsOf(const ir::Model &model, const ir::Layer &layer, const kernel::Implementation &choice) {
  int64_t most = 1;
  for (kernel::Kernel &kernel : llvm::cantFail(plan::unitsAlone(model, layer, choice))) {
    plan::Unit unit;
    unit.kernel = std::move(kernel), unit.layer = layer.id;
    unit.inputs.resize(unit.kernel.inputs.size()), unit.outputs.resize(unit.kernel.outputs.size());
    most = std::max(most, static_cast<int64_t>(test::unitSteps(model, unit).size()));
  }
  return most;
}

/// Every layer as slow as the slowest of those that can be no faster, or a few times that.
Choices balanced(const ir::Model &model, test::Random &random) {
  std::vector<Choices> all;
  int64_t period = 1;
  for (const ir::Layer &layer : model.layers) {
    all.push_back(choicesOf(model, layer));
    int64_t least = INT64_MAX;
    for (const auto &choice : all.back())
      least = std::min(least, stepsOf(model, layer, choice));
    period = std::max(period, least);
  }
  period *= test::draw(random, 1, 6);
  Choices out;
  for (const ir::Layer &layer : model.layers) {
    const Choices &own = all[ir::index(layer.id)];
    int64_t most = 0;
    for (const auto &choice : own)
      if (const int64_t steps = stepsOf(model, layer, choice); steps <= period && steps > most)
        most = steps, out.resize(ir::index(layer.id)), out.push_back(choice);
  }
  return out;
}

plan::UnitGraph graphOf(const ir::Model &model, const Choices &choices) {
  llvm::SmallVector<ir::StreamId, 2> inputs, outputs;
  for (const ir::Port &port : model.inputs)
    inputs.push_back(port.stream);
  for (const ir::Port &port : model.outputs)
    outputs.push_back(port.stream);
  auto graph =
      plan::unitGraph(model, inputs, outputs, [&](const ir::Layer &layer) -> const kernel::Implementation & {
        return choices[ir::index(layer.id)];
      });
  if (!graph)
    FAIL(llvm::toString(graph.takeError()));
  return std::move(*graph);
}

/// Blocks of three convolutions around each of which the input goes on too, as it is or through a
/// convolution.
ir::Model residualNetwork(test::Random &random) {
  test::Builder b({test::draw(random, 6, 12), test::draw(random, 6, 12), 4});
  const auto levels = [&](ir::StreamId at) {
    return b.add(test::randomThresholds(random, b.shapeOf(at).back(), 3, 0), {at});
  };
  const auto conv = [&](ir::StreamId at, int64_t rows, int64_t side, int64_t stride) {
    ir::Conv op;
    op.window.kernel[0] = op.window.kernel[1] = side;
    for (int axis : {0, 1})
      op.window.padBegin[axis] = op.window.padEnd[axis] = side / 2, op.window.stride[axis] = stride;
    op.weights = test::randomIntegers(random, rows, side * side, b.shapeOf(at)[2], -3, 3);
    return b.add(op, {at});
  };
  const auto crop = [&](ir::StreamId at) {
    ir::Crop op;
    for (int64_t size : b.shapeOf(at)) {
      op.begin.push_back(test::draw(random, 0, size / 3));
      op.end.push_back(size - test::draw(random, 0, size / 3));
    }
    return b.add(op, {at});
  };
  ir::StreamId at = levels(conv(b.input(), 8, 3, 1));
  for (int64_t blocks = test::draw(random, 1, 3); blocks > 0; --blocks) {
    if (random() % 4 == 0)
      at = random() % 3 ? crop(at) : b.add(ir::Transpose{{1, 0, 2}}, {at});
    const int64_t rows = test::draw(random, 1, 2) * 4, stride = test::draw(random, 1, 2);
    const bool isSame = stride == 1 && rows == b.shapeOf(at)[2];
    const ir::StreamId narrow = levels(conv(at, 4, 1, 1)), wide = levels(conv(narrow, 4, 3, stride)),
                       sums = levels(conv(wide, rows, 1, 1)),
                       side = isSame ? at : levels(conv(at, rows, 1, stride));
    at = random() % 3 == 0 ? b.add(ir::Concat{2}, {sums, side})
                           : levels(b.add(ir::Binary{ir::BinaryKind::Add}, {sums, side}));
  }
  at = b.add(ir::Reshape{{ir::elements(b.shapeOf(at))}}, {at});
  at = b.add(test::integerDense(random, 4, b.shapeOf(at)[0]), {at});
  return test::typedIntegers(b.finish(at), 0, 3);
}

ir::Model drawnNetwork(test::Random &random) {
  return random() % 2 ? test::randomIntegerNetwork(random) : residualNetwork(random);
}

constexpr int kFrames = 12;

/// Cycles of a frame in the second half of a run; none: it hangs.
std::optional<double> paceOf(const Simulated &run) {
  if (run.done.size() < kFrames)
    return std::nullopt;
  return static_cast<double>(run.done[kFrames - 1] - run.done[kFrames / 2 - 1]) / (kFrames / 2);
}

} // namespace

TEST_CASE("FIFOs between units keep the pace of the slowest unit, on any network with any foldings",
          "[finn]") {
  test::Random random(90);
  int deep = 0;
  for (int network = 0; network < 120; ++network) {
    const ir::Model model = drawnNetwork(random);
    const plan::UnitGraph graph =
        graphOf(model, random() % 2 ? drawn(model, random) : balanced(model, random));
    for (int64_t latency : {0, 16}) {
      const Simulated run = test::simulate(model, graph, kFrames, latency);
      const auto pace = paceOf(run);
      INFO("network " << network << ", latency " << latency);
      for (size_t c = 0; c < graph.channels.size(); ++c) {
        const plan::Channel &channel = graph.channels[c];
        UNSCOPED_INFO(fmt::format(
            "channel {}: {} -> {}, {} words of {} bits, depth {}, held {}", c,
            channel.from < 0 ? "in"
                             : kernel::name(graph.units[static_cast<size_t>(channel.from)].kernel.kind),
            channel.to < 0 ? "out" : kernel::name(graph.units[static_cast<size_t>(channel.to)].kernel.kind),
            channel.port.beatsPerFrame, channel.port.widthBits, channel.depth, run.most[c]));
      }
      REQUIRE(pace);
      CHECK(*pace <= static_cast<double>(run.slowest));
    }
    for (const plan::Channel &channel : graph.channels)
      deep += channel.depth > 8;
  }
  CHECK(deep > 100);
}

TEST_CASE("with half of its depth many a FIFO makes frames wait", "[finn]") {
  test::Random random(91);
  int halved = 0, slower = 0, hung = 0;
  int64_t depths = 0, needed = 0;
  for (int network = 0; network < 20; ++network) {
    const ir::Model model = residualNetwork(random);
    const plan::UnitGraph graph = graphOf(model, balanced(model, random));
    const Simulated whole = test::simulate(model, graph, kFrames, 16);
    for (size_t c = 0; c < graph.channels.size(); ++c) {
      if (graph.channels[c].depth < 24)
        continue;
      depths += graph.channels[c].depth, needed += whole.most[c];
      plan::UnitGraph less = graph;
      less.channels[c].depth /= 2;
      const auto pace = paceOf(test::simulate(model, less, kFrames, 16));
      ++halved, hung += !pace, slower += pace && *pace > static_cast<double>(whole.slowest);
    }
  }
  INFO(halved << " FIFOs: " << hung << " hang, " << slower << " slow; " << depths << " deep, held "
              << needed);
  CHECK(hung > 0);
  CHECK(slower > halved / 8);
  CHECK(depths < 2 * needed); // close to what is used
}

TEST_CASE("behind a window goes a unit that has the time as the window gives", "[finn]") {
  test::Random random(92);
  test::Builder b({12, 12, 8});
  const auto conv = [&](ir::StreamId at, int64_t rows, int64_t side, int64_t groups) {
    ir::Conv op;
    op.window.kernel[0] = op.window.kernel[1] = side;
    op.groups = groups;
    op.weights = test::randomIntegers(random, rows, side * side, b.shapeOf(at)[2] / groups, -3, 3);
    return b.add(op, {at});
  };
  const ir::StreamId levels = b.add(test::randomThresholds(random, 8, 3, 0), {conv(b.input(), 8, 3, 8)});
  const ir::Model model = test::typedIntegers(b.finish(conv(levels, 16, 1, 1)), 0, 3);
  // The last layer takes 1,600 cycles a frame, the windows 1,152, and what is behind them 800: read evenly
  // over all 1,600, their words would wait until the next frame's rows have come.
  const plan::UnitGraph graph = graphOf(model, {test::folded(1, 9), test::folded(1), test::folded(1, 8)});
  const auto behind =
      std::find_if(graph.channels.begin(), graph.channels.end(), [&](const plan::Channel &channel) {
        return channel.from >= 0 && channel.to >= 0 &&
               graph.units[static_cast<size_t>(channel.from)].kernel.kind == kernel::KernelKind::Window;
      });
  REQUIRE(behind != graph.channels.end());
  CHECK(behind->depth < 40);
  const Simulated run = test::simulate(model, graph, kFrames, 16);
  CHECK(run.slowest == 1'600);
  REQUIRE(paceOf(run));
  CHECK(*paceOf(run) <= 1'600);
}
