// Slices of layers as boxes of their streams: what each reads, makes and computes. Pure geometry; no
// hardware.
#pragma once

#include "braid/ir/model.h"
#include "braid/kernel/kernel.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <tuple>

namespace braid::plan {

/// The elements [begin, end) of a stream, by dimension.
struct Box {
  ir::Shape begin, end;

  int64_t elements() const;
  ir::Shape shape() const;
  bool operator==(const Box &other) const { return begin == other.begin && end == other.end; }
  bool operator<(const Box &other) const { return std::tie(begin, end) < std::tie(other.begin, other.end); }
};
Box wholeBox(llvm::ArrayRef<int64_t> shape);
std::optional<Box> intersection(const Box &a, const Box &b);
/// The smallest box that holds both.
Box hull(const Box &a, const Box &b);
/// `[0:4, 0:28, 8:16]`
std::string toString(const Box &box);

/// Along what a layer can be cut, and in which steps.
struct Cuts {
  bool neurons = false, inputs = false, rows = false;
  int64_t neuronStep = 1; ///< Neurons of a group stay together
};
Cuts cutsOf(const ir::Model &model, const ir::Layer &layer);

/// `neurons [0, 8) of 16, inputs [0, 4) of 8`: what differs from the whole layer; `all` of it.
std::string describe(const ir::Model &model, const ir::Layer &layer, const kernel::Slice &slice);

/// Whether a slice makes partial sums: not all inputs of its neurons.
bool isPartial(const ir::Model &model, const ir::Layer &layer, const kernel::Slice &slice);

/// What a slice makes of the layer's output.
Box outputBox(const ir::Model &model, const ir::Layer &layer, const kernel::Slice &slice);

/// What a slice reads of input i; nothing where it reads none of it (a part of a concat). Fails, naming the
/// layer, where the slice is none the layer can have.
llvm::Expected<std::optional<Box>> inputBox(const ir::Model &model, const ir::Layer &layer,
                                            const kernel::Slice &slice, size_t i);

/// The slice as an op of its own, which reads inputBox of each input. Weights are shared, not copied. A slice
/// that makes partial sums has no bias: that is added after the sum.
ir::Op slicedOp(const ir::Model &model, const ir::Layer &layer, const kernel::Slice &slice);

/// Fails, naming the layer and the slice, unless the slices are legal and tile the layer: each element of its
/// matrix, for each row of positions, in exactly one.
llvm::Error checkTiling(const ir::Model &model, const ir::Layer &layer, llvm::ArrayRef<kernel::Slice> slices);

/// The slice of a layer without weights that makes what can be made of a box of its only, or first, input:
/// how layers follow slices without gathering. Nothing where it must have more.
std::optional<kernel::Slice> followingSlice(const ir::Model &model, const ir::Layer &layer, const Box &input);

} // namespace braid::plan
