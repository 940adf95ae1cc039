// Data beside the model, tensors in their many storages, and the way back into a file.

#include "frontend_read.h"

using namespace braid;
using namespace braid::test;
using Catch::Contains;

namespace {

Wire externalTensor(llvm::StringRef location, int64_t offset = -1, int64_t length = -1) {
  auto entry = [](llvm::StringRef key, llvm::StringRef value) { return Wire().text(1, key).text(2, value); };
  Wire out = Wire().number(1, 2).number(1, 2).number(2, 1).text(8, "w").number(14, 1);
  out.message(13, entry("location", location));
  if (offset >= 0)
    out.message(13, entry("offset", std::to_string(offset)));
  if (length >= 0)
    out.message(13, entry("length", std::to_string(length)));
  return out;
}

OnnxFile modelWith(const Wire &tensor) {
  OnnxFile file;
  file.input("x", {1, 2}).initializer(tensor).node("MatMul", {"x", "w"}, {"y"}).output("y");
  return file;
}

std::string faultBeside(const Wire &tensor) {
  const TemporaryFile file(modelWith(tensor).bytes());
  file.write("w.bin", bytesOf<float>({9, 1, 2, 3, 4}));
  std::filesystem::create_symlink("/etc/hostname", file.folder() / "link.bin");
  std::filesystem::create_directory(file.folder() / "folder");
  auto model = frontend::readOnnx(file.path());
  return model ? "" : llvm::toString(model.takeError());
}

} // namespace

TEST_CASE("weights-may-stand-in-a-file-beside-the-model", "[frontend]") {
  const TemporaryFile file(modelWith(externalTensor("w.bin", 4, 16)).bytes());
  file.write("w.bin", bytesOf<float>({9, 1, 2, 3, 4}));
  auto model = frontend::readOnnx(file.path());
  REQUIRE(bool(model));
  CHECK(opOf<ir::Dense>(*model, 0).weights.floats() == std::vector<float>{1, 3, 2, 4});
}

TEST_CASE("nothing-outside-the-models-folder-is-opened", "[frontend]") {
  CHECK_THAT(faultBeside(externalTensor("/etc/hostname")),
             Contains("must be named by a path relative to the model"));
  CHECK_THAT(faultBeside(externalTensor("")), Contains("must be named by a path relative to the model"));
  CHECK_THAT(faultBeside(externalTensor("../w.bin")), Contains("lies outside the model's folder"));
  CHECK_THAT(faultBeside(externalTensor("a/../../w.bin")), Contains("lies outside the model's folder"));
  CHECK_THAT(faultBeside(externalTensor("link.bin")), Contains("leads outside the model's folder"));
  CHECK_THAT(faultBeside(externalTensor("folder")), Contains("is no regular file"));
  CHECK_THAT(faultBeside(externalTensor("none.bin")), Contains("cannot be read"));
  CHECK_THAT(faultBeside(externalTensor("w.bin", 8)), Contains("has 20 bytes; 16 at offset 8 are needed"));
  CHECK_THAT(faultBeside(externalTensor("w.bin", 0, 8)),
             Contains("length 8, but the dimensions need 16 bytes"));
}

TEST_CASE("tensor-files-are-read-in-every-storage", "[frontend]") {
  auto valuesOf = [](const Wire &tensor) {
    const TemporaryFile file(tensor.bytes, "input_0.pb");
    auto host = frontend::readTensorProto(file.path());
    if (!host)
      FAIL(llvm::toString(host.takeError()));
    return host->values;
  };
  using Values = std::vector<float>;
  CHECK(valuesOf(floatTensor("", {3}, {1, -2, 3})) == Values{1, -2, 3});
  CHECK(valuesOf(integerTensor("", {2}, {-5, 7})) == Values{-5, 7});
  CHECK(valuesOf(tensorMessage("", 11, {1}, bytesOf<double>({0.1}))) == Values{0.1F});
  CHECK(valuesOf(tensorMessage("", 3, {2}, "\xff\x7f")) == Values{-1, 127});
  CHECK(valuesOf(tensorMessage("", 2, {2}, "\xff\x7f")) == Values{255, 127});
  // float16: 1.5 = 3e00, smallest subnormal 2^-24 = 0001, -infinity = fc00. bfloat16: 1.5 = 3fc0.
  CHECK(valuesOf(tensorMessage("", 10, {3}, bytesOf<uint16_t>({0x3e00, 0x0001, 0xfc00}))) ==
        Values{1.5F, 0x1p-24F, -std::numeric_limits<float>::infinity()});
  CHECK(valuesOf(tensorMessage("", 16, {1}, bytesOf<uint16_t>({0x3fc0}))) == Values{1.5F});
  // Typed fields: packed float_data (4), int64_data (7), and float16 as bits in int32_data (5).
  CHECK(valuesOf(Wire().number(1, 2).number(2, 1).text(4, bytesOf<float>({1, 2}))) == Values{1, 2});
  CHECK(valuesOf(Wire().number(1, 1).number(2, 7).number(7, 300)) == Values{300});
  CHECK(valuesOf(Wire().number(1, 1).number(2, 10).number(5, 0x3e00)) == Values{1.5F});

  const TemporaryFile file("no tensor", "input_0.pb");
  auto host = frontend::readTensorProto(file.path());
  REQUIRE(!host);
  CHECK_THAT(llvm::toString(host.takeError()), Contains("is not an ONNX tensor"));
}

TEST_CASE("a-written-model-reads-back-the-same", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 8, 8})
      .ramp("w", {4, 2, 3, 3})
      .ramp("b", {4})
      .ramp("fw", {36, 3})
      .ramp("s", {4, 1, 1});
  file.node("Conv", {"x", "w", "b"}, {"c"},
            {intsAttribute("strides", {2, 2}), intsAttribute("pads", {1, 0, 1, 1})});
  file.node("Mul", {"c", "s"}, {"m"}).node("Relu", {"m"}, {"r"}).node("Add", {"r", "c"}, {"a"});
  file.node("MaxPool", {"a"}, {"p"}, {intsAttribute("kernel_shape", {2, 2})}).node("Flatten", {"p"}, {"f"});
  file.node("MatMul", {"f", "fw"}, {"y"})
      .node("Softmax", {"y"}, {"z"}, {intAttribute("axis", 1)})
      .output("z")
      .output("r");
  const ir::Model model = readModel(file);
  const TemporaryFile written(frontend::writeOnnx(model));
  auto again = frontend::readOnnx(written.path());
  REQUIRE(bool(again));
  CHECK(ir::print(*again) == ir::print(model));
  REQUIRE(again->inputs.size() == 1);
  CHECK(again->inputs[0].name == "x");
  CHECK(again->inputs[0].onnxShape == ir::Shape{2, 8, 8});
  CHECK(again->outputs[1].name == "r");
  CHECK(again->outputs[1].perm == model.outputs[1].perm);
}

TEST_CASE("writing-is-deterministic", "[frontend]") {
  OnnxFile file;
  file.input("x", {1, 2, 4, 4}).ramp("w", {3, 2, 1, 1}).node("Conv", {"x", "w"}, {"y"}).output("y");
  CHECK(frontend::writeOnnx(readModel(file)) == frontend::writeOnnx(readModel(file)));
}
