// What to compute: layers, streams, types, weights. Knows nothing of hardware and of file formats.
#pragma once

#include "braid/ir/ops.h"
#include "braid/num/data_type.h"

#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace braid::ir {

enum class StreamId : int32_t { None = -1 };
enum class LayerId : int32_t { None = -1 };
constexpr size_t index(StreamId id) { return static_cast<size_t>(id); }
constexpr size_t index(LayerId id) { return static_cast<size_t>(id); }

/// A tensor between layers: one frame (no batch), channels last: [C], [W, C] is written [1, W, C], [H, W, C].
struct Stream {
  std::string name; ///< ONNX name of the tensor, or made from one; unique in its model.
  Shape shape;
  num::DataType type;               ///< float32 in a source model.
  LayerId producer = LayerId::None; ///< None for inputs of the model.
  /// Of a streamlined model: the real number of the ONNX tensor of this name is scale * integer + bias, one
  /// for all or one per channel; empty where no tensor of the file has these numbers.
  std::vector<double> realScale, realBias;
};

struct Layer {
  LayerId id = LayerId::None; ///< Its place in Model::layers.
  std::string name;           ///< Unique in its model; from the ONNX node, any text.
  Op op;
  llvm::SmallVector<StreamId, 2> inputs;
  StreamId output = StreamId::None; ///< None only for Send.
  std::vector<std::string> nodes;   ///< Names of the ONNX nodes it stands for.
  /// In a partition: the layer of the whole model it realises. None where realising made it.
  LayerId origin = LayerId::None;
};

/// An end of the model and how its frames stand in the ONNX file.
struct Port {
  StreamId stream = StreamId::None;
  std::string name; ///< ONNX name of the graph input or output.
  Shape onnxShape;  ///< Without the batch.
  /// Transposing the ONNX tensor (batch dropped) by perm gives the stream's elements in order, whatever ones
  /// their shapes have more or less; e.g. [C, H, W] with {1, 2, 0} for a stream [H, W, C]. Empty: identity.
  llvm::SmallVector<int64_t, 4> perm;
  /// What the host computes between the ONNX tensor (permuted) and the stream, in double precision: element
  /// by element, or Softmax. Of an input the last is a Quantize, whose level is the stream's number; an
  /// output's first reads that number. Empty: none but the cast to or from the stream's type.
  std::vector<Op> host;
};

/// Layers in topological order: a layer's inputs are model inputs or outputs of layers before it.
struct Model {
  std::string name;
  std::vector<Layer> layers;
  std::vector<Stream> streams;
  std::vector<Port> inputs, outputs;
  /// Streamlined: every stream and weight is a whole number, and typing finds the types that hold them.
  bool isInteger = false;

  const Stream &stream(StreamId id) const { return streams[index(id)]; }
  Stream &stream(StreamId id) { return streams[index(id)]; }
  const Layer &layer(LayerId id) const { return layers[index(id)]; }
  Layer &layer(LayerId id) { return layers[index(id)]; }

  /// Appends a stream, or a layer and sets its id and its output's producer.
  StreamId addStream(std::string name, Shape shape, num::DataType type = {});
  LayerId addLayer(Layer layer);
  bool isTyped() const;
};

/// For each stream, the layers that read it, in order; a layer that reads it twice stands twice.
std::vector<llvm::SmallVector<LayerId, 2>> readersOf(const Model &model);

/// Layers put in topological order (ties by their present order), dead layers and streams dropped, ids
/// renumbered.
void compact(Model &model);

/// Output shape of an op for these input shapes. Fails with what does not fit.
llvm::Expected<Shape> inferShape(const Op &op, llvm::ArrayRef<Shape> inputs);

/// Multiply-accumulates, and weights and biases stored, of a layer.
int64_t macs(const Model &model, const Layer &layer);
int64_t parameters(const Layer &layer);

/// Checks everything the struct promises: order, ids, shapes, types (a typed model must be typed throughout).
llvm::Error verify(const Model &model);

/// One line per stream and layer, weights as shape, range and hash; for people and for golden tests.
std::string print(const Model &model);

} // namespace braid::ir
