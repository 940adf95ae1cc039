// Which reuse factors are legal, which choices a layer has, and which laws forbid.
#include "kernel_models.h"

#include "braid/support/math.h"

#include <algorithm>

using namespace braid;
using namespace braid::kernel;

namespace {

/// hls4ml 1.3, FPGABackend._validate_reuse_factor: its three conditions, one by one.
bool isLegal(int64_t outputs, int64_t inputs, int64_t reuse) {
  const int64_t factor = std::min(inputs, reuse);
  const int64_t limit = ceilDiv(inputs * outputs, factor);
  return (limit % outputs == 0 || reuse >= inputs) && (reuse % inputs == 0 || reuse < inputs) &&
         inputs * outputs % reuse == 0;
}

bool contains(const std::vector<int64_t> &values, int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::vector<LawBreach> breaches(ir::Model model, Implementation implementation) {
  std::vector<LawBreach> out;
  for (const Kernel &kernel : kernels::lowered(model, implementation))
    for (LawBreach &breach : lawBreaches(kernel))
      out.push_back(breach);
  return out;
}

} // namespace

TEST_CASE("legal reuse factors are those hls4ml accepts", "[kernel]") {
  for (int64_t outputs = 1; outputs <= 20; ++outputs)
    for (int64_t inputs = 1; inputs <= 30; ++inputs) {
      std::vector<int64_t> expected;
      for (int64_t reuse = 1; reuse <= inputs * outputs; ++reuse)
        if (isLegal(outputs, inputs, reuse))
          expected.push_back(reuse);
      INFO(inputs << " x " << outputs);
      REQUIRE(legalReuseFactors(outputs, inputs) == expected);
    }
  // 784 x 16 at RF 64 is not legal, its neighbours 56 and 98 are.
  const std::vector<int64_t> mnist = legalReuseFactors(16, 784);
  CHECK(contains(mnist, 56));
  CHECK(contains(mnist, 98));
  CHECK_FALSE(contains(mnist, 64));
}

TEST_CASE("legal reuse factors of large matrices take no loop over their weights", "[kernel]") {
  // 10^15 weights: a loop over them would not end.
  const auto legal = legalReuseFactors(30'030'030, 33'554'432);
  CHECK(legal.front() == 1);
  CHECK(legal.back() == 30'030'030LL * 33'554'432LL);
  CHECK(std::is_sorted(legal.begin(), legal.end()));
}

TEST_CASE("thinning keeps the ends and the sweet spots", "[kernel]") {
  const auto legal = legalReuseFactors(5040, 5040); // 60 divisors each
  REQUIRE(legal.size() == 119);
  const auto kept = thinned(legal, 5040, 40);
  CHECK(kept.size() <= 40);
  CHECK(kept.size() >= 30);
  CHECK(std::is_sorted(kept.begin(), kept.end()));
  for (int64_t reuse : {int64_t{1}, int64_t{5040}, int64_t{10080}, int64_t{5040 * 5040}})
    CHECK(contains(kept, reuse));
  for (int64_t reuse : kept)
    CHECK(contains(legal, reuse));
  CHECK(thinned({1, 2, 4}, 4, 40) == std::vector<int64_t>{1, 2, 4});
}

TEST_CASE("a small dense layer may be unrolled, a large one may not", "[kernel]") {
  const ir::Model small = kernels::modelOf(kernels::dense(16, 64), {{64}});
  const auto choices = implementations(small, small.layers[0], Style::Hls4ml, IoMode::Parallel);
  CHECK(choices.front() == Implementation{.io = IoMode::Parallel, .strategy = Strategy::Latency, .reuse = 1});
  CHECK(std::count_if(choices.begin(), choices.end(),
                      [](const auto &i) { return i.strategy == Strategy::Latency; }) == 1);

  const ir::Model large = kernels::modelOf(kernels::dense(16, 784), {{784}});
  for (const Implementation &choice :
       implementations(large, large.layers[0], Style::Hls4ml, IoMode::Parallel)) {
    CHECK(choice.strategy == Strategy::Resource);
    CHECK(choice.reuse > 1);
    CHECK(breaches(large, choice).empty());
  }
}

TEST_CASE("choices keep the law of wide words, and there is always one", "[kernel]") {
  // 4,608 x 512 weights of 8 bits: 65,536 bits a cycle is 8,192 weights, RF 288.
  const ir::Model model = kernels::modelOf(kernels::dense(512, 4608), {{4608}});
  const auto choices = implementations(model, model.layers[0], Style::Hls4ml, IoMode::Stream);
  REQUIRE_FALSE(choices.empty());
  CHECK(choices.front().reuse == 288);
  CHECK(choices.size() <= 40);
  const ir::Model relu = kernels::modelOf(ir::Activation{}, {{8, 8, 4}});
  CHECK(implementations(relu, relu.layers[0], Style::Hls4ml, IoMode::Stream) ==
        std::vector<Implementation>{kernels::kStream});
}

TEST_CASE("elements per beat are the channels, or their largest divisor in 4,096 bits", "[kernel]") {
  CHECK(elementsPerBeat({28, 28, 16}, kernels::fixed16()) == 16);
  CHECK(elementsPerBeat({256}, kernels::fixed16()) == 256);
  CHECK(elementsPerBeat({512}, kernels::fixed16()) == 256);
  CHECK(elementsPerBeat({784}, kernels::fixed16()) == 196);
  CHECK(elementsPerBeat({257}, kernels::fixed16()) == 1); // prime
  CHECK(elementsPerBeat({784}, num::signedFixed(8, 2)) == 392);
  CHECK(elementsPerBeat({}, kernels::fixed16()) == 1);
}

TEST_CASE("broken laws say what, by which tool, and what would work", "[kernel]") {
  const ir::Model large = kernels::modelOf(kernels::dense(64, 64), {{64}});
  for (Implementation made : {kernels::kParallel, kernels::resource(IoMode::Parallel, 1)}) {
    const auto found = breaches(large, made);
    REQUIRE(found.size() == 1);
    CHECK(found[0].law == "unrolled-weights");
    CHECK(found[0].message.find("'layer' unrolls 4,096 weights") == 0);
    CHECK(found[0].message.find("the limit is 4,096 (Vivado HLS 2020.1, csynth; ") != std::string::npos);
    CHECK(found[0].remedy == "use strategy Resource with a reuse factor above 1");
  }
  CHECK(breaches(large, kernels::resource(IoMode::Parallel, 2)).empty());
  CHECK(breaches(kernels::modelOf(kernels::dense(63, 64), {{64}}), kernels::kParallel).empty());

  const ir::Model wide = kernels::modelOf(kernels::dense(512, 4608), {{4608}});
  auto found = breaches(wide, kernels::resource(IoMode::Parallel, 256));
  REQUIRE(found.size() == 1);
  CHECK(found[0].law == "reshape-bits");
  CHECK(found[0].message.find(
            "reads 73,728 bits of weights per cycle (reuse factor 256); the limit is 65,536") !=
        std::string::npos);
  CHECK(breaches(wide, kernels::resource(IoMode::Parallel, 288)).empty());

  const ir::Model deep = kernels::modelOf(kernels::conv(4, 512, 1, 0), {{4, 4, 512}});
  // Pixels wider than a stream's word travel in several beats.
  CHECK(breaches(deep, kernels::resource(IoMode::Stream, 512)).empty());
  CHECK(breaches(deep, kernels::resource(IoMode::Parallel, 512)).empty());
}
