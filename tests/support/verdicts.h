// What tools/check_certificate.py says of many certificates: collected in a file, judged by one process.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace braid::test {

class Verdicts {
public:
  Verdicts();
  ~Verdicts();
  Verdicts(const Verdicts &) = delete;
  /// Of the certificates that follow.
  void setProblem(const nlohmann::json &problem);
  void add(const nlohmann::json &certificate);
  /// A line for each certificate: "ok ...", "rejected ...", "malformed ..."; the test fails where the checker
  /// crashes.
  std::vector<std::string> judge();

private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::string problem_ = "null"; ///< For the next certificate, where it is not that of the one before
  size_t count_ = 0;
};

/// Whether a verdict says that all claims hold.
inline bool isAccepted(const std::string &verdict) { return verdict.starts_with("ok "); }

} // namespace braid::test
