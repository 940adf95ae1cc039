#include "certify.h"

#include "ascent.h"

#include "braid/support/error.h"

namespace braid::partition {
namespace {

constexpr int kMostTighter = 8;       ///< Ends that are looked at beyond what is proven at once
constexpr int kMostCutsOfPairs = 256; ///< Loads of all pairs of cuts are looked at in problems of as many
constexpr int kMostCutsOfEach = 32;   ///< Each end is tried for itself in problems of as many

class Certifier {
public:
  Certifier(const Prepared &prepared, const States &states)
      : prepared_(prepared), problem_(prepared.problem()), states_(states), fitter_(prepared) {}

  std::optional<Certificate> run() {
    if (!states_.isComplete())
      return std::nullopt;
    cuts_.resize(states_.all().size());
    cuts_[0] = {0};
    for (size_t s = 0; s < states_.all().size(); ++s) {
      const State &state = states_.all()[s];
      std::sort(cuts_[s].begin(), cuts_[s].end());
      cuts_[s].erase(std::unique(cuts_[s].begin(), cuts_[s].end()), cuts_[s].end());
      if (cuts_[s].empty())
        continue;
      if (state.fpgas >= problem_.fewestFpgas && cuts_[s].back() == problem_.cuts())
        return std::nullopt;
      out_.states.push_back({state.key, cuts_[s]});
      if (cuts_[s].back() == problem_.cuts())
        cuts_[s].pop_back(); // nothing follows
      if (cuts_[s].empty())
        continue;
      for (const auto &[kind, next] : state.next)
        follow(cuts_[s], kind, cuts_[static_cast<size_t>(next)]);
    }
    out_.infeasibleFs = prepared_.periodFs();
    return std::move(out_);
  }

private:
  /// What a step proves: no more than the layers before `end`; null: all layers may be on the die.
  struct Step {
    int end = 0;
    std::shared_ptr<const Tree> tree;
  };

  const Step &stepFrom(int kind, int die, int begin, const Needs &room) {
    const auto [known, isNew] = steps_.try_emplace({kind, die, begin, room});
    Step &step = known->second;
    if (!isNew)
      return step;
    const int sure = fitter_.fitter().end(kind, die, begin, room);
    const int most = std::max(sure, prepared_.mostEnd(kind, die, begin, room));
    for (int end = sure; end <= std::min(most, sure + kMostTighter); ++end)
      if (end < problem_.cuts() && (step.tree = fitter_.fitter().prove(kind, die, begin, end + 1, room))) {
        step.end = end;
        return step;
      }
    step.end = most;
    if (most < problem_.cuts())
      step.tree = fitter_.fitter().prove(kind, die, begin, most + 1, room);
    if (!step.tree)
      step.end = problem_.cuts();
    return step;
  }

  /// The last cut up to `end` that words of streams inside [begin, to) do not forbid as a boundary between
  /// dies.
  int allowedEnd(const Kind &kind, int begin, int to, int at, int end) const {
    if (kind.wires == 0)
      return end;
    const int64_t cycles = std::max<int64_t>(1, cyclesWithin(kind, prepared_.periodFs()));
    for (; end > at; --end) {
      int64_t wires = 0;
      for (const Stream &stream : problem_.streams)
        if (stream.from >= begin && stream.from < end &&
            std::any_of(stream.to.begin(), stream.to.end(),
                        [&](int layer) { return layer >= end && layer < to; }))
          wires += widthOf(stream, cycles);
      if (wires <= kind.wires)
        break;
    }
    return end;
  }

  /// Whether an FPGA may have layers [begin, end), as far as its streams go.
  bool isPossible(int kind, int begin, int end) {
    if (!problem_.isCut(end))
      return false;
    const Loads &loads = fitter_.loadsOf(kind, begin, end);
    const std::vector<Die> &dies = problem_.kinds[static_cast<size_t>(kind)].dies;
    for (size_t die = 0; die < dies.size(); ++die)
      if (!fitsIn(loads.charges[die], dies[die].capacity))
        return false;
    return loads.fs <= prepared_.periodFs();
  }

