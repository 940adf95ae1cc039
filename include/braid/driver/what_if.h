// What more FPGAs would give: the best plan on up to 1, 2, ... of a cluster's.
#pragma once

#include "braid/driver/request.h"
#include "braid/support/error.h"

#include <nlohmann/json_fwd.hpp>

namespace braid::driver {

/// Of a plan, what counts of FPGAs are compared by.
struct PlanFigures {
  double framesPerSecond = 0, latencyUs = 0;
  std::string bottleneck;         ///< As plan::Evaluation has it
  std::optional<int64_t> aboveFs; ///< Proven: plans of consecutive layers on as many FPGAs have periods above
};

struct WhatIfRow {
  int fpgas = 1;
  std::optional<PlanFigures> exact; ///< Of the plan that `--fpgas` gives: on no fewer
  std::optional<Diagnostic> why;    ///< Why there is none
  int best = 0; ///< FPGAs of the best plan on no more, by the objective; of equals the fewest; 0: none fits
  double shareOfLinear = 0;     ///< Frames per second against the first row that has a plan, by FPGAs
  std::optional<int64_t> bound; ///< Frames per second that no plan of consecutive layers exceeds, on as many
                                ///< FPGAs or fewer; absent: one of the plans has no proof
};

struct WhatIf {
  std::string model, cluster;
  plan::Objective objective = plan::Objective::Throughput;
  std::vector<std::string> constraints; ///< As flags
  std::vector<WhatIfRow> rows;          ///< Of 1, 2, ... FPGAs; one has a plan

  /// The best plan on no more FPGAs than the row's; null: none fits.
  const PlanFigures *best(const WhatIfRow &row) const;
};

/// Sets what rows say of those before them: the best plan, the share of linear growth, the bound.
void compareRows(WhatIf &whatIf);

/// Plans on exactly 1 to `most` FPGAs (absent: all that are not forbidden); the model is read and typed once.
/// Exit code 2 where there are not so many, 3 where no plan fits any number of them.
llvm::Expected<WhatIf> whatIf(const Request &request, std::optional<int> most,
                              const pass::Pipeline &pipeline = {});

/// Schema `braid-what-if-1`.
nlohmann::ordered_json whatIfJson(const WhatIf &whatIf);
/// The same as a table.
std::string whatIfText(const WhatIf &whatIf);
/// The same as a chart that needs nothing beside it.
std::string whatIfSvg(const WhatIf &whatIf);

} // namespace braid::driver
