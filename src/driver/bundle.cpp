#include "braid/driver/bundle.h"

#include "braid/support/error.h"
#include "braid/support/parallel.h"
#include "braid/support/sha256.h"
#include "braid/support/text.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <numeric>
#include <stdio.h>
#include <unistd.h>

namespace braid::driver {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char *kManifest = "braid.json";

/// A stream that hashes what passes and hands it on.
class HashingStream : public llvm::raw_ostream {
public:
  explicit HashingStream(llvm::raw_ostream &to) : to_(to) { SetBufferSize(1 << 16); }
  ~HashingStream() override { flush(); }
  std::string digest() {
    flush();
    return sha_.digest();
  }
  uint64_t size() const { return written_; }

private:
  void write_impl(const char *data, size_t size) override {
    sha_.update(llvm::StringRef(data, size));
    written_ += size;
    to_ << llvm::StringRef(data, size);
  }
  uint64_t current_pos() const override { return written_; }

  llvm::raw_ostream &to_;
  Sha256 sha_;
  uint64_t written_ = 0;
};

/// 0 to count - 1, sorted so that whoever takes the next one in turn ends with small work: nobody waits long.
template <class Size> std::vector<size_t> longestFirst(size_t count, Size &&size) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return size(a) > size(b); });
  return order;
}

llvm::Error cannot(const fs::path &path, const std::error_code &error) {
  return badInput(path.string(), "cannot be written: " + error.message());
}

/// sha256 of the files of the bundle that stands at `target`, by path; empty if none does.
llvm::Expected<std::map<std::string, std::string>> present(const fs::path &target) {
  std::map<std::string, std::string> hashes;
  std::error_code error;
  if (!fs::exists(target, error) || (fs::is_directory(target, error) && fs::is_empty(target, error)))
    return hashes;
  if (!fs::is_directory(target, error))
    return badInput(target.string(), "a file stands where the bundle's folder would be");
  if (!fs::exists(target / kManifest, error))
    return badInput(target.string(), "the folder is not empty and holds no bundle (braid.json); another "
                                     "folder, or an empty one, would work");
  auto manifest = readManifest(target.string());
  if (!manifest)
    return manifest.takeError();
  for (const auto &[path, hash] : (*manifest)["files"].items())
    hashes[path] = hash.get<std::string>();
  return hashes;
}

/// Makes the new folder beside its place.
class Stage {
public:
  Stage(fs::path target, std::map<std::string, std::string> old)
      : target_(std::move(target)), old_(std::move(old)) {
    const fs::path parent = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
    folder_ = parent / fmt::format(".{}.braid-new-{}", target_.filename().string(), getpid());
  }
  ~Stage() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  llvm::Error begin() {
    std::error_code error;
    fs::create_directories(folder_.parent_path(), error);
    fs::remove_all(folder_, error);
    if (!fs::create_directory(folder_, error))
      return cannot(target_, error);
    return llvm::Error::success();
  }

  llvm::Error write(const std::string &path, const emit::Emission::File &file, std::string &hash,
                    uint64_t &size, bool &isNew) {
    const fs::path to = folder_ / path;
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (error)
      return cannot(to, error);
    {
      llvm::raw_fd_ostream out(to.string(), error);
      if (error)
        return cannot(to, error);
      HashingStream hashing(out);
      file.write(hashing);
      hash = hashing.digest();
      size = hashing.size();
      out.close();
      if (out.has_error()) {
        error = out.error();
        out.clear_error();
        return cannot(to, error);
      }
    }
    if (file.executable)
      fs::permissions(to, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                      fs::perm_options::add, error);
    // A file with the same bytes stays the file it was.
    const auto before = old_.find(path);
    isNew = before == old_.end() || before->second != hash || !keep(target_ / path, to, size);
    return llvm::Error::success();
  }

  /// Carries over what the old bundle does not own: build products, notes.
  void adopt() {
    std::error_code error;
    for (fs::recursive_directory_iterator at(target_, error), end; !error && at != end; at.increment(error)) {
      const std::string path = fs::relative(at->path(), target_, error).generic_string();
      if (path == kManifest || old_.count(path) || at->is_directory(error))
        continue;
      fs::create_directories((folder_ / path).parent_path(), error);
      if (!fs::exists(folder_ / path, error))
        fs::create_hard_link(at->path(), folder_ / path, error);
      error.clear();
    }
  }

  llvm::Error commit() {
    std::error_code error;
    if (fs::exists(target_, error)) {
      if (renameat2(AT_FDCWD, folder_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0)
        return llvm::Error::success(); // the destructor removes the old folder, which now has the stage's
                                       // name
      if (!fs::is_empty(target_, error)) {
        const fs::path aside = folder_.string() + "-old";
        fs::rename(target_, aside, error);
        if (!error)
          fs::rename(folder_, target_, error);
        if (error)
          return cannot(target_, error);
        fs::remove_all(aside, error);
        return llvm::Error::success();
      }
    }
    fs::rename(folder_, target_, error);
    return error ? cannot(target_, error) : llvm::Error::success();
  }

  const fs::path &folder() const { return folder_; }

private:
  /// Whether the old file, which should hold these bytes, could be linked in the new one's place.
  static bool keep(const fs::path &from, const fs::path &to, uint64_t size) {
    std::error_code error;
    if (fs::file_size(from, error) != size || error)
      return false;
    const fs::path aside = to.string() + ".new";
    fs::rename(to, aside, error);
    fs::create_hard_link(from, to, error);
    if (error) {
      fs::rename(aside, to, error);
      return false;
    }
    fs::remove(aside, error);
    return true;
  }

  fs::path target_, folder_;
  std::map<std::string, std::string> old_;
};

} // namespace

