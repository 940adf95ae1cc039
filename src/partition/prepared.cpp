#include "prepared.h"

#include "braid/partition/substitutes.h"

#include <tuple>

namespace braid::partition {
namespace {

/// The largest capacity of each resource over the dies of a kind.
Needs largestDie(const Kind &kind) {
  Needs most = {};
  for (const Die &die : kind.dies)
    for (size_t r = 0; r < kResources; ++r)
      most[r] = std::max(most[r], die.capacity[r]);
  return most;
}

/// Rows that are fast enough and fit some die, without those that another covers.
std::vector<Row> fastest(const Table &table, int64_t cycles, const Needs &most, int index,
                         Substitutes &substitutes) {
  std::vector<Row> front;
  const auto covers = [&](const Row &a, const Row &b) {
    return substitutes.covers(index, {a.needs, a.in, a.out}, {b.needs, b.in, b.out});
  };
  for (size_t c = 0; c < table.size(); ++c) {
    if (table[c].cycles > cycles || !fitsIn(table[c].needs, most))
      continue;
    const Row row{table[c].needs, static_cast<int32_t>(c), table[c].in, table[c].out};
    if (std::any_of(front.begin(), front.end(), [&](const Row &held) { return covers(held, row); }))
      continue;
    std::erase_if(front, [&](const Row &held) { return covers(row, held); });
    front.push_back(row);
  }
  return front;
}

/// Shares of the bank: each of the first so many resources alone, each two and three in several proportions,
/// all.
std::vector<std::array<int64_t, kResources>> bankShares(size_t resources) {
  std::vector<std::array<int64_t, kResources>> out;
  const auto add = [&](std::array<int64_t, kResources> parts) {
    int64_t sum = 0;
    for (int64_t part : parts)
      sum += part;
    for (int64_t &part : parts)
      part = part * kOne / sum;
    out.push_back(parts);
  };
  for (unsigned set = 1; set < (1u << resources); ++set) {
    std::array<int64_t, kResources> parts = {};
    for (size_t r = 0; r < resources; ++r)
      parts[r] = (set >> r) & 1;
    add(parts);
  }
  for (size_t r = 0; r < resources; ++r)
    for (size_t s = 0; s < resources; ++s)
      if (r != s)
        for (int64_t ratio : {3, 8}) {
          std::array<int64_t, kResources> parts = {};
          parts[r] = ratio, parts[s] = 1;
          add(parts);
        }
  return out;
}

/// A little of each resource besides: between equals the smaller is taken.
std::array<int64_t, kResources> withRest(std::array<int64_t, kResources> shares) {
  for (int64_t &share : shares)
    share += kOne / 64;
  return shares;
}

/// The largest sum of widths of all streams at one cut. What crosses a boundary between dies is alive at the
/// cut there, or at one of the two ends of the FPGA.
int64_t widestCut(const Problem &problem, int64_t cycles) {
  std::vector<int64_t> change(static_cast<size_t>(problem.cuts()) + 2);
  for (const Stream &stream : problem.streams) {
    const int64_t width = widthOf(stream, std::max<int64_t>(1, cycles));
    change[static_cast<size_t>(stream.from + 1)] += width;
    change[static_cast<size_t>(stream.to.back() + 1)] -= width;
  }
  int64_t sum = 0, most = 0;
  for (int64_t more : change)
    sum += more, most = std::max(most, sum);
  return most;
}

} // namespace

Weights weightsFor(const std::array<int64_t, kResources> &shares, const Needs &room) {
  Weights out = {};
  for (size_t r = 0; r < kResources; ++r)
    out[r] = (shares[r] << 16) / std::max<int64_t>(1, room[r]);
  return out;
}

Prepared::Prepared(const Problem &problem, int64_t periodFs)
    : problem_(&problem), streams_(problem), periodFs_(periodFs) {
  fronts_.resize(problem.kinds.size() * problem.tables.size());
  kinds_.resize(problem.kinds.size());
  for (size_t kind = 0; kind < problem.kinds.size(); ++kind)
    fill(static_cast<int>(kind));
}

const std::vector<Row> &Prepared::rows(int layer, int kind) const {
  static const std::vector<Row> none;
  const int table = tableOf(layer, kind);
  return table < 0
             ? none
             : fronts_[static_cast<size_t>(kind) * problem_->tables.size() + static_cast<size_t>(table)];
}

std::vector<int32_t> Prepared::withCovered(int layer, int kind, std::vector<int32_t> choices) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  const std::vector<Row> &front = rows(layer, kind);
  const Table &table = problem_->table(layer, kind);
  const int64_t cycles = cyclesWithin(problem_->kind(kind), periodFs_);
  const auto isChosen = [&](const Row &row) {
    return std::count(choices.begin(), choices.end(), row.choice) > 0;
  };
  std::vector<int32_t> covered;
  for (size_t c = 0; c < table.size(); ++c) {
    const Choice &choice = table[c];
    if (choice.cycles > cycles)
      continue;
    // Each stands by the first that covers it; a row of the front by itself.
    const auto first = std::find_if(front.begin(), front.end(), [&](const Row &row) {
      return row.choice == static_cast<int32_t>(c) ||
             own.substitutes->covers(tableOf(layer, kind), {row.needs, row.in, row.out},
                                     {choice.needs, choice.in, choice.out});
    });
    if (first != front.end() && first->choice != static_cast<int32_t>(c) && isChosen(*first))
      covered.push_back(static_cast<int32_t>(c));
  }
  choices.insert(choices.end(), covered.begin(), covered.end());
  return choices;
}

