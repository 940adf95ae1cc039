// Data files: what is read, and what is wrong with those that are not.
#include "frontend_onnx_file.h"

#include "braid/driver/data.h"

#include "llvm/Support/Error.h"

#include <catch2/catch.hpp>

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

std::string faultOfLabels(llvm::ArrayRef<float> values, int64_t frames) {
  const TemporaryFile file(bytesOf<float>(values), "labels.raw");
  auto labels = driver::readLabels(file.path(), frames);
  return labels ? "" : llvm::toString(labels.takeError());
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
             Contains("numpy type 'f4' is not supported; little-endian"));
  CHECK_THAT(faultOfData("a.npy", npy(header("<c8", "(1,)"), "abcdabcd")),
             Contains("numpy type 'c8' is not supported"));
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
  CHECK(faultOfLabels({0, 9, 3}, 2) == "");
  CHECK_THAT(faultOfLabels({0, 9}, 3), Contains("2 labels for 3 frames; one for each is needed"));
  CHECK_THAT(faultOfLabels({0, 2.5F}, 2), Contains("label 2.5 of frame 1 is no class number"));
  CHECK_THAT(faultOfLabels({-1}, 1), Contains("label -1 of frame 0 is no class number"));
  CHECK_THAT(faultOfLabels({std::numeric_limits<float>::quiet_NaN()}, 1), Contains("is no class number"));
}
