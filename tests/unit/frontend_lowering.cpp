// What ONNX nodes become: kinds, shapes, order of weights.

#include "frontend_read.h"

#include <cmath>

using namespace braid;
using namespace braid::test;
using ir::Shape;

TEST_CASE("gemm-becomes-dense-with-a-row-per-neuron", "[frontend]") {
  // W[K = 2, N = 3] by rows: 1 2 3 / 4 5 6; neuron n has column n.
  OnnxFile file;
  file.input("x", {1, 2}).floats("w", {2, 3}, {1, 2, 3, 4, 5, 6}).floats("b", {3}, {7, 8, 9});
  file.node("Gemm", {"x", "w", "b"}, {"y"}, {floatAttribute("alpha", 2), floatAttribute("beta", 3)})
      .output("y");
  const ir::Model model = readModel(file);
  REQUIRE(kinds(model) == "Dense");
  const auto &dense = opOf<ir::Dense>(model, 0);
  CHECK(dense.weights.floats() == std::vector<float>{2, 8, 4, 10, 6, 12});
  CHECK(dense.bias.floats() == std::vector<float>{21, 24, 27});
  CHECK(model.inputs[0].onnxShape == Shape{2});
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{3});
  CHECK(model.layers[0].name == "the_gemm");
  CHECK(model.layers[0].nodes == std::vector<std::string>{"the_gemm"});
  CHECK(model.stream(model.layers[0].output).name == "y");
}

TEST_CASE("matmul-and-add-are-one-dense-layer", "[frontend]") {
  OnnxFile file;
  file.input("x", {-1, 2}).ramp("w", {2, 3}).floats("b", {3}, {7, 8, 9});
  file.node("MatMul", {"x", "w"}, {"m"}).node("Add", {"m", "b"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  REQUIRE(kinds(model) == "Dense");
  CHECK(opOf<ir::Dense>(model, 0).bias.floats() == std::vector<float>{7, 8, 9});
  CHECK(model.layers[0].nodes == std::vector<std::string>{"the_matmul", "the_add"});
  CHECK(model.stream(model.layers[0].output).name == "y");
}

TEST_CASE("matmul-at-many-positions-is-a-1x1-convolution", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 5, 2}).ramp("w", {2, 3}).node("MatMul", {"x", "w"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  REQUIRE(kinds(model) == "Conv");
  CHECK(model.stream(model.inputs[0].stream).shape == Shape{1, 5, 2});
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{1, 5, 3});
  CHECK(model.outputs[0].perm.empty());
}

TEST_CASE("conv-weights-are-out-taps-in", "[frontend]") {
  // [out 1, in 2, 1 x 2]: in 0 has taps 1 2, in 1 has 3 4.
  OnnxFile file;
  file.input("x", {1, 2, 4, 4}).floats("w", {1, 2, 1, 2}, {1, 2, 3, 4});
  file.node("Conv", {"x", "w"}, {"y"},
            {intsAttribute("pads", {0, 1, 0, 2}), intsAttribute("strides", {2, 1})});
  const ir::Model model = readModel(file.output("y"));
  const auto &conv = opOf<ir::Conv>(model, 0);
  CHECK(conv.weights.floats() == std::vector<float>{1, 3, 2, 4});
  CHECK(conv.window.kernel[0] == 1);
  CHECK(conv.window.kernel[1] == 2);
  CHECK(conv.window.stride[0] == 2);
  CHECK(conv.window.padBegin[1] == 1);
  CHECK(conv.window.padEnd[1] == 2);
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{2, 6, 1});
  CHECK(model.inputs[0].onnxShape == Shape{2, 4, 4});
  CHECK(model.inputs[0].perm == Shape{1, 2, 0});
}

TEST_CASE("1-d-convolutions-have-height-1", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 9}).ramp("w", {3, 2, 3}).node("Conv", {"x", "w"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  CHECK(model.stream(model.inputs[0].stream).shape == Shape{1, 9, 2});
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{1, 7, 3});
}

TEST_CASE("auto-pad-puts-the-odd-cell-where-it-says", "[frontend]") {
  for (const auto &[mode, begin, end] : {std::tuple("SAME_UPPER", 0, 1), std::tuple("SAME_LOWER", 1, 0)}) {
    OnnxFile file;
    file.input("x", {1, 1, 1, 4}).ramp("w", {1, 1, 1, 2});
    file.node("Conv", {"x", "w"}, {"y"}, {textAttribute("auto_pad", mode)}).output("y");
    const ir::Model model = readModel(file);
    CHECK(opOf<ir::Conv>(model, 0).window.padBegin[1] == begin);
    CHECK(opOf<ir::Conv>(model, 0).window.padEnd[1] == end);
  }
}

