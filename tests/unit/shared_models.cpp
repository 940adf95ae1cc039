// Float models of the shared folder: import, the float interpreter against stored outputs, and the typed
// interpreter at a wide precision against the float one.
#include "braid/driver/data.h"
#include "braid/exec/interpreter.h"
#include "braid/frontend/onnx.h"
#include "support/networks.h"
#include "support/paths.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

using namespace braid;
namespace fs = std::filesystem;

namespace {

struct Reference {
  const char *name;
  bool hasTables; ///< Sigmoid, tanh, softmax, elu, selu: the typed model is coarser
  bool typed;     ///< Also at ap_fixed<32,16>; the largest only run in float
};
constexpr Reference kModels[] = {
    {"mnist_cntk_8", false, true},
    {"mnist_relu_9_200", false, true},
    {"convnet_maxpool", false, true},
    {"acasxu_1_1", false, true},
    {"cifar_resnet_2b", false, true},
    {"cifar_base_kw", false, true},
    {"kws_dscnn_float", false, true},
    {"vww_mobilenet_float", false, true},
    {"residual_block_clean", false, true},
    {"conv2d_small_mp_keras", true, true},
    {"light_squeezenet", true, false},
    {"light_resnet50", true, false},
    {"ours_fcnn_seq_784_16_32_10_float", true, true},
    {"ours_fcnn_neuron_256_46_10_float", true, true},
    {"ours_fcnn_relu_13k_float", false, true},
    {"ours_cnn_73k_float", false, true},
    {"gen_cnn1d_cyber_73k_float", false, true},
};

exec::Reals run(const ir::Model &model, const exec::Batch &input) {
  const ir::Port &port = model.outputs[0];
  const bool typed = model.isTyped();
  const exec::Batch in =
      typed ? exec::quantise(input, model.stream(model.inputs[0].stream).type.fixed()) : input;
  exec::Batch out = exec::Interpreter(model).run({in}).at(port.stream);
  if (typed)
    out = exec::toReals(out, model.stream(port.stream).type.fixed());
  return exec::toOnnxOrder(model, port, out).reals();
}

/// Largest difference, as a share of the reference's range.
double error(const exec::Reals &found, const exec::Reals &expected) {
  double worst = 0, most = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, static_cast<double>(std::abs(found[i] - expected[i])));
    most = std::max(most, static_cast<double>(std::abs(expected[i])));
  }
  return worst / std::max(most, 1e-6);
}

/// Whether the largest element leads by more than `margin` of the range.
bool isClear(const exec::Reals &values, double margin) {
  std::vector<float> sorted(values);
  std::sort(sorted.rbegin(), sorted.rend());
  return sorted.size() > 1 &&
         sorted[0] - sorted[1] > margin * std::max(std::abs(sorted[0]), std::abs(sorted.back()));
}

} // namespace

TEST_CASE("float models of the shared folder give their stored outputs") {
  int done = 0;
  for (const Reference &reference : kModels) {
    const fs::path folder = test::sharedFolder() / "models" / reference.name;
    if (!fs::exists(folder / "model.onnx"))
      continue;
    INFO(reference.name);
    auto source = frontend::readOnnx((folder / "model.onnx").string());
    if (!source)
      FAIL(llvm::toString(source.takeError()));
    REQUIRE(!ir::verify(*source));
    auto in = driver::readData((folder / "test_data_set_0/input_0.pb").string());
    auto expected = driver::readData((folder / "test_data_set_0/output_0.pb").string());
    REQUIRE(static_cast<bool>(in));
    REQUIRE(static_cast<bool>(expected));
    auto input = driver::framesFor(*source, source->inputs[0], *in, "input_0.pb", 0);
    if (!input)
      FAIL(llvm::toString(input.takeError()));
    const exec::Reals real = run(*source, *input);
    REQUIRE(real.size() == expected->values.size());
    CHECK(error(real, expected->values) <= 1e-4);
    ++done;
    if (!reference.typed)
      continue;
    pass::Precision precision;
    precision.base = num::signedFixed(32, 16);
    const exec::Reals typed = run(test::typed(*source, precision), *input);
    const double most = reference.hasTables ? 1e-2 : 1e-3;
    CHECK(error(typed, expected->values) <= most);
    if (isClear(expected->values, most))
      CHECK(std::max_element(typed.begin(), typed.end()) - typed.begin() ==
            std::max_element(expected->values.begin(), expected->values.end()) - expected->values.begin());
  }
  if (done == 0)
    WARN("skipped: the shared models are absent");
  else
    std::cout << done << " float models of the shared folder match\n";
}
