// Data files: what is read, and what is wrong with those that are not.
#include "frontend_onnx_file.h"

#include "braid/driver/data.h"

#include "llvm/Support/Error.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

using namespace braid;
using namespace braid::test;
using Catch::Contains;

namespace {

/// A .npy file, version 1, with this header dictionary and data.
std::string npy(const std::string &dictionary, const std::string &data) {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dictionary.size() & 255);
  out += static_cast<char>(dictionary.size() >> 8);
  return out + dictionary + data;
}

std::string header(const std::string &type, const std::string &shape, const char *fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::string faultOfData(llvm::StringRef name, llvm::StringRef bytes) {
  const TemporaryFile file(bytes, name);
  auto data = driver::readData(file.path());
  return data ? "" : llvm::toString(data.takeError());
}

driver::DataFile readBytes(llvm::StringRef name, llvm::StringRef bytes, double divisor = 1) {
  const TemporaryFile file(bytes, name);
  auto data = driver::readData(file.path(), divisor);
  if (!data)
    FAIL(llvm::toString(data.takeError()));
  return std::move(*data);
}

std::string faultOfLabels(llvm::ArrayRef<float> values, int64_t frames, bool isFirstFrames = false) {
  const TemporaryFile file(bytesOf<float>(values), "labels.raw");
  auto labels = driver::readLabels(file.path(), frames, /*classes=*/10, isFirstFrames);
  if (labels)
    CHECK(static_cast<int64_t>(labels->size()) == frames);
  return labels ? "" : llvm::toString(labels.takeError());
}

/// A model whose only input takes frames of this shape.
ir::Model taking(llvm::ArrayRef<int64_t> shape) {
  ir::Model model;
  ir::Port port;
  port.name = "x";
  port.onnxShape.assign(shape.begin(), shape.end());
  port.stream = model.addStream("x", port.onnxShape);
  model.inputs.push_back(port);
  return model;
}

/// Frames found in zeros of these dimensions, or what is wrong with them.
std::string framesIn(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> shape) {
  const ir::Model model = taking(shape);
  driver::DataFile data;
  data.dims = dims.vec();
  data.values.resize(static_cast<size_t>(ir::elements(dims)));
  auto batch = driver::framesFor(model, model.inputs[0], data, "x.npy", 0);
  return batch ? std::to_string(batch->frames) : llvm::toString(batch.takeError());
}

} // namespace

TEST_CASE("data-files-are-read-by-their-ending") {
  const std::vector<float> two = {1.5F, -2};
  CHECK(readBytes("a.raw", bytesOf<float>(two)).values == two);
  CHECK(readBytes("a.npy", npy(header("<f4", "(2,)"), bytesOf<float>(two))).values == two);
  const std::vector<int16_t> shorts = {3, -4};
  const driver::DataFile rows = readBytes("a.npy", npy(header("<i2", "(1, 2)"), bytesOf<int16_t>(shorts)), 2);
  CHECK(rows.dims == std::vector<int64_t>{1, 2});
  CHECK(rows.values == std::vector<float>{1.5F, -2});
  CHECK(readBytes("a-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x02\x07\xff", 10)).values ==
        std::vector<float>{7, 255});
}

