// Writes ONNX files field by field, so that tests can make what no exporter would. Field numbers: onnx.proto.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace braid::test {

/// A protobuf message in its wire format.
struct Wire {
  std::string bytes;

  void raw(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  Wire &number(int field, int64_t value) {
    raw(static_cast<uint64_t>(field) << 3);
    raw(static_cast<uint64_t>(value));
    return *this;
  }
  Wire &text(int field, llvm::StringRef value) {
    raw((static_cast<uint64_t>(field) << 3) | 2);
    raw(value.size());
    bytes += value.str();
    return *this;
  }
  Wire &real(int field, float value) {
    raw((static_cast<uint64_t>(field) << 3) | 5);
    char place[sizeof value];
    std::memcpy(place, &value, sizeof value);
    bytes.append(place, sizeof value);
    return *this;
  }
  Wire &message(int field, const Wire &value) { return text(field, value.bytes); }
};

template <class T> std::string bytesOf(llvm::ArrayRef<T> values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

/// A TensorProto: type number, dimensions, raw data.
inline Wire tensorMessage(llvm::StringRef name, int type, llvm::ArrayRef<int64_t> dims,
                          llvm::StringRef data) {
  Wire out;
  for (int64_t dim : dims)
    out.number(1, dim);
  out.number(2, type);
  if (!name.empty())
    out.text(8, name);
  return out.text(9, data);
}

inline Wire floatTensor(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> values) {
  return tensorMessage(name, 1, dims, bytesOf(values));
}

inline Wire integerTensor(llvm::StringRef name, llvm::ArrayRef<int64_t> dims,
                          llvm::ArrayRef<int64_t> values) {
  return tensorMessage(name, 7, dims, bytesOf(values));
}

// Attributes, to be given to OnnxFile::node.
inline Wire intAttribute(llvm::StringRef name, int64_t value) {
  return Wire().text(1, name).number(20, 2).number(3, value);
}
inline Wire intsAttribute(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
  Wire out = Wire().text(1, name).number(20, 7);
  for (int64_t value : values)
    out.number(8, value);
  return out;
}
inline Wire floatAttribute(llvm::StringRef name, float value) {
  return Wire().text(1, name).number(20, 1).real(2, value);
}
inline Wire textAttribute(llvm::StringRef name, llvm::StringRef value) {
  return Wire().text(1, name).number(20, 3).text(4, value);
}
inline Wire tensorAttribute(llvm::StringRef name, const Wire &tensor) {
  return Wire().text(1, name).number(20, 4).message(5, tensor);
}
inline Wire graphAttribute(llvm::StringRef name) {
  return Wire().text(1, name).number(20, 5).message(6, Wire());
}

class OnnxFile {
public:
  int64_t opset = 13, ir = 7;

  /// A float input; -1 is a symbolic dimension.
  OnnxFile &input(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, int type = 1) {
    graph_.message(11, info(name, dims, type));
    return *this;
  }
  OnnxFile &output(llvm::StringRef name) {
    graph_.message(12, info(name, {}, 1));
    return *this;
  }
  OnnxFile &floats(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> values) {
    return initializer(floatTensor(name, dims, values));
  }
  /// A float tensor of dims with values 0.25, 0.5, 0.75, ... 2, 0.25, ...
  OnnxFile &ramp(llvm::StringRef name, llvm::ArrayRef<int64_t> dims) {
    int64_t count = 1;
    for (int64_t dim : dims)
      count *= dim;
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(0.25F * static_cast<float>(i % 8 + 1));
    return floats(name, dims, values);
  }
  OnnxFile &integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
    return initializer(integerTensor(name, {static_cast<int64_t>(values.size())}, values));
  }
  OnnxFile &initializer(const Wire &tensor) {
    graph_.message(5, tensor);
    return *this;
  }
  OnnxFile &node(llvm::StringRef op, llvm::ArrayRef<std::string> inputs, llvm::ArrayRef<std::string> outputs,
                 llvm::ArrayRef<Wire> attributes = {}, llvm::StringRef name = {},
                 llvm::StringRef domain = {}) {
    Wire out;
    for (const std::string &input : inputs)
      out.text(1, input);
    for (const std::string &output : outputs)
      out.text(2, output);
    out.text(3, name.empty() ? "the_" + op.lower() : name.str()).text(4, op);
    for (const Wire &attribute : attributes)
      out.message(5, attribute);
    if (!domain.empty())
      out.text(7, domain);
    graph_.message(1, out);
    return *this;
  }

  std::string bytes() const {
    Wire opsetMessage = Wire().text(1, "").number(2, opset);
    return Wire().number(1, ir).message(7, graph_).message(8, opsetMessage).bytes;
  }

private:
  static Wire info(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, int type) {
    Wire shape;
    for (int64_t dim : dims)
      shape.message(1, dim < 0 ? Wire().text(2, "N") : Wire().number(1, dim));
    const Wire tensor = Wire().number(1, type).message(2, shape);
    return Wire().text(1, name).message(2, Wire().message(1, tensor));
  }

  Wire graph_ = Wire().text(2, "test");
};

/// A file that is there as long as the object: in a folder of its own.
class TemporaryFile {
public:
  explicit TemporaryFile(llvm::StringRef bytes, llvm::StringRef name = "model.onnx") {
    std::string pattern = (std::filesystem::temp_directory_path() / "braid-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    write(name, bytes);
    path_ = (folder_ / name.str()).string();
  }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(llvm::StringRef name, llvm::StringRef bytes) const {
    std::ofstream((folder_ / name.str()).string(), std::ios::binary)
        .write(bytes.data(), static_cast<long>(bytes.size()));
  }
  const std::string &path() const { return path_; }
  const std::filesystem::path &folder() const { return folder_; }

private:
  std::filesystem::path folder_;
  std::string path_;
};

} // namespace braid::test
