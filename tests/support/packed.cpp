#include "packed.h"

#include "braid/support/error.h"
#include "braid/support/parallel.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>

namespace braid::test {

namespace fs = std::filesystem;

namespace {

/// Projects in one translation unit.
constexpr size_t kProjectsPerUnit = 24;

/// Where a header that every project carries stands in a pack; empty for files of one project.
std::string carriedAs(const fs::path &file) {
  if (file.filename() == "nnet_code_gen.h") // has functions of the project
    return {};
  for (const char *folder : {"ap_types", "nnet_utils", "braid"})
    for (fs::path at = file.parent_path(); at.has_relative_path(); at = at.parent_path())
      if (at.filename() == folder && at.parent_path().filename() == "firmware")
        return (fs::path("firmware") / fs::relative(file, at.parent_path())).string();
  if (file.parent_path().filename() == "link" && file.filename().string().rfind("braid_", 0) == 0)
    return "link/" + file.filename().string();
  return {};
}

} // namespace

struct Pack::Source {
  std::vector<std::string> includes; ///< Folders
  std::set<std::string> seen, guards;
  std::string text;
};

void Pack::addHeader(const std::string &file) {
  const std::string text = readText(file);
  const auto [known, isNew] = headers_.try_emplace(carriedAs(file), text);
  INFO(file);
  REQUIRE(known->second == text);
  if (!isNew)
    return;
  const fs::path to = fs::path(folder_.path()) / known->first;
  fs::create_directories(to.parent_path());
  writeText(to.string(), text);
}

/// Files of the project in place of their includes, each once.
void Pack::inlineFile(const std::string &file, Source &source) {
  if (!source.seen.insert(file).second)
    return;
  static const std::regex kInclude("\\s*#include ([<\"])([^>\"]+)[>\"].*"), kGuard("#define (\\w+_H_)\\s*"),
      kLinkage("extern \"C\"");
  std::istringstream lines(readText(file));
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, kInclude) && fs::path(found[2].str()).extension() != ".txt") {
      if (found[1] == "<") {
        standard_.insert(found[2]);
        continue;
      }
      fs::path from;
      std::vector<std::string> folders = source.includes;
      folders.insert(folders.begin(), fs::path(file).parent_path().string());
      for (const std::string &folder : folders)
        if (from = (fs::path(folder) / found[2].str()).lexically_normal(); fs::exists(from))
          break;
      INFO(file << " includes " << found[2]);
      REQUIRE(fs::exists(from));
      if (!carriedAs(from).empty())
        addHeader(from.string());
      else
        inlineFile(from.string(), source);
      continue;
    }
    if (line == "#pragma once")
      continue;
    if (std::regex_match(line, found, kGuard))
      source.guards.insert(found[1]);
    source.text += std::regex_replace(line, kLinkage, "extern \"C++\"") + "\n";
  }
}

void Pack::add(const Deployed &deployed, const std::string &bundleFolder) {
  programs_.emplace_back();
  for (const emit::Project &project : deployed.context().projects) {
    const std::string fpga = deployed.context().cluster.fpgas[static_cast<size_t>(project.fpga)].name;
    const std::string hls = fmt::format("{}/{}/{}", bundleFolder, fpga, emit::projectFolder(project)),
                      firmware = hls + "/firmware";
    // What carried headers include stands beside them.
    for (const auto &entry : fs::recursive_directory_iterator(firmware))
      if (entry.path().extension() == ".h" && !carriedAs(entry.path()).empty())
        addHeader(entry.path().string());
    for (const auto &entry : fs::directory_iterator(fmt::format("{}/{}/link", bundleFolder, fpga)))
      if (entry.path().extension() == ".h" && !carriedAs(entry.path()).empty())
        addHeader(entry.path().string());
    Source source{{hls, firmware, firmware + "/ap_types", firmware + "/nnet_utils"}, {}, {}, {}};
    inlineFile(fmt::format("{}/{}.cpp", firmware, project.name), source);
    inlineFile(fmt::format("{}/{}_emu.cpp", hls, project.name), source);
    for (const std::string &guard : source.guards)
      source.text += fmt::format("#undef {}\n", guard);
    programs_.back().push_back(fmt::format("{}/p{}", folder_.path(), texts_.size()));
    texts_.push_back(std::move(source.text));
  }
}

std::string Pack::prelude() const {
  std::string out;
  for (const std::string &header : standard_)
    out += fmt::format("#include <{}>\n", header);
  for (const auto &entry : headers_)
    // Headers of ap_types are included by those that need them.
    if (entry.first.find("/ap_types/") == std::string::npos)
      out += fmt::format("#include \"{}\"\n", entry.first);
  return out;
}

void Pack::build() {
  const char *named = std::getenv("CXX");
  const std::string cxx = named && *named ? named : "g++", folder = folder_.path();
  std::string main = "#include <cstring>\n#include <string>\n", cases;
  for (size_t p = 0; p < texts_.size(); ++p) {
    main += fmt::format("namespace p{} {{ int main(int, char **); }}\n", p);
    cases += fmt::format("  if (name == \"p{}\") return p{}::main(argc, argv);\n", p, p);
    fs::create_symlink("all", fmt::format("{}/p{}", folder, p));
  }
  main += "int main(int argc, char **argv) {\n  const std::string name = std::strrchr(argv[0], '/') + 1;\n" +
          cases + "  return 1;\n}\n";
  std::vector<std::string> units = {main};
  for (size_t p = 0; p < texts_.size(); ++p) {
    if (p % kProjectsPerUnit == 0)
      units.push_back(prelude());
    // Projects add to namespace nnet.
    units.back() +=
        fmt::format("namespace p{} {{\nnamespace nnet {{ using namespace ::nnet; }}\n{}}}\n", p, texts_[p]);
  }
  std::vector<int> codes(units.size());
  parallelFor(static_cast<int64_t>(units.size()), [&](int64_t i) {
    const std::string unit = fmt::format("{}/unit{}", folder, i);
    writeText(unit + ".cpp", units[static_cast<size_t>(i)]);
    codes[static_cast<size_t>(i)] =
        std::system(fmt::format("cd '{0}' && '{1}' -std=c++17 -O0 -w -I. -Ifirmware -Ifirmware/ap_types "
                                "-Ifirmware/nnet_utils -c {2}.cpp -o {2}.o 2>{2}.log",
                                folder, cxx, unit)
                        .c_str());
  });
  for (size_t i = 0; i < units.size(); ++i) {
    INFO(readText(fmt::format("{}/unit{}.log", folder, i)).substr(0, 4000));
    REQUIRE(codes[i] == 0);
  }
  REQUIRE(std::system(fmt::format("cd '{}' && '{}' unit*.o -o all", folder, cxx).c_str()) == 0);
}

} // namespace braid::test
