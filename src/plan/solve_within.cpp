// Plans within constraints: over the FPGAs that are left, by the solver of the style; and what to give up
// where there is none.
#include "elastic_problem.h"
#include "modest.h"

#include "braid/plan/constraints.h"
#include "braid/plan/settle.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::plan {
namespace {

/// A cluster without the forbidden FPGAs, and which each of the others is in the whole.
struct Allowed {
  device::Cluster cluster;
  std::vector<int> whole;
};

Allowed allowedOf(const device::Cluster &cluster, const std::vector<std::string> &forbidden) {
  Allowed out{cluster, {}};
  if (!forbidden.empty())
    out.cluster.name += fmt::format(" without {}", fmt::join(forbidden, ", "));
  out.cluster.fpgas.clear(), out.cluster.links.clear();
  std::vector<int> left(cluster.fpgas.size(), -1);
  for (size_t f = 0; f < cluster.fpgas.size(); ++f)
    if (!std::count(forbidden.begin(), forbidden.end(), cluster.fpgas[f].name)) {
      left[f] = static_cast<int>(out.whole.size());
      out.whole.push_back(static_cast<int>(f));
      out.cluster.fpgas.push_back(cluster.fpgas[f]);
    }
  for (device::Link link : cluster.links) {
    link.a = left[static_cast<size_t>(link.a)], link.b = left[static_cast<size_t>(link.b)];
    if (link.a >= 0 && link.b >= 0)
      out.cluster.links.push_back(std::move(link));
  }
  return out;
}

/// A plan over the allowed FPGAs as one over the whole cluster: their order is the same.
Plan inWhole(Plan plan, const std::vector<int> &whole) {
  const auto to = [&](int &fpga) { fpga = whole[static_cast<size_t>(fpga)]; };
  for (Placement &placement : plan.placements)
    to(placement.fpga);
  for (Join &join : plan.joins)
    to(join.fpga);
  for (Gather &gather : plan.gathers)
    to(gather.fpga);
  for (Crossing &crossing : plan.crossings)
    to(crossing.from), to(crossing.to);
  Replicas replicas;
  for (auto &[fpga, copies] : plan.replicas) {
    for (int &copy : copies)
      to(copy);
    replicas[whole[static_cast<size_t>(fpga)]] = std::move(copies);
  }
  plan.replicas = std::move(replicas);
  return plan;
}

llvm::Expected<Plan> solveAllowed(const ir::Model &model, const device::Cluster &cluster,
                                  const cost::CostModel &costs, const Options &options,
                                  std::vector<std::string> &notes, Proof *proof) {
  const Allowed allowed = allowedOf(cluster, options.forbidden);
  if (options.near && (options.solver != Solver::Elastic || !options.cuts.empty() ||
                       !isElastic(model, allowed.cluster, options)))
    return badUsage(
        "--stay-near: the elastic solver knows what to keep, of whole layers in io_stream over links of "
        "one type; --io stream would work");
  auto plan = (isModest(options) || options.fps ? solveModest : solveFreely)(model, allowed.cluster, costs,
                                                                             options, notes, proof);
  if (!plan)
    return plan;
  return inWhole(std::move(*plan), allowed.whole);
}

/// Options without one constraint, and how the user gave it.
struct Relaxed {
  std::string what;
  Options options;
};

std::vector<Relaxed> relaxationsOf(const Options &options) {
  std::vector<Relaxed> out;
  for (size_t i = 0; i < options.pins.size(); ++i) {
    out.push_back({fmt::format("--pin {}", printable(toString(options.pins[i]))), options});
    out.back().options.pins.erase(out.back().options.pins.begin() + static_cast<ptrdiff_t>(i));
  }
  for (size_t i = 0; i < options.forbidden.size(); ++i) {
    out.push_back({fmt::format("--forbid {}", options.forbidden[i]), options});
    out.back().options.forbidden.erase(out.back().options.forbidden.begin() + static_cast<ptrdiff_t>(i));
  }
  const auto &reserved = options.limits.reserved;
  for (size_t i = 0; i < reserved.size(); ++i) {
    out.push_back({fmt::format("--reserve {}", device::toString(reserved[i])), options});
    auto &left = out.back().options.limits.reserved;
    left.erase(left.begin() + static_cast<ptrdiff_t>(i));
  }
  constexpr size_t kMost = 16; // each is solved
  out.resize(std::min(out.size(), kMost));
  return out;
}

/// Without which constraints it would fit: each alone, or all of them.
std::vector<std::string> whatBinds(const ir::Model &model, const device::Cluster &cluster,
                                   const cost::CostModel &costs, const Options &options) {
  const auto fits = [&](const Options &with) {
    std::vector<std::string> notes;
    auto plan = solveAllowed(model, cluster, costs, with, notes, nullptr);
    if (!plan)
      llvm::consumeError(plan.takeError());
    return static_cast<bool>(plan);
  };
  std::vector<std::string> out;
  std::vector<Relaxed> relaxations = relaxationsOf(options);
  for (const Relaxed &relaxed : relaxations)
    if (fits(relaxed.options))
      out.push_back(fmt::format("without {} it would fit", relaxed.what));
  if (!out.empty() || relaxations.size() < 2)
    return out;
  Options free = options;
  free.pins.clear(), free.forbidden.clear(), free.limits.reserved.clear();
  std::vector<std::string> flags;
  for (const auto &[flag, isGiven] :
       {std::pair("--pin", !options.pins.empty()), std::pair("--forbid", !options.forbidden.empty()),
        std::pair("--reserve", !options.limits.reserved.empty())})
    if (isGiven)
      flags.emplace_back(flag);
  if (fits(free))
    out.push_back(fmt::format("without any {} it would fit", fmt::join(flags, ", ")));
  return out;
}

} // namespace

llvm::Expected<Plan> solveWithin(const ir::Model &model, const device::Cluster &cluster,
                                 const cost::CostModel &costs, const Options &options,
                                 std::vector<std::string> &notes, Proof *proof) {
  if (llvm::Error error = checkConstraints(model, cluster, options))
    return error;
  auto plan = solveAllowed(model, cluster, costs, options, notes, proof);
  if (plan)
    return plan;
  return llvm::handleErrors(plan.takeError(), [&](std::unique_ptr<UserError> fault) -> llvm::Error {
    if (fault->code() == ExitCode::NoPlan && !fault->diagnostics().empty())
      for (std::string &note : whatBinds(model, cluster, costs, options))
        fault->diagnostics().front().notes.push_back(std::move(note));
    return llvm::Error(std::move(fault));
  });
}

} // namespace braid::plan
