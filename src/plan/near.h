// Plans near to an earlier one: FPGAs that hold what they held need not be built again.
#pragma once

#include "elastic_problem.h"

#include "llvm/ADT/ArrayRef.h"

namespace braid::plan {

/// What one FPGA holds by an earlier plan.
struct Segment {
  int fpga = 0;              ///< Of the problem
  int begin = 0, end = 0;    ///< Items
  std::vector<int32_t> rows; ///< By item: of its table for FPGAs of that kind
  std::vector<int> dies;     ///< By item; -1: any
};

/// The segments of an earlier plan that a problem still has: consecutive items, all of what the FPGA held,
/// made as they were.
std::vector<Segment> segmentsOf(const ElasticProblem &elastic, const ir::Model &model,
                                const Earlier &earlier);

/// With FPGAs that hold these segments, and nothing else.
ElasticProblem keeping(const ElasticProblem &elastic, llvm::ArrayRef<Segment> segments);

/// As many segments as can be kept on `mostFpgas` FPGAs with a period of at most `atMostFs`, found by giving
/// up one after the other; where FPGAs may be in any order, at most the first ten.
std::vector<Segment> keepable(const ElasticProblem &elastic, std::vector<Segment> segments, int64_t atMostFs,
                              int mostFpgas);

} // namespace braid::plan
