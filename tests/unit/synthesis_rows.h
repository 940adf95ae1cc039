// Rows of synthesis reports for the tests of the cost models.
#pragma once

#include "braid/kernel/kernel.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace rows {

using Row = std::map<std::string, std::string>;

/// The repository, as the build says.
inline std::string sourceRoot() {
#ifdef BRAID_SOURCE_ROOT
  return BRAID_SOURCE_ROOT;
#else
  return ".";
#endif
}

/// Rows that may not be committed: below $BRAID_SHARED, or beside the repository.
inline std::string sharedData() {
  const char *shared = std::getenv("BRAID_SHARED");
  return (shared ? std::string(shared) : sourceRoot() + "/../shared") + "/data/synthesis";
}

inline std::string textOf(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> split(std::string line, char at) {
  if (!line.empty() && line.back() == '\r')
    line.pop_back();
  std::vector<std::string> parts;
  std::stringstream stream(line);
  for (std::string part; std::getline(stream, part, at);)
    parts.push_back(part);
  return parts;
}

/// A CSV file without quotes; empty where there is none.
inline std::vector<Row> read(const std::string &path) {
  std::stringstream text(textOf(path));
  std::string line;
  if (!std::getline(text, line))
    return {};
  const std::vector<std::string> names = split(line, ',');
  std::vector<Row> out;
  while (std::getline(text, line)) {
    const std::vector<std::string> values = split(line, ',');
    Row row;
    for (size_t i = 0; i < names.size(); ++i)
      row[names[i]] = i < values.size() ? values[i] : "";
    out.push_back(std::move(row));
  }
  return out;
}

inline std::vector<int64_t> numbers(const std::string &text, char at) {
  std::vector<int64_t> out;
  for (const std::string &part : split(text, at))
    out.push_back(std::stoll(part));
  return out;
}

/// The legal reuse factor that hls4ml takes for the one asked for.
inline int64_t nearestReuse(int64_t wanted, int64_t outputs, int64_t inputs) {
  const std::vector<int64_t> legal = braid::kernel::legalReuseFactors(outputs, inputs);
  return *std::min_element(legal.begin(), legal.end(),
                           [&](int64_t a, int64_t b) { return std::abs(a - wanted) < std::abs(b - wanted); });
}

} // namespace rows
