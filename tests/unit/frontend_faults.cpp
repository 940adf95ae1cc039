// What is refused, and with which words.

#include "frontend_read.h"

using namespace braid;
using namespace braid::test;
using Catch::Contains;

TEST_CASE("faults-name-node-operator-and-what-would-work", "[frontend]") {
  OnnxFile file = single("Pad", {1, 3}, {textAttribute("mode", "reflect")}, {"pads"});
  CHECK(faultOf(file.integers("pads", {0, 1, 0, 1})) ==
        "node 'the_pad' (Pad): error: mode 'reflect' is not supported; 'constant' is");
}

TEST_CASE("all-unsupported-nodes-are-told-at-once", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3, 8, 8}).ramp("w", {4, 2, 3, 3});
  file.node("Erf", {"x"}, {"a"})
      .node("Conv", {"a", "w"}, {"b"})
      .node("NoSuch", {"b"}, {"c"})
      .node("LSTM", {"c"}, {"y"});
  const std::string faults = faultOf(file.output("y"));
  CHECK_THAT(faults, Contains("'the_erf' (Erf): error: the activation is not supported; Relu, LeakyRelu, "));
  CHECK_THAT(faults, Contains("(Conv): error: weights [4, 2, 3, 3] do not fit 3 input channels in 1 group"));
  CHECK_THAT(faults, Contains("(NoSuch): error: the operator is not supported"));
  CHECK_THAT(faults, Contains("(LSTM): error: recurrent networks are not supported"));
}

