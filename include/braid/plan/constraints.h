// Plans within what a user asks of places: pins, forbidden FPGAs, reservations.
#pragma once

#include "braid/plan/solve.h"

namespace braid::plan {

/// Reads `conv1=fpga0.SLR1` or `conv1=fpga2`. A layer's name may hold '=': the last one counts.
llvm::Expected<Pin> parsePin(llvm::StringRef text);

/// Exit code 2 where a pin, a forbidden FPGA or a reservation names what is not there, or no FPGA is left;
/// 3 where two of them contradict each other.
llvm::Error checkConstraints(const ir::Model &model, const device::Cluster &cluster, const Options &options);

/// Whether a plan keeps them: pinned layers are where they must be, with all their parts, and forbidden FPGAs
/// are empty. Exit code 3 where it does not.
llvm::Error checkPlaces(const ir::Model &model, const device::Cluster &cluster, const Plan &plan,
                        const Options &options);

/// The plan that the options ask for: by solveUnits() or solve(), by style, over the FPGAs that are not
/// forbidden. Where none fits, says which constraints it would fit without.
llvm::Expected<Plan> solveWithin(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof = nullptr);

} // namespace braid::plan
