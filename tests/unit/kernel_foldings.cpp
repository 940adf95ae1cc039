// The foldings that a planner is offered beside all that can be built: none that is left out is better than
// each of those offered.
#include "support/whole_numbers.h"

#include "layer_options.h"

#include "braid/cost/estimate.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::kernel;

namespace {

ir::Model layerOf(ir::Op op, ir::Shape input) {
  test::Builder builder(std::move(input));
  const ir::StreamId out = builder.add(std::move(op), {builder.input()});
  ir::Model model = test::typedIntegers(builder.finish(out), 0, 15);
  model.layers[0].name = "layer";
  return model;
}

ir::Conv conv(test::Random &random, int64_t rows, int64_t columns, int64_t window, bool isDepthwise = false) {
  ir::Conv op;
  op.window.kernel[0] = op.window.kernel[1] = window;
  op.groups = isDepthwise ? columns : 1;
  op.weights = test::randomIntegers(random, rows, window * window, isDepthwise ? 1 : columns, -7, 7);
  return op;
}

/// Between two divisors of n of which the larger is at most twice the smaller nothing is filled up.
bool isFilled(int64_t n, int64_t part) {
  int64_t below = part, above = part;
  while (n % below != 0)
    --below;
  while (n % above != 0)
    ++above;
  return below == above || above > 2 * below;
}

/// All that can be built of a layer, within what is never offered: of weights 128 words deep at most,
/// memories other than the unit's own; of deeper ones, that, UltraRAM below 1,024 words and LUTs above 256.
std::vector<plan::LayerOption> everyFolding(const ir::Model &model, const device::Device &device,
                                            const cost::CostModel &costs) {
  const ir::Layer &layer = model.layers[0];
  const Foldable of = foldable(model, layer);
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  const int64_t taps = conv ? conv->window.taps() : 1;
  std::vector<plan::LayerOption> out;
  for (int64_t pe = 1; pe <= of.pe; ++pe)
    for (int64_t simd = 1; simd <= of.simd * taps; ++simd) {
      if (!isFilled(of.pe, pe) ||
          (of.simd * taps % simd != 0 && (simd > of.simd || !isFilled(of.simd, simd))))
        continue;
      for (ResType type : {ResType::Lut, ResType::Dsp})
        for (MemMode mode : {MemMode::Embedded, MemMode::Decoupled})
          for (RamStyle style : {RamStyle::Block, RamStyle::Distributed, RamStyle::Ultra}) {
            Implementation made = test::folded(pe, simd, mode);
            made.folding.resType = type, made.folding.ramStyle = style;
            auto units = lowerLayer(model, layer, wholeSlice(model, layer), made);
            if (!units) { // no multiple of either
              llvm::consumeError(units.takeError());
              continue;
            }
            int64_t depth = 0;
            for (const Kernel &unit : *units)
              if (unit.kind == KernelKind::MatrixVector || unit.kind == KernelKind::VectorVector)
                depth = unit.weights / (pe * simd);
            if ((mode == MemMode::Embedded) != (depth <= 128) || (style == RamStyle::Ultra && depth < 1024) ||
                (style == RamStyle::Distributed && depth > 256))
              continue;
            auto option = plan::layerOption(model, layer, made, device, costs);
            if (!option)
              FAIL(llvm::toString(option.takeError()));
            if (option->interval > 0)
              out.push_back(std::move(*option));
          }
    }
  return out;
}

} // namespace

TEST_CASE("no folding that can be built is better than all that are offered", "[finn]") {
  test::Random random(71);
  const std::vector<ir::Model> models = {
      layerOf(test::integerDense(random, 5, 11), {11}),
      layerOf(test::integerDense(random, 10, 7), {7}),
      layerOf(test::integerDense(random, 16, 24), {24}), // up to 384 words
      layerOf(conv(random, 5, 3, 3), {4, 4, 3}),
      layerOf(conv(random, 3, 4, 3), {4, 4, 4}), // SIMD 6 and 18, too
      layerOf(conv(random, 7, 7, 3, true), {5, 5, 7}),
  };
  const device::Cluster cluster = llvm::cantFail(device::readCluster("u280"));
  const device::Fpga &fpga = cluster.fpgas[0];
  size_t filled = 0, inLuts = 0, all = 0, needless = 0;
  for (const char *name : {"finn", "finn-analytic"}) {
    const auto costs = llvm::cantFail(cost::findCostModel(name));
    for (const ir::Model &model : models) {
      const ir::Layer &layer = model.layers[0];
      plan::Options options;
      options.style = Style::Finn;
      const std::vector<plan::LayerOption> every = everyFolding(model, *fpga.device, *costs);
      for (bool byWords : {false, true}) {
        const auto offered = llvm::cantFail((byWords ? plan::layerOptionsByWords : plan::layerOptions)(
            model, layer, layer.name, IoMode::Stream, fpga, *costs, options, plan::Memories::All));
        for (const plan::LayerOption &one : every) {
          ++all;
          if (std::none_of(offered.begin(), offered.end(), [&](const plan::LayerOption &other) {
                return other.interval <= one.interval && other.resources.fitsIn(one.resources);
              }))
            FAIL_CHECK(name << ", " << foldable(model, layer).pe << " x " << foldable(model, layer).simd
                            << ": " << toString(one.implementation) << ", " << one.interval
                            << " cycles, is better than all that are offered");
        }
        for (const plan::LayerOption &one : offered) {
          const Folding &folding = one.implementation.folding;
          filled += foldable(model, layer).pe % folding.pe != 0;
          inLuts += folding.memMode == MemMode::Decoupled && folding.ramStyle == RamStyle::Distributed;
          needless += std::any_of(offered.begin(), offered.end(), [&](const plan::LayerOption &other) {
            return &other != &one && other.interval <= one.interval &&
                   other.resources.fitsIn(one.resources) &&
                   (!byWords || plan::hasUnitsOf(other.implementation, one.implementation));
          });
        }
      }
    }
  }
  CHECK(all > 2'000);
  CHECK(filled > 50);
  CHECK(inLuts > 5);
  CHECK(needless == 0); // nor is one offered that another makes needless
}
