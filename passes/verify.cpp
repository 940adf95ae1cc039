// Checks between passes: a broken model is a fault of ours, found where it was made.
#include "passes.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::pass {

llvm::Error verifySource(Design &design) { return ir::verify(design.source); }

llvm::Error verifyTyped(Design &design) {
  if (llvm::Error error = ir::verify(design.typed))
    return error;
  BRAID_CHECK(design.typed.isTyped(), "typing left a float stream");
  BRAID_CHECK(design.typed.layers.size() == design.source.layers.size(),
              "source and typed models differ in layers");
  return llvm::Error::success();
}

llvm::Error verifyPlan(Design &design) {
  if (llvm::Error error = plan::verifyPlan(design.split.model, design.cluster, design.split.plan,
                                           *design.costs, design.options))
    return error;
  auto evaluation =
      plan::evaluate(design.split.model, design.cluster, design.split.plan, *design.costs, design.options);
  if (!evaluation)
    return evaluation.takeError();
  design.evaluation = std::move(*evaluation);
  return llvm::Error::success();
}

} // namespace braid::pass
