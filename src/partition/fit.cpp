#include "fit.h"

#include "ascent.h"
#include "label_search.h"
#include "sequence.h"

#include <iterator>

namespace braid::partition {
namespace {

constexpr int kSearchRounds = 48, kProofRounds = 96, kSequenceRounds = 24;
constexpr int kMostBranches = 200; ///< Of one proof

/// One group per table.
std::vector<Group> groupsOf(const Range &range) {
  std::vector<Group> out;
  std::map<int, size_t> at;
  for (int layer = range.begin; layer < range.end; ++layer) {
    const auto [known, isNew] = at.try_emplace(range.prepared.tableOf(layer, range.kind), out.size());
    if (isNew)
      out.push_back({fittingRows(range, layer), {}});
    out[known->second].layers.push_back(layer);
  }
  return out;
}

/// Weights of each resource alone, and these.
std::vector<Weights> withSingles(const Weights &last, const Needs &room) {
  std::vector<Weights> out = {last};
  for (size_t r = 0; r < resourcesIn(room); ++r) {
    std::array<int64_t, kResources> shares = {};
    shares[r] = kOne;
    out.push_back(weightsFor(shares, room));
  }
  return out;
}

class Prover {
public:
  explicit Prover(const Range &range) : range_(range) {
    for (int layer = range.begin; layer < range.end; ++layer)
      rows_.push_back(fittingRows(range, layer));
  }

  std::shared_ptr<const Tree> run() {
    std::vector<Group> groups;
    std::map<std::pair<int, std::vector<int32_t>>, size_t> at;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const int layer = range_.begin + static_cast<int>(i);
      std::vector<int32_t> choices;
      for (const Row &row : rows_[i])
        choices.push_back(row.choice);
      const auto [known, isNew] =
          at.try_emplace({range_.prepared.tableOf(layer, range_.kind), std::move(choices)}, groups.size());
      if (isNew)
        groups.push_back({rows_[i], {}});
      groups[known->second].layers.push_back(layer);
    }
    const Ascent ascent = ascend(groups, range_.begin, range_.end, range_.room, kProofRounds);
    if (ascent.excludes)
      return leaf(*ascent.excludes);
    if (!range_.prepared.hasConverters()) {
      if (ascent.selection)
        return nullptr;
    } else {
      const SequenceAscent sequence = ascendSequence(range_, rows_, ascent.last, kSequenceRounds);
      if (sequence.excludes)
        return leaf(*sequence.excludes);
      if (sequence.selection)
        return nullptr;
    }
    return ++branches_ > kMostBranches ? nullptr : branch(groups, ascent);
  }

private:
  static std::shared_ptr<const Tree> leaf(const Weights &weights) {
    auto out = std::make_shared<Tree>();
    out->weights = weights;
    return out;
  }

  /// Two cases: one layer has its choice on one side, or on the other.
  std::shared_ptr<const Tree> branch(const std::vector<Group> &groups, const Ascent &ascent) {
    auto out = std::make_shared<Tree>();
    size_t at = rows_.size();
    if (!ascent.side.empty() && ascent.side.size() < groups[ascent.group].rows.size()) {
      at = static_cast<size_t>(groups[ascent.group].layers[0] - range_.begin);
      out->of = ascent.side;
    } else { // it fits, were there no converters: any layer with a choice
      for (size_t i = 0; i < rows_.size() && at == rows_.size(); ++i)
        if (rows_[i].size() > 1)
          at = i;
      if (at == rows_.size())
        return nullptr;
      for (size_t i = 0; i < rows_[at].size() / 2; ++i)
        out->of.push_back(rows_[at][i].choice);
    }
    out->layer = range_.begin + static_cast<int>(at);
    out->of = range_.prepared.withCovered(out->layer, range_.kind, std::move(out->of));
    std::sort(out->of.begin(), out->of.end());
    const std::vector<Row> all = rows_[at];
    const auto isIn = [&](const Row &row) {
      return std::count(out->of.begin(), out->of.end(), row.choice) > 0;
    };
    const auto side = [&](bool in) {
      rows_[at].clear();
      std::copy_if(all.begin(), all.end(), std::back_inserter(rows_[at]),
                   [&](const Row &row) { return isIn(row) == in; });
      return run();
    };
    if ((out->in = side(true)))
      out->out = side(false);
    rows_[at] = all;
    return out->in && out->out ? out : nullptr;
  }

