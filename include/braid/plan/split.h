// The whole model rewritten by a plan so that every slice is a layer of its own, with the sums, crops and
// concats that join them. What comes out is a model and a plan of whole layers: crossings, costs, partitions
// and backends know no slices.
#pragma once

#include "braid/plan/plan.h"
#include "braid/plan/slices.h"

namespace braid::plan {

/// What a layer of the split model stands for.
struct LayerOrigin {
  enum class Role : uint8_t { Slice, Sum, Crop, Concat };
  Role role = Role::Slice;
  ir::LayerId layer = ir::LayerId::None; ///< Of the whole model: whose slice, or whose output is joined or
                                         ///< cut. None: an input is cut.
  kernel::Slice slice;                   ///< Of slices and sums
};

/// What a stream of the split model carries.
struct StreamOrigin {
  ir::StreamId stream = ir::StreamId::None; ///< Of the whole model
  Box box;
  std::optional<kernel::Slice> partial; ///< Partial sums: of these inputs of the producer
};

struct SplitModel {
  ir::Model model;                   ///< Its inputs are boxes of the whole model's: the host cuts them
  Plan plan;                         ///< Of whole layers
  std::vector<LayerOrigin> layers;   ///< By layer of `model`
  std::vector<StreamOrigin> streams; ///< By stream of `model`
  std::vector<int> inputs;           ///< By input of `model`: the whole model's input it is cut from
};

/// Works on the source and on the typed model alike, with the same layer and stream ids. Weights are shared.
/// The plan must be complete (see complete). Fails, naming the layer, where a cut cannot be exact.
llvm::Expected<SplitModel> splitLayers(const ir::Model &model, const Plan &plan);

/// A plan in which every layer is placed: layers without weights that it does not place follow the slices of
/// what they read where nothing need be gathered for that, and stand where the fewest bits move where it
/// must; sums stand with the last of their parts, outputs are gathered where most of them is.
llvm::Expected<Plan> complete(const ir::Model &model, Plan plan);

} // namespace braid::plan
