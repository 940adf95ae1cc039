#include "support/verdicts.h"

#include "support/paths.h"

#include <catch2/catch.hpp>

#include <cstdlib>

#include <unistd.h>

namespace braid::test {

Verdicts::Verdicts() {
  static int made = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("braid-certificates-" + std::to_string(getpid()) + "-" + std::to_string(made++));
  file_.open(path_);
}

Verdicts::~Verdicts() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  std::filesystem::remove(path_.string() + ".verdicts", ignored);
}

void Verdicts::setProblem(const nlohmann::json &problem) { problem_ = problem.dump(); }

void Verdicts::add(const nlohmann::json &certificate) {
  file_ << '[' << problem_ << ", " << certificate.dump() << "]\n";
  problem_ = "null";
  ++count_;
}

std::vector<std::string> Verdicts::judge() {
  file_.close();
  const std::string script = (sourceRoot() / "tests/support/judge_certificates.py").string();
  const std::string command =
      "python3 -B '" + script + "' '" + path_.string() + "' >'" + path_.string() + ".verdicts'";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream out(path_.string() + ".verdicts");
  std::vector<std::string> verdicts;
  for (std::string line; std::getline(out, line);) {
    if (line.starts_with("crashed"))
      FAIL_CHECK("certificate " << verdicts.size() << ": " << line);
    verdicts.push_back(line);
  }
  REQUIRE(verdicts.size() == count_);
  return verdicts;
}

} // namespace braid::test
