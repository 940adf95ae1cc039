// Chooses implementations and FPGAs by the solver, and rewrites the models by its plan.
#include "passes.h"

#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include "llvm/Support/MemoryBuffer.h"

namespace braid::pass {

llvm::Error partition(Design &design) {
  auto solve = [&]() -> llvm::Expected<plan::Plan> {
    if (design.planFile.empty())
      return plan::solveChain(design.typed, design.cluster, *design.costs, design.options);
    auto text = llvm::MemoryBuffer::getFile(design.planFile);
    if (!text)
      return badInput(design.planFile, "cannot be read: " + text.getError().message());
    return plan::planFromJson((*text)->getBuffer(), design.planFile, design.typed, design.cluster);
  };
  auto plan = solve();
  if (!plan)
    return plan.takeError();
  design.plan = std::move(*plan);
  return llvm::Error::success();
}

llvm::Error realise(Design &design) {
  design.partitions = plan::realise(design.typed, design.plan);
  design.sourcePartitions = plan::realise(design.source, design.plan);
  for (const plan::Partition &part : design.partitions)
    if (llvm::Error error = ir::verify(part.model))
      return error;
  return llvm::Error::success();
}

} // namespace braid::pass
