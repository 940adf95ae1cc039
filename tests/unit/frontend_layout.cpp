// Layouts: what costs a layer and what does not.

#include "frontend_read.h"

#include "braid/exec/interpreter.h"

using namespace braid;
using namespace braid::test;
using ir::Shape;

namespace {

/// Output of a model of one input and one output, elements in ONNX's order.
std::vector<float> run(const ir::Model &model, const std::vector<float> &input) {
  exec::Interpreter interpreter(model);
  auto values = interpreter.run({exec::fromOnnxOrder(model, model.inputs[0], {1, input})});
  return exec::toOnnxOrder(model, model.outputs[0], values.at(model.outputs[0].stream)).reals();
}

std::vector<float> counting(int64_t count) {
  std::vector<float> out;
  for (int64_t i = 0; i < count; ++i)
    out.push_back(static_cast<float>(i));
  return out;
}

} // namespace

TEST_CASE("channels-last-graphs-cost-nothing", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 6, 5, 3}).ramp("w", {4, 3, 3, 3});
  file.node("Transpose", {"x"}, {"t"}, {intsAttribute("perm", {0, 3, 1, 2})}).node("Conv", {"t", "w"}, {"c"});
  file.node("Transpose", {"c"}, {"y"}, {intsAttribute("perm", {0, 2, 3, 1})}).output("y");
  const ir::Model model = readModel(file);
  CHECK(kinds(model) == "Conv");
  CHECK(model.inputs[0].perm.empty());
  CHECK(model.outputs[0].perm.empty());
  CHECK(model.outputs[0].onnxShape == Shape{4, 3, 4});
}

TEST_CASE("a-flattened-feature-map-permutes-the-columns-of-the-dense-layer", "[frontend]") {
  // C = 2, H = W = 2. ONNX flattens [C, H, W]: neuron weights 0..7 stand for c0: 0 1 2 3, c1: 4 5 6 7.
  // The stream [H, W, C] has c0 c1 c0 c1 ...: 0 4 1 5 2 6 3 7.
  OnnxFile pooled;
  pooled.input("x", {1, 2, 2, 2}).node("MaxPool", {"x"}, {"p"}, {intsAttribute("kernel_shape", {1, 1})});
  pooled.node("Flatten", {"p"}, {"f"}).floats("w", {8, 1}, counting(8)).node("Tanh", {"f"}, {"t"});
  pooled.node("MatMul", {"t", "w"}, {"y"}).output("y");
  const ir::Model model = readModel(pooled);
  REQUIRE(kinds(model) == "MaxPool Reshape Tanh Dense");
  CHECK(opOf<ir::Dense>(model, 3).weights.floats() == std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("a-flattened-feature-map-that-leaves-the-model-is-transposed", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 2, 2}).node("MaxPool", {"x"}, {"p"}, {intsAttribute("kernel_shape", {1, 1})});
  file.node("Flatten", {"p"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  CHECK(kinds(model) == "MaxPool Transpose Reshape");
  CHECK(run(model, counting(8)) == counting(8));
}

TEST_CASE("squeezing-and-unsqueezing-cost-nothing", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 9}).integers("axes", {3}).ramp("w", {3, 2, 3, 1});
  file.node("Unsqueeze", {"x", "axes"}, {"u"})
      .node("Conv", {"u", "w"}, {"c"})
      .node("Squeeze", {"c", "axes"}, {"s"});
  file.node("Relu", {"s"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  CHECK(kinds(model) == "Conv Relu");
  CHECK(model.outputs[0].onnxShape == Shape{3, 7});
  CHECK(model.outputs[0].perm == Shape{1, 0});
}

TEST_CASE("two-readers-share-one-transpose", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 3, 4}).node("MaxPool", {"x"}, {"p"}, {intsAttribute("kernel_shape", {1, 1})});
  file.ramp("w", {4, 4});
  file.node("Transpose", {"p"}, {"t"}, {intsAttribute("perm", {0, 1, 3, 2})});
  file.node("Flatten", {"p"}, {"a"})
      .node("Flatten", {"p"}, {"b"})
      .node("Relu", {"a"}, {"r"})
      .node("Tanh", {"b"}, {"z"});
  const ir::Model model = readModel(file.output("r").output("z"));
  CHECK(kinds(model) == "MaxPool Transpose Reshape Relu Tanh");
}

TEST_CASE("constants-per-channel-stay-per-channel", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3, 4, 4}).floats("mean", {1, 3, 1, 1}, {1, 2, 3}).ramp("w", {2, 3, 1, 1});
  file.node("Sub", {"x", "mean"}, {"d"}).node("Conv", {"d", "w"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  CHECK(kinds(model) == "Affine Conv");
  CHECK(opOf<ir::Affine>(model, 0).bias.floats() == std::vector<float>{-1, -2, -3});
}

TEST_CASE("a-constant-per-row-is-one-per-element", "[frontend]") {
  // [H = 2, W = 1] over [C = 2, H = 2, W = 1]: rows 10 and 20, stream order (h, w, c).
  OnnxFile file;
  file.input("x", {1, 2, 2, 1}).floats("rows", {2, 1}, {10, 20}).ramp("w", {1, 2, 1, 1});
  file.node("Add", {"x", "rows"}, {"d"}).node("Conv", {"d", "w"}, {"y"}).output("y");
  CHECK(opOf<ir::Affine>(readModel(file), 0).bias.floats() == std::vector<float>{10, 10, 20, 20});
}

TEST_CASE("transposed-outputs-have-the-right-elements", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 3})
      .node("Relu", {"x"}, {"r"})
      .node("Transpose", {"r"}, {"y"}, {intsAttribute("perm", {0, 2, 1})});
  // Rows 0 1 2 / 3 4 5 become columns.
  CHECK(run(readModel(file.output("y")), counting(6)) == std::vector<float>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("channels-are-shuffled-right", "[frontend]") {
  // Channels 0 1 2 3 of one pixel in 2 groups: 0 2 1 3.
  OnnxFile file;
  file.input("x", {1, 4, 1, 1}).integers("split", {1, 2, 2, 1, 1}).integers("joined", {1, 4, 1, 1});
  file.node("Relu", {"x"}, {"r"}).node("Reshape", {"r", "split"}, {"s"});
  file.node("Transpose", {"s"}, {"t"}, {intsAttribute("perm", {0, 2, 1, 3, 4})})
      .node("Reshape", {"t", "joined"}, {"y"});
  CHECK(run(readModel(file.output("y")), counting(4)) == std::vector<float>{0, 2, 1, 3});
}

TEST_CASE("depth-to-space-interleaves-channels", "[frontend]") {
  // 4 channels of one pixel become a 2 x 2 square, row by row.
  OnnxFile file;
  file.input("x", {1, 4, 1, 2}).node("Relu", {"x"}, {"r"});
  file.node("DepthToSpace", {"r"}, {"y"}, {intAttribute("blocksize", 2)}).output("y");
  CHECK(run(readModel(file), {0, 10, 1, 11, 2, 12, 3, 13}) == std::vector<float>{0, 1, 10, 11, 2, 3, 12, 13});
}

TEST_CASE("a-model-that-only-moves-elements-has-a-layer-that-does", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 3}).node("Transpose", {"x"}, {"y"}, {intsAttribute("perm", {0, 2, 1})}).output("y");
  CHECK(run(readModel(file), counting(6)) == std::vector<float>{0, 3, 1, 4, 2, 5});
}
