// What a report says of the plan's proof, of dies, and of what the user constrained.
#pragma once

#include "braid/pass/pass.h"

#include "llvm/ADT/ArrayRef.h"

#include <nlohmann/json.hpp>

namespace braid::driver {

/// What reports show of a device: channels of memory only where it has them.
llvm::ArrayRef<device::Resource> resourcesOf(const device::Device &device);
int widthOf(device::Resource resource); ///< Of its column of text

/// A real number as reports in JSON give it: six digits.
double rounded(double value);

nlohmann::ordered_json proofJson(const pass::Design &design);

/// A line per die of an FPGA whose dies count; none else.
std::string diesText(const pass::Design &design, const plan::FpgaCost &fpga);
nlohmann::ordered_json diesJson(const pass::Design &design, const plan::FpgaCost &fpga);
/// What each die is charged with, kernel by kernel in dataflow order; empty where dies do not count. `stage`:
/// -1 of what stages share; `layer`: null of what joins layers.
nlohmann::ordered_json floorplanJson(const pass::Design &design, const plan::FpgaCost &fpga);
/// A line: the mean use of memories and DSPs, of each die where dies count.
std::string averageText(const pass::Design &design, const plan::FpgaCost &fpga);

/// Pins, forbidden FPGAs and reservations, as flags.
std::vector<std::string> constraintsOf(const plan::Options &options);

} // namespace braid::driver
