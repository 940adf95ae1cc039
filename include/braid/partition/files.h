// problem.json and certificate.json: src/partition/README.md, "Files".
#pragma once

#include "braid/partition/solve.h"

namespace braid::partition {

std::string toJson(const Problem &problem);
/// `solution`: null where none is known.
std::string toJson(const Solution *solution, const Certificate &certificate);

} // namespace braid::partition
