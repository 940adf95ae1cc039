// Where the models of cost_models/ are found.
#pragma once

#include "braid/cost/estimate.h"

namespace braid::cost {

/// cost_models/hls4ml.json with cost_models/formulas*.cpp.
std::shared_ptr<const CostModel> hls4mlModel();

/// cost_models/finn_analytic*.cpp.
std::shared_ptr<const CostModel> finnAnalyticModel();
/// cost_models/finn.cpp.
std::shared_ptr<const CostModel> finnModel();

} // namespace braid::cost
