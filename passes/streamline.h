// The state of streamlining: a walk over the source model that keeps, for every stream, an integer tensor and
// the function of each channel that makes the real numbers of it.
#pragma once

#include "chain.h"
#include "ladder.h"
#include "passes.h"

#include <set>

namespace braid::pass {

/// A stream of the source model in terms of the integer model under construction: real = chain(integers).
struct Rep {
  ir::StreamId stream = ir::StreamId::None; ///< Of the integer model
  Chain chain;
  Interval range;      ///< Of the integers
  bool isHost = false; ///< Not quantised yet: the chain starts at the real numbers of a model input,
  ir::StreamId input = ir::StreamId::None; ///< whose stream this is
  std::vector<ir::Op> tail; ///< What the host computes after the chain (Softmax): nothing else may read it
  std::vector<std::string> nodes; ///< ONNX nodes whose work is in the chain
};

class Streamliner {
public:
  Streamliner(const ir::Model &source, const Precision &precision)
      : source_(source), precision_(precision), reps_(source.streams.size()) {}

  /// The integer model, or everything that stands in its way.
  llvm::Expected<ir::Model> run();
  /// What the user should know of it.
  const std::vector<std::string> &notes() const { return notes_; }

private:
  using Result = llvm::Expected<Rep>;

  llvm::Error visit(const ir::Layer &layer);
  Result lower(const ir::Layer &layer);

  // By kind of layer; streamline_linear.cpp, streamline_moves.cpp, streamline_joins.cpp.
  Result linear(const ir::Layer &layer, const ir::Weights &weights, const ir::Weights &bias,
                const ir::Conv *conv);
  Result pool(const ir::Layer &layer, ir::PoolKind kind, const ir::Window *window, bool countIncludePad);
  Result quantize(const ir::Layer &layer, const ir::Quantize &op);
  /// An input that the file does not quantise, brought to the type that the precision gives.
  Result quantisedByHost(const ir::Layer &layer, Rep in);
  Result hostLevels(const ir::Layer &layer, Rep in);
  Result binary(const ir::Layer &layer, const ir::Binary &op);
  Result concat(const ir::Layer &layer, const ir::Concat &op);
  Result argMax(const ir::Layer &layer);
  Result moved(const ir::Layer &layer);
  Result padded(const ir::Layer &layer, const ir::Pad &op);
  /// Channels that are read `count` at a time, every n-th as the same: each on one scale in all its places.
  Result folded(const ir::Layer &layer, Rep in, size_t count);

  const Rep &rep(const ir::Layer &layer, size_t i = 0) const { return *reps_[index(layer.inputs[i])]; }
  const ir::Shape &shapeOf(ir::StreamId sourceStream) const { return source_.stream(sourceStream).shape; }

  /// The input as integers times one scale plus one bias per channel; fails where it is not.
  Result affineInput(const ir::Layer &layer, size_t i);
  /// Quantisers and clips inside the chain computed, so that it is affine.
  Result integers(const ir::Layer &layer, Rep in);
  /// The quantisers alone; what follows the last stays in the chain.
  Result lastLevels(const ir::Layer &layer, Rep in);
  Result clipped(const ir::Layer &layer, Rep in);
  /// Channels in which the chain falls turned about.
  Result rising(const ir::Layer &layer, Rep in);
  /// The last quantiser of the chain and all before it as a layer that makes `name`.
  Result laddered(const ir::Layer &layer, Rep in, const std::string &name);
  /// The input times these factors plus these summands, per channel: nothing where that changes nothing.
  Rep scaled(const ir::Layer &layer, Rep in, std::vector<int64_t> factors, std::vector<int64_t> summands,
             const char *what);
  /// The integers of several inputs brought to one unit per channel.
  llvm::Expected<std::vector<Rep>> aligned(const ir::Layer &layer, std::vector<Rep> inputs,
                                           bool sameUnitForAll, bool sameBias);

  /// A layer of the integer model; its stream's name is made unique. `own` names the source layer.
  ir::StreamId emit(const ir::Layer &own, ir::Op op, llvm::ArrayRef<ir::StreamId> inputs, std::string stream,
                    std::string name, std::vector<std::string> nodes);
  /// Where inputs become levels and outputs real numbers.
  void noteEnds();
  llvm::Error finishOutputs();
  std::string uniqueLayer(std::string base);
  std::string uniqueStream(std::string base);

  const ir::Model &source_;
  const Precision &precision_;
  ir::Model out_;
  std::vector<std::optional<Rep>> reps_; ///< By source stream; none after a fault
  std::set<std::string> layerNames_, streamNames_;
  std::vector<bool> quantisedInputs_; ///< By model input
  Diagnostics found_;
  std::vector<std::string> notes_;
};

/// A fault at a layer of the source model.
llvm::Error faultAt(const ir::Layer &layer, std::string message);
/// The pieces of a chain as host steps.
std::vector<ir::Op> hostSteps(const Chain &chain);
/// Whether a product of an end of the range with the factors stays a stream's number.
bool fits(const Interval &range, const std::vector<int64_t> &factors);
/// Widest factor that brings a number to a common unit: 24 bits of a float32 scale, and room for their
/// exponents.
inline constexpr int kMostAlignBits = 40;
/// Widest integers that a stream may have; accumulators have room above.
inline constexpr int kMostStreamBits = 60;

} // namespace braid::pass
