#include "build.h"

#include "process.h"
#include "route.h"

#include "braid/support/error.h"
#include "braid/support/sha256.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <unistd.h>

namespace braid::sim {
namespace {

namespace fs = std::filesystem;

llvm::Error checkFailed(const std::string &file, std::string message, std::vector<std::string> notes = {}) {
  return userError(
      ExitCode::CheckFailed,
      {.file = file, .node = {}, .op = {}, .message = std::move(message), .notes = std::move(notes)});
}

class Builder {
public:
  Builder(const EmulationOptions &options, const std::string &work) : options_(options), work_(work) {}

  llvm::Error prepare() {
    auto path = llvm::sys::findProgramByName(options_.cxx);
    if (!path)
      return checkFailed(
          {}, fmt::format("the compiler '{}' is not found; g++, clang++ or --cxx with a path would work",
                          options_.cxx));
    compiler_ = *path;
    const std::string log = work_ + "/compiler.log";
    auto done = runProcess({compiler_, "--version"}, work_, log);
    if (!done || !done->ok()) {
      llvm::consumeError(done.takeError());
      return checkFailed({}, fmt::format("the compiler '{}' does not run", options_.cxx), lastLines(log, 5));
    }
    for (const std::string &line : lastLines(log, 100))
      identity_ += line + "\n";
    cache_ = fs::absolute(cacheFolder()); // compilers run in a folder of their own
    std::error_code error;
    fs::create_directories(cache_, error);
    if (error || access(cache_.c_str(), W_OK) != 0)
      cache_ = work_; // a home that cannot be written to is no reason not to check
    return llvm::Error::success();
  }

  /// Compiles one source; the object's path.
  llvm::Expected<std::string> object(const ProgramFiles &program, const Source &source) {
    auto key = keyOf(program, source);
    if (!key)
      return key.takeError();
    const fs::path target = cache_ / (*key + ".o");
    if (fs::exists(target))
      return target.string();
    std::vector<std::string> command{compiler_, options_.standard};
    command.insert(command.end(), options_.flags.begin(), options_.flags.end());
    for (const std::string &include : program.includes)
      command.push_back("-I" + include);
    auto compiled = compiledFile(program, source, *key);
    if (!compiled)
      return compiled.takeError();
    const std::string temporary = temporaryFor(*key + ".o");
    command.insert(command.end(), {"-c", *compiled, "-o", temporary});
    if (llvm::Error error = run(command, program.fpga, source.file, "does not compile", *key))
      return error;
    return place(temporary, target);
  }

  llvm::Expected<std::string> link(const ProgramFiles &program, const std::vector<std::string> &objects) {
    Sha256 hash;
    hash.update(identity_);
    for (const std::string &object : objects)
      hash.update(fs::path(object).filename().string());
    const std::string key = hash.digest();
    const fs::path target = cache_ / (key + ".run");
    if (fs::exists(target))
      return target.string();
    const std::string temporary = temporaryFor(key + ".run");
    std::vector<std::string> command{compiler_};
    command.insert(command.end(), objects.begin(), objects.end());
    command.insert(command.end(), {"-o", temporary});
    if (llvm::Error error = run(command, program.fpga, program.folder, "does not link", key))
      return error;
    return place(temporary, target);
  }

  bool wasMade(const std::string &path) const { return made_.count(path) > 0; }

private:
  fs::path cacheFolder() const {
    if (!options_.cacheFolder.empty())
      return options_.cacheFolder;
    for (const auto &[variable, below] : {std::pair("BRAID_CACHE", "emulation"),
                                          {"XDG_CACHE_HOME", "braid/emulation"},
                                          {"HOME", ".cache/braid/emulation"}})
      if (const char *value = std::getenv(variable); value && *value)
        return fs::path(value) / below;
    return work_;
  }

  /// The file itself, or its copy with statements more; messages of the compiler name the file.
  llvm::Expected<std::string> compiledFile(const ProgramFiles &program, const Source &source,
                                           const std::string &key) const {
    if (source.statements.empty())
      return source.file;
    auto text = readBytes(source.file, program.fpga);
    if (!text)
      return text.takeError();
    auto more = withStatements(*text, source.function, source.statements);
    if (!more)
      return checkFailed(source.file, messageOf(more.takeError()));
    const std::string copy = work_ + "/" + key + ".cpp";
    if (llvm::Error error = writeBytes(copy, fmt::format("#line 1 \"{}\"\n", source.file) + *more))
      return error;
    return copy;
  }