  const Range &range_;
  Rows rows_;
  int branches_ = 0;
};

} // namespace

std::optional<std::vector<int32_t>> Fitter::choices(int kind, int die, int begin, int end,
                                                    const Needs &room) const {
  if (begin == end)
    return fitsIn({}, room) ? std::optional(std::vector<int32_t>()) : std::nullopt;
  if (prepared_.firstBlocked(kind, die, begin) < end)
    return std::nullopt;
  std::vector<int32_t> sure = prepared_.sureChoices(kind, begin, end, room);
  if (!sure.empty())
    return sure;
  if (prepared_.excluding(kind, begin, end, room))
    return std::nullopt;
  return searched(kind, begin, end, room);
}

/// Choices of layers that the bank of weights does not decide.
std::optional<std::vector<int32_t>> Fitter::searched(int kind, int begin, int end, const Needs &room) const {
  const Range range{prepared_, kind, begin, end, room};
  const std::vector<Group> groups = groupsOf(range);
  const Ascent ascent = ascend(groups, begin, end, room, kSearchRounds);
  if (ascent.excludes)
    return std::nullopt;
  const auto chosen = [](llvm::ArrayRef<const Row *> rows) {
    std::vector<int32_t> out;
    for (const Row *row : rows)
      out.push_back(row->choice);
    return out;
  };
  if (ascent.selection && fitsIn(needsOf(range, *ascent.selection), room))
    return chosen(*ascent.selection);
  Rows rows;
  for (int layer = begin; layer < end; ++layer)
    rows.push_back(fittingRows(range, layer));
  Weights last = ascent.last;
  if (prepared_.hasConverters()) {
    const SequenceAscent sequence = ascendSequence(range, rows, last, kSequenceRounds);
    if (sequence.excludes)
      return std::nullopt;
    if (sequence.selection)
      return chosen(*sequence.selection);
    last = sequence.last;
  }
  const std::vector<Weights> weights = withSingles(last, room);
  return searchLabels(range, rows, weights);
}

bool Fitter::isFound(int kind, int begin, int end, const Needs &room) {
  std::vector<Fact> &found = found_[static_cast<size_t>(kind)], &missed = missed_[static_cast<size_t>(kind)];
  if (llvm::any_of(found, [&](const Fact &fact) {
        return fact.begin <= begin && end <= fact.end && fitsIn(fact.room, room);
      }))
    return true;
  if (llvm::any_of(missed, [&](const Fact &fact) {
        return begin <= fact.begin && fact.end <= end && fitsIn(room, fact.room);
      }))
    return false;
  const bool isFound = searched(kind, begin, end, room).has_value();
  (isFound ? found : missed).push_back({begin, end, room});
  return isFound;
}

bool Fitter::fits(int kind, int die, int begin, int end, const Needs &room) {
  if (begin == end)
    return fitsIn({}, room);
  if (prepared_.firstBlocked(kind, die, begin) < end || prepared_.excluding(kind, begin, end, room))
    return false;
  return prepared_.isSure(kind, begin, end, room) || isFound(kind, begin, end, room);
}

int Fitter::end(int kind, int die, int begin, const Needs &room, int atLeast) {
  const auto [known, isNew] = ends_.try_emplace({kind, die, begin, room}, begin);
  if (!isNew)
    return known->second;
  int low = std::max(atLeast, prepared_.sureEnd(kind, die, begin, room));
  int high = std::max(low, prepared_.mostEnd(kind, die, begin, room)) + 1;
  // What fits fits without its last layer, too.
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (isFound(kind, begin, middle, room) ? low : high) = middle;
  }
  return known->second = low;
}

std::shared_ptr<const Tree> Fitter::prove(int kind, int die, int begin, int end, const Needs &room) const {
  auto leaf = std::make_shared<Tree>();
  if (prepared_.firstBlocked(kind, die, begin) < end)
    return leaf; // any weights
  if (const Weights *weights = prepared_.excluding(kind, begin, end, room)) {
    leaf->weights = *weights;
    return leaf;
  }
  const Range range{prepared_, kind, begin, end, room};
  return Prover(range).run();
}

} // namespace braid::partition
