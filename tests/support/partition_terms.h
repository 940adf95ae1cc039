// What a part of a plan of the partitioning problem takes of each die, and how long: term by term. Reads
// src/partition/README.md by itself: shares no code with the solver, the MILP or the checker.
#pragma once

#include "braid/partition/problem.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace braid::test {

partition::Needs plus(partition::Needs a, const partition::Needs &b, int64_t times = 1);
bool fits(const partition::Needs &needs, const partition::Needs &room);
/// Members of teams that work on frames in turn; else 1.
int64_t framesAtOnce(const partition::Kind &kind);
/// The kind of the FPGAs: a team's members, or its own.
int memberKind(const partition::Problem &problem, int kind);
/// `cycles` of a kind, per frame.
int64_t cyclesFs(const partition::Kind &kind, int64_t cycles);

/// Layers [begin, end) on an FPGA or a team of a kind.
struct Span {
  int kind, begin, end;
  bool has(int layer) const { return layer >= begin && layer < end; }
};

/// Part number `part` of a plan with these parts.
struct Spot {
  const partition::Problem &problem;
  const std::vector<Span> &parts;
  size_t part;
  const Span &span() const { return parts[part]; }
  const partition::Kind &kind() const { return problem.kinds[static_cast<size_t>(span().kind)]; }
};

/// Terms of the period.
using Terms = std::map<std::string, int64_t>;
int64_t largest(const Terms &terms);

Terms streamTerms(const Spot &at);
/// What streams' ends take, by die.
std::vector<partition::Needs> streamNeeds(const Spot &at);
/// The least period at which the wires suffice: by trying 1, 2, 3, ... cycles; none if they never do.
std::optional<int64_t> wiresTerm(const Spot &at, const std::vector<int> &dieOf);
/// Of a layer's choice, with the converter before it.
partition::Needs layerNeeds(const Spot &at, const std::vector<int> &dieOf,
                            const std::vector<int32_t> &choices, int layer);
/// The die of each layer of a part; -1 of others.
std::vector<int> diesOf(const partition::Problem &problem, const partition::Part &part);
/// Whether all its layers may be where they are.
bool mayStand(const Spot &at, const std::vector<int> &dieOf);

} // namespace braid::test