TEST_CASE("numpy-files-that-are-none-say-why") {
  CHECK_THAT(faultOfData("a.npy", "PK\x03\x04"), Contains("it ends in .npy and is no numpy file"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<f4", "(1,)"), "").substr(0, 20)),
             Contains("its numpy header is cut off"));
  CHECK_THAT(faultOfData("a.npy", npy("{'descr': [('x', '<f4')], 'shape': (1,)}", "abcd")),
             Contains("structured numpy types are not supported"));
  CHECK_THAT(faultOfData("a.npy", npy(header(">f4", "(1,)"), "abcd")),
             Contains("numpy type '>f4' is not supported; little-endian"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<c8", "(1,)"), "abcdabcd")),
             Contains("numpy type '<c8' is not supported"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<f4", "(1, 1)", "True"), "abcd")),
             Contains("it is in Fortran order"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<f4", "(-1,)"), "abcd")),
             Contains("its numpy shape cannot be read"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<f4", "(4294967296, 4294967296)"), "abcd")),
             Contains("its numpy shape cannot be read"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<f4", "(3,)"), "abcdabcd")),
             Contains("its shape has 3 elements, its data 2"));
}

TEST_CASE("idx-and-raw-files-that-are-none-say-why") {
  CHECK_THAT(faultOfData("a-ubyte", "text"), Contains("it is no idx file of unsigned bytes"));
  CHECK_THAT(faultOfData("a-ubyte", llvm::StringRef("\0\0\x08\x03\0\0", 6)),
             Contains("its idx header is cut off"));
  CHECK_THAT(faultOfData("a-ubyte", std::string("\0\0\x08\x03", 4) + std::string(12, '\xff')),
             Contains("its idx dimensions overflow"));
  CHECK_THAT(faultOfData("a-ubyte", llvm::StringRef("\0\0\x08\x01\0\0\0\x05x", 9)),
             Contains("its dimensions have 5 elements, its data 1"));
  CHECK_THAT(faultOfData("a.raw", "abcde"), Contains("5 bytes are no whole number of float32"));
  CHECK_THAT(faultOfData("a.csv", "1,2"), Contains("its ending is not known; .npy, .pb"));
  CHECK_THAT(faultOfData("a.pb", "\xff\xff"), Contains("is not an ONNX tensor"));
}

TEST_CASE("labels-are-class-numbers-one-for-each-frame") {
  CHECK(faultOfLabels({0, 9, 3}, 3) == "");
  CHECK(faultOfLabels({0, 9, 3}, 2, /*isFirstFrames=*/true) == "");
  CHECK_THAT(faultOfLabels({0, 9, 3}, 2),
             Contains("3 labels for 2 frames; one for each is needed, or --frames"));
  CHECK_THAT(faultOfLabels({0, 10}, 2),
             Contains("label 10 of frame 1 is no class number; whole numbers from 0 to 9 are"));
  CHECK_THAT(faultOfLabels({0, 9}, 3), Contains("2 labels for 3 frames; one for each is needed"));
  CHECK_THAT(faultOfLabels({0, 2.5F}, 2), Contains("label 2.5 of frame 1 is no class number"));
  CHECK_THAT(faultOfLabels({-1}, 1), Contains("label -1 of frame 0 is no class number"));
  CHECK_THAT(faultOfLabels({std::numeric_limits<float>::quiet_NaN()}, 1), Contains("is no class number"));
}

TEST_CASE("frames-have-the-shape-of-the-input") {
  // Ones may be there or not; a list and flat frames are frames, and a flat input takes frames of any shape.
  CHECK(framesIn({2, 3, 32, 32}, {3, 32, 32}) == "2");
  CHECK(framesIn({3, 32, 32}, {3, 32, 32}) == "1");
  CHECK(framesIn({7, 28, 28}, {1, 28, 28}) == "7");
  CHECK(framesIn({7, 1, 28, 28, 1}, {1, 28, 28}) == "7");
  CHECK(framesIn({2 * 3 * 4}, {3, 4}) == "2");
  CHECK(framesIn({2, 12}, {3, 4}) == "2");
  CHECK(framesIn({7, 28, 28}, {784}) == "7");
  CHECK(framesIn({28, 28}, {784}) == "1");
  // As many elements in another order are none.
  CHECK_THAT(
      framesIn({2, 32, 32, 3}, {3, 32, 32}),
      Contains("shape [2, 32, 32, 3] is not that of frames for input 'x'; [frames, 3, 32, 32] would be"));
  CHECK_THAT(framesIn({784, 3}, {784}), Contains("shape [784, 3] is not that of frames"));
  CHECK_THAT(framesIn({28, 28, 7}, {1, 28, 28}), Contains("is not that of frames"));
  CHECK_THAT(framesIn({0, 784}, {784}), Contains("holds no whole number of frames"));
}

TEST_CASE("numbers-of-frames-are-finite") {
  const ir::Model model = taking({2});
  driver::DataFile data{{2, 2}, {1, 2, 3, std::numeric_limits<float>::infinity()}};
  auto batch = driver::framesFor(model, model.inputs[0], data, "x.npy", 0);
  REQUIRE(!batch);
  CHECK(llvm::toString(batch.takeError()) ==
        "x.npy: error: element 1 of frame 1 is inf; finite numbers are needed");
  // Frames that are not used do not matter.
  CHECK(llvm::cantFail(driver::framesFor(model, model.inputs[0], data, "x.npy", 1)).frames == 1);
}

TEST_CASE("noise-reaches-the-ends-of-the-input-type-in-every-second-frame") {
  ir::Model model = taking({1000});
  model.stream(model.inputs[0].stream).type = num::signedFixed(16, 6);
  const exec::Reals values = driver::randomFrames(model, model.inputs[0], 2, 1).reals();
  const auto small = std::minmax_element(values.begin(), values.begin() + 1000);
  const auto wide = std::minmax_element(values.begin() + 1000, values.end());
  CHECK((*small.first >= -1 && *small.first < -0.9F && *small.second <= 1 && *small.second > 0.9F));
  CHECK((*wide.first >= -32 && *wide.first < -31 && *wide.second <= 32 && *wide.second > 31));
}

TEST_CASE("files-are-given-in-order-or-by-name") {
  using Files = std::vector<std::string>;
  const Files names = {"a", "b"};
  CHECK(llvm::cantFail(driver::filesByName("--input", "input", names, {"1.npy", "2.npy"})) ==
        Files{"1.npy", "2.npy"});
  CHECK(llvm::cantFail(driver::filesByName("--input", "input", names, {"b=2.npy"})) == Files{"", "2.npy"});
  auto faultOfFiles = [&](const Files &arguments) {
    return llvm::toString(driver::filesByName("--output", "output", names, arguments).takeError());
  };
  CHECK_THAT(faultOfFiles({"c=3.npy"}),
             Contains("--output c=3.npy: no output is named 'c'; did you mean 'a'?"));
  CHECK_THAT(faultOfFiles({"1", "2", "3"}), Contains("--output 3: the model has 2 outputs only"));
  CHECK_THAT(faultOfFiles({"a=2", "a=3"}), Contains("--output a=3: output 'a' has a file already, '2'"));
}
