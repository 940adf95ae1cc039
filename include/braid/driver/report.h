// What was decided and why, for people and for machines.
#pragma once

#include "braid/pass/pass.h"

#include <nlohmann/json_fwd.hpp>

namespace braid::driver {

/// Numbers of a planned design: schema `braid-report-1`.
nlohmann::ordered_json reportJson(const pass::Design &design);
/// The same as a table.
std::string reportText(const pass::Design &design);
/// What is proven of the plan, in a line; empty where nothing is.
std::string proofText(const pass::Design &design);
/// The same as a page that needs nothing beside it.
std::string reportHtml(const pass::Design &design);

} // namespace braid::driver
