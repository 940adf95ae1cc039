#include "fit.h"

#include "ascent.h"

#include <iterator>

namespace braid::partition {
namespace {

constexpr int kSearchRounds = 48, kProofRounds = 96;
constexpr size_t kMostLabels = 256; ///< Partial choices kept per layer
constexpr int kMostBranches = 200;  ///< Of one proof

/// Layers on a die, each with the rows that alone fit its room.
struct Range {
  const Prepared &prepared;
  int kind, begin, end;
  const Needs &room;
};

/// Rows of each layer, of some only those that a proof has left.
using Rows = std::vector<std::vector<Row>>;

std::vector<Row> fitting(const Range &range, int layer) {
  std::vector<Row> out;
  for (const Row &row : range.prepared.rows(layer, range.kind))
    if (fitsIn(row.needs, range.room))
      out.push_back(row);
  return out;
}

/// One group per table.
std::vector<Group> groupsOf(const Range &range) {
  std::vector<Group> out;
  std::map<int, size_t> at;
  for (int layer = range.begin; layer < range.end; ++layer) {
    const auto [known, isNew] = at.try_emplace(range.prepared.tableOf(layer, range.kind), out.size());
    if (isNew)
      out.push_back({fitting(range, layer), {}});
    out[known->second].layers.push_back(layer);
  }
  return out;
}

Needs needsOf(const Range &range, llvm::ArrayRef<const Row *> rows) {
  Needs sum = {};
  for (size_t i = 0; i < rows.size(); ++i) {
    sum = sum + rows[i]->needs;
    if (i > 0)
      if (const Needs *between =
              range.prepared.converter(range.begin + static_cast<int>(i), range.kind, *rows[i - 1], *rows[i]))
        sum = sum + *between;
  }
  return sum;
}

/// Layer by layer all partial choices that no other beats and no weights exclude. Exact, as long as not too
/// many are kept.
class LabelSearch {
public:
  LabelSearch(const Range &range, std::vector<Weights> weights)
      : range_(range), weights_(std::move(weights)) {
    for (int layer = range.begin; layer < range.end; ++layer)
      rows_.push_back(fitting(range, layer));
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

  static std::vector<Label> thinned(std::vector<Label> labels) {
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label &a, const Label &b) { return a.least < b.least; });
    std::vector<Label> kept;
    for (const Label &label : labels) {
      if (kept.size() == kMostLabels)
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
  Rows rows_;
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
      rows_.push_back(fitting(range, layer));
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
    if (leastSum(ascent.last) > weighted(ascent.last, range_.room))
      return leaf(ascent.last);
    if (ascent.selection && !range_.prepared.hasConverters())
      return nullptr;
    return ++branches_ > kMostBranches ? nullptr : branch(groups, ascent);
  }

private:
  static std::shared_ptr<const Tree> leaf(const Weights &weights) {
    auto out = std::make_shared<Tree>();
    out->weights = weights;
    return out;
  }

  /// Over all sequences of rows, converters included.
  int64_t leastSum(const Weights &weights) const {
    std::vector<int64_t> sums;
    for (size_t i = 0; i < rows_.size(); ++i) {
      std::vector<int64_t> next;
      for (const Row &row : rows_[i]) {
        int64_t least = i == 0 ? 0 : INT64_MAX;
        for (size_t b = 0; i > 0 && b < sums.size(); ++b) {
          const Needs *between = range_.prepared.converter(range_.begin + static_cast<int>(i), range_.kind,
                                                           rows_[i - 1][b], row);
          least = std::min(least, sums[b] + (between ? weighted(weights, *between) : 0));
        }
        next.push_back(least + weighted(weights, row.needs));
      }
      sums = std::move(next);
    }
    return *std::min_element(sums.begin(), sums.end());
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
  if (ascent.selection && fitsIn(needsOf(range, *ascent.selection), room)) {
    std::vector<int32_t> out;
    for (const Row *row : *ascent.selection)
      out.push_back(row->choice);
    return out;
  }
  return LabelSearch(range, withSingles(ascent.last, room)).run();
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
