#include "braid/driver/data.h"

#include "braid/frontend/onnx.h"
#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

namespace braid::driver {
namespace {

using llvm::StringRef;

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> open(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return badInput(path, "cannot be read: " + buffer.getError().message());
  return std::move(*buffer);
}

template <class T> float toFloat(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<float>(value);
}

struct ElementType {
  StringRef descr; ///< numpy's name, without byte order
  size_t bytes;
  float (*read)(const char *);
};
constexpr ElementType kTypes[] = {
    {"f4", 4, toFloat<float>},    {"f8", 8, toFloat<double>},   {"u1", 1, toFloat<uint8_t>},
    {"i1", 1, toFloat<int8_t>},   {"u2", 2, toFloat<uint16_t>}, {"i2", 2, toFloat<int16_t>},
    {"u4", 4, toFloat<uint32_t>}, {"i4", 4, toFloat<int32_t>},  {"u8", 8, toFloat<uint64_t>},
    {"i8", 8, toFloat<int64_t>},  {"b1", 1, toFloat<uint8_t>},
};

/// The text after `'key':` in numpy's header dictionary.
StringRef valueOf(StringRef header, StringRef key) {
  const size_t at = header.find(("'" + key + "':").str());
  return at == StringRef::npos ? StringRef() : header.drop_front(at + key.size() + 3).ltrim();
}

llvm::Expected<DataFile> readNpy(const std::string &path, StringRef bytes) {
  if (!bytes.startswith("\x93NUMPY") || bytes.size() < 12)
    return badInput(path, "it ends in .npy and is no numpy file");
  const bool isLong = bytes[6] >= 2;
  const size_t start = isLong ? 12 : 10;
  const size_t length = isLong ? llvm::support::endian::read32le(bytes.data() + 8)
                               : llvm::support::endian::read16le(bytes.data() + 8);
  if (bytes.size() < start + length)
    return badInput(path, "its numpy header is cut off");
  const StringRef header = bytes.substr(start, length);
  StringRef descr = valueOf(header, "descr");
  if (!descr.consume_front("'"))
    return badInput(path, "structured numpy types are not supported; a plain number type is");
  descr = descr.take_until([](char c) { return c == '\''; });
  const std::string stated = descr.str();
  const bool swapped = descr.consume_front(">");
  if (!swapped)
    descr = descr.ltrim("<|=");
  const auto *type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const ElementType &t) { return t.descr == descr; });
  if (type == std::end(kTypes) || (swapped && type->bytes > 1))
    return badInput(
        path, fmt::format("numpy type '{}' is not supported; little-endian f4, f8, integers and booleans are",
                          printable(stated)));
  if (valueOf(header, "fortran_order").startswith("True"))
    return badInput(path, "it is in Fortran order; row-major (C order) is supported");
  StringRef shape = valueOf(header, "shape");
  shape = shape.take_until([](char c) { return c == ')'; }).ltrim("(");
  DataFile out;
  int64_t count = 1;
  llvm::SmallVector<StringRef, 6> parts;
  shape.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    int64_t dim = 0;
    if (part.trim().empty())
      continue;
    if (part.trim().getAsInteger(10, dim) || dim < 0 || !checkedMul(count, dim))
      return badInput(path, "its numpy shape cannot be read");
    out.dims.push_back(dim);
    count *= dim;
  }
  const StringRef data = bytes.drop_front(start + length);
  if (data.size() / type->bytes < static_cast<uint64_t>(count))
    return badInput(path,
                    fmt::format("its shape has {} elements, its data {}", count, data.size() / type->bytes));
  out.values.resize(static_cast<size_t>(count));
  for (size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = type->read(data.data() + i * type->bytes);
  return out;
}

llvm::Expected<DataFile> readIdx(const std::string &path, StringRef bytes) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8)
    return badInput(path, "it is no idx file of unsigned bytes");
  const auto rank = static_cast<size_t>(static_cast<unsigned char>(bytes[3]));
  DataFile out;
  int64_t count = 1;
  if (rank > 8 || bytes.size() < 4 + 4 * rank)
    return badInput(path, "its idx header is cut off");
  for (size_t d = 0; d < rank; ++d) {
    out.dims.push_back(llvm::support::endian::read32be(bytes.data() + 4 + 4 * d));
    const auto product = checkedMul(count, out.dims.back());
    if (!product)
      return badInput(path, "its idx dimensions overflow");
    count = *product;
  }
  const StringRef data = bytes.drop_front(4 + 4 * rank);
  if (data.size() < static_cast<uint64_t>(count))
    return badInput(path, fmt::format("its dimensions have {} elements, its data {}", count, data.size()));
  for (char c : data.take_front(static_cast<size_t>(count)))
    out.values.push_back(static_cast<float>(static_cast<unsigned char>(c)));
  return out;
}

