#include "label_search.h"

#include <functional>

namespace braid::partition {
namespace {

constexpr size_t kMostLabels = 256; ///< Partial choices kept per layer, fewer where there are many layers
constexpr size_t kMostSteps = 2048; ///< The same over all layers
constexpr size_t kTeamSteps = 512;  ///< The same where teams make many kinds

/// Layer by layer all partial choices that no other beats and no weights exclude.
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
  static bool hasTeams(const Range &range) {
    return llvm::any_of(range.prepared.problem().kinds, [](const Kind &kind) { return kind.of >= 0; });
  }

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

} // namespace

std::optional<std::vector<int32_t>> searchLabels(const Range &range, const Rows &rows,
                                                 const std::vector<Weights> &weights) {
  return LabelSearch(range, rows, weights).run();
}

} // namespace braid::partition
