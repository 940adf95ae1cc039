// One layer on one frame; weights aside (see linear.h).
#pragma once

#include "braid/ir/model.h"

#include "llvm/ADT/ArrayRef.h"

namespace braid::exec {

/// Float semantics: those of ONNX, in single precision.
void evaluate(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<const float *> in, float *out);

/// Typed semantics, exact: see README, "Numbers".
void evaluate(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<const int64_t *> in,
              int64_t *out);

} // namespace braid::exec
