#include "tensor.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace braid::frontend {
namespace {

struct TypeRow {
  ElementType type;
  int32_t number; ///< TensorProto.DataType of onnx.proto
  const char *name;
  int64_t bytes;
};

constexpr std::array<TypeRow, 15> kTypes = {{
    {ElementType::Float, 1, "float32", 4},
    {ElementType::Double, 11, "float64", 8},
    {ElementType::Float16, 10, "float16", 2},
    {ElementType::BFloat16, 16, "bfloat16", 2},
    {ElementType::Int8, 3, "int8", 1},
    {ElementType::Int16, 5, "int16", 2},
    {ElementType::Int32, 6, "int32", 4},
    {ElementType::Int64, 7, "int64", 8},
    {ElementType::UInt8, 2, "uint8", 1},
    {ElementType::UInt16, 4, "uint16", 2},
    {ElementType::UInt32, 12, "uint32", 4},
    {ElementType::UInt64, 13, "uint64", 8},
    {ElementType::Bool, 9, "bool", 1},
    {ElementType::Int4, 22, "int4", 1},
    {ElementType::UInt4, 21, "uint4", 1},
}};

const TypeRow &row(ElementType type) { return kTypes[static_cast<size_t>(type)]; }

template <class T> T load(const char *from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float fromHalf(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.0F : 1.0F;
  if (exponent == 31)
    return fraction ? std::numeric_limits<float>::quiet_NaN() : sign * std::numeric_limits<float>::infinity();
  return exponent ? sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25)
                  : sign * std::ldexp(static_cast<float>(fraction), -24);
}

/// Round half to even, as IEEE 754 conversions do.
uint16_t toHalf(double value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (std::isnan(value))
    return 0x7e00;
  if (magnitude >= 65520) // halfway from the largest half to the next power of two
    return sign | 0x7c00;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int place = std::max(exponent - 11, -24);
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, -place)));
  // A fraction that rounds up to 2048 carries into the exponent by itself.
  return static_cast<uint16_t>(sign | (units + (place + 24) * 1024));
}

float fromBFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

uint16_t toBFloat(double value) {
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  if (std::isnan(value))
    return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Calls f with the element at `from`, as the C++ type nearest to its own.
template <class F> auto withElement(ElementType type, const char *from, F &&f) {
  switch (type) {
  case ElementType::Float:
    return f(load<float>(from));
  case ElementType::Double:
    return f(load<double>(from));
  case ElementType::Float16:
    return f(fromHalf(load<uint16_t>(from)));
  case ElementType::BFloat16:
    return f(fromBFloat(load<uint16_t>(from)));
  case ElementType::Int8:
  case ElementType::Int4:
    return f(load<int8_t>(from));
  case ElementType::Int16:
    return f(load<int16_t>(from));
  case ElementType::Int32:
    return f(load<int32_t>(from));
  case ElementType::Int64:
    return f(load<int64_t>(from));
  case ElementType::UInt8:
  case ElementType::UInt4:
  case ElementType::Bool:
    return f(load<uint8_t>(from));
  case ElementType::UInt16:
    return f(load<uint16_t>(from));
  case ElementType::UInt32:
    return f(load<uint32_t>(from));
  case ElementType::UInt64:
    return f(load<uint64_t>(from));
  }
  BRAID_CHECK(false, "unknown element type");
}

int64_t truncated(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 9223372036854775808.0)
    return std::numeric_limits<int64_t>::max();
  if (value <= -9223372036854775808.0)
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

template <class T> void store(char *to, T value) { std::memcpy(to, &value, sizeof value); }

void storeInteger(ElementType type, char *to, int64_t value) {
  if (isReal(type)) {
    BRAID_CHECK(type == ElementType::Float || type == ElementType::Double, "integers are stored as such");
    type == ElementType::Float ? store(to, static_cast<float>(value)) : store(to, static_cast<double>(value));
  } else {
    std::memcpy(to, &value, static_cast<size_t>(byteSize(type))); // little-endian: the low bytes come first
  }
}

void storeReal(ElementType type, char *to, double value) {
  if (type == ElementType::Float)
    store(to, static_cast<float>(value));
  else if (type == ElementType::Double)
    store(to, value);
  else if (type == ElementType::Float16)
    store(to, toHalf(value));
  else if (type == ElementType::BFloat16)
    store(to, toBFloat(value));
  else
    storeInteger(type, to, type == ElementType::Bool ? value != 0 : truncated(value));
}

template <class T, class Store>
Tensor made(ElementType type, Shape dims, llvm::ArrayRef<T> values, const Store &storeOne) {
  BRAID_CHECK(static_cast<int64_t>(values.size()) == ir::elements(dims), "values and dims differ in number");
  const size_t each = at(byteSize(type));
  auto bytes = std::make_shared<std::string>(values.size() * each, '\0');
  for (size_t i = 0; i < values.size(); ++i)
    storeOne(type, bytes->data() + i * each, values[i]);
  llvm::StringRef view = *bytes;
  return {type, std::move(dims), view, std::move(bytes)};
}

} // namespace

