// From a path to a protobuf message.

#include "proto.h"

#include "shapes.h"

#include "braid/support/error.h"

#include "llvm/Support/MemoryBuffer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <array>

namespace braid::frontend {
namespace {

/// What people save as .onnx by mistake, by its first bytes.
struct Lookalike {
  llvm::StringRef start;
  const char *message;
};

constexpr std::array<Lookalike, 8> kLookalikes = {{
    {"version https://git-lfs", "is a Git LFS pointer, not the model; fetch the model with 'git lfs pull'"},
    {"<", "is a web page or XML, not an ONNX model; the download probably failed"},
    {"{", "is JSON, not an ONNX model in its binary form"},
    {"\xfd"
     "7zXZ",
     "is compressed; unpack it with 'xz -d' first"},
    {"\x1f\x8b", "is compressed; unpack it with 'gzip -d' first"},
    {"PK\x03\x04",
     "is a zip archive (a PyTorch checkpoint, perhaps), not an ONNX model; export it to ONNX first"},
    {"\x89HDF", "is an HDF5 file (Keras), not an ONNX model; convert it with tf2onnx first"},
    {"ir_version", "is the text form of an ONNX model; save it in the binary form"},
}};

llvm::Error notAModel(llvm::StringRef path, llvm::StringRef bytes) {
  const llvm::StringRef start = bytes.ltrim();
  for (const Lookalike &other : kLookalikes)
    if (start.startswith(other.start))
      return badInput(path, other.message);
  return badInput(path, "is not an ONNX model, or is cut short or damaged");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> mapFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return badInput(path, fmt::format("cannot be read: {}", buffer.getError().message()));
  // Protobuf counts bytes in an int.
  if ((*buffer)->getBufferSize() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    return badInput(path, "is 2 GiB or more; save the weights as external data beside the model");
  return std::move(*buffer);
}

} // namespace

bool parseMessage(llvm::StringRef bytes, google::protobuf::MessageLite &message) {
  // Damaged files are told in our words, not on stderr by the library.
  google::protobuf::LogSilencer silence;
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream coded(&array);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  return message.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

llvm::Expected<std::unique_ptr<proto::ModelProto>> parseModelFile(const std::string &path) {
  auto buffer = mapFile(path);
  if (!buffer)
    return buffer.takeError();
  const llvm::StringRef bytes = (*buffer)->getBuffer();
  if (bytes.empty())
    return badInput(path, "is empty");
  auto model = std::make_unique<proto::ModelProto>();
  if (!parseMessage(bytes, *model))
    return notAModel(path, bytes);
  if (!model->has_graph())
    return badInput(path, "holds no graph, so it is not an ONNX model");
  return model;
}

} // namespace braid::frontend
