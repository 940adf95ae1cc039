// Many emitted projects in few programs: headers are parsed once for a dozen of them.
#pragma once

#include "support/deployed.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace braid::test {

/// Projects, each in a namespace of its own with the text of its files as it is emitted, but for `extern
/// "C"`; the headers that every project carries stand before them all, once, and must be the same in all.
class Pack {
public:
  /// Projects of a bundle that has been written to a folder.
  void add(const Deployed &deployed, const std::string &bundleFolder);
  /// Compiles and links them, unoptimised; fails the test where that fails.
  void build();
  /// The programs of the bundle that was the i-th to be added, for sim::EmulationOptions.
  const std::vector<std::string> &programs(size_t i) const { return programs_.at(i); }

private:
  struct Source;

  void inlineFile(const std::string &file, Source &source);
  void addHeader(const std::string &file);
  std::string prelude() const;

  TemporaryFolder folder_;
  std::vector<std::vector<std::string>> programs_;
  std::vector<std::string> texts_;             ///< By project
  std::set<std::string> standard_;             ///< `<vector>`
  std::map<std::string, std::string> headers_; ///< `link/braid_words.h` to its text
};

} // namespace braid::test