std::optional<ElementType> elementTypeOf(int32_t number) {
  for (const TypeRow &type : kTypes)
    if (type.number == number)
      return type.type;
  return std::nullopt;
}

std::string elementTypeName(int32_t number) {
  if (auto type = elementTypeOf(number))
    return toString(*type);
  return number == 8 ? "string" : fmt::format("element type {}", number);
}

int32_t onnxNumber(ElementType type) { return row(type).number; }
const char *toString(ElementType type) { return row(type).name; }
int64_t byteSize(ElementType type) { return row(type).bytes; }

bool isReal(ElementType type) {
  return type == ElementType::Float || type == ElementType::Double || type == ElementType::Float16 ||
         type == ElementType::BFloat16;
}

std::optional<int64_t> checkedElements(llvm::ArrayRef<int64_t> shape) {
  if (shape.size() > kMaxRank)
    return std::nullopt;
  int64_t product = 1;
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0 || dim > kMaxElements)
      return std::nullopt;
    empty = empty || dim == 0;
    auto next = checkedMul(product, std::max<int64_t>(dim, 1));
    if (!next || *next > kMaxElements)
      return std::nullopt;
    product = *next;
  }
  return empty ? 0 : product;
}

Tensor Tensor::ofIntegers(ElementType type, Shape dims, llvm::ArrayRef<int64_t> values) {
  return made(type, std::move(dims), values, storeInteger);
}

Tensor Tensor::ofReals(ElementType type, Shape dims, llvm::ArrayRef<double> values) {
  if (type == ElementType::Double)
    return made(type, std::move(dims), values, [](ElementType, char *to, double value) { store(to, value); });
  return made(type, std::move(dims), values, storeReal);
}

Tensor Tensor::filled(const Tensor &one, Shape dims) {
  BRAID_CHECK(one.size() == 1, "a tensor is filled with one element");
  Tensor out = one;
  out.dims_ = std::move(dims);
  out.filled_ = true;
  return out;
}

double Tensor::real(int64_t i) const {
  return withElement(type_, element(i), [](auto value) { return static_cast<double>(value); });
}

int64_t Tensor::integer(int64_t i) const {
  return withElement(type_, element(i), [](auto value) {
    if constexpr (std::is_floating_point_v<decltype(value)>)
      return truncated(value);
    else
      return static_cast<int64_t>(value);
  });
}

std::vector<double> Tensor::reals() const {
  if (filled_)
    return std::vector<double>(at(size()), size() ? real(0) : 0.0);
  std::vector<double> out(at(size()));
  if (type_ == ElementType::Float) { // most constants
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = load<float>(bytes_.data() + i * sizeof(float));
    return out;
  }
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = real(static_cast<int64_t>(i));
  return out;
}

std::vector<int64_t> Tensor::integers() const {
  std::vector<int64_t> out(at(size()));
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = integer(static_cast<int64_t>(i));
  return out;
}

std::vector<float> Tensor::floats() const {
  const size_t count = at(size());
  if (filled_)
    return std::vector<float>(count, count ? static_cast<float>(real(0)) : 0.0F);
  std::vector<float> out(count);
  if (type_ == ElementType::Float) {
    if (count)
      std::memcpy(out.data(), bytes_.data(), count * sizeof(float));
    return out;
  }
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(real(static_cast<int64_t>(i)));
  return out;
}

Tensor Tensor::reshaped(Shape dims) const {
  BRAID_CHECK(ir::elements(dims) == size(), "a reshape keeps the number of elements");
  Tensor out = *this;
  out.dims_ = std::move(dims);
  return out;
}

Tensor Tensor::gathered(Shape dims, llvm::ArrayRef<int64_t> from) const {
  BRAID_CHECK(static_cast<int64_t>(from.size()) == ir::elements(dims), "indices and dims differ in number");
  if (filled_) {
    Tensor out = *this;
    out.dims_ = std::move(dims);
    return out;
  }
  const size_t bytes = at(byteSize(type_));
  auto out = std::make_shared<std::string>(from.size() * bytes, '\0');
  for (size_t i = 0; i < from.size(); ++i)
    std::memcpy(out->data() + i * bytes, element(from[i]), bytes);
  llvm::StringRef view = *out;
  return {type_, std::move(dims), view, std::move(out)};
}

} // namespace braid::frontend
