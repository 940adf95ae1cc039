#include "fit.h"

#include "ascent.h"
#include "sequence.h"

#include <functional>
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
  LabelSearch(const Range &range, const Rows &rows, const std::vector<Weights> &weights)
      : range_(range), weights_(weights), rows_(rows),
        most_(
            std::clamp<size_t>((hasTeams(range) ? kTeamSteps : kMostSteps) / rows.size(), 16, kMostLabels)) {
    spare_.resize(rows.size() + 1);
    weighted_.resize(rows.size());
    for (size_t w = 0; w < weights_.size(); ++w)
      spare_.back()[w] = weighted(weights_[w], range.room);
    for (size_t i = rows.size(); i-- > 0;) {
      for (const Row &row : rows[i])
        weighted_[i].push_back(sumsOf(row.needs));
      Sums least = weighted_[i].empty() ? Sums{} : weighted_[i][0];
      for (const Sums &sums : weighted_[i])
        for (size_t w = 0; w < weights_.size(); ++w)
          least[w] = std::min(least[w], sums[w]);
      for (size_t w = 0; w < weights_.size(); ++w)
        spare_[i][w] = spare_[i + 1][w] - least[w];
    }
  }

  std::optional<std::vector<int32_t>> run() {
    std::vector<std::vector<Label>> steps(1, {Label{}});
    std::vector<Candidate> next;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const Between between(*this, i);
      next.clear();
      for (size_t l = 0; l < steps[i].size(); ++l)
        for (size_t r = 0; r < rows_[i].size(); ++r) {
          const Sums *words = i > 0 ? between.sums(steps[i][l].row->out, rows_[i][r].in) : nullptr;
          const int64_t least = leastOf(steps[i][l].sums, weighted_[i][r], words, i + 1);
          if (least <= 0)
            next.push_back({least, static_cast<int32_t>(l), static_cast<int32_t>(r)});
        }
      steps.push_back(thinned(steps[i], i, between, next));
      if (steps.back().empty())
        return std::nullopt;
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

  using Sums = std::array<int64_t, kResources + 1>; ///< By weights
  struct Label {
    Needs needs = {};
    Sums sums = {};
    const Row *row = nullptr;
    int32_t before = 0;
  };
  struct Candidate {
    int64_t least = 0; ///< Room that is left by the weights that leave least, negative: taken
    int32_t label = 0, row = 0;
    auto operator<=>(const Candidate &) const = default;
  };

  Sums sumsOf(const Needs &needs) const {
    Sums out = {};
    for (size_t w = 0; w < weights_.size(); ++w)
      out[w] = weighted(weights_[w], needs);
    return out;
  }
  static void add(Sums &sums, const Sums &more) {
    for (size_t w = 0; w < sums.size(); ++w)
      sums[w] += more[w];
  }

  /// Converters before a layer.
  class Between {
  public:
    Between(const LabelSearch &of, size_t i)
        : words_(i > 0 ? of.range_.prepared.wordsBefore(of.range_.begin + static_cast<int>(i), of.range_.kind)
                       : nullptr) {
      for (size_t out = 0; words_ && out < words_->size(); ++out) {
        sums_.emplace_back();
        for (const Needs &needs : (*words_)[out])
          sums_.back().push_back(of.sumsOf(needs));
      }
    }
    /// Null: there are none.
    const Needs *needs(int32_t out, int32_t in) const {
      return words_ ? &(*words_)[static_cast<size_t>(out)][static_cast<size_t>(in)] : nullptr;
    }
    const Sums *sums(int32_t out, int32_t in) const {
      return words_ ? &sums_[static_cast<size_t>(out)][static_cast<size_t>(in)] : nullptr;
    }

  private:
    const Words *words_;
    std::vector<std::vector<Sums>> sums_;
  };

  int64_t leastOf(const Sums &last, const Sums &row, const Sums *words, size_t done) const {
    static constexpr Sums kNone = {};
    const Sums &between = words ? *words : kNone;
    int64_t least = INT64_MIN;
    for (size_t w = 0; w < weights_.size(); ++w)
      least = std::max(least, last[w] + row[w] + between[w] - spare_[done][w]);
    return least;
  }

  /// Those that leave most room, without those that others beat.
  std::vector<Label> thinned(const std::vector<Label> &last, size_t i, const Between &between,
                             std::vector<Candidate> &candidates) const {
    // A heap: most often only a few of many are looked at.
    const auto from = candidates.begin();
    auto to = candidates.end();
    std::make_heap(from, to, std::greater<>());
    std::vector<Label> kept;
    while (from != to && kept.size() < most_) {
      std::pop_heap(from, to, std::greater<>());
      const Candidate &candidate = *--to;
      const Label &before = last[static_cast<size_t>(candidate.label)];
      const Row &row = rows_[i][static_cast<size_t>(candidate.row)];
      Label own{before.needs + row.needs, before.sums, &row, candidate.label};
      add(own.sums, weighted_[i][static_cast<size_t>(candidate.row)]);
      const Needs *words = i > 0 ? between.needs(before.row->out, row.in) : nullptr;
      if (words) {
        own.needs = own.needs + *words;
        add(own.sums, *between.sums(before.row->out, row.in));
      }
      if (fitsIn(own.needs, range_.room) && std::none_of(kept.begin(), kept.end(), [&](const Label &held) {
            return held.row->out == row.out && fitsIn(held.needs, own.needs);
          }))
        kept.push_back(own);
    }
    return kept;
  }

  const Range &range_;
  const std::vector<Weights> &weights_; ///< At most kResources + 1
  const Rows &rows_;
  size_t most_;
  std::vector<Sums> spare_;                 ///< [layers done]: room without the least of all others
  std::vector<std::vector<Sums>> weighted_; ///< [layer][row]
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
  return LabelSearch(range, rows, weights).run();
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
