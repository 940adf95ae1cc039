// Lookup tables of a typed model: ranges from the actual types, contents correctly rounded.
#pragma once

#include "braid/ir/ops.h"

namespace braid::pass {

/// The table of an activation (all of sigmoid and tanh, the negative side of elu and selu), empty for the
/// others: at most `most` entries over the part of the input's range where the output still changes.
ir::Table makeTable(const ir::Activation &op, const num::FixedType &in, const num::FixedType &out,
                    int64_t most);

/// Both tables of a softmax whose input has type `in`.
void makeSoftmaxTables(ir::Softmax &op, const num::FixedType &in, int64_t most);

} // namespace braid::pass