TEST_CASE("ceil-mode-is-padding-at-the-end", "[frontend]") {
  // 5 cells, kernel 2, stride 2: 2 windows and a half; ceil makes it 3, the last over cells 4 and 5
  // (padding).
  OnnxFile file;
  file.input("x", {1, 1, 1, 5});
  file.node("MaxPool", {"x"}, {"y"},
            {intsAttribute("kernel_shape", {1, 2}), intsAttribute("strides", {1, 2}),
             intAttribute("ceil_mode", 1)});
  const ir::Model model = readModel(file.output("y"));
  CHECK(opOf<ir::Pool>(model, 0).window.padEnd[1] == 1);
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{1, 3, 1});
}

TEST_CASE("batch-norm-is-scale-and-bias-per-channel", "[frontend]") {
  // scale 6 / sqrt(8 + 1) = 2; bias 5 - 3 * 2 = -1.
  OnnxFile file;
  file.input("x", {1, 1, 2, 2})
      .floats("s", {1}, {6})
      .floats("b", {1}, {5})
      .floats("m", {1}, {3})
      .floats("v", {1}, {8});
  file.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}, {floatAttribute("epsilon", 1)})
      .output("y");
  const ir::Model model = readModel(file);
  REQUIRE(kinds(model) == "Affine");
  CHECK(opOf<ir::Affine>(model, 0).scale.real(0) == 2);
  CHECK(opOf<ir::Affine>(model, 0).bias.real(0) == -1);
}

TEST_CASE("arithmetic-with-constants-is-affine", "[frontend]") {
  struct Case {
    const char *op;
    bool constantFirst;
    double scale, bias;
  };
  for (const Case &test : {Case{"Add", false, 1, 4}, Case{"Sub", false, 1, -4}, Case{"Sub", true, -1, 4},
                           Case{"Mul", true, 4, 0}, Case{"Div", false, 0.25, 0}}) {
    OnnxFile file;
    file.input("x", {1, 3}).floats("c", {}, {4});
    const std::vector<std::string> ends =
        test.constantFirst ? std::vector<std::string>{"c", "x"} : std::vector<std::string>{"x", "c"};
    const ir::Model model = readModel(file.node(test.op, ends, {"y"}).output("y"));
    INFO(test.op);
    CHECK(opOf<ir::Affine>(model, 0).scale.floats() == std::vector<float>(3, static_cast<float>(test.scale)));
    CHECK(opOf<ir::Affine>(model, 0).bias.floats() == std::vector<float>(3, static_cast<float>(test.bias)));
  }
}

TEST_CASE("constants-of-a-sum-are-one-affine-layer-behind-it", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3}).floats("c", {}, {4}).floats("d", {3}, {1, 2, 3});
  file.node("Relu", {"x"}, {"r"}).node("Sum", {"c", "x", "d", "r"}, {"y"});
  const ir::Model model = readModel(file.output("y"));
  REQUIRE(kinds(model) == "Relu Add Affine");
  CHECK(opOf<ir::Affine>(model, 2).bias.floats() == std::vector<float>{5, 6, 7});
  CHECK(model.stream(model.layers[2].output).name == "y");
}

TEST_CASE("a-mean-over-one-axis-of-three-is-a-pool-as-long-as-the-axis", "[frontend]") {
  // [2, 3, 4] over its first, middle and last axis: in ONNX's order, so that 3, 2 and 4 stay.
  for (const auto &[axis, out] :
       {std::pair(1, Shape{3, 4}), std::pair(2, Shape{2, 4}), std::pair(3, Shape{2, 3})}) {
    OnnxFile file;
    file.input("x", {1, 2, 3, 4});
    file.node("ReduceMean", {"x"}, {"y"}, {intsAttribute("axes", {axis}), intAttribute("keepdims", 0)});
    const ir::Model model = readModel(file.output("y"));
    INFO("axis " << axis);
    const ir::Layer &last = model.layers.back();
    const auto &pool = std::get<ir::Pool>(last.op);
    CHECK(pool.kind == ir::PoolKind::Average);
    CHECK(pool.window.taps() == axis + 1);
    CHECK(model.outputs[0].onnxShape == out);
  }
}

