// A pass is a function over a Design plus a row that says what it needs and gives.
#pragma once

#include "braid/plan/evaluate.h"
#include "braid/plan/realise.h"
#include "braid/plan/solve.h"
#include "braid/plan/split.h"

#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid::pass {

/// How a float model becomes a typed one.
struct Precision {
  num::FixedType base = num::signedFixed(16, 6); ///< Streams, weights and parameters
  /// How weights and constants are brought to their type (casts inside the hardware follow the type itself).
  num::Rounding weightRounding = num::Rounding::RndConv;
  num::Overflow weightOverflow = num::Overflow::Sat;
  struct Layer {
    std::optional<num::FixedType> result, weight, bias, accum, param;
  };
  std::map<std::string, Layer> layers;          ///< By layer name
  std::map<std::string, num::FixedType> inputs; ///< By ONNX input name
  int64_t tableSize = 2048;                     ///< Most entries of a lookup table
  bool widenAccum = false; ///< Accumulators given for layers that could overflow, or round what they add, are
                           ///< replaced by those that typing would have chosen
};

/// Reads per-layer overrides: {"layers": {"conv1": {"result": "ap_fixed<16,6>", ...}}, "inputs": {...},
/// "table_size": n}.
llvm::Error readPrecisionFile(const std::string &path, Precision &precision);

/// The three things and what is derived from them; passes carry it from ONNX to plan.
struct Design {
  /// What the file computes, in float: the source model before streamlining.
  const ir::Model &floatModel() const { return source.isInteger ? imported : source; }

  ir::Model imported; ///< The source model before streamlining; empty where nothing is quantised
  ir::Model source;   ///< Float (or whole numbers, see ir::Model::isInteger); layer for layer the typed model
  ir::Model typed;
  device::Cluster cluster;
  plan::Plan plan;
  plan::SplitModel split;       ///< The typed model by the plan, a layer for every slice: what is built
  plan::SplitModel sourceSplit; ///< The source model likewise
  std::vector<plan::Partition> partitions;       ///< Of the split model
  std::vector<plan::Partition> sourcePartitions; ///< Of the split source model
  std::optional<plan::Evaluation> evaluation;
  std::optional<plan::Proof> proof; ///< Of the plan, where the solver leaves one

  Precision precision;
  plan::Options options;
  std::string planFile;    ///< A plan to take instead of solving; empty: solve
  std::string foldingFile; ///< FINN style: given foldings, in FINN's schema
  std::string nearFile;    ///< An earlier plan to stay near to
  std::shared_ptr<const cost::CostModel> costs;
  std::vector<std::string> notes; ///< What the user should know: assumptions, approximations
};

/// What holds of a design between passes.
enum class Fact : uint8_t { SourceVerified, Simplified, Fused, Streamlined, Typed, Planned, Split, Realised };
const char *name(Fact fact);

struct PassInfo {
  const char *name;
  const char *summary;
  std::vector<Fact> needs, gives, drops;
  llvm::Error (*run)(Design &design);
};

/// All passes in their default order (passes/registry.cpp).
const std::vector<PassInfo> &allPasses();

struct Pipeline {
  std::vector<std::string> names; ///< Empty: all, in order
  std::string printAfter;         ///< A pass name or `all`
  std::string stopAfter;
  std::function<void(llvm::StringRef pass, const Design &)>
      observe; ///< Called after each pass that is to be printed
  std::function<void(llvm::StringRef pass, double seconds)> timed; ///< Called after each pass, if set
};

/// Checks names and facts of the whole list before anything runs, then runs it.
llvm::Error runPasses(Design &design, const Pipeline &pipeline);

/// The models of a design as text, for --print-after and golden tests.
std::string print(const Design &design);

} // namespace braid::pass
