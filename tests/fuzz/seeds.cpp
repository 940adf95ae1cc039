#include "seeds.h"

#include "../unit/frontend_onnx_file.h"

namespace braid::test {
namespace {

OnnxFile convolutional() {
  OnnxFile file;
  file.input("x", {-1, 2, 8, 8}).ramp("w", {4, 2, 3, 3}).ramp("b", {4}).ramp("dw", {4, 1, 3, 3});
  file.node("Conv", {"x", "w", "b"}, {"c1"}, {intsAttribute("pads", {1, 1, 1, 1}), intAttribute("group", 1)});
  file.ramp("s", {4}).ramp("o", {4}).ramp("m", {4}).ramp("v", {4});
  file.node("BatchNormalization", {"c1", "s", "o", "m", "v"}, {"n1"}, {floatAttribute("epsilon", 1e-3F)});
  file.node("Relu", {"n1"}, {"r1"});
  file.node("Conv", {"r1", "dw"}, {"c2"},
            {intAttribute("group", 4), textAttribute("auto_pad", "SAME_UPPER")});
  file.node("Add", {"c2", "r1"}, {"a1"});
  file.node("MaxPool", {"a1"}, {"p1"},
            {intsAttribute("kernel_shape", {2, 2}), intsAttribute("strides", {2, 2}),
             intAttribute("ceil_mode", 1)});
  file.node("AveragePool", {"a1"}, {"p2"},
            {intsAttribute("kernel_shape", {3, 3}), intsAttribute("strides", {2, 2}),
             intsAttribute("pads", {1, 1, 0, 0}), intAttribute("count_include_pad", 1)});
  file.node("Concat", {"p1", "p2"}, {"j"}, {intAttribute("axis", 1)});
  file.floats("scales", {4}, {1, 1, 2, 2});
  file.node("Resize", {"j", "", "scales"}, {"u"},
            {textAttribute("mode", "nearest"), textAttribute("coordinate_transformation_mode", "asymmetric"),
             textAttribute("nearest_mode", "floor")});
  file.node("GlobalAveragePool", {"u"}, {"g"});
  file.node("Mul", {"u", "g"}, {"e"});
  file.node("Flatten", {"e"}, {"f"});
  file.ramp("fw", {3, 512}).ramp("fb", {3});
  file.node("Gemm", {"f", "fw", "fb"}, {"y"}, {intAttribute("transB", 1), floatAttribute("alpha", 0.5F)});
  file.node("Softmax", {"y"}, {"z"}, {intAttribute("axis", 1)});
  return file.output("z").output("g");
}

OnnxFile channelsLastGraph() {
  OnnxFile file;
  file.input("x", {1, 6, 5, 3}).ramp("w", {4, 3, 2, 2}).ramp("k", {3, 1, 1});
  file.node("Transpose", {"x"}, {"t"}, {intsAttribute("perm", {0, 3, 1, 2})});
  file.node("Sub", {"t", "k"}, {"d"});
  file.node("Conv", {"d", "w"}, {"c"}, {intsAttribute("dilations", {2, 1})});
  file.node("Transpose", {"c"}, {"b"}, {intsAttribute("perm", {0, 2, 3, 1})});
  file.ramp("mw", {4, 5});
  file.node("MatMul", {"b", "mw"}, {"p"});
  file.node("ReduceMean", {"p"}, {"q"}, {intsAttribute("axes", {1, 2}), intAttribute("keepdims", 0)});
  file.ramp("slope", {5});
  file.node("PRelu", {"q", "slope"}, {"r"});
  file.integers("pads", {0, 1, 0, 2});
  file.node("Pad", {"r", "pads"}, {"y"}, {textAttribute("mode", "constant")});
  return file.output("y");
}

OnnxFile shapeArithmetic() {
  OnnxFile file;
  file.input("x", {-1, 4, 6}).node("Shape", {"x"}, {"s"});
  file.node("Constant", {}, {"zero"}, {tensorAttribute("value", integerTensor("", {}, {0}))});
  file.node("Gather", {"s", "zero"}, {"n"}, {intAttribute("axis", 0)});
  file.integers("axes0", {0}).node("Unsqueeze", {"n", "axes0"}, {"n1"});
  file.integers("rest", {-1}).node("Concat", {"n1", "rest"}, {"target"}, {intAttribute("axis", 0)});
  file.node("Reshape", {"x", "target"}, {"f"});
  file.integers("starts", {0}).integers("ends", {24}).ramp("long", {30, 4});
  file.node("Slice", {"long", "starts", "ends"}, {"w"});
  file.node("ConstantOfShape", {"rest2"}, {"half"}, {tensorAttribute("value", floatTensor("", {1}, {0.5F}))});
  file.integers("rest2", {4}).node("MatMul", {"f", "w"}, {"m"});
  file.node("Add", {"m", "half"}, {"a"}).node("Sqrt", {"half"}, {"root"}).node("Div", {"a", "root"}, {"d"});
  file.node("Cast", {"d"}, {"e"}, {intAttribute("to", 1)});
  file.floats("low", {}, {-1}).floats("high", {}, {1}).node("Clip", {"e", "low", "high"}, {"y"});
  return file.output("y");
}

OnnxFile activations() {
  OnnxFile file;
  file.opset = 17;
  file.input("x", {1, 3, 4}).input("y", {1, 3, 4}).ramp("w", {2, 3, 3});
  std::string last = "x";
  for (const char *op : {"Sigmoid", "Tanh", "Elu", "Selu", "HardSigmoid", "HardSwish", "LeakyRelu", "Neg"}) {
    file.node(op, {last}, {last + "_"});
    last += "_";
  }
  file.node("Sum", {last, "y", "x"}, {"s"});
  file.node("Conv", {"s", "w"}, {"c"}, {intsAttribute("pads", {1, 1})});
  file.integers("axes", {2}).node("Unsqueeze", {"c", "axes"}, {"u"});
  file.node("Dropout", {"u"}, {"d"}).node("Identity", {"d"}, {"i"}).node("Squeeze", {"i", "axes"}, {"q"});
  file.node("Transpose", {"q"}, {"t"}, {intsAttribute("perm", {0, 2, 1})}).node("Softmax", {"t"}, {"z"});
  return file.output("z").output("c");
}

} // namespace

std::vector<std::string> seedFiles() {
  return {convolutional().bytes(), channelsLastGraph().bytes(), shapeArithmetic().bytes(),
          activations().bytes()};
}

} // namespace braid::test
