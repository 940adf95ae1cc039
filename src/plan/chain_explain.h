// Why no sequential split fits: what binds, and by how much.
#pragma once

#include "chain_problem.h"

#include <string>
#include <vector>

namespace braid::plan {

/// Layers of which no implementation fits by itself, and by what the nearest one overshoots the device.
void explainLayers(const ChainProblem &problem, std::vector<std::string> &notes);
/// What weights need of memory, where block RAM cannot hold them all.
void explainWeights(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes);
/// Resources of which even the leanest choices of all layers together take more than the FPGAs have.
void explainSum(const ChainProblem &problem, int fpgas, std::vector<std::string> &notes);

} // namespace braid::plan
