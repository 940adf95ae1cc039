// What a backend gives: files by path, each written when it is wanted.
#pragma once

#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <map>
#include <string>

namespace braid::emit {

/// Sorted by path; paths are relative, with '/', made of identifiers of ours only (never of names from a
/// model).
class Emission {
public:
  using Writer = std::function<void(llvm::raw_ostream &)>;
  struct File {
    Writer write;
    bool executable = false;
    int64_t expectedBytes = 0; ///< Roughly: who writes in parallel begins with the longest
  };

  /// A path stands once. Large payloads refer to the model's weights and are streamed by the writer.
  void add(std::string path, Writer writer, int64_t expectedBytes = 0);
  void addText(std::string path, std::string text, bool executable = false);
  /// All files of another emission below a folder.
  void addBelow(const std::string &folder, Emission other);
  const std::map<std::string, File> &files() const { return files_; }

private:
  void addFile(std::string path, File file);

  std::map<std::string, File> files_;
};

/// Text with `@NAME@` fields filled in; a field left over or a value not used is a fault of ours.
std::string render(llvm::StringRef text, const std::map<std::string, std::string> &values);

} // namespace braid::emit
