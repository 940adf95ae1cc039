#include "states.h"

#include "braid/support/error.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace braid::partition {
namespace {

constexpr size_t kMostStates = 8192;

} // namespace

States::States(const Problem &problem) : problem_(&problem) {
  const auto kindOf = [&](int fpga) { return problem.fpgas[static_cast<size_t>(fpga)].kind; };
  std::vector<int> most(problem.kinds.size());
  for (const Fpga &fpga : problem.fpgas)
    ++most[static_cast<size_t>(fpga.kind)];
  const bool haveTurns =
      std::any_of(problem.kinds.begin(), problem.kinds.end(), [](const Kind &kind) { return kind.takesTurns; });
  /// Kinds that may come next after those used in order.
  const auto following = [&](const std::vector<int> &kinds) {
    std::set<int> out;
    for (const std::vector<int> &walk : problem.walks)
      for (size_t at = 0; at + kinds.size() < walk.size(); ++at)
        if (std::equal(kinds.begin(), kinds.end(), walk.begin() + static_cast<std::ptrdiff_t>(at),
                       [&](int kind, int fpga) { return kind == kindOf(fpga); }))
          out.insert(kindOf(walk[at + kinds.size()]));
    return out;
  };
  /// The state after one more part of a kind; nothing where there cannot be one.
  const auto after = [&](std::vector<int> key, int kindIndex) -> std::optional<std::vector<int>> {
    const Kind &kind = problem.kind(kindIndex);
    const auto base = static_cast<size_t>(kind.of < 0 ? kindIndex : kind.of);
    if ((key[base] += kind.members) > most[base])
      return std::nullopt;
    if (kind.takesTurns && std::exchange(key.back(), kind.members) % kind.members != 0)
      return std::nullopt;
    return key;
  };
  // By number of FPGAs, then in the order in which they are come to.
  std::map<int, std::vector<std::vector<int>>> open;
  std::map<std::vector<int>, int> known;
  std::vector<std::vector<std::pair<int, std::vector<int>>>> ways;
  open[0].push_back(problem.walks.empty() ? std::vector<int>(problem.kinds.size() + haveTurns) : std::vector<int>());
  for (; !open.empty() && isComplete_; open.erase(open.begin())) {
    const int fpgas = open.begin()->first;
    for (std::vector<int> &key : open.begin()->second) {
      if (!known.try_emplace(key, static_cast<int>(states_.size())).second)
        continue;
      if (states_.size() >= kMostStates) {
        isComplete_ = false;
        break;
      }
      std::vector<std::pair<int, std::vector<int>>> own;
      const auto add = [&](int kind, std::vector<int> more) {
        if (const int sum = fpgas + problem.kind(kind).members; sum <= problem.mostFpgas) {
          open[sum].push_back(more);
          own.emplace_back(kind, std::move(more));
        }
      };
      if (problem.walks.empty()) {
        for (int kind = 0; kind < static_cast<int>(problem.kinds.size()); ++kind)
          if (auto more = after(key, kind))
            add(kind, std::move(*more));
      } else {
        for (int kind : following(key)) {
          std::vector<int> more = key;
          more.push_back(kind);
          add(kind, std::move(more));
        }
      }
      ways.push_back(std::move(own));
      states_.push_back({std::move(key), fpgas, {}});
    }
  }
  for (size_t s = 0; s < states_.size(); ++s)
    for (auto &[kind, key] : ways[s])
      if (const auto at = known.find(key); at != known.end() && at->second < static_cast<int>(states_.size()))
        states_[s].next.emplace_back(kind, at->second);
}

std::vector<std::vector<int>> States::fpgasOf(const std::vector<int> &kinds) const {
  const auto kindOf = [&](int fpga) { return problem_->fpgas[static_cast<size_t>(fpga)].kind; };
  std::vector<std::vector<int>> out;
  for (const std::vector<int> &walk : problem_->walks) {
    const auto at = std::search(walk.begin(), walk.end(), kinds.begin(), kinds.end(),
                                [&](int fpga, int kind) { return kindOf(fpga) == kind; });
    if (at == walk.end() && !kinds.empty())
      continue;
    for (size_t i = 0; i < kinds.size(); ++i)
      out.push_back({*(at + static_cast<std::ptrdiff_t>(i))});
    return out;
  }
  BRAID_CHECK(problem_->walks.empty(), "a state without a walk");
  std::vector<char> isUsed(problem_->fpgas.size());
  for (int index : kinds) {
    const Kind &kind = problem_->kind(index);
    std::vector<int> own;
    for (int fpga = 0; fpga < static_cast<int>(problem_->fpgas.size()); ++fpga)
      if (static_cast<int>(own.size()) < kind.members && !isUsed[static_cast<size_t>(fpga)] &&
          kindOf(fpga) == (kind.of < 0 ? index : kind.of)) {
        isUsed[static_cast<size_t>(fpga)] = 1;
        own.push_back(fpga);
      }
    BRAID_CHECK(static_cast<int>(own.size()) == kind.members, "a state of more FPGAs than there are");
    out.push_back(std::move(own));
  }
  return out;
}

} // namespace braid::partition
