#include "braid/driver/check.h"

#include "difference.h"

#include "braid/driver/compile.h"
#include "braid/support/error.h"
#include "braid/support/parallel.h"
#include "braid/support/sha256.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace braid::driver {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Fails with what is different, and where it may come from.
llvm::Error different(const fs::path &path, std::string message, const ordered_json &manifest) {
  std::vector<std::string> notes = {
      "right is what the bundle's model and the options in its braid.json give; compile it again"};
  if (manifest.contains("version") && manifest["version"].is_string() && manifest["version"] != BRAID_VERSION)
    notes.push_back(fmt::format("it was made by braid {}, and this is braid {}",
                                manifest["version"].get<std::string>(), BRAID_VERSION));
  return userError(ExitCode::BadInput, {.file = path.string(),
                                        .node = {},
                                        .op = {},
                                        .message = std::move(message),
                                        .notes = std::move(notes)});
}

/// An error of the design, which was made before: the bundle's fault, whatever it is.
llvm::Error asBadInput(llvm::Error error) {
  return llvm::handleErrors(std::move(error), [](const UserError &user) -> llvm::Error {
    return llvm::make_error<UserError>(ExitCode::BadInput, user.diagnostics());
  });
}

/// What a bundle is made from must be what it was made from: all else follows.
llvm::Error checkSources(const fs::path &folder, const ordered_json &manifest) {
  for (const auto &[path, hash] : manifest["files"].items()) {
    if (!llvm::StringRef(path).startswith("source/"))
      continue;
    auto bytes =
        llvm::MemoryBuffer::getFile((folder / path).string(), false, /*RequiresNullTerminator=*/false);
    if (!bytes)
      return badInput((folder / path).string(), "cannot be read: " + bytes.getError().message());
    if (hash != sha256((*bytes)->getBuffer()))
      return badInput((folder / path).string(), "its bytes are not those that braid.json states");
  }
  return llvm::Error::success();
}

/// Files that others follow from stand first.
size_t rankOf(llvm::StringRef path) {
  constexpr const char *kFirst[] = {"problem.json", "certificate.json", "plan.json", "report/report.json"};
  return static_cast<size_t>(std::find(std::begin(kFirst), std::end(kFirst), path) - std::begin(kFirst));
}

class Comparison {
public:
  Comparison(fs::path folder, const ordered_json &manifest)
      : folder_(std::move(folder)), manifest_(manifest) {}

  llvm::Error run(const emit::Emission &emission, const Manifest &manifestOf) {
    for (const auto &[path, file] : emission.files())
      rows_.push_back({path, &file, {}, {}, 0});
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row &a, const Row &b) { return rankOf(a.path) < rankOf(b.path); });
    parallelFor(static_cast<int64_t>(rows_.size()),
                [&](int64_t i) { compare(rows_[static_cast<size_t>(i)]); });
    for (Row &row : rows_)
      if (!row.fault.empty())
        return different(folder_ / row.path, std::move(row.fault), manifest_);
    return checkManifest(manifestOf);
  }

  int64_t files() const { return static_cast<int64_t>(rows_.size()); }
  int64_t bytes() const {
    int64_t sum = 0;
    for (const Row &row : rows_)
      sum += row.bytes;
    return sum;
  }

private:
  struct Row {
    std::string path;
    const emit::Emission::File *file = nullptr;
    std::string hash, fault;
    int64_t bytes = 0;
  };

  void compare(Row &row) const {
    std::string right;
    llvm::raw_string_ostream stream(right);
    row.file->write(stream);
    stream.flush();
    row.hash = sha256(right), row.bytes = static_cast<int64_t>(right.size());
    auto found = llvm::MemoryBuffer::getFile((folder_ / row.path).string(), false,
                                             /*RequiresNullTerminator=*/false);
    if (!found)
      row.fault = "cannot be read: " + found.getError().message();
    else if (auto difference = firstDifference(row.path, (*found)->getBuffer(), right))
      row.fault = std::move(*difference);
  }

  llvm::Error checkManifest(const Manifest &manifestOf) const {
    std::vector<const Row *> byPath;
    for (const Row &row : rows_)
      byPath.push_back(&row);
    std::sort(byPath.begin(), byPath.end(), [](const Row *a, const Row *b) { return a->path < b->path; });
    ordered_json hashes = ordered_json::object();
    for (const Row *row : byPath)
      hashes[row->path] = row->hash;
    const auto textOf = [](const ordered_json &json) {
      return json.dump(2, ' ', false, ordered_json::error_handler_t::replace);
    };
    if (auto difference =
            firstDifference("braid.json", textOf(manifest_), textOf(manifestOf(std::move(hashes)))))
      return different(folder_ / "braid.json", std::move(*difference), manifest_);
    return llvm::Error::success();
  }

  fs::path folder_;
  const ordered_json &manifest_;
  std::vector<Row> rows_;
};

} // namespace

llvm::Expected<CheckResult> checkContents(const std::string &bundle, const std::string &model) {
  auto manifest = readManifest(bundle);
  if (!manifest)
    return manifest.takeError();
  if (llvm::Error error = checkSources(bundle, *manifest))
    return error;
  auto request = requestOfBundle(bundle, *manifest, model);
  if (!request)
    return request.takeError();
  auto design = buildDesign(*request);
  if (!design)
    return asBadInput(design.takeError());
  const emit::Context context = contextOf(**design, request->hlsTool);
  auto emission = emitBundle(**design, context, *request);
  if (!emission)
    return emission.takeError();
  Comparison comparison(bundle, *manifest);
  if (llvm::Error error = comparison.run(*emission, manifestOf(**design, *request)))
    return error;
  return CheckResult{std::move(*design), !request->planFile.empty(), comparison.files(), comparison.bytes()};
}

} // namespace braid::driver
