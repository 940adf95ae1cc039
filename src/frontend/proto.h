// The ONNX schema as protobuf makes it, in namespace braid::onnx. Only the loader and the writer include
// this.
#pragma once

#include <braid_onnx.pb.h>

#include "graph.h"

#include <memory>

namespace braid::frontend {

namespace proto = ::braid::onnx;

/// Reads and parses a file; a fault tells the usual mistakes (Git LFS pointer, web page, archive) apart.
llvm::Expected<std::unique_ptr<proto::ModelProto>> parseModelFile(const std::string &path);
/// Parses bytes as one message of any kind; false if they are none.
bool parseMessage(llvm::StringRef bytes, google::protobuf::MessageLite &message);

/// Files beside a model that hold its big tensors. Nothing outside the model's folder is opened.
class ExternalData {
public:
  explicit ExternalData(std::string modelPath) : modelPath_(std::move(modelPath)) {}
  ~ExternalData();

  struct Bytes {
    llvm::StringRef bytes;
    std::shared_ptr<const void> owner;
  };
  /// The bytes that `tensor` points to; `expected` is how many it must be.
  llvm::Expected<Bytes> read(const proto::TensorProto &tensor, int64_t expected);

private:
  struct File;
  llvm::Expected<std::shared_ptr<const File>> open(const std::string &location);

  std::string modelPath_;
  std::vector<std::pair<std::string, std::shared_ptr<const File>>> files_;
};

/// Checks a tensor and takes its data out of the message without a copy.
llvm::Expected<Tensor> takeTensor(proto::TensorProto &tensor, ExternalData &external);
llvm::Expected<Attribute> takeAttribute(proto::AttributeProto &from, ExternalData &external);

} // namespace braid::frontend
