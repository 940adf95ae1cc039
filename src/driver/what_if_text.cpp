// What more FPGAs would give, as a table and as JSON.
#include "braid/driver/what_if.h"

#include "report_proof.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

std::string fpgasOf(int count) { return fmt::format("{} FPGA{}", count, count == 1 ? "" : "s"); }

/// Why no plan is on exactly so many FPGAs, in a line: what is short first; where fewer do, what is asked.
std::string shortReason(const WhatIfRow &row) {
  const Diagnostic &why = *row.why;
  constexpr size_t kMost = 100;
  return printable(row.best > 0 || why.notes.empty() ? why.message : why.notes.front(), kMost);
}

std::string binds(const WhatIf &whatIf, const WhatIfRow &row) {
  if (row.best == 0) {
    const std::string reason = shortReason(row);
    return llvm::StringRef(reason).startswith("no plan") ? reason : "no plan fits: " + reason;
  }
  const std::string &bottleneck = whatIf.best(row)->bottleneck;
  if (row.best == row.fpgas)
    return bottleneck;
  const char *than = whatIf.objective == plan::Objective::Latency ? "no sooner than" : "no faster than";
  return row.exact ? fmt::format("{} {}: {}", than, row.best, bottleneck)
                   : fmt::format("{} {}: {}; {}", than, row.best, bottleneck, shortReason(row));
}

ordered_json figuresJson(const PlanFigures &figures) {
  return {{"frames_per_second", rounded(figures.framesPerSecond)},
          {"latency_us", rounded(figures.latencyUs)},
          {"bottleneck", figures.bottleneck},
          {"contiguous_above_fs", figures.aboveFs ? ordered_json(*figures.aboveFs) : ordered_json(nullptr)}};
}

} // namespace

ordered_json whatIfJson(const WhatIf &whatIf) {
  ordered_json out;
  out["schema"] = "braid-what-if-1";
  out["model"] = whatIf.model;
  out["cluster"] = whatIf.cluster;
  out["objective"] = plan::name(whatIf.objective);
  out["constraints"] = whatIf.constraints;
  out["rows"] = ordered_json::array();
  for (const WhatIfRow &row : whatIf.rows) {
    const PlanFigures *best = whatIf.best(row);
    ordered_json json = {{"fpgas", row.fpgas}, {"best_fpgas", nullptr}};
    for (const char *key : {"frames_per_second", "latency_us", "share_of_linear", "bound_frames_per_second"})
      json[key] = nullptr;
    if (best) {
      json["best_fpgas"] = row.best;
      json["frames_per_second"] = rounded(best->framesPerSecond);
      json["latency_us"] = rounded(best->latencyUs);
      json["share_of_linear"] = rounded(row.shareOfLinear);
    }
    if (row.bound)
      json["bound_frames_per_second"] = *row.bound;
    json["binds"] = binds(whatIf, row);
    json["exactly"] = row.exact ? figuresJson(*row.exact) : ordered_json(nullptr);
    json["why_not"] = nullptr;
    if (row.why)
      json["why_not"] = {{"message", row.why->message}, {"notes", row.why->notes}};
    out["rows"].push_back(std::move(json));
  }
  return out;
}

std::string whatIfText(const WhatIf &whatIf) {
  const auto withPlan = std::find_if(whatIf.rows.begin(), whatIf.rows.end(),
                                     [](const WhatIfRow &row) { return row.exact.has_value(); });
  std::string out =
      fmt::format("{}: the best plans on up to {} of {}, by {}\n", whatIf.model,
                  fpgasOf(whatIf.rows.back().fpgas), whatIf.cluster, plan::name(whatIf.objective));
  if (!whatIf.constraints.empty())
    out += fmt::format("within {}\n", fmt::join(whatIf.constraints, " "));
  const auto line = [&](const auto &...columns) {
    out += fmt::format("  {:>5}  {:>12}  {:>12}  {:>9}  {:>12}  {}\n", columns...);
  };
  out += "\n";
  line("FPGAs", "frames/s", "latency us", "of linear", "at most", "what binds");
  for (const WhatIfRow &row : whatIf.rows) {
    const PlanFigures *best = whatIf.best(row);
    line(row.fpgas, best ? withThousands(static_cast<int64_t>(best->framesPerSecond)) : "-",
         best ? fmt::format("{:.3f}", best->latencyUs) : "-",
         best ? fmt::format("{:.0f}%", 100 * row.shareOfLinear) : "-",
         row.bound ? withThousands(*row.bound) : "-", binds(whatIf, row));
  }
  out += fmt::format("\nof linear: of what {} give{}, for each of the FPGAs\n", fpgasOf(withPlan->fpgas),
                     withPlan->fpgas == 1 ? "s" : "");
  if (std::any_of(whatIf.rows.begin(), whatIf.rows.end(), [](const WhatIfRow &row) { return row.bound; }))
    out += "at most: proven, no plan of consecutive layers on so many FPGAs or fewer is faster; "
           "-: nothing is proven\n";
  return out;
}

} // namespace braid::driver