TEST_CASE("clip-bounds-that-are-absent-are-infinite", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3}).floats("six", {}, {6}).floats("zero", {}, {0});
  file.node("Clip", {"x", "", "six"}, {"a"}).node("Clip", {"a", "zero"}, {"b"}).node("Clip", {"b"}, {"c"});
  file.node("Clip", {"c", "zero", "six"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  REQUIRE(kinds(model) == "Clip Relu Clip");
  CHECK(opOf<ir::Activation>(model, 0).alpha == -std::numeric_limits<double>::infinity());
  CHECK(opOf<ir::Activation>(model, 0).beta == 6);
  CHECK(opOf<ir::Activation>(model, 2).alpha == 0);
}

TEST_CASE("clip-bounds-were-attributes-before-opset-11", "[frontend]") {
  OnnxFile file;
  file.opset = 6;
  file.input("x", {1, 3})
      .node("Clip", {"x"}, {"y"}, {floatAttribute("min", 0), floatAttribute("max", 6)})
      .output("y");
  CHECK(opOf<ir::Activation>(readModel(file), 0).beta == 6);
}

TEST_CASE("softmax-before-opset-13-runs-over-all-axes-behind", "[frontend]") {
  OnnxFile file;
  file.opset = 9;
  file.input("x", {1, 6, 1, 1}).node("Softmax", {"x"}, {"y"}).output("y");
  CHECK(kinds(readModel(file)) == "Softmax");
}

TEST_CASE("resize-is-accepted-by-what-it-does", "[frontend]") {
  struct Case {
    const char *coordinates, *rounding;
    bool repeats;
  };
  // Cells 0..5 of 3 doubled: half_pixel gives positions -0.25 0.25 0.75 1.25 1.75 2.25.
  for (const Case &test : {Case{"asymmetric", "floor", true}, Case{"half_pixel", "round_prefer_floor", true},
                           Case{"half_pixel", "round_prefer_ceil", true}, Case{"asymmetric", "ceil", false},
                           Case{"align_corners", "floor", false}}) {
    OnnxFile file;
    file.input("x", {1, 2, 3, 3}).floats("scales", {4}, {1, 1, 2, 2});
    file.node("Resize", {"x", "", "scales"}, {"y"},
              {textAttribute("mode", "nearest"),
               textAttribute("coordinate_transformation_mode", test.coordinates),
               textAttribute("nearest_mode", test.rounding)});
    INFO(test.coordinates << " " << test.rounding);
    CHECK(faultOf(file.output("y")).empty() == test.repeats);
  }
}

TEST_CASE("nodes-that-nobody-needs-are-gone", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3})
      .input("unread", {1, 3})
      .node("NoSuchOperator", {"x"}, {"z"})
      .node("Relu", {"x"}, {"y"});
  const ir::Model model = readModel(file.output("y"));
  CHECK(kinds(model) == "Relu");
  CHECK(model.inputs.size() == 1);
}

TEST_CASE("nodes-may-stand-in-any-order", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3}).node("Tanh", {"r"}, {"y"}).node("Relu", {"x"}, {"r"}).output("y");
  CHECK(kinds(readModel(file)) == "Relu Tanh");
}

TEST_CASE("names-of-layers-are-unique", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3})
      .node("Relu", {"x"}, {"a"}, {}, "same")
      .node("Tanh", {"a"}, {"y"}, {}, "same")
      .output("y");
  const ir::Model model = readModel(file);
  CHECK(model.layers[0].name == "same");
  CHECK(model.layers[1].name == "same_2");
}

TEST_CASE("a-batch-in-the-file-is-read-as-one", "[frontend]") {
  // As exporters write it: the number of samples stands in the target of a Reshape.
  OnnxFile file;
  file.input("x", {32, 2, 2, 2}).integers("target", {32, -1}).ramp("w", {8, 3});
  file.node("Reshape", {"x", "target"}, {"f"}).node("MatMul", {"f", "w"}, {"y"}).output("y");
  const ir::Model model = readModel(file);
  CHECK(kinds(model) == "Reshape Dense");
  CHECK(model.inputs[0].onnxShape == Shape{2, 2, 2});
}

TEST_CASE("a-leading-dimension-that-is-mixed-in-is-no-batch", "[frontend]") {
  OnnxFile file;
  file.input("x", {3, 4}).node("Softmax", {"x"}, {"y"}, {intAttribute("axis", 0)}).output("y");
  const ir::Model model = readModel(file);
  CHECK(model.inputs[0].onnxShape == Shape{3, 4});
  CHECK(model.stream(model.outputs[0].stream).shape == Shape{1, 4, 3});
  OnnxFile four;
  four.input("x", {2, 3, 4, 5}).node("Concat", {"x", "x"}, {"y"}, {intAttribute("axis", 0)}).output("y");
  CHECK(readModel(four).inputs[0].onnxShape == Shape{2, 3, 4, 5});
  CHECK(ir::elements(readModel(four).stream(readModel(four).inputs[0].stream).shape) == 120);
}

TEST_CASE("exporters-shape-arithmetic-is-folded", "[frontend]") {
  // x.view(x.shape[0], -1) as PyTorch writes it.
  OnnxFile file;
  file.input("x", {-1, 2, 3}).node("Shape", {"x"}, {"s"}).integers("axes", {0}).integers("rest", {-1});
  file.node("Constant", {}, {"i"}, {tensorAttribute("value", integerTensor("", {}, {0}))});
  file.node("Gather", {"s", "i"}, {"n"}).node("Unsqueeze", {"n", "axes"}, {"n1"});
  file.node("Concat", {"n1", "rest"}, {"target"}, {intAttribute("axis", 0)})
      .node("Reshape", {"x", "target"}, {"f"});
  file.ramp("w", {6, 2}).node("MatMul", {"f", "w"}, {"y"}).output("y");
  CHECK(kinds(readModel(file)) == "Reshape Dense");
}
