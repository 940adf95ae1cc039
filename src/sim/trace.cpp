#include "braid/sim/trace.h"

#include "braid/support/error.h"

#include "llvm/Support/Endian.h"

#include <fmt/format.h>

namespace braid::sim {
namespace {

/// The place behind a comment or literal that begins at `at`, or `at` where none does.
size_t behindText(llvm::StringRef source, size_t at) {
  const llvm::StringRef rest = source.drop_front(at);
  if (rest.startswith("//"))
    return std::min(source.find('\n', at), source.size());
  if (rest.startswith("/*")) {
    const size_t end = source.find("*/", at + 2);
    return end == llvm::StringRef::npos ? source.size() : end + 2;
  }
  if (source[at] != '"' && source[at] != '\'')
    return at;
  size_t end = at + 1;
  while (end < source.size() && source[end] != source[at] && source[end] != '\n')
    end += source[end] == '\\' ? 2 : 1;
  return std::min(end + 1, source.size());
}

/// Where the block that opens at or behind `at` closes.
size_t endOfBlock(llvm::StringRef source, size_t at) {
  for (int depth = 0; at < source.size();) {
    const size_t behind = behindText(source, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    depth += source[at] == '{' ? 1 : 0;
    if (source[at] == '}' && --depth == 0)
      return at;
    ++at;
  }
  return llvm::StringRef::npos;
}

} // namespace

llvm::Expected<std::string> withStatements(llvm::StringRef source, const std::string &function,
                                           const std::string &statements) {
  const size_t begin = source.find("void " + function + "(");
  const size_t end = begin == llvm::StringRef::npos ? begin : endOfBlock(source, begin);
  if (end == llvm::StringRef::npos)
    return badInput({}, fmt::format("it has no function `void {}(...) {{ ... }}`", function));
  return (source.take_front(end) + statements + source.drop_front(end)).str();
}

std::string traceNames(const TracedProject &project) {
  std::string out;
  for (const std::string &name : project.streams)
    out += name + "\n";
  for (const auto &[name, elements] : project.arrays)
    out += name + "\n";
  return out;
}

std::string traceStatements(const TracedProject &project) {
  std::string out;
  for (const auto &[name, elements] : project.arrays)
    out += fmt::format("  braid::trace::array(\"{0}\", {0}, {1});\n", name, elements);
  return out;
}

std::map<std::string, Recording> recordingsOf(const TracedProject &project, llvm::StringRef bytes) {
  using llvm::support::endian::read32le;
  using llvm::support::endian::read64le;
  std::vector<std::string> names = project.streams;
  for (const auto &array : project.arrays)
    names.push_back(array.first);
  std::map<std::string, Recording> out;
  constexpr size_t kHead = 16;
  while (bytes.size() >= kHead) {
    const uint32_t line = read32le(bytes.data()), bits = read32le(bytes.data() + 4);
    const uint64_t size = read64le(bytes.data() + 8);
    bytes = bytes.drop_front(kHead);
    if (line >= names.size() || size > bytes.size())
      break; // of a run that crashed while it wrote
    Recording &recording = out[names[line]];
    recording.bits = bits;
    recording.bytes += bytes.take_front(size);
    bytes = bytes.drop_front(size);
  }
  return out;
}

} // namespace braid::sim
