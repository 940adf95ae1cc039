// What no layer reads, is not computed and not sent: plans are made for the rest.
#pragma once

#include "braid/ir/model.h"

#include "llvm/Support/Error.h"

namespace braid::plan {

/// The model as splitLayers() makes its layers, each whole: without padding that no window reads, and with
/// inputs cut to what their only reader reads. Layers and streams keep their numbers; where a stream between
/// two layers would have to be cut, its reader stays as it is.
llvm::Expected<ir::Model> trimmed(const ir::Model &model);

} // namespace braid::plan