  /// Content decides, places do not: two bundles with the same firmware share an object.
  llvm::Expected<std::string> keyOf(const ProgramFiles &program, const Source &source) const {
    Sha256 hash;
    hash.update(identity_);
    hash.update(options_.standard + "\n");
    for (const std::string &flag : options_.flags)
      hash.update(flag + "\n");
    hash.update(fs::relative(source.file, program.folder).string() + "\n"); // among all that it reads
    hash.update(source.statements);
    std::vector<fs::path> files{source.file};
    std::error_code error;
    for (const std::string &read : source.reads) {
      if (!fs::is_directory(read, error)) {
        files.push_back(read);
        continue;
      }
      for (auto at = fs::recursive_directory_iterator(read, error);
           !error && at != fs::recursive_directory_iterator(); at.increment(error))
        if (const auto extension = at->path().extension(); extension == ".h" || extension == ".cpp")
          files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    for (const fs::path &file : files) {
      auto text = llvm::MemoryBuffer::getFile(file.string(), false, /*RequiresNullTerminator=*/false);
      if (!text)
        return checkFailed(file.string(),
                           fmt::format("{}: cannot be read: {}", program.fpga, text.getError().message()));
      hash.update(fs::relative(file, program.folder, error).string() + "\n" +
                  std::to_string((*text)->getBufferSize()) + "\n");
      hash.update((*text)->getBuffer());
    }
    return hash.digest();
  }

  std::string temporaryFor(const std::string &name) const {
    return (cache_ / fmt::format(".{}.{}", name, getpid())).string();
  }

  llvm::Error run(const std::vector<std::string> &command, const std::string &fpga, const std::string &file,
                  const char *what, const std::string &key) const {
    const std::string log = work_ + "/" + key + ".log";
    auto done = runProcess(command, work_, log);
    if (!done)
      return checkFailed(file, fmt::format("{}: {}", fpga, llvm::toString(done.takeError())));
    if (done->ok())
      return llvm::Error::success();
    std::vector<std::string> notes = lastLines(log, 100000);
    // The first error says most; what leads to it stands before.
    const auto first = std::find_if(notes.begin(), notes.end(), [](const std::string &line) {
      return line.find("error") != std::string::npos;
    });
    notes.erase(notes.begin(), first == notes.end() ? notes.begin() : first);
    notes.resize(std::min<size_t>(notes.size(), 8));
    return checkFailed(file, fmt::format("{} {} ({}, {})", fpga, what, options_.cxx, done->text()),
                       std::move(notes));
  }

  llvm::Expected<std::string> place(const std::string &temporary, const fs::path &target) {
    std::error_code error;
    fs::rename(temporary, target, error);
    if (error)
      return checkFailed(target.string(), "cannot be written: " + error.message());
    const std::lock_guard<std::mutex> lock(mutex_);
    made_.insert(target.string());
    return target.string();
  }

  const EmulationOptions &options_;
  const std::string &work_;
  std::string compiler_, identity_;
  fs::path cache_;
  std::mutex mutex_;
  std::set<std::string> made_;
};

} // namespace

llvm::Expected<std::vector<std::string>> buildPrograms(const std::vector<ProgramFiles> &programs,
                                                       const EmulationOptions &options,
                                                       const std::string &workFolder,
                                                       EmulationResult &result) {
  Builder builder(options, workFolder);
  if (llvm::Error error = builder.prepare())
    return error;
  std::vector<std::pair<size_t, size_t>> tasks;
  std::vector<std::vector<std::string>> objects(programs.size());
  for (size_t p = 0; p < programs.size(); ++p) {
    objects[p].resize(programs[p].sources.size());
    for (size_t s = 0; s < programs[p].sources.size(); ++s)
      tasks.emplace_back(p, s);
  }
  llvm::Error error = forEachJob(tasks.size(), options.jobs, [&](size_t i) -> llvm::Error {
    const auto [p, s] = tasks[i];
    return builder.object(programs[p], programs[p].sources[s]).moveInto(objects[p][s]);
  });
  if (error)
    return error;
  std::vector<std::string> out(programs.size());
  error = forEachJob(programs.size(), options.jobs,
                     [&](size_t p) { return builder.link(programs[p], objects[p]).moveInto(out[p]); });
  if (error)
    return error;
  for (const std::string &program : out)
    ++(builder.wasMade(program) ? result.compiled : result.cached);
  return out;
}

} // namespace braid::sim
