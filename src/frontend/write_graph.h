// The ONNX file under construction: which ONNX values show which stream, and nodes that turn one form into
// another.
#pragma once

#include "proto.h"

#include "braid/ir/model.h"

#include "llvm/ADT/StringMap.h"

#include <array>
#include <initializer_list>

namespace braid::frontend {

/// How an ONNX value shows a stream: [1, H, W, C], or [1, C, H, W] as ONNX's convolutions want it. Streams
/// that are not of rank 3 have the first form only.
enum class Form : uint8_t { AsStream, ChannelsFirst };

class GraphWriter {
public:
  explicit GraphWriter(const ir::Model &model);

  /// Name of the value that shows the stream in this form; a Transpose is added if it exists in the other
  /// only.
  std::string value(ir::StreamId stream, Form form);
  bool has(ir::StreamId stream, Form form) const { return !names(stream, form).empty(); }
  /// The form in which a layer without a wish of its own reads these streams.
  Form commonForm(llvm::ArrayRef<ir::StreamId> streams) const;
  /// Name for a value that shows the stream and is about to be produced: that of an output where it is one.
  std::string define(ir::StreamId stream, Form form);

  /// Appends a node. The reference is valid until the next call.
  proto::NodeProto &node(llvm::StringRef name, const char *op, llvm::ArrayRef<std::string> inputs,
                         const std::string &output);
  std::string floats(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<float> values);
  std::string doubles(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<double> values);
  std::string integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  std::string unique(llvm::StringRef base);
  /// The file needs at least this opset.
  void require(int64_t opset) { opset_ = std::max(opset_, opset); }

  const ir::Shape &shape(ir::StreamId stream) const { return model_.stream(stream).shape; }

  void inputs();
  void outputs();
  std::string finish();

private:
  /// The form whose ONNX tensor is exactly that of the port; nothing if it needs nodes between.
  std::optional<Form> formOf(const ir::Port &port) const;
  std::string &names(ir::StreamId stream, Form form) {
    return names_[ir::index(stream)][static_cast<size_t>(form)];
  }
  const std::string &names(ir::StreamId stream, Form form) const {
    return names_[ir::index(stream)][static_cast<size_t>(form)];
  }
  proto::TensorProto &tensor(llvm::StringRef name, int32_t type, llvm::ArrayRef<int64_t> dims);

  const ir::Model &model_;
  proto::ModelProto proto_;
  proto::GraphProto &graph_;
  int64_t opset_ = 13;
  std::vector<std::array<std::string, 2>> names_; ///< By stream and form; empty where there is no value.
  llvm::StringMap<int> taken_;
};

void setInt(proto::NodeProto &node, const char *name, int64_t value);
void setFloat(proto::NodeProto &node, const char *name, double value);
void setText(proto::NodeProto &node, const char *name, const char *value);
void setInts(proto::NodeProto &node, const char *name, llvm::ArrayRef<int64_t> values);

/// Appends the nodes of one layer.
void writeLayer(GraphWriter &graph, const ir::Layer &layer);

} // namespace braid::frontend
