#include "states.h"

#include "braid/support/error.h"

#include <algorithm>
#include <map>
#include <set>

namespace braid::partition {
namespace {

constexpr size_t kMostStates = 8192;

} // namespace

States::States(const Problem &problem) : problem_(&problem) {
  const auto kindOf = [&](int fpga) { return problem.fpgas[static_cast<size_t>(fpga)].kind; };
  std::vector<int> most(problem.kinds.size());
  for (const Fpga &fpga : problem.fpgas)
    ++most[static_cast<size_t>(fpga.kind)];
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
  std::map<std::vector<int>, int> known;
  const auto stateOf = [&](std::vector<int> key, int fpgas) {
    const auto [at, isNew] = known.try_emplace(std::move(key), static_cast<int>(states_.size()));
    if (isNew)
      states_.push_back({at->first, fpgas, {}});
    return at->second;
  };
  stateOf(problem.walks.empty() ? std::vector<int>(problem.kinds.size()) : std::vector<int>(), 0);
  for (size_t s = 0; s < states_.size(); ++s) {
    if (states_[s].fpgas == problem.mostFpgas)
      continue;
    if (states_.size() > kMostStates) {
      isComplete_ = false;
      break;
    }
    const std::vector<int> key = states_[s].key;
    const int fpgas = states_[s].fpgas + 1;
    if (problem.walks.empty()) {
      for (size_t kind = 0; kind < most.size(); ++kind)
        if (key[kind] < most[kind]) {
          std::vector<int> more = key;
          ++more[kind];
          const int next = stateOf(std::move(more), fpgas);
          states_[s].next.emplace_back(static_cast<int>(kind), next);
        }
    } else {
      for (int kind : following(key)) {
        std::vector<int> more = key;
        more.push_back(kind);
        const int next = stateOf(std::move(more), fpgas);
        states_[s].next.emplace_back(kind, next);
      }
    }
  }
}

std::vector<int> States::fpgasOf(const std::vector<int> &kinds) const {
  const auto kindOf = [&](int fpga) { return problem_->fpgas[static_cast<size_t>(fpga)].kind; };
  for (const std::vector<int> &walk : problem_->walks) {
    const auto at = std::search(walk.begin(), walk.end(), kinds.begin(), kinds.end(),
                                [&](int fpga, int kind) { return kindOf(fpga) == kind; });
    if (at != walk.end() || kinds.empty())
      return {at, at + static_cast<std::ptrdiff_t>(kinds.size())};
  }
  BRAID_CHECK(problem_->walks.empty(), "a state without a walk");
  std::vector<int> out;
  for (int kind : kinds)
    for (int fpga = 0; fpga < static_cast<int>(problem_->fpgas.size()); ++fpga)
      if (kindOf(fpga) == kind && !std::count(out.begin(), out.end(), fpga)) {
        out.push_back(fpga);
        break;
      }
  return out;
}

} // namespace braid::partition
