// Lazy layouts: an ONNX value is a stream plus a note which ONNX axis each of the stream's dimensions is.
//
// Moving axes about (Transpose, Squeeze, Unsqueeze, most Reshapes) changes the note and costs nothing. Only a
// layer that needs a certain order (a convolution wants [H, W, C]) turns the note into a layer, and only
// where it must.
#pragma once

#include "graph.h"
#include "shapes.h"

#include "braid/ir/model.h"

#include "llvm/ADT/StringMap.h"

#include <map>

namespace braid::frontend {

/// By dimension of a stream: its ONNX axis, or kNoAxis for a dimension of 1 that stands for none.
/// ONNX axes that no dimension names are 1.
using Axes = llvm::SmallVector<int64_t, 4>;
inline constexpr int64_t kNoAxis = -1;

/// What became of an ONNX value: a constant, or a stream and its layout.
struct Lowered {
  std::optional<Tensor> constant;
  ir::StreamId stream = ir::StreamId::None;
  ElementType type = ElementType::Float;
  Shape shape; ///< As in ONNX, with a batch of 1.
  Axes axes;
  /// What dimension 0 was in the file if it is a batch: 1 (also where symbolic) or more. 0: it is no batch.
  int64_t batch = 0;

  bool isKnown() const { return constant || stream != ir::StreamId::None; }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
};

/// Axes above 1 in stream order.
Axes wideAxes(const Lowered &value);
/// The layout [.., C] that convolutions and pools want for an ONNX value [N, C], [N, C, W] or [N, C, H, W].
Axes channelsLast(int64_t rank);
/// A layout with these axes in this order, filled up to [1, a, b] where there are two.
Axes layoutOf(llvm::ArrayRef<int64_t> axes);
/// The layout in ONNX order without ones.
Axes rowMajorLayout(llvm::ArrayRef<int64_t> shape);
/// Shape of a stream with this layout.
Shape streamShape(const Lowered &value, llvm::ArrayRef<int64_t> axes);

/// The value with its axes permuted as by ONNX's Transpose.
llvm::Expected<Lowered> transposedView(const Lowered &value, llvm::ArrayRef<int64_t> perm);
/// The value with ones added in front up to `rank`.
Lowered widenedView(const Lowered &value, int64_t rank);

/// Collects layers and streams; gives them unique names.
class Builder {
public:
  /// The names of all ONNX values are taken: a stream has its value's name, invented names stay clear of
  /// them.
  explicit Builder(const Graph &graph);

  /// Appends a layer that stands for `node` and makes the ONNX value `outputName`; or one that was invented
  /// on the way there, whose stream's name is made from `outputName`.
  llvm::Expected<ir::StreamId> emit(const Node &node, ir::Op op, llvm::ArrayRef<ir::StreamId> inputs,
                                    llvm::StringRef outputName, bool invented = false);
  /// The value's stream in another layout, by a Transpose, a Reshape, both or nothing.
  llvm::Expected<ir::StreamId> inLayout(const Node &node, const Lowered &value, llvm::ArrayRef<int64_t> axes);
  /// The stream under another shape of the same elements; a new one is called `name`, if that is given.
  llvm::Expected<ir::StreamId> reshaped(const Node &node, ir::StreamId stream, const Shape &shape,
                                        llvm::StringRef name = {});
  llvm::Expected<ir::StreamId> transposed(const Node &node, ir::StreamId stream,
                                          llvm::ArrayRef<int64_t> perm);
  /// The value after ONNX's Reshape to `shape` (of as many elements).
  llvm::Expected<Lowered> reshapedView(const Node &node, const Lowered &value, const Shape &shape,
                                       llvm::StringRef name = {});

  std::string uniqueStreamName(llvm::StringRef base);
  std::string uniqueLayerName(llvm::StringRef base);

  ir::Model model;

private:
  /// Conversions already made, so that two readers share one.
  std::map<std::pair<ir::StreamId, std::vector<int64_t>>, ir::StreamId> reshapes_, transposes_;
  llvm::StringMap<int> streamNames_, layerNames_;
};

} // namespace braid::frontend
