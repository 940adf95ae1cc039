// ONNX files in: the only way into the compiler. Protobuf stops here.
#pragma once

#include "braid/ir/model.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace braid::frontend {

/// Reads `path` (opsets 6 to 23, IR versions 3 to 12, raw exporter output) and returns a verified source
/// model: float32 streams without batch, channels last, constants folded, dead nodes and unread inputs gone.
/// Fails with every unsupported node of the file in one error: node, operator, attribute or shape found, what
/// would work.
/// `shapes`: of inputs whose sizes the file leaves open.
using InputShapes = std::map<std::string, std::vector<int64_t>>;
llvm::Expected<ir::Model> readOnnx(const std::string &path, const InputShapes &shapes = {});

/// A tensor of a data file: dimensions as stored, elements of any number type as floats in row-major order.
struct HostTensor {
  std::vector<int64_t> dims;
  std::vector<float> values;
};

/// Reads a serialized ONNX TensorProto (input_0.pb).
llvm::Expected<HostTensor> readTensorProto(const std::string &path);

/// A float model (whole or one partition) as ONNX bytes, opset 13: inputs and outputs have the names and the
/// channel order of the source file, so that the files of all partitions chain.
std::string writeOnnx(const ir::Model &model);

} // namespace braid::frontend
