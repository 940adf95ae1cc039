#include "braid/exec/interpreter.h"

#include "evaluate.h"
#include "linear.h"
#include "move.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/parallel.h"

#include <algorithm>
#include <set>

namespace braid::exec {

Batch quantise(const Batch &reals, const num::FixedType &type) {
  Mantissas out(reals.reals().size());
  std::transform(reals.reals().begin(), reals.reals().end(), out.begin(),
                 [&](float v) { return num::quantise(v, type); });
  return {reals.frames, std::move(out)};
}

Batch toReals(const Batch &mantissas, const num::FixedType &type) {
  Reals out(mantissas.mantissas().size());
  std::transform(mantissas.mantissas().begin(), mantissas.mantissas().end(), out.begin(),
                 [&](int64_t m) { return static_cast<float>(num::toDouble(m, type.fracBits())); });
  return {mantissas.frames, std::move(out)};
}

namespace {

template <class T>
std::vector<T> permuted(const std::vector<T> &values, int64_t frames, llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<int64_t> perm) {
  std::vector<T> out(values.size());
  const int64_t n = ir::elements(shape);
  for (int64_t f = 0; f < frames; ++f)
    transpose(values.data() + f * n, shape, perm, out.data() + f * n);
  return out;
}

Batch permuted(Batch batch, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> perm) {
  return std::visit(
      [&](const auto &values) -> Batch {
        return {batch.frames, permuted(values, batch.frames, shape, perm)};
      },
      batch.values);
}

} // namespace

Batch fromOnnxOrder(const ir::Model &, const ir::Port &port, Batch batch) {
  return port.perm.empty() ? batch : permuted(std::move(batch), port.onnxShape, port.perm);
}

Batch toOnnxOrder(const ir::Model &, const ir::Port &port, Batch batch) {
  if (port.perm.empty())
    return batch;
  llvm::SmallVector<int64_t, 4> shape, inverse(port.perm.size());
  for (size_t i = 0; i < port.perm.size(); ++i) {
    shape.push_back(port.onnxShape[static_cast<size_t>(port.perm[i])]);
    inverse[static_cast<size_t>(port.perm[i])] = static_cast<int64_t>(i);
  }
  return permuted(std::move(batch), shape, inverse);
}

Batch everyNth(const Batch &batch, int64_t first, int64_t n) {
  if (n == 1)
    return batch;
  return std::visit(
      [&](const auto &values) -> Batch {
        std::remove_cvref_t<decltype(values)> out;
        const int64_t size = batch.frames ? static_cast<int64_t>(values.size()) / batch.frames : 0;
        int64_t frames = 0;
        for (int64_t f = first; f < batch.frames; f += n, ++frames)
          out.insert(out.end(), values.begin() + f * size, values.begin() + (f + 1) * size);
        return {frames, std::move(out)};
      },
      batch.values);
}

Batch cropped(const Batch &batch, const ir::Shape &shape, const ir::Crop &box) {
  int64_t size = 1;
  for (size_t d = 0; d < shape.size(); ++d)
    size *= box.end[d] - box.begin[d];
  return std::visit(
      [&](const auto &values) -> Batch {
        std::remove_cvref_t<decltype(values)> out(static_cast<size_t>(batch.frames * size));
        for (int64_t f = 0; f < batch.frames; ++f)
          crop(values.data() + f * ir::elements(shape), shape, box, out.data() + f * size);
        return {batch.frames, std::move(out)};
      },
      batch.values);
}

struct Interpreter::Impl {
  const ir::Model &model;
  std::vector<std::unique_ptr<Linear>> linear; ///< By layer; null where it has no weights.
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers = ir::readersOf(model);

  template <class T>
  using Chunk = std::vector<std::vector<T>>; ///< By stream, [frames of the chunk][elements]

