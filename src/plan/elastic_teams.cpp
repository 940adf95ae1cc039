#include "elastic_teams.h"

#include "elastic_parts.h"

#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace braid::plan {
namespace {

using partition::Needs;

/// Members of teams that cut layers: more exchange more than they gain.
constexpr int kSlices[] = {2, 3, 4, 8};

/// Members of teams that take turns, of so many FPGAs: few, or as many as there are equal shares of all.
std::vector<int> turnsOf(int fpgas) {
  constexpr int kFew = 8;
  std::set<int> out;
  for (int members = 2; members <= std::min(fpgas, kFew); ++members)
    out.insert(members);
  for (int each = 1; fpgas / each >= 2; ++each)
    out.insert(fpgas / each);
  return {out.begin(), out.end()};
}

ElasticItem sliceOf(const TeamCut &cut, const ElasticItem &item) {
  ElasticItem out;
  for (ir::LayerId layer : item.layers) {
    if (!out.layers.empty() && !(cut.isShared(layer) && cut.isShared(item.layers[0])))
      break;
    out.layers.push_back(cut.largestSlice(layer));
  }
  return out;
}

} // namespace

void addTeams(ElasticProblem &elastic, const ir::Model &model, const Options &options) {
  partition::Problem &problem = elastic.problem;
  elastic.cuts.resize(problem.kinds.size());
  if (!problem.walks.empty() || problem.hops || !options.split || *options.split == SplitMode::Sequential)
    return;
  const auto single = static_cast<int>(problem.kinds.size());
  std::map<std::pair<SplitMode, int>, std::shared_ptr<const TeamCut>> cuts;
  const auto add = [&](int kind, int members, std::string what, std::shared_ptr<const TeamCut> cut) {
    partition::Kind team = problem.kind(kind);
    team.name = fmt::format("{} x {}, {}", members, team.name, what);
    team.of = kind, team.members = members, team.takesTurns = !cut;
    problem.kinds.push_back(std::move(team));
    elastic.firstOf.push_back(elastic.firstOf[static_cast<size_t>(kind)]);
    elastic.cuts.push_back(std::move(cut));
  };
  for (int kind = 0; kind < single; ++kind) {
    const auto most =
        std::min<int>(problem.mostFpgas,
                      static_cast<int>(std::count_if(problem.fpgas.begin(), problem.fpgas.end(),
                                                     [&](const auto &fpga) { return fpga.kind == kind; })));
    for (SplitMode along : {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows})
      for (int members : kSlices) {
        if (members > most || (*options.split != SplitMode::Auto && *options.split != along))
          continue;
        const auto [known, isNew] = cuts.try_emplace({along, members});
        if (isNew)
          if (auto cut = cutForTeam(model, along, members, options.style))
            known->second = std::make_shared<const TeamCut>(std::move(*cut));
        if (known->second)
          add(kind, members, fmt::format("cut by {}", name(along)), known->second);
      }
    if (*options.split == SplitMode::Auto && !options.replicas)
      for (int members : turnsOf(most))
        add(kind, members, "in turn", nullptr);
  }
}

TeamTables::TeamTables(const cost::CostModel &costs, const Options &options, ElasticProblem &elastic)
    : costs_(costs), options_(options), elastic_(elastic) {
  options_.foldings.clear();
  std::erase_if(options_.reuse, [](const auto &entry) { return entry.first != "*"; });
  tables_.resize(elastic.problem.kinds.size());
  for (size_t kind = 0; kind < tables_.size(); ++kind)
    if (elastic.cuts[kind])
      tables_[kind] =
          std::make_unique<ElasticTables>(elastic.cuts[kind]->split.model, costs, options_, elastic);
}