const Words *Prepared::wordsBefore(int layer, int kind) const {
  const Layer &own = problem_->layers[static_cast<size_t>(layer)];
  if (own.words.empty() || own.words[static_cast<size_t>(kind)] < 0)
    return nullptr;
  return &problem_->words[static_cast<size_t>(own.words[static_cast<size_t>(kind)])];
}

const Needs *Prepared::converter(int layer, int kind, const Row &before, const Row &row) const {
  const Words *words = wordsBefore(layer, kind);
  return words ? &(*words)[static_cast<size_t>(before.out)][static_cast<size_t>(row.in)] : nullptr;
}

void Prepared::fill(int kindIndex) {
  const Kind &kind = problem_->kinds[static_cast<size_t>(kindIndex)];
  OfKind &own = kinds_[static_cast<size_t>(kindIndex)];
  const Needs most = largestDie(kind);
  const auto layers = static_cast<size_t>(problem_->cuts());
  own.substitutes = std::make_shared<Substitutes>(*problem_, static_cast<size_t>(kindIndex));
  std::vector<int> used; // tables
  std::vector<char> isUsed(problem_->tables.size());
  for (const Layer &layer : problem_->layers)
    if (const int table = layer.tables[static_cast<size_t>(kindIndex)];
        table >= 0 && !std::exchange(isUsed[static_cast<size_t>(table)], 1))
      used.push_back(table);
  for (int table : used)
    frontOf(kindIndex, table) = fastest(problem_->tables[static_cast<size_t>(table)],
                                        cyclesWithin(kind, periodFs_), most, table, *own.substitutes);

  own.mayWiresBind = kind.dies.size() > 1 && kind.wires > 0 &&
                     widestCut(*problem_, cyclesWithin(kind, periodFs_)) > kind.wires / 3;
  own.blocked.assign(kind.dies.size(), std::vector<int>(layers + 1, static_cast<int>(layers)));
  for (size_t die = 0; die < kind.dies.size(); ++die)
    for (size_t p = layers; p-- > 0;) {
      const int pinned = problem_->layers[p].die;
      const bool isBlocked =
          rows(static_cast<int>(p), kindIndex).empty() || (pinned >= 0 && pinned != static_cast<int>(die));
      own.blocked[die][p] = isBlocked ? static_cast<int>(p) : own.blocked[die][p + 1];
    }

  std::vector<Weights> picking;
  for (const auto &shares : bankShares(resourcesIn(most))) {
    own.bank.push_back(weightsFor(shares, most));
    picking.push_back(weightsFor(withRest(shares), most));
  }
  // By table: the least of each weights, and the row that each would pick.
  struct Best {
    int64_t least = INT64_MAX, picked = INT64_MAX;
    const Row *row = nullptr;
  };
  const size_t bank = own.bank.size();
  std::vector<std::vector<Best>> bestOf(problem_->tables.size());
  for (int table : used) {
    std::vector<Best> &best = bestOf[static_cast<size_t>(table)];
    best.resize(bank);
    for (const Row &row : frontOf(kindIndex, table))
      for (size_t w = 0; w < bank; ++w) {
        best[w].least = std::min(best[w].least, weighted(own.bank[w], row.needs));
        if (const int64_t sum = weighted(picking[w], row.needs); sum < best[w].picked)
          best[w].picked = sum, best[w].row = &row;
      }
  }
  own.least.resize(bank * (layers + 1));
  own.needs.resize(bank * (layers + 1));
  own.picked.resize(bank * layers);
  for (size_t p = 0; p < layers; ++p) {
    const int table = tableOf(static_cast<int>(p), kindIndex);
    for (size_t w = 0; w < bank; ++w) {
      const size_t at = p * bank + w, next = at + bank;
      own.least[next] = own.least[at], own.needs[next] = own.needs[at];
      const Row *row = table < 0 ? nullptr : bestOf[static_cast<size_t>(table)][w].row;
      own.picked[at] = row;
      if (!row)
        continue;
      own.least[next] += bestOf[static_cast<size_t>(table)][w].least;
      own.needs[next] = own.needs[next] + row->needs;
      if (p > 0 && own.picked[at - bank])
        if (const Needs *between = converter(static_cast<int>(p), kindIndex, *own.picked[at - bank], *row))
          own.needs[next] = own.needs[next] + *between;
    }
  }
}

