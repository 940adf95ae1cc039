// Statements at the end of a function, and what a run has recorded.
#include "braid/sim/trace.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::sim;

namespace {

std::string with(const std::string &source) {
  auto out = withStatements(source, "top", "  keep();\n");
  return out ? *out : "error: " + llvm::toString(out.takeError());
}

/// A piece of a trace: line of the name, bits, words of whole bytes.
std::string piece(unsigned line, unsigned bits, const std::string &words) {
  std::string out(16, '\0');
  out[0] = static_cast<char>(line), out[4] = static_cast<char>(bits),
  out[8] = static_cast<char>(words.size());
  return out + words;
}

} // namespace

TEST_CASE("statements stand at the end of the function that is named") {
  CHECK(with("void top(int a) {\n  a++;\n}\n") == "void top(int a) {\n  a++;\n  keep();\n}\n");
  CHECK(with("void top(int a) {\n  if (a) {\n  }\n}\nvoid more() {}\n") ==
        "void top(int a) {\n  if (a) {\n  }\n  keep();\n}\nvoid more() {}\n");
  CHECK(with("void top() {\n  // }\n  /* } */ f(\"}\\\"}\", '}');\n}\n") ==
        "void top() {\n  // }\n  /* } */ f(\"}\\\"}\", '}');\n  keep();\n}\n");
}

TEST_CASE("a source without the function is an error") {
  CHECK(with("void other() {}\n").find("it has no function `void top(...) { ... }`") != std::string::npos);
  CHECK(with("void top() {\n  // never closed }\n").find("error: ") == 0);
}

TEST_CASE("pieces of a trace are put together by name") {
  TracedProject project;
  project.streams = {"a"};
  project.arrays = {{"b", 3}};
  CHECK(traceNames(project) == "a\nb\n");
  CHECK(traceStatements(project) == "  braid::trace::array(\"b\", b, 3);\n");
  const std::string bytes = piece(1, 9, "bbbb") + piece(0, 8, "a") + piece(1, 9, "BB");
  const auto recorded = recordingsOf(project, bytes);
  REQUIRE(recorded.size() == 2);
  CHECK(recorded.at("a").bytes == "a");
  CHECK((recorded.at("b").bits == 9 && recorded.at("b").bytes == "bbbbBB"));
  // Of a run that ended while it wrote, what is whole.
  CHECK(recordingsOf(project, llvm::StringRef(bytes).drop_back(1)).at("b").bytes == "bbbb");
  CHECK(recordingsOf(project, "").empty());
}