llvm::Expected<BundleResult> writeBundle(const std::string &target, const emit::Emission &emission,
                                         const Manifest &manifestOf) {
  fs::path place = fs::path(target).lexically_normal();
  if (!place.has_filename())
    place = place.parent_path();
  auto old = present(place);
  if (!old)
    return old.takeError();
  const size_t oldFiles = old->size();
  Stage stage(place, *old);
  if (llvm::Error error = stage.begin())
    return error;

  std::vector<const std::pair<const std::string, emit::Emission::File> *> files;
  for (const auto &file : emission.files())
    files.push_back(&file);
  struct Row {
    std::string hash;
    uint64_t size = 0;
    bool isNew = false;
    std::string fault;
  };
  std::vector<Row> rows(files.size());
  const std::vector<size_t> order =
      longestFirst(files.size(), [&](size_t i) { return files[i]->second.expectedBytes; });
  parallelFor(static_cast<int64_t>(files.size()), [&](int64_t next) {
    const size_t i = order[static_cast<size_t>(next)];
    Row &row = rows[i];
    const auto &[path, file] = *files[i];
    if (llvm::Error error = stage.write(path, file, row.hash, row.size, row.isNew))
      row.fault = llvm::toString(std::move(error));
  });
  BundleResult result;
  ordered_json hashes = ordered_json::object();
  for (size_t i = 0; i < files.size(); ++i) {
    if (!rows[i].fault.empty())
      return badInput("", rows[i].fault.substr(rows[i].fault.find("error: ") == 0 ? 7 : 0));
    hashes[files[i]->first] = rows[i].hash;
    ++result.files;
    result.written += rows[i].isNew;
    result.bytes += static_cast<int64_t>(rows[i].size);
  }
  const std::string manifest =
      manifestOf(std::move(hashes)).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  emit::Emission::File manifestFile{[&](llvm::raw_ostream &out) { out << manifest; }, false, 0};
  auto before = llvm::MemoryBuffer::getFile((place / kManifest).string());
  if (before && (*before)->getBuffer() == manifest && result.written == 0 && oldFiles == files.size())
    return result; // nothing differs: nothing is touched
  Row row;
  if (llvm::Error error = stage.write(kManifest, manifestFile, row.hash, row.size, row.isNew))
    return error;
  stage.adopt();
  if (llvm::Error error = stage.commit())
    return error;
  return result;
}

llvm::Expected<ordered_json> readManifest(const std::string &folder) {
  const std::string path = (fs::path(folder) / kManifest).string();
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return badInput(path, text.getError().message() + "; a folder written by `braid compile` is meant");
  ordered_json json = ordered_json::parse((*text)->getBufferStart(), (*text)->getBufferEnd(), nullptr,
                                          /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("schema") || json["schema"] != "braid-bundle-1" ||
      !json.contains("files") || !json["files"].is_object())
    return badInput(path, "it is no manifest of a bundle (schema braid-bundle-1)");
  return json;
}

/// Whether a path of a bundle is below the folder of an FPGA, and no ONNX file.
static bool isOfProject(llvm::StringRef path) {
  const auto [top, rest] = path.split('/');
  return !rest.empty() && rest != "model.onnx" && top != "report" && top != "network" && top != "host" &&
         top != "source";
}

llvm::Error checkBundle(const std::string &folder, const ordered_json &manifest,
                        std::vector<std::string> *edited) {
  struct Row {
    std::string name, path, hash, message;
    uintmax_t size = 0;
    bool isEdited = false;
  };
  std::vector<Row> rows;
  for (const auto &[path, hash] : manifest["files"].items()) {
    Row row{path, (fs::path(folder) / path).string(), hash.get<std::string>(), {}};
    std::error_code missing;
    row.size = fs::file_size(row.path, missing);
    if (missing)
      row.size = 0;
    rows.push_back(std::move(row));
  }
  const std::vector<size_t> order = longestFirst(rows.size(), [&](size_t i) { return rows[i].size; });
  parallelFor(static_cast<int64_t>(rows.size()), [&](int64_t next) {
    Row &row = rows[order[static_cast<size_t>(next)]];
    auto bytes = llvm::MemoryBuffer::getFile(row.path, false, /*RequiresNullTerminator=*/false);
    if (!bytes)
      row.message = "a file of the bundle is missing";
    else if (sha256((*bytes)->getBuffer()) == row.hash)
      return;
    else if (edited && isOfProject(row.name))
      row.isEdited = true;
    else
      row.message =
          fmt::format("its bytes are not those the manifest states; compile again, or into another folder{}",
                      isOfProject(row.name) ? ", or verify it as it is, --per-layer" : "");
  });
  Diagnostics found;
  for (const Row &row : rows) {
    if (!row.message.empty())
      found.add({.file = row.path, .node = {}, .op = {}, .message = row.message, .notes = {}});
    if (row.isEdited)
      edited->push_back(row.name);
  }
  return found.take(ExitCode::CheckFailed);
}

} // namespace braid::driver
