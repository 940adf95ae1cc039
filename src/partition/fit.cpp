#include "fit.h"

#include "ascent.h"
#include "sequence.h"

#include <iterator>

namespace braid::partition {
namespace {

constexpr int kSearchRounds = 48, kProofRounds = 96, kSequenceRounds = 24;
constexpr size_t kMostLabels = 256; ///< Partial choices kept per layer, fewer where there are many layers
constexpr size_t kMostSteps = 2048; ///< The same over all layers
constexpr size_t kTeamSteps = 512;  ///< The same where teams make many kinds
constexpr int kMostBranches = 200;  ///< Of one proof

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

/// Layer by layer all partial choices that no other beats and no weights exclude. Exact, as long as not too
/// many are kept.
class LabelSearch {
public:
  LabelSearch(const Range &range, const Rows &rows, std::vector<Weights> weights)
      : range_(range), weights_(std::move(weights)), rows_(rows),
        most_(
            std::clamp<size_t>((hasTeams(range) ? kTeamSteps : kMostSteps) / rows.size(), 16, kMostLabels)) {
    for (const Weights &w : weights_) {
      std::vector<int64_t> rest(rows_.size() + 1);
      for (size_t i = rows_.size(); i-- > 0;) {
        int64_t least = INT64_MAX / 4;
        for (const Row &row : rows_[i])
          least = std::min(least, weighted(w, row.needs));
        rest[i] = rest[i + 1] + least;
      }
      rest_.push_back(std::move(rest));
    }
  }

  std::optional<std::vector<int32_t>> run() {
    std::vector<std::vector<Label>> steps(1, {Label{}});
    for (size_t i = 0; i < rows_.size(); ++i) {
      std::vector<Label> next;
      for (size_t l = 0; l < steps[i].size(); ++l)
        for (const Row &row : rows_[i]) {
          Label label{steps[i][l].needs + row.needs, &row, static_cast<int32_t>(l), 0};
          if (i > 0)
            if (const Needs *between = range_.prepared.converter(range_.begin + static_cast<int>(i),
                                                                 range_.kind, *steps[i][l].row, row))
              label.needs = label.needs + *between;
          if (fitsIn(label.needs, range_.room) && isPossible(label, i + 1))
            next.push_back(label);
        }
      if (next.empty())
        return std::nullopt;
      steps.push_back(thinned(std::move(next)));
    }
    std::vector<int32_t> out(rows_.size());
    size_t at = 0;
    for (size_t i = rows_.size(); i > 0; --i) {
      out[i - 1] = steps[i][at].row->choice;
      at = static_cast<size_t>(steps[i][at].before);
    }
    return out;
  }

private:
  static bool hasTeams(const Range &range) { return range.prepared.problem().kinds.back().of >= 0; }

  struct Label {
    Needs needs = {};
    const Row *row = nullptr;
    int32_t before = 0;
    int64_t least = 0; ///< Room that is left by the weights that leave least, negative: taken
  };

  bool isPossible(Label &label, size_t done) const {
    label.least = INT64_MIN;
    for (size_t w = 0; w < weights_.size(); ++w) {
      const int64_t over =
          weighted(weights_[w], label.needs) + rest_[w][done] - weighted(weights_[w], range_.room);
      if (over > 0)
        return false;
      label.least = std::max(label.least, over);
    }
    return true;
  }

  std::vector<Label> thinned(std::vector<Label> labels) const {
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label &a, const Label &b) { return a.least < b.least; });
    std::vector<Label> kept;
    for (const Label &label : labels) {
      if (kept.size() == most_)
        break;
      if (std::none_of(kept.begin(), kept.end(), [&](const Label &held) {
            return held.row->out == label.row->out && fitsIn(held.needs, label.needs);
          }))
        kept.push_back(label);
    }
    return kept;
  }

  const Range &range_;
  std::vector<Weights> weights_;
  const Rows &rows_;
  size_t most_;
  std::vector<std::vector<int64_t>> rest_; ///< [weights][layers done]: least of all others
};

/// Weights of each resource alone, and these.
std::vector<Weights> withSingles(const Weights &last, const Needs &room) {
  std::vector<Weights> out = {last};
  for (size_t r = 0; r < kResources; ++r) {
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
    std::sort(out->of.begin(), out->of.end());
    out->layer = range_.begin + static_cast<int>(at);
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
  return LabelSearch(range, rows, withSingles(last, room)).run();
}

int Fitter::end(int kind, int die, int begin, const Needs &room) {
  const auto [known, isNew] = ends_.try_emplace({kind, die, begin, room}, begin);
  if (!isNew)
    return known->second;
  int low = prepared_.sureEnd(kind, die, begin, room);
  int high = std::max(low, prepared_.mostEnd(kind, die, begin, room)) + 1;
  // What fits fits without its last layer, too.
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (choices(kind, die, begin, middle, room) ? low : high) = middle;
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
