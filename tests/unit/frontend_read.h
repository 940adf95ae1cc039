// Reads an ONNX file made by a test.
#pragma once

#include "frontend_onnx_file.h"

#include "braid/frontend/onnx.h"

#include <catch2/catch.hpp>

namespace braid::test {

inline ir::Model readModel(const OnnxFile &onnx) {
  const TemporaryFile file(onnx.bytes());
  auto model = frontend::readOnnx(file.path());
  if (!model)
    FAIL(llvm::toString(model.takeError()));
  return std::move(*model);
}

/// x -> node -> y, with x of these dimensions.
inline OnnxFile single(llvm::StringRef op, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<Wire> attributes = {},
                       llvm::ArrayRef<std::string> more = {}) {
  std::vector<std::string> inputs = {"x"};
  inputs.insert(inputs.end(), more.begin(), more.end());
  OnnxFile file;
  file.input("x", dims).node(op, inputs, {"y"}, attributes).output("y");
  return file;
}

/// The message without the file's path; empty if the file is read.
inline std::string faultOf(llvm::StringRef bytes) {
  const TemporaryFile file(bytes);
  auto model = frontend::readOnnx(file.path());
  if (model)
    return {};
  std::string text = llvm::toString(model.takeError());
  for (size_t at; (at = text.find(file.path() + ": ")) != std::string::npos;)
    text.erase(at, file.path().size() + 2);
  return text;
}
inline std::string faultOf(const OnnxFile &onnx) { return faultOf(onnx.bytes()); }

/// Kinds of the layers in order, e.g. `Conv Relu Reshape Dense`.
inline std::string kinds(const ir::Model &model) {
  std::string out;
  for (const ir::Layer &layer : model.layers)
    out += (out.empty() ? "" : " ") + std::string(ir::kindName(layer.op));
  return out;
}

template <class Op> const Op &opOf(const ir::Model &model, size_t layer) {
  return std::get<Op>(model.layers.at(layer).op);
}

} // namespace braid::test
