// What a plan asks of a layer that it cannot have.
#pragma once

#include "braid/ir/model.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

namespace braid::plan {

inline llvm::Error layerFault(const ir::Layer &layer, std::string message,
                              std::vector<std::string> notes = {}) {
  return userError(ExitCode::BadInput, {.file = {},
                                        .node = printable(layer.name),
                                        .op = ir::kindName(layer.op),
                                        .message = std::move(message),
                                        .notes = std::move(notes)});
}

} // namespace braid::plan
