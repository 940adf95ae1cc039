// A partition is a model: a model of whole layers rewritten by its plan into one sub-model per part.
#pragma once

#include "braid/plan/plan.h"

namespace braid::plan {

struct Partition {
  int fpga = 0;
  int stage = 0;
  ir::Model model; ///< Layers carry their origin; Send and Receive stand at the crossings.
};

/// One sub-model per part (a stage of an FPGA), in an order in which every crossing is sent before it is
/// received. Works on the source and on the typed model alike (they have the same layer and stream ids).
/// Weights are shared, not copied.
std::vector<Partition> realise(const ir::Model &model, const Plan &plan);

/// The partition with its crossings as plain inputs and outputs, for writing it as an ONNX file of its own.
ir::Model withPlainPorts(const ir::Model &partition);

} // namespace braid::plan
