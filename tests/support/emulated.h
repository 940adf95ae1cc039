// Deployed models compiled, run and compared with the interpreter.
#pragma once

#include "support/deployed.h"

#include "braid/sim/emulate.h"

namespace braid::test {

/// Unoptimised; objects are shared by all cases of a run.
sim::EmulationOptions emulationOptions();

/// A few random frames through the bundle: every crossing and output has the bits of the interpreter, every
/// crossing the bytes of the link model on the wire, none on a chip.
void runAndCompare(const Deployed &deployed, uint64_t seed);
/// The same for a bundle that has been written to a folder.
void compare(const Deployed &deployed, const std::string &folder, uint64_t seed,
             const sim::EmulationOptions &options);

pass::Precision precision(int width, int intBits);

} // namespace braid::test
