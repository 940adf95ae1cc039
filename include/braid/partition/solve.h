// The elastic partitioner: choices and places solved together, with a proof.
#pragma once

#include "braid/partition/problem.h"

#include <memory>
#include <optional>

namespace braid::partition {

/// A proof that layers do not fit one die: src/partition/README.md, "Certificate".
struct Tree {
  Needs weights = {};      ///< Of a leaf
  int layer = -1;          ///< Of a branch; -1: a leaf
  std::vector<int32_t> of; ///< Choices of `layer` on the side `in`
  std::shared_ptr<const Tree> in, out;
};

struct Certificate {
  struct Step {
    int end = 0;
    std::shared_ptr<const Tree> tree;
  };
  struct Proof {
    int kind = 0, from = 0, to = 0;
    std::vector<Needs> charges;
    std::vector<Step> first, last; ///< Dies filled from the first on, and from the last
  };
  struct Reached {
    std::vector<int> state;
    std::vector<int> cuts;
  };
  int64_t infeasibleFs = 0; ///< No legal plan has a period of at most this; 0: nothing is proven
  std::vector<Reached> states;
  std::vector<Proof> proofs;
  int64_t anywhereFs = 0;                          ///< No placement of any kind has one of at most this
  std::vector<std::vector<Needs>> anywhereWeights; ///< By kind, then die
};

struct Answer {
  std::optional<Solution> solution; ///< Of the shortest period found, of those on the fewest FPGAs
  Certificate certificate;
  /// Whether no legal plan is faster, or none is legal.
  bool isProven() const { return certificate.infeasibleFs >= (solution ? solution->periodFs - 1 : kNeverFs); }
  static constexpr int64_t kNeverFs = int64_t{1} << 58; ///< A period at which time binds nothing
};

/// FPGAs of all its parts.
int fpgasOf(const Solution &solution);

struct SolveOptions {
  int64_t atMostFs = Answer::kNeverFs; ///< Any plan this fast will do, on the fewest FPGAs
  bool isAnyPeriod = false;            ///< Only that
  bool isLeastArea = false; ///< Of such plans one of least hop cost, with choices that take little of dies
  bool certify = true;
};

/// The same on every machine: whole numbers, limits of steps and not of time.
Answer solve(const Problem &problem, const SolveOptions &options = {});

/// Takes choices in the same places that let a frame through sooner, as far as a search with prices finds
/// them: the sum of fills is never larger, nor the period. Dies are filled up to so many percent of what may
/// be used, or as far as the fullest is; channels of memory are no more.
void hasten(const Problem &problem, Solution &solution, int64_t percent);

} // namespace braid::partition
