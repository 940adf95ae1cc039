// A plan for each number of FPGAs, and which is the best up to there.
#include "braid/driver/what_if.h"

#include "report_proof.h"

#include "braid/support/text.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace braid::driver {
namespace {

/// The last pass that knows nothing of how many FPGAs there are, and the last that a plan's figures need.
constexpr llvm::StringLiteral kLastOfAll("verify-typed"), kLastOfEach("verify-plan");

llvm::Error runPlanning(pass::Design &design, const pass::Pipeline &pipeline) {
  const auto named = [](llvm::StringRef name) {
    return llvm::find_if(pass::allPasses(), [&](const pass::PassInfo &info) { return name == info.name; });
  };
  for (auto info = named(kLastOfAll) + 1; info != named(kLastOfEach) + 1; ++info) {
    const auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = info->run(design))
      return error;
    if (pipeline.timed)
      pipeline.timed(info->name,
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return llvm::Error::success();
}

PlanFigures figuresOf(const pass::Design &design) {
  const plan::Evaluation &e = *design.evaluation;
  PlanFigures out{e.framesPerSecond(), e.latencyUs, e.bottleneck, std::nullopt};
  if (design.proof && design.proof->boundFs > 0)
    out.aboveFs = design.proof->boundFs;
  return out;
}

/// An error: something is wrong, other than that no plan fits.
llvm::Expected<WhatIfRow> rowOf(pass::Design design, int fpgas, const pass::Pipeline &pipeline) {
  WhatIfRow row;
  row.fpgas = design.options.fpgas.emplace(fpgas);
  llvm::Error error =
      llvm::handleErrors(runPlanning(design, pipeline), [&](std::unique_ptr<UserError> fault) -> llvm::Error {
        if (fault->code() != ExitCode::NoPlan)
          return llvm::Error(std::move(fault));
        row.why = fault->diagnostics().front();
        return llvm::Error::success();
      });
  if (error)
    return error;
  if (!row.why)
    row.exact = figuresOf(design);
  return row;
}

/// Whether a plan is better than another by what rows are compared by. Times are sums in floating point:
/// those of equal plans may differ in the last places.
bool isBetter(const PlanFigures &own, const PlanFigures &other, plan::Objective objective) {
  constexpr double kLess = 1 - 1e-9;
  return objective == plan::Objective::Latency ? own.latencyUs < other.latencyUs * kLess
                                               : other.framesPerSecond < own.framesPerSecond * kLess;
}

constexpr int64_t kFsPerSecond = 1'000'000'000'000'000;

/// Whether a plan has a proof that it keeps itself: what is proven holds by the problem's costs, and a plan
/// that is a little cheaper when it is made (rows of a padded input that no window reads) may be faster.
bool hasBound(const PlanFigures &plan) {
  constexpr double kSame = 1 + 1e-6;
  return plan.aboveFs && plan.framesPerSecond <=
                             static_cast<double>(kFsPerSecond) / static_cast<double>(*plan.aboveFs) * kSame;
}

/// FPGAs that plans may use.
int allowedOf(const pass::Design &design) {
  return static_cast<int>(llvm::count_if(design.cluster.fpgas, [&](const device::Fpga &fpga) {
    return !llvm::is_contained(design.options.forbidden, fpga.name);
  }));
}

/// As planning says it that may take as many FPGAs as it likes; else the last row's.
llvm::Error noneFits(const pass::Design &base, const WhatIf &all, const pass::Pipeline &pipeline) {
  pass::Design design = base;
  if (llvm::Error error = runPlanning(design, pipeline))
    return error;
  return userError(ExitCode::NoPlan, *all.rows.back().why);
}

} // namespace

const PlanFigures *WhatIf::best(const WhatIfRow &row) const {
  return row.best > 0 ? &*rows[static_cast<size_t>(row.best - 1)].exact : nullptr;
}

void compareRows(WhatIf &whatIf) {
  const WhatIfRow *first = nullptr, *best = nullptr;
  int64_t bound = 0;
  bool isProven = true;
  for (WhatIfRow &row : whatIf.rows) {
    if (row.exact) {
      first = first ? first : &row;
      if (!best || isBetter(*row.exact, *best->exact, whatIf.objective))
        best = &row;
      isProven = isProven && hasBound(*row.exact);
      if (isProven)
        bound = std::max(bound, kFsPerSecond / *row.exact->aboveFs);
    }
    if (!best)
      continue;
    row.best = best->fpgas;
    row.shareOfLinear =
        best->exact->framesPerSecond * first->fpgas / (first->exact->framesPerSecond * row.fpgas);
    if (isProven)
      row.bound = bound;
  }
}

llvm::Expected<WhatIf> whatIf(const Request &request, std::optional<int> most,
                              const pass::Pipeline &pipeline) {
  if (request.options.fpgas || !request.planFile.empty())
    return badUsage(fmt::format("--what-if plans for each number of FPGAs, and {}; one of both is meant",
                                request.options.fpgas ? "--fpgas gives one" : "--plan gives a plan"));
  if (plan::isModest(request.options) || request.options.fps)
    return badUsage(
        fmt::format("--what-if shows how fast plans can be, and {} asks for less; one of both is meant",
                    request.options.fps ? "--fps" : "--objective area"));
  pass::Pipeline once = pipeline;
  once.stopAfter = kLastOfAll.str();
  auto base = buildDesign(request, once);
  if (!base)
    return base.takeError();
  const device::Cluster &cluster = (*base)->cluster;
  const int allowed = allowedOf(**base);
  if (most && *most > std::max(1, allowed))
    return badUsage(fmt::format("--what-if {}: cluster {} has {} FPGA{}{}", *most, cluster.name, allowed,
                                allowed == 1 ? "" : "s",
                                (*base)->options.forbidden.empty() ? "" : " that are not forbidden"));
  WhatIf out{printable((*base)->source.name, 40),
             cluster.name,
             request.options.objective,
             constraintsOf(request.options),
             {}};
  for (int fpgas = 1; fpgas <= std::max(1, most.value_or(allowed)); ++fpgas) {
    auto row = rowOf(**base, fpgas, pipeline);
    if (!row)
      return inFile(row.takeError(), request.model);
    out.rows.push_back(std::move(*row));
  }
  compareRows(out);
  if (out.rows.back().best == 0)
    return inFile(noneFits(**base, out, pipeline), request.model);
  return out;
}

} // namespace braid::driver