TEST_CASE("files-that-are-no-models-are-recognised", "[frontend]") {
  CHECK_THAT(faultOf(""), Contains("is empty"));
  CHECK_THAT(faultOf("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), Contains("git lfs pull"));
  CHECK_THAT(faultOf("\n<html>"), Contains("is a web page"));
  CHECK_THAT(faultOf("\xfd"
                     "7zXZ"),
             Contains("xz -d"));
  CHECK_THAT(faultOf("PK\x03\x04"), Contains("PyTorch"));
  CHECK_THAT(faultOf("\xff\xff\xff"), Contains("cut short or damaged"));
  const std::string bytes = single("Relu", {1, 3}).bytes();
  CHECK_THAT(faultOf(llvm::StringRef(bytes).drop_back(3)), Contains("cut short or damaged"));
  CHECK_THAT(faultOf(Wire().number(1, 7).bytes), Contains("holds no graph"));
}

TEST_CASE("versions-outside-the-supported-are-refused", "[frontend]") {
  OnnxFile file = single("Relu", {1, 3});
  for (int64_t opset : {6, 7, 23}) {
    file.opset = opset;
    CHECK(faultOf(file) == "");
  }
  for (int64_t opset : {0, 5, 24, 999}) {
    file.opset = opset;
    CHECK_THAT(faultOf(file), Contains("is not supported; 6 to 23 are"));
  }
  file.opset = 13;
  for (int64_t ir : {0, 13}) {
    file.ir = ir;
    CHECK_THAT(faultOf(file), Contains("is not supported; 3 to 12 are"));
  }
}

TEST_CASE("graphs-must-be-in-single-assignment-form", "[frontend]") {
  OnnxFile twice = single("Relu", {1, 3});
  CHECK_THAT(faultOf(twice.node("Tanh", {"x"}, {"y"})),
             Contains("is already an input, an initializer or the output"));
  OnnxFile initializers = single("Relu", {1, 3});
  CHECK_THAT(faultOf(initializers.ramp("w", {1}).ramp("w", {2})), Contains("two initializers are named 'w'"));
  OnnxFile inputs = single("Relu", {1, 3});
  CHECK_THAT(faultOf(inputs.input("x", {1, 3})), Contains("two inputs are named 'x'"));
  OnnxFile outputs = single("Relu", {1, 3});
  CHECK_THAT(faultOf(outputs.output("y")), Contains("two outputs are named 'y'"));
  OnnxFile dangling = single("Relu", {1, 3});
  CHECK_THAT(faultOf(dangling.output("z")), Contains("no node produces the output 'z'"));
  CHECK_THAT(faultOf(single("Add", {1, 3}, {}, {"nothing"})),
             Contains("input 'nothing' is neither an input of the model"));
  OnnxFile cycle;
  cycle.input("x", {1, 3}).node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).output("b");
  CHECK_THAT(faultOf(cycle), Contains("stands on a cycle"));
  OnnxFile none;
  none.input("x", {1, 3});
  CHECK_THAT(faultOf(none), Contains("has no outputs"));
}

TEST_CASE("ends-of-the-graph-must-be-float-tensors-of-known-size", "[frontend]") {
  CHECK_THAT(faultOf(single("Relu", {1, -1})), Contains("dimension 1 has no fixed size"));
  CHECK_THAT(faultOf(single("Relu", {1, int64_t{1} << 31, int64_t{1} << 31})),
             Contains("is larger than any network's"));
  OnnxFile integers;
  integers.input("x", {1, 3}, 7).node("Relu", {"x"}, {"y"}).output("y");
  CHECK_THAT(faultOf(integers),
             Contains("input 0 is int64; only streams of floats (and sums in int32) are supported here"));
  OnnxFile passed;
  passed.input("x", {1, 3}).node("Identity", {"x"}, {"y"}).output("y");
  CHECK_THAT(faultOf(passed), Contains("output 'y' is an input of the model, unchanged"));
  OnnxFile constant;
  constant.input("x", {1, 3}).ramp("c", {3}).node("Sqrt", {"c"}, {"y"}).output("y");
  CHECK_THAT(faultOf(constant), Contains("output 'y' is a constant"));
}

TEST_CASE("tensors-must-have-the-data-their-dimensions-say", "[frontend]") {
  auto withWeights = [](const Wire &tensor) {
    return single("MatMul", {1, 4}, {}, {"w"}).initializer(tensor);
  };
  CHECK_THAT(faultOf(withWeights(tensorMessage("w", 1, {4, 2}, std::string(12, '\0')))),
             Contains("it has 12 bytes of data; float32 of dimensions [4, 2] need 32"));
  CHECK_THAT(faultOf(withWeights(tensorMessage("w", 1, {4, 2}, ""))), Contains("the weights were stripped"));
  CHECK_THAT(faultOf(withWeights(tensorMessage("w", 77, {4, 2}, ""))), Contains("element type 77"));
  CHECK_THAT(faultOf(withWeights(tensorMessage("w", 8, {1}, ""))), Contains("it has string"));
  CHECK_THAT(faultOf(withWeights(tensorMessage("w", 1, {int64_t{1} << 40, int64_t{1} << 40}, ""))),
             Contains("make no sensible number of elements"));
  CHECK_THAT(
      faultOf(withWeights(floatTensor("w", {4, 1}, {1, 2, std::numeric_limits<float>::quiet_NaN(), 0}))),
      Contains("weights hold NaN or infinity"));
}

TEST_CASE("a-zero-point-has-the-type-of-what-it-is-the-zero-of", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 4}).floats("s", {}, {0.5F});
  file.initializer(tensorMessage("zero", 2, {}, std::string(1, '\0')));
  file.initializer(tensorMessage("other", 3, {}, std::string(1, '\0')));
  file.node("QuantizeLinear", {"x", "s", "zero"}, {"q"}).node("DequantizeLinear", {"q", "s", "other"}, {"y"});
  CHECK_THAT(faultOf(file.output("y")),
             Contains("its input is uint8, its zero point int8; they must be of one type"));
}