int Prepared::firstBlocked(int kind, int die, int begin) const {
  return kinds_[static_cast<size_t>(kind)].blocked[static_cast<size_t>(die)][static_cast<size_t>(begin)];
}

Needs Prepared::needsOf(const OfKind &own, int kind, size_t weights, int begin, int end) const {
  const size_t bank = own.bank.size();
  Needs out = own.needs[static_cast<size_t>(end) * bank + weights] -
              own.needs[static_cast<size_t>(begin) * bank + weights];
  if (begin > 0 && begin < end) {
    const Row *const *picked = &own.picked[static_cast<size_t>(begin) * bank + weights];
    if (picked[0] && picked[-static_cast<std::ptrdiff_t>(bank)])
      if (const Needs *between =
              converter(begin, kind, *picked[-static_cast<std::ptrdiff_t>(bank)], *picked[0]))
        out = out - *between;
  }
  return out;
}

int Prepared::sureEnd(int kind, int die, int begin, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  const int last = firstBlocked(kind, die, begin);
  int best = begin;
  for (size_t w = 0; w < own.bank.size() && best < last; ++w) {
    if (!fitsIn(needsOf(own, kind, w, begin, best + 1), room))
      continue;
    int low = best + 1, high = last + 1; // low fits
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (fitsIn(needsOf(own, kind, w, begin, middle), room) ? low : high) = middle;
    }
    best = low;
  }
  return best;
}

bool Prepared::isSure(int kind, int begin, int end, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  for (size_t w = 0; w < own.bank.size(); ++w)
    if (fitsIn(needsOf(own, kind, w, begin, end), room))
      return true;
  return false;
}

std::vector<int32_t> Prepared::sureChoices(int kind, int begin, int end, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  std::vector<int32_t> out;
  for (size_t w = 0; w < own.bank.size() && out.empty(); ++w)
    if (fitsIn(needsOf(own, kind, w, begin, end), room))
      for (int p = begin; p < end; ++p)
        out.push_back(own.picked[static_cast<size_t>(p) * own.bank.size() + w]->choice);
  return out;
}

int Prepared::mostEnd(int kind, int die, int begin, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  const size_t bank = own.bank.size();
  int best = firstBlocked(kind, die, begin);
  for (size_t w = 0; w < bank; ++w) {
    const int64_t most = weighted(own.bank[w], room);
    if (most < 0)
      return -1;
    const auto isExcluded = [&](int end) {
      return own.least[static_cast<size_t>(end) * bank + w] -
                 own.least[static_cast<size_t>(begin) * bank + w] >
             most;
    };
    if (!isExcluded(best))
      continue;
    int low = begin, high = best; // low is not excluded, high is
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (isExcluded(middle) ? high : low) = middle;
    }
    best = low;
  }
  return best;
}

std::vector<int> Prepared::mostEnds(int kind, int die, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  const size_t bank = own.bank.size();
  const int cuts = problem_->cuts();
  std::vector<int> out(own.blocked[static_cast<size_t>(die)].begin(),
                       own.blocked[static_cast<size_t>(die)].begin() + cuts);
  for (size_t w = 0; w < bank; ++w) {
    const int64_t most = weighted(own.bank[w], room);
    if (most < 0)
      return std::vector<int>(static_cast<size_t>(cuts), -1);
    const auto leastTo = [&](int cut) { return own.least[static_cast<size_t>(cut) * bank + w]; };
    int end = 0; // what begins later reaches as far at least
    for (int begin = 0; begin < cuts; ++begin) {
      int &known = out[static_cast<size_t>(begin)];
      end = std::max(end, begin);
      while (end < known && leastTo(end + 1) - leastTo(begin) <= most)
        ++end;
      known = std::min(known, end);
    }
  }
  return out;
}

const Weights *Prepared::excluding(int kind, int begin, int end, const Needs &room) const {
  const OfKind &own = kinds_[static_cast<size_t>(kind)];
  const int64_t *to = &own.least[static_cast<size_t>(end) * own.bank.size()],
                *from = &own.least[static_cast<size_t>(begin) * own.bank.size()];
  for (size_t w = 0; w < own.bank.size(); ++w)
    if (to[w] - from[w] > weighted(own.bank[w], room))
      return &own.bank[w];
  return nullptr;
}

} // namespace braid::partition