  /// A proof that layers from `begin` on fill an FPGA, with these charges, before `to` ones are on it.
  std::optional<Certificate::Proof> prove(int kindIndex, int begin, int to,
                                          const std::vector<Needs> &charges) {
    const Kind &kind = problem_.kinds[static_cast<size_t>(kindIndex)];
    Certificate::Proof proof{kindIndex, begin, to, charges, {}, {}};
    for (bool fromLast : {false, true}) {
      int at = begin;
      for (size_t i = 0; i < kind.dies.size(); ++i) {
        const int die = dieAt(kind, fromLast, i);
        const Step &step =
            stepFrom(kindIndex, die, at,
                     kind.dies[static_cast<size_t>(die)].capacity - charges[static_cast<size_t>(die)]);
        if (!step.tree || step.end >= to)
          return std::nullopt;
        at = std::max(at, i + 1 < kind.dies.size() ? allowedEnd(kind, begin, to, at, step.end) : step.end);
        (fromLast ? proof.last : proof.first).push_back({at, step.tree});
      }
    }
    return proof;
  }

  /// The largest end that is not excluded, by `prove` with charges that are given for every end.
  void follow(const std::vector<int> &from, int kind, std::vector<int> &to) {
    const int begin = from.back(), all = problem_.cuts();
    const auto dies = problem_.kinds[static_cast<size_t>(kind)].dies.size();
    // The least that streams take for sure, over all begins and all ends from one on.
    std::vector<std::vector<Needs>> least(static_cast<size_t>(all) + 2, std::vector<Needs>(dies));
    if (all <= kMostCutsOfPairs) {
      constexpr int64_t kNone = INT64_MAX / 4;
      Needs none;
      none.fill(kNone);
      least.back().assign(dies, none);
      for (int end = all; end > from.front(); --end) {
        auto &own = least[static_cast<size_t>(end)];
        own = least[static_cast<size_t>(end) + 1];
        for (int first : from)
          if (first < end && isPossible(kind, first, end)) {
            const Loads &loads = fitter_.loadsOf(kind, first, end);
            for (size_t die = 0; die < dies; ++die)
              for (size_t r = 0; r < kResources; ++r)
                own[die][r] = std::min(own[die][r], loads.charges[die][r]);
          }
      }
      for (auto &of : least)
        for (Needs &needs : of)
          for (int64_t &amount : needs)
            amount = amount == kNone ? 0 : amount;
    }
    int end = all;
    std::optional<Certificate::Proof> best;
    // Downwards: as long as a smaller end is proven.
    int low = begin, high = all; // [begin, high] is not excluded
    while (low < high) {
      const int middle = (low + high) / 2;
      if (auto proof = prove(kind, begin, middle + 1, least[static_cast<size_t>(middle) + 1]))
        best = std::move(proof), high = middle;
      else
        low = middle + 1;
    }
    end = high;
    if (best)
      out_.proofs.push_back(std::move(*best));
    // Downwards, as far as single ends are excluded; in small problems all of them are looked at.
    bool isTried = true;
    for (int cut = end; cut > from.front(); --cut) {
      const auto isBegin = [&](int first) { return first < cut && isPossible(kind, first, cut); };
      if (std::none_of(from.begin(), from.end(), isBegin) || (isTried && excludeAll(kind, from, cut)))
        continue;
      isTried = all <= kMostCutsOfEach;
      to.push_back(cut);
    }
  }

