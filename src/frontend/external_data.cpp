// Tensors in files beside the model. A model file may come from anyone, so it may name nothing outside its
// folder.

#include "proto.h"

#include "shapes.h"

#include "braid/support/text.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace braid::frontend {

struct ExternalData::File {
  std::unique_ptr<llvm::MemoryBuffer> buffer;
};

ExternalData::~ExternalData() = default;

namespace {

/// The real path of `location` in the model's folder.
llvm::Expected<std::string> confinedPath(const std::string &modelPath, llvm::StringRef location) {
  namespace path = llvm::sys::path;
  const std::string shown = printable(location);
  if (location.empty() || location.contains('\0') || path::is_absolute(location))
    return fault("external data '{}' must be named by a path relative to the model", shown);
  for (auto part = path::begin(location); part != path::end(location); ++part)
    if (*part == "..")
      return fault("external data '{}' lies outside the model's folder", shown);

  llvm::SmallString<256> folder, file;
  const llvm::StringRef parent = path::parent_path(modelPath);
  if (auto error = llvm::sys::fs::real_path(parent.empty() ? "." : parent, folder))
    return fault("the model's folder cannot be read: {}", error.message());
  llvm::SmallString<256> joined = folder;
  path::append(joined, location);
  if (auto error = llvm::sys::fs::real_path(joined, file))
    return fault("external data '{}' cannot be read: {}", shown, error.message());
  llvm::StringRef rest = file;
  if (!rest.consume_front(folder) || !(rest.startswith("/") || folder.endswith("/")))
    return fault("external data '{}' leads outside the model's folder", shown);
  return std::string(file);
}

std::optional<int64_t> number(llvm::StringRef text) {
  int64_t value = 0;
  if (text.getAsInteger(10, value) || value < 0)
    return std::nullopt;
  return value;
}

} // namespace

llvm::Expected<std::shared_ptr<const ExternalData::File>> ExternalData::open(const std::string &location) {
  for (const auto &[name, file] : files_)
    if (name == location)
      return file;
  auto path = confinedPath(modelPath_, location);
  if (!path)
    return path.takeError();
  // The path has no links left; O_NOFOLLOW keeps it so, O_NONBLOCK keeps a pipe from holding us up.
  const int descriptor = ::open(path->c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fault("external data '{}' cannot be opened", printable(location));
  auto closing = llvm::make_scope_exit([&] { ::close(descriptor); });
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return fault("external data '{}' is no regular file", printable(location));
  auto buffer = llvm::MemoryBuffer::getOpenFile(llvm::sys::fs::convertFDToNativeFile(descriptor), *path,
                                                static_cast<uint64_t>(status.st_size),
                                                /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fault("external data '{}' cannot be read: {}", printable(location), buffer.getError().message());
  auto file = std::make_shared<const File>(File{std::move(*buffer)});
  files_.emplace_back(location, file);
  return file;
}

llvm::Expected<ExternalData::Bytes> ExternalData::read(const proto::TensorProto &tensor, int64_t expected) {
  std::string location;
  int64_t offset = 0, length = expected;
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      auto value = number(entry.value());
      if (!value)
        return fault("external data: {} '{}' is no count of bytes", entry.key(), printable(entry.value()));
      (entry.key() == "offset" ? offset : length) = *value;
    }
  }
  if (length != expected)
    return fault("external data: length {}, but the dimensions need {} bytes", length, expected);
  auto file = open(location);
  if (!file)
    return file.takeError();
  const llvm::StringRef bytes = (*file)->buffer->getBuffer();
  const auto size = static_cast<int64_t>(bytes.size());
  if (offset > size || length > size - offset)
    return fault("external data '{}' has {} bytes; {} at offset {} are needed", printable(location), size,
                 length, offset);
  return Bytes{bytes.substr(at(offset), at(length)), *file};
}

} // namespace braid::frontend