llvm::Expected<int32_t> TeamTables::tableOf(const ir::Model &model, const ElasticItem &item, int kind,
                                            const device::Fpga &fpga) {
  const TeamCut &cut = *elastic_.cuts[static_cast<size_t>(kind)];
  ElasticTables &own = *tables_[static_cast<size_t>(kind)];
  for (ir::LayerId layer : item.layers)
    if (!cut.isPossible(model, layer))
      return -1;
  auto table = own.tableOf(sliceOf(cut, item), fpga);
  if (!table) { // slices too small to be built: others may be
    llvm::consumeError(table.takeError());
    return -1;
  }
  Needs more = {};
  for (ir::LayerId layer : item.layers)
    add(more, needsOf(cut.joinsOf(layer), kind, fpga));
  return own.withMore(*table, more);
}

/// The least that sums, crops and concats take.
Needs TeamTables::needsOf(llvm::ArrayRef<ir::LayerId> joins, int kind, const device::Fpga &fpga) const {
  const SplitModel &split = elastic_.cuts[static_cast<size_t>(kind)]->split;
  Needs out = {};
  for (ir::LayerId id : joins) {
    const ir::Layer &layer = split.model.layer(id);
    auto options =
        layerOptions(split.model, layer, layer.name, kernel::IoMode::Stream, fpga, costs_, options_);
    if (!options) {
      llvm::consumeError(options.takeError());
      continue;
    }
    const auto least = std::min_element(options->begin(), options->end(), [](const auto &a, const auto &b) {
      return a.resources[device::Resource::Lut] < b.resources[device::Resource::Lut];
    });
    if (split.plan.of(id).fpga == 0)
      add(out, least->resources.amount);
  }
  return out;
}

llvm::Expected<int32_t> TeamTables::wordsOf(const ElasticItem &before, const ElasticItem &item,
                                            int32_t tableBefore, int32_t table, int kind,
                                            const device::Device &device) {
  const TeamCut &cut = *elastic_.cuts[static_cast<size_t>(kind)];
  const ElasticItem first = sliceOf(cut, before), second = sliceOf(cut, item);
  const ir::Layer &layer = cut.split.model.layer(second.layers[0]);
  if (layer.inputs.empty() || cut.split.model.stream(layer.inputs[0]).producer != first.layers.back())
    return -1;
  return tables_[static_cast<size_t>(kind)]->wordsOf(tableBefore, table, layer.inputs[0], device);
}

void addExchange(partition::Stream::Ends &ends, const ElasticProblem &elastic, int kind,
                 const ir::Model &model, ir::StreamId stream, llvm::ArrayRef<ir::LayerId> readers, int hosts,
                 llvm::function_ref<int64_t(const ir::Stream &)> linkFs,
                 llvm::function_ref<int64_t(const ir::Stream &)> hostFs) {
  const partition::Kind &team = elastic.problem.kind(kind);
  const TeamCut *cut = elastic.cuts[static_cast<size_t>(kind)].get();
  const ir::Stream &whole = model.stream(stream);
  if (!cut) { // a host's time is shared by the members it feeds
    ends.receiveFs = linkFs(whole);
    ends.hostFs = hostFs(whole) * ((team.members + hosts - 1) / hosts);
    return;
  }
  ir::Stream read = whole;
  auto box = cut->largestRead(model, stream, readers);
  if (!box)
    llvm::consumeError(box.takeError());
  else if (*box)
    read.shape = (*box)->shape();
  const int64_t all = linkFs(whole);
  ends.receiveFs = std::max(linkFs(read), (all + team.members - 1) / team.members);
  ends.hostFs = readers.empty() || !box || !*box ? hostFs(whole) : hostFs(read);
  const auto exchange = [&](partition::Stream::Exchange &to, bool isPartial) {
    const TeamCut::Traffic traffic = cut->traffic(stream, isPartial);
    for (const ir::Stream *own : traffic.in)
      to.inFs += linkFs(*own), add(to.needs, ends.receive);
    for (const ir::Stream *own : traffic.out)
      to.outFs += linkFs(*own), add(to.needs, ends.send);
  };
  exchange(ends.made, true);
  exchange(readers.empty() ? ends.made : ends.inside, false); // or it is gathered for the host
}

} // namespace braid::plan
