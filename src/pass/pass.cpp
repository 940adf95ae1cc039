#include "braid/pass/pass.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace braid::pass {

const char *name(Fact fact) {
  switch (fact) {
  case Fact::SourceVerified:
    return "source-verified";
  case Fact::Simplified:
    return "simplified";
  case Fact::Fused:
    return "fused";
  case Fact::Streamlined:
    return "streamlined";
  case Fact::Typed:
    return "typed";
  case Fact::Planned:
    return "planned";
  case Fact::Split:
    return "split";
  case Fact::Realised:
    return "realised";
  }
  BRAID_CHECK(false, "unknown fact");
}

namespace {

llvm::Expected<std::vector<const PassInfo *>> listOf(const Pipeline &pipeline) {
  std::vector<std::string> known;
  for (const PassInfo &info : allPasses())
    known.emplace_back(info.name);
  auto find = [&](const std::string &wanted) -> llvm::Expected<const PassInfo *> {
    for (const PassInfo &info : allPasses())
      if (wanted == info.name)
        return &info;
    return badUsage(fmt::format("no pass is named '{}'{}", wanted, suggestion(wanted, known)));
  };
  std::vector<const PassInfo *> list;
  for (const std::string &wanted : pipeline.names.empty() ? known : pipeline.names) {
    auto info = find(wanted);
    if (!info)
      return info.takeError();
    list.push_back(*info);
  }
  for (const std::string &wanted : {pipeline.printAfter, pipeline.stopAfter})
    if (!wanted.empty() && wanted != "all")
      if (auto info = find(wanted); !info)
        return info.takeError();
  return list;
}

llvm::Error checkFacts(const std::vector<const PassInfo *> &list) {
  std::set<Fact> held;
  for (const PassInfo *info : list) {
    for (Fact fact : info->needs)
      if (!held.count(fact))
        return badUsage(fmt::format("pass '{}' needs a {} design; no pass before it in the list gives that",
                                    info->name, name(fact)));
    for (Fact fact : info->drops)
      held.erase(fact);
    held.insert(info->gives.begin(), info->gives.end());
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error runPasses(Design &design, const Pipeline &pipeline) {
  auto list = listOf(pipeline);
  if (!list)
    return list.takeError();
  if (llvm::Error error = checkFacts(*list))
    return error;
  for (const PassInfo *info : *list) {
    const auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = info->run(design))
      return error;
    if (pipeline.timed)
      pipeline.timed(info->name,
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (pipeline.observe && (pipeline.printAfter == "all" || pipeline.printAfter == info->name))
      pipeline.observe(info->name, design);
    if (pipeline.stopAfter == info->name)
      break;
  }
  return llvm::Error::success();
}

std::string print(const Design &design) {
  std::string out = "source " + ir::print(design.source);
  if (!design.typed.layers.empty())
    out += "typed " + ir::print(design.typed);
  for (const plan::Partition &partition : design.partitions)
    out += fmt::format("{}{} {}", design.cluster.fpgas[static_cast<size_t>(partition.fpga)].name,
                       partition.stage ? fmt::format(" stage {}", partition.stage) : "",
                       ir::print(partition.model));
  return out;
}

} // namespace braid::pass
