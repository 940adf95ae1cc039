// Lowering of ONNX nodes to layers: what a rule gets, and the table of rules.
#pragma once

#include "attributes.h"
#include "layout.h"

namespace braid::frontend {

/// One node to lower. A rule reads inputs and attributes and sets outputs; it fails with fault().
struct OpContext {
  Builder &builder;
  const Node &node;
  int64_t opset;
  std::vector<const Lowered *> inputs;  ///< Null where left out.
  std::vector<std::string> outputNames; ///< ONNX names
  Attributes attributes;
  std::vector<Lowered> outputs; ///< To be set; one that stays unknown must not be read by anyone.

  const Lowered *input(size_t i) const { return i < inputs.size() ? inputs[i] : nullptr; }
  /// Null if left out or no constant.
  const Tensor *constant(size_t i) const;
  /// The first input: a stream of floats, or of the integers that quantised networks compute with.
  llvm::Expected<const Lowered *> stream(size_t i = 0) const;
  /// A stream of any numbers, for nodes that only move or compare them.
  llvm::Expected<const Lowered *> anyStream(size_t i = 0) const;
  /// A constant of floats, e.g. `weights`; fails if it comes at run time.
  llvm::Expected<const Tensor *> parameter(size_t i, llvm::StringRef what) const;
  /// Integers that are an attribute in old opsets and a constant input in new ones; empty if in neither.
  llvm::Expected<std::vector<int64_t>> attributeOrConstant(const char *name, size_t i);

  /// Sets the output to the only stream of a layer that leaves shape and layout as they are.
  llvm::Error emitSame(const Lowered &in, ir::Op op);
  /// A layer over one input stream that gives this node's output.
  llvm::Expected<ir::StreamId> emit(ir::Op op, llvm::ArrayRef<ir::StreamId> in);
  /// A layer whose stream is an intermediate result, named after the output.
  llvm::Expected<ir::StreamId> emitPart(ir::Op op, llvm::ArrayRef<ir::StreamId> in, llvm::StringRef suffix);
};

using Lower = llvm::Error (*)(OpContext &);

struct LowerRule {
  const char *op;
  size_t fewest, most; ///< Inputs
  Lower lower;
};

// The rules, by file.
llvm::ArrayRef<LowerRule> linearRules();
llvm::ArrayRef<LowerRule> windowRules();
llvm::ArrayRef<LowerRule> transposedRules();
llvm::ArrayRef<LowerRule> poolRules();
llvm::ArrayRef<LowerRule> elementwiseRules();
llvm::ArrayRef<LowerRule> activationRules();
llvm::ArrayRef<LowerRule> shapeRules();
llvm::ArrayRef<LowerRule> resizeRules();
llvm::ArrayRef<LowerRule> quantiseRules();

/// Streams for the inputs of the graph, in the layouts that their first readers want.
struct InputStream {
  Lowered value;
  ir::Port port;
};
/// `leadingIsBatch`: whether dimension 0 of an input of rank 2 and above counts samples.
llvm::Expected<InputStream> lowerInput(const Graph &graph, ValueId input, bool leadingIsBatch,
                                       Builder &builder);
/// The end of the model at `value`, which must be a stream; `source` is the input that has the same stream,
/// if any.
llvm::Expected<ir::Port> lowerOutput(const Graph &graph, ValueId output, const Lowered &value,
                                     const Lowered *source, Builder &builder);

/// The whole graph as a verified source model.
llvm::Expected<ir::Model> lowerGraph(const Graph &graph);

/// y = x * scale + bias with constants that broadcast to the stream (either may be null): one Affine layer,
/// per channel where that suffices. Sets the output.
llvm::Error lowerAffine(OpContext &context, const Lowered &in, const Tensor *scale, const Tensor *bias);
/// A Binary layer over two streams, broadcast as ONNX says. Its stream has the output's name, or one made
/// from it and `part` if that is given.
llvm::Expected<Lowered> combineStreams(OpContext &context, ir::BinaryKind kind, const Lowered &a,
                                       const Lowered &b, llvm::StringRef part);
/// Reshape, Transpose, Reshape: how pixels become channels and back.
struct Rearrangement {
  Shape split;
  Axes perm;
  Shape joined;
};
/// The value after all three; what makes it is called `name`, if that is given.
llvm::Expected<Lowered> rearranged(OpContext &context, const Lowered &in, const Rearrangement &how,
                                   llvm::StringRef name);
/// Numbers of a constant times a factor; fails on NaN and infinities.
llvm::Expected<std::vector<float>> finiteFloats(const Tensor &tensor, llvm::StringRef what, float factor = 1);
llvm::Expected<std::vector<double>> finiteReals(const Tensor &tensor, llvm::StringRef what, float factor = 1);
/// The same as a vector for a layer; in double precision where the constant has it.
llvm::Expected<ir::Weights> finiteVector(const Tensor &tensor, llvm::StringRef what, float factor = 1);

/// Constants laid over a stream: the stream in the layout that needs the fewest of their numbers, and these,
/// each list one for all or one per channel; one per element where nothing less does.
struct Spread {
  Lowered in;
  bool perElement = false;
  std::vector<std::vector<double>> numbers; ///< By constant; of a null constant its `ifAbsent`
};
struct SpreadConstant {
  const Tensor *tensor = nullptr;
  const char *what = "";
  double ifAbsent = 0;
};
llvm::Expected<Spread> spreadOver(OpContext &context, const Lowered &value,
                                  llvm::ArrayRef<SpreadConstant> constants);

// Rewrites of the finished model, see cleanup.cpp.
void fuseBiases(ir::Model &model);
void sinkTransposes(ir::Model &model);

} // namespace braid::frontend
