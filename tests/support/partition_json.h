// problem.json and the plan of certificate.json, written and read by themselves: src/partition/README.md,
// "Files".
#pragma once

#include "braid/partition/problem.h"

#include <nlohmann/json.hpp>

namespace braid::test {

nlohmann::json problemJson(const partition::Problem &problem);
/// Of a problem.json that is well formed; throws what nlohmann::json does where a key is missing.
partition::Problem problemOf(const nlohmann::json &file);
nlohmann::json planJson(const partition::Solution &solution);
/// Of a plan of a certificate that the checker has read.
partition::Solution planOf(const nlohmann::json &plan);

} // namespace braid::test
