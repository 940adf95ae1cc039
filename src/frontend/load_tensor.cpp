// TensorProto to Tensor: the data may stand in raw bytes, in typed fields or in another file.

#include "proto.h"

#include "shapes.h"

#include "braid/frontend/onnx.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include "llvm/Support/MemoryBuffer.h"

namespace braid::frontend {
namespace {

bool isExternal(const proto::TensorProto &tensor) {
  return tensor.data_location() == proto::TensorProto::EXTERNAL;
}

template <class To, class Field> std::shared_ptr<std::string> packed(const Field &field) {
  auto bytes = std::make_shared<std::string>(static_cast<size_t>(field.size()) * sizeof(To), '\0');
  char *to = bytes->data();
  for (auto value : field) {
    const To narrow = static_cast<To>(value);
    std::memcpy(to, &narrow, sizeof narrow);
    to += sizeof narrow;
  }
  return bytes;
}

/// The elements of the typed field that ONNX assigns to the type; float16 and bfloat16 stand there as bits.
std::shared_ptr<std::string> typedData(const proto::TensorProto &tensor, ElementType type) {
  switch (type) {
  case ElementType::Float:
    return packed<float>(tensor.float_data());
  case ElementType::Double:
    return packed<double>(tensor.double_data());
  case ElementType::Float16:
  case ElementType::BFloat16:
  case ElementType::UInt16:
    return packed<uint16_t>(tensor.int32_data());
  case ElementType::Int16:
    return packed<int16_t>(tensor.int32_data());
  case ElementType::Int8:
    return packed<int8_t>(tensor.int32_data());
  case ElementType::Int4: // pairs, to be unpacked
  case ElementType::UInt4:
  case ElementType::UInt8:
    return packed<uint8_t>(tensor.int32_data());
  case ElementType::Bool: {
    auto bytes = packed<uint8_t>(tensor.int32_data());
    for (char &byte : *bytes)
      byte = byte != 0;
    return bytes;
  }
  case ElementType::Int32:
    return packed<int32_t>(tensor.int32_data());
  case ElementType::Int64:
    return packed<int64_t>(tensor.int64_data());
  case ElementType::UInt32:
    return packed<uint32_t>(tensor.uint64_data());
  case ElementType::UInt64:
    return packed<uint64_t>(tensor.uint64_data());
  }
  BRAID_CHECK(false, "unknown element type");
}

/// Whether a tensor that has elements has no data at all.
bool isStripped(const proto::TensorProto &tensor) {
  const bool noData = tensor.raw_data().empty() && tensor.float_data().empty() &&
                      tensor.int32_data().empty() && tensor.int64_data().empty() &&
                      tensor.double_data().empty() && tensor.uint64_data().empty() &&
                      tensor.string_data().empty() && !isExternal(tensor);
  for (int64_t dim : tensor.dims())
    if (dim == 0)
      return false;
  return noData;
}

} // namespace

namespace {

bool isNibble(ElementType type) { return type == ElementType::Int4 || type == ElementType::UInt4; }

/// Two numbers of four bits stand in a byte, the first in the low half.
std::shared_ptr<std::string> unpackedNibbles(llvm::StringRef bytes, int64_t count, bool isSigned) {
  auto out = std::make_shared<std::string>(at(count), '\0');
  for (size_t i = 0; i < out->size(); ++i) {
    const int nibble = (static_cast<uint8_t>(bytes[i / 2]) >> (i % 2 * 4)) & 15;
    (*out)[i] = static_cast<char>(isSigned && nibble > 7 ? nibble - 16 : nibble);
  }
  return out;
}

Tensor tensorOf(ElementType type, const Shape &dims, llvm::StringRef bytes,
                std::shared_ptr<const void> owner) {
  if (!isNibble(type))
    return {type, dims, bytes, std::move(owner)};
  auto wide = unpackedNibbles(bytes, ir::elements(dims), type == ElementType::Int4);
  const llvm::StringRef view = *wide;
  return {type, dims, view, std::move(wide)};
}

} // namespace

llvm::Expected<Tensor> takeTensor(proto::TensorProto &tensor, ExternalData &external) {
  const Shape dims(tensor.dims().begin(), tensor.dims().end());
  const auto type = elementTypeOf(tensor.data_type());
  if (!type)
    return fault("it has {}, which is not supported", elementTypeName(tensor.data_type()));
  if (tensor.has_segment())
    return fault("it is stored in segments, which is not supported");
  const auto elements = checkedElements(dims);
  const auto bytes = !elements         ? std::nullopt
                     : isNibble(*type) ? std::optional(ceilDiv(*elements, 2))
                                       : checkedMul(*elements, byteSize(*type));
  if (!bytes)
    return fault("dimensions {} make no sensible number of elements", ir::toString(dims));

  if (isExternal(tensor)) {
    auto data = external.read(tensor, *bytes);
    if (!data)
      return data.takeError();
    return tensorOf(*type, dims, data->bytes, std::move(data->owner));
  }
  if (isStripped(tensor))
    return fault("it has no data: the weights were stripped; a model with weights is needed");
  auto data = tensor.raw_data().empty()
                  ? typedData(tensor, *type)
                  : std::make_shared<std::string>(std::move(*tensor.mutable_raw_data()));
  if (static_cast<int64_t>(data->size()) != *bytes)
    return fault("it has {} bytes of data; {} of dimensions {} need {}", data->size(), toString(*type),
                 ir::toString(dims), *bytes);
  const llvm::StringRef view = *data;
  return tensorOf(*type, dims, view, std::move(data));
}

llvm::Expected<HostTensor> readTensorProto(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return badInput(path, fmt::format("cannot be read: {}", buffer.getError().message()));
  proto::TensorProto message;
  const llvm::StringRef bytes = (*buffer)->getBuffer();
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()) ||
      !parseMessage(bytes, message))
    return badInput(path, "is not an ONNX tensor");
  ExternalData external(path);
  auto tensor = takeTensor(message, external);
  if (!tensor)
    return inFile(tensor.takeError(), path);
  return HostTensor{{tensor->dims().begin(), tensor->dims().end()}, tensor->floats()};
}

} // namespace braid::frontend
