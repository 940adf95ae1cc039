// Constant tensors of an ONNX file: typed bytes in the file's order, shared, converted only where numbers are
// needed.
#pragma once

#include "braid/ir/ops.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid::frontend {

using ir::Shape;

/// Subscripts of our own vectors; the number must not be negative.
constexpr size_t at(int64_t i) { return static_cast<size_t>(i); }

/// Element types whose numbers are read. ONNX has more (strings, complex, 4 and 8 bit floats).
enum class ElementType : uint8_t {
  Float,
  Double,
  Float16,
  BFloat16,
  Int8,
  Int16,
  Int32,
  Int64,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Bool,
  Int4, ///< Here each in a byte of its own
  UInt4
};

/// From and to TensorProto.DataType.
std::optional<ElementType> elementTypeOf(int32_t onnxNumber);
int32_t onnxNumber(ElementType type);
/// `float32`, `int64`, or `element type 77` if ONNX's number means nothing to us.
std::string elementTypeName(int32_t onnxNumber);
const char *toString(ElementType type);
int64_t byteSize(ElementType type);
bool isReal(ElementType type);

/// Most elements a stream may have, and a constant that is computed or converted here; far above any network.
inline constexpr int64_t kMaxElements = int64_t{1} << 40;
inline constexpr int64_t kMaxConstantElements = int64_t{1} << 27;
inline constexpr size_t kMaxRank = 16;

/// Number of elements of a shape; nothing if a dimension is negative or there are more than kMaxElements or
/// kMaxRank.
std::optional<int64_t> checkedElements(llvm::ArrayRef<int64_t> shape);

class Tensor {
public:
  Tensor() = default;
  /// `bytes` are the elements in row-major order, little-endian, kept alive by `owner`.
  Tensor(ElementType type, Shape dims, llvm::StringRef bytes, std::shared_ptr<const void> owner)
      : type_(type), dims_(std::move(dims)), bytes_(bytes), owner_(std::move(owner)) {}
  static Tensor ofIntegers(ElementType type, Shape dims, llvm::ArrayRef<int64_t> values);
  static Tensor ofReals(ElementType type, Shape dims, llvm::ArrayRef<double> values);
  /// `one` (of one element) in every place of a tensor; holds that element only.
  static Tensor filled(const Tensor &one, Shape dims);

  ElementType type() const { return type_; }
  const Shape &dims() const { return dims_; }
  int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  int64_t size() const { return ir::elements(dims_); }
  bool isFilled() const { return filled_; }

  double real(int64_t i) const;
  /// Reals are truncated; what int64 cannot hold becomes its nearest end.
  int64_t integer(int64_t i) const;
  std::vector<double> reals() const;
  std::vector<int64_t> integers() const;
  std::vector<float> floats() const;

  /// The same elements under another shape of the same size.
  Tensor reshaped(Shape dims) const;
  /// Elements picked from this one: element i of the result is element from[i] here.
  Tensor gathered(Shape dims, llvm::ArrayRef<int64_t> from) const;

private:
  const char *element(int64_t i) const { return bytes_.data() + (filled_ ? 0 : i * byteSize(type_)); }

  ElementType type_ = ElementType::Float;
  Shape dims_;
  llvm::StringRef bytes_;
  std::shared_ptr<const void> owner_;
  bool filled_ = false;
};

} // namespace braid::frontend
