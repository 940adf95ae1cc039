// Runs a model: float streams in single precision, typed streams bit for bit.
#pragma once

#include "braid/ir/model.h"

#include <functional>
#include <map>
#include <memory>
#include <variant>
#include <vector>

namespace braid::exec {

/// Values of one stream for a number of frames, [frames][elements]: reals, or mantissas of the stream's type.
using Reals = std::vector<float>;
using Mantissas = std::vector<int64_t>;
struct Batch {
  int64_t frames = 0;
  std::variant<Reals, Mantissas> values;

  const Reals &reals() const { return std::get<Reals>(values); }
  const Mantissas &mantissas() const { return std::get<Mantissas>(values); }
};

/// Casts reals to mantissas of a type, and back.
Batch quantise(const Batch &reals, const num::FixedType &type);
Batch toReals(const Batch &mantissas, const num::FixedType &type);

/// What the host does at the ends of a typed model: reals (stream order) to the numbers of an input, and the
/// numbers of an output to reals, by Port::host or, without it, by a cast.
Batch fromHost(const ir::Model &model, const ir::Port &port, const Batch &reals);
Batch toHost(const ir::Model &model, const ir::Port &port, const Batch &mantissas);
/// Reals that the host brings to these levels, as nearly as its steps can be undone: for frames of noise.
Batch fromLevels(const ir::Model &model, const ir::Port &port, const Batch &levels);

/// Frames in the ONNX order of elements to the order of the stream, and back.
Batch fromOnnxOrder(const ir::Model &model, const ir::Port &port, Batch batch);
Batch toOnnxOrder(const ir::Model &model, const ir::Port &port, Batch batch);

/// Frames `first`, `first` + n, ... of a batch.
Batch everyNth(const Batch &batch, int64_t first, int64_t n);
/// The box [begin, end) of every frame of a stream of this shape.
Batch cropped(const Batch &batch, const ir::Shape &shape, const ir::Crop &box);

/// Values by stream.
using StreamValues = std::map<ir::StreamId, Batch>;

/// A prepared model: weights packed once, then run on any number of frames by all threads.
class Interpreter {
public:
  /// The model must outlive the interpreter and pass ir::verify.
  explicit Interpreter(const ir::Model &model);
  ~Interpreter();

  /// Runs on the inputs (one batch per model input, in order; all with the same frames). Receive layers take
  /// their values from `received`. Returns the model's outputs, and all streams in `keep`.
  StreamValues run(const std::vector<Batch> &inputs, const std::vector<ir::StreamId> &keep = {},
                   const std::map<int32_t, Batch> &received = {}) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace braid::exec
