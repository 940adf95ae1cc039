// A problem at one period: the choices that are fast enough and that no other beats, and sums of them over
// all layers before each cut, for a bank of weights: what most ranges of layers are decided by.
#pragma once

#include "loads.h"

#include "braid/partition/substitutes.h"

#include <memory>

namespace braid::partition {

/// A choice that is fast enough.
struct Row {
  Needs needs = {};
  int32_t choice = 0, in = 0, out = 0;
};
using Weights = Needs; ///< Of the resources; whole numbers, not negative

inline int64_t weighted(const Weights &weights, const Needs &needs) {
  int64_t sum = 0;
  for (size_t r = 0; r < kResources; ++r)
    sum += weights[r] * needs[r];
  return sum;
}

/// How many of the resources count in a room: all, or all but channels of memory where it has none.
inline size_t resourcesIn(const Needs &room) { return room[kChannels] != 0 ? kResources : kChannels; }

/// Fixed point of shares: of a capacity, of weights.
inline constexpr int64_t kOne = int64_t{1} << 20;

/// Weights per unit of each resource, so that `shares` of them fill this room. Sums over 100,000 choices that
/// fit the room, each by itself, stay within 64 bits.
Weights weightsFor(const std::array<int64_t, kResources> &shares, const Needs &room);

class Prepared {
public:
  Prepared(const Problem &problem, int64_t periodFs);

  const Problem &problem() const { return *problem_; }
  const Streams &streams() const { return streams_; }
  int64_t periodFs() const { return periodFs_; }
  /// Of a layer on a kind; none where it cannot be there, or is too slow.
  const std::vector<Row> &rows(int layer, int kind) const;
  /// Choices of some of those rows, and choices that are no rows because one of these covers them: of those,
  /// too, a proof has to speak that speaks of all.
  std::vector<int32_t> withCovered(int layer, int kind, std::vector<int32_t> choices) const;
  /// The same set of choices has the same number.
  int tableOf(int layer, int kind) const {
    return problem_->layers[static_cast<size_t>(layer)].tables[static_cast<size_t>(kind)];
  }
  /// What stands between two layers next to each other on one die.
  const Needs *converter(int layer, int kind, const Row &before, const Row &row) const;
  const Words *wordsBefore(int layer, int kind) const;
  bool hasConverters() const { return !problem_->words.empty(); }

  /// Whether words between dies may be too wide: all streams at the worst cuts together are.
  bool mayWiresBind(int kind) const { return kinds_[static_cast<size_t>(kind)].mayWiresBind; }
  /// The first layer from `begin` on that cannot be on this die; the number of layers if all can.
  int firstBlocked(int kind, int die, int begin) const;
  /// The largest end such that choices are known with which layers [begin, end) fit this room; at least
  /// `begin`.
  int sureEnd(int kind, int die, int begin, const Needs &room) const;
  /// The largest end such that no weights of the bank exclude it; negative: even no layer fits.
  int mostEnd(int kind, int die, int begin, const Needs &room) const;
  /// The same of every begin.
  std::vector<int> mostEnds(int kind, int die, const Needs &room) const;
  /// Whether `end` is at most that, blocked layers left aside.
  bool isSure(int kind, int begin, int end, const Needs &room) const;
  /// Such choices for [begin, end); empty where none are known.
  std::vector<int32_t> sureChoices(int kind, int begin, int end, const Needs &room) const;
  /// Weights that exclude [begin, end), if any of the bank do.
  const Weights *excluding(int kind, int begin, int end, const Needs &room) const;

private:
  struct OfKind {
    std::shared_ptr<Substitutes> substitutes;
    std::vector<Weights> bank;
    bool mayWiresBind = false;
    std::vector<int64_t> least; ///< [cut][weights]: sum of least weighted needs of all layers before
    std::vector<Needs> needs;   ///< [cut][weights]: of those picked before, converters included
    std::vector<const Row *>
        picked; ///< [layer][weights]: of least weighted needs, other resources counted a little
    std::vector<std::vector<int>> blocked; ///< [die][layer]: the first blocked from it on
  };
  std::vector<Row> &frontOf(int kind, int table) {
    return fronts_[static_cast<size_t>(kind) * problem_->tables.size() + static_cast<size_t>(table)];
  }
  void fill(int kind);
  Needs needsOf(const OfKind &own, int kind, size_t weights, int begin, int end) const;

  const Problem *problem_;
  Streams streams_;
  int64_t periodFs_;
  std::vector<std::vector<Row>> fronts_; ///< [kind][table]
  std::vector<OfKind> kinds_;
};

} // namespace braid::partition
