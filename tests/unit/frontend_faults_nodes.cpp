// Nodes that are nearly right: each is refused with what is wrong with it.
#include "frontend_read.h"

#include <limits>

using namespace braid;
using namespace braid::test;
using Catch::Contains;

namespace {

struct Case {
  OnnxFile file;
  const char *message;
};

void checkAll(llvm::ArrayRef<Case> cases) {
  for (const Case &test : cases)
    CHECK_THAT(faultOf(test.file), Contains(test.message));
}

/// `op` on the inputs, which are constants, gives the target of a Reshape of x [1, 6].
OnnxFile folded(llvm::StringRef op, llvm::ArrayRef<std::string> inputs,
                llvm::ArrayRef<Wire> attributes = {}) {
  OnnxFile file;
  file.input("x", {1, 6}).node(op, inputs, {"t"}, attributes).node("Reshape", {"x", "t"}, {"y"}).output("y");
  return file;
}

OnnxFile withOpset(int64_t opset, OnnxFile file) {
  file.opset = opset;
  return file;
}

/// x [1, 3] times weights that stand in another file.
OnnxFile external(llvm::ArrayRef<std::pair<const char *, const char *>> entries) {
  Wire tensor = Wire().number(1, 3).number(1, 2).number(2, 1).text(8, "w");
  for (const auto &[key, value] : entries)
    tensor.message(13, Wire().text(1, key).text(2, value));
  tensor.number(14, 1);
  OnnxFile file = single("MatMul", {1, 3}, {}, {"w"});
  return file.initializer(tensor);
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

} // namespace

TEST_CASE("constants-that-cannot-be-folded-say-why", "[frontend]") {
  const Case cases[] = {
      {folded("Concat", {"a", ""}, {intAttribute("axis", 0)}).integers("a", {1}),
       "its inputs differ in rank or type"},
      {folded("Concat", {"a", "b"}, {intAttribute("axis", 0)}).integers("a", {1}).floats("b", {1}, {6}),
       "its inputs differ in rank or type"},
      {folded("Concat", {"a", "b"}, {intAttribute("axis", 1)})
           .initializer(integerTensor("a", {1, 1}, {1}))
           .initializer(integerTensor("b", {2, 1}, {2, 3})),
       "shapes [1, 1] and [2, 1] differ outside axis 1"},
      {folded("Gather", {"a", "i"}).integers("a", {1, 6}).integers("i", {2}),
       "index 2 is outside axis 0 of [2]"},
      {folded("Gather", {"a", "i"}).integers("a", {1, 6}).floats("i", {1}, {0}),
       "indices must be integers, not float32"},
      {folded("Gather", {"a", ""}).integers("a", {1, 6}), "input 1 is left out"},
      {folded("Sum", {"a", ""}).integers("a", {1, 6}), "input 1 is left out"},
      {folded("Slice", {"a", "s", "e"}).integers("a", {1, 6}).integers("s", {0}).integers("e", {1, 2}),
       "starts, ends, axes and steps differ in number"},
      {folded("Slice", {"a", "s", "e", "n", "p"})
           .integers("a", {1, 6})
           .integers("s", {0})
           .integers("e", {2})
           .integers("n", {0})
           .integers("p", {0}),
       "a slice step of 0 is not possible"},
      {folded("Range", {"a", "b", "c"}).integers("a", {1, 2}).integers("b", {6}).integers("c", {1}),
       "start, limit and delta must be single numbers"},
      {folded("Range", {"a", "b", "c"}).integers("a", {1}).integers("b", {6}).integers("c", {0}),
       "a delta of 0 is not possible"},
      {folded("Squeeze", {"a", "n"}).integers("a", {1, 6}).integers("n", {0}),
       "axis 0 of [2] is not 1 and cannot be squeezed"},
      {folded("Squeeze", {"a", "n"}).initializer(integerTensor("a", {1, 1}, {6})).integers("n", {0, -2}),
       "axis -2 is given twice"},
  };
  checkAll(cases);
}

TEST_CASE("operands-that-do-not-fit-say-why", "[frontend]") {
  const Case cases[] = {
      {single("Gemm", {1, 3}, {}, {"w"}).ramp("w", {4, 2}),
       "operands [1, 3] and [4, 2] (as it is) do not fit"},
      {single("Gemm", {1, 3}, {intAttribute("transB", 1)}, {"w"}).ramp("w", {2, 4}),
       "operands [1, 3] and [2, 4] (transposed) do not fit"},
      {single("MatMul", {1, 3}, {}, {""}), "weights (input 1) are left out"},
      {single("Add", {1, 3}, {}, {""}), "input 1 is left out"},
      {withOpset(6, single("Add", {1, 3}, {intAttribute("axis", 1), intAttribute("broadcast", 1)}, {"c"}))
           .ramp("c", {3, 2}),
       "a constant [3, 2] from axis 1 on does not fit a stream of 2 dimensions"},
      {single("PRelu", {1, 3, 4}, {}, {"s"}).ramp("s", {5, 1}),
       "slopes [5, 1] do not broadcast to an input [1, 3, 4]"},
      {single("PRelu", {1, 1, 4}, {}, {"s"}).ramp("s", {3, 4}),
       "slopes [3, 4] do not broadcast to an input [1, 1, 4]"},
      {single("Elu", {1, 3}, {floatAttribute("alpha", kNaN)}), "a parameter is NaN or infinite"},
      {single("BatchNormalization", {4}, {}, {"c", "c", "c", "c"}).ramp("c", {4}),
       "an input [4] has no channels; two or more dimensions are needed"},
      {single("BatchNormalization", {1, 4}, {}, {"c", "c", "c", "c"}).ramp("c", {3}),
       "3 scales do not fit 4 channels; one for each is needed"},
      {single("BatchNormalization", {1, 1 << 28}, {}, {"c", "c", "c", "c"}).ramp("c", {3}),
       "channels are more than any network has"},
      {withOpset(8,
                 single("BatchNormalization", {1, 4, 2}, {intAttribute("spatial", 0)}, {"c", "c", "c", "c"}))
           .ramp("c", {4, 2}),
       "spatial 0 (statistics per element) is not supported"},
      {single("Conv", {1, 2, 4, 4}, {}, {"w"}).ramp("w", {3, 2, 1}),
       "weights [3, 2, 1] do not fit an input [1, 2, 4, 4]; both need as many dimensions"},
      {single("MaxPool", {1, 2, 4, 4}, {intsAttribute("kernel_shape", {2})}),
       "a kernel of 1 dimensions does not fit an input [1, 2, 4, 4]"},
      {single("MaxPool", {1, 2, 4, 4}, {intsAttribute("kernel_shape", {0, 2})}),
       "a kernel [0, 2] is not supported; sizes from 1 to"},
  };
  checkAll(cases);
}

TEST_CASE("shapes-that-do-not-fit-say-why", "[frontend]") {
  OnnxFile unequal = single("Concat", {1, 2, 3}, {intAttribute("axis", 1)}, {"z"});
  unequal.input("z", {1, 2, 4});
  OnnxFile ranks = single("Concat", {1, 2, 3}, {intAttribute("axis", 1)}, {"z"});
  ranks.input("z", {1, 2});
  const Case cases[] = {
      {unequal, "inputs [1, 2, 3] and [1, 2, 4] differ outside axis 1"},
      {ranks, "inputs [1, 2, 3] and [1, 2] differ in rank"},
      {single("Pad", {1, 3}, {}, {"p"}).integers("p", {0, 1}), "2 pads for 2 axes; two for each are needed"},
      {single("Pad", {1, 3}, {}, {"p"}).integers("p", {1, 0, 0, 0}), "the batch cannot be padded"},
      {single("Pad", {1, 3}, {}, {"p", "v"}).integers("p", {0, 1, 0, 0}).floats("v", {}, {kNaN}),
       "the padding's value is NaN"},
      {single("DepthToSpace", {1, 3, 2, 2}, {intAttribute("blocksize", 2)}),
       "blocks of 2 x 2 do not fit an input [1, 3, 2, 2]"},
      {single("SpaceToDepth", {1, 3, 2, 3}, {intAttribute("blocksize", 2)}),
       "blocks of 2 x 2 do not fit an input [1, 3, 2, 3]"},
      {single("Resize", {1, 2, 3, 3}, {}, {"", "s"}).floats("s", {3}, {1, 1, 2}),
       "3 factors for 4 axes; one for each is needed"},
      {single("Resize", {1, 2, 3, 3}, {}, {"", "s"}).floats("s", {4}, {1, 1, -2, 2}),
       "a factor of -2; whole factors from 1 on are supported"},
      {single("Resize", {1, 2, 3, 3}, {}, {"", "s"}).ramp("s", {17}),
       "17 scales are more than any tensor has axes"},
      {withOpset(18, single("Resize", {1, 2, 3, 3}, {textAttribute("keep_aspect_ratio_policy", "not_larger")},
                            {"", "s"}))
           .floats("s", {4}, {1, 1, 2, 2}),
       "only keep_aspect_ratio_policy 'stretch' is supported"},
  };
  checkAll(cases);
}

TEST_CASE("a-batch-of-several-stays-in-front", "[frontend]") {
  // A convolution ahead makes the 4 a batch and not part of a sample.
  auto batched = [](llvm::StringRef op, llvm::ArrayRef<Wire> attributes, llvm::ArrayRef<std::string> more) {
    std::vector<std::string> inputs = {"c"};
    inputs.insert(inputs.end(), more.begin(), more.end());
    OnnxFile file;
    file.input("x", {4, 2, 3, 3}).ramp("w", {2, 2, 1, 1}).node("Conv", {"x", "w"}, {"c"});
    return file.node(op, inputs, {"y"}, attributes).output("y");
  };
  const Case cases[] = {
      {batched("Transpose", {intsAttribute("perm", {1, 0, 2, 3})}, {}),
       "perm [1, 0, 2, 3] moves the batch of 4"},
      {batched("Unsqueeze", {}, {"a"}).integers("a", {0}),
       "a new axis before the batch of 4 is not supported"},
      {batched("Squeeze", {}, {"a"}).integers("a", {0}), "axis 0 is a batch of 4 and cannot be squeezed"},
  };
  checkAll(cases);
}

TEST_CASE("external-data-must-be-what-it-says", "[frontend]") {
  const Case cases[] = {
      {external({{"location", "w.bin"}, {"length", "many"}}),
       "external data: length 'many' is no count of bytes"},
      {external({{"location", "w.bin"}, {"offset", "-4"}}),
       "external data: offset '-4' is no count of bytes"},
      {external({{"location", "w.bin"}, {"length", "20"}}),
       "external data: length 20, but the dimensions need 24 bytes"},
      {external({{"location", "../w.bin"}}), "lies outside the model's folder"},
      {external({{"location", "/w.bin"}}), "must be named by a path relative to the model"},
      {external({{"location", "absent.bin"}}), "external data 'absent.bin' cannot be read: No such file"},
      {external({{"location", "."}}), "external data '.' leads outside the model's folder"},
  };
  checkAll(cases);
}

TEST_CASE("very-many-faults-are-counted", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 3});
  std::string last = "x";
  for (int i = 0; i < 150; ++i) {
    const std::string next = "t" + std::to_string(i);
    file.node("Erf", {last}, {next});
    last = next;
  }
  CHECK_THAT(faultOf(file.output(last)), Contains("and 50 more faults"));
}

TEST_CASE("segments-are-refused", "[frontend]") {
  Wire tensor = floatTensor("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  tensor.message(3, Wire().number(1, 0).number(2, 6));
  OnnxFile file = single("MatMul", {1, 3}, {}, {"w"});
  CHECK_THAT(faultOf(file.initializer(tensor)), Contains("it is stored in segments, which is not supported"));
}