  /// Whether no FPGA has layers from one of these on up to `end`: with the charges of each for itself.
  bool excludeAll(int kind, const std::vector<int> &begins, int end) {
    const size_t before = out_.proofs.size();
    for (auto first = begins.rbegin(); first != begins.rend(); ++first) { // the fewest layers first
      if (*first >= end || !isPossible(kind, *first, end))
        continue;
      const auto &loads = fitter_.loadsOf(kind, *first, end).charges;
      const std::vector<Needs> charges(loads.begin(), loads.end());
      const auto isAbout = [&](const Certificate::Proof &proof) {
        return proof.kind == kind && proof.from >= *first && proof.to <= end &&
               std::equal(proof.charges.begin(), proof.charges.end(), charges.begin(), fitsIn);
      };
      if (std::any_of(out_.proofs.rbegin(), out_.proofs.rend(), isAbout))
        continue;
      std::optional<Certificate::Proof> proof = prove(kind, *first, end, charges);
      if (!proof) {
        out_.proofs.resize(before);
        return false;
      }
      out_.proofs.push_back(std::move(*proof));
    }
    return true;
  }

  const Prepared &prepared_;
  const Problem &problem_;
  const States &states_;
  FpgaFitter fitter_;
  Certificate out_;
  std::vector<std::vector<int>> cuts_; ///< By state
  std::map<std::tuple<int, int, int, Needs>, Step> steps_;
};

} // namespace

std::optional<Certificate> certify(const Prepared &prepared, const States &states) {
  return Certifier(prepared, states).run();
}

std::optional<std::vector<std::vector<Needs>>> excludeAnywhere(const Prepared &prepared) {
  const Problem &problem = prepared.problem();
  // Of layers with the same tables: all their rows on any kind.
  std::vector<Group> groups;
  std::map<std::vector<int32_t>, size_t> at;
  for (int p = 0; p < problem.cuts(); ++p) {
    const auto [known, isNew] = at.try_emplace(problem.layers[static_cast<size_t>(p)].tables, groups.size());
    if (isNew) {
      groups.emplace_back();
      for (int kind = 0; kind < static_cast<int>(problem.kinds.size()); ++kind)
        for (Row row : prepared.rows(p, kind)) {
          for (int64_t &amount : row.needs)
            amount *= problem.kind(kind).members;
          groups.back().rows.push_back(row);
        }
    }
    groups[known->second].layers.push_back(p);
  }
  const auto worth = [&](const Weights &weights) { // of as many FPGAs as may be used, those worth most
    std::vector<int64_t> each;
    for (const Fpga &fpga : problem.fpgas) {
      int64_t sum = 0;
      for (const Die &die : problem.kinds[static_cast<size_t>(fpga.kind)].dies)
        sum += weighted(weights, die.capacity);
      each.push_back(sum);
    }
    std::sort(each.rbegin(), each.rend());
    int64_t sum = 0;
    for (int i = 0; i < problem.mostFpgas; ++i)
      sum += std::max<int64_t>(0, each[static_cast<size_t>(i)]);
    return sum;
  };
  // The room of all FPGAs' average, for the direction; then the weights are looked at exactly.
  Needs room = {};
  for (const Fpga &fpga : problem.fpgas)
    for (const Die &die : problem.kinds[static_cast<size_t>(fpga.kind)].dies)
      for (size_t r = 0; r < kResources; ++r)
        room[r] += std::max<int64_t>(0, die.capacity[r]);
  for (int64_t &amount : room)
    amount = amount * problem.mostFpgas / static_cast<int64_t>(problem.fpgas.size());
  constexpr int kRounds = 64;
  const Ascent ascent = ascend(groups, 0, problem.cuts(), room, kRounds);
  if (!ascent.excludes)
    return std::nullopt;
  int64_t least = 0;
  for (const Group &group : groups) {
    int64_t own = INT64_MAX;
    for (const Row &row : group.rows)
      own = std::min(own, weighted(*ascent.excludes, row.needs));
    if (group.rows.empty())
      own = 0, least = INT64_MAX / 2;
    least += least == INT64_MAX / 2 ? 0 : own * static_cast<int64_t>(group.layers.size());
  }
  if (least <= worth(*ascent.excludes))
    return std::nullopt;
  std::vector<std::vector<Needs>> out;
  for (const Kind &kind : problem.kinds)
    out.emplace_back(kind.dies.size(), *ascent.excludes);
  return out;
}

} // namespace braid::partition
