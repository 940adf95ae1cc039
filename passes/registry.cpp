// The one list of passes, in their default order.
#include "passes.h"

namespace braid::pass {

const std::vector<PassInfo> &allPasses() {
  using enum Fact;
  static const std::vector<PassInfo> passes = {
      {"verify-source", "check the imported float model", {}, {SourceVerified}, {}, verifySource},
      {"simplify",
       "drop layers that change nothing, join transposes and reshapes",
       {SourceVerified},
       {Simplified},
       {},
       simplify},
      {"fuse",
       "fold scales, biases and padding into the layers with weights beside them",
       {Simplified},
       {Fused},
       {},
       fuse},
      {"streamline",
       "turn a quantised model into one of integers: scales, biases, activations and quantisers become steps",
       {Fused},
       {Streamlined},
       {},
       streamline},
      {"type",
       "give every stream, weight, accumulator and table its fixed-point type",
       {Streamlined},
       {Typed},
       {},
       type},
      {"verify-typed", "check the typed model", {Typed}, {}, {}, verifyTyped},
      {"partition",
       "choose an implementation and an FPGA for every layer",
       {Typed},
       {Planned},
       {},
       partition},
      {"split-layers",
       "rewrite the models so that every slice is a layer of its own",
       {Planned},
       {Split},
       {},
       splitLayers},
      {"verify-plan",
       "recompute every number of the plan and check every budget",
       {Split},
       {},
       {},
       verifyPlan},
      {"realise",
       "rewrite the split models into one sub-model per FPGA and stage",
       {Split},
       {Realised},
       {},
       realise},
  };
  return passes;
}

} // namespace braid::pass