  template <class T> void runLayer(const ir::Layer &layer, int64_t frames, Chunk<T> &values) const {
    if (layer.output == ir::StreamId::None || std::holds_alternative<ir::Receive>(layer.op))
      return;
    const int64_t n = ir::elements(model.stream(layer.output).shape);
    std::vector<T> &out = values[index(layer.output)];
    out.resize(static_cast<size_t>(frames * n));
    if (const auto &weights = linear[index(layer.id)]) {
      weights->run(frames, values[index(layer.inputs[0])].data(), out.data());
      return;
    }
    llvm::SmallVector<const T *, 4> in(layer.inputs.size());
    for (int64_t f = 0; f < frames; ++f) {
      for (size_t i = 0; i < in.size(); ++i)
        in[i] = values[index(layer.inputs[i])].data() + f * ir::elements(model.stream(layer.inputs[i]).shape);
      evaluate(model, layer, in, out.data() + f * n);
    }
  }

  /// Runs frames [begin, end) and copies what is kept to its place in `kept`.
  template <class T>
  void runChunk(int64_t begin, int64_t end, const std::map<ir::StreamId, const Batch *> &given,
                std::map<ir::StreamId, Batch> &kept) const {
    Chunk<T> values(model.streams.size());
    std::vector<size_t> uses(model.streams.size());
    for (size_t s = 0; s < uses.size(); ++s)
      uses[s] = readers[s].size() + kept.count(static_cast<ir::StreamId>(s));
    for (const auto &[stream, batch] : given) {
      const auto &all = std::get<std::vector<T>>(batch->values);
      const int64_t n = ir::elements(model.stream(stream).shape);
      values[index(stream)].assign(all.begin() + begin * n, all.begin() + end * n);
    }
    for (const ir::Layer &layer : model.layers) {
      runLayer(layer, end - begin, values);
      for (ir::StreamId input : layer.inputs)
        if (--uses[index(input)] == 0)
          std::vector<T>().swap(values[index(input)]);
    }
    for (auto &[stream, batch] : kept) {
      const std::vector<T> &from = values[index(stream)];
      auto &to = std::get<std::vector<T>>(batch.values);
      std::copy(from.begin(), from.end(), to.begin() + begin * ir::elements(model.stream(stream).shape));
    }
  }
};

Interpreter::Interpreter(const ir::Model &model) : impl_(new Impl{model, {}}) {
  impl_->linear.resize(model.layers.size());
  parallelFor(static_cast<int64_t>(model.layers.size()), [&](int64_t i) {
    const ir::Layer &layer = model.layers[static_cast<size_t>(i)];
    if (ir::isLinear(layer.op))
      impl_->linear[static_cast<size_t>(i)] = makeLinear(model, layer);
  });
}

Interpreter::~Interpreter() = default;

StreamValues Interpreter::run(const std::vector<Batch> &inputs, const std::vector<ir::StreamId> &keep,
                              const std::map<int32_t, Batch> &received) const {
  const ir::Model &model = impl_->model;
  std::map<ir::StreamId, const Batch *> given;
  int64_t frames = 0;
  BRAID_CHECK(inputs.size() == model.inputs.size(), "one batch per model input");
  for (size_t i = 0; i < inputs.size(); ++i)
    given[model.inputs[i].stream] = &inputs[i];
  for (const ir::Layer &layer : model.layers)
    if (const auto *receive = std::get_if<ir::Receive>(&layer.op))
      given[layer.output] = &received.at(receive->crossing);
  for (const auto &[stream, batch] : given)
    frames = batch->frames;

  const bool typed = model.isTyped();
  StreamValues kept;
  auto hold = [&](ir::StreamId id) {
    const auto size = static_cast<size_t>(frames * ir::elements(model.stream(id).shape));
    kept[id] = typed ? Batch{frames, Mantissas(size)} : Batch{frames, Reals(size)};
  };
  for (const ir::Port &port : model.outputs)
    hold(port.stream);
  for (ir::StreamId id : keep)
    hold(id);

  // Chunks share packed weights between frames; their size does not change results.
  constexpr int64_t kFramesPerChunk = 8;
  const int64_t chunk = std::clamp<int64_t>(frames / std::max(1u, threads()), 1, kFramesPerChunk);
  parallelFor(ceilDiv(frames, chunk), [&](int64_t c) {
    const int64_t begin = c * chunk, end = std::min(frames, begin + chunk);
    if (typed)
      impl_->runChunk<int64_t>(begin, end, given, kept);
    else
      impl_->runChunk<float>(begin, end, given, kept);
  });
  return kept;
}

} // namespace braid::exec