llvm::Expected<DataFile> readAny(const std::string &path) {
  const StringRef name(path);
  if (name.endswith(".pb")) {
    auto tensor = frontend::readTensorProto(path);
    if (!tensor)
      return tensor.takeError();
    return DataFile{std::move(tensor->dims), std::move(tensor->values)};
  }
  auto buffer = open(path);
  if (!buffer)
    return buffer.takeError();
  const StringRef bytes = (*buffer)->getBuffer();
  if (name.endswith(".npy"))
    return readNpy(path, bytes);
  if (name.endswith("ubyte"))
    return readIdx(path, bytes);
  if (name.endswith(".raw") || name.endswith(".bin") || name.endswith(".f32")) {
    if (bytes.size() % 4)
      return badInput(path, fmt::format("{} bytes are no whole number of float32", bytes.size()));
    DataFile out;
    out.values.resize(bytes.size() / 4);
    std::memcpy(out.values.data(), bytes.data(), bytes.size());
    out.dims = {static_cast<int64_t>(out.values.size())};
    return out;
  }
  return badInput(path,
                  "its ending is not known; .npy, .pb, -ubyte (idx) and .raw, .bin, .f32 (float32) are");
}

/// Whether a file of these dimensions holds frames of `shape`, rather than the right number of elements in
/// another order.
bool holdsFrames(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> shape) {
  auto withoutOnes = [](llvm::ArrayRef<int64_t> all) {
    std::vector<int64_t> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [](int64_t dim) { return dim != 1; });
    return out;
  };
  const std::vector<int64_t> file = withoutOnes(dims), frame = withoutOnes(shape);
  const bool isList = file.size() <= 1, isFlat = frame.size() <= 1;
  if (isList || file == frame)
    return true;
  const int64_t size = ir::elements(shape);
  const std::vector<int64_t> rest(file.begin() + 1, file.end());
  if (rest == frame || rest == std::vector<int64_t>{size})
    return true;
  auto product = [](const std::vector<int64_t> &all) {
    return std::accumulate(all.begin(), all.end(), int64_t{1},
                           std::multiplies<int64_t>()); // at most the file's elements
  };
  return isFlat && (product(rest) == size || product(file) == size);
}

} // namespace

llvm::Expected<DataFile> readData(const std::string &path, double divisor) {
  auto data = readAny(path);
  if (data && divisor != 1.0)
    for (float &value : data->values)
      value = static_cast<float>(value / divisor);
  return data;
}

llvm::Expected<exec::Batch> framesFor(const ir::Model &model, const ir::Port &port, const DataFile &data,
                                      const std::string &path, int64_t mostFrames) {
  const int64_t size = ir::elements(port.onnxShape);
  const auto total = static_cast<int64_t>(data.values.size());
  if (total == 0 || total % size)
    return badInput(
        path,
        fmt::format("shape [{}] holds no whole number of frames for input '{}', which takes {} = {} elements",
                    fmt::join(data.dims, ", "), printable(port.name), ir::toString(port.onnxShape), size));
  if (!holdsFrames(data.dims, port.onnxShape))
    return badInput(path,
                    fmt::format("shape [{}] is not that of frames for input '{}'; [frames, {}] would be",
                                fmt::join(data.dims, ", "), printable(port.name),
                                fmt::join(port.onnxShape.begin(), port.onnxShape.end(), ", ")));
  const int64_t frames = std::min(total / size, mostFrames > 0 ? mostFrames : total);
  const auto used = data.values.begin() + frames * size;
  if (const auto at = std::find_if(data.values.begin(), used, [](float v) { return !std::isfinite(v); });
      at != used)
    return badInput(path,
                    fmt::format("element {} of frame {} is {}; finite numbers are needed",
                                (at - data.values.begin()) % size, (at - data.values.begin()) / size, *at));
  exec::Reals values(data.values.begin(), data.values.begin() + frames * size);
  return exec::fromOnnxOrder(model, port, {frames, std::move(values)});
}

llvm::Expected<std::vector<int64_t>> readLabels(const std::string &path, int64_t frames, int64_t classes,
                                                bool isFirstFrames) {
  auto data = StringRef(path).endswith(".u8") ? [&]() -> llvm::Expected<DataFile> {
    auto buffer = open(path);
    if (!buffer)
      return buffer.takeError();
    DataFile out;
    for (char c : (*buffer)->getBuffer())
      out.values.push_back(static_cast<float>(static_cast<unsigned char>(c)));
    return out;
  }()
      : readData(path);
  if (!data)
    return data.takeError();
  if (std::count_if(data->dims.begin(), data->dims.end(), [](int64_t dim) { return dim != 1; }) > 1)
    return badInput(path, fmt::format("shape [{}] is no list of labels; one number for each frame is",
                                      fmt::join(data->dims, ", ")));
  std::vector<int64_t> labels;
  for (float value : data->values) {
    if (!(value >= 0 && value < static_cast<float>(classes) && std::floor(value) == value))
      return badInput(path,
                      fmt::format("label {} of frame {} is no class number; whole numbers from 0 to {} are",
                                  value, labels.size(), classes - 1));
    labels.push_back(static_cast<int64_t>(value));
  }
  if (static_cast<int64_t>(labels.size()) < frames)
    return badInput(path,
                    fmt::format("{} labels for {} frames; one for each is needed", labels.size(), frames));
  if (static_cast<int64_t>(labels.size()) > frames && !isFirstFrames)
    return badInput(
        path,
        fmt::format("{} labels for {} frames; one for each is needed, or --frames to use the first only",
                    labels.size(), frames));
  labels.resize(static_cast<size_t>(frames));
  return labels;
}

