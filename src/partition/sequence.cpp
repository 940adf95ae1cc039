#include "sequence.h"

#include "ascent.h"

namespace braid::partition {

std::vector<Row> fittingRows(const Range &range, int layer) {
  std::vector<Row> out;
  for (const Row &row : range.prepared.rows(layer, range.kind))
    if (fitsIn(row.needs, range.room))
      out.push_back(row);
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

int64_t leastSequence(const Range &range, const Rows &rows, const Weights &weights,
                      std::vector<const Row *> *picked, llvm::ArrayRef<std::vector<int64_t>> more) {
  constexpr int64_t kNever = INT64_MAX / 4;
  // By class of words given: the least so far, and the row that has it.
  struct Best {
    int64_t sum = kNever;
    int32_t row = -1;
  };
  std::vector<Best> last, best;
  std::vector<int32_t> before; // by row of all layers: that of the layer before it
  size_t count = 0;
  for (const std::vector<Row> &own : rows)
    count += own.size();
  before.reserve(count);
  std::vector<Best> known; // by class of words taken
  for (size_t i = 0; i < rows.size(); ++i) {
    std::swap(last, best);
    best.clear(), known.clear();
    const Words *words =
        i > 0 ? range.prepared.wordsBefore(range.begin + static_cast<int>(i), range.kind) : nullptr;
    const auto leastBefore = [&](int32_t in) {
      Best least = i > 0 ? Best{} : Best{0, -1};
      if (i > 0)
        for (size_t out = 0; out < last.size(); ++out)
          if (const Best &own = last[out]; own.row >= 0) {
            const int64_t sum =
                own.sum + (words ? weighted(weights, (*words)[out][static_cast<size_t>(in)]) : 0);
            if (sum < least.sum)
              least = {sum, own.row};
          }
      return least;
    };
    for (size_t r = 0; r < rows[i].size(); ++r) {
      const Row &row = rows[i][r];
      const auto in = words ? static_cast<size_t>(row.in) : 0;
      if (known.size() <= in)
        known.resize(in + 1, {-1, -1});
      if (known[in].sum < 0)
        known[in] = leastBefore(static_cast<int32_t>(in));
      before.push_back(known[in].row);
      const auto out = static_cast<size_t>(row.out);
      if (best.size() <= out)
        best.resize(out + 1);
      const int64_t sum = known[in].sum + weighted(weights, row.needs) + (more.empty() ? 0 : more[i][r]);
      if (sum < best[out].sum)
        best[out] = {sum, static_cast<int32_t>(r)};
    }
  }
  Best least;
  for (const Best &own : best)
    if (own.sum < least.sum)
      least = own;
  if (picked) {
    picked->assign(rows.size(), nullptr);
    int32_t row = least.row;
    size_t begin = count; // of a layer's rows in `before`
    for (size_t i = rows.size(); i-- > 0 && row >= 0; row = before[begin + static_cast<size_t>(row)]) {
      begin -= rows[i].size();
      (*picked)[i] = &rows[i][static_cast<size_t>(row)];
    }
  }
  return least.sum;
}

SequenceAscent ascendSequence(const Range &range, const Rows &rows, const Weights &first, int rounds) {
  SequenceAscent out;
  std::array<int64_t, kResources> shares = {};
  for (size_t r = 0; r < resourcesIn(range.room); ++r)
    shares[r] = std::max<int64_t>(1, first[r] * std::max<int64_t>(1, range.room[r]) >> 16);
  std::vector<const Row *> picked;
  for (int round = 0; round < rounds; ++round) {
    out.last = weightsFor(shares, range.room);
    if (leastSequence(range, rows, out.last, &picked) > weighted(out.last, range.room)) {
      out.excludes = out.last;
      return out;
    }
    const Needs sum = needsOf(range, picked);
    if (fitsIn(sum, range.room)) {
      out.selection = std::move(picked);
      return out;
    }
    reweigh(shares, sum, range.room, round);
  }
  return out;
}

} // namespace braid::partition