TEST_CASE("operators-that-cannot-be-built-say-why", "[frontend]") {
  struct Case {
    OnnxFile file;
    const char *message;
  };
  auto scales = [](OnnxFile file, std::vector<float> values) { return file.floats("s", {4}, values); };
  const Case cases[] = {
      {single("If", {1, 3}, {graphAttribute("then_branch")}), "control flow is not supported"},
      {single("DynamicQuantizeLinear", {1, 3}), "finds its scales at run time is not supported"},
      {single("QuantizeLinear", {1, 3}), "1 inputs; 2 to 3 are expected"},
      {scales(single("QuantizeLinear", {1, 4}, {}, {"s"}), {1, 2, 0, 1}), "a scale of 0"},
      {single("QuantizeLinear", {1, 3}, {}, {"x"}),
       "scales (input 1) come at run time; they must be constant"},
      {single("Relu", {1, 3}, {intAttribute("axis", 1)}), "attribute 'axis' is not supported"},
      {single("LeakyRelu", {1, 3}, {intAttribute("alpha", 1)}), "attribute 'alpha' is not a float"},
      {single("LeakyRelu", {1, 3}, {intAttribute("alpha", 1).text(4, "both")}),
       "attribute 'alpha' holds values of more than one kind"},
      {single("MatMul", {1, 3}, {}, {"x"}), "weights (input 1) come at run time; they must be constant"},
      {single("MatMul", {1, 3}, {}, {"w"}).ramp("w", {4, 2}), "weights [2, 4] do not fit axis 1 of [1, 3]"},
      {single("MatMul", {1, 2, 3}, {}, {"w"}).ramp("w", {2, 3, 4}), "a product with a stack of matrices"},
      {single("Gemm", {1, 3}, {}, {"w", "b"}).ramp("w", {3, 2}).ramp("b", {4}),
       "a bias of shape [4] does not fit outputs [1, 2]"},
      {single("Conv", {1, 1, 2, 2, 2}, {}, {"w"}).ramp("w", {1, 1, 1, 1, 1}),
       "3 spatial dimensions; one or two are supported"},
      {single("Conv", {1, 1, 2, 2}, {}, {"w"}).ramp("w", {1, 1, 5, 5}),
       "a kernel that reaches over 5 cells does not fit into 2"},
      {single("Conv", {1, 1, 9, 9}, {intsAttribute("strides", {0, 0})}, {"w"}).ramp("w", {1, 1, 1, 1}),
       "strides [0, 0] are not supported"},
      {single("Conv", {1, 1, 9, 9}, {textAttribute("auto_pad", "SOME")}, {"w"}).ramp("w", {1, 1, 1, 1}),
       "auto_pad 'SOME' is unknown"},
      {single("ConvTranspose", {1, 1, 2, 2, 2}, {}, {"w"}).ramp("w", {1, 1, 1, 1, 1}),
       "3 spatial dimensions; one or two are supported"},
      {single("ConvTranspose", {1, 2, 4, 4}, {}, {"w"}).ramp("w", {3, 1, 2, 2}),
       "weights [3, 1, 2, 2] do not fit 2 input channels in 1 group"},
      {single("ConvTranspose", {1, 2, 4, 4}, {intAttribute("group", 3)}, {"w"}).ramp("w", {2, 1, 2, 2}),
       "weights [2, 1, 2, 2] do not fit 2 input channels in 3 groups"},
      {single("ConvTranspose", {1, 2, 4, 4}, {}, {"x"}), "weights (input 1) come at run time"},
      {single("ConvTranspose", {1, 2, 4, 4}, {}, {"w", "b"}).ramp("w", {2, 1, 2, 2}).ramp("b", {2}),
       "2 biases for 1 output channels"},
      {single("ConvTranspose", {1, 1, 4, 4}, {intsAttribute("kernel_shape", {3, 3})}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "kernel_shape differs from that of the weights [1, 1, 2, 2]"},
      {single("ConvTranspose", {1, 1, 4, 4}, {textAttribute("auto_pad", "SOME")}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "auto_pad 'SOME' is unknown"},
      {single("ConvTranspose", {1, 1, 4, 4}, {intsAttribute("output_padding", {-1, 0})}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "output_padding [-1, 0] are not supported; numbers from 0 on are"},
      {single("ConvTranspose", {1, 1, 4, 4}, {intsAttribute("output_shape", {8})}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "output_shape [8]; 2 numbers are expected"},
      {single("ConvTranspose", {1, 1, 2, 2}, {intsAttribute("pads", {2, 0, 2, 0})}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "an output of -1 cells along dimension 0"},
      {single("ConvTranspose", {1, 1, 4, 4}, {intsAttribute("pads", {2, 0, 0, 0})}, {"w"})
           .ramp("w", {1, 1, 2, 2}),
       "pads of 2 and 0 cells that cut off whole inputs of a kernel that reaches over 2"},
      {single("ConvTranspose", {1, 1, 4, 4}, {intsAttribute("strides", {64, 65})}, {"w"})
           .ramp("w", {1, 1, 1, 1}),
       "strides that make 4160 phases; up to 4096 are supported"},
      {single("MaxPool", {1, 1, 4, 4},
              {intsAttribute("kernel_shape", {1, 1}), intsAttribute("pads", {1, 1, 1, 1})}),
       "pads as large as the kernel"},
      {single("ReduceMean", {1, 2, 3, 4, 5}, {intsAttribute("axes", {3})}),
       "it must leave the channels only"},
      {single("ReduceMean", {1, 2, 3, 4}), "a reduction over the batch"},
      {single("Softmax", {1, 2}, {intAttribute("axis", 0)}), "a softmax over the batch"},
      {single("Concat", {1, 2}, {intAttribute("axis", 0)}, {"x"}),
       "joining along the batch (axis 0) is not supported"},
      {single("Div", {1, 2}, {}, {"c"}).floats("c", {}, {0}), "whose reciprocal is no float32"},
      {single("Div", {1, 2}, {}, {"c"}).floats("c", {2}, {1, 1e-45F}), "whose reciprocal is no float32"},
      {single("Add", {1, 2}, {}, {"c"}).ramp("c", {5, 1}),
       "a constant [5, 1] makes the stream [1, 2] larger"},
      {single("Add", {1, 2}, {}, {"c"}).ramp("c", {3}), "do not broadcast"},
      {single("Clip", {1, 2}, {}, {"low", "high"}).floats("low", {}, {2}).floats("high", {}, {1}),
       "the lower bound 2 is above the upper bound 1"},
      {single("Reshape", {1, 6}, {}, {"t"}).integers("t", {4, -1}), "[1, 6] cannot be reshaped to [4, -1]"},
      {single("Transpose", {1, 2, 3}, {intsAttribute("perm", {0, 1, 1})}),
       "perm [0, 1, 1] is no permutation of 3 dimensions"},
      {single("Transpose", {1, 2, 3}, {intsAttribute("perm", {0, 9, 1})}), "is no permutation"},
      {single("Squeeze", {1, 2, 3}, {}, {"a"}).integers("a", {1}), "axis 1 of [1, 2, 3] is not 1"},
      {single("Flatten", {1, 2, 3}, {intAttribute("axis", 7)}), "axis 7 is outside a tensor of 3 dimensions"},
      {scales(single("Resize", {1, 2, 3, 3}, {textAttribute("mode", "linear")}, {"", "s"}), {1, 1, 2, 2}),
       "mode 'linear' is not supported"},
      {scales(single("Resize", {1, 2, 4, 4}, {}, {"", "s"}), {1, 1, 1.5F, 1}), "whole factors are supported"},
      {scales(single("Resize", {1, 2, 4, 4}, {}, {"", "s"}), {1, 2, 2, 2}),
       "batch and channels must keep their size"},
      {single("Slice", {1, 9}, {}, {"s", "e"}).integers("s", {0}).integers("e", {1}),
       "supported on constants only"},
      {single("Dropout", {1, 9}, {}, {"", "t"}).initializer(tensorMessage("t", 9, {}, "\x01")),
       "training mode is not supported"},
      {single("BatchNormalization", {1, 2}, {}, {"c", "c", "c", "n"})
           .ramp("c", {2})
           .floats("n", {2}, {-1, 1}),
       "has no root"},
      {single("Gemm", {1, 3}), "1 inputs; 2 to 3 are expected"},
  };
  for (const Case &test : cases)
    CHECK_THAT(faultOf(test.file), Contains(test.message));
}

TEST_CASE("second-outputs-must-not-be-used", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 1, 4, 4}).node("MaxPool", {"x"}, {"y", "at"}, {intsAttribute("kernel_shape", {2, 2})});
  CHECK(faultOf(file.output("y")) == "");
  CHECK_THAT(faultOf(file.output("at")),
             Contains("its output 'at' is used, but only the first output is supported"));
}

TEST_CASE("a-fixed-batch-must-not-be-mixed", "[frontend]") {
  // Neither as a batch of 4 nor as part of the sample can this be a convolution.
  OnnxFile file;
  file.input("x", {4, 2, 3, 3}).ramp("w", {2, 2, 1, 1}).integers("t", {1, -1});
  file.node("Conv", {"x", "w"}, {"c"}).node("Reshape", {"c", "t"}, {"y"}).output("y");
  CHECK_THAT(faultOf(file), Contains("a reshape to [1, -1] mixes the 4 samples of the batch"));
}

TEST_CASE("folding-is-bounded", "[frontend]") {
  OnnxFile file = single("Add", {1, 2}, {}, {"huge"});
  file.integers("dims", {1 << 20, 1 << 20}).node("ConstantOfShape", {"dims"}, {"huge"});
  CHECK_THAT(faultOf(file), Contains("makes no sensible number of elements"));
  OnnxFile division = single("Reshape", {1, 2}, {}, {"q"});
  division.integers("a", {1}).integers("b", {0}).node("Div", {"a", "b"}, {"q"});
  CHECK_THAT(faultOf(division), Contains("an integer division by 0"));
}
