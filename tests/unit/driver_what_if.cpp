// What rows of braid plan --what-if say of those before them, by hand counts.
#include "braid/driver/what_if.h"

#include <catch2/catch.hpp>

using namespace braid;
using driver::PlanFigures;
using driver::WhatIf;

namespace {

constexpr int64_t kUs = 1'000'000'000; ///< In femtoseconds

/// A plan with a period in microseconds; proven: none has one of at most so many.
PlanFigures planOf(double periodUs, std::optional<int64_t> aboveUs = std::nullopt, double latencyUs = 100) {
  PlanFigures out{1e6 / periodUs, latencyUs, "fpga0 (layer 'fc1')", std::nullopt};
  if (aboveUs)
    out.aboveFs = *aboveUs * kUs;
  return out;
}

WhatIf compared(std::vector<std::optional<PlanFigures>> plans,
                plan::Objective objective = plan::Objective::Throughput) {
  WhatIf out;
  out.objective = objective;
  for (std::optional<PlanFigures> &own : plans) {
    out.rows.emplace_back();
    out.rows.back().fpgas = static_cast<int>(out.rows.size());
    out.rows.back().exact = std::move(own);
    if (!out.rows.back().exact)
      out.rows.back().why.emplace().message = "no plan fits";
  }
  driver::compareRows(out);
  return out;
}

std::vector<int> bestOf(const WhatIf &whatIf) {
  std::vector<int> out;
  for (const driver::WhatIfRow &row : whatIf.rows)
    out.push_back(row.best);
  return out;
}

std::vector<int64_t> boundsOf(const WhatIf &whatIf) {
  std::vector<int64_t> out;
  for (const driver::WhatIfRow &row : whatIf.rows)
    out.push_back(row.bound.value_or(-1));
  return out;
}

} // namespace

TEST_CASE("rows keep the fastest plan on no more FPGAs, of equals that on the fewest") {
  const WhatIf whatIf =
      compared({std::nullopt, planOf(100), planOf(120), planOf(100), std::nullopt, planOf(40)});
  CHECK(bestOf(whatIf) == std::vector<int>{0, 2, 2, 2, 2, 6});
  CHECK(whatIf.best(whatIf.rows[0]) == nullptr);
  CHECK(whatIf.best(whatIf.rows[3])->framesPerSecond == Approx(10'000));
  // 10,000 frames/s on two FPGAs are 5,000 each; on four they are half of 20,000; 25,000 are five sixths of
  // 30,000.
  CHECK(whatIf.rows[1].shareOfLinear == Approx(1));
  CHECK(whatIf.rows[3].shareOfLinear == Approx(0.5));
  CHECK(whatIf.rows[5].shareOfLinear == Approx(25.0 / 30));
}

TEST_CASE("plans that are equal but for rounding are no faster") {
  CHECK(bestOf(compared({planOf(14.176), planOf(14.176 * (1 - 1e-12))})) == std::vector<int>{1, 1});
}

TEST_CASE("for latency rows keep the plan of the least") {
  const std::vector<std::optional<PlanFigures>> plans = {
      planOf(100, std::nullopt, 30), planOf(50, std::nullopt, 40), planOf(70, std::nullopt, 20)};
  CHECK(bestOf(compared(plans, plan::Objective::Latency)) == std::vector<int>{1, 1, 3});
  CHECK(bestOf(compared(plans)) == std::vector<int>{1, 2, 2});
}

TEST_CASE("a bound holds for as many FPGAs and fewer") {
  // 1e6 / 50 = 20,000; 1e6 / 80 = 12,500 of exactly two FPGAs says nothing of one.
  CHECK(boundsOf(compared({planOf(100, 50), planOf(90, 80), planOf(45, 40)})) ==
        std::vector<int64_t>{20'000, 20'000, 25'000});
  CHECK(boundsOf(compared({std::nullopt, planOf(90, 80)})) == std::vector<int64_t>{-1, 12'500});
}

TEST_CASE("behind a plan without a proof nothing is proven of so many FPGAs or fewer") {
  CHECK(boundsOf(compared({planOf(100, 50), planOf(90), planOf(45, 40)})) ==
        std::vector<int64_t>{20'000, -1, -1});
}

TEST_CASE("a bound that a plan exceeds itself is none") {
  CHECK(boundsOf(compared({planOf(100, 50), planOf(90, 95)})) == std::vector<int64_t>{20'000, -1});
  // The last femtosecond is rounding.
  PlanFigures best = planOf(100, 100);
  best.aboveFs = 100 * kUs - 1;
  CHECK(boundsOf(compared({best})) == std::vector<int64_t>{10'000});
}
