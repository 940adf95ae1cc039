#include "process.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace braid::sim {
namespace {

/// What the child says through the pipe where it cannot become the program.
[[noreturn]] void failInChild(int pipe) {
  const int reason = errno;
  const ssize_t ignored = write(pipe, &reason, sizeof reason);
  (void)ignored;
  _exit(127);
}

} // namespace

std::string Finished::text() const {
  return signal ? fmt::format("signal {} ({})", signal, strsignal(signal))
                : fmt::format("exit code {}", exitCode);
}

llvm::Expected<Finished> runProcess(const std::vector<std::string> &arguments, const std::string &folder,
                                    const std::string &log) {
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0)
    return llvm::createStringError(std::error_code(errno, std::generic_category()), "pipe");
  // Between fork and exec only what POSIX allows in a process with threads.
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0 || none < 0 || dup2(none, 0) < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0 ||
        chdir(folder.c_str()) != 0)
      failInChild(report[1]);
    execvp(argv[0], argv.data());
    failInChild(report[1]);
  }
  const int forkError = errno;
  close(report[1]);
  int reason = 0;
  const bool failed = child < 0 || read(report[0], &reason, sizeof reason) == sizeof reason;
  close(report[0]);
  int status = 0;
  while (child >= 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (failed)
    return llvm::createStringError(std::error_code(child < 0 ? forkError : reason, std::generic_category()),
                                   arguments[0].c_str());
  Finished out;
  if (WIFSIGNALED(status))
    out.signal = WTERMSIG(status);
  else
    out.exitCode = WEXITSTATUS(status);
  return out;
}

std::vector<std::string> lastLines(const std::string &log, size_t count) {
  std::ifstream file(log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(printable(line, 300));
  if (lines.size() > count)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

llvm::Error forEachJob(size_t count, unsigned jobs, const std::function<llvm::Error(size_t)> &body) {
  std::vector<std::optional<llvm::Error>> errors(count);
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (size_t i = next++; i < count && !failed; i = next++)
      if (llvm::Error error = body(i)) {
        errors[i] = std::move(error);
        failed = true;
      }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < jobs && t < count; ++t)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  llvm::Error first = llvm::Error::success();
  for (std::optional<llvm::Error> &error : errors)
    if (error) {
      if (first)
        llvm::consumeError(std::move(*error));
      else
        first = std::move(*error);
    }
  return first;
}

} // namespace braid::sim
