// Weights from channels of memory: which foldings planners are offered, and what plans are refused.
#include "support/whole_numbers.h"

#include "layer_options.h"

#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace braid;
using kernel::Implementation;
using kernel::MemMode;
using plan::Memories;

namespace {

/// 512 x 512 weights of so many bits.
ir::Model matrix(int64_t bits) {
  test::Random random(7);
  const int64_t most = (int64_t{1} << (bits - 1)) - 1;
  test::Builder b({512});
  return test::typedIntegers(b.finish(b.add(test::integerDense(random, 512, 512, -most, most), {b.input()})),
                             0, 15);
}

device::Fpga cardOf(const char *name, double clockMhz) {
  device::Fpga fpga = llvm::cantFail(device::readCluster(name)).fpgas[0];
  fpga.clockMhz = clockMhz;
  return fpga;
}

/// Weights a cycle of the widest choice from outside; 0: none is offered.
int64_t widest(const ir::Model &model, const device::Fpga &fpga, Memories memories = Memories::All) {
  const auto costs = llvm::cantFail(cost::findCostModel("finn"));
  plan::Options options;
  options.style = kernel::Style::Finn;
  int64_t most = 0;
  for (const plan::LayerOption &option : llvm::cantFail(plan::layerOptions(
           model, model.layers[0], "layer", kernel::IoMode::Stream, fpga, *costs, options, memories)))
    if (const kernel::Folding &folding = option.implementation.folding;
        folding.memMode == MemMode::External) {
      CHECK(option.resources[device::Resource::Hbm] == 1);
      most = std::max(most, folding.pe * folding.simd);
    }
  return most;
}

} // namespace

TEST_CASE("planners are offered weights from memory as fast as a channel gives them", "[plan]") {
  const ir::Model model = matrix(8);
  // 64 weights of 8 bits in a word. A U280: 115 Gb/s x 0.92, 512 bits up to 206 MHz, 256 up to 413.
  CHECK(widest(model, cardOf("u280", 200)) == 64);
  CHECK(widest(model, cardOf("u280", 206)) == 64);
  CHECK(widest(model, cardOf("u280", 208)) == 32);
  CHECK(widest(model, cardOf("u280", 414)) == 16);
  // A U50: 79 Gb/s.
  CHECK(widest(model, cardOf("u50", 200)) == 32);
  CHECK(widest(model, cardOf("u50", 100)) == 64);
  // 102 weights of 5 bits in a word.
  CHECK(widest(matrix(5), cardOf("u280", 200)) == 64);
  CHECK(widest(matrix(3), cardOf("u280", 200)) == 128);
}

TEST_CASE("only cards with channels offer them, to planners that know dies, for memories that are deep",
          "[plan]") {
  const ir::Model model = matrix(8);
  CHECK(widest(model, cardOf("u280", 200), Memories::OnChip) == 0);
  CHECK(widest(model, cardOf("u250", 200)) == 0);
  CHECK(widest(model, cardOf("zcu104", 100)) == 0);
  test::Random random(7);
  test::Builder b({64});
  const ir::Model small =
      test::typedIntegers(b.finish(b.add(test::integerDense(random, 2, 64), {b.input()})), 0, 15);
  CHECK(widest(small, cardOf("u280", 200)) == 0); // 128 words at most
}

TEST_CASE("a unit that takes more than a channel gives, or holds, is refused in words", "[plan]") {
  kernel::Kernel unit;
  unit.implementation = test::folded(8, 8);
  unit.implementation.folding.memMode = MemMode::External;
  unit.pe = unit.simd = unit.weightBits = 8;
  unit.weights = 64 * (int64_t{256} << 20) / 64;
  CHECK_FALSE(llvm::errorToBool(plan::checkChannel(unit, cardOf("u280", 200))));
  const auto faultOf = [&](const device::Fpga &fpga) { return messageOf(plan::checkChannel(unit, fpga)); };
  CHECK(faultOf(cardOf("u280", 300))
            .find("external weights of PE 8 and SIMD 8 are 153.6 Gb/s at 300 MHz; a "
                  "channel of u280 gives 105.8") != std::string::npos);
  unit.weights += 1;
  CHECK(faultOf(cardOf("u280", 200))
            .find("268,435,520 bytes of external weights; a channel of u280 holds 256 "
                  "MiB") != std::string::npos);
  CHECK_FALSE(llvm::errorToBool(plan::checkChannel(unit, cardOf("u55c", 200))));
  CHECK_FALSE(
      llvm::errorToBool(plan::checkChannel(unit, cardOf("u250", 300)))); // DDR: as much as is asked for
}
