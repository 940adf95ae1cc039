// Chooses implementations and FPGAs by a solver or a plan file, and rewrites the models by the plan.
#include "passes.h"

#include "braid/plan/constraints.h"
#include "braid/plan/folding_file.h"
#include "braid/plan/near_file.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::pass {
namespace {

llvm::Expected<plan::Plan> fromFile(const Design &design) {
  auto text = llvm::MemoryBuffer::getFile(design.planFile);
  if (!text)
    return badInput(design.planFile, "cannot be read: " + text.getError().message());
  if (llvm::Error error = plan::checkConstraints(design.typed, design.cluster, design.options))
    return error;
  auto plan = plan::planFromJson((*text)->getBuffer(), design.planFile, design.typed, design.cluster);
  if (!plan)
    return plan;
  if (plan->style != design.options.style)
    return badUsage(fmt::format("{}: the plan is of the {} style; --backend {} would work with it",
                                printable(design.planFile), kernel::name(plan->style),
                                kernel::name(plan->style)));
  auto complete = plan::complete(design.typed, std::move(*plan));
  if (!complete)
    return inFile(complete.takeError(), design.planFile);
  auto split = plan::splitLayers(design.typed, *complete);
  if (!split)
    return inFile(split.takeError(), design.planFile);
  if (llvm::Error error = plan::checkReplicas(design.cluster, split->plan, ExitCode::BadInput))
    return inFile(std::move(error), design.planFile);
  if (llvm::Error error = plan::checkLinks(split->model, design.cluster, split->plan, ExitCode::BadInput))
    return inFile(std::move(error), design.planFile);
  if (llvm::Error error = plan::checkPlaces(design.typed, design.cluster, *complete, design.options))
    return inFile(std::move(error), design.planFile);
  return plan::chooseImplementations(design.typed, design.cluster, *design.costs, design.options,
                                     std::move(*complete));
}

} // namespace

llvm::Error partition(Design &design) {
  if (design.options.style == kernel::Style::Finn && !design.typed.isInteger)
    return badInput("", "the FINN style computes with whole numbers only, and this network is not quantised; "
                        "the hls4ml style takes it");
  if (!design.foldingFile.empty())
    if (llvm::Error error =
            plan::readFoldingFile(design.foldingFile, design.typed, design.options, design.notes))
      return error;
  if (!design.nearFile.empty()) {
    auto earlier = plan::readEarlier(design.nearFile, design.typed, design.cluster, design.options.style);
    if (!earlier)
      return earlier.takeError();
    design.options.near = std::move(*earlier);
  }
  plan::Proof proof;
  auto plan = design.planFile.empty() ? plan::solveWithin(design.typed, design.cluster, *design.costs,
                                                          design.options, design.notes, &proof)
                                      : fromFile(design);
  if (!plan)
    return plan.takeError();
  design.plan = std::move(*plan);
  if (proof.isThere())
    design.proof = std::move(proof);
  if (design.options.near) {
    const std::vector<std::string> kept = plan::keptFpgas(*design.options.near, design.plan, design.cluster);
    design.notes.push_back(
        kept.empty() ? "no FPGA stays as the earlier plan has it"
                     : fmt::format("{} of {} FPGAs stay as the earlier plan has them: {}", kept.size(),
                                   design.options.near->plan.usedFpgas().size(), fmt::join(kept, ", ")));
  }
  return llvm::Error::success();
}

llvm::Error splitLayers(Design &design) {
  auto split = plan::splitLayers(design.typed, design.plan);
  if (!split)
    return split.takeError();
  auto source = plan::splitLayers(design.source, design.plan);
  if (!source)
    return source.takeError();
  design.split = std::move(*split);
  design.sourceSplit = std::move(*source);
  BRAID_CHECK(design.split.model.layers.size() == design.sourceSplit.model.layers.size(),
              "source and typed models are split differently");
  return ir::verify(design.split.model);
}

llvm::Error realise(Design &design) {
  design.partitions = plan::realise(design.split.model, design.split.plan);
  design.sourcePartitions = plan::realise(design.sourceSplit.model, design.sourceSplit.plan);
  for (const plan::Partition &part : design.partitions)
    if (llvm::Error error = ir::verify(part.model))
      return error;
  return llvm::Error::success();
}

} // namespace braid::pass
