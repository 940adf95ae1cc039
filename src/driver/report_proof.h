// What a report says of the plan's proof and of dies.
#pragma once

#include "braid/pass/pass.h"

#include <nlohmann/json.hpp>

namespace braid::driver {

/// A line of the text report; empty where nothing was proven.
std::string proofText(const pass::Design &design);
nlohmann::ordered_json proofJson(const pass::Design &design);

/// A line per die of an FPGA whose dies count; none else.
std::string diesText(const pass::Design &design, const plan::FpgaCost &fpga);
nlohmann::ordered_json diesJson(const pass::Design &design, const plan::FpgaCost &fpga);

} // namespace braid::driver
