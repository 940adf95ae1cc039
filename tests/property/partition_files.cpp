// That problem.json, as tests read it, says all there is to say of a problem.
#include "support/partition_json.h"
#include "support/partition_random.h"

#include "braid/partition/files.h"

#include <catch2/catch.hpp>

using namespace braid;
using nlohmann::json;

TEST_CASE("a problem that is written and read is the problem it was") {
  int teams = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const partition::Problem problem = test::randomProblem(seed);
    const std::string text = partition::toJson(problem);
    INFO(text);
    REQUIRE(partition::toJson(test::problemOf(json::parse(text))) == text);
    teams += test::hasTeams(problem);
  }
  CHECK(teams >= 50);
}