llvm::Expected<std::vector<std::string>> filesByName(const char *flag, const char *what,
                                                     const std::vector<std::string> &names,
                                                     const std::vector<std::string> &arguments) {
  std::vector<std::string> files(names.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto [name, path] = llvm::StringRef(arguments[i]).split('=');
    const auto found = std::find(names.begin(), names.end(), name.str());
    const bool named = found != names.end() && !path.empty();
    // A path may hold a '=' too.
    if (!named && !path.empty() && !llvm::sys::fs::exists(arguments[i]))
      return badUsage(fmt::format("{} {}: no {} is named '{}'{}", flag, printable(arguments[i]), what,
                                  printable(name), suggestion(name, names)));
    const size_t at = named ? static_cast<size_t>(found - names.begin()) : i;
    if (at >= names.size())
      return badUsage(fmt::format("{} {}: the model has {} {}{} only", flag, printable(arguments[i]),
                                  names.size(), what, names.size() == 1 ? "" : "s"));
    if (!files[at].empty())
      return badUsage(fmt::format("{} {}: {} '{}' has a file already, '{}'", flag, printable(arguments[i]),
                                  what, printable(names[at]), printable(files[at])));
    files[at] = named ? path.str() : arguments[i];
  }
  return files;
}

namespace {

template <class T>
std::string npy(const char *descr, llvm::ArrayRef<int64_t> dims, const std::vector<T> &values) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                   fmt::join(dims.begin(), dims.end(), ", "), dims.size() == 1 ? "," : "");
  header.append(63 - (header.size() + 10) % 64, ' ');
  header += '\n';
  std::string out = "\x93NUMPY";
  out += '\x01', out += '\x00';
  out += static_cast<char>(header.size() & 255), out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
  return out;
}

} // namespace

std::string npyBytes(llvm::ArrayRef<int64_t> dims, const std::vector<float> &values) {
  return npy("<f4", dims, values);
}
std::string npyBytes(llvm::ArrayRef<int64_t> dims, const std::vector<int64_t> &values) {
  return npy("<i8", dims, values);
}

exec::Batch randomFrames(const ir::Model &model, const ir::Port &port, int64_t frames, uint64_t seed) {
  exec::Reals values(static_cast<size_t>(frames * ir::elements(model.stream(port.stream).shape)));
  uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  const num::DataType &type = model.stream(port.stream).type;
  // Half the width of the type's range; a float stream has no ends.
  constexpr int kMostExponent = 100; // of a float
  const float half =
      type.isFixed()
          ? std::ldexp(1.0F, std::min(type.fixed().intBits - (type.fixed().isSigned ? 1 : 0), kMostExponent))
          : 1.0F;
  const size_t size = values.size() / static_cast<size_t>(frames);
  exec::Mantissas levels; // of an input that the host quantises: all that its type has
  const bool isQuantised = type.isFixed() && !port.host.empty();
  for (size_t i = 0; i < values.size(); ++i) {
    float &value = values[i];
    // splitmix64 (Steele, Lea, Flood 2014)
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    value = static_cast<float>(static_cast<int64_t>(z >> 40) - (1 << 23)) / static_cast<float>(1 << 23);
    if (i / size % 2 == 1)
      value *= half;
    if (isQuantised)
      levels.push_back(static_cast<int64_t>(num::minMantissa(type.fixed())) +
                       static_cast<int64_t>(z >> 8) % (int64_t{1} << type.fixed().width));
  }
  if (isQuantised)
    return exec::fromLevels(model, port, {frames, std::move(levels)});
  return {frames, std::move(values)};
}

llvm::Error writeWhole(const std::string &path, StringRef bytes) {
  const std::string temporary = path + ".part";
  std::error_code error;
  {
    llvm::raw_fd_ostream out(temporary, error);
    if (!error) {
      out << bytes;
      out.close();
      error = out.error();
      out.clear_error();
    }
  }
  if (!error)
    error = llvm::sys::fs::rename(temporary, path);
  if (error) {
    llvm::sys::fs::remove(temporary);
    return badInput(path, "cannot be written: " + error.message());
  }
  return llvm::Error::success();
}

} // namespace braid::driver
